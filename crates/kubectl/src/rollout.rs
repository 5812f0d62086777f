//! `rollout status|history|undo|pause|resume|restart`.

use crate::write::strategic;
use crate::{Args, Failure, Session};
use podscope_engine::convert;
use podscope_engine::object::{ControllerRevision, Deployment, Key, Kind, ReplicaSet, StatefulSet};
use podscope_schema::Value;

const REVISION: &str = "deployment.kubernetes.io/revision";
const CAUSE: &str = "kubernetes.io/change-cause";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Dispatches the sub-command.
pub fn rollout(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let verb = args.words.first().cloned().unwrap_or_default();
    let words = args.words.get(1..).unwrap_or_default();
    for key in s.targets(words, args)?.1 {
        match &*verb {
            "status" => status(s, key, args)?,
            "history" => history(s, key),
            "undo" => undo(s, key, args)?,
            "pause" | "resume" => pause(s, key, verb == "pause")?,
            "restart" => restart(s, key)?,
            other => return Err(format!("error: unknown command \"{other}\"")),
        }
    }
    Ok(())
}

/// The revisions of a workload: number, cause, and where the template is kept.
fn revisions(s: &Session, key: Key) -> Vec<(i64, Option<String>, Key)> {
    let Some(owner) = s.object(key).map(|o| o.meta().uid) else { return Vec::new() };
    let store = &s.cluster.cx.store;
    let mut found: Vec<_> = store
        .owned_by(owner)
        .iter()
        .filter_map(|&k| {
            let meta = store.object(k)?.meta();
            let number = match store.get::<ControllerRevision>(k) {
                Some(r) => r.revision,
                None => meta.annotations.get(REVISION)?.parse().ok()?,
            };
            Some((number, meta.annotations.get(CAUSE).map(ToString::to_string), k))
        })
        .collect();
    found.sort();
    found
}

fn history(s: &mut Session, key: Key) {
    let shown = s.shown(key);
    s.say(format!("{shown} "));
    s.say("REVISION  CHANGE-CAUSE");
    for (number, cause, _) in revisions(s, key) {
        s.say(format!("{number:<10}{}", cause.as_deref().unwrap_or("<none>")));
    }
    s.say("");
}

fn undo(s: &mut Session, key: Key, args: &Args) -> Result<(), Failure> {
    let name = s.cluster.cx.store.name(key).clone();
    let wanted = args.value("to-revision").and_then(|v| v.parse::<i64>().ok()).unwrap_or(0);
    if s.cluster.cx.get::<Deployment>(key).is_some_and(|d| d.paused) {
        return Err("error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again".to_string());
    }
    let list = revisions(s, key);
    let from = if wanted == 0 {
        list.len().checked_sub(2).and_then(|i| list.get(i))
    } else {
        list.iter().find(|r| r.0 == wanted)
    };
    let Some(&(number, _, source)) = from else {
        return Err(if wanted == 0 {
            format!("error: no rollout history found for {} \"{}\"", name.kind.name().to_lowercase(), name.name)
        } else {
            format!("error: unable to find specified revision {wanted} in history")
        });
    };
    let current = convert::to_value(&s.cluster.cx, key).ok_or("error: the object is gone")?;
    let value = convert::to_value(&s.cluster.cx, source).ok_or("error: the revision is gone")?;
    let mut template = value
        .at(&["spec", "template"])
        .or_else(|| value.at(&["data", "spec", "template"]))
        .cloned()
        .ok_or("error: the revision has no template")?;
    if let Some(labels) = template.make_map().get_mut("metadata").and_then(|m| m.make_map().get_mut("labels")) {
        labels.make_map().remove("pod-template-hash");
    }
    if let Some(map) = template.as_map().cloned() {
        let mut map = map;
        map.remove("$patch");
        template = map.into();
    }
    if current.at(&["spec", "template"]) == Some(&template) {
        let shown = s.shown(key);
        s.say(format!("{shown} skipped rollback (current template already matches revision {number})"));
        return Ok(());
    }
    if current.at(&["metadata", "annotations", LAST_APPLIED]).is_some() {
        let plural = format!("{}s/{}", name.kind.name().to_lowercase(), name.name);
        s.warn(format!(
            "Warning: resource {plural} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."
        ));
    }
    let patch = Value::array([Value::object([
        ("op", Value::from("replace")),
        ("path", "/spec/template".into()),
        ("value", template),
    ])]);
    podscope_engine::api::rest::patch(&mut s.cluster.cx, key, podscope_engine::api::rest::PatchKind::Json, &patch)
        .map_err(|e| crate::write::refused(&e))?;
    let shown = s.shown(key);
    s.say(format!("{shown} rolled back"));
    Ok(())
}

