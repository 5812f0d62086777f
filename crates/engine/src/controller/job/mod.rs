//! The Job controller: pods run to their end until enough of them succeeded.
//!
//! `mod` watches and decides, `pods` makes and deletes pods, `tracking` counts ended pods exactly once by means of a
//! finalizer, `backoff` spaces out retries, `policy` reads pod failure policies, `index` looks at indexes one by one.

mod backoff;
mod index;
mod pods;
mod policy;
mod tracking;

#[cfg(test)]
mod index_tests;
#[cfg(test)]
mod tests;

use super::{Controller, owned};
use crate::api::{Context, DeleteOptions, Propagation};
use crate::object::{Condition, EventType, Job, JobStatus, Key, Kind, Object, Pod};
use crate::time::SimTime;
use podscope_schema::Value;
use podscope_schema::sort::sort;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// Holds a pod back until the Job's status counts it.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// Changes of pods and statuses are gathered for so long.
// upstream: job.SyncJobBatchPeriod
const BATCH: Duration = Duration::from_secs(1);

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    backoff: SortedMap<Key, backoff::Record>,
}

/// Puts the Job's own labels on its template and the selector that finds them, unless the user does so.
// upstream: registry/batch/job generateSelector
pub fn generate_selector(job: &mut Job) {
    if job.manual_selector {
        return;
    }
    let uid = job.meta.uid.to_string();
    let borrowed = job.meta.labels.same(&job.template.labels);
    let template = Rc::make_mut(&mut job.template);
    for (key, value) in [
        ("job-name", &*job.meta.name),
        ("batch.kubernetes.io/job-name", &job.meta.name),
        ("controller-uid", &uid),
        ("batch.kubernetes.io/controller-uid", &uid),
    ] {
        if template.labels.get(key).is_none() {
            template.labels.set(key, value);
            job.raw.set_at(&["template", "metadata", "labels", key], value);
        }
    }
    if borrowed {
        // A Job without labels has its template's.
        job.meta.labels = job.template.labels.clone();
    }
    let key = "batch.kubernetes.io/controller-uid";
    if job.selector.match_labels.get(key).is_none() {
        job.selector.match_labels.set(key, uid.as_str());
        job.raw.set_at(&["selector", "matchLabels", key], Value::from(uid));
    }
}

/// Enqueues what the change of the object at `key` concerns.
// upstream: job_controller addPod, updatePod, deletePod, updateJob, deleteJob
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    fn pod(o: Option<&Object>) -> Option<&Pod> {
        if let Some(Object::Pod(pod)) = o { Some(pod) } else { None }
    }
    match (old, new) {
        (Some(Object::Job(a)), Some(Object::Job(b))) if a.meta.generation == b.meta.generation => {
            cx.enqueue_after(Controller::Job, key, BATCH);
        }
        (_, Some(Object::Job(_))) => cx.enqueue(Controller::Job, key),
        (Some(Object::Job(job)), None) => {
            cx.memory.job.backoff.remove(&key);
            let pods: Vec<Key> = cx.store.owned_by(job.meta.uid).iter().copied().collect();
            for pod in pods {
                cx.enqueue(Controller::Job, pod);
            }
        }
        (old, new @ Some(Object::Pod(_))) | (old @ Some(Object::Pod(_)), new) => {
            let (old, new) = (pod(old), pod(new));
            let tracked = new.filter(|p| p.meta.deleting() && is_tracked(p));
            if tracked.is_some_and(|p| stands_alone(cx, p)) {
                cx.enqueue(Controller::Job, key);
            }
            if cx.store.of_kind(Kind::Job).is_empty() {
                return;
            }
            for key in owned::concerned(cx, Kind::Job, old, new, selects) {
                cx.enqueue_after(Controller::Job, key, BATCH);
            }
        }
        _ => {}
    }
}

fn selects(object: &Object, pod: &Pod) -> bool {
    matches!(object, Object::Job(j) if j.selector.matches(&pod.meta.labels))
}

fn is_tracked(pod: &Pod) -> bool {
    pod.meta.finalizers.iter().any(|f| &**f == TRACKING)
}

