//! The CronJob controller: makes a Job whenever the schedule says so. Time zones other than UTC are not simulated.

mod schedule;

pub use schedule::Schedule;

use super::{Controller, owned};
use crate::api::{Context, DeleteOptions, Propagation};
use crate::convert;
use crate::object::{Concurrency, CronJob, CronJobStatus, EventType, Job, Key, Kind, Object};
use podscope_schema::Value;
use podscope_schema::sort::sort_by_key;
use std::rc::Rc;
use std::time::Duration;

/// A Job is made so long after its instant.
// upstream: cronjob.nextScheduleDelta
const DELTA: Duration = Duration::from_millis(100);
/// More missed runs than this are complained of.
const MANY: i64 = 100;

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match (old, new) {
        (_, Some(Object::CronJob(_))) => cx.enqueue(Controller::CronJob, key),
        (_, Some(Object::Job(job))) | (Some(Object::Job(job)), None) => {
            if let Some(owner) = owned::controller_of(cx, Kind::CronJob, &job.meta) {
                cx.enqueue(Controller::CronJob, owner);
            }
        }
        _ => {}
    }
}

/// Brings what is closer to what is asked for at `key`.
// upstream: cronjob_controllerv2 sync
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(cron) = cx.get::<CronJob>(key) else { return };
    let mut status = cron.status.clone();
    let jobs = jobs(cx, &cron);
    settle(cx, key, &mut status, &jobs);
    let next = if cron.meta.deleting() || cron.suspend { None } else { run(cx, key, &cron, &mut status) };
    trim(cx, key, &cron, &mut status, &jobs);
    cx.update::<CronJob>(key, |c| c.status = status);
    if let Some(at) = next {
        let wait = Duration::from_micros((at * 1_000_000 - micros(cx)).max(0).unsigned_abs()) + DELTA;
        cx.enqueue_after(Controller::CronJob, key, wait);
    }
}

/// The present instant in microseconds since 1970.
fn micros(cx: &Context) -> i64 {
    cx.config.epoch * 1_000_000 + cx.now().0 as i64
}

fn jobs(cx: &Context, cron: &CronJob) -> Vec<(Key, Rc<Job>)> {
    let owned = cx.store.owned_by(cron.meta.uid).iter();
    owned.filter_map(|&key| cx.get::<Job>(key).map(|job| (key, job))).collect()
}

/// Takes Jobs that ended, and those that are gone, out of the list of those at work.
// upstream: cronjob_controllerv2 syncCronJob, its first part
fn settle(cx: &mut Context, key: Key, status: &mut CronJobStatus, jobs: &[(Key, Rc<Job>)]) {
    for (_, job) in jobs {
        let known = status.active.iter().position(|(_, uid)| *uid == job.meta.uid);
        match (job.finished(), known) {
            (None, None) => {
                let message = format!("Saw a job that the controller did not create or forgot: {}", job.meta.name);
                cx.event(key, EventType::Warning, "UnexpectedJob", message);
            }
            (Some(end), Some(at)) => {
                status.active.remove(at);
                let message = format!("Saw completed job: {}, condition: {}", job.meta.name, end.kind);
                cx.event(key, EventType::Normal, "SawCompletedJob", message);
            }
            _ => {}
        }
        status.last_success = status.last_success.max(job.status.completed);
    }
    let gone = status.active.iter().filter(|(_, uid)| !jobs.iter().any(|(_, j)| j.meta.uid == *uid));
    for (name, _) in gone {
        cx.event(key, EventType::Normal, "MissingJob", format!("Active job went missing: {name}"));
    }
    status.active.retain(|(_, uid)| jobs.iter().any(|(_, j)| j.meta.uid == *uid));
}

/// The last instant that the schedule named since `since` and that is over, and how many it named.
// upstream: cronjob/utils mostRecentScheduleTime
fn missed(schedule: &Schedule, since: i64, now: i64) -> (Option<i64>, i64) {
    let Some(first) = schedule.next(since).filter(|t| *t <= now) else { return (None, 0) };
    let Some(second) = schedule.next(first).filter(|t| *t <= now) else { return (Some(first), 1) };
    let step = second - first;
    let count = (now - first) / step + 1;
    let mut last = first;
    let mut at = schedule.next(first + (count - 2).max(0) * step);
    while let Some(t) = at.filter(|t| *t <= now) {
        last = t;
        at = schedule.next(t);
    }
    (Some(last), count)
}

