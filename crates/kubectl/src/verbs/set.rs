//! `set image`, `set resources`, `set selector`, `set serviceaccount`, and what `set env` shares with them.

use crate::flag::Args;
use crate::resource::{Bare, Found, Selection};
use crate::verbs::{DryRun, each, joined, said};
use crate::{Failure, Next, Session};
use podscope_schema::{Quantity, Value};

/// Where an object's pod spec is.
pub(super) fn pod_spec_path(found: &Found) -> &'static [&'static str] {
    match found.info.kind {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    }
}

/// Says of what has no pods that it has none.
// upstream: kubectl/pkg/polymorphichelpers updatePodSpecForObject
pub(super) fn needs_pods(found: &Found) -> Result<(), Failure> {
    if found.value.at(pod_spec_path(found)).is_some_and(|spec| spec.get("containers").is_some()) {
        return Ok(());
    }
    let (info, name) = (found.info, &found.name);
    let why = "the object is not a pod or does not have a pod template";
    Err(format!("error: {}/{name} {why}: *{}.{}", info.plural, info.version, info.kind))
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
        if let Err(why) = needs_pods(found) {
            errors.push(why);
            continue;
        }
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
            Quantity::parse(amount).map_err(|e| format!("error: {e}"))?;
            change.set_at(&[name, resource], amount);
        }
    }
    let selection = s.targets(args, &args.words, Bare::Flag)?;
    let dry = DryRun::of(args)?;
    let mut errors = selection.errors.clone();
    for found in &selection.found {
        if let Err(why) = needs_pods(found) {
            errors.push(why);
            continue;
        }
        let spec = found.value.at(pod_spec_path(found)).cloned().unwrap_or_default();
        let mut lists = Vec::new();
        for (list, containers) in chosen(&spec, args) {
            let patch = |c: &&Value| {
                Value::object([("name", c.get("name").cloned().unwrap_or_default()), ("resources", change.clone())])
            };
            lists.push((list, containers.iter().map(patch).collect::<Vec<_>>()));
        }
        if lists.iter().all(|(_, changed)| changed.is_empty()) {
            errors.push(format!("error: unable to find container named {}", args.value("containers")));
            continue;
        }
        write(s, found, lists, "resource requirements", dry, args)?;
    }
    joined(errors)
}

/// `set serviceaccount KIND/NAME ACCOUNT`
// upstream: kubectl/pkg/cmd/set/set_serviceaccount.go
pub fn service_account(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let Some((account, targets)) = args.words.split_last() else {
        return Err("error: serviceaccount is required".into());
    };
    let selection = s.targets(args, targets, Bare::Flag)?;
    let dry = DryRun::of(args)?;
    each(s, &selection, |s, found| {
        needs_pods(found)?;
        let mut patch = Value::default();
        let path: Vec<&str> = pod_spec_path(found).iter().copied().chain(["serviceAccountName"]).collect();
        patch.set_at(&path, account.as_str());
        s.strategic(found, &patch)?;
        said(s, args, found, "serviceaccount updated", dry);
        Ok(())
    })
}

/// `set selector service NAME LABELS`
// upstream: kubectl/pkg/cmd/set/set_selector.go
pub fn selector(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let Some((labels, targets)) = args.words.split_last() else {
        return Err("error: one selector is required".into());
    };
    let mut wanted = Vec::new();
    for pair in labels.split(',') {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            format!("error: couldn't parse the selector string {labels:?}: only name=value pairs are simulated")
        })?;
        wanted.push((key.trim().to_owned(), Value::from(value.trim_start_matches('=').trim())));
    }
    let selection = s.targets(args, targets, Bare::Flag)?;
    let dry = DryRun::of(args)?;
    each(s, &selection, |s, found| {
        if found.info.kind != "Service" {
            return Err("error: setting a selector is only supported for Services".into());
        }
        // Labels that the selector had and has no more are taken away.
        let had = found.value.at(&["spec", "selector"]).and_then(Value::as_map);
        let gone = had.into_iter().flat_map(podscope_schema::Map::iter).map(|(key, _)| (key.to_string(), Value::Null));
        let mut all = Value::object(gone);
        for (key, value) in &wanted {
            all.make_map().insert(key.as_str(), value.clone());
        }
        let mut patch = Value::default();
        patch.set_at(&["spec", "selector"], all);
        s.strategic(found, &patch)?;
        said(s, args, found, "selector updated", dry);
        Ok(())
    })
}