/// Whether no Job will count the pod any more.
fn stands_alone(cx: &Context, pod: &Pod) -> bool {
    let of_another_kind = pod.meta.controller().is_some_and(|o| &*o.kind != "Job");
    let job = owned::controller_of(cx, Kind::Job, &pod.meta).and_then(|k| cx.store.get::<Job>(k));
    !of_another_kind && job.is_none_or(|j| j.finished().is_some())
}

/// One look at a Job: what is, and what it comes to.
struct Sync<'a> {
    key: Key,
    job: &'a Job,
    /// What the status will be.
    status: JobStatus,
    /// All of its pods.
    pods: Vec<(Key, Rc<Pod>)>,
    /// Those that have not ended and stay.
    active: Vec<(Key, Rc<Pod>)>,
    terminating: i64,
    ready: i64,
    succeeded: i64,
    failed: i64,
    /// Indexes that are done, counted or not.
    indexes: Vec<i64>,
    backoff: backoff::Record,
    /// By index, the failed pod that the next one of the index follows.
    delayed: SortedMap<i64, Rc<Pod>>,
    /// Why it is over, or is going to be.
    finished: Option<Condition>,
}

/// Brings what is closer to what is asked for at `key`.
// upstream: job_controller syncJob
pub fn reconcile(cx: &mut Context, key: Key) {
    if let Some(pod) = cx.get::<Pod>(key) {
        // upstream: handleSingleOrphanPod
        if is_tracked(&pod) && stands_alone(cx, &pod) {
            tracking::release(cx, key);
        }
        return;
    }
    let Some(job) = cx.get::<Job>(key).filter(|j| !j.foreign) else { return };
    if job.finished().is_some() {
        cx.memory.job.backoff.remove(&key);
        return expire(cx, key, &job);
    }
    let mut sync = look(cx, key, &job);
    let now = cx.now();
    sync.finished = over(cx, &sync);
    if sync.finished.is_some() {
        for (pod, _) in &sync.active {
            owned::delete(cx, key, *pod);
        }
        sync.terminating += sync.active.len() as i64;
        sync.ready = 0;
        sync.active.clear();
    } else {
        if !job.meta.deleting() {
            pods::manage(cx, &mut sync);
        }
        let complete = match job.completions {
            None => sync.succeeded > 0 && sync.active.is_empty(),
            Some(n) => sync.succeeded >= n && sync.active.is_empty(),
        };
        if complete {
            let message = "Reached expected number of succeeded pods";
            sync.finished = Some(condition("SuccessCriteriaMet", true, "CompletionsReached", message, now));
        } else if !job.meta.deleting() {
            suspension(cx, &mut sync);
        }
    }
    sync.status.active = sync.active.len() as i64;
    sync.status.ready = Some(sync.ready);
    sync.status.terminating = Some(sync.terminating);
    tracking::track(cx, sync);
}

/// Gathers what is.
fn look<'a>(cx: &mut Context, key: Key, job: &'a Job) -> Sync<'a> {
    let now = cx.now();
    let pods = owned::claim(cx, Kind::Job, &job.meta, &job.selector);
    let active: Vec<_> = pods.iter().filter(|(_, p)| p.is_active()).cloned().collect();
    let mut status = job.status.clone();
    if status.started.is_none() && !job.suspend {
        status.started = Some(now);
    }
    let mut sync = Sync {
        key,
        job,
        terminating: pods.iter().filter(|(_, p)| p.meta.deleting() && !p.is_terminal()).count() as i64,
        ready: active.iter().filter(|(_, p)| p.is_ready()).count() as i64,
        succeeded: 0,
        failed: 0,
        indexes: status.indexes.clone(),
        backoff: backoff::Record::default(),
        delayed: SortedMap::new(),
        finished: None,
        status,
        pods,
        active,
    };
    let (succeeded, failed) = tracking::newly_ended(&sync);
    sync.succeeded = job.status.succeeded + succeeded.len() as i64 + job.status.uncounted_succeeded.len() as i64;
    let counted = failed.iter().filter(|p| policy::verdict(job, p).counts()).count();
    sync.failed = job.status.failed + counted as i64 + job.status.uncounted_failed.len() as i64;
    if job.indexed {
        sync.indexes.extend(succeeded.iter().filter_map(|p| pods::index_of(p)));
        sort(&mut sync.indexes);
        sync.indexes.dedup();
        sync.succeeded = sync.indexes.len() as i64;
        index::look(&mut sync);
    }
    let record = cx.memory.job.backoff.get(&key).copied().unwrap_or_default();
    sync.backoff = record.with(&succeeded, &failed);
    sync
}

