//! The ReplicaSet controller: as many pods as asked for, no more, no fewer. ReplicationControllers run on it too.

mod pods;
pub mod rank;
mod status;
#[cfg(test)]
mod tables;
mod tally;

pub use pods::owner_ref;

use crate::api::{Context, DeleteOptions};
use crate::controller::Controller;
use crate::controller::retry::{self, Retries};
use crate::object::{EventType, Key, Kind, Meta, Object, Pod, ReplicaSet, Str};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use tally::Counts;

/// At most so many pods are created or deleted in one go.
// upstream: replicaset.BurstReplicas
const BURST: usize = 500;

/// What it remembers between reconciles, by ReplicaSet.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Those that could not create their pods.
    retries: Retries,
    /// The size of the next batch, while pods are being created.
    batch: SortedMap<Key, usize>,
    /// The pods of each, counted.
    tallies: tally::Tallies,
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match new.or(old) {
        Some(Object::ReplicaSet(_)) => {
            let status_only = matches!((old, new), (Some(Object::ReplicaSet(a)), Some(Object::ReplicaSet(b)))
                if a.meta.generation == b.meta.generation && a.meta.deletion == b.meta.deletion && a.meta.labels == b.meta.labels);
            if !status_only {
                cx.enqueue(Controller::ReplicaSet, key);
            }
        }
        Some(Object::Pod(_)) => {
            let (old, new) = (old.and_then(as_pod), new.and_then(as_pod));
            tally::observe(&mut cx.memory.replica_set.tallies, old, new);
            pod(cx, old, new);
        }
        _ => {}
    }
}

fn as_pod(object: &Object) -> Option<&Pod> {
    if let Object::Pod(pod) = object { Some(pod) } else { None }
}

/// The ReplicaSet or ReplicationController that controls an object.
fn controller_of(cx: &Context, meta: &Meta) -> Option<Key> {
    let owner = meta.controller()?;
    let kind = match &*owner.kind {
        "ReplicaSet" => Kind::ReplicaSet,
        "ReplicationController" => Kind::ReplicationController,
        _ => return None,
    };
    cx.store.find(kind, &meta.namespace, &owner.name)
}

fn pod(cx: &mut Context, old: Option<&Pod>, new: Option<&Pod>) {
    if let (Some(a), Some(b)) = (old, new) {
        // Upstream looks at its set for any change. Where a pod runs and what its containers do changes nothing that a set
        // counts, so that only a set that could not create its pods has something to do then: it tries again.
        let seen = |p: &Pod| (p.is_ready(), p.is_terminal(), p.meta.deleting());
        if seen(a) == seen(b) && a.meta.labels == b.meta.labels && a.meta.owners == b.meta.owners {
            let fails = |k: &Key| cx.memory.replica_set.retries.fails(*k);
            if let Some(key) = controller_of(cx, &b.meta).filter(fails) {
                cx.enqueue(Controller::ReplicaSet, key);
            }
            return;
        }
    }
    let owner = |p: Option<&Pod>| p.and_then(|p| controller_of(cx, &p.meta));
    let (was, is) = (owner(old), owner(new));
    for key in [was, is.filter(|_| was != is)].into_iter().flatten() {
        cx.enqueue(Controller::ReplicaSet, key);
    }
    // A pod without a controller may be adopted by any set that selects it.
    let Some(orphan) = new.filter(|p| p.meta.controller().is_none()) else { return };
    for kind in [Kind::ReplicaSet, Kind::ReplicationController] {
        let sets = cx.store.in_namespace(kind, &orphan.meta.namespace).iter();
        let selects = |k: &Key| cx.store.get::<ReplicaSet>(*k).is_some_and(|s| s.selector.matches(&orphan.meta.labels));
        for key in sets.copied().filter(selects).collect::<Vec<_>>() {
            cx.enqueue(Controller::ReplicaSet, key);
        }
    }
}

