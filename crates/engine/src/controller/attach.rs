//! The attach/detach controller: which machine each volume is attached to.
//!
//! Volumes of drivers that attach (cloud disks, CSI) go to a node before its pods can mount them, and leave it after. A volume
//! that only one node may have keeps the others' pods in ContainerCreating.

use super::Controller;
use super::claim::users;
use super::pod_gc::OUT_OF_SERVICE;
use crate::api::Context;
use crate::object::{Claim, EventType, Key, Kind, Node, Object, Pod, Str, Volume};
use crate::time::SimTime;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// How long a driver takes to attach a disk, or to detach it: cloud providers take a few seconds.
const ATTACH: Duration = Duration::from_secs(1);
/// How often a kubelet reports its node's status, and with it the volumes in use: none is detached before it says so.
// upstream: kubelet config NodeStatusUpdateFrequency
const REPORT: u64 = 10;
/// How long a node that does not answer keeps its volumes.
// upstream: attachdetach TimerConfig ReconcilerMaxWaitForUnmountDuration
const FORCE: Duration = Duration::from_mins(6);
/// Sources of volumes that are attached.
const ATTACHED: [&str; 5] = ["csi", "awsElasticBlockStore", "azureDisk", "gcePersistentDisk", "cinder"];

/// Where each volume is.
#[derive(Clone, Debug, Default)]
pub struct Memory(SortedMap<Key, State>);

#[derive(Clone, Debug, Default)]
struct State {
    held: Vec<Attachment>,
    /// Nodes for which it was told that another has the volume.
    told: Vec<Str>,
}

/// A volume on a node.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The node.
    pub node: Str,
    /// What is done with it.
    pub doing: Doing,
    /// Since when no pod on the node wants it.
    pub unwanted: Option<SimTime>,
}

/// What is done with a volume on a node, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// The driver attaches it.
    Attaching(SimTime),
    /// It is there.
    Attached,
    /// The driver takes it away.
    Detaching(SimTime),
}

/// Whether the volume's driver attaches it at all.
fn attachable(volume: &Volume) -> bool {
    volume.raw.is_null() || ATTACHED.iter().any(|source| volume.raw.get(source).is_some())
}

/// Whether several nodes may have the volume at a time.
// upstream: volume/util IsMultiAttachAllowed
fn shared(volume: &Volume) -> bool {
    volume.access_modes.is_empty()
        || volume.access_modes.iter().any(|m| matches!(&**m, "ReadWriteMany" | "ReadOnlyMany"))
}

/// The volumes that a pod's claims are bound to.
pub fn volumes(cx: &Context, pod: &Pod) -> Vec<(Key, Rc<Volume>)> {
    let volume = |name: &Str| {
        let claim = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, &pod.meta.namespace, name)?;
        let key = cx.store.find(Kind::PersistentVolume, "", claim.volume.as_ref()?)?;
        Some((key, Rc::clone(cx.store.get::<Volume>(key)?)))
    };
    pod.claim_names().filter_map(volume).collect()
}

/// The first of the pod's volumes that is not attached to its node yet.
pub fn awaited(cx: &Context, pod: &Pod) -> Option<(Key, Rc<Volume>)> {
    let here =
        |key: &Key| held(cx, *key).iter().any(|a| Some(&a.node) == pod.node.as_ref() && a.doing == Doing::Attached);
    volumes(cx, pod).into_iter().find(|(key, volume)| attachable(volume) && !here(key))
}

/// Where a volume is.
pub fn held(cx: &Context, volume: Key) -> &[Attachment] {
    cx.memory.attach.0.get(&volume).map_or(&[], |state| &state.held)
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    if !cx.config.behaviour.detailed() {
        return;
    }
    match (old, new) {
        (was, is @ Some(Object::Pod(pod))) | (was @ Some(Object::Pod(pod)), is @ None) => {
            let wants = |o: Option<&Object>| matches!(o, Some(Object::Pod(p)) if p.node.is_some() && !p.is_terminal());
            if wants(was) != wants(is) {
                for (volume, _) in volumes(cx, pod) {
                    cx.enqueue(Controller::Attach, volume);
                }
            }
        }
        (Some(Object::Claim(was)), Some(Object::Claim(is))) if was.volume != is.volume => {
            if let Some(volume) = is.volume.as_ref().and_then(|name| cx.store.find(Kind::PersistentVolume, "", name)) {
                cx.enqueue(Controller::Attach, volume);
            }
        }
        (Some(Object::Volume(_)), None) => {
            cx.memory.attach.0.remove(&key);
        }
        (Some(Object::Node(_)), _) => {
            let name = Rc::clone(&cx.store.name(key).name);
            let waits = |a: &Attachment| a.node == name && a.unwanted.is_some();
            let all = cx.memory.attach.0.iter().filter(|(_, s)| s.held.iter().any(waits)).map(|(volume, _)| *volume);
            for volume in all.collect::<Vec<Key>>() {
                cx.enqueue(Controller::Attach, volume);
            }
        }
        _ => {}
    }
}

