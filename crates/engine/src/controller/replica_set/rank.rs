//! Which pods go first when a ReplicaSet scales down.

use crate::object::{Phase, Pod, Str};
use crate::time::SimTime;
use crate::trace::Note;
use podscope_schema::sort::sort_by;
use podscope_schema::sorted::SortedMap;
use std::cmp::Ordering;
use std::rc::Rc;

const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The first `count` pods in the order in which they would be deleted, given how many pods of the owner's family each node
/// holds; with each, what decided between it and the first pod that stays, and which pod that is.
/// The order is computed once: deleting one pod does not change the ranks of the others. When all go, they go as they come.
// upstream: replicaset getPodsToDelete, controller_utils ActivePodsWithRanks
pub fn victims<K: Copy>(
    pods: &[(K, Rc<Pod>)],
    on_node: &SortedMap<Str, usize>,
    now: SimTime,
    count: usize,
) -> Vec<(K, Note, K)> {
    if count >= pods.len() {
        return pods.iter().map(|(key, _)| (*key, Note::All, *key)).collect();
    }
    let mut ranked: Vec<(&(K, Rc<Pod>), usize)> = pods
        .iter()
        .map(|pod| (pod, pod.1.node.as_ref().and_then(|n| on_node.get(n)).copied().unwrap_or_default()))
        .collect();
    sort_by(&mut ranked, |a, b| compare(&a.0.1, a.1, &b.0.1, b.1, now).0);
    let Some(&((survivor, stays), rank)) = ranked.get(count) else { return Vec::new() };
    let noted = |&((key, pod), r): &(&(K, Rc<Pod>), usize)| (*key, compare(pod, r, stays, rank, now).1, *survivor);
    ranked.iter().take(count).map(noted).collect()
}

/// Less means: goes first. Says also what decided.
pub fn compare(a: &Pod, rank_a: usize, b: &Pod, rank_b: usize, now: SimTime) -> (Ordering, Note) {
    let phase = |p: &Pod| match p.status.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        _ => 2,
    };
    let cost = |p: &Pod| p.meta.annotations.get(COST).and_then(|c| c.parse::<i32>().ok()).unwrap_or_default();
    let restarts = |p: &Pod| {
        let sidecars = p.spec.init_containers.iter().zip(&p.status.init_containers);
        let sidecars = sidecars.filter(|(c, _)| c.restart_always).map(|(_, status)| status.restarts).max();
        (p.status.containers.iter().map(|c| c.restarts).max(), sidecars)
    };
    let by = |order: Ordering, note| if order.is_eq() { Err(()) } else { Ok((order, note)) };
    by(a.node.is_some().cmp(&b.node.is_some()), Note::Unassigned)
        .or_else(|()| by(phase(a).cmp(&phase(b)), Note::Phase))
        .or_else(|()| by(a.is_ready().cmp(&b.is_ready()), Note::NotReady))
        .or_else(|()| by(cost(a).cmp(&cost(b)), Note::DeletionCost))
        .or_else(|()| by(rank_b.cmp(&rank_a), Note::Crowded))
        .or_else(|()| {
            // On a logarithmic scale, as is the age below.
            let both = a.is_ready() && b.is_ready();
            by(
                if both { younger(a.status.ready.since, b.status.ready.since, now) } else { Ordering::Equal },
                Note::ReadyTime,
            )
        })
        .or_else(|()| by(restarts(b).cmp(&restarts(a)), Note::Restarts))
        .or_else(|()| by(younger(a.meta.created, b.meta.created, now), Note::Age))
        .unwrap_or_else(|()| (a.meta.uid.cmp(&b.meta.uid), Note::Tie))
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
