//! The scheduler: filters, scores, and says why a pod fits nowhere.
//!
//! Its queue is the agenda. An attempt looks at nodes, not at pods: [`cache`] keeps the sums.

mod cache;
mod filter;
mod look;
mod queue;
mod score;
#[cfg(test)]
mod tests;
mod volumes;

pub use cache::Memory;
pub use filter::{node_matches, tolerates};
pub use look::{Look, look, promised_node};
pub use volumes::SELECTED_NODE;

use crate::api::Context;
use crate::controller::Controller;
use crate::object::{Claim, EventType, Key, Labels, Node, Object, Pod, REGION_LABEL, Str, ZONE_LABEL};
use cache::Assumed;
use filter::{Filter, Refusal};
use podscope_schema::sort::sort;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// How often the scheduler looks whether claims are bound.
// upstream: volumebinding BindPodVolumes
const BIND_POLL: Duration = Duration::from_secs(1);

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match (old, new) {
        (None, Some(Object::Pod(pod))) => pod_changed(cx, key, None, Some(pod)),
        (Some(Object::Pod(pod)), None) => pod_changed(cx, key, Some(pod), None),
        (Some(Object::Pod(was)), Some(Object::Pod(is))) => pod_changed(cx, key, Some(was), Some(is)),
        (old, Some(Object::Node(is))) => {
            cx.memory.scheduler.cache.set_node(&is.meta.name, Some(Rc::clone(is)));
            let was = if let Some(Object::Node(was)) = old { Some(&**was) } else { None };
            queue::node_changed(cx, was, is);
        }
        (Some(Object::Node(was)), None) => cx.memory.scheduler.cache.set_node(&was.meta.name, None),
        (Some(Object::Claim(_)), Some(Object::Claim(_))) => {
            let now = cx.now();
            cx.memory.scheduler.claims.insert(key, now);
            queue::volumes_changed(cx);
        }
        (Some(Object::Claim(_)), None) => {
            cx.memory.scheduler.claims.remove(&key);
        }
        (_, Some(Object::Claim(_) | Object::Volume(_) | Object::StorageClass(_))) => queue::volumes_changed(cx),
        _ => {}
    }
}

fn pod_changed(cx: &mut Context, key: Key, was: Option<&Rc<Pod>>, is: Option<&Rc<Pod>>) {
    let before = was.filter(|p| cache::counted(p));
    let after = is.filter(|p| cache::counted(p));
    let cache = &mut cx.memory.scheduler.cache;
    match (before, after) {
        (None, None) => {}
        (Some(b), Some(a)) if b.node == a.node && b.meta.labels == a.meta.labels && b.meta.owners == a.meta.owners => {
            if b.meta.deleting() != a.meta.deleting()
                && let Some(node) = &a.node
            {
                let slot = cache.slot_of(node);
                cache.count_live(b, slot, -1);
            }
        }
        _ => {
            if let Some((pod, node)) = before.and_then(|p| Some((p, p.node.as_ref()?))) {
                cache.count_pod(pod, node, -1);
            }
            if let Some((pod, node)) = after.and_then(|p| Some((p, p.node.as_ref()?))) {
                cache.count_pod(pod, node, 1);
            }
            queue::pod_moved(cx, before, after);
        }
    }
    if is.is_none() {
        queue::pod_gone(cx);
    }
    let wants = |p: &Rc<Pod>| p.node.is_none() && !p.is_terminal() && !p.meta.deleting();
    let Some(pod) = is.filter(|p| wants(p)) else {
        if was.is_some_and(wants) {
            cx.memory.scheduler.waiting.remove(&key);
            unassume(cx, key);
        }
        return;
    };
    let changed = |w: &Rc<Pod>| w.spec != pod.spec || w.meta.labels != pod.meta.labels || w.meta.uid != pod.meta.uid;
    if was.is_none_or(changed) {
        cx.enqueue(Controller::Scheduler, key);
    }
}