fn pause(s: &mut Session, key: Key, pause: bool) -> Result<(), Failure> {
    let shown = s.shown(key);
    let name = s.cluster.cx.store.name(key).clone();
    let Some(d) = s.cluster.cx.get::<Deployment>(key) else {
        let verb = if pause { "pausing" } else { "resuming" };
        return Err(format!(
            "error: {}s.{} \"{}\" {verb} is not supported",
            name.kind.name().to_lowercase(),
            "apps",
            name.name
        ));
    };
    let word = if pause { "paused" } else { "resumed" };
    if d.paused == pause {
        let word = if pause { "already paused" } else { "not paused" };
        return Err(format!("error: deployments.apps \"{}\" is {word}", name.name));
    }
    let value = if pause { Value::Bool(true) } else { Value::Null };
    let mut patch = Value::default();
    patch.set_at(&["spec", "paused"], value);
    strategic(s, key, &patch)?;
    s.say(format!("{shown} {word}"));
    Ok(())
}

fn restart(s: &mut Session, key: Key) -> Result<(), Failure> {
    let stamp = convert::timestamp(&s.cluster.cx, s.cluster.now());
    let mut patch = Value::default();
    patch.set_at(&["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"], stamp);
    strategic(s, key, &patch)?;
    let shown = s.shown(key);
    s.say(format!("{shown} restarted"));
    Ok(())
}

/// The line that `rollout status` prints now, whether it is done, or why it will not be.
// upstream: kubectl/pkg/polymorphichelpers/rollout_status.go
fn progress(s: &Session, key: Key) -> Result<(String, bool), Failure> {
    if let Some(d) = s.cluster.cx.store.get::<Deployment>(key) {
        let (name, st) = (&d.meta.name, &d.status);
        if d.meta.generation > st.observed_generation {
            return Ok(("Waiting for deployment spec update to be observed...".into(), false));
        }
        if st.conditions.iter().any(|c| &*c.reason == "ProgressDeadlineExceeded") {
            return Err(format!("error: deployment \"{name}\" exceeded its progress deadline"));
        }
        let wait =
            |text: String| Ok((format!("Waiting for deployment \"{name}\" rollout to finish: {text}..."), false));
        if st.updated < d.replicas {
            return wait(format!("{} out of {} new replicas have been updated", st.updated, d.replicas));
        }
        if st.replicas > st.updated {
            return wait(format!("{} old replicas are pending termination", st.replicas - st.updated));
        }
        if st.available < st.updated {
            return wait(format!("{} of {} updated replicas are available", st.available, st.updated));
        }
        return Ok((format!("deployment \"{name}\" successfully rolled out"), true));
    }
    if let Some(d) = s.cluster.cx.store.get::<StatefulSet>(key) {
        use podscope_engine::object::UpdateStrategy;
        let st = &d.status;
        let UpdateStrategy::RollingUpdate { partition, .. } = d.strategy else {
            return Err("error: rollout status is only available for RollingUpdate strategy type".into());
        };
        if st.observed_generation == 0 || d.meta.generation > st.observed_generation {
            return Ok(("Waiting for statefulset spec update to be observed...".into(), false));
        }
        if st.ready < d.replicas {
            return Ok((format!("Waiting for {} pods to be ready...", d.replicas - st.ready), false));
        }
        if partition > 0 {
            let want = d.replicas - partition;
            if st.updated < want {
                return Ok((
                    format!(
                        "Waiting for partitioned roll out to finish: {} out of {want} new pods have been updated...",
                        st.updated
                    ),
                    false,
                ));
            }
            return Ok((format!("partitioned roll out complete: {} new pods have been updated...", st.updated), true));
        }
        if st.update_revision != st.current_revision {
            return Ok((
                format!(
                    "waiting for statefulset rolling update to complete {} pods at revision {}...",
                    st.updated, st.update_revision
                ),
                false,
            ));
        }
        return Ok((
            format!("statefulset rolling update complete {} pods at revision {}...", st.current, st.current_revision),
            true,
        ));
    }
    let kind = s.cluster.cx.store.get::<ReplicaSet>(key).map_or(Kind::Pod, |_| Kind::ReplicaSet);
    Err(format!("error: no status viewer has been implemented for {}", kind.name()))
}

fn status(s: &mut Session, key: Key, args: &Args) -> Result<(), Failure> {
    let limit = args.duration("timeout").filter(|d| !d.is_zero());
    let end = limit.map(|d| s.cluster.now() + d);
    let mut last = String::new();
    loop {
        let (line, done) = progress(s, key)?;
        if line != last {
            s.say(&line);
            last = line;
        }
        if done {
            return Ok(());
        }
        let left = end.map(|e| e - s.cluster.now());
        let shown = last.clone();
        if !s.wait_until(left, |s| progress(s, key).map_or(true, |(line, _)| line != shown)) {
            return Err("error: timed out waiting for the condition".into());
        }
    }
}
