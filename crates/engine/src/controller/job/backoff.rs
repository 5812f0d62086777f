//! How long a Job waits before it tries again: 10 s, doubled by each failure since the last success.

use super::Sync;
use crate::object::{ContainerState, Job, Key, Phase, Pod, RestartPolicy};
use crate::time::SimTime;
use std::rc::Rc;
use std::time::Duration;

// upstream: job.DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff
const FIRST: Duration = Duration::from_secs(10);
const LAST: Duration = Duration::from_mins(10);

/// The failures since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    failures: u32,
    last: Option<SimTime>,
}

/// When a pod ended: its last container, or else its becoming not Ready.
// upstream: job/backoff_utils getFinishedTime
pub(super) fn ended_at(pod: &Pod) -> SimTime {
    let container = |c: &crate::object::ContainerStatus| match c.state {
        ContainerState::Terminated { finished, .. } => Some(finished),
        _ => None,
    };
    let all: Option<Vec<SimTime>> = pod.status.containers.iter().map(container).collect();
    let last = all.and_then(|list| list.into_iter().max());
    let not_ready = || (pod.status.started.is_some() && !pod.is_ready()).then_some(pod.status.ready.since);
    let deleted = || pod.meta.deletion.map(|d| d.requested);
    last.or_else(not_ready).or_else(deleted).unwrap_or(pod.meta.created)
}

impl Record {
    /// What it becomes by pods that ended since it was written.
    // upstream: job/backoff_utils newBackoffRecord
    pub fn with(self, succeeded: &[Rc<Pod>], failed: &[Rc<Pod>]) -> Self {
        let mut times: Vec<SimTime> = failed.iter().map(|p| ended_at(p)).collect();
        let success = succeeded.iter().map(|p| ended_at(p)).max();
        let before = if success.is_some() { Self::default() } else { self };
        times.retain(|t| success.is_none_or(|s| *t > s));
        Self { failures: before.failures + times.len() as u32, last: times.into_iter().max().or(before.last) }
    }

    /// How long no pod is made from now on.
    // upstream: job/backoff_utils getRemainingTime
    pub fn remaining(self, now: SimTime) -> Duration {
        let Some(last) = self.last.filter(|_| self.failures > 0) else { return Duration::ZERO };
        remaining(u64::from(self.failures), last, now)
    }
}

/// How long no pod is made after so many failures, the last of which was at `last`.
// upstream: job/backoff_utils getRemainingTimeForFailuresCount
pub(super) fn remaining(failures: u64, last: SimTime, now: SimTime) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let length = FIRST.saturating_mul(1 << (failures - 1).min(16)).min(LAST);
    length.saturating_sub(now.since(last))
}

impl Sync<'_> {
    /// How long no pod is made from now on.
    pub(super) fn waits(&self, now: SimTime) -> Duration {
        self.backoff.remaining(now)
    }
}

/// Whether containers that are started again in place were so too often.
// upstream: job_controller pastBackoffLimitOnFailure
pub(super) fn restarted_too_often(job: &Job, pods: &[(Key, Rc<Pod>)]) -> bool {
    if job.template.spec.restart_policy != RestartPolicy::OnFailure {
        return false;
    }
    let going = pods.iter().filter(|(_, p)| matches!(p.status.phase, Phase::Running | Phase::Pending));
    let all = going.flat_map(|(_, p)| p.status.containers.iter().chain(&p.status.init_containers));
    let restarts: i64 = all.map(|c| i64::from(c.restarts)).sum();
    restarts > 0 && restarts >= job.backoff_limit
}
