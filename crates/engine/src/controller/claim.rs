//! The persistent volume controller, the dynamic provisioner behind it, and the protection of claims in use.

pub mod expand;

use super::Controller;
use crate::api::{Context, DeleteOptions, Store};
use crate::object::{
    Claim, EventType, Key, Kind, Meta, Object, Pod, Resize, StorageClass, Str, Volume, VolumePhase, ZONE_LABEL,
};
use crate::scheduler::SELECTED_NODE;
use crate::topology::DEFAULT_CLASS;
use podscope_schema::sorted::{SortedMap, SortedSet};
use std::rc::Rc;

/// Holds a claim back while a pod uses it.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Holds a volume back while a claim has it.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";
/// Names who shall provision; the older spelling is still written, too.
const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
const PROVISIONER_BETA: &str = "volume.beta.kubernetes.io/storage-provisioner";
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// What it remembers between reconciles: two indexes.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The pods that mount each claim.
    users: SortedMap<Key, SortedSet<Key>>,
    /// The volumes that wait for a claim.
    available: SortedSet<Key>,
}

/// The pods that mount the claim at `key`.
pub fn users(cx: &Context, key: Key) -> impl Iterator<Item = (Key, &Rc<Pod>)> {
    let pods = cx.memory.claim.users.get(&key);
    pods.into_iter().flatten().filter_map(|&pod| Some((pod, cx.store.get::<Pod>(pod)?)))
}

/// What admission adds to new claims and volumes: protection, and the default class.
// upstream: admission plugins StorageObjectInUseProtection and DefaultStorageClass
pub fn prepare(store: &Store, object: &mut Object) {
    match object {
        Object::Claim(claim) => {
            let claim = Rc::make_mut(claim);
            protect(&mut claim.meta, CLAIM_PROTECTION);
            if claim.class.is_none() {
                claim.class = default_class(store);
            }
        }
        Object::Volume(volume) => protect(&mut Rc::make_mut(volume).meta, VOLUME_PROTECTION),
        _ => {}
    }
}

fn protect(meta: &mut Meta, finalizer: &str) {
    if !meta.finalizers.iter().any(|f| &**f == finalizer) {
        meta.finalizers.push(finalizer.into());
    }
}

/// The newest class that is marked as default; of equally old ones the first by name.
// upstream: volume/util GetDefaultClass
fn default_class(store: &Store) -> Option<Str> {
    store
        .list::<StorageClass>(Kind::StorageClass)
        .map(|(_, class)| class)
        .filter(|c| c.meta.annotations.get(DEFAULT_CLASS).is_some_and(|v| &**v == "true"))
        .min_by_key(|c| (std::cmp::Reverse(c.meta.created.secs()), Rc::clone(&c.meta.name)))
        .map(|c| Rc::clone(&c.meta.name))
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match new.or(old) {
        Some(Object::Claim(claim)) => {
            cx.enqueue(Controller::Claim, key);
            if new.is_none()
                && let Some(name) = &claim.volume
                && let Some(volume) = cx.store.find(Kind::PersistentVolume, "", name)
            {
                cx.enqueue(Controller::Claim, volume);
            }
        }
        Some(Object::Volume(volume)) => observe_volume(cx, key, volume, new.is_none()),
        Some(Object::Pod(pod)) if old.is_none() != new.is_none() => observe_pod(cx, key, pod, new.is_none()),
        Some(Object::Pod(pod)) if pod.is_terminal() => enqueue_claims(cx, pod),
        Some(Object::Pod(pod))
            if crate::DATA && matches!(old, Some(Object::Pod(o)) if o.status.phase != pod.status.phase) =>
        {
            enqueue_claims(cx, pod);
        }
        Some(Object::StorageClass(_)) if old.is_none() => {
            let keys: Vec<Key> = cx.store.of_kind(Kind::PersistentVolumeClaim).iter().copied().collect();
            let pending = |k: &Key| cx.store.get::<Claim>(*k).is_some_and(|c| c.phase == VolumePhase::Pending);
            for key in keys.into_iter().filter(pending).collect::<Vec<_>>() {
                cx.enqueue(Controller::Claim, key);
            }
        }
        _ => {}
    }
}

