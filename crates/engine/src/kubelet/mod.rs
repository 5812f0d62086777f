//! The kubelet: a pod's life on its node.
//!
//! It keeps nearly nothing of its own: what is due next follows from the pod's status, its behaviour and the time.

mod behaviour;
mod catalogue;
mod container;
mod detailed;
#[cfg(test)]
mod detailed_tests;
mod scene;
mod scripted;
mod status;
#[cfg(test)]
mod tests;

pub use behaviour::{Behaviour, PodBehaviour};
pub use catalogue::{Catalogue, duration, image_name};

use crate::api::Context;
use crate::controller::{Controller, node_lifecycle};
use crate::object::{Deletion, Key, Kind, Node, Object, Pod, Str};
use crate::time::SimTime;
use podscope_schema::sorted::{SortedMap, SortedSet};

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// When nodes that had failed came back: what they missed begins then.
    recovered: SortedMap<Str, SimTime>,
    /// Until when the scripted kubelet is busy writing, and whose turn comes when.
    busy: SimTime,
    turns: SortedMap<Key, SimTime>,
    /// Of pods whose life is told in detail.
    lives: SortedMap<Key, detailed::Life>,
    /// Which images a node has pulled.
    images: SortedMap<Str, SortedSet<Str>>,
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    let Some(Object::Pod(pod)) = new else {
        if matches!(old, Some(Object::Pod(_))) {
            cx.memory.kubelet.lives.remove(&key);
            cx.memory.kubelet.turns.remove(&key);
        }
        return;
    };
    if pod.node.is_none() {
        return;
    }
    let before = old.and_then(|o| if let Object::Pod(p) = o { Some(p) } else { None });
    let same = |b: &std::rc::Rc<Pod>| {
        b.meta.uid == pod.meta.uid && b.node.is_some() && b.meta.deletion == pod.meta.deletion && b.spec == pod.spec
    };
    if !before.is_some_and(same) {
        cx.enqueue(Controller::Kubelet, key);
    }
}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(pod) = cx.get::<Pod>(key) else { return };
    let Some(name) = &pod.node else { return };
    if !node_of(cx, name).is_some_and(|node| node.alive && node.ready == Some(true)) {
        return; // nobody is there to do anything, until the node recovers
    }
    let mut behaviour = cx.config.behaviour.of(&pod);
    behaviour.unready |= crate::DATA && cx.memory.fault.unready.contains(&pod.meta.uid);
    if cx.config.behaviour.detailed() {
        detailed::reconcile(cx, key, &pod, &behaviour);
    } else {
        scripted::reconcile(cx, key, &pod, &behaviour);
    }
}

fn node_of<'a>(cx: &'a Context, name: &str) -> Option<&'a Node> {
    cx.store.lookup::<Node>(Kind::Node, "", name).map(|node| &**node)
}

/// Since when the kubelet knows that the pod is to go: a node that was down learns it when it is back.
fn told_to_stop(cx: &Context, pod: &Pod, deletion: Deletion) -> SimTime {
    let Some(name) = &pod.node else { return deletion.requested };
    let ready = node_of(cx, name).map(|n| n.ready_since).unwrap_or_default();
    deletion.requested.max(recovered_at(cx, name)).max(ready)
}

/// When the kubelet kills what is left of a pod that is to go: when its grace period ends, as the kubelet counts it.
pub fn killed_at(cx: &Context, pod: &Pod) -> Option<SimTime> {
    let deletion = pod.meta.deletion?;
    let grace = std::time::Duration::from_secs(deletion.grace_seconds.max(0).unsigned_abs());
    Some(told_to_stop(cx, pod, deletion) + grace)
}

/// The last act of a kubelet: confirms that nothing runs any more, upon which the API server lets the object go.
fn confirm_gone(cx: &mut Context, key: Key, pod: &Pod) {
    if pod.meta.finalizers.is_empty() {
        cx.remove(key);
    } else {
        cx.update::<Pod>(key, |p| {
            if let Some(d) = &mut p.meta.deletion {
                d.grace_seconds = 0;
            }
        });
    }
}

/// Ends the running containers of a pod, with code 137. Says whether there are any.
pub fn crash(cx: &mut Context, key: Key) -> bool {
    let runs = cx.get::<Pod>(key).is_some_and(|p| p.status.phase == crate::object::Phase::Running);
    let Some(life) = cx.memory.kubelet.lives.get_mut(&key).filter(|_| runs) else { return false };
    life.crash();
    cx.enqueue_after(Controller::Kubelet, key, std::time::Duration::ZERO);
    true
}

/// Whether a node's machine stopped, or cannot be heard.
pub fn has_failed(cx: &Context, name: &str) -> bool {
    node_of(cx, name).is_some_and(|node| !node.alive)
}

/// Whether the machine that a pod is on answers.
pub fn reachable(cx: &Context, pod: &Pod) -> bool {
    pod.node.as_ref().and_then(|name| node_of(cx, name)).is_some_and(|node| node.alive)
}

/// When a container that waits is tried again: `index` counts init containers, then containers.
pub fn retry_at(cx: &Context, key: Key, index: usize) -> Option<SimTime> {
    let known = cx.memory.kubelet.lives.get(&key).and_then(|life| life.due(index));
    known.or_else(|| cx.due(Controller::Kubelet, key))
}

/// After the configured behaviour was replaced: has every bound pod looked at again.
pub fn behaviour_changed(cx: &mut Context) {
    let pods: Vec<Key> =
        cx.store.list::<Pod>(Kind::Pod).filter(|(_, p)| p.node.is_some()).map(|(key, _)| key).collect();
    for key in pods {
        cx.enqueue(Controller::Kubelet, key);
    }
}

/// The machine stops: no heart-beats, and nothing happens to its pods. Says whether there is such a node, alive.
pub fn fail_node(cx: &mut Context, name: &str) -> bool {
    let Some(key) = cx.store.find(Kind::Node, "", name) else { return false };
    let now = cx.now();
    let failed = cx.update::<Node>(key, |node| {
        if node.alive {
            node.alive = false;
            node.last_heartbeat = now;
        }
    });
    if failed {
        node_lifecycle::watch(cx, key);
    }
    failed
}

/// The machine is back: it reports, and takes up what it had missed. Says whether it had failed.
pub fn recover_node(cx: &mut Context, name: &str) -> bool {
    let Some(key) = cx.store.find(Kind::Node, "", name) else { return false };
    if !cx.update::<Node>(key, |node| node.alive = true) {
        return false;
    }
    let (name, now): (Str, _) = (name.into(), cx.now());
    cx.memory.kubelet.recovered.insert(std::rc::Rc::clone(&name), now);
    look_at_pods(cx, &name);
    node_lifecycle::watch(cx, key);
    true
}

/// Has a node's kubelet look at all of its pods.
pub fn look_at_pods(cx: &mut Context, node: &Str) {
    let pods: Vec<Key> = cx.store.on_node(node).iter().copied().collect();
    for pod in pods {
        cx.enqueue(Controller::Kubelet, pod);
    }
}

/// When the node last came back from a failure; the beginning when it never failed.
pub fn recovered_at(cx: &Context, node: &str) -> SimTime {
    cx.memory.kubelet.recovered.get(node).copied().unwrap_or_default()
}
