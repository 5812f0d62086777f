//! A ReplicaSet's pods: which are its own, and how new ones are made.

use super::tally::{self, Counts};
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

/// A new pod of the set's template. Copies of it share all that is not theirs alone.
// upstream: controller_utils GetPodFromTemplate
pub fn new_pod(set: &ReplicaSet) -> Pod {
    let mut meta = Meta::named(Rc::clone(&set.meta.namespace), "");
    meta.generate_name = Some(format!("{}-", set.meta.name).into());
    meta.labels = set.template.labels.clone();
    meta.annotations = set.template.annotations.clone();
    meta.owners.push(owner_ref(set));
    let mut pod = Pod::new(meta, Rc::clone(&set.template.spec));
    pod.node.clone_from(&pod.spec.node_name);
    pod
}

/// Takes in the pods that match and have no controller, lets go of those that no longer match, and counts what is there.
// upstream: controller_ref_manager ClaimPods
pub fn claim(cx: &mut Context, set: &ReplicaSet) -> Counts {
    let counts = tally::count(cx, set);
    if set.meta.deleting() {
        return counts;
    }
    let mut strays = Vec::new();
    if counts.strays {
        let active = cx.store.pods_of(set.meta.uid).filter(|(_, p)| p.is_active());
        strays.extend(active.filter(|(_, p)| !set.selector.matches(&p.meta.labels)).map(|(key, _)| key));
    }
    let orphans = cx.store.orphans(Kind::Pod, &set.meta.namespace).iter();
    let matching =
        |key: &Key| cx.store.get::<Pod>(*key).is_some_and(|p| p.is_active() && set.selector.matches(&p.meta.labels));
    let adopted: Vec<Key> = orphans.copied().filter(matching).collect();
    if strays.is_empty() && adopted.is_empty() {
        return counts;
    }
    for key in strays {
        cx.update::<Pod>(key, |pod| pod.meta.owners.retain(|o| o.uid != set.meta.uid));
    }
    for key in adopted {
        cx.update::<Pod>(key, |pod| pod.meta.owners.push(owner_ref(set)));
    }
    tally::count(cx, set)
}

/// The pods of `set` that count, by key.
pub fn active(cx: &Context, set: &ReplicaSet) -> Vec<(Key, Rc<Pod>)> {
    let mut selected = Tested::default();
    let mut counts = |p: &Pod| p.is_active() && selected.check(&p.meta.labels, |labels| set.selector.matches(labels));
    let all = cx.store.pods_of(set.meta.uid);
    all.filter(|(_, p)| counts(p)).map(|(key, pod)| (key, Rc::clone(pod))).collect()
}
