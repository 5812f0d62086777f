//! The Deployment controller: rolls ReplicaSets, and through them pods, from one template to the next.

mod progress;
mod revision;
mod rolling;
mod scale;
#[cfg(test)]
mod tables;

pub use revision::{equal_ignoring_hash, hash as template_hash, number};
pub use scale::{max_surge, max_unavailable};

use crate::api::{Context, DeleteOptions};
use crate::controller::Controller;
use crate::object::{Deployment, EventType, Key, Kind, Meta, Object, OwnerRef, Pod, ReplicaSet};
use crate::time::SimTime;
use podscope_schema::sort::sort_by_key;
use podscope_schema::sorted::SortedMap;
use revision::Create;
use std::rc::Rc;
use std::time::Duration;

/// What it remembers between reconciles: when the last sync of each Deployment ends.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    busy_until: SortedMap<Key, SimTime>,
}

/// A ReplicaSet and its key.
type Set = (Key, Rc<ReplicaSet>);

/// A Deployment's ReplicaSets: the one of the present template, if there is one, and the others.
#[derive(Clone, Default)]
struct Sets {
    new: Option<Set>,
    old: Vec<Set>,
}

impl Sets {
    fn all(&self) -> impl Iterator<Item = &Set> {
        self.old.iter().chain(&self.new)
    }

    /// Reads all of them anew, after writes.
    fn refresh(&mut self, cx: &Context) {
        let again = |set: &Set| cx.get::<ReplicaSet>(set.0).map(|s| (set.0, s));
        self.new = self.new.as_ref().and_then(again);
        self.old = self.old.iter().filter_map(again).collect();
    }
}

fn replicas<'a>(sets: impl IntoIterator<Item = &'a Set>) -> i64 {
    sets.into_iter().map(|(_, s)| s.replicas).sum()
}

fn available<'a>(sets: impl IntoIterator<Item = &'a Set>) -> i64 {
    sets.into_iter().map(|(_, s)| s.status.available).sum()
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match new.or(old) {
        Some(Object::Deployment(_)) => wake(cx, key),
        Some(Object::ReplicaSet(set)) => {
            let owner = |o: Option<&Object>| o.and_then(|o| controller_of(cx, o.meta()));
            let (was, is) = (owner(old), owner(new));
            for key in [was, is.filter(|_| was != is)].into_iter().flatten() {
                wake(cx, key);
            }
            // A set without a controller may be adopted by any Deployment that selects it.
            if is.is_none() && new.is_some() && set.meta.controller().is_none() && !set.legacy {
                let all = cx.store.in_namespace(Kind::Deployment, &set.meta.namespace).iter();
                let selects =
                    |k: &Key| cx.store.get::<Deployment>(*k).is_some_and(|d| d.selector.matches(&set.meta.labels));
                for key in all.copied().filter(selects).collect::<Vec<_>>() {
                    wake(cx, key);
                }
            }
        }
        // A Deployment that is recreated waits for the last of its old pods.
        Some(Object::Pod(pod)) if new.is_none() || pod.is_terminal() => {
            let set = pod.meta.controller().filter(|o| &*o.kind == "ReplicaSet");
            let set = set
                .and_then(|o| cx.store.lookup::<ReplicaSet>(Kind::ReplicaSet, &pod.meta.namespace, &o.name))
                .cloned();
            let owner = set.and_then(|s| controller_of(cx, &s.meta));
            let recreated = |k: &Key| cx.store.get::<Deployment>(*k).is_some_and(|d| d.rolling.is_none());
            if let Some(key) = owner.filter(recreated) {
                wake(cx, key);
            }
        }
        _ => {}
    }
}

/// A sync writes to the API server several times, one after the other, so the next one of the same Deployment begins only
/// when it has ended; what happens meanwhile is seen together.
const SYNC: Duration = Duration::from_millis(20);

fn wake(cx: &mut Context, key: Key) {
    let free = cx.memory.deployment.busy_until.get(&key).map_or(Duration::ZERO, |at| *at - cx.now());
    cx.enqueue_after(Controller::Deployment, key, free.max(cx.config.watch_latency));
}

fn controller_of(cx: &Context, meta: &Meta) -> Option<Key> {
    let owner = meta.controller().filter(|o| &*o.kind == "Deployment")?;
    cx.store.find(Kind::Deployment, &meta.namespace, &owner.name)
}

fn owner_ref(d: &Deployment) -> OwnerRef {
    OwnerRef {
        api_version: Kind::Deployment.api_version().into(),
        kind: Kind::Deployment.name().into(),
        name: Rc::clone(&d.meta.name),
        uid: d.meta.uid,
        controller: true,
        block_owner_deletion: true,
    }
}

