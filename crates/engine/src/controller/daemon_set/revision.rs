//! ControllerRevisions: the templates that a set has had.

use super::super::{deployment, owned};
use super::HASH_LABEL;
use crate::api::{Context, DeleteOptions};
use crate::object::{ControllerRevision, DaemonSet, Key, Kind, Meta, Str};
use podscope_schema::sort::sort_by_key;
use std::rc::Rc;

/// What a set had, and has.
pub(super) struct Revisions {
    /// The hash of the present revision, which its pods carry.
    pub hash: Str,
    old: Vec<(Key, Rc<ControllerRevision>)>,
}

/// Finds or makes the revision of the set's present template.
// upstream: daemon/update constructHistory
pub(super) fn resolve(cx: &mut Context, key: Key, set: &DaemonSet) -> Option<Revisions> {
    let (mut current, mut old) = (Vec::new(), Vec::new());
    for (at, revision) in controlled(cx, set) {
        let list = if revision.template == set.template { &mut current } else { &mut old };
        list.push((at, revision));
    }
    let next = old.iter().map(|(_, r)| r.revision).max().unwrap_or_default() + 1;
    // upstream: dedupCurHistories keeps the newest
    sort_by_key(&mut current, |(at, r)| (r.revision, *at));
    let hash = match current.pop() {
        Some((at, revision)) => {
            if revision.revision < next {
                cx.update::<ControllerRevision>(at, |r| r.revision = next);
            }
            revision.meta.labels.get(HASH_LABEL).unwrap_or(&revision.meta.name).clone()
        }
        None => snapshot(cx, key, set, next)?,
    };
    for (at, _) in current {
        // It may be gone already, which is what was wanted.
        _ = cx.delete(at, DeleteOptions::default());
    }
    Some(Revisions { hash, old })
}

/// The set's revisions, after taking in matching ones that have no controller.
// upstream: daemon/update controlledHistories
fn controlled(cx: &mut Context, set: &DaemonSet) -> Vec<(Key, Rc<ControllerRevision>)> {
    let matches = |r: &Rc<ControllerRevision>| set.selector.matches(&r.meta.labels);
    let orphans = cx.store.orphans(Kind::ControllerRevision, &set.meta.namespace).iter().copied();
    let adopted: Vec<Key> = orphans.filter(|k| cx.store.get::<ControllerRevision>(*k).is_some_and(matches)).collect();
    for key in adopted {
        let owner = owned::owner_ref(Kind::DaemonSet, &set.meta);
        cx.update::<ControllerRevision>(key, |r| r.meta.owners.push(owner));
    }
    let all = cx.store.owned_by(set.meta.uid).iter();
    all.filter_map(|&key| cx.get::<ControllerRevision>(key).filter(matches).map(|r| (key, r))).collect()
}

// upstream: daemon/update snapshot
fn snapshot(cx: &mut Context, key: Key, set: &DaemonSet, number: i64) -> Option<Str> {
    let mut collisions = set.status.collisions;
    loop {
        let hash: Str = deployment::template_hash(&set.template, collisions).into();
        let mut meta = Meta::named(Rc::clone(&set.meta.namespace), format!("{}-{hash}", set.meta.name));
        meta.labels = set.template.labels.clone();
        meta.labels.set(HASH_LABEL, Rc::clone(&hash));
        meta.annotations = set.meta.annotations.clone();
        meta.owners.push(owned::owner_ref(Kind::DaemonSet, &set.meta));
        let name = Rc::clone(&meta.name);
        let revision = ControllerRevision { meta, revision: number, template: Rc::clone(&set.template) };
        if cx.create(revision).is_ok() {
            return Some(hash);
        }
        let there = cx.store.lookup::<ControllerRevision>(Kind::ControllerRevision, &set.meta.namespace, &name)?;
        if there.template == set.template {
            return Some(hash);
        }
        collisions += 1;
        cx.update::<DaemonSet>(key, |s| s.status.collisions = collisions);
    }
}

/// Deletes the oldest revisions that no pod has, beyond the history limit.
// upstream: daemon/update cleanupHistory
pub(super) fn clean_up(cx: &mut Context, set: &DaemonSet, revisions: &Revisions) {
    let limit = usize::try_from(set.history_limit).unwrap_or_default();
    let mut surplus = revisions.old.len().saturating_sub(limit);
    if surplus == 0 {
        return;
    }
    let live: Vec<Str> =
        cx.store.pods_of(set.meta.uid).filter_map(|(_, p)| p.meta.labels.get(HASH_LABEL).cloned()).collect();
    let mut old: Vec<&(Key, Rc<ControllerRevision>)> = revisions.old.iter().collect();
    sort_by_key(&mut old, |(key, r)| (r.revision, *key));
    for (key, revision) in old {
        if surplus > 0 && !revision.meta.labels.get(HASH_LABEL).is_some_and(|h| live.contains(h)) {
            // It may be gone already, which is what was wanted.
            _ = cx.delete(*key, DeleteOptions::default());
            surplus -= 1;
        }
    }
}
