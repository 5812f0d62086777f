//! A pod's claims, as far as they bear on where it can go.

use super::filter::Why;
use crate::api::Context;
use crate::controller::claim::users;
use crate::object::{Claim, Key, Kind, Pod, StorageClass, Str, Volume, VolumePhase};
use crate::topology::DEFAULT_CLASS;
use std::rc::Rc;

/// The annotation that tells the provisioner for which node a volume is wanted.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

/// What a pod's claims ask of its node.
#[derive(Debug, Default)]
pub struct Claims {
    /// Claims that wait for their first consumer to be placed.
    pub to_bind: Vec<Key>,
    /// A claim that one pod at a time may use is in use.
    pub taken: bool,
    /// Zones in which bound volumes live.
    pub zones: Vec<Str>,
    /// The node that one of the claims was promised to already.
    pub selected_node: Option<Str>,
}

/// Why no node can be looked at at all.
#[derive(Debug, PartialEq, Eq)]
pub struct NotYet {
    /// In upstream's words.
    pub message: String,
    /// What upstream's preemption has to say on top.
    pub after: Option<&'static str>,
    /// Bits of [`Why`].
    pub why: u8,
}

/// Looks at the pod's claims.
///
/// # Errors
/// When one is missing, is going, or is bound by others and not yet.
// upstream: volumebinding PreFilter
pub fn claims_of(cx: &Context, pod: &Pod) -> Result<Claims, NotYet> {
    let mut claims = Claims::default();
    let not_yet = |message: String, after| Err(NotYet { message, after, why: Why::VOLUME });
    for name in pod.claim_names() {
        let key = cx.store.find(Kind::PersistentVolumeClaim, &pod.meta.namespace, name);
        let Some((key, claim)) = key.and_then(|k| Some((k, cx.store.get::<Claim>(k)?))) else {
            return not_yet(format!("persistentvolumeclaim \"{name}\" not found"), Some("not found"));
        };
        if claim.phase == VolumePhase::Lost {
            return not_yet(format!("persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume"), None);
        }
        if claim.meta.deleting() {
            return not_yet(format!("persistentvolumeclaim \"{name}\" is being deleted"), None);
        }
        if crate::DATA && claim.access_modes.iter().any(|m| &**m == "ReadWriteOncePod") {
            claims.taken |= users(cx, key)
                .any(|(k, p)| !p.is_terminal() && (p.node.is_some() || cx.memory.scheduler.assumed.contains_key(&k)));
        }
        if let Some(volume) = &claim.volume {
            let volume = cx.store.lookup::<Volume>(Kind::PersistentVolume, "", volume);
            claims.zones.extend(volume.and_then(|v| v.zone.clone()));
        }
        if claim.phase == VolumePhase::Bound {
            continue;
        }
        if claim.volume.is_some() || !waits_for_consumer(cx, claim) {
            return not_yet("pod has unbound immediate PersistentVolumeClaims".to_owned(), None);
        }
        if let Some(node) = claim.meta.annotations.get(SELECTED_NODE) {
            claims.selected_node = Some(Rc::clone(node));
        }
        claims.to_bind.push(key);
    }
    Ok(claims)
}

/// Whether all of the pod's claims are bound.
pub fn all_bound(cx: &Context, pod: &Pod) -> bool {
    pod.claim_names().all(|name| {
        let claim = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, &pod.meta.namespace, name);
        claim.is_some_and(|c| c.phase == VolumePhase::Bound)
    })
}

/// Whether the provisioner was told to make this claim's volume for this node.
pub fn promised_to(cx: &Context, claim: Key, node: &Str) -> bool {
    cx.store.get::<Claim>(claim).is_some_and(|c| c.meta.annotations.get(SELECTED_NODE) == Some(node))
}

/// What became of a claim that was promised to a node: it is gone, or it is promised no longer.
// upstream: volumebinding checkBindings
pub fn lost(cx: &Context, pod: &Pod, node: &Str) -> Option<String> {
    let namespace = &pod.meta.namespace;
    let what = pod.claim_names().find_map(|name| {
        let Some(claim) = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, namespace, name) else {
            return Some(format!(
                "failed to check provisioning pvc: could not find v1.PersistentVolumeClaim \"{namespace}/{name}\""
            ));
        };
        match claim.meta.annotations.get(SELECTED_NODE) {
            _ if claim.phase == VolumePhase::Bound => None,
            Some(promised) if promised == node => None,
            Some(_) => Some(format!("provisioning failed for PVC \"{name}\"")),
            None => Some(format!("selectedNode annotation reset for PVC \"{name}\"")),
        }
    })?;
    Some(format!("running PreBind plugin \"VolumeBinding\": binding volumes: {what}"))
}

fn waits_for_consumer(cx: &Context, claim: &Claim) -> bool {
    let class = match &claim.class {
        Some(name) => cx.store.lookup::<StorageClass>(Kind::StorageClass, "", name),
        None => cx
            .store
            .list::<StorageClass>(Kind::StorageClass)
            .map(|(_, class)| class)
            .find(|c| c.meta.annotations.get(DEFAULT_CLASS).is_some_and(|v| &**v == "true")),
    };
    class.is_some_and(|c| c.wait_for_consumer)
}
