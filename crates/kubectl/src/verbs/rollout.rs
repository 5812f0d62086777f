//! `rollout history|undo|pause|resume|restart`.

use crate::flag::Args;
use crate::resource::{Bare, Found, Selection, kind};
use crate::verbs::{DryRun, each, said};
use crate::{Failure, Next, Session};
use podscope_engine::api::rest::PatchKind;
use podscope_engine::convert;
use podscope_schema::Value;
use podscope_schema::sort::sort_by_key;

/// The annotation that numbers a Deployment's ReplicaSets.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation that says why a revision was made.
pub const CAUSE: &str = "kubernetes.io/change-cause";
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// A revision of a workload.
pub struct Revision {
    /// Its number.
    pub number: i64,
    /// The cause that was noted with it.
    pub cause: Option<String>,
    /// Its pod template.
    pub template: Value,
    /// The object that keeps it: a ReplicaSet or a ControllerRevision.
    source: Found,
}

/// The revisions of a workload, oldest first.
// upstream: kubectl/pkg/polymorphichelpers/history.go
pub fn revisions(s: &Session, target: &Found) -> Vec<Revision> {
    let uid = target.value.str_at(&["metadata", "uid"]).unwrap_or_default();
    let source = if target.info.kind == "Deployment" { "replicasets" } else { "controllerrevisions" };
    let list = kind(source).map_or_else(|_| Vec::new(), |info| s.list(info, Some(&target.namespace)));
    let mine = |f: &Found| {
        let owners = f.value.at(&["metadata", "ownerReferences"]).map_or(&[][..], Value::items);
        owners.iter().any(|o| o.str_at(&["uid"]) == Some(uid))
    };
    let mut out: Vec<Revision> = list
        .iter()
        .filter(|f| mine(f))
        .filter_map(|f| {
            let notes = |key: &str| f.value.at(&["metadata", "annotations"])?.str_at(&[key]).map(str::to_owned);
            let number = match f.value.get("revision").and_then(Value::as_i64) {
                Some(n) => n,
                None => notes(REVISION)?.parse().ok()?,
            };
            let template = f.value.at(&["spec", "template"]).or_else(|| f.value.at(&["data", "spec", "template"]))?;
            Some(Revision { number, cause: notes(CAUSE), template: template.clone(), source: f.clone() })
        })
        .collect();
    sort_by_key(&mut out, |r| r.number);
    out
}

/// The objects that a sub-verb is about; that there are none is said.
pub fn targets(s: &mut Session, args: &Args) -> Result<Selection, Failure> {
    if args.words.is_empty() && args.files().is_empty() {
        return Err("error: required resource not specified".into());
    }
    let selection = s.targets(args, &args.words, Bare::All)?;
    if selection.found.is_empty() && selection.errors.is_empty() {
        let text = format!("No resources found in {} namespace.", s.namespace);
        s.warn(text);
    }
    Ok(selection)
}

/// Whether a kind has revisions.
fn has_revisions(target: &Found, what: &str) -> Result<(), Failure> {
    if matches!(target.info.kind, "Deployment" | "StatefulSet" | "DaemonSet") {
        return Ok(());
    }
    let group = if target.info.group.is_empty() { String::new() } else { format!(".{}", target.info.group) };
    Err(format!("error: no {what} has been implemented for \"{}{group}\"", target.info.kind))
}

/// `rollout history KIND/NAME [--revision=N]`
// upstream: kubectl/pkg/cmd/rollout/rollout_history.go
pub fn history(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let selection = targets(s, args)?;
    let wanted = args.int("revision").unwrap_or(0);
    if wanted < 0 {
        return Err(format!("error: revision must be a positive integer: {wanted}"));
    }
    let mut parts = 0;
    each(s, &selection, |s, target| {
        has_revisions(target, "history viewer")?;
        let list = revisions(s, target);
        if args.given("output").is_some_and(|o| !o.is_empty()) {
            return objects(s, args, target, &list, wanted, &mut parts);
        }
        if wanted > 0 {
            let Some(r) = list.iter().find(|r| r.number == wanted) else {
                return Err("error: unable to find the specified revision".into());
            };
            let text = crate::describe::template(&r.template);
            s.say(format!("{} with revision #{wanted}\n{text}", target.shown()));
            return Ok(());
        }
        s.say(format!("{} ", target.shown()));
        if list.is_empty() {
            s.say("No rollout history found.");
            return Ok(());
        }
        s.say("REVISION  CHANGE-CAUSE");
        for r in list {
            s.say(format!("{:<10}{}", r.number, r.cause.as_deref().unwrap_or("<none>")));
        }
        s.say("");
        Ok(())
    })
}

