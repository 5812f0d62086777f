//! Which of the pods that fit nowhere are worth another attempt, and when.
// upstream: backend/queue, and the plugins' queueing hints, roughly

use super::filter::{Why, node_matches};
use crate::api::Context;
use crate::controller::Controller;
use crate::object::{Key, Node, Pod};
use std::rc::Rc;
use std::time::Duration;

/// From the end of a pod object to another look at the pods that wait for room, as recorded.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// The attempt at `key` failed, for these reasons.
pub fn failed(cx: &mut Context, key: Key, why: u8) {
    cx.memory.scheduler.waiting.insert(key, why);
}

/// A pod object is gone, whether or not it had a node.
pub fn pod_gone(cx: &mut Context) {
    if cx.memory.scheduler.waiting.is_empty() {
        return;
    }
    let short = |(_, why): &(&Key, &u8)| **why & Why::RESOURCES != 0;
    let keys: Vec<Key> = cx.memory.scheduler.waiting.iter().filter(short).map(|(key, _)| *key).collect();
    for key in keys {
        cx.enqueue_after(Controller::Scheduler, key, SECOND_LOOK);
    }
}

fn retry(cx: &mut Context, worth: impl Fn(&Context, Key, u8) -> bool) {
    if cx.memory.scheduler.waiting.is_empty() {
        return;
    }
    let keys: Vec<Key> =
        cx.memory.scheduler.waiting.iter().filter(|(key, why)| worth(cx, **key, **why)).map(|(key, _)| *key).collect();
    for key in keys {
        cx.enqueue(Controller::Scheduler, key);
    }
}

/// A pod came to a node, left it, ended, or changed its labels.
pub fn pod_moved(cx: &mut Context, before: Option<&Rc<Pod>>, after: Option<&Rc<Pod>>) {
    if cx.memory.scheduler.waiting.is_empty() {
        return;
    }
    let left = before.is_some() && after.is_none();
    retry(cx, |cx, key, why| {
        if crate::DATA && left && why & Why::VOLUME != 0 && cx.store.get::<Pod>(key).is_some_and(|p| share(p, before)) {
            return true;
        }
        if left && why & Why::RESOURCES != 0 {
            return true;
        }
        // upstream: interpodaffinity and podtopologyspread hints: only pods that a constraint speaks of matter
        why & Why::PODS != 0
            && cx.store.get::<Pod>(key).is_some_and(|waiting| {
                before.into_iter().chain(after).any(|other| concerns(waiting, other, after.is_some()))
            })
    });
}

/// Whether the pods mount one claim.
// upstream: volumerestrictions isSchedulableAfterPodDeleted
fn share(waiting: &Pod, left: Option<&Rc<Pod>>) -> bool {
    let left = left.filter(|l| l.meta.namespace == waiting.meta.namespace);
    left.is_some_and(|l| waiting.claim_names().any(|name| l.claim_names().any(|n| n == name)))
}

fn concerns(waiting: &Pod, other: &Pod, came: bool) -> bool {
    let affinity = &waiting.spec.affinity;
    let near = waiting.meta.namespace == other.meta.namespace;
    let selects = |term: &crate::object::PodTerm| {
        (if term.namespaces.is_empty() { near } else { term.namespaces.contains(&other.meta.namespace) })
            && term.selector.as_ref().is_some_and(|s| s.matches(&other.meta.labels))
    };
    let terms = if came { &affinity.pod_required } else { &affinity.anti_required };
    let repels = !came && !other.spec.affinity.anti_required.is_empty();
    let spreads = near
        && waiting
            .spec
            .spread
            .iter()
            .any(|c| c.hard && c.selector.as_ref().is_some_and(|s| s.matches(&other.meta.labels)));
    terms.iter().any(selects) || repels || spreads
}

/// A node came or changed.
pub fn node_changed(cx: &mut Context, was: Option<&Node>, is: &Node) {
    if cx.memory.scheduler.waiting.is_empty() {
        return;
    }
    let mut about = 0;
    match was {
        None => about = Why::TAINT | Why::NODE | Why::RESOURCES | Why::PODS | Why::VOLUME,
        Some(was) => {
            if was.meta.labels != is.meta.labels {
                about |= Why::NODE;
            }
            if was.taints.iter().any(|t| !is.taints.contains(t)) || (was.unschedulable && !is.unschedulable) {
                about |= Why::TAINT;
            }
            let size = |n: &Node| (n.cpu_milli, n.memory, n.pods, n.extended.clone());
            if size(was) != size(is) {
                about |= Why::RESOURCES;
            }
        }
    }
    if about == 0 {
        return;
    }
    retry(cx, |cx, key, why| {
        // upstream: nodeaffinity isSchedulableAfterNodeChange: only when the pod can go to that node at all
        why & about != 0 && cx.store.get::<Pod>(key).is_some_and(|pod| node_matches(pod, is))
    });
}

/// A claim, volume or class came or changed.
pub fn volumes_changed(cx: &mut Context) {
    retry(cx, |_, _, why| why & Why::VOLUME != 0);
}
