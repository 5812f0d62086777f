//! `label` and `annotate`.

use crate::write::strategic;
use crate::{Args, Failure, Session};
use podscope_engine::object::Object;
use podscope_schema::Value;

/// Sets (`key=value`) and takes away (`key-`) labels or annotations.
pub fn label(s: &mut Session, args: &Args, field: &str) -> Result<(), Failure> {
    let is_change = |w: &&String| w.contains('=') || w.ends_with('-');
    let at = args.words.iter().position(|w| is_change(&w)).unwrap_or(args.words.len());
    let (targets, changes) = args.words.split_at(at);
    if changes.is_empty() {
        return Err(format!("error: at least one {} update is required", field.trim_end_matches('s')));
    }
    for key in s.targets(targets, args)?.1 {
        let meta = s.object(key).map(Object::meta);
        let held =
            meta.map(|m| if field == "labels" { m.labels.clone() } else { m.annotations.clone() }).unwrap_or_default();
        let mut patch = Value::default();
        let (mut set, mut removed) = (false, false);
        for change in changes {
            if let Some((name, value)) = change.split_once('=') {
                if let Some(old) = held.get(name).filter(|old| ***old != *value)
                    && !args.on("overwrite")
                {
                    return Err(format!("error: '{name}' already has a value ({old}), and --overwrite is false"));
                }
                patch.set_at(&["metadata", field, name], value);
                set = true;
            } else {
                let name = change.trim_end_matches('-');
                if held.get(name).is_none() {
                    s.say(format!("{} \"{name}\" not found.", field.trim_end_matches('s')));
                }
                patch.set_at(&["metadata", field, name], Value::Null);
                removed = true;
            }
        }
        let changed = strategic(s, key, &patch)?;
        let word = match (field, changed, set, removed) {
            ("labels", false, ..) => "not labeled",
            ("labels", _, false, true) => "unlabeled",
            ("labels", ..) => "labeled",
            _ => "annotated",
        };
        let line = format!("{} {word}", s.shown(key));
        s.say(line);
    }
    Ok(())
}