/// Brings what is closer to what is asked for at `key`.
// upstream: deployment syncDeployment
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(d) = cx.get::<Deployment>(key) else {
        cx.memory.deployment.busy_until.remove(&key);
        return;
    };
    cx.memory.deployment.busy_until.insert(key, cx.now() + SYNC);
    let list = claim(cx, &d);
    if d.meta.deleting() {
        let sets = revision::sort(cx, key, &d, &list, Create::No);
        progress::write_status(cx, key, &sets);
        return;
    }
    // upstream goes on with the object as it was before this write, so its next status write is refused as a conflict.
    let stale = progress::mark_paused(cx, key);
    let Some(d) = cx.get::<Deployment>(key) else { return };
    if d.paused || is_scaling(cx, key, &d, &list) {
        let sets = revision::sort(cx, key, &d, &list, Create::No);
        let mut sets = scale::scale(cx, key, &d, sets);
        if d.paused {
            clean_up(cx, &d, &sets);
            sets.refresh(cx);
        }
        progress::write_status(cx, key, &sets);
        return;
    }
    if stale && d.rolling.is_some() {
        revision::sort(cx, key, &d, &list, Create::Silently);
        return;
    }
    let sets = if d.rolling.is_some() { rolling::roll(cx, key, &d, &list) } else { recreate(cx, key, &d, &list) };
    progress::write_rollout(cx, key, &sets);
}

/// The Deployment's ReplicaSets, after taking in those that match and letting go of those that no longer do.
fn claim(cx: &mut Context, d: &Deployment) -> Vec<Set> {
    let owned: Vec<Key> = cx.store.owned_by(d.meta.uid).iter().copied().collect();
    let mut sets = Vec::new();
    for key in owned {
        let Some(set) = cx.get::<ReplicaSet>(key) else { continue };
        if d.selector.matches(&set.meta.labels) {
            sets.push((key, set));
        } else if !d.meta.deleting() {
            cx.update::<ReplicaSet>(key, |s| s.meta.owners.retain(|o| o.uid != d.meta.uid));
        }
    }
    if !d.meta.deleting() {
        let orphans: Vec<Key> = cx.store.orphans(Kind::ReplicaSet, &d.meta.namespace).iter().copied().collect();
        for key in orphans {
            let fits = cx
                .store
                .get::<ReplicaSet>(key)
                .is_some_and(|s| !s.meta.deleting() && d.selector.matches(&s.meta.labels));
            if fits {
                cx.update::<ReplicaSet>(key, |s| s.meta.owners.push(owner_ref(d)));
                sets.extend(cx.get::<ReplicaSet>(key).map(|s| (key, s)));
            }
        }
    }
    sets
}

/// Whether only the number of replicas changed: then sets are scaled, and nothing is rolled.
// upstream: deployment isScalingEvent
fn is_scaling(cx: &mut Context, key: Key, d: &Deployment, list: &[Set]) -> bool {
    let sets = revision::sort(cx, key, d, list, Create::No);
    let mut active = sets.all().filter(|(_, s)| s.replicas > 0);
    active.any(|(_, s)| scale::annotated(s, scale::DESIRED).is_some_and(|n| n != d.replicas))
}

/// All old pods first, then the new ones.
// upstream: deployment rolloutRecreate
fn recreate(cx: &mut Context, key: Key, d: &Deployment, list: &[Set]) -> Sets {
    let mut sets = revision::sort(cx, key, d, list, Create::No);
    let mut scaled = false;
    for (set, _) in sets.old.clone().iter().filter(|(_, s)| s.replicas > 0) {
        scaled |= scale::set_replicas(cx, key, d, *set, 0);
    }
    sets.refresh(cx);
    if scaled || old_pods_run(cx, &sets) {
        return sets;
    }
    if sets.new.is_none() {
        sets = revision::sort(cx, key, d, list, Create::Yes);
    }
    if let Some((set, _)) = &sets.new {
        scale::set_replicas(cx, key, d, *set, d.replicas);
    }
    sets.refresh(cx);
    clean_up_when_complete(cx, key, &mut sets);
    sets
}

// upstream: deployment oldPodsRunning
fn old_pods_run(cx: &Context, sets: &Sets) -> bool {
    let running = |pod: &Pod| !pod.is_terminal();
    sets.old.iter().any(|(_, s)| s.status.replicas > 0 || cx.store.pods_of(s.meta.uid).any(|(_, p)| running(p)))
}

fn clean_up_when_complete(cx: &mut Context, key: Key, sets: &mut Sets) {
    let complete = cx.get::<Deployment>(key).filter(|d| progress::is_complete(d, &d.status));
    if let Some(d) = complete {
        clean_up(cx, &d, sets);
        sets.refresh(cx);
    }
}

/// Deletes old, empty ReplicaSets beyond the history limit, the lowest revision first.
// upstream: deployment cleanupDeployment
fn clean_up(cx: &mut Context, d: &Deployment, sets: &Sets) {
    let mut old: Vec<&Set> = sets.old.iter().filter(|(_, s)| !s.meta.deleting()).collect();
    let Ok(surplus) = usize::try_from(old.len() as i64 - d.history_limit) else { return };
    sort_by_key(&mut old, |(_, s)| revision::number(s));
    for (key, s) in old.into_iter().take(surplus) {
        if s.status.replicas == 0 && s.replicas == 0 && s.meta.generation <= s.status.observed_generation {
            // It may be gone already, which is what was wanted.
            _ = cx.delete(*key, DeleteOptions::default());
        }
    }
}

fn scaled_event(cx: &mut Context, key: Key, set: &str, from: i64, to: i64) {
    let way = if to > from { "up" } else { "down" };
    cx.event(
        key,
        EventType::Normal,
        "ScalingReplicaSet",
        format!("Scaled {way} replica set {set} from {from} to {to}"),
    );
}
