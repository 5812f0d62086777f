//! `auth can-i`: there is one user, who may do everything.

use crate::flag::Args;
use crate::{Failure, Next, Session};

/// `auth can-i VERB TYPE`
pub fn can_i(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.on("list") {
        return Err("error: --list is not simulated: everything is allowed".into());
    }
    if args.words.len() < 2 {
        return Err("error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.".into());
    }
    let word = args.words[1].split('/').next().unwrap_or_default();
    if !args.words[1].starts_with('/') && word != "*" && crate::resource::kind(word).is_err() {
        s.warn(format!("Warning: the server doesn't have a resource type '{word}'\n"));
    }
    if !args.on("quiet") {
        s.say("yes");
    }
    Ok(None)
}
