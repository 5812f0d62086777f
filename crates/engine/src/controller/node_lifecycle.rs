//! The node life-cycle controller: marks nodes that are not heard of, and taints them.
//!
//! Heart-beats of nodes that are well are not simulated one by one: time is spent only on nodes that failed or came back.

use super::Controller;
use crate::api::Context;
use crate::kubelet;
use crate::object::{EventType, Key, Node, Object, Pod, Str, Taint, TaintEffect};
use std::time::Duration;

/// The taint of a node that nobody hears of.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The taint of a node that says it is not well.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// The taint of a cordoned node.
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// From a node's return to its first heart-beat.
const FIRST_HEARTBEAT: Duration = Duration::from_millis(250);
/// From a change of readiness to the change of the `NoSchedule` taint, by the node's own update.
const NO_SCHEDULE: Duration = Duration::from_millis(10);
/// From a loss of readiness to the `NoExecute` taint.
const NO_EXECUTE: Duration = Duration::from_millis(30);

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    let Some(Object::Node(node)) = new else { return };
    let before = if let Some(Object::Node(old)) = old { Some(old) } else { None };
    let seen = |n: &Node| (n.unschedulable, n.ready, n.alive);
    if before.is_none_or(|b| seen(b) != seen(node) || b.taints != node.taints) && concerns(node) {
        cx.enqueue(Controller::NodeLifecycle, key);
    }
}

fn concerns(node: &Node) -> bool {
    let ours = |t: &Taint| matches!(&*t.key, UNREACHABLE | NOT_READY | UNSCHEDULABLE);
    node.unschedulable || !node.alive || node.ready != Some(true) || node.taints.iter().any(ours)
}

/// Has the node at `key` monitored: it failed, or came back.
pub fn watch(cx: &mut Context, key: Key) {
    cx.enqueue(Controller::NodeLifecycle, key);
}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(node) = cx.get::<Node>(key) else { return };
    cordon(cx, key, &node);
    let now = cx.now();
    let next = if !node.alive && node.ready.is_some() {
        let late = node.last_heartbeat + cx.config.node_grace;
        if now >= late {
            lost(cx, key, &node);
            Some(now + NO_SCHEDULE)
        } else {
            Some(late)
        }
    } else if node.alive && node.ready != Some(true) {
        let at = kubelet::recovered_at(cx, &node.meta.name) + FIRST_HEARTBEAT;
        if now >= at {
            cx.update::<Node>(key, |n| {
                n.ready = Some(true);
                n.ready_since = now;
            });
            tell(cx, key, &node.meta.name, EventType::Normal, "NodeReady");
            kubelet::look_at_pods(cx, &node.meta.name);
            Some(now + NO_SCHEDULE)
        } else {
            Some(at)
        }
    } else {
        taint(cx, key, &node)
    };
    if let Some(at) = next {
        cx.enqueue_after(Controller::NodeLifecycle, key, at.since(now));
    }
}

fn tell(cx: &mut Context, key: Key, name: &str, kind: EventType, reason: &'static str) {
    cx.event(key, kind, reason, format!("Node {name} status is now: {reason}"));
}

// upstream: nodelifecycle monitorNodeHealth, util/node MarkPodsNotReady
fn lost(cx: &mut Context, key: Key, node: &Node) {
    let now = cx.now();
    cx.update::<Node>(key, |n| {
        n.ready = None;
        n.ready_since = now;
    });
    tell(cx, key, &node.meta.name, EventType::Normal, "NodeNotReady");
    let pods: Vec<Key> = cx.store.on_node(&node.meta.name).iter().copied().collect();
    for pod in pods {
        if cx.update::<Pod>(pod, |p| p.status.ready.set(false, now, "")) {
            cx.event(pod, EventType::Warning, "NodeNotReady", "Node is not ready");
        }
    }
}

/// Keeps the taints of readiness; says when there is more to do.
// upstream: nodelifecycle doNoScheduleTaintingPass, processTaintBaseEviction
fn taint(cx: &mut Context, key: Key, node: &Node) -> Option<crate::time::SimTime> {
    let now = cx.now();
    let has = |effect| node.taints.iter().any(|t| &*t.key == UNREACHABLE && t.effect == effect);
    let wanted = node.ready.is_none();
    let after = if wanted { NO_EXECUTE } else { cx.config.node_monitor_period / 2 };
    let steps = [(TaintEffect::NoSchedule, NO_SCHEDULE), (TaintEffect::NoExecute, after)];
    let (effect, after) = steps.into_iter().find(|(effect, _)| has(*effect) != wanted)?;
    let at = node.ready_since + after;
    if now < at {
        return Some(at);
    }
    set_taint(cx, key, UNREACHABLE, effect, wanted);
    None // the write wakes this controller for the next step
}

// upstream: nodelifecycle doNoScheduleTaintingPass, for spec.unschedulable
fn cordon(cx: &mut Context, key: Key, node: &Node) {
    let has = node.taints.iter().any(|t| &*t.key == UNSCHEDULABLE && t.effect == TaintEffect::NoSchedule);
    if has != node.unschedulable {
        set_taint(cx, key, UNSCHEDULABLE, TaintEffect::NoSchedule, node.unschedulable);
    }
}

fn set_taint(cx: &mut Context, key: Key, name: &str, effect: TaintEffect, wanted: bool) {
    let now = cx.now();
    cx.update::<Node>(key, |node| {
        node.taints.retain(|t| &*t.key != name || t.effect != effect);
        if wanted {
            node.taints.push(Taint { key: Str::from(name), value: Str::default(), effect, added: Some(now) });
        }
    });
}
