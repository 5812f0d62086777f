//! How many pods each set has, kept up to date by every write, so that a reconcile need not walk them.

use crate::api::Context;
use crate::object::{Labels, Meta, Pod, ReplicaSet, Uid};
use crate::time::SimTime;
use podscope_schema::sorted::SortedMap;

/// The pods of each owner that is a set, by their labels: the pods of one template share a list of labels or few.
pub type Tallies = SortedMap<Uid, Vec<Tally>>;

/// Pods of one owner with the same labels, none of which has ended.
#[derive(Clone, Debug)]
pub struct Tally {
    labels: Labels,
    active: i64,
    terminating: i64,
    /// How many of the active ones have been Ready since which second.
    ready: SortedMap<u64, i64>,
}

/// What a set has, as its status counts it.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Pods that count.
    pub active: i64,
    /// Pods that are being deleted.
    pub terminating: i64,
    /// Active pods that have all labels of the template.
    pub fully_labeled: i64,
    /// Active pods that are Ready.
    pub ready: i64,
    /// Active pods that have been Ready for long enough.
    pub available: i64,
    /// When the next of those that are merely Ready will have been so for long enough.
    pub next_available: Option<SimTime>,
    /// Whether a pod no longer has the labels that the set selects.
    pub strays: bool,
}

/// The uid of the set that controls a pod.
fn set_of(meta: &Meta) -> Option<Uid> {
    meta.controller().filter(|o| matches!(&*o.kind, "ReplicaSet" | "ReplicationController")).map(|o| o.uid)
}

fn add(tallies: &mut Tallies, pod: &Pod, times: i64) {
    let Some(owner) = set_of(&pod.meta).filter(|_| !pod.is_terminal()) else { return };
    let list = tallies.entry(owner).or_default();
    let at = list.iter().position(|t| t.labels == pod.meta.labels).unwrap_or_else(|| {
        let labels = pod.meta.labels.clone();
        list.push(Tally { labels, active: 0, terminating: 0, ready: SortedMap::new() });
        list.len() - 1
    });
    let tally = &mut list[at];
    if pod.meta.deleting() {
        tally.terminating += times;
    } else {
        tally.active += times;
        if pod.is_ready() {
            let second = pod.status.ready.since.secs();
            let count = tally.ready.entry(second).or_default();
            *count += times;
            if *count == 0 {
                tally.ready.remove(&second);
            }
        }
    }
    if tally.active == 0 && tally.terminating == 0 {
        list.swap_remove(at);
        if list.is_empty() {
            tallies.remove(&owner);
        }
    }
}

/// Takes note of a pod that came, changed or went.
pub fn observe(tallies: &mut Tallies, old: Option<&Pod>, new: Option<&Pod>) {
    let counted = |p: &Pod| (p.is_terminal(), p.meta.deleting(), p.is_ready(), p.status.ready.since);
    if let (Some(a), Some(b)) = (old, new)
        && counted(a) == counted(b)
        && a.meta.labels == b.meta.labels
        && a.meta.owners == b.meta.owners
    {
        return;
    }
    // The new one first, so that the last pod of a list of labels does not take the list with it only to bring it back.
    if let Some(pod) = new {
        add(tallies, pod, 1);
    }
    if let Some(pod) = old {
        add(tallies, pod, -1);
    }
}

/// What `set` has now, of pods that it selects.
pub fn count(cx: &Context, set: &ReplicaSet) -> Counts {
    let mut counts = Counts::default();
    let wanted = &set.template.labels;
    // Whole seconds, as in `Pod::available_from`; a set that waits for nothing takes pods as soon as they are Ready.
    let waits = u64::try_from(set.min_ready).unwrap_or_default();
    for tally in cx.memory.replica_set.tallies.get(&set.meta.uid).into_iter().flatten() {
        if !set.selector.matches(&tally.labels) {
            counts.strays = true;
            continue;
        }
        counts.active += tally.active;
        counts.terminating += tally.terminating;
        if wanted.iter().all(|(k, v)| tally.labels.get(k) == Some(v)) {
            counts.fully_labeled += tally.active;
        }
        for (&second, &n) in &tally.ready {
            counts.ready += n;
            let from = SimTime(second.saturating_add(waits).saturating_mul(1_000_000));
            if waits == 0 || from <= cx.now() {
                counts.available += n;
            } else if counts.next_available.is_none_or(|at| from < at) {
                counts.next_available = Some(from);
            }
        }
    }
    counts
}