/// Prints the revisions as objects: ReplicaSets, or a set as it was.
// upstream: polymorphichelpers HistoryViewer.GetHistory
fn objects(
    s: &mut Session,
    args: &Args,
    target: &Found,
    list: &[Revision],
    wanted: i64,
    parts: &mut usize,
) -> Result<(), Failure> {
    if wanted > 0 && !list.iter().any(|r| r.number == wanted) {
        return Err("error: unable to find the specified revision".into());
    }
    for revision in list.iter().filter(|r| wanted == 0 || r.number == wanted) {
        let mut found = revision.source.clone();
        if target.info.kind != "Deployment" {
            found = target.clone();
            found.value.set_at(&["spec", "template"], restored(revision));
        }
        let text = crate::print::object(args, &found)?;
        if *parts > 0 && args.value("output") == "yaml" {
            s.say("---");
        }
        *parts += 1;
        s.out.stdout.push_str(&text);
    }
    Ok(())
}

/// The template that a revision gives back.
fn restored(revision: &Revision) -> Value {
    let mut template = revision.template.clone();
    let map = template.make_map();
    map.remove("$patch");
    if let Some(labels) = map.get_mut("metadata").and_then(|m| m.make_map().get_mut("labels")) {
        labels.make_map().remove("pod-template-hash");
    }
    template
}

/// The annotations of a Deployment that is back at a revision: the revision's own, but for what is about one of the two.
// upstream: polymorphichelpers DeploymentRollbacker.Rollback
fn annotations(target: &Found, revision: &Revision) -> Value {
    let stays = |key: &str| {
        key == convert::LAST_APPLIED
            || key == "deprecated.deployment.rollback.to"
            || key
                .strip_prefix("deployment.kubernetes.io/")
                .is_some_and(|k| matches!(k, "revision" | "revision-history" | "desired-replicas" | "max-replicas"))
    };
    let of = |found: &Found, kept: bool| {
        let map = found.value.at(&["metadata", "annotations"]).and_then(Value::as_map);
        let all = map.into_iter().flat_map(podscope_schema::Map::iter);
        all.filter(|(k, _)| stays(k) == kept).map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()
    };
    Value::object(of(target, true).into_iter().chain(of(&revision.source, false)))
}

/// `rollout undo KIND/NAME [--to-revision=N]`
// upstream: kubectl/pkg/polymorphichelpers/rollback.go
pub fn undo(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let selection = targets(s, args)?;
    let wanted = args.int("to-revision").unwrap_or(0);
    let dry = DryRun::of(args)?;
    each(s, &selection, |s, target| {
        let done = undo_one(s, target, wanted, dry)?;
        said(s, args, target, &done, dry);
        Ok(())
    })
}

