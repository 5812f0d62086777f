//! Jobs and CronJobs.

use super::out::{civil, conditions, counts, timestamp};
use super::pod::template;
use super::read::{default, field, flag, maybe_text, meta, number, selector, text};
use super::workload::default_template;
use crate::api::Context;
use crate::object::{Concurrency, CronJob, CronJobStatus, Job, JobStatus, Uid};
use podscope_schema::{Map, Value};
use std::rc::Rc;

/// The `managedBy` that stands for Kubernetes' own controller.
const OWN_CONTROLLER: &str = "kubernetes.io/job-controller";

/// Reads a Job and fills in its defaults.
// upstream: pkg/apis/batch/v1/defaults.go SetDefaults_Job
pub fn job(value: &Value, namespace: &str) -> Job {
    let mut raw = field(value, "spec").clone();
    let given = |key: &str| raw.get(key).is_some_and(|v| !v.is_null());
    let (alone, policy) = (!given("completions") && !given("parallelism"), given("podFailurePolicy"));
    let limit = if given("backoffLimitPerIndex") { i64::from(i32::MAX) } else { 6 };
    let spec = raw.make_map();
    if alone {
        default(spec, "completions", 1);
    }
    default(spec, "parallelism", 1);
    default(spec, "backoffLimit", limit);
    default(spec, "completionMode", "NonIndexed");
    default(spec, "suspend", false);
    default(spec, "podReplacementPolicy", if policy { "Failed" } else { "TerminatingOrFailed" });
    default(spec, "manualSelector", false);
    default_template(spec);
    let optional = |key: &str| raw.get(key).and_then(Value::as_i64);
    let template = Rc::new(template(field(&raw, "template")));
    let mut meta = meta(value, namespace, true);
    if meta.labels.is_empty() {
        meta.labels = template.labels.clone();
    }
    Job {
        meta,
        selector: selector(field(&raw, "selector")).unwrap_or_default(),
        manual_selector: flag(&raw, "manualSelector"),
        template,
        parallelism: number(&raw, "parallelism", 1),
        completions: optional("completions"),
        indexed: &*text(&raw, "completionMode") == "Indexed",
        backoff_limit: number(&raw, "backoffLimit", limit),
        active_deadline: optional("activeDeadlineSeconds"),
        ttl: optional("ttlSecondsAfterFinished"),
        suspend: flag(&raw, "suspend"),
        replace_ended_only: policy || &*text(&raw, "podReplacementPolicy") == "Failed",
        foreign: maybe_text(&raw, "managedBy").is_some_and(|m| &*m != OWN_CONTROLLER),
        status: JobStatus::default(),
        raw,
    }
}

/// A Job's status as the API gives it.
pub(super) fn job_status(cx: &Context, s: &JobStatus) -> Map {
    let mut out = Map::new();
    counts(&mut out, &[("active", s.active)]);
    if !s.indexes.is_empty() {
        out.insert("completedIndexes", intervals(&s.indexes));
    }
    if let Some(at) = s.completed {
        out.insert("completionTime", timestamp(cx, at));
    }
    if !s.conditions.is_empty() {
        let mut list = conditions(cx, &s.conditions, false);
        for condition in list.make_array() {
            let probed = condition.get("lastTransitionTime").cloned().unwrap_or_default();
            condition.make_map().insert("lastProbeTime", probed);
        }
        out.insert("conditions", list);
    }
    counts(&mut out, &[("failed", s.failed)]);
    if let Some(failed) = &s.failed_indexes {
        out.insert("failedIndexes", intervals(failed));
    }
    if let Some(n) = s.ready {
        out.insert("ready", n);
    }
    if let Some(at) = s.started {
        out.insert("startTime", timestamp(cx, at));
    }
    counts(&mut out, &[("succeeded", s.succeeded)]);
    if let Some(n) = s.terminating {
        out.insert("terminating", n);
    }
    if s.ready.is_some() {
        let mut uncounted = Map::new();
        for (name, list) in [("failed", &s.uncounted_failed), ("succeeded", &s.uncounted_succeeded)] {
            if !list.is_empty() {
                uncounted.insert(name, Value::array(list.iter().map(|u: &Uid| Value::from(u.to_string()))));
            }
        }
        out.insert("uncountedTerminatedPods", uncounted);
    }
    out
}

/// `0,1,3-5` for sorted numbers.
// upstream: job/indexed_job_utils orderedIntervals.String
pub fn intervals(sorted: &[i64]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = sorted;
    while let Some(&first) = rest.first() {
        let run = rest.iter().zip(first..).take_while(|(a, b)| **a == *b).count();
        let last = first + run as i64 - 1;
        parts.push(match run {
            1 => first.to_string(),
            2 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        });
        rest = &rest[run..];
    }
    parts.join(",")
}

/// Reads a CronJob and fills in its defaults.
// upstream: pkg/apis/batch/v1/defaults.go SetDefaults_CronJob
pub fn cron_job(value: &Value, namespace: &str) -> CronJob {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "concurrencyPolicy", "Allow");
    default(spec, "suspend", false);
    default(spec, "successfulJobsHistoryLimit", 3);
    default(spec, "failedJobsHistoryLimit", 1);
    if let Some(job) = spec.get_mut("jobTemplate").and_then(|t| t.make_map().get_mut("spec")) {
        default_template(job.make_map());
    }
    CronJob {
        meta: meta(value, namespace, true),
        schedule: text(&raw, "schedule"),
        concurrency: match &*text(&raw, "concurrencyPolicy") {
            "Forbid" => Concurrency::Forbid,
            "Replace" => Concurrency::Replace,
            _ => Concurrency::Allow,
        },
        suspend: flag(&raw, "suspend"),
        starting_deadline: raw.get("startingDeadlineSeconds").and_then(Value::as_i64),
        successes_kept: number(&raw, "successfulJobsHistoryLimit", 3),
        failures_kept: number(&raw, "failedJobsHistoryLimit", 1),
        status: CronJobStatus::default(),
        raw,
    }
}

/// A CronJob's status as the API gives it.
pub(super) fn cron_job_status(cx: &Context, c: &CronJob) -> Map {
    let mut out = Map::new();
    if !c.status.active.is_empty() {
        let reference = |(name, uid): &(crate::object::Str, Uid)| {
            Value::object([
                ("apiVersion", Value::from("batch/v1")),
                ("kind", "Job".into()),
                ("name", name.into()),
                ("namespace", Value::from(&c.meta.namespace)),
                ("uid", uid.to_string().into()),
            ])
        };
        out.insert("active", Value::array(c.status.active.iter().map(reference)));
    }
    if let Some(at) = c.status.last_schedule {
        out.insert("lastScheduleTime", civil(at));
    }
    if let Some(at) = c.status.last_success {
        out.insert("lastSuccessfulTime", timestamp(cx, at));
    }
    out
}
