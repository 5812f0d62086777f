//! A ReplicaSet's pods: which are its own, and how new ones are made.

use crate::api::Context;
use crate::object::{Key, Kind, Meta, OwnerRef, Pod, ReplicaSet, Tested};
use std::rc::Rc;

/// The reference that makes `set` the controller of something.
pub fn owner_ref(set: &ReplicaSet) -> OwnerRef {
    let kind = if set.legacy { Kind::ReplicationController } else { Kind::ReplicaSet };
    OwnerRef {
        api_version: kind.api_version().into(),
        kind: kind.name().into(),
        name: Rc::clone(&set.meta.name),
        uid: set.meta.uid,
        controller: true,
        block_owner_deletion: true,
    }
}

/// A new pod of the set's template.
// upstream: controller_utils GetPodFromTemplate
pub fn new_pod(set: &ReplicaSet, owner: &OwnerRef) -> Pod {
    let mut meta = Meta::named(Rc::clone(&set.meta.namespace), "");
    meta.generate_name = Some(format!("{}-", set.meta.name).into());
    meta.labels = set.template.labels.clone();
    meta.annotations = set.template.annotations.clone();
    meta.owners.push(owner.clone());
    let mut pod = Pod::new(meta, Rc::clone(&set.template.spec));
    pod.node.clone_from(&pod.spec.node_name);
    pod
}

/// A set's pods that have not ended.
#[derive(Default)]
pub struct Claimed {
    /// Those that count.
    pub active: Vec<(Key, Rc<Pod>)>,
    /// Those that are being deleted.
    pub terminating: i64,
}

/// The pods of `set`, after taking in those that match and have no controller and letting go of those that no longer match.
// upstream: controller_ref_manager ClaimPods
pub fn claim(cx: &mut Context, set: &ReplicaSet) -> Claimed {
    let mut claimed = Claimed::default();
    let mut strays = Vec::new();
    let mut selected = Tested::default();
    for (key, pod) in cx.store.pods_of(set.meta.uid) {
        if !selected.check(&pod.meta.labels, |l| set.selector.matches(l)) {
            strays.push(key);
        } else if pod.is_active() {
            claimed.active.push((key, Rc::clone(pod)));
        } else if pod.meta.deleting() && !pod.is_terminal() {
            claimed.terminating += 1;
        }
    }
    if set.meta.deleting() {
        return claimed;
    }
    for key in strays {
        cx.update::<Pod>(key, |pod| pod.meta.owners.retain(|o| o.uid != set.meta.uid));
    }
    let orphans = cx.store.orphans(Kind::Pod, &set.meta.namespace).iter();
    let matching =
        |key: &Key| cx.store.get::<Pod>(*key).is_some_and(|p| p.is_active() && set.selector.matches(&p.meta.labels));
    let adopted: Vec<Key> = orphans.copied().filter(matching).collect();
    for key in adopted {
        cx.update::<Pod>(key, |pod| pod.meta.owners.push(owner_ref(set)));
        claimed.active.extend(cx.get::<Pod>(key).map(|pod| (key, pod)));
    }
    claimed
}
