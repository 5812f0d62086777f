//! A Deployment's status and conditions.

use super::revision::condition;
use super::scale::max_unavailable;
use super::{Sets, available, replicas};
use crate::api::Context;
use crate::controller::Controller;
use crate::object::{Condition, Deployment, DeploymentStatus, Key};
use crate::time::SimTime;
use std::time::Duration;

const PROGRESSING: &str = "Progressing";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const DONE: &str = "NewReplicaSetAvailable";
const FAILURE: &str = "ReplicaFailure";

/// Sets a condition. The same status and reason change nothing; the same status keeps its transition time.
// upstream: deployment/util SetDeploymentCondition
pub fn set_condition(list: &mut Vec<Condition>, mut new: Condition) {
    if let Some(old) = list.iter().find(|c| c.kind == new.kind) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.since = old.since;
        }
    }
    list.retain(|c| c.kind != new.kind);
    list.push(new);
}

fn progressing(status: &DeploymentStatus) -> Option<&Condition> {
    status.conditions.iter().find(|c| c.kind == PROGRESSING)
}

/// All replicas are updated and available, and none is left of old templates.
// upstream: deployment/util DeploymentComplete
pub fn is_complete(d: &Deployment, status: &DeploymentStatus) -> bool {
    [status.updated, status.replicas, status.available] == [d.replicas; 3]
        && status.observed_generation >= d.meta.generation
}

// upstream: deployment calculateStatus
fn calculate(cx: &Context, d: &Deployment, sets: &Sets) -> DeploymentStatus {
    let actual = |f: fn(&crate::object::ReplicaSetStatus) -> i64| sets.all().map(|(_, s)| f(&s.status)).sum::<i64>();
    let can = available(sets.all());
    let mut status = DeploymentStatus {
        observed_generation: d.meta.generation,
        replicas: actual(|s| s.replicas),
        updated: sets.new.as_ref().map_or(0, |(_, s)| s.status.replicas),
        ready: actual(|s| s.ready),
        available: can,
        unavailable: (replicas(sets.all()) - can).max(0),
        terminating: Some(actual(|s| s.terminating.unwrap_or_default())),
        collisions: d.status.collisions,
        conditions: d.status.conditions.clone(),
    };
    let (reason, message) = if can >= d.replicas - max_unavailable(d) {
        ("MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let is = reason == "MinimumReplicasAvailable";
    set_condition(&mut status.conditions, condition("Available", Some(is), reason, message.into(), cx.now()));
    status
}

/// Writes the numbers, without judging progress.
// upstream: deployment syncDeploymentStatus
pub fn write_status(cx: &mut Context, key: Key, sets: &Sets) {
    let Some(d) = cx.get::<Deployment>(key) else { return };
    let status = calculate(cx, &d, sets);
    cx.update::<Deployment>(key, |d| d.status = status);
}

/// Writes the numbers, and whether the rollout gets on.
// upstream: deployment syncRolloutStatus
pub fn write_rollout(cx: &mut Context, key: Key, sets: &Sets) {
    let Some(d) = cx.get::<Deployment>(key) else { return };
    let now = cx.now();
    let mut status = calculate(cx, &d, sets);
    let current = progressing(&d.status).cloned();
    if d.progress_deadline.is_none() {
        status.conditions.retain(|c| c.kind != PROGRESSING);
    }
    let was_complete = status.replicas == status.updated && current.as_ref().is_some_and(|c| &*c.reason == DONE);
    if d.progress_deadline.is_some() && !was_complete {
        let subject = sets.new.as_ref().map_or_else(
            || format!("Deployment \"{}\"", d.meta.name),
            |(_, s)| format!("ReplicaSet \"{}\"", s.meta.name),
        );
        if is_complete(&d, &status) {
            let new = condition(PROGRESSING, Some(true), DONE, format!("{subject} has successfully progressed."), now);
            set_condition(&mut status.conditions, new);
        } else if has_moved(&d.status, &status) {
            let mut new =
                condition(PROGRESSING, Some(true), "ReplicaSetUpdated", format!("{subject} is progressing."), now);
            // Progress renews the deadline even when the words stay the same.
            if let Some(old) = current.as_ref().filter(|c| c.status == Some(true)) {
                new.since = old.since;
            }
            status.conditions.retain(|c| c.kind != PROGRESSING);
            status.conditions.push(new);
        } else if timed_out(&d, &status, now) {
            let new =
                condition(PROGRESSING, Some(false), TIMED_OUT, format!("{subject} has timed out progressing."), now);
            set_condition(&mut status.conditions, new);
        }
    }
    let failure = sets.all().flat_map(|(_, s)| &s.status.conditions).find(|c| c.kind == FAILURE).cloned();
    match failure {
        Some(failure) => set_condition(&mut status.conditions, failure),
        None => status.conditions.retain(|c| c.kind != FAILURE),
    }
    if !cx.update::<Deployment>(key, |d| d.status = status) {
        look_again(cx, key, &d);
    }
}

// upstream: deployment/util DeploymentProgressing
pub(super) fn has_moved(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    new.updated > old.updated
        || new.replicas - new.updated < old.replicas - old.updated
        || new.ready > old.ready
        || new.available > old.available
}

// upstream: deployment/util DeploymentTimedOut
pub(super) fn timed_out(d: &Deployment, status: &DeploymentStatus, now: SimTime) -> bool {
    let (Some(c), Some(deadline)) = (progressing(status), d.progress_deadline) else { return false };
    match &*c.reason {
        DONE => false,
        TIMED_OUT => true,
        // The API keeps whole seconds of it.
        _ => SimTime(c.updated.secs() * 1_000_000) + Duration::from_secs(deadline.max(0) as u64) < now,
    }
}

/// Nothing else will wake a rollout that is stuck when its deadline passes.
// upstream: deployment requeueStuckDeployment
pub(super) fn look_again(cx: &mut Context, key: Key, d: &Deployment) {
    let (Some(c), Some(deadline)) = (progressing(&d.status), d.progress_deadline) else { return };
    if is_complete(d, &d.status) || &*c.reason == TIMED_OUT || d.paused {
        return;
    }
    let end = SimTime(c.updated.secs() * 1_000_000) + Duration::from_secs(deadline.max(0) as u64);
    let wait = end - cx.now();
    // In the last second upstream looks every few milliseconds, until the deadline has passed.
    let more = if wait < Duration::from_secs(1) { cx.config.watch_latency } else { Duration::from_secs(1) };
    cx.enqueue_after(Controller::Deployment, key, wait + more);
}

/// Marks that the deadline does not run while the Deployment is paused, and that it runs again after.
/// Says whether it wrote.
// upstream: deployment checkPausedConditions
pub fn mark_paused(cx: &mut Context, key: Key) -> bool {
    let Some(d) = cx.get::<Deployment>(key).filter(|d| d.progress_deadline.is_some()) else { return false };
    let reason = progressing(&d.status).map(|c| c.reason.clone()).unwrap_or_default();
    let said = &*reason == "DeploymentPaused";
    if &*reason == TIMED_OUT || d.paused == said {
        return false;
    }
    let (reason, message) = if d.paused {
        ("DeploymentPaused", "Deployment is paused")
    } else {
        ("DeploymentResumed", "Deployment is resumed")
    };
    let new = condition(PROGRESSING, None, reason, message.into(), cx.now());
    cx.update::<Deployment>(key, |d| set_condition(&mut d.status.conditions, new))
}
