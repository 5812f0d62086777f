//! The DaemonSet controller: one pod on each node that fits.
//!
//! `mod` watches and keeps one pod a node, `node` decides which nodes fit and makes the pods for them, `update` replaces
//! old pods, `revision` keeps the history of templates.

mod node;
mod revision;
mod update;

#[cfg(test)]
mod tests;

use super::retry::{self, Retries};
use super::{Controller, owned};
use crate::api::Context;
use crate::object::{DaemonSet, DaemonSetStatus, EventType, Key, Kind, Node, Object, Phase, Pod, Str};
use crate::time::SimTime;
use podscope_schema::sort::sort_by_key;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// At most so many pods are created or deleted in one go.
// upstream: daemon.BurstReplicas
const BURST: usize = 250;
/// The label by which a pod's revision is known.
const HASH_LABEL: &str = "controller-revision-hash";
/// How soon a pod that failed is replaced again, at first and at most.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LAST_BACK_OFF: Duration = Duration::from_mins(15);

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Sets that could not create their pods.
    retries: Retries,
    /// Since when, and for how long, failed pods of a set are left alone on a node.
    failed_pods: SortedMap<(Key, Str), (SimTime, Duration)>,
}

/// A set's pods by the node that they are on or meant for, oldest first.
type OnNodes = SortedMap<Str, Vec<(Key, Rc<Pod>)>>;

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match new.or(old) {
        Some(Object::DaemonSet(_)) => cx.enqueue(Controller::DaemonSet, key),
        Some(Object::Pod(_)) => {
            fn pod(o: Option<&Object>) -> Option<&Pod> {
                if let Some(Object::Pod(pod)) = o { Some(pod) } else { None }
            }
            if cx.store.of_kind(Kind::DaemonSet).is_empty() {
                return;
            }
            for key in owned::concerned(cx, Kind::DaemonSet, pod(old), pod(new), selects) {
                cx.enqueue(Controller::DaemonSet, key);
            }
        }
        Some(Object::Node(_)) => {
            // upstream: daemon_controller shouldIgnoreNodeUpdate
            let same = matches!((old, new), (Some(Object::Node(a)), Some(Object::Node(b)))
                if a.meta.labels == b.meta.labels && a.taints == b.taints && a.unschedulable == b.unschedulable);
            if !same {
                for set in cx.store.of_kind(Kind::DaemonSet).iter().copied().collect::<Vec<_>>() {
                    cx.enqueue(Controller::DaemonSet, set);
                }
            }
        }
        _ => {}
    }
}

fn selects(object: &Object, pod: &Pod) -> bool {
    matches!(object, Object::DaemonSet(s) if !s.selector.is_empty() && s.selector.matches(&pod.meta.labels))
}

/// Brings what is closer to what is asked for at `key`.
// upstream: daemon_controller syncDaemonSet
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(set) = cx.get::<DaemonSet>(key) else {
        cx.memory.daemon_set.retries.forget(key);
        cx.memory.daemon_set.failed_pods.retain(|(of, _), _| *of != key);
        return;
    };
    if set.selector.is_empty() {
        let message = "This daemon set is selecting all pods. A non-empty selector is required.";
        cx.event(key, EventType::Warning, "SelectingAll", message);
        return;
    }
    if set.meta.deleting() {
        return;
    }
    let Some(revisions) = revision::resolve(cx, key, &set) else { return };
    let nodes: Vec<Rc<Node>> = cx.store.list::<Node>(Kind::Node).map(|(_, node)| Rc::clone(node)).collect();
    let mold = node::Mold::new(&set, &revisions.hash);
    let pods = on_nodes(cx, &set);
    let outcome = manage(cx, key, &set, &mold, &nodes, &pods).and_then(|busy| {
        // Upstream waits until it has seen what it made and deleted.
        if busy { Ok(()) } else { update::rolling(cx, key, &set, &mold, &nodes, pods) }
    });
    revision::clean_up(cx, &set, &revisions);
    let pods = on_nodes(cx, &set);
    status(cx, key, &set, &mold, &nodes, &pods);
    if outcome.is_ok() {
        cx.memory.daemon_set.retries.forget(key);
    } else {
        retry::later(cx, Controller::DaemonSet, key, |m| &mut m.daemon_set.retries);
    }
}

/// The set's pods by node. Ended pods that are being deleted do not count.
// upstream: daemon_controller getNodesToDaemonPods
fn on_nodes(cx: &mut Context, set: &DaemonSet) -> OnNodes {
    let mut nodes = OnNodes::new();
    for (key, pod) in owned::claim(cx, Kind::DaemonSet, &set.meta, &set.selector) {
        if pod.is_terminal() && pod.meta.deleting() {
            continue;
        }
        if let Some(name) = node::target(&pod) {
            nodes.entry(name).or_default().push((key, pod));
        }
    }
    for pods in nodes.values_mut() {
        // upstream: podByCreationTimestampAndPhase: those that are on their node first
        sort_by_key(pods, |(key, pod)| (pod.node.is_none(), pod.meta.created, *key));
    }
    nodes
}

