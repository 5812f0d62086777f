//! Deletion as the API server does it, the garbage collector, and the end of namespaces.

use super::Controller;
use crate::api::{ApiError, Context, DeleteOptions, Propagation};
use crate::object::{Key, Kind, Meta, Object, OwnerRef, Phase, Pod, Resource, Str, Uid};
use crate::trace::Actor;
use podscope_schema::sorted::SortedMap;

/// Holds an object back until those that block it are gone.
pub const FOREGROUND: &str = "foregroundDeletion";
/// Holds an object back until what it owns was set free.
pub const ORPHAN: &str = "orphan";

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Objects that wait for what they own to go.
    foreground: SortedMap<Uid, Key>,
    /// Namespaces that wait for what they hold to go.
    namespaces: SortedMap<Str, Key>,
}

fn waits(meta: &Meta, finalizer: &str) -> bool {
    meta.deleting() && meta.finalizers.iter().any(|f| &**f == finalizer)
}

fn is_namespace(object: &Object) -> bool {
    matches!(object, Object::Other(o) if &*o.kind == "Namespace" && &*o.api_version == "v1")
}

/// Enqueues what the change of the object at `key` concerns.
// upstream: garbagecollector GraphBuilder.processGraphChanges
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match (old.map(Object::meta), new.map(Object::meta)) {
        (_, Some(meta)) => {
            if meta.deleting() && old.is_none_or(|o| !o.meta().deleting() || o.meta().finalizers != meta.finalizers) {
                if waits(meta, FOREGROUND) && cx.memory.garbage.foreground.insert(meta.uid, key).is_none() {
                    enqueue_dependents(cx, meta.uid);
                    cx.enqueue(Controller::Garbage, key);
                } else if waits(meta, ORPHAN) || new.is_some_and(is_namespace) {
                    cx.enqueue(Controller::Garbage, key);
                }
            }
            // Controllers look before they create; people may name an owner that is gone.
            let by_hand = matches!(cx.actor, Actor::User);
            let owners_changed = old.is_none_or(|o| o.meta().owners != meta.owners);
            if owners_changed
                && !meta.owners.is_empty()
                && (by_hand || meta.owners.iter().any(|o| cx.memory.garbage.foreground.contains_key(&o.uid)))
            {
                cx.enqueue(Controller::Garbage, key);
            }
            if owners_changed {
                let lost = old.iter().flat_map(|o| &o.meta().owners);
                enqueue_waiting(cx, lost.map(|o| o.uid).collect());
            }
        }
        (Some(meta), None) => {
            cx.memory.garbage.foreground.remove(&meta.uid);
            enqueue_dependents(cx, meta.uid);
            enqueue_waiting(cx, meta.owners.iter().map(|o| o.uid).collect());
            if let Some(&namespace) = cx.memory.garbage.namespaces.get(&meta.namespace) {
                cx.enqueue(Controller::Garbage, namespace);
            }
        }
        (None, None) => {}
    }
}

fn enqueue_dependents(cx: &mut Context, owner: Uid) {
    let dependents: Vec<Key> = cx.store.owned_by(owner).iter().copied().collect();
    for key in dependents {
        cx.enqueue(Controller::Garbage, key);
    }
}

/// Has those among `owners` looked at that wait for what they own.
fn enqueue_waiting(cx: &mut Context, owners: Vec<Uid>) {
    for uid in owners {
        if let Some(&owner) = cx.memory.garbage.foreground.get(&uid) {
            cx.enqueue(Controller::Garbage, owner);
        }
    }
}

