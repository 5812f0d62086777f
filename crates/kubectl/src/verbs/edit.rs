//! `edit`: the host opens an editor, and what comes back is written.

use crate::flag::Args;
use crate::resource::{Bare, Found, refused};
use crate::{Failure, Next, Progress, Session, Wait, print};
use podscope_engine::api::rest;
use podscope_schema::{Value, parse, to_yaml};

/// `edit KIND/NAME`
// upstream: kubectl/pkg/cmd/util/editor
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let selection = s.targets(args, &args.words, Bare::Flag)?;
    if let Some(text) = selection.failure() {
        return Err(text);
    }
    if selection.found.is_empty() {
        return Err("error: edit cancelled, no objects found".into());
    }
    Ok(Some(Box::new(Editing { left: selection.found, shown: None })))
}

struct Editing {
    left: Vec<Found>,
    /// The text that the editor was given.
    shown: Option<String>,
}

const HEADER: &str = "# Change what is below and close the editor to write it. Lines that begin with # are not read;\n# a text without any other line changes nothing.\n#\n";

impl Wait for Editing {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        loop {
            let Some(target) = self.left.first() else { return Ok(Progress::Done) };
            let Some(shown) = &self.shown else {
                let mut value = print::sorted(&target.value);
                if let Some(meta) = value.make_map().get_mut("metadata") {
                    meta.make_map().remove("managedFields");
                }
                let text = format!("{HEADER}{}", to_yaml(&value));
                self.shown = Some(text.clone());
                return Ok(Progress::Edit(text));
            };
            let Some(text) = s.edited.take() else { return Ok(Progress::Edit(shown.clone())) };
            let target = target.clone();
            let same = bare(&text) == bare(shown);
            self.left.remove(0);
            self.shown = None;
            if bare(&text).trim().is_empty() {
                s.warn("Edit cancelled, saved file was empty.");
            } else if same {
                s.warn("Edit cancelled, no changes made.");
            } else {
                let line = write(s, &target, &text)?;
                s.say(line);
            }
        }
    }
}

/// The lines that are read.
fn bare(text: &str) -> String {
    text.lines().filter(|l| !l.starts_with('#')).flat_map(|l| [l, "\n"]).collect()
}

fn write(s: &mut Session, target: &Found, text: &str) -> Result<String, Failure> {
    let documents = parse(text).map_err(|e| format!("error: the edited file had a syntax error: {}", e.message))?;
    let value = documents.first().map_or(Value::Null, |d| d.root.to_value());
    let name = value.str_at(&["metadata", "name"]).unwrap_or_default();
    if name != &*target.name {
        return Err("error: At least one of apiVersion, kind and name was changed".into());
    }
    crate::manifest::check(target.info, &target.value, &value, "")?;
    let Some(key) = target.key else { return Err(super::not_writable(target)) };
    let changed = rest::replace(&mut s.cluster.cx, key, &value).map_err(|e| refused(&e))?;
    Ok(format!("{} {}", target.shown(), if changed { "edited" } else { "skipped" }))
}