fn undo_one(s: &mut Session, target: &Found, wanted: i64, dry: DryRun) -> Result<String, Failure> {
    let (info, name) = (target.info, &target.name);
    if target.value.at(&["metadata", "annotations"]).is_some_and(|a| a.get(convert::LAST_APPLIED).is_some()) {
        s.warn(format!(
            "Warning: resource {}/{name} was previously managed with 'kubectl apply'. Rolling back will not update the {} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
            info.plural,
            convert::LAST_APPLIED
        ));
    }
    has_revisions(target, "rollbacker")?;
    let list = revisions(s, target);
    let from = if wanted == 0 {
        list.len().checked_sub(2).and_then(|i| list.get(i))
    } else {
        list.iter().find(|r| r.number == wanted)
    };
    let Some(revision) = from else {
        return Err(if wanted == 0 && info.kind == "Deployment" {
            format!("error: no rollout history found for deployment {name:?}")
        } else if wanted == 0 {
            "error: no last revision to roll back to".into()
        } else {
            format!("error: unable to find specified revision {wanted} in history")
        });
    };
    if dry == DryRun::Client {
        let text = crate::describe::template(&revision.template);
        return Ok(if info.kind == "Deployment" { text } else { format!("will roll back to {text}") });
    }
    if info.kind == "Deployment" && target.value.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true) {
        return Err("error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again".into());
    }
    let template = restored(revision);
    if target.value.at(&["spec", "template"]) == Some(&template) {
        return Ok(format!("skipped rollback (current template already matches revision {wanted})"));
    }
    let mut change = template;
    // Deployments are patched as JSON, sets by the patch that their revision is: both replace the template whole.
    if info.kind == "Deployment" {
        let replace = |path: &str, value: Value| {
            Value::object([("op", Value::from("replace")), ("path", path.into()), ("value", value)])
        };
        let notes = annotations(target, revision);
        let patch = [replace("/spec/template", change), replace("/metadata/annotations", notes)];
        s.patch(target, PatchKind::Json, &Value::array(patch))?;
    } else {
        change.make_map().insert("$patch", "replace");
        let mut patch = Value::default();
        patch.set_at(&["spec", "template"], change);
        s.strategic(target, &patch)?;
    }
    Ok("rolled back".into())
}

/// `rollout pause KIND/NAME`
pub fn pause(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    set_paused(s, args, true)
}

/// `rollout resume KIND/NAME`
pub fn resume(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    set_paused(s, args, false)
}

// upstream: kubectl/pkg/polymorphichelpers/objectpauser.go, objectresumer.go
fn set_paused(s: &mut Session, args: &Args, on: bool) -> Result<Next, Failure> {
    let selection = targets(s, args)?;
    let mut errors = selection.errors.clone();
    for target in &selection.found {
        let what = format!("{} {:?}", target.info.group_resource(), target.name);
        if target.info.kind != "Deployment" {
            errors.push(format!("error: {what} {} is not supported", if on { "pausing" } else { "resuming" }));
            continue;
        }
        if (target.value.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true)) == on {
            errors.push(format!("error: {what} is {}", if on { "already paused" } else { "not paused" }));
            continue;
        }
        let mut patch = Value::default();
        patch.set_at(&["spec", "paused"], if on { Value::Bool(true) } else { Value::Null });
        s.strategic(target, &patch)?;
        said(s, args, target, if on { "paused" } else { "resumed" }, DryRun::No);
    }
    if errors.is_empty() { Ok(None) } else { Err(errors.join("\n")) }
}

/// `rollout restart KIND/NAME`
// upstream: kubectl/pkg/polymorphichelpers/objectrestarter.go
pub fn restart(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let selection = targets(s, args)?;
    let mut errors = selection.errors.clone();
    for target in &selection.found {
        let what = format!("{} {:?}", target.info.group_resource(), target.name);
        if !matches!(target.info.kind, "Deployment" | "StatefulSet" | "DaemonSet") {
            errors.push(format!("error: {what} restarting is not supported"));
            continue;
        }
        if target.value.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true) {
            errors.push(format!("error: {what} can't restart paused deployment (run rollout resume first)"));
            continue;
        }
        let stamp = convert::timestamp(&s.cluster.cx, s.now());
        let old =
            target.value.at(&["spec", "template", "metadata", "annotations"]).and_then(|a| a.str_at(&[RESTARTED]));
        if old == Some(&stamp) {
            errors.push(format!("error: failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another", target.name));
            continue;
        }
        let mut patch = Value::default();
        patch.set_at(&["spec", "template", "metadata", "annotations", RESTARTED], stamp);
        s.strategic(target, &patch)?;
        said(s, args, target, "restarted", DryRun::No);
    }
    if errors.is_empty() { Ok(None) } else { Err(errors.join("\n")) }
}
