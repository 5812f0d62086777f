//! `rollout status`.

use crate::flag::Args;
use crate::resource::Found;
use crate::verbs::rollout;
use crate::{Failure, Next, Progress, Session, Wait};
use podscope_engine::time::SimTime;
use podscope_schema::Value;

/// `rollout status KIND/NAME [--watch=false] [--timeout=…] [--revision=N]`
// upstream: kubectl/pkg/cmd/rollout/rollout_status.go
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let selection = rollout::targets(s, args)?;
    if let Some(text) = selection.failure() {
        return Err(text);
    }
    if selection.found.is_empty() {
        return Ok(None);
    }
    let revision = args.int("revision").unwrap_or(0);
    if revision < 0 {
        return Err(format!("error: revision must be a positive integer: {revision}"));
    }
    let limit = args.duration("timeout");
    let deadline = (!limit.is_zero()).then(|| s.now() + limit);
    Ok(Some(Box::new(Status { left: selection.found, watch: args.on("watch"), revision, deadline, said: None })))
}

struct Status {
    left: Vec<Found>,
    watch: bool,
    revision: i64,
    deadline: Option<SimTime>,
    /// The version and the line that were printed last.
    said: Option<(String, String)>,
}

impl Wait for Status {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        while let Some(target) = self.left.first() {
            let (info, name) = (target.info, target.name.clone());
            let Some(now) = s.object(info, &target.namespace, &name) else {
                return Err("error: object has been deleted".into());
            };
            let (line, done) = line(&now, self.revision)?;
            let version = now.value.str_at(&["metadata", "resourceVersion"]).unwrap_or_default().to_owned();
            // Each change of the object is told, as the watch that upstream keeps tells it.
            if self.said.as_ref().is_none_or(|(v, l)| *v != version && (*l != line || !done)) {
                s.say(&line);
                self.said = Some((version, line));
            }
            if !done && self.watch {
                if self.deadline.is_some_and(|d| s.now() >= d) {
                    return Err("error: timed out waiting for the condition".into());
                }
                return Ok(crate::verbs::until(self.deadline));
            }
            self.left.remove(0);
            self.said = None;
        }
        Ok(Progress::Done)
    }
}

/// What `rollout status` says of an object now, and whether its rollout is done.
// upstream: kubectl/pkg/polymorphichelpers/rollout_status.go
pub fn line(found: &Found, revision: i64) -> Result<(String, bool), Failure> {
    let number = |path: &[&str]| found.value.at(path).and_then(Value::as_i64);
    let status = |key: &str| number(&["status", key]).unwrap_or(0);
    let (generation, observed) = (number(&["metadata", "generation"]).unwrap_or(0), status("observedGeneration"));
    let name = &found.name;
    match found.info.kind {
        "Deployment" => {
            if revision > 0 {
                let have = found.value.str_at(&["metadata", "annotations", rollout::REVISION]);
                let have = have.and_then(|r| r.parse::<i64>().ok());
                let Some(have) = have else {
                    return Err(format!("error: cannot get the revision of deployment {name:?}"));
                };
                if have != revision {
                    return Err(format!(
                        "error: desired revision ({revision}) is different from the running revision ({have})"
                    ));
                }
            }
            if generation > observed {
                return Ok(("Waiting for deployment spec update to be observed...".into(), false));
            }
            let conditions = found.value.at(&["status", "conditions"]).map_or(&[][..], Value::items);
            let late = |c: &Value| {
                c.str_at(&["type"]) == Some("Progressing") && c.str_at(&["reason"]) == Some("ProgressDeadlineExceeded")
            };
            if conditions.iter().any(late) {
                return Err(format!("error: deployment {name:?} exceeded its progress deadline"));
            }
            let wait =
                |text: String| Ok((format!("Waiting for deployment {name:?} rollout to finish: {text}..."), false));
            let (updated, all) = (status("updatedReplicas"), status("replicas"));
            if let Some(want) = number(&["spec", "replicas"]).filter(|want| updated < *want) {
                return wait(format!("{updated} out of {want} new replicas have been updated"));
            }
            if all > updated {
                return wait(format!("{} old replicas are pending termination", all - updated));
            }
            let available = status("availableReplicas");
            if available < updated {
                return wait(format!("{available} of {updated} updated replicas are available"));
            }
            Ok((format!("deployment {name:?} successfully rolled out"), true))
        }
        "StatefulSet" => {
            if found.value.str_at(&["spec", "updateStrategy", "type"]) != Some("RollingUpdate") {
                return Err("error: rollout status is only available for RollingUpdate strategy type".into());
            }
            if observed == 0 || generation > observed {
                return Ok(("Waiting for statefulset spec update to be observed...".into(), false));
            }
            let want = number(&["spec", "replicas"]).unwrap_or(0);
            let ready = status("readyReplicas");
            if ready < want {
                return Ok((format!("Waiting for {} pods to be ready...", want - ready), false));
            }
            let updated = status("updatedReplicas");
            if let Some(partition) = number(&["spec", "updateStrategy", "rollingUpdate", "partition"]) {
                let due = want - partition;
                return Ok(if updated < due {
                    let text = format!(
                        "Waiting for partitioned roll out to finish: {updated} out of {due} new pods have been updated..."
                    );
                    (text, false)
                } else {
                    (format!("partitioned roll out complete: {updated} new pods have been updated..."), true)
                });
            }
            let text = |key: &str| found.value.str_at(&["status", key]).unwrap_or_default();
            let (current, update) = (text("currentRevision"), text("updateRevision"));
            if update != current {
                let text = format!(
                    "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
                );
                return Ok((text, false));
            }
            let pods = status("currentReplicas");
            Ok((format!("statefulset rolling update complete {pods} pods at revision {current}..."), true))
        }
        "DaemonSet" => {
            if found.value.str_at(&["spec", "updateStrategy", "type"]) != Some("RollingUpdate") {
                return Err("error: rollout status is only available for RollingUpdate strategy type".into());
            }
            if generation > observed {
                return Ok(("Waiting for daemon set spec update to be observed...".into(), false));
            }
            let wait =
                |text: String| Ok((format!("Waiting for daemon set {name:?} rollout to finish: {text}..."), false));
            let (want, updated) = (status("desiredNumberScheduled"), status("updatedNumberScheduled"));
            if updated < want {
                return wait(format!("{updated} out of {want} new pods have been updated"));
            }
            let available = status("numberAvailable");
            if available < want {
                return wait(format!("{available} of {want} updated pods are available"));
            }
            Ok((format!("daemon set {name:?} successfully rolled out"), true))
        }
        kind => {
            let group = &found.info.group;
            let group = if group.is_empty() { String::new() } else { format!(".{group}") };
            Err(format!("error: no status viewer has been implemented for {kind}{group}"))
        }
    }
}