/// Makes the Job that is due, if one is; gives the next instant to look at.
// upstream: cronjob_controllerv2 syncCronJob
fn run(cx: &mut Context, key: Key, cron: &CronJob, status: &mut CronJobStatus) -> Option<i64> {
    let schedule = match Schedule::parse(&cron.schedule) {
        Ok(schedule) => schedule,
        Err(why) => {
            let message = format!("unparseable schedule: \"{}\" : {why}", cron.schedule);
            cx.event(key, EventType::Warning, "UnparseableSchedule", message);
            return None;
        }
    };
    let now = micros(cx).div_euclid(1_000_000);
    let mut since = status.last_schedule.unwrap_or(cx.config.epoch + cron.meta.created.secs() as i64);
    if let Some(deadline) = cron.starting_deadline {
        since = since.max(now - deadline);
    }
    let (due, count) = missed(&schedule, since, now);
    if count > MANY {
        let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        cx.event(key, EventType::Warning, "TooManyMissedTimes", message);
    }
    let Some(due) = due.filter(|t| Some(*t) != status.last_schedule) else { return schedule.next(now.max(since)) };
    let next = schedule.next(now);
    if cron.concurrency == Concurrency::Forbid && !status.active.is_empty() {
        let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
        cx.event(key, EventType::Normal, "JobAlreadyActive", message);
        return next;
    }
    if cron.concurrency == Concurrency::Replace {
        for (name, _) in std::mem::take(&mut status.active) {
            delete(cx, key, &cron.meta.namespace, &name);
        }
    }
    let mut job = convert::read_job(cron.raw.get("jobTemplate").unwrap_or(&Value::Null), &cron.meta.namespace);
    job.meta.namespace = Rc::clone(&cron.meta.namespace);
    job.meta.name = format!("{}-{}", cron.meta.name, due / 60).into();
    job.meta.annotations.set("batch.kubernetes.io/cronjob-scheduled-timestamp", convert::civil(due));
    job.meta.owners.push(owned::owner_ref(Kind::CronJob, &cron.meta));
    let name = Rc::clone(&job.meta.name);
    match cx.create(job) {
        Ok(made) => {
            cx.event(key, EventType::Normal, "SuccessfulCreate", format!("Created job {name}"));
            let uid = cx.store.get::<Job>(made).map(|j| j.meta.uid).unwrap_or_default();
            status.active.push((name, uid));
            status.last_schedule = Some(due);
        }
        Err(e) => {
            let message = format!("Error creating job: {}", e.message);
            cx.event(key, EventType::Warning, "FailedCreate", message);
        }
    }
    next
}

/// Deletes a Job with its pods, and says so.
// upstream: cronjob_controllerv2 deleteJob
fn delete(cx: &mut Context, key: Key, namespace: &str, name: &str) {
    let Some(job) = cx.store.find(Kind::Job, namespace, name) else { return };
    let options = DeleteOptions { propagation: Propagation::Background, grace_seconds: None };
    if cx.delete(job, options).is_ok() {
        cx.event(key, EventType::Normal, "SuccessfulDelete", format!("Deleted job {name}"));
    }
}

/// Deletes the oldest Jobs that ended, beyond those that are kept.
// upstream: cronjob_controllerv2 cleanupFinishedJobs, removeOldestJobs
fn trim(cx: &mut Context, key: Key, cron: &CronJob, status: &mut CronJobStatus, jobs: &[(Key, Rc<Job>)]) {
    for (kind, kept) in [("Complete", cron.successes_kept), ("Failed", cron.failures_kept)] {
        let ended = jobs.iter().filter(|(_, j)| !j.meta.deleting() && j.finished().is_some_and(|c| c.kind == kind));
        let mut ended: Vec<&(Key, Rc<Job>)> = ended.collect();
        sort_by_key(&mut ended, |(key, job)| (job.status.started.unwrap_or(job.meta.created), *key));
        let surplus = ended.len().saturating_sub(usize::try_from(kept).unwrap_or_default());
        for (_, job) in ended.into_iter().take(surplus) {
            status.active.retain(|(_, uid)| *uid != job.meta.uid);
            delete(cx, key, &job.meta.namespace, &job.meta.name);
        }
    }
}

#[cfg(test)]
mod tests;