/// Collects the object at `key`, or lets it go when nothing holds it back any more.
// upstream: garbagecollector attemptToDeleteItem, attemptToOrphanWorker
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(object) = cx.store.object(key).cloned() else { return };
    let meta = object.meta();
    if is_namespace(&object) && meta.deleting() {
        return empty_namespace(cx, key, meta);
    }
    if waits(meta, ORPHAN) {
        return orphan_dependents(cx, key, meta);
    }
    if waits(meta, FOREGROUND) {
        // upstream: garbagecollector processDeletingDependentsItem
        let blocks = |o: &OwnerRef| o.uid == meta.uid && o.block_owner_deletion;
        let blocking = |&k: &Key| cx.store.object(k).is_some_and(|d| d.meta().owners.iter().any(blocks));
        if !cx.store.owned_by(meta.uid).iter().any(blocking) {
            take_finalizer(cx, key, FOREGROUND);
        }
        return;
    }
    if meta.deletion.is_some_and(|d| d.grace_seconds == 0) && meta.finalizers.is_empty() {
        cx.actor = Actor::ApiServer;
        return cx.remove(key);
    }
    if meta.deleting() || meta.owners.is_empty() {
        return;
    }
    let (mut solid, mut dangling, mut waiting) = (0, 0, 0);
    for owner in &meta.owners {
        match owner_of(cx, &meta.namespace, owner) {
            None => dangling += 1,
            Some(o) if waits(o, FOREGROUND) => waiting += 1,
            Some(_) => solid += 1,
        }
    }
    if solid > 0 {
        if dangling + waiting > 0 {
            let keep: Vec<OwnerRef> = meta
                .owners
                .iter()
                .filter(|o| owner_of(cx, &meta.namespace, o).is_some_and(|m| !waits(m, FOREGROUND)))
                .cloned()
                .collect();
            let mut object = object.clone();
            object.meta_mut().owners = keep.into();
            cx.put(key, object);
        }
        return;
    }
    let has = |finalizer: &str| meta.finalizers.iter().any(|f| &**f == finalizer);
    let propagation = if waiting > 0 && !cx.store.owned_by(meta.uid).is_empty() || has(FOREGROUND) {
        Propagation::Foreground
    } else if has(ORPHAN) {
        Propagation::Orphan
    } else {
        Propagation::Background
    };
    // The object is there: nothing to refuse.
    let _ = delete(cx, key, DeleteOptions { propagation, grace_seconds: None });
}

/// The metadata of the object that `owner` refers to, unless it is gone or another one of that name.
fn owner_of<'a>(cx: &'a Context, namespace: &Str, owner: &OwnerRef) -> Option<&'a Meta> {
    let kind = Kind::from_name(&owner.kind).filter(|k| k.api_version() == &*owner.api_version).unwrap_or(Kind::Other);
    let name: Str = match kind {
        Kind::Other => format!("{}/{}/{}", owner.api_version, owner.kind, owner.name).into(),
        _ => owner.name.clone(),
    };
    [&**namespace, ""]
        .into_iter()
        .filter_map(|ns| cx.store.object(cx.store.find(kind, ns, &name)?))
        .map(Object::meta)
        .find(|m| m.uid == owner.uid)
}

/// Sets free what the object owns; once that was seen, lets the object go.
// upstream: garbagecollector orphanDependents
fn orphan_dependents(cx: &mut Context, key: Key, meta: &Meta) {
    let dependents: Vec<Key> = cx.store.owned_by(meta.uid).iter().copied().collect();
    if dependents.is_empty() {
        return take_finalizer(cx, key, ORPHAN);
    }
    for dependent in dependents {
        if let Some(mut object) = cx.store.object(dependent).cloned() {
            object.meta_mut().owners.retain(|o| o.uid != meta.uid);
            cx.put(dependent, object);
        }
    }
    // The finalizer is taken with a write after these: controllers see their object without dependents meanwhile.
    let delay = cx.config.watch_latency * 4;
    cx.enqueue_after(Controller::Garbage, key, delay);
}

fn take_finalizer(cx: &mut Context, key: Key, finalizer: &str) {
    if let Some(mut object) = cx.store.object(key).cloned() {
        object.meta_mut().finalizers.retain(|f| &**f != finalizer);
        cx.put(key, object);
    }
}

