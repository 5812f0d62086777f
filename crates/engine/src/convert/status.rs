//! Reading the status of a loaded object, so that controllers can go on from it.

use super::load::instant;
use super::read::{field, flag, list, maybe_text, number, text};
use crate::api::Context;
use crate::object::{Condition, ContainerState, ContainerStatus, Flag, Object, Phase, Pod, PodStatus, VolumePhase};
use podscope_schema::Value;
use std::rc::Rc;

/// Condition types and reasons that the engine has words of its own for.
const WORDS: &[&str] = &[
    "AbleToScale",
    "Available",
    "Completed",
    "ContainerCreating",
    "ContainersNotReady",
    "CrashLoopBackOff",
    "DisruptionAllowed",
    "ErrImagePull",
    "Error",
    "ImagePullBackOff",
    "OOMKilled",
    "PodCompleted",
    "PodInitializing",
    "Progressing",
    "ReplicaFailure",
    "ScalingActive",
    "ScalingLimited",
    "Unschedulable",
];

fn word(text: &str) -> &'static str {
    WORDS.iter().find(|w| **w == text).copied().unwrap_or_default()
}

fn conditions(cx: &Context, status: &Value) -> Vec<Condition> {
    let one = |c: &Value| {
        let since = instant(cx, &text(c, "lastTransitionTime"));
        Condition {
            kind: word(&text(c, "type")),
            status: match &*text(c, "status") {
                "True" => Some(true),
                "False" => Some(false),
                _ => None,
            },
            reason: text(c, "reason"),
            message: text(c, "message"),
            since,
            updated: maybe_text(c, "lastUpdateTime").map_or(since, |t| instant(cx, &t)),
        }
    };
    list(status, "conditions").iter().map(one).collect()
}

/// Reads `status` into the object.
pub fn read(cx: &Context, value: &Value, object: &mut Object) {
    let status = field(value, "status");
    let n = |key: &str| number(status, key, 0);
    let terminating = status.get("terminatingReplicas").and_then(Value::as_i64);
    match object {
        Object::Deployment(d) => {
            let s = &mut Rc::make_mut(d).status;
            s.observed_generation = n("observedGeneration");
            (s.replicas, s.updated, s.ready) = (n("replicas"), n("updatedReplicas"), n("readyReplicas"));
            (s.available, s.unavailable) = (n("availableReplicas"), n("unavailableReplicas"));
            (s.terminating, s.collisions) = (terminating, n("collisionCount"));
            s.conditions = conditions(cx, status);
        }
        Object::ReplicaSet(r) => {
            let s = &mut Rc::make_mut(r).status;
            s.observed_generation = n("observedGeneration");
            (s.replicas, s.fully_labeled, s.ready) = (n("replicas"), n("fullyLabeledReplicas"), n("readyReplicas"));
            (s.available, s.terminating) = (n("availableReplicas"), terminating);
            s.conditions = conditions(cx, status);
        }
        Object::StatefulSet(d) => {
            let s = &mut Rc::make_mut(d).status;
            s.observed_generation = n("observedGeneration");
            (s.replicas, s.ready, s.available) = (n("replicas"), n("readyReplicas"), n("availableReplicas"));
            (s.current, s.updated, s.collisions) = (n("currentReplicas"), n("updatedReplicas"), n("collisionCount"));
            s.current_revision = text(status, "currentRevision");
            s.update_revision = text(status, "updateRevision");
            s.conditions = conditions(cx, status);
        }
        Object::DisruptionBudget(b) => {
            let s = &mut Rc::make_mut(b).status;
            s.observed_generation = n("observedGeneration");
            (s.allowed, s.healthy) = (n("disruptionsAllowed"), n("currentHealthy"));
            (s.desired, s.expected) = (n("desiredHealthy"), n("expectedPods"));
            s.conditions = conditions(cx, status);
        }
        Object::Claim(c) => Rc::make_mut(c).phase = phase(&text(status, "phase")),
        Object::Volume(v) => Rc::make_mut(v).phase = phase(&text(status, "phase")),
        Object::Pod(p) => {
            let new = pod(cx, status, p);
            Rc::make_mut(p).status = new;
        }
        _ => {}
    }
}

fn phase(name: &str) -> VolumePhase {
    let all = [VolumePhase::Available, VolumePhase::Bound, VolumePhase::Released, VolumePhase::Lost];
    all.into_iter().find(|p| p.name() == name).unwrap_or_default()
}

fn pod(cx: &Context, status: &Value, pod: &Pod) -> PodStatus {
    let all = [Phase::Running, Phase::Succeeded, Phase::Failed, Phase::Unknown];
    let name = text(status, "phase");
    let mut out = PodStatus {
        phase: all.into_iter().find(|p| p.name() == &*name).unwrap_or_default(),
        reason: text(status, "reason"),
        message: text(status, "message"),
        started: maybe_text(status, "startTime").map(|t| instant(cx, &t)),
        observed_generation: number(status, "observedGeneration", 0),
        ..PodStatus::default()
    };
    out.ip =
        text(status, "podIP").split('.').fold(0, |ip: u32, part| ip << 8 | part.parse::<u32>().unwrap_or_default());
    for c in list(status, "conditions") {
        let flag = Flag {
            status: &*text(c, "status") == "True",
            since: instant(cx, &text(c, "lastTransitionTime")),
            reason: word(&text(c, "reason")),
        };
        match &*text(c, "type") {
            "PodScheduled" => {
                out.scheduled = flag;
                out.unschedulable = maybe_text(c, "message");
            }
            "Initialized" => out.initialized = flag,
            "ContainersReady" => out.containers_ready = flag,
            "Ready" => out.ready = flag,
            _ => {}
        }
    }
    out.containers = containers(cx, list(status, "containerStatuses"), &pod.spec.containers);
    out.init_containers = containers(cx, list(status, "initContainerStatuses"), &pod.spec.init_containers);
    out
}

/// The statuses of containers, in the order of the spec; none when there are none yet.
fn containers(cx: &Context, list: &[Value], specs: &[crate::object::Container]) -> Vec<ContainerStatus> {
    if list.is_empty() {
        return Vec::new();
    }
    let one = |spec: &crate::object::Container| {
        let found = list.iter().find(|c| text(c, "name") == spec.name);
        found.map_or_else(ContainerStatus::default, |c| ContainerStatus {
            state: state(cx, field(c, "state")).unwrap_or_default(),
            last: state(cx, field(c, "lastState")).map(Box::new),
            ready: flag(c, "ready"),
            started: flag(c, "started"),
            restarts: number(c, "restartCount", 0) as u32,
        })
    };
    specs.iter().map(one).collect()
}

fn state(cx: &Context, value: &Value) -> Option<ContainerState> {
    let at = |v: &Value, key: &str| instant(cx, &text(v, key));
    if let Some(w) = value.get("waiting") {
        return Some(ContainerState::Waiting { reason: word(&text(w, "reason")), message: text(w, "message") });
    }
    if let Some(r) = value.get("running") {
        return Some(ContainerState::Running { since: at(r, "startedAt") });
    }
    let t = value.get("terminated")?;
    Some(ContainerState::Terminated {
        exit_code: number(t, "exitCode", 0) as i32,
        reason: word(&text(t, "reason")),
        started: at(t, "startedAt"),
        finished: at(t, "finishedAt"),
    })
}
