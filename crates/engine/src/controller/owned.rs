//! The pods of an owner that picks them by a selector: taking in, letting go, making, deleting.

use crate::api::{Context, DeleteOptions};
use crate::object::{EventType, Key, Kind, Meta, Object, OwnerRef, Pod, Selector};
use std::rc::Rc;

/// The reference by which the object with this metadata controls what it makes.
// upstream: metav1 NewControllerRef
pub fn owner_ref(kind: Kind, meta: &Meta) -> OwnerRef {
    OwnerRef {
        api_version: kind.api_version().into(),
        kind: kind.name().into(),
        name: Rc::clone(&meta.name),
        uid: meta.uid,
        controller: true,
        block_owner_deletion: true,
    }
}

/// The key of the object of this kind that controls what `meta` belongs to, if that is there.
pub fn controller_of(cx: &Context, kind: Kind, meta: &Meta) -> Option<Key> {
    let owner = meta.controller().filter(|o| &*o.kind == kind.name())?;
    let key = cx.store.find(kind, &meta.namespace, &owner.name)?;
    cx.store.object(key).filter(|o| o.meta().uid == owner.uid).map(|_| key)
}

/// The owners of this kind that a change of a pod concerns: its controller before and after, or, when it has none, those
/// that select it.
pub fn concerned(
    cx: &Context,
    kind: Kind,
    old: Option<&Pod>,
    new: Option<&Pod>,
    selects: fn(&Object, &Pod) -> bool,
) -> Vec<Key> {
    let owner = |pod: Option<&Pod>| pod.and_then(|p| controller_of(cx, kind, &p.meta));
    let (was, is) = (owner(old), owner(new));
    let mut keys: Vec<Key> = [was, is.filter(|_| was != is)].into_iter().flatten().collect();
    if let Some(orphan) = new.filter(|p| p.meta.controller().is_none() && !p.meta.deleting()) {
        let all = cx.store.in_namespace(kind, &orphan.meta.namespace).iter().copied();
        keys.extend(all.filter(|&k| cx.store.object(k).is_some_and(|o| selects(o, orphan))));
    }
    keys
}

/// The pods of an owner, ended and terminating ones too, after taking in those that match and have no controller and
/// letting go of those that no longer match.
// upstream: controller_ref_manager ClaimPods
pub fn claim(cx: &mut Context, kind: Kind, meta: &Meta, selector: &Selector) -> Vec<(Key, Rc<Pod>)> {
    let mut mine = Vec::new();
    let mut strays = Vec::new();
    for (key, pod) in cx.store.pods_of(meta.uid) {
        if selector.matches(&pod.meta.labels) {
            mine.push((key, Rc::clone(pod)));
        } else {
            strays.push(key);
        }
    }
    if meta.deleting() {
        return mine;
    }
    for key in strays {
        cx.update::<Pod>(key, |pod| pod.meta.owners.retain(|o| o.uid != meta.uid));
    }
    let fits = |pod: &Rc<Pod>| !pod.meta.deleting() && selector.matches(&pod.meta.labels);
    let orphans = cx.store.orphans(Kind::Pod, &meta.namespace).iter().copied();
    let adopted: Vec<Key> = orphans.filter(|k| cx.store.get::<Pod>(*k).is_some_and(fits)).collect();
    for key in adopted {
        cx.update::<Pod>(key, |pod| pod.meta.owners.push(owner_ref(kind, meta)));
        mine.extend(cx.get::<Pod>(key).map(|pod| (key, pod)));
    }
    mine
}

/// Creates a pod for the object at `owner` and says so.
///
/// # Errors
/// Why not, in the API server's words.
// upstream: controller_utils RealPodControl.createPods
pub fn create(cx: &mut Context, owner: Key, mut pod: Pod) -> Result<(), String> {
    pod.node.clone_from(&pod.spec.node_name);
    match cx.create(pod) {
        Ok(key) => {
            let message = format!("Created pod: {}", cx.store.name(key).name);
            cx.event(owner, EventType::Normal, "SuccessfulCreate", message);
            Ok(())
        }
        Err(e) => {
            cx.event(owner, EventType::Warning, "FailedCreate", format!("Error creating: {}", e.message));
            Err(e.message)
        }
    }
}

/// Deletes a pod of the object at `owner` and says so.
// upstream: controller_utils RealPodControl.DeletePod
pub fn delete(cx: &mut Context, owner: Key, pod: Key) {
    let name = Rc::clone(&cx.store.name(pod).name);
    if cx.delete(pod, DeleteOptions::default()).is_ok() {
        cx.event(owner, EventType::Normal, "SuccessfulDelete", format!("Deleted pod: {name}"));
    }
}
