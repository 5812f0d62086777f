//! `set image`, `set resources`, and what `set env` shares with them.

use crate::flag::Args;
use crate::resource::{Bare, Found, Selection};
use crate::verbs::{DryRun, said};
use crate::{Failure, Next, Session};
use podscope_schema::Value;

/// Where an object's pod spec is.
pub(super) fn pod_spec_path(found: &Found) -> &'static [&'static str] {
    match found.info.kind {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    }
}

/// Splits `KIND/NAME… NAME=VALUE…`.
pub(super) fn split(
    s: &Session,
    args: &Args,
    is_change: impl Fn(&str) -> bool,
) -> Result<(Selection, Vec<String>), Failure> {
    let (changes, targets): (Vec<String>, Vec<String>) = args.words.iter().cloned().partition(|w| is_change(w));
    Ok((s.targets(args, &targets, Bare::Flag)?, changes))
}

/// The containers of a pod spec that a list of patterns names: exact names, or with `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => {
            name.len() + 1 >= pattern.len() && name.starts_with(before) && name.ends_with(after.trim_start_matches('*'))
        }
    }
}

/// Writes changed containers, and says so; says nothing when nothing changed.
pub(super) fn write(
    s: &mut Session,
    found: &Found,
    lists: Vec<(&'static str, Vec<Value>)>,
    word: &str,
    dry: DryRun,
    args: &Args,
) -> Result<(), Failure> {
    let mut patch = Value::default();
    for (list, changed) in lists {
        if !changed.is_empty() {
            let full: Vec<&str> = pod_spec_path(found).iter().copied().chain([list]).collect();
            patch.set_at(&full, changed);
        }
    }
    if patch.is_null() || !s.strategic(found, &patch)? {
        return Ok(());
    }
    said(s, args, found, &format!("{word} updated"), dry);
    Ok(())
}

/// `set image KIND/NAME CONTAINER=IMAGE…`
// upstream: kubectl/pkg/cmd/set/set_image.go
pub fn image(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (selection, changes) = split(s, args, |w| w.contains('='))?;
    if changes.is_empty() {
        return Err("error: at least one image update is required".into());
    }
    if changes.len() > 1 && changes.iter().any(|c| c.starts_with("*=")) {
        return Err("error: all containers are already specified by *, but saw more than one container_name=container_image pairs".into());
    }
    let dry = DryRun::of(args)?;
    let mut errors = selection.errors.clone();
    for found in &selection.found {
        let spec = found.value.at(pod_spec_path(found)).cloned().unwrap_or_default();
        let mut lists = Vec::new();
        let mut seen = vec![false; changes.len()];
        for list in ["initContainers", "containers"] {
            let mut changed = Vec::new();
            for container in spec.get(list).map_or(&[][..], Value::items) {
                let name = container.str_at(&["name"]).unwrap_or_default();
                for (i, change) in changes.iter().enumerate() {
                    let (pattern, image) = change.split_once('=').unwrap_or_default();
                    if matches(pattern, name) {
                        seen[i] = true;
                        if container.str_at(&["image"]) != Some(image) {
                            changed.push(Value::object([("name", Value::from(name)), ("image", image.into())]));
                        }
                    }
                }
            }
            lists.push((list, changed));
        }
        let missing: Vec<&str> = changes
            .iter()
            .zip(&seen)
            .filter(|(_, seen)| !**seen)
            .filter_map(|(c, _)| Some(c.split_once('=')?.0))
            .collect();
        if !missing.is_empty() {
            errors.extend(missing.iter().map(|m| format!("error: unable to find container named {m:?}")));
            continue;
        }
        write(s, found, lists, "image", dry, args)?;
    }
    if errors.is_empty() { Ok(None) } else { Err(errors.join("\n")) }
}

/// The containers that `-c` names, by list.
pub(super) fn chosen<'a>(spec: &'a Value, args: &Args) -> Vec<(&'static str, Vec<&'a Value>)> {
    let pattern = args.value("containers");
    let of = |list: &'static str| {
        let all = spec.get(list).map_or(&[][..], Value::items).iter();
        (list, all.filter(|c| matches(pattern, c.str_at(&["name"]).unwrap_or_default())).collect())
    };
    vec![of("containers"), of("initContainers")]
}

/// `set resources KIND/NAME [--limits=cpu=…,memory=…] [--requests=…]`
// upstream: kubectl/pkg/cmd/set/set_resources.go
pub fn resources(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (limits, requests) = (args.list("limits"), args.list("requests"));
    if limits.is_empty() && requests.is_empty() {
        return Err(
            "error: you must specify an update to requests or limits (in the form of --requests/--limits)".into()
        );
    }
    let mut change = Value::default();
    for (name, list) in [("limits", &limits), ("requests", &requests)] {
        for pair in list {
            let (resource, amount) = pair
                .split_once('=')
                .ok_or_else(|| format!("error: invalid argument syntax {pair}, expected <resource>=<value>"))?;
            // Zero takes it away.
            let value = if amount == "0" { Value::Null } else { Value::from(amount) };
            change.set_at(&[name, resource], value);
        }
    }
    let selection = s.targets(args, &args.words, Bare::Flag)?;
    let dry = DryRun::of(args)?;
    for found in &selection.found {
        let spec = found.value.at(pod_spec_path(found)).cloned().unwrap_or_default();
        let mut lists = Vec::new();
        for (list, containers) in chosen(&spec, args).into_iter().take(1) {
            let patch = |c: &&Value| {
                Value::object([("name", c.get("name").cloned().unwrap_or_default()), ("resources", change.clone())])
            };
            lists.push((list, containers.iter().map(patch).collect()));
        }
        write(s, found, lists, "resource requirements", dry, args)?;
    }
    selection.failure().map_or(Ok(None), Err)
}