/// Brings what is closer to what is asked for at `key`: detaches first, then attaches.
// upstream: attachdetach/reconciler reconcile
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(volume) = cx.get::<Volume>(key).filter(|v| attachable(v)) else { return };
    let now = cx.now();
    let wanted = wanted(cx, &volume);
    let wants = |node: &Str| wanted.iter().any(|(_, pod)| pod.node.as_ref() == Some(node));
    let mut state = cx.memory.attach.0.remove(&key).unwrap_or_default();
    let mut arrived: Vec<Str> = Vec::new();
    let mut next = SimTime::MAX;
    state.told.retain(|node| wants(node));
    state.held.retain_mut(|a| {
        match a.doing {
            Doing::Attaching(due) if due <= now => {
                a.doing = Doing::Attached;
                arrived.push(Rc::clone(&a.node));
            }
            Doing::Detaching(due) if due <= now => return false,
            _ => {}
        }
        if wants(&a.node) {
            a.unwanted = None;
        } else if a.doing == Doing::Attached {
            let since = *a.unwanted.get_or_insert(now);
            let may = released(cx, &a.node, since);
            if may <= now {
                a.doing = Doing::Detaching(now + ATTACH);
            } else {
                next = next.min(may);
            }
        }
        if let Doing::Attaching(due) | Doing::Detaching(due) = a.doing {
            next = next.min(due);
        }
        true
    });
    let mut refused: Vec<Str> = Vec::new();
    let owners: Vec<Str> = state.held.iter().map(|a| Rc::clone(&a.node)).collect();
    for (_, pod) in &wanted {
        let Some(node) = &pod.node else { continue };
        if state.held.iter().any(|a| a.node == *node) {
            continue;
        }
        if !shared(&volume) && !state.held.is_empty() {
            let busy = state.held.iter().any(|a| a.doing != Doing::Attached);
            if !busy && !state.told.contains(node) {
                state.told.push(Rc::clone(node));
                refused.push(Rc::clone(node));
            }
            continue;
        }
        let due = now + ATTACH;
        state.held.push(Attachment { node: Rc::clone(node), doing: Doing::Attaching(due), unwanted: None });
        next = next.min(due);
    }
    if !state.held.is_empty() || !state.told.is_empty() {
        cx.memory.attach.0.insert(key, state);
    }
    if next != SimTime::MAX {
        cx.enqueue_after(Controller::Attach, key, next.since(now));
    }
    for (pod_key, pod) in &wanted {
        let Some(node) = &pod.node else { continue };
        if arrived.contains(node) {
            let text = format!("AttachVolume.Attach succeeded for volume \"{}\" ", volume.meta.name);
            cx.event(*pod_key, EventType::Normal, "SuccessfulAttachVolume", text);
            cx.enqueue(Controller::Kubelet, *pod_key);
        } else if refused.contains(node) {
            let text =
                format!("Multi-Attach error for volume \"{}\" {}", volume.meta.name, others(&wanted, &owners, pod));
            cx.event(*pod_key, EventType::Warning, "FailedAttachVolume", text);
        }
    }
}

/// The pods with a node that have not ended and mount the volume.
// upstream: attachdetach/util DetermineVolumeAction
fn wanted(cx: &Context, volume: &Volume) -> Vec<(Key, Rc<Pod>)> {
    let claim = volume.claim.as_ref().and_then(|(ns, name)| cx.store.find(Kind::PersistentVolumeClaim, ns, name));
    let pods = claim.into_iter().flat_map(|claim| users(cx, claim));
    pods.filter(|(_, pod)| pod.node.is_some() && !pod.is_terminal()).map(|(key, pod)| (key, Rc::clone(pod))).collect()
}

/// When a volume that nobody on the node wants can be taken from it; a change of the node may make it sooner.
fn released(cx: &Context, node: &Str, since: SimTime) -> SimTime {
    let Some(node) = cx.store.lookup::<Node>(Kind::Node, "", node) else { return since };
    if node.taints.iter().any(|t| &*t.key == OUT_OF_SERVICE) {
        since
    } else if node.alive && node.ready == Some(true) {
        // Its pods are gone, so it has unmounted the volume; it says so with its next report.
        let from = since.max(node.ready_since).since(node.meta.created).as_secs();
        node.meta.created + Duration::from_secs((from / REPORT + 1) * REPORT)
    } else if node.ready == Some(true) {
        SimTime::MAX // nobody has noticed yet that it does not answer
    } else {
        since + FORCE
    }
}

/// Whose pods on the nodes that have the volume mount it, as it is told to `pod`.
// upstream: attachdetach/reconciler reportMultiAttachError
fn others(wanted: &[(Key, Rc<Pod>)], nodes: &[Str], pod: &Pod) -> String {
    let others = wanted.iter().map(|(_, p)| p).filter(|p| p.node.as_ref().is_some_and(|n| nodes.contains(n)));
    let (near, far): (Vec<_>, Vec<_>) = others.partition(|p| p.meta.namespace == pod.meta.namespace);
    let near: Vec<&str> = near.iter().map(|p| &*p.meta.name).collect();
    match (near.join(", "), far.len()) {
        (near, 0) if near.is_empty() => {
            "Volume is already exclusively attached to one node and can't be attached to another".to_owned()
        }
        (near, 0) => format!("Volume is already used by pod(s) {near}"),
        (near, far) if near.is_empty() => format!("Volume is already used by {far} pod(s) in different namespaces"),
        (near, far) => format!("Volume is already used by pod(s) {near} and {far} pod(s) in different namespaces"),
    }
}

#[cfg(test)]
mod tests;