fn unassume(cx: &mut Context, key: Key) {
    if let Some(assumed) = cx.memory.scheduler.assumed.remove(&key) {
        cx.memory.scheduler.cache.count_pod(&assumed.pod, &assumed.node, -1);
    }
}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(pod) = cx.get::<Pod>(key) else { return };
    if pod.node.is_some() || pod.meta.deleting() || pod.is_terminal() {
        return;
    }
    if let Some(assumed) = cx.memory.scheduler.assumed.get(&key) {
        if volumes::all_bound(cx, &pod) {
            let node = Rc::clone(&assumed.node);
            unassume(cx, key);
            bind(cx, key, &pod, &node);
            return;
        }
        // A claim that went, or came back as another, was not promised to this node: the pod starts over.
        // upstream: volumebinding checkBindings
        let promised = |c: volumes::Claims| c.to_bind.iter().all(|k| volumes::promised_to(cx, *k, &assumed.node));
        if !volumes::claims_of(cx, &pod).is_ok_and(promised) {
            let lost = if crate::DATA { volumes::lost(cx, &pod, &assumed.node) } else { None };
            unassume(cx, key);
            if let Some(message) = lost {
                // The pod is told, so that its StatefulSet makes the claim anew.
                // upstream: schedule_one handleSchedulingFailure
                let now = cx.now();
                cx.update::<Pod>(key, |p| {
                    p.status.scheduled.set(false, now, "SchedulerError");
                    p.status.unschedulable = Some(message.as_str().into());
                });
                cx.event(key, EventType::Warning, "FailedScheduling", message);
            }
        }
        cx.enqueue_after(Controller::Scheduler, key, BIND_POLL);
        return;
    }
    if !pod.spec.scheduling_gates.is_empty() {
        let now = cx.now();
        cx.update::<Pod>(key, |p| {
            p.status.scheduled.set(false, now, "SchedulingGated");
            p.status.unschedulable = Some("Scheduling is blocked due to non-empty scheduling gates".into());
        });
        return;
    }
    attempt(cx, key, &pod);
}

// upstream: schedule_one schedulePod
fn attempt(cx: &mut Context, key: Key, pod: &Rc<Pod>) {
    let total = cx.memory.scheduler.cache.nodes();
    if total == 0 {
        return fail(
            cx,
            key,
            "no nodes available to schedule pods".to_owned(),
            filter::Why::RESOURCES | filter::Why::NODE,
        );
    }
    let mut claims = match volumes::claims_of(cx, pod) {
        Ok(claims) => claims,
        Err(not_yet) => {
            let after = match not_yet.after {
                Some(after) => after.to_owned(),
                None => preemption(total, 0),
            };
            let message = format!("0/{total} nodes are available: {}. {after}", not_yet.message);
            return fail(cx, key, message, not_yet.why);
        }
    };
    let Context { store, memory, .. } = cx;
    let cache = &mut memory.scheduler.cache;
    let to_bind = std::mem::take(&mut claims.to_bind);
    let filter = Filter::new(store, cache, pod, claims);
    let mut fits: Vec<usize> = Vec::with_capacity(cache.slots.len());
    let mut refusals: Vec<Refusal> = Vec::new();
    for (at, slot) in cache.slots.iter().enumerate() {
        let Some(node) = &slot.node else { continue };
        match filter.refuses(cache, at, slot, node) {
            None => fits.push(at),
            Some(refusal) => refusals.push(refusal),
        }
    }
    if fits.is_empty() {
        let why = refusals.iter().fold(0, |all, r| all | r.why);
        return fail(cx, key, explain(total, &refusals), why);
    }
    let mut best = fits[0];
    if fits.len() > 1 {
        let scores = score::scores(store, cache, pod, &filter.request, &fits);
        // Upstream takes any of the best. Here it is the one with the fewest pods, then the one that came first: a
        // choice that upstream could make, and that looks even.
        let rank = |(at, score): &(usize, i64)| (*score, std::cmp::Reverse((cache.slots[*at].pods, *at)));
        best = fits.iter().copied().zip(scores).max_by_key(rank).map_or(best, |(at, _)| at);
    }
    let Some(node) = cache.slots[best].node.as_ref().map(|n| Rc::clone(&n.meta.name)) else { return };
    memory.scheduler.waiting.remove(&key);
    if to_bind.is_empty() {
        bind(cx, key, pod, &node);
    } else if let Some(claim) = stale(cx, &to_bind) {
        let message = format!(
            "running PreBind plugin \"VolumeBinding\": Operation cannot be fulfilled on persistentvolumeclaims \
             \"{claim}\": the object has been modified; please apply your changes to the latest version and try again"
        );
        cx.event(key, EventType::Warning, "FailedScheduling", message);
        cx.enqueue_after(Controller::Scheduler, key, BIND_POLL);
    } else {
        cx.memory.scheduler.cache.count_pod(pod, &node, 1);
        cx.memory.scheduler.assumed.insert(key, Assumed { node: Rc::clone(&node), pod: Rc::clone(pod) });
        for claim in to_bind {
            cx.update::<Claim>(claim, |c| c.meta.annotations.set(SELECTED_NODE, Rc::clone(&node)));
        }
        cx.enqueue_after(Controller::Scheduler, key, BIND_POLL);
    }
}

