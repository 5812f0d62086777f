//! `label` and `annotate`.

use crate::flag::Args;
use crate::resource::{Bare, Found};
use crate::verbs::{DryRun, each, said};
use crate::{Failure, Next, Session};
use podscope_schema::sort::sort;
use podscope_schema::{Value, names};

/// `label KIND/NAME… KEY=VALUE… KEY-…`
// upstream: kubectl/pkg/cmd/label
pub fn label(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    change(s, args, "labels")
}

/// `annotate KIND/NAME… KEY=VALUE… KEY-…`
// upstream: kubectl/pkg/cmd/annotate
pub fn annotate(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    change(s, args, "annotations")
}

fn change(s: &mut Session, args: &Args, field: &str) -> Result<Next, Failure> {
    let one = field.trim_end_matches('s');
    let is_change = |w: &String| w.contains('=') || w.ends_with('-');
    let at = args.words.iter().position(is_change).unwrap_or(args.words.len());
    let (targets, changes) = args.words.split_at(at);
    if let Some(late) = changes.iter().find(|w| !is_change(w)) {
        return Err(format!("error: all resources must be specified before {one} changes: {late}"));
    }
    if args.on("all") {
        for flag in ["selector", "field-selector"] {
            if args.given(flag).is_some_and(|v| !v.is_empty()) {
                return Err(format!("error: cannot set --all and --{flag} at the same time"));
            }
        }
    }
    if targets.is_empty() && args.files().is_empty() {
        return Err("error: one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if changes.is_empty() && !args.on("list") {
        return Err(format!("error: at least one {one} update is required"));
    }
    if field == "labels" {
        check(changes)?;
    }
    let dry = DryRun::of(args)?;
    let selection = s.targets(args, targets, Bare::Flag)?;
    each(s, &selection, |s, found| {
        if args.on("list") {
            list(s, found, field, selection.single);
            return Ok(());
        }
        let word = one_object(s, args, found, field, changes, dry)?;
        said(s, args, found, word, dry);
        Ok(())
    })
}

// upstream: kubectl/pkg/cmd/label parseLabels
fn check(changes: &[String]) -> Result<(), Failure> {
    for change in changes {
        if let Some((_, value)) = change.split_once('=') {
            if value.contains('=') {
                return Err(format!("error: invalid label spec: {change}"));
            }
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                return Err(format!("error: invalid label value: {change:?}: {}", wrong.join(";")));
            }
        }
    }
    let removed = changes.iter().filter_map(|c| c.strip_suffix('-').filter(|k| !k.contains('=')));
    for key in removed {
        if changes.iter().any(|c| c.split_once('=').is_some_and(|(k, _)| k == key)) {
            return Err("error: can not both modify and remove a label in the same command".into());
        }
    }
    Ok(())
}

fn list(s: &mut Session, found: &Found, field: &str, single: bool) {
    if !single {
        s.say(format!("Listing {field} for {}.{}/{}:", found.info.kind, found.info.group, found.name));
    }
    let held = found.value.at(&["metadata", field]).and_then(Value::as_map).cloned().unwrap_or_default();
    let mut lines: Vec<String> = held
        .iter()
        .map(|(k, v)| format!("{}{k}={}", if single { "" } else { " " }, v.as_str().unwrap_or_default()))
        .collect();
    sort(&mut lines);
    for line in lines {
        s.say(line);
    }
}

fn one_object(
    s: &mut Session,
    args: &Args,
    found: &Found,
    field: &str,
    changes: &[String],
    dry: DryRun,
) -> Result<&'static str, Failure> {
    let held = found.value.at(&["metadata", field]).and_then(Value::as_map).cloned().unwrap_or_default();
    let mut patch = Value::default();
    let (mut set, mut removed, mut refused) = (false, false, Vec::new());
    for change in changes {
        if let Some((name, value)) = change.split_once('=') {
            let old = held.get(name).and_then(Value::as_str);
            let free = args.on("overwrite") || (field == "annotations" && name == crate::verbs::rollout::CAUSE);
            if let Some(old) = old.filter(|old| *old != value && !free) {
                refused.push((name, old));
            }
            if old != Some(value) {
                patch.set_at(&["metadata", field, name], value);
                set = true;
            }
        } else {
            let name = change.trim_end_matches('-');
            if held.get(name).is_some() {
                patch.set_at(&["metadata", field, name], Value::Null);
                removed = true;
            } else if field == "labels" && dry != DryRun::Client {
                s.say(format!("label {name:?} not found."));
            }
        }
    }
    if !refused.is_empty() {
        let pair = |(name, old): &(&str, &str)| format!("'{name}' already has a value ({old})");
        if field == "annotations" {
            let all: Vec<String> = refused.iter().map(pair).collect();
            return Err(format!(
                "error: --overwrite is false but found the following declared annotation(s): {}",
                all.join("; ")
            ));
        }
        let all: Vec<String> = refused.iter().map(|r| format!("{}, and --overwrite is false", pair(r))).collect();
        let text = if all.len() == 1 { all.concat() } else { format!("[{}]", all.join(", ")) };
        return Err(format!("error: {text}"));
    }
    if set || removed {
        s.strategic(found, &patch)?;
    }
    // upstream: updateDataChangeMsg
    Ok(match (field, set, removed) {
        ("annotations", ..) => "annotated",
        (_, true, true) => "modified",
        (_, true, false) => "labeled",
        (_, false, true) => "unlabeled",
        _ => "not labeled",
    })
}
