//! Which pods go first when a ReplicaSet scales down.

use crate::object::{Phase, Pod, Str};
use crate::time::SimTime;
use podscope_schema::sort::sort_by;
use podscope_schema::sorted::SortedMap;
use std::cmp::Ordering;
use std::rc::Rc;

const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The pods in the order in which they would be deleted, given how many pods of the owner's family each node holds.
/// The order is computed once: deleting one pod does not change the ranks of the others.
// upstream: controller_utils ActivePodsWithRanks
pub fn victims_first<K: Copy>(pods: &[(K, Rc<Pod>)], on_node: &SortedMap<Str, usize>, now: SimTime) -> Vec<K> {
    let mut ranked: Vec<(&(K, Rc<Pod>), usize)> = pods
        .iter()
        .map(|pod| (pod, pod.1.node.as_ref().and_then(|n| on_node.get(n)).copied().unwrap_or_default()))
        .collect();
    sort_by(&mut ranked, |a, b| compare(&a.0.1, a.1, &b.0.1, b.1, now));
    ranked.into_iter().map(|((key, _), _)| *key).collect()
}

/// Less means: goes first.
pub fn compare(a: &Pod, rank_a: usize, b: &Pod, rank_b: usize, now: SimTime) -> Ordering {
    let phase = |p: &Pod| match p.status.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        _ => 2,
    };
    let cost = |p: &Pod| p.meta.annotations.get(COST).and_then(|c| c.parse::<i32>().ok()).unwrap_or_default();
    let restarts = |p: &Pod| p.status.containers.iter().map(|c| c.restarts).max().unwrap_or_default();
    // 1 unassigned, 2 not running, 3 not Ready, 4 cheaper, 5 doubled up
    a.node
        .is_some()
        .cmp(&b.node.is_some())
        .then_with(|| phase(a).cmp(&phase(b)))
        .then_with(|| a.is_ready().cmp(&b.is_ready()))
        .then_with(|| cost(a).cmp(&cost(b)))
        .then_with(|| rank_b.cmp(&rank_a))
        .then_with(|| {
            // 6 Ready for a shorter time, on a logarithmic scale
            if a.is_ready() && b.is_ready() {
                younger(a.status.ready.since, b.status.ready.since, now)
            } else {
                Ordering::Equal
            }
        })
        // 7 restarted more often, 8 created later, on a logarithmic scale
        .then_with(|| restarts(b).cmp(&restarts(a)))
        .then_with(|| younger(a.meta.created, b.meta.created, now))
        .then_with(|| a.meta.uid.cmp(&b.meta.uid))
}

/// Instants are compared by the logarithm of their age, then the later one goes first. Upstream breaks ties inside one
/// logarithm by the pods' random uids; going by time there is an outcome that it may have, and keeps the order total.
// upstream: controller_utils logarithmicRankDiff, gate LogarithmicScaleDown
fn younger(at_a: SimTime, at_b: SimTime, now: SimTime) -> Ordering {
    let rank = |at: SimTime| {
        let age = now.since(SimTime(at.secs() * 1_000_000)).as_nanos();
        age.checked_ilog2().map_or(-1, i64::from)
    };
    rank(at_a).cmp(&rank(at_b)).then_with(|| at_b.secs().cmp(&at_a.secs()))
}