/// The name of a claim that changed so lately that the scheduler cannot have seen it: its write would be refused.
/// What a StatefulSet's sync writes on a claim after it made the pod is seen only after the pod, though at the same instant.
fn stale(cx: &Context, claims: &[Key]) -> Option<Str> {
    let unseen = |key: &&Key| {
        let changed = cx.memory.scheduler.claims.get(*key);
        changed.is_some_and(|&at| cx.now().since(at) <= cx.config.watch_latency)
    };
    claims.iter().find(unseen).map(|&key| Rc::clone(&cx.store.name(key).name))
}

fn bind(cx: &mut Context, key: Key, pod: &Pod, node: &Str) {
    let now = cx.now();
    let slot = cx.memory.scheduler.cache.slot_of(node);
    let placed = cx.memory.scheduler.cache.slots[slot].node.clone();
    let labels = placed.map(|n| placed_labels(cx, &pod.meta.labels, &n));
    cx.update::<Pod>(key, |p| {
        p.node = Some(Rc::clone(node));
        p.status.scheduled.set(true, now, "");
        p.status.unschedulable = None;
        if let Some(labels) = labels {
            p.meta.labels = labels;
        }
    });
    let message = format!("Successfully assigned {}/{} to {node}", pod.meta.namespace, pod.meta.name);
    cx.event(key, EventType::Normal, "Scheduled", message);
}

/// The pod's labels with those of its node's place, which do not replace what is there.
// upstream: plugin/pkg/admission/podtopologylabels
fn placed_labels(cx: &mut Context, labels: &Labels, node: &Node) -> Labels {
    let (zone, region) = (node.meta.labels.get(ZONE_LABEL), node.meta.labels.get(REGION_LABEL));
    let memo = &mut cx.memory.scheduler.labels;
    let known = |(from, z, r, _): &&(Labels, Option<Str>, Option<Str>, Labels)| {
        from.same(labels) && z.as_ref() == zone && r.as_ref() == region
    };
    if let Some((.., to)) = memo.iter().find(known) {
        return to.clone();
    }
    let mut placed = labels.clone();
    for (key, value) in [(ZONE_LABEL, zone), (REGION_LABEL, region)] {
        if let Some(value) = value.filter(|_| labels.get(key).is_none()) {
            placed.set(key, Rc::clone(value));
        }
    }
    if memo.len() >= 16 {
        memo.remove(0);
    }
    memo.push((labels.clone(), zone.cloned(), region.cloned(), placed.clone()));
    placed
}

// upstream: framework FitError.Error
fn explain(total: usize, refusals: &[Refusal]) -> String {
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in refusals.iter().flat_map(|r| &r.reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut parts: Vec<String> = counts.into_iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    sort(&mut parts);
    let resolvable = refusals.iter().filter(|r| r.resolvable).count();
    format!("0/{total} nodes are available: {}. {}", parts.join(", "), preemption(total, resolvable))
}

// upstream: preemption.go Preempt, when no pod of lower priority is in the way
fn preemption(total: usize, resolvable: usize) -> String {
    let mut parts = Vec::new();
    if resolvable > 0 {
        parts.push(format!("{resolvable} No preemption victims found for incoming pod"));
    }
    if total > resolvable {
        parts.push(format!("{} Preemption is not helpful for scheduling", total - resolvable));
    }
    sort(&mut parts);
    format!("no new claims to deallocate, preemption: 0/{total} nodes are available: {}.", parts.join(", "))
}

fn fail(cx: &mut Context, key: Key, message: String, why: u8) {
    let now = cx.now();
    queue::failed(cx, key, why);
    cx.update::<Pod>(key, |p| {
        p.status.scheduled.set(false, now, "Unschedulable");
        p.status.unschedulable = Some(message.as_str().into());
    });
    cx.event(key, EventType::Warning, "FailedScheduling", message);
}
