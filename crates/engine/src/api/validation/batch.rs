//! Jobs and CronJobs.

use super::update::immutable;
use super::{Errors, child, job_policy, workload};
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
    if !missing("maxFailedIndexes") && missing("backoffLimitPerIndex") {
        errors.required(&child(path, "backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    let mode = text("completionMode");
    match mode {
        "Indexed" => indexed(errors, spec, path),
        "NonIndexed" | "" => {
            for key in ["backoffLimitPerIndex", "maxFailedIndexes"].into_iter().filter(|k| !missing(k)) {
                errors.invalid(&child(path, key), read::field(spec, key), "requires indexed completion mode");
            }
        }
        other => {
            let shown = Value::from(other).to_json();
            errors.unsupported(&child(path, "completionMode"), &shown, &["NonIndexed", "Indexed"]);
        }
    }
    job_policy::failure(errors, spec, &child(path, "podFailurePolicy"));
    job_policy::success(errors, spec, &child(path, "successPolicy"));
    job_policy::replacement(errors, spec, &child(path, "podReplacementPolicy"));
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

/// How many indexes there may be, to be worked on at a time, and to fail.
fn indexed(errors: &mut Errors, spec: &Value, path: &str) {
    const MANY: i64 = 100_000;
    const FEWER: i64 = 10_000;
    let number = |key: &str| spec.get(key).and_then(Value::as_i64);
    let (completions, parallelism, failures) =
        (number("completions"), number("parallelism").unwrap_or(0), number("maxFailedIndexes"));
    if completions.is_none() {
        errors.required(&child(path, "completions"), "when completion mode is Indexed");
    }
    let too_many = completions.unwrap_or(0) > MANY && number("backoffLimitPerIndex").is_some();
    let at_most = |key: &str, n: i64, most: i64, when: &str, errors: &mut Errors| {
        if n > most {
            errors.invalid(&child(path, key), &n.into(), &format!("must be less than or equal to {most}{when}"));
        }
    };
    at_most("parallelism", parallelism, MANY, " when completion mode is Indexed", errors);
    if let (Some(n), Some(failed)) = (completions, failures)
        && failed > n
    {
        errors.invalid(&child(path, "maxFailedIndexes"), &failed.into(), "must be less than or equal to completions");
    }
    at_most("maxFailedIndexes", failures.unwrap_or(0), MANY, "", errors);
    if too_many {
        if failures.is_none() {
            let why = format!("must be specified when completions is above {MANY}");
            errors.required(&child(path, "maxFailedIndexes"), &why);
        }
        let when = format!(" when completions are above {MANY} and used with backoff limit per index");
        at_most("parallelism", parallelism, FEWER, &when, errors);
        at_most("maxFailedIndexes", failures.unwrap_or(0), FEWER, &when, errors);
    }
}

// upstream: ValidateJobSpecUpdate
pub(super) fn job_update(errors: &mut Errors, old: &Job, new: &Job) {
    let field = |job: &Job, key: &str| job.raw.get(key).cloned().unwrap_or_default().sorted();
    let unlike = |key: &str| field(old, key) != field(new, key);
    // upstream: validateCompletions: an elastic Indexed Job changes both numbers together
    if unlike("completions") && !new.indexed {
        immutable(errors, &new.raw, "completions");
    } else if let Some(n) = new.completions.filter(|n| unlike("completions") && *n != new.parallelism) {
        errors.invalid("spec.completions", &n.into(), "can only be modified in tandem with spec.parallelism");
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
    time_zone(errors, read::field(raw, "timeZone"));
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

/// The form of a zone's name. Which names there are is not known here.
// upstream: validateTimeZone
fn time_zone(errors: &mut Errors, zone: &Value) {
    let Some(name) = zone.as_str() else { return };
    let part = |part: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || b"._-+".contains(&b);
        (1..=14).contains(&part.len())
            && !matches!(part, "." | "..")
            && !part.starts_with('-')
            && part.bytes().all(known)
    };
    let why = if name.is_empty() {
        "timeZone must be nil or non-empty string".to_owned()
    } else if !name.split('/').all(part) {
        format!("unknown time zone {name}")
    } else if name.eq_ignore_ascii_case("local") {
        "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones".to_owned()
    } else {
        return;
    };
    errors.invalid("spec.timeZone", zone, &why);
}