/// Brings what is closer to what is asked for at `key`.
// upstream: replicaset syncReplicaSet
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(set) = cx.get::<ReplicaSet>(key) else {
        cx.memory.replica_set.retries.forget(key);
        return;
    };
    let pods = pods::claim(cx, &set);
    let failure = if set.meta.deleting() { None } else { manage(cx, key, &set, &pods).err() };
    let status = status::calculate(&set, &pods, failure.as_deref(), cx.now());
    let ready_only = status.ready > status.available;
    cx.update::<ReplicaSet>(key, |s| s.status = status);
    // upstream: controller_utils FindMinNextPodAvailabilityCheck
    if ready_only && let Some(at) = pods.next_available {
        let wait = at - cx.now();
        cx.enqueue_after(Controller::ReplicaSet, key, wait);
    }
    if failure.is_some() {
        retry::later(cx, Controller::ReplicaSet, key, |m| &mut m.replica_set.retries);
    } else {
        cx.memory.replica_set.retries.forget(key);
    }
}

/// Creates what is missing, deletes what is too much.
// upstream: replicaset manageReplicas
fn manage(cx: &mut Context, key: Key, set: &ReplicaSet, pods: &Counts) -> Result<(), String> {
    let (have, want) = (pods.active.max(0) as usize, set.replicas.max(0) as usize);
    if have < want {
        return create(cx, key, set, (want - have).min(BURST));
    }
    if have > want {
        delete(cx, key, set, (have - want).min(BURST));
    }
    Ok(())
}

/// Batches of 1, 2, 4, 8 …, each when the one before has been created: this reconcile makes one, and the watch on its pods
/// brings the next. When one of a batch fails, creation begins anew after a pause.
// upstream: replicaset slowStartBatch
fn create(cx: &mut Context, key: Key, set: &ReplicaSet, count: usize) -> Result<(), String> {
    let pod = pods::new_pod(set);
    let batch = cx.memory.replica_set.batch.remove(&key).unwrap_or(1);
    let mut failure = None;
    for _ in 0..batch.min(count) {
        match cx.create(pod.clone()) {
            Ok(pod) => {
                let message = format!("Created pod: {}", cx.store.name(pod).name);
                cx.event(key, EventType::Normal, "SuccessfulCreate", message);
            }
            Err(e) => {
                cx.event(key, EventType::Warning, "FailedCreate", format!("Error creating: {}", e.message));
                failure = Some(e.message);
            }
        }
    }
    if let Some(message) = failure {
        return Err(message);
    }
    if batch < count {
        cx.memory.replica_set.batch.insert(key, batch * 2);
    }
    Ok(())
}

fn delete(cx: &mut Context, key: Key, set: &ReplicaSet, count: usize) {
    let active = pods::active(cx, set);
    let crowding = if count < active.len() { crowding(cx, set) } else { SortedMap::new() };
    let victims = rank::victims(&active, &crowding, cx.now(), count);
    for (victim, note, rival) in victims {
        let name = cx.store.name(victim).name.clone();
        if cx.delete_noted(victim, DeleteOptions::default(), note, rival).is_ok() {
            cx.event(key, EventType::Normal, "SuccessfulDelete", format!("Deleted pod: {name}"));
        }
    }
}

/// How many active pods of the set and its siblings (the other sets of its Deployment) each node holds.
// upstream: replicaset getIndirectlyRelatedPods, getPodsRankedByRelatedPodsOnSameNode
fn crowding(cx: &Context, set: &ReplicaSet) -> SortedMap<Str, usize> {
    let siblings: Vec<_> = match set.meta.controller() {
        Some(owner) => cx
            .store
            .owned_by(owner.uid)
            .iter()
            .filter_map(|k| cx.store.get::<ReplicaSet>(*k))
            .map(|s| s.meta.uid)
            .collect(),
        None => vec![set.meta.uid],
    };
    let mut on_node: SortedMap<Str, usize> = SortedMap::new();
    for uid in siblings {
        for (_, pod) in cx.store.pods_of(uid).filter(|(_, p)| p.is_active()) {
            if let Some(node) = &pod.node {
                *on_node.entry(Rc::clone(node)).or_default() += 1;
            }
        }
    }
    on_node
}