/// Why the Job is over, apart from having enough successes.
fn over(cx: &mut Context, sync: &Sync) -> Option<Condition> {
    let (job, now) = (sync.job, cx.now());
    if let Some(met) = job.condition("SuccessCriteriaMet") {
        return Some(met.clone());
    }
    if let Some(target) = job.condition("FailureTarget") {
        return Some(condition("Failed", true, &target.reason, &target.message, now));
    }
    let fail = |reason, message: &str| Some(condition("FailureTarget", true, reason, message, now));
    let failed = sync.pods.iter().filter(|(_, p)| tracking::has_failed(p, job));
    if let Some(message) = failed.map(|(_, p)| policy::verdict(job, p)).find_map(policy::Verdict::fails_job) {
        return fail("PodFailurePolicy", &message);
    }
    if sync.failed > job.backoff_limit || backoff::restarted_too_often(job, &sync.pods) {
        return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    if let (Some(seconds), Some(started), false) = (job.active_deadline, sync.status.started, job.suspend) {
        let end = started + Duration::from_secs(seconds.max(0).unsigned_abs());
        if now >= end {
            return fail("DeadlineExceeded", "Job was active longer than specified deadline");
        }
        cx.enqueue_after(Controller::Job, sync.key, end - now);
    }
    if let Some((reason, message)) = index::too_many_failed(sync) {
        return fail(reason, message);
    }
    let message = index::succeeded(sync)?;
    Some(condition("SuccessCriteriaMet", true, "SuccessPolicy", &message, now))
}

/// Says when the Job stops working, and when it takes its work up again.
fn suspension(cx: &mut Context, sync: &mut Sync) {
    let now = cx.now();
    let known = sync.status.conditions.iter().position(|c| c.kind == "Suspended");
    let was = known.is_some_and(|at| sync.status.conditions[at].status == Some(true));
    if sync.job.suspend == was {
        return;
    }
    let (reason, message, told) = if sync.job.suspend {
        ("JobSuspended", "Job suspended", "Suspended")
    } else {
        ("JobResumed", "Job resumed", "Resumed")
    };
    let new = condition("Suspended", sync.job.suspend, reason, message, now);
    match known {
        Some(at) => sync.status.conditions[at] = new,
        None => sync.status.conditions.push(new),
    }
    cx.event(sync.key, EventType::Normal, told, message);
    // The deadline counts the time at work.
    sync.status.started = (!sync.job.suspend).then_some(now);
}

/// A condition that begins now.
// upstream: job_controller newCondition
fn condition(kind: &'static str, status: bool, reason: &str, message: &str, now: SimTime) -> Condition {
    Condition { kind, status: Some(status), reason: reason.into(), message: message.into(), since: now, updated: now }
}

/// Deletes a Job whose time after its end is up.
// upstream: ttlafterfinished processJob
fn expire(cx: &mut Context, key: Key, job: &Job) {
    let (Some(seconds), Some(end)) = (job.ttl, job.finished()) else { return };
    let at = end.since + Duration::from_secs(seconds.max(0).unsigned_abs());
    if at > cx.now() {
        let wait = at - cx.now();
        cx.enqueue_after(Controller::Job, key, wait);
    } else if !job.meta.deleting() {
        // It is there: nothing to refuse.
        _ = cx.delete(key, DeleteOptions { propagation: Propagation::Foreground, grace_seconds: None });
    }
}
