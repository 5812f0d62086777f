//! Jobs and CronJobs.

use super::{Condition, Meta, PodTemplate, Selector, Str, Uid};
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;

/// A Job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Metadata.
    pub meta: Meta,
    /// `spec.selector`, which the API server makes unless `manual_selector` is set.
    pub selector: Selector,
    /// `spec.manualSelector`
    pub manual_selector: bool,
    /// `spec.template`
    pub template: Rc<PodTemplate>,
    /// `spec.parallelism`
    pub parallelism: i64,
    /// `spec.completions`; none when one success is enough.
    pub completions: Option<i64>,
    /// `spec.completionMode: Indexed`
    pub indexed: bool,
    /// `spec.backoffLimit`
    pub backoff_limit: i64,
    /// `spec.activeDeadlineSeconds`
    pub active_deadline: Option<i64>,
    /// `spec.ttlSecondsAfterFinished`
    pub ttl: Option<i64>,
    /// `spec.suspend`
    pub suspend: bool,
    /// `spec.podReplacementPolicy: Failed`, or a pod failure policy: pods are replaced only once they ended.
    pub replace_ended_only: bool,
    /// Another controller looks after it (`spec.managedBy`).
    pub foreign: bool,
    /// `status`
    pub status: JobStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A Job's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobStatus {
    /// `active`
    pub active: i64,
    /// `ready`
    pub ready: Option<i64>,
    /// `terminating`
    pub terminating: Option<i64>,
    /// `succeeded`
    pub succeeded: i64,
    /// `failed`
    pub failed: i64,
    /// `startTime`
    pub started: Option<SimTime>,
    /// `completionTime`
    pub completed: Option<SimTime>,
    /// `completedIndexes`, sorted.
    pub indexes: Vec<i64>,
    /// `failedIndexes`, sorted; none when indexes are not tried again each on its own.
    pub failed_indexes: Option<Vec<i64>>,
    /// `uncountedTerminatedPods.succeeded`
    pub uncounted_succeeded: Vec<Uid>,
    /// `uncountedTerminatedPods.failed`
    pub uncounted_failed: Vec<Uid>,
    /// `conditions`
    pub conditions: Vec<Condition>,
}

impl Job {
    /// The condition of this type that is True.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|c| c.kind == kind && c.status == Some(true))
    }

    /// Its condition Complete or Failed, once it has one.
    // upstream: job/util FinishedCondition
    pub fn finished(&self) -> Option<&Condition> {
        self.condition("Complete").or_else(|| self.condition("Failed"))
    }
}

/// `spec.concurrencyPolicy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrency {
    /// Jobs may overlap.
    #[default]
    Allow,
    /// A run is left out while the one before is at work.
    Forbid,
    /// A run ends the one before.
    Replace,
}

/// A CronJob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    /// Metadata.
    pub meta: Meta,
    /// `spec.schedule`
    pub schedule: Str,
    /// `spec.concurrencyPolicy`
    pub concurrency: Concurrency,
    /// `spec.suspend`
    pub suspend: bool,
    /// `spec.startingDeadlineSeconds`
    pub starting_deadline: Option<i64>,
    /// `spec.successfulJobsHistoryLimit`
    pub successes_kept: i64,
    /// `spec.failedJobsHistoryLimit`
    pub failures_kept: i64,
    /// `status`
    pub status: CronJobStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A CronJob's status. Instants are those that the schedule names, in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CronJobStatus {
    /// `active`: the name and uid of each Job at work.
    pub active: Vec<(Str, Uid)>,
    /// `lastScheduleTime`
    pub last_schedule: Option<i64>,
    /// `lastSuccessfulTime`
    pub last_success: Option<SimTime>,
}
