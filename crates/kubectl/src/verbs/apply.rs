//! `apply`, `create -f`, `replace`.

use crate::flag::Args;
use crate::{Failure, Next, Session};

/// `apply -f …`
pub fn apply(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let _ = args;
    let text = s.stdin.to_string();
    let applied = s
        .cluster
        .apply(&text)
        .map_err(|errors| errors.iter().map(|e| e.message.clone()).collect::<Vec<_>>().join("\n"))?;
    for a in applied {
        let info = podscope_schema::lookup_kind(&a.api_version, &a.kind);
        let kind = info.map_or_else(|| a.kind.to_lowercase(), crate::resource::resource);
        s.say(format!("{kind}/{} {}", a.name, a.what.word()));
    }
    Ok(None)
}
