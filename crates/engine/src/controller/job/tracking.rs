//! Counts each ended pod exactly once: the status notes it, its finalizer is taken, the status counts it.

use super::{Sync, TRACKING, condition, index, is_tracked, pods, policy};
use crate::api::Context;
use crate::object::{Condition, EventType, Job, Key, Phase, Pod};
use std::rc::Rc;

/// Whether a Job takes the pod for failed.
// upstream: job_controller isPodFailed
pub(super) fn has_failed(pod: &Pod, job: &Job) -> bool {
    match pod.status.phase {
        Phase::Failed => true,
        Phase::Succeeded => false,
        _ => pod.meta.deleting() && !job.replace_ended_only,
    }
}

/// The pods that succeeded and that failed since the status was written.
// upstream: job_controller getNewFinishedPods
pub(super) fn newly_ended(sync: &Sync) -> (Vec<Rc<Pod>>, Vec<Rc<Pod>>) {
    let (job, status) = (sync.job, &sync.job.status);
    let new = |list: &[crate::object::Uid], fits: &dyn Fn(&Pod) -> bool| -> Vec<Rc<Pod>> {
        let open = sync.pods.iter().map(|(_, p)| p);
        let open = open.filter(|p| is_tracked(p) && !list.contains(&p.meta.uid) && pods::counts(job, p) && fits(p));
        open.cloned().collect()
    };
    (
        new(&status.uncounted_succeeded, &|p| p.status.phase == Phase::Succeeded),
        new(&status.uncounted_failed, &|p| has_failed(p, job)),
    )
}

/// Takes the finalizer from a pod.
pub(super) fn release(cx: &mut Context, pod: Key) {
    if let Some(old) = cx.get::<Pod>(pod).filter(|p| is_tracked(p)) {
        let mut new = Pod::clone(&old);
        new.meta.finalizers.retain(|f| &**f != TRACKING);
        cx.put(pod, crate::object::Object::Pod(Rc::new(new)));
    }
}

/// Writes the status, and lets go of the pods that it counts.
// upstream: job_controller trackJobStatusAndRemoveFinalizers
pub(super) fn track(cx: &mut Context, mut sync: Sync) {
    let (key, job) = (sync.key, sync.job);
    let mut released = Vec::new();
    let ends_badly = sync.finished.as_ref().is_some_and(|c| c.kind != "SuccessCriteriaMet");
    for (pod_key, pod) in sync.pods.iter().filter(|(_, p)| is_tracked(p)) {
        let failed = has_failed(pod, job);
        let succeeded = pod.status.phase == Phase::Succeeded;
        if !(job.meta.deleting() || sync.finished.is_some() || succeeded || failed) {
            continue;
        }
        if !job.meta.deleting() && sync.finished.is_none() && !succeeded && index::stays(&sync, pod) {
            continue;
        }
        released.push(*pod_key);
        let uid = pod.meta.uid;
        let status = &mut sync.status;
        let known = status.uncounted_failed.contains(&uid) || status.uncounted_succeeded.contains(&uid);
        if known || !pods::counts(job, pod) {
            continue;
        }
        if succeeded {
            if !job.indexed {
                status.uncounted_succeeded.push(uid);
            }
        } else if (failed || ends_badly) && policy::verdict(job, pod).counts() {
            status.uncounted_failed.push(uid);
        }
    }
    if job.indexed {
        sync.status.succeeded = sync.indexes.len() as i64;
        sync.status.indexes = std::mem::take(&mut sync.indexes);
    }
    let now = cx.now();
    let end = sync.finished.take().map(|interim| {
        let last = if interim.kind == "SuccessCriteriaMet" { "Complete" } else { "Failed" };
        let end = condition(last, true, &interim.reason, &interim.message, now);
        if interim.kind != "Failed" && !sync.status.conditions.iter().any(|c| c.kind == interim.kind) {
            sync.status.conditions.push(interim);
        }
        end
    });
    cx.update::<Job>(key, |j| j.status.clone_from(&sync.status));
    cx.memory.job.backoff.insert(key, sync.backoff);
    for pod in released {
        release(cx, pod);
    }
    let status = &mut sync.status;
    status.succeeded += std::mem::take(&mut status.uncounted_succeeded).len() as i64;
    status.failed += std::mem::take(&mut status.uncounted_failed).len() as i64;
    let end = end.filter(|_| sync.terminating == 0);
    if let Some(end) = &end {
        if end.kind == "Complete" {
            status.completed = Some(now);
        }
        status.conditions.push(end.clone());
    }
    cx.update::<Job>(key, |j| j.status.clone_from(&sync.status));
    if let Some(end) = end {
        tell(cx, key, &sync, &end);
    }
}

// upstream: job_controller recordJobFinished
fn tell(cx: &mut Context, key: Key, sync: &Sync, end: &Condition) {
    if end.kind == "Failed" {
        cx.event(key, EventType::Warning, reason(&end.reason), end.message.to_string());
        return;
    }
    if sync.job.completions.is_some_and(|n| sync.status.succeeded > n) {
        let message = "Too many succeeded pods running after completion count reached";
        cx.event(key, EventType::Warning, "TooManySucceededPods", message);
    }
    cx.event(key, EventType::Normal, "Completed", "Job completed");
}

/// Events keep their reasons by reference.
fn reason(text: &str) -> &'static str {
    const KNOWN: [&str; 5] =
        ["BackoffLimitExceeded", "DeadlineExceeded", "FailedIndexes", "MaxFailedIndexesExceeded", "PodFailurePolicy"];
    KNOWN.into_iter().find(|k| *k == text).unwrap_or("Failed")
}
