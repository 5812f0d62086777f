//! A ReplicaSet's status.

use super::pods::Claimed;
use crate::object::{Condition, Labels, ReplicaSet, ReplicaSetStatus, Tested};
use crate::time::SimTime;

const FAILURE: &str = "ReplicaFailure";

/// The status that these pods give. `failure` is why pods could not be created.
// upstream: replica_set_utils calculateStatus
pub fn calculate(set: &ReplicaSet, pods: &Claimed, failure: Option<&str>, now: SimTime) -> ReplicaSetStatus {
    let wanted = &set.template.labels;
    let mut status = ReplicaSetStatus {
        observed_generation: set.meta.generation,
        replicas: pods.active.len() as i64,
        terminating: Some(pods.terminating),
        conditions: set.status.conditions.clone(),
        ..ReplicaSetStatus::default()
    };
    let mut full = Tested::default();
    for (_, pod) in &pods.active {
        let all = |labels: &Labels| wanted.iter().all(|(k, v)| labels.get(k) == Some(v));
        status.fully_labeled += i64::from(full.check(&pod.meta.labels, all));
        status.ready += i64::from(pod.is_ready());
        status.available += i64::from(pod.is_available(set.min_ready, now));
    }
    match failure {
        None => status.conditions.retain(|c| c.kind != FAILURE),
        Some(message) if !status.conditions.iter().any(|c| c.kind == FAILURE) => status.conditions.push(Condition {
            kind: FAILURE,
            status: Some(true),
            reason: "FailedCreate".into(),
            message: message.into(),
            since: now,
            updated: now,
        }),
        Some(_) => {}
    }
    status
}
