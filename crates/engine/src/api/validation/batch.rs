//! Jobs and CronJobs.

use super::update::immutable;
use super::{Errors, child, workload};
use crate::controller::cron_job::Schedule;
use crate::convert::read;
use crate::object::{CronJob, Job};
use podscope_schema::Value;

/// The longest name of a CronJob: its Jobs' names are eleven characters longer.
const LONGEST_NAME: usize = 52;

// upstream: pkg/apis/batch/validation ValidateJobSpec
pub(super) fn job(errors: &mut Errors, job: &Job, create: bool) {
    spec(errors, &job.raw, "spec");
    // The selector of a new Job is made after this, out of its uid.
    if job.manual_selector || !create {
        if read::field(&job.raw, "selector").is_null() {
            errors.required("spec.selector", "");
        }
        workload::selects(errors, &job.raw);
    }
}

// upstream: validateJobSpec
fn spec(errors: &mut Errors, spec: &Value, path: &str) {
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        errors.nonnegative(spec, path, key);
    }
    let text = |key: &str| spec.str_at(&[key]).unwrap_or_default();
    let missing = |key: &str| read::field(spec, key).is_null();
    let mode = text("completionMode");
    match mode {
        "Indexed" if missing("completions") => {
            errors.required(&child(path, "completions"), "when completion mode is Indexed");
        }
        "Indexed" => {}
        "NonIndexed" | "" => {
            for key in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
                if !missing(key) {
                    errors.invalid(&child(path, key), read::field(spec, key), "requires indexed completion mode");
                }
            }
        }
        other => {
            let shown = Value::from(other).to_json();
            errors.unsupported(&child(path, "completionMode"), &shown, &["NonIndexed", "Indexed"]);
        }
    }
    let template = read::field(spec, "template");
    workload::pod_template(errors, template, read::field(template, "spec"), &child(path, "template"));
    let at = format!("{path}.template.spec.restartPolicy");
    match template.str_at(&["spec", "restartPolicy"]).unwrap_or_default() {
        "" | "Always" => errors.required(&at, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if !missing("podFailurePolicy") => {
            errors.invalid(&at, &"OnFailure".into(), "only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" | "Never" => {}
        other => errors.unsupported(&at, &Value::from(other).to_json(), &["OnFailure", "Never"]),
    }
}

// upstream: ValidateJobSpecUpdate
pub(super) fn job_update(errors: &mut Errors, old: &Job, new: &Job) {
    let field = |job: &Job, key: &str| job.raw.get(key).cloned().unwrap_or_default().sorted();
    let unlike = |key: &str| field(old, key) != field(new, key);
    // upstream: validateCompletions: an elastic Indexed Job changes both numbers together
    if unlike("completions") && !(new.indexed && new.completions == Some(new.parallelism)) {
        immutable(errors, &new.raw, "completions");
    }
    // upstream: validatePodTemplateUpdate: a Job that never began may still be moved elsewhere
    let mutable = old.suspend && old.status.started.is_none();
    for key in [
        "selector",
        "template",
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        if unlike(key) && !(key == "template" && mutable) {
            immutable(errors, &new.raw, key);
        }
    }
}

// upstream: validateCronJobSpec, ValidateCronJobCreate
pub(super) fn cron_job(errors: &mut Errors, cron: &CronJob) {
    let raw = &cron.raw;
    if cron.schedule.is_empty() {
        errors.required("spec.schedule", "");
    } else if let Err(why) = Schedule::parse(&cron.schedule) {
        errors.invalid("spec.schedule", &Value::from(&cron.schedule), &why);
    }
    errors.nonnegative(raw, "spec", "startingDeadlineSeconds");
    let policy = raw.str_at(&["concurrencyPolicy"]).unwrap_or_default();
    if !matches!(policy, "Allow" | "Forbid" | "Replace") {
        let shown = Value::from(policy).to_json();
        errors.unsupported("spec.concurrencyPolicy", &shown, &["Allow", "Forbid", "Replace"]);
    }
    spec(errors, read::field(read::field(raw, "jobTemplate"), "spec"), "spec.jobTemplate.spec");
    errors.nonnegative(raw, "spec", "successfulJobsHistoryLimit");
    errors.nonnegative(raw, "spec", "failedJobsHistoryLimit");
    if cron.meta.name.len() > LONGEST_NAME {
        errors.invalid("metadata.name", &Value::from(&cron.meta.name), "must be no more than 52 characters");
    }
}
