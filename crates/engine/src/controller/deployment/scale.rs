//! Scaling a Deployment's ReplicaSets, in proportion when several hold pods.

use super::{Set, Sets, scaled_event};
use crate::api::Context;
use crate::object::{Deployment, Key, ReplicaSet};
use podscope_schema::sort::sort_by_key;

/// The annotation with the Deployment's replicas when the set was last scaled.
pub const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The annotation with the most pods there could be then.
pub const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// A number among a set's annotations.
pub fn annotated(set: &ReplicaSet, name: &str) -> Option<i64> {
    set.meta.annotations.get(name)?.parse().ok()
}

/// How many pods above `replicas` a rolling update may have.
// upstream: deployment/util MaxSurge
pub fn max_surge(d: &Deployment) -> i64 {
    if d.rolling.is_some() { fenceposts(d).0 } else { 0 }
}

/// How many of `replicas` a rolling update may lack.
// upstream: deployment/util MaxUnavailable
pub fn max_unavailable(d: &Deployment) -> i64 {
    if d.rolling.is_none() || d.replicas == 0 { 0 } else { fenceposts(d).1.min(d.replicas) }
}

/// Surge rounds up, unavailability down; when both come to 0, one may be unavailable.
// upstream: deployment/util ResolveFenceposts
pub fn fenceposts(d: &Deployment) -> (i64, i64) {
    let Some((surge, unavailable)) = &d.rolling else { return (0, 0) };
    let (surge, unavailable) = (surge.of(d.replicas, true), unavailable.of(d.replicas, false));
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// Sets the replicas of one set, keeps its annotations true, and tells of it. Says whether the number changed.
// upstream: deployment scaleReplicaSet
pub fn set_replicas(cx: &mut Context, key: Key, d: &Deployment, set: Key, to: i64) -> bool {
    let Some(now) = cx.get::<ReplicaSet>(set) else { return false };
    let from = now.replicas;
    let max = d.replicas + max_surge(d);
    let change = |s: &mut ReplicaSet| {
        s.replicas = to;
        s.meta.annotations.set(DESIRED, d.replicas.to_string());
        s.meta.annotations.set(MAX, max.to_string());
    };
    if from == to {
        cx.update::<ReplicaSet>(set, change);
        return false;
    }
    cx.update_spec::<ReplicaSet>(set, change);
    let name = now.meta.name.clone();
    scaled_event(cx, key, &name, from, to);
    true
}

/// Brings the sets to the Deployment's size without rolling anything.
// upstream: deployment scale
pub fn scale(cx: &mut Context, key: Key, d: &Deployment, mut sets: Sets) -> Sets {
    if let Some((set, s)) = active_or_latest(&sets) {
        if s.replicas != d.replicas {
            set_replicas(cx, key, d, set, d.replicas);
        }
        sets.refresh(cx);
        return sets;
    }
    let saturated = sets.new.as_ref().is_some_and(|(_, s)| {
        annotated(s, DESIRED) == Some(d.replicas) && s.replicas == d.replicas && s.status.available == d.replicas
    });
    if saturated {
        for (set, _) in sets.old.clone().iter().filter(|(_, s)| s.replicas > 0) {
            set_replicas(cx, key, d, *set, 0);
        }
    } else if d.rolling.is_some() {
        for (set, size) in proportional(d, &sets) {
            set_replicas(cx, key, d, set, size);
        }
    }
    sets.refresh(cx);
    sets
}

/// The one set that holds pods; when none does, the new one or the last old one; when several do, none.
// upstream: deployment/util FindActiveOrLatest
fn active_or_latest(sets: &Sets) -> Option<Set> {
    let mut active = sets.all().filter(|(_, s)| s.replicas > 0);
    match (active.next(), active.next()) {
        (None, _) => sets.new.as_ref().or_else(|| sets.old.iter().max_by_key(|(k, s)| (s.meta.created, *k))).cloned(),
        (Some(one), None) => Some(one.clone()),
        _ => None,
    }
}

/// Shares what is to be added or taken among the sets that hold pods, in proportion to their sizes.
fn proportional(d: &Deployment, sets: &Sets) -> Vec<(Key, i64)> {
    let mut active: Vec<&Set> = sets.all().filter(|(_, s)| s.replicas > 0).collect();
    let total: i64 = active.iter().map(|(_, s)| s.replicas).sum();
    let allowed = if d.replicas > 0 { d.replicas + max_surge(d) } else { 0 };
    let to_add = allowed - total;
    // The largest first; among equals the newest gains first and the oldest loses first.
    sort_by_key(&mut active, |(k, s)| (s.meta.created, *k));
    if to_add > 0 {
        active.reverse();
    }
    sort_by_key(&mut active, |(_, s)| std::cmp::Reverse(s.replicas));
    let mut added = 0;
    let mut sizes: Vec<(Key, i64)> = active
        .iter()
        .map(|(key, s)| {
            let share = proportion(d, s, to_add, added);
            added += share;
            (*key, s.replicas + share)
        })
        .collect();
    // What rounding left over goes to the first.
    if let Some(first) = sizes.first_mut() {
        first.1 = (first.1 + to_add - added).max(0);
    }
    sizes
}

// upstream: deployment/util GetReplicaSetProportion, getReplicaSetFraction
pub(super) fn proportion(d: &Deployment, s: &ReplicaSet, to_add: i64, added: i64) -> i64 {
    if s.replicas == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let fraction = if d.replicas == 0 {
        -s.replicas
    } else {
        let before = annotated(s, MAX).filter(|n| *n != 0).unwrap_or(d.status.replicas);
        if before == 0 {
            return 0;
        }
        let size = (s.replicas * (d.replicas + max_surge(d))) as f64 / before as f64;
        size.round() as i64 - s.replicas
    };
    let allowed = to_add - added;
    if to_add > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}
