//! A ReplicaSet's status.

use super::tally::Counts;
use crate::object::{Condition, ReplicaSet, ReplicaSetStatus};
use crate::time::SimTime;

const FAILURE: &str = "ReplicaFailure";

/// The status that these pods give. `failure` is why pods could not be created.
// upstream: replica_set_utils calculateStatus
pub fn calculate(set: &ReplicaSet, pods: &Counts, failure: Option<&str>, now: SimTime) -> ReplicaSetStatus {
    let mut status = ReplicaSetStatus {
        observed_generation: set.meta.generation,
        replicas: pods.active,
        fully_labeled: pods.fully_labeled,
        ready: pods.ready,
        available: pods.available,
        terminating: (!set.legacy).then_some(pods.terminating),
        conditions: set.status.conditions.clone(),
    };
    match failure {
        None => status.conditions.retain(|c| c.kind != FAILURE),
        Some(message) if !status.conditions.iter().any(|c| c.kind == FAILURE) => status.conditions.push(Condition {
            kind: FAILURE,
            status: Some(true),
            reason: match pods.active.cmp(&set.replicas) {
                std::cmp::Ordering::Less => "FailedCreate",
                std::cmp::Ordering::Greater => "FailedDelete",
                std::cmp::Ordering::Equal => "",
            }
            .into(),
            message: message.into(),
            since: now,
            updated: now,
        }),
        Some(_) => {}
    }
    status
}