/// One pod on each node that should have one, none elsewhere. Says whether there was anything to do.
// upstream: daemon_controller manage, podsShouldBeOnNode
fn manage(
    cx: &mut Context,
    key: Key,
    set: &DaemonSet,
    mold: &node::Mold,
    nodes: &[Rc<Node>],
    on_nodes: &OnNodes,
) -> Result<bool, String> {
    let (mut missing, mut surplus) = (Vec::new(), Vec::new());
    for node in nodes {
        let (should, may_stay) = mold.fits(node);
        let there = on_nodes.get(&node.meta.name).map(Vec::as_slice);
        match there {
            None if should => missing.push(Rc::clone(&node.meta.name)),
            None => {}
            Some(pods) if may_stay => {
                let running = without_ended(cx, key, &node.meta.name, pods, &mut surplus);
                if !mold.surges {
                    surplus.extend(running.iter().skip(1).map(|(k, _)| *k));
                } else if running.is_empty() && should {
                    missing.push(Rc::clone(&node.meta.name));
                } else if running.len() > 1 {
                    surplus.extend(update::surplus(cx, set, mold, &running));
                }
            }
            Some(pods) => surplus.extend(pods.iter().filter(|(_, p)| !p.meta.deleting()).map(|(k, _)| *k)),
        }
    }
    // upstream: getUnscheduledPodsWithoutNode
    let known = |name: &Str| nodes.iter().any(|n| n.meta.name == *name);
    for (_, pods) in on_nodes.iter().filter(|(name, _)| !known(name)) {
        surplus.extend(pods.iter().filter(|(_, p)| p.node.is_none() && !p.meta.deleting()).map(|(k, _)| *k));
    }
    let busy = !missing.is_empty() || !surplus.is_empty();
    sync_nodes(cx, key, mold, &surplus, &missing)?;
    Ok(busy)
}

/// The pods that are at work on a node; those that ended are noted as surplus.
fn without_ended<'a>(
    cx: &mut Context,
    key: Key,
    node: &Str,
    pods: &'a [(Key, Rc<Pod>)],
    surplus: &mut Vec<Key>,
) -> Vec<&'a (Key, Rc<Pod>)> {
    let mut running = Vec::new();
    for entry in pods.iter().filter(|(_, p)| !p.meta.deleting()) {
        let Pod { meta, status, .. } = &*entry.1;
        let found = |how: &str, end: &str| {
            format!("Found {how} daemon pod {}/{} on node {node}, will try to {end} it", meta.namespace, meta.name)
        };
        match status.phase {
            Phase::Failed if !backs_off(cx, key, node) => {
                cx.event(key, EventType::Warning, "FailedDaemonPod", found("failed", "kill"));
                surplus.push(entry.0);
            }
            Phase::Failed => {}
            Phase::Succeeded => {
                cx.event(key, EventType::Normal, "SucceededDaemonPod", found("succeeded", "delete"));
                surplus.push(entry.0);
            }
            _ => running.push(entry),
        }
    }
    running
}

/// Whether the last failed pod of the set on this node was replaced too short a time ago.
// upstream: client-go flowcontrol Backoff
fn backs_off(cx: &mut Context, key: Key, node: &Str) -> bool {
    let now = cx.now();
    let mut wait = None;
    if let Some((since, length)) = cx.memory.daemon_set.failed_pods.get_mut(&(key, Rc::clone(node))) {
        let past = now.since(*since);
        if past < *length {
            wait = Some(*length);
        } else {
            *length = if past > LAST_BACK_OFF * 2 { FIRST_BACK_OFF } else { (*length * 2).min(LAST_BACK_OFF) };
            *since = now;
        }
    } else {
        cx.memory.daemon_set.failed_pods.insert((key, Rc::clone(node)), (now, FIRST_BACK_OFF));
    }
    if let Some(wait) = wait {
        cx.enqueue_after(Controller::DaemonSet, key, wait);
    }
    wait.is_some()
}

/// Deletes these pods, and creates one for each of these nodes.
// upstream: daemon_controller syncNodes
fn sync_nodes(cx: &mut Context, key: Key, mold: &node::Mold, surplus: &[Key], missing: &[Str]) -> Result<(), String> {
    let mut outcome = Ok(());
    for name in missing.iter().take(BURST) {
        outcome = owned::create(cx, key, mold.cast(name));
        if outcome.is_err() {
            break;
        }
    }
    for &pod in surplus.iter().take(BURST) {
        owned::delete(cx, key, pod);
    }
    outcome
}

// upstream: daemon_controller updateDaemonSetStatus
fn status(cx: &mut Context, key: Key, set: &DaemonSet, mold: &node::Mold, nodes: &[Rc<Node>], on_nodes: &OnNodes) {
    let now = cx.now();
    let mut status = DaemonSetStatus {
        observed_generation: set.meta.generation,
        collisions: cx.store.get::<DaemonSet>(key).map_or(0, |s| s.status.collisions),
        ..DaemonSetStatus::default()
    };
    let mut wait: Option<Duration> = None;
    for node in nodes {
        let pods = on_nodes.get(&node.meta.name).map_or(&[][..], Vec::as_slice);
        // An update with a surge waits for the younger of two pods.
        // upstream: daemon_controller updatePod, which looks again once a pod has been Ready for long enough
        for at in pods.iter().filter_map(|(_, p)| p.available_from(set.min_ready)).filter(|at| *at > now) {
            wait = Some(wait.map_or(at - now, |w| w.min(at - now)));
        }
        let oldest = pods.first();
        if !mold.fits(node).0 {
            status.misscheduled += i64::from(oldest.is_some());
            continue;
        }
        status.desired += 1;
        let Some((_, pod)) = oldest else { continue };
        status.current += 1;
        status.ready += i64::from(pod.is_ready());
        status.available += i64::from(pod.is_available(set.min_ready, now));
        status.updated += i64::from(mold.made(pod));
    }
    status.unavailable = status.desired - status.available;
    cx.update::<DaemonSet>(key, |s| s.status = status);
    if let Some(wait) = wait {
        cx.enqueue_after(Controller::DaemonSet, key, wait);
    }
}