/// Deletes what lives in a namespace that is being deleted; the namespace goes when nothing is left.
fn empty_namespace(cx: &mut Context, key: Key, meta: &Meta) {
    let kinds = || Kind::ALL.iter().copied().chain([Kind::Other]);
    cx.memory.garbage.namespaces.insert(meta.name.clone(), key);
    let inside: Vec<Key> =
        kinds().flat_map(|kind| cx.store.in_namespace(kind, &meta.name).iter().copied().collect::<Vec<_>>()).collect();
    for key in &inside {
        if cx.store.object(*key).is_some_and(|o| !o.meta().deleting()) {
            let _ = delete(cx, *key, DeleteOptions::default());
        }
    }
    if kinds().all(|kind| cx.store.in_namespace(kind, &meta.name).is_empty()) {
        cx.memory.garbage.namespaces.remove(&meta.name);
        cx.remove(key);
    }
}

/// Deletes as the API server does: grace for pods, finalizers for propagation.
///
/// # Errors
/// `NotFound`.
// upstream: registry/rest BeforeDelete, registry/generic/registry Store.Delete
pub fn delete(cx: &mut Context, key: Key, options: DeleteOptions) -> Result<(), ApiError> {
    let Some(mut object) = cx.store.object(key).cloned() else {
        return Err(not_found(cx, key));
    };
    let grace = match Pod::of(&object) {
        Some(pod) => match pod.meta.deletion {
            // Already terminating: the period can only be made shorter.
            Some(d) => options.grace_seconds.map_or(d.grace_seconds, |g| g.min(d.grace_seconds)),
            None => pod_grace(pod, options.grace_seconds),
        },
        None => 0,
    };
    let wanted = match options.propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let mut finalizers = object.meta().finalizers.clone();
    // upstream: registry/generic/registry deletionFinalizersForGarbageCollection
    finalizers.retain(|f| Some(&**f) == wanted || !matches!(&**f, FOREGROUND | ORPHAN));
    if let Some(wanted) = wanted
        && !finalizers.iter().any(|f| &**f == wanted)
    {
        finalizers.push(wanted.into());
    }
    // A pod that goes at once is marked first, and removed with the write after that one.
    let at_once = grace == 0 && finalizers.is_empty() && !is_namespace(&object);
    if at_once && object.kind() != Kind::Pod {
        cx.remove(key);
        return Ok(());
    }
    if at_once {
        let delay = cx.config.watch_latency * 2;
        cx.enqueue_after(Controller::Garbage, key, delay);
    }
    let marked = object.meta().deletion.is_some_and(|d| d.grace_seconds <= grace);
    if marked {
        if object.meta().finalizers != finalizers {
            object.meta_mut().finalizers = finalizers;
            cx.put(key, object);
        }
        return Ok(());
    }
    let now = cx.now();
    let meta = object.meta_mut();
    let requested = meta.deletion.map_or(now, |d| d.requested);
    if meta.deletion.is_none() {
        meta.generation += 1;
    }
    let at = requested + std::time::Duration::from_secs(grace.max(0).unsigned_abs());
    meta.deletion = Some(crate::object::Deletion { at, requested, grace_seconds: grace });
    meta.finalizers = finalizers;
    cx.put(key, object);
    Ok(())
}

/// How long a pod that is deleted now has to end, in seconds.
// upstream: registry/core/pod podStrategy.CheckGracefulDelete
fn pod_grace(pod: &Pod, asked: Option<i64>) -> i64 {
    if pod.node.is_none() || matches!(pod.status.phase, Phase::Failed | Phase::Succeeded) {
        return 0;
    }
    match asked.unwrap_or(pod.spec.grace_seconds) {
        // A negative period stands for one second.
        g if g < 0 => 1,
        g => g,
    }
}

/// The answer about an object that is not there.
pub fn not_found(cx: &Context, key: Key) -> ApiError {
    let name = cx.store.name(key);
    let (resource, shown) = match (name.kind, name.name.rsplit_once('/')) {
        (Kind::Other, Some((of, shown))) => {
            let (version, kind) = of.rsplit_once('/').unwrap_or(("v1", of));
            (super::resource_of(kind, version), shown)
        }
        (kind, _) => (super::resource_of(kind.name(), kind.api_version()), &*name.name),
    };
    ApiError::new(404, "NotFound", format!("{resource} \"{shown}\" not found"))
}

#[cfg(test)]
mod tests;