fn observe_volume(cx: &mut Context, key: Key, volume: &Volume, gone: bool) {
    let waits =
        !gone && !volume.meta.deleting() && matches!(volume.phase, VolumePhase::Pending | VolumePhase::Available);
    if waits {
        cx.memory.claim.available.insert(key);
    } else {
        cx.memory.claim.available.remove(&key);
    }
    cx.enqueue(Controller::Claim, key);
    if gone
        && let Some((namespace, name)) = &volume.claim
        && let Some(claim) = cx.store.find(Kind::PersistentVolumeClaim, namespace, name)
    {
        cx.enqueue(Controller::Claim, claim);
    }
}

fn claim_keys(cx: &mut Context, pod: &Pod) -> Vec<Key> {
    let namespace = &pod.meta.namespace;
    pod.claim_names().map(|name| cx.store.intern(Kind::PersistentVolumeClaim, namespace, name)).collect()
}

fn observe_pod(cx: &mut Context, key: Key, pod: &Pod, gone: bool) {
    for claim in claim_keys(cx, pod) {
        if gone {
            if let Some(pods) = cx.memory.claim.users.get_mut(&claim) {
                pods.remove(&key);
                if pods.is_empty() {
                    cx.memory.claim.users.remove(&claim);
                }
            }
        } else {
            cx.memory.claim.users.entry(claim).or_default().insert(key);
        }
    }
    if gone {
        enqueue_claims(cx, pod);
    }
}

/// Looks again at those of the pod's claims that wait to be deleted, or to be grown.
// upstream: volume/pvcprotection enqueuePVCs
fn enqueue_claims(cx: &mut Context, pod: &Pod) {
    for claim in claim_keys(cx, pod) {
        if cx.store.get::<Claim>(claim).is_some_and(|c| c.meta.deleting() || c.resize != Resize::None) {
            cx.enqueue(Controller::Claim, claim);
        }
    }
}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(cx: &mut Context, key: Key) {
    match cx.store.object(key).cloned() {
        Some(Object::Claim(claim)) => sync_claim(cx, key, &claim),
        Some(Object::Volume(volume)) => sync_volume(cx, key, &volume),
        _ => {}
    }
}

// upstream: volume/persistentvolume syncClaim; volume/pvcprotection processPVC
fn sync_claim(cx: &mut Context, key: Key, claim: &Claim) {
    if claim.meta.deleting() && claim.meta.finalizers.iter().any(|f| &**f == CLAIM_PROTECTION) {
        // upstream: podUsesPVCForDeletion: a pod without a node does not use it yet
        if !users(cx, key).any(|(_, pod)| pod.node.is_some()) {
            cx.update::<Claim>(key, |c| c.meta.finalizers.retain(|f| &**f != CLAIM_PROTECTION));
            return;
        }
    }
    match (&claim.volume, claim.phase) {
        (Some(name), VolumePhase::Bound) if cx.store.lookup::<Volume>(Kind::PersistentVolume, "", name).is_none() => {
            cx.update::<Claim>(key, |c| c.phase = VolumePhase::Lost);
            let text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
            cx.event(key, EventType::Warning, "ClaimLost", text);
        }
        (Some(_), VolumePhase::Bound) if crate::DATA => expand::sync(cx, key, claim),
        (Some(name), VolumePhase::Pending) => bind_to_named(cx, key, claim, &Rc::clone(name)),
        (None, VolumePhase::Pending) if !claim.meta.deleting() => find_volume(cx, key, claim),
        _ => {}
    }
}

/// The claim asks for a volume by name.
fn bind_to_named(cx: &mut Context, key: Key, claim: &Claim, name: &str) {
    let Some(volume_key) = cx.store.find(Kind::PersistentVolume, "", name) else { return };
    let Some(volume) = cx.get::<Volume>(volume_key) else { return };
    if volume.claim.as_ref().is_none_or(|c| is_for(c, claim)) {
        bind(cx, key, volume_key);
    } else {
        let text = format!("volume \"{name}\" already bound to a different claim.");
        cx.event(key, EventType::Warning, "FailedBinding", text);
    }
}

fn is_for((namespace, name): &(Str, Str), claim: &Claim) -> bool {
    *namespace == claim.meta.namespace && *name == claim.meta.name
}

