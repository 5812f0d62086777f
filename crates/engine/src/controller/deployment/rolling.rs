//! The rolling update.

use super::scale::{max_surge, max_unavailable, set_replicas};
use super::{Set, Sets, available, clean_up_when_complete, replicas, revision};
use crate::api::Context;
use crate::object::{Deployment, Key};
use podscope_schema::sort::sort_by_key;

/// One step: the new set grows as far as the surge allows; or else old sets shrink as far as availability allows.
// upstream: deployment rolloutRolling
pub fn roll(cx: &mut Context, key: Key, d: &Deployment, list: &[Set]) -> Sets {
    let mut sets = revision::sort(cx, key, d, list, revision::Create::Yes);
    let grown = grow_new(cx, key, d, &sets);
    if !grown && !shrink_old(cx, key, d, &mut sets) {
        clean_up_when_complete(cx, key, &mut sets);
    }
    sets.refresh(cx);
    sets
}

/// Brings the new set to the size that it may have now. Says whether that changed it.
// upstream: deployment reconcileNewReplicaSet
pub(super) fn grow_new(cx: &mut Context, key: Key, d: &Deployment, sets: &Sets) -> bool {
    let Some((set, s)) = &sets.new else { return false };
    let size = match s.replicas.cmp(&d.replicas) {
        std::cmp::Ordering::Equal => return false,
        std::cmp::Ordering::Greater => d.replicas,
        std::cmp::Ordering::Less => new_replicas(d, replicas(sets.all()), s.replicas),
    };
    set_replicas(cx, key, d, *set, size)
}

/// The size that the new set may have now, of `total` pods of which it has `own`.
// upstream: deployment/util NewRSNewReplicas
pub fn new_replicas(d: &Deployment, total: i64, own: i64) -> i64 {
    if d.rolling.is_none() {
        return d.replicas;
    }
    let room = d.replicas + max_surge(d) - total;
    if room <= 0 { own } else { own + room.min(d.replicas - own) }
}

/// Shrinks old sets: unhealthy pods first, then as many as availability allows. Says whether any shrank.
// upstream: deployment reconcileOldReplicaSets
pub(super) fn shrink_old(cx: &mut Context, key: Key, d: &Deployment, sets: &mut Sets) -> bool {
    if replicas(&sets.old) == 0 {
        return false;
    }
    let least = d.replicas - max_unavailable(d);
    let missing = sets.new.as_ref().map_or(0, |(_, s)| s.replicas - s.status.available);
    let most = replicas(sets.all()) - least - missing;
    if most <= 0 {
        return false;
    }
    sort_by_key(&mut sets.old, |(k, s)| (s.meta.created, *k));
    let (gone, caught_up) = take_unhealthy(cx, key, d, sets, most);
    if !caught_up {
        return gone > 0;
    }
    sets.refresh(cx);
    let taken = take_healthy(cx, key, d, sets);
    sets.refresh(cx);
    gone + taken > 0
}

/// Takes up to `most` unhealthy pods from old sets: they do not count towards availability, so that they may go at once.
/// Says how many, and whether all sets' status has caught up with their size.
// upstream: deployment cleanupUnhealthyReplicas
pub(super) fn take_unhealthy(cx: &mut Context, key: Key, d: &Deployment, sets: &Sets, most: i64) -> (i64, bool) {
    let mut gone = 0;
    for (set, s) in &sets.old {
        if gone >= most {
            break;
        }
        let unhealthy = s.replicas - s.status.available;
        if s.replicas > 0 && unhealthy < 0 {
            return (gone, false);
        }
        if s.replicas > 0 && unhealthy > 0 {
            let count = unhealthy.min(most - gone);
            set_replicas(cx, key, d, *set, s.replicas - count);
            gone += count;
        }
    }
    (gone, true)
}

/// Takes what is available beyond what has to be from old sets. Says how many pods that is.
// upstream: deployment scaleDownOldReplicaSetsForRollingUpdate
pub(super) fn take_healthy(cx: &mut Context, key: Key, d: &Deployment, sets: &Sets) -> i64 {
    let spare = available(sets.all()) - (d.replicas - max_unavailable(d));
    let mut taken = 0;
    for (set, s) in &sets.old {
        if taken < spare && s.replicas > 0 {
            let count = s.replicas.min(spare - taken);
            set_replicas(cx, key, d, *set, s.replicas - count);
            taken += count;
        }
    }
    taken
}
