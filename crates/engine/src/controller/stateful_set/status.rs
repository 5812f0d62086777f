//! Counting pods, and writing it down.

use super::revision::Revisions;
use super::{Member, pods};
use crate::api::Context;
use crate::object::{Key, StatefulSet, StatefulSetStatus, UpdateStrategy};
use crate::time::SimTime;
use std::time::Duration;

/// The status of a set that has these pods.
// upstream: statefulset/stateful_set_control.go updateStatus, computeReplicaStatus
pub(super) fn count<'a>(
    set: &StatefulSet,
    revisions: &Revisions,
    members: impl IntoIterator<Item = &'a Member>,
    now: SimTime,
) -> StatefulSetStatus {
    let mut status = StatefulSetStatus {
        observed_generation: set.meta.generation,
        current_revision: revisions.current.meta.name.clone(),
        update_revision: revisions.update.meta.name.clone(),
        collisions: revisions.collisions,
        conditions: set.status.conditions.clone(),
        ..StatefulSetStatus::default()
    };
    for Member { pod, .. } in members {
        status.replicas += 1;
        if pods::is_running_and_ready(pod) {
            status.ready += 1;
            status.available += i64::from(pod.is_available(set.min_ready, now));
        }
        if !pod.meta.deleting() {
            let revision = pods::revision_of(pod);
            status.current += i64::from(revision == Some(&status.current_revision));
            status.updated += i64::from(revision == Some(&status.update_revision));
        }
    }
    status
}

/// Writes the status if it says anything new.
// upstream: statefulset/stateful_set_control.go updateStatefulSetStatus, stateful_set_utils.go completeRollingUpdate
pub(super) fn write(cx: &mut Context, key: Key, set: &StatefulSet, status: &mut StatefulSetStatus) {
    let complete = status.updated == set.replicas && status.ready == set.replicas && status.replicas == set.replicas;
    if complete && matches!(set.strategy, UpdateStrategy::RollingUpdate { .. }) {
        status.current = status.updated;
        status.current_revision = status.update_revision.clone();
    }
    if is_news(&set.status, status) {
        cx.update::<StatefulSet>(key, |set| set.status = status.clone());
    }
}

// upstream: statefulset/stateful_set_utils.go inconsistentStatus
fn is_news(old: &StatefulSetStatus, new: &StatefulSetStatus) -> bool {
    let numbers = |s: &StatefulSetStatus| (s.replicas, s.current, s.ready, s.updated, s.available);
    new.observed_generation > old.observed_generation
        || numbers(old) != numbers(new)
        || old.current_revision != new.current_revision
        || old.update_revision != new.update_revision
}

/// How long until the next pod has been Ready for `min_ready` seconds; that long when none is on its way.
// upstream: controller_utils FindMinNextPodAvailabilityCheck
pub(super) fn next_availability(members: &[Member], min_ready: i64, now: SimTime) -> Duration {
    let needed = Duration::from_secs(min_ready.max(0).unsigned_abs());
    members
        .iter()
        .filter_map(|m| m.pod.available_from(min_ready))
        .filter(|&at| at > now)
        .map(|at| at - now)
        .min()
        .unwrap_or(needed)
}