// upstream: volume/persistentvolume syncUnboundClaim
fn find_volume(cx: &mut Context, key: Key, claim: &Claim) {
    let class_name = claim.class.clone().unwrap_or_default();
    let class = cx.store.lookup::<StorageClass>(Kind::StorageClass, "", &class_name).cloned();
    let waits = class.as_ref().is_some_and(|c| c.wait_for_consumer);
    let selected = claim.meta.annotations.get(SELECTED_NODE).cloned();
    if let Some(volume) = best_match(cx, claim, &class_name, waits, selected.as_ref()) {
        bind(cx, key, volume);
    } else if claim.class.is_none() && default_class(&cx.store).is_some() {
        // upstream: assignDefaultStorageClass
        let class = default_class(&cx.store);
        cx.update::<Claim>(key, |c| c.class = class);
    } else if waits && selected.is_none() {
        let waiting = unscheduled(cx, key);
        let (reason, text) = match &waiting[..] {
            [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
            [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
            pods => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", pods.join(","))),
        };
        cx.event(key, EventType::Normal, reason, text);
    } else if class_name.is_empty() {
        let text = "no persistent volumes available for this claim and no storage class is set";
        cx.event(key, EventType::Normal, "FailedBinding", text);
    } else if let Some(class) = class {
        provision(cx, key, claim, &class, selected.as_ref());
    } else {
        let text = format!("storageclass.storage.k8s.io \"{class_name}\" not found");
        cx.event(key, EventType::Warning, "ProvisioningFailed", text);
    }
}

/// Names of the pods that mount the claim and have no node. A pod that came no longer ago than watches take to tell
/// is not seen yet.
// upstream: volume/persistentvolume findNonScheduledPodsByPVC
fn unscheduled(cx: &Context, key: Key) -> Vec<Str> {
    let seen = |pod: &Pod| pod.meta.created + cx.config.watch_latency < cx.now();
    let waits = |pod: &Pod| pod.node.is_none() && !pod.is_terminal() && seen(pod);
    users(cx, key).filter(|(_, p)| waits(p)).map(|(_, p)| Rc::clone(&p.meta.name)).collect()
}

/// The smallest waiting volume that will do. A class that waits for a consumer gives one only once a node is chosen,
/// or to the claim that the volume names.
// upstream: volume/persistentvolume findBestMatchForClaim
fn best_match(cx: &Context, claim: &Claim, class: &str, waits: bool, selected: Option<&Str>) -> Option<Key> {
    let zone = selected.and_then(|node| zone_of(cx, node));
    let fits = |volume: &Volume| match &volume.claim {
        Some(named) => is_for(named, claim),
        None => {
            (!waits || selected.is_some())
                && (selected.is_none() || volume.zone.is_none() || volume.zone == zone)
                && *volume.class == *class
                && volume.bytes >= claim.bytes
                && claim.access_modes.iter().all(|m| volume.access_modes.contains(m))
        }
    };
    let candidates = cx.memory.claim.available.iter().filter_map(|&k| Some((k, cx.store.get::<Volume>(k)?)));
    candidates.filter(|(_, v)| fits(v)).min_by_key(|(k, v)| (v.claim.is_none(), v.bytes, *k)).map(|(k, _)| k)
}

fn zone_of(cx: &Context, node: &str) -> Option<Str> {
    let key = cx.store.find(Kind::Node, "", node)?;
    cx.store.object(key)?.meta().labels.get(ZONE_LABEL).cloned()
}

/// Writes the bond on both sides.
// upstream: volume/persistentvolume bind
fn bind(cx: &mut Context, claim_key: Key, volume_key: Key) {
    let Some(claim) = cx.get::<Claim>(claim_key) else { return };
    let Some(name) = cx.store.get::<Volume>(volume_key).map(|v| Rc::clone(&v.meta.name)) else { return };
    cx.update::<Volume>(volume_key, |v| {
        if v.claim.is_none() {
            v.claim = Some((Rc::clone(&claim.meta.namespace), Rc::clone(&claim.meta.name)));
            v.meta.annotations.set(BOUND_BY_CONTROLLER, "yes");
        }
        v.phase = VolumePhase::Bound;
    });
    cx.update::<Claim>(claim_key, |c| {
        if c.volume.is_none() {
            c.volume = Some(name);
            c.meta.annotations.set(BOUND_BY_CONTROLLER, "yes");
        }
        c.meta.annotations.set(BIND_COMPLETED, "yes");
        c.phase = VolumePhase::Bound;
    });
}

/// Asks the provisioner, and, once it was asked, does its work.
// upstream: volume/persistentvolume provisionClaimOperationExternal; sig-storage-lib-external-provisioner
fn provision(cx: &mut Context, key: Key, claim: &Claim, class: &StorageClass, selected: Option<&Str>) {
    if &*class.provisioner == NO_PROVISIONER {
        let text = format!("no volume plugin matched name: {NO_PROVISIONER}");
        cx.event(key, EventType::Warning, "ProvisioningFailed", text);
        return;
    }
    if claim.meta.annotations.get(PROVISIONER) != Some(&class.provisioner) {
        cx.update::<Claim>(key, |c| {
            c.meta.annotations.set(PROVISIONER, Rc::clone(&class.provisioner));
            c.meta.annotations.set(PROVISIONER_BETA, Rc::clone(&class.provisioner));
        });
        let text = format!(
            "Waiting for a volume to be created either by the external provisioner '{}' or manually by the system \
             administrator. If volume creation is delayed, please verify that the provisioner is running and \
             correctly registered.",
            class.provisioner
        );
        cx.event(key, EventType::Normal, "ExternalProvisioning", text);
        return;
    }
    let mut meta = Meta::named("", format!("pvc-{}", claim.meta.uid));
    meta.annotations.set(PROVISIONED_BY, Rc::clone(&class.provisioner));
    // It may have been created by an earlier look at the claim; then its own turn will bind it.
    _ = cx.create(Volume {
        meta,
        class: Rc::clone(&class.meta.name),
        access_modes: claim.access_modes.clone(),
        bytes: claim.bytes,
        claim: Some((Rc::clone(&claim.meta.namespace), Rc::clone(&claim.meta.name))),
        zone: selected.and_then(|node| zone_of(cx, node)),
        reclaim_delete: class.reclaim_delete,
        ..Volume::default()
    });
}

// upstream: volume/persistentvolume syncVolume; volume/pvprotection
fn sync_volume(cx: &mut Context, key: Key, volume: &Volume) {
    if volume.meta.deleting() && volume.phase != VolumePhase::Bound {
        cx.update::<Volume>(key, |v| v.meta.finalizers.retain(|f| &**f != VOLUME_PROTECTION));
        return;
    }
    let Some((namespace, name)) = &volume.claim else {
        cx.update::<Volume>(key, |v| v.phase = VolumePhase::Available);
        return;
    };
    let claim_key = cx.store.find(Kind::PersistentVolumeClaim, namespace, name);
    let claim = claim_key.and_then(|k| Some((k, cx.get::<Claim>(k)?)));
    let provisioned = volume.meta.annotations.get(PROVISIONED_BY).is_some();
    let waits = matches!(volume.phase, VolumePhase::Pending | VolumePhase::Available);
    match claim {
        Some((_, claim)) if claim.volume.as_ref() == Some(&volume.meta.name) && claim.phase == VolumePhase::Bound => {
            cx.update::<Volume>(key, |v| v.phase = VolumePhase::Bound);
        }
        Some((claim_key, claim)) if waits && claim.volume.as_ref().is_none_or(|v| *v == volume.meta.name) => {
            if !provisioned {
                cx.update::<Volume>(key, |v| v.phase = VolumePhase::Available);
            }
            cx.enqueue(Controller::Claim, claim_key);
        }
        None if waits && !provisioned => {
            // A person named a claim that is still to come.
            cx.update::<Volume>(key, |v| v.phase = VolumePhase::Available);
        }
        _ => release(cx, key, volume),
    }
}

/// The claim is gone: the volume is kept or deleted as its policy says.
// upstream: volume/persistentvolume reclaimVolume
fn release(cx: &mut Context, key: Key, volume: &Volume) {
    if cx.update::<Volume>(key, |v| v.phase = VolumePhase::Released) {
        return;
    }
    if volume.reclaim_delete && !volume.meta.deleting() {
        _ = cx.delete(key, DeleteOptions::default());
    }
}

#[cfg(test)]
mod expand_tests;
#[cfg(test)]
mod tests;
