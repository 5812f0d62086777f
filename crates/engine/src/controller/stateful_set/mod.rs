//! The StatefulSet controller.
//!
//! `mod` watches and gathers pods, `revision` keeps the history of templates, `update` decides what to create and
//! delete, `pods` does it, `claims` looks after owners of claims, `status` counts.

mod claims;
mod pods;
mod revision;
mod status;
mod update;

#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;

use super::Controller;
use super::retry::{self, Retries};
use crate::api::Context;
use crate::object::{Key, Kind, Object, OwnerRef, Pod, StatefulSet, Str};
use podscope_schema::sort::sort_by_key;
use std::rc::Rc;

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Sets whose reconcile failed.
    retries: Retries,
}

impl Memory {
    /// Whether the last reconcile of this set failed, and is to be tried again.
    pub fn fails(&self, key: Key) -> bool {
        self.retries.fails(key)
    }
}

/// A pod that is there, with its ordinal.
#[derive(Clone)]
struct Member {
    key: Key,
    pod: Rc<Pod>,
    ordinal: i64,
}

/// Why a reconcile ended early: it is tried again later.
#[derive(Debug)]
struct Failure(String);

/// Enqueues what the change of the object at `key` concerns.
// upstream: statefulset/stateful_set.go addPod, updatePod, deletePod
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match new.or(old) {
        Some(Object::StatefulSet(_)) => cx.enqueue(Controller::StatefulSet, key),
        Some(Object::Pod(_)) => observe_pod(cx, old.and_then(as_pod), new.and_then(as_pod)),
        _ => {}
    }
}

fn as_pod(object: &Object) -> Option<&Pod> {
    if let Object::Pod(pod) = object { Some(pod) } else { None }
}

fn observe_pod(cx: &mut Context, old: Option<&Pod>, new: Option<&Pod>) {
    let was = old.and_then(|p| p.meta.controller());
    let is = new.and_then(|p| p.meta.controller());
    if let Some(owner) = was
        && is != was
    {
        enqueue_owner(cx, old, owner);
    }
    if let Some(owner) = is {
        enqueue_owner(cx, new, owner);
        return;
    }
    let Some(pod) = new else { return };
    if pod.meta.deleting() || old.is_some_and(|o| o.meta.labels == pod.meta.labels && was.is_none()) {
        return;
    }
    let matching: Vec<Key> = cx
        .store
        .in_namespace(Kind::StatefulSet, &pod.meta.namespace)
        .iter()
        .copied()
        .filter(|&k| cx.store.get::<StatefulSet>(k).is_some_and(|s| selects(s, pod)))
        .collect();
    for key in matching {
        cx.enqueue(Controller::StatefulSet, key);
    }
}

fn enqueue_owner(cx: &mut Context, pod: Option<&Pod>, owner: &OwnerRef) {
    if &*owner.kind == "StatefulSet"
        && let Some(pod) = pod
        && let Some(key) = cx.store.find(Kind::StatefulSet, &pod.meta.namespace, &owner.name)
        && cx.store.get::<StatefulSet>(key).is_some_and(|s| s.meta.uid == owner.uid)
    {
        cx.enqueue(Controller::StatefulSet, key);
    }
}

/// Whether the set's selector matches; an empty selector selects nothing here.
// upstream: listers/apps/v1 GetPodStatefulSets
fn selects(set: &StatefulSet, pod: &Pod) -> bool {
    !set.selector.is_empty() && set.selector.matches(&pod.meta.labels)
}

/// Brings what is closer to what is asked for at `key`.
// upstream: statefulset/stateful_set.go sync
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(set) = cx.get::<StatefulSet>(key) else {
        cx.memory.stateful_set.retries.forget(key);
        return;
    };
    revision::adopt_orphans(cx, &set);
    let members = claim_pods(cx, &set);
    if let Ok(status) = update::update(cx, key, &set, &members) {
        cx.memory.stateful_set.retries.forget(key);
        if set.min_ready > 0 && status.ready != status.available {
            let delay = status::next_availability(&members, set.min_ready, cx.now());
            cx.enqueue_after(Controller::StatefulSet, key, delay);
        }
    } else {
        retry::later(cx, Controller::StatefulSet, key, |m| &mut m.stateful_set.retries);
    }
}

/// The set's pods by ordinal: adopts matching pods without a controller, releases those that match no longer.
// upstream: controller_ref_manager ClaimPods with statefulset isMemberOf
fn claim_pods(cx: &mut Context, set: &StatefulSet) -> Vec<Member> {
    let matches = |pod: &Pod| {
        pods::parent_and_ordinal(&pod.meta.name)
            .filter(|(parent, _)| *parent == &*set.meta.name && set.selector.matches(&pod.meta.labels))
            .map(|(_, ordinal)| ordinal)
    };
    let mut members = Vec::new();
    let mut released = Vec::new();
    for (key, pod) in cx.store.pods_of(set.meta.uid) {
        match matches(pod) {
            Some(ordinal) => members.push(Member { key, pod: Rc::clone(pod), ordinal }),
            None => released.push(key),
        }
    }
    let mut adopted = Vec::new();
    if set.meta.deleting() {
        released.clear();
    } else {
        for &key in cx.store.orphans(Kind::Pod, &set.meta.namespace) {
            if let Some(pod) = cx.store.get::<Pod>(key).filter(|p| !p.meta.deleting())
                && let Some(ordinal) = matches(pod)
            {
                adopted.push((key, ordinal));
            }
        }
    }
    for key in released {
        cx.update::<Pod>(key, |pod| pod.meta.owners.retain(|o| o.uid != set.meta.uid));
    }
    for (key, ordinal) in adopted {
        cx.update::<Pod>(key, |pod| pod.meta.owners.push(owner_of(set)));
        if let Some(pod) = cx.get::<Pod>(key) {
            members.push(Member { key, pod, ordinal });
        }
    }
    sort_by_key(&mut members, |m| m.ordinal);
    members
}

/// The reference by which the set controls what it makes.
// upstream: metav1 NewControllerRef
fn owner_of(set: &StatefulSet) -> OwnerRef {
    thread_local! {
        static NAMES: (Str, Str) = ("apps/v1".into(), "StatefulSet".into());
    }
    let (api_version, kind) = NAMES.with(Clone::clone);
    OwnerRef {
        api_version,
        kind,
        name: Rc::clone(&set.meta.name),
        uid: set.meta.uid,
        controller: true,
        block_owner_deletion: true,
    }
}
