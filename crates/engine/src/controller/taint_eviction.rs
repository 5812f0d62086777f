//! The taint eviction controller: deletes pods that do not tolerate a NoExecute taint.

use super::Controller;
use crate::api::{Context, DeleteOptions};
use crate::object::{EventType, Key, Node, Object, Pod, Str, Taint, TaintEffect, Toleration, Uid};
use crate::time::SimTime;
use podscope_schema::sorted::{SortedMap, SortedSet};
use std::rc::Rc;
use std::time::Duration;

/// What is planned for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    uid: Uid,
    /// When the pod is deleted; none once that was done.
    at: Option<SimTime>,
}

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    tainted: SortedSet<Str>,
    work: SortedMap<Key, Work>,
}

fn no_execute(node: &Node) -> impl Iterator<Item = &Taint> {
    node.taints.iter().filter(|t| t.effect == TaintEffect::NoExecute)
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match (old, new) {
        (old, Some(Object::Node(is))) => {
            let same = matches!(old, Some(Object::Node(was)) if no_execute(was).eq(no_execute(is)));
            if same || (old.is_none() && no_execute(is).next().is_none()) {
                return;
            }
            let tainted = &mut cx.memory.taint_eviction.tainted;
            if no_execute(is).next().is_some() {
                tainted.insert(Rc::clone(&is.meta.name));
            } else {
                tainted.remove(&is.meta.name);
            }
            cx.enqueue(Controller::TaintEviction, key);
        }
        (Some(Object::Node(was)), None) => {
            cx.memory.taint_eviction.tainted.remove(&was.meta.name);
        }
        (_, Some(Object::Pod(pod))) => {
            let memory = &cx.memory.taint_eviction;
            let before = if let Some(Object::Pod(p)) = old { Some(p) } else { None };
            let moved = before.is_none_or(|b| b.node != pod.node || b.spec != pod.spec);
            if !memory.tainted.is_empty() && moved && pod.node.as_ref().is_some_and(|n| memory.tainted.contains(n)) {
                cx.enqueue(Controller::TaintEviction, key);
            }
        }
        (Some(Object::Pod(_)), None) if cx.memory.taint_eviction.work.contains_key(&key) => {
            cx.enqueue(Controller::TaintEviction, key);
        }
        _ => {}
    }
}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(cx: &mut Context, key: Key) {
    if let Some(node) = cx.get::<Node>(key) {
        // upstream: tainteviction handleNodeUpdate
        let pods: Vec<Key> = cx.store.on_node(&node.meta.name).iter().copied().collect();
        for pod in pods {
            process(cx, pod, &node);
        }
        return;
    }
    let planned = cx.memory.taint_eviction.work.get(&key).copied();
    let Some(pod) = cx.get::<Pod>(key).filter(|p| planned.is_none_or(|w| w.uid == p.meta.uid)) else {
        cancel(cx, key);
        if cx.store.object(key).is_some() {
            cx.enqueue(Controller::TaintEviction, key); // another pod of that name
        }
        return;
    };
    match planned.and_then(|w| w.at) {
        Some(at) if at <= cx.now() => evict(cx, key, &pod),
        Some(at) => {
            let delay = at.since(cx.now());
            cx.enqueue_after(Controller::TaintEviction, key, delay);
        }
        None => {
            let Some(name) = &pod.node else { return };
            let node = cx.store.lookup::<Node>(crate::object::Kind::Node, "", name).cloned();
            if let Some(node) = node.filter(|n| no_execute(n).next().is_some()) {
                process(cx, key, &node);
            }
        }
    }
}

// upstream: tainteviction processPodOnNode
fn process(cx: &mut Context, key: Key, node: &Node) {
    let Some(pod) = cx.get::<Pod>(key) else { return };
    if no_execute(node).next().is_none() {
        cancel(cx, key);
        return;
    }
    let now = cx.now();
    let used: Option<Vec<&Toleration>> =
        no_execute(node).map(|taint| pod.spec.tolerations.iter().find(|t| t.tolerates(taint))).collect();
    let Some(used) = used else {
        cancel(cx, key);
        plan(cx, key, pod.meta.uid, now);
        return;
    };
    let Some(seconds) = used.iter().filter_map(|t| t.seconds).min() else {
        cancel(cx, key);
        return;
    };
    if !cx.memory.taint_eviction.work.contains_key(&key) {
        plan(cx, key, pod.meta.uid, now + Duration::from_secs(seconds.max(0).unsigned_abs()));
    }
}

fn plan(cx: &mut Context, key: Key, uid: Uid, at: SimTime) {
    cx.memory.taint_eviction.work.insert(key, Work { uid, at: Some(at) });
    let delay = at.since(cx.now());
    cx.enqueue_after(Controller::TaintEviction, key, delay);
}

/// Forgets what was planned, and says so when it was still to come.
fn cancel(cx: &mut Context, key: Key) {
    if cx.memory.taint_eviction.work.remove(&key).is_some_and(|w| w.at.is_some()) {
        let name = cx.store.name(key);
        let message = format!("Cancelling deletion of Pod {}/{}", name.namespace, name.name);
        cx.event(key, EventType::Normal, "TaintManagerEviction", message);
    }
}

// upstream: tainteviction deletePodHandler, addConditionAndDeletePod
fn evict(cx: &mut Context, key: Key, pod: &Pod) {
    if let Some(work) = cx.memory.taint_eviction.work.get_mut(&key) {
        work.at = None;
    }
    let message = format!("Marking for deletion Pod {}/{}", pod.meta.namespace, pod.meta.name);
    cx.event(key, EventType::Normal, "TaintManagerEviction", message);
    if pod.status.disruption.is_none() {
        cx.update::<Pod>(key, |p| {
            let why = "Taint manager: deleting due to NoExecute taint";
            p.status.disruption = Some(Box::new(("DeletionByTaintManager", why.into())));
        });
    }
    // Nothing to do about a refusal: the pod is gone already.
    let _gone = cx.delete(key, DeleteOptions::default());
}
