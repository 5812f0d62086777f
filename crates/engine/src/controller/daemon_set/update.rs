//! The rolling update: old pods go, or new ones come first, within the bounds of the strategy.

use super::node::Mold;
use super::{OnNodes, sync_nodes};
use crate::api::Context;
use crate::object::{DaemonSet, Key, Node, Pod, Str};
use std::rc::Rc;

/// The one new and the one old pod of a node.
type Pair<'a> = (Option<&'a (Key, Rc<Pod>)>, Option<&'a (Key, Rc<Pod>)>);

/// The pods of a node, unless there are several new or several old ones.
// upstream: daemon/update findUpdatedPodsOnNode
fn pair<'a>(mold: &Mold, pods: &'a [(Key, Rc<Pod>)]) -> Option<Pair<'a>> {
    let (mut new, mut old) = (None, None);
    for entry in pods.iter().filter(|(_, p)| !p.meta.deleting()) {
        let slot = if mold.made(&entry.1) { &mut new } else { &mut old };
        if slot.replace(entry).is_some() {
            return None;
        }
    }
    Some((new, old))
}

/// Replaces old pods as far as the strategy allows.
// upstream: daemon/update rollingUpdate
pub(super) fn rolling(
    cx: &mut Context,
    key: Key,
    set: &DaemonSet,
    mold: &Mold,
    nodes: &[Rc<Node>],
    mut on_nodes: OnNodes,
) -> Result<(), String> {
    let Some((surge, unavailable)) = &set.rolling else { return Ok(()) };
    // upstream: updatedDesiredNodeCounts
    let mut desired = 0;
    for node in nodes.iter().filter(|n| mold.fits(n).0) {
        desired += 1;
        on_nodes.entry(Rc::clone(&node.meta.name)).or_default();
    }
    let (surge, mut unavailable) = (surge.of(desired, true), unavailable.of(desired, true));
    if desired > 0 && surge == 0 && unavailable == 0 {
        unavailable = 1;
    }
    if surge == 0 {
        let old = replaceable(cx, set, mold, &on_nodes, unavailable);
        return sync_nodes(cx, key, mold, &old, &[]);
    }
    let (old, new) = surging(cx, set, mold, nodes, &on_nodes, desired, surge);
    sync_nodes(cx, key, mold, &old, &new)
}

/// The old pods that may go now, so that no more than `most` nodes are without an available pod.
fn replaceable(cx: &Context, set: &DaemonSet, mold: &Mold, on_nodes: &OnNodes, most: i64) -> Vec<Key> {
    let available = |p: &Pod| p.is_available(set.min_ready, cx.now());
    let mut down = 0;
    let (mut at_once, mut candidates) = (Vec::new(), Vec::new());
    for pods in on_nodes.values() {
        match pair(mold, pods) {
            None | Some((None, None) | (Some(_), Some(_))) => down += 1,
            Some((Some((_, new)), None)) => down += i64::from(!available(new)),
            Some((None, Some((key, old)))) if !available(old) => {
                at_once.push(*key);
                down += 1;
            }
            Some((None, Some(_))) if down >= most => {}
            Some((None, Some((key, _)))) => candidates.push(*key),
        }
    }
    let room = (most - down).max(0).unsigned_abs() as usize;
    at_once.extend(candidates.into_iter().take(room));
    at_once
}

/// The old pods that may go because a new one took over, and the nodes that get a new one beside the old.
fn surging(
    cx: &Context,
    set: &DaemonSet,
    mold: &Mold,
    nodes: &[Rc<Node>],
    on_nodes: &OnNodes,
    desired: i64,
    most: i64,
) -> (Vec<Key>, Vec<Str>) {
    let available = |p: &Pod| p.is_available(set.min_ready, cx.now());
    let should = |name: &Str| nodes.iter().any(|n| n.meta.name == *name && mold.fits(n).0);
    let (mut surged, mut up) = (0, 0);
    let (mut done, mut leaving) = (Vec::new(), Vec::new());
    let (mut at_once, mut candidates) = (Vec::new(), Vec::new());
    for (name, pods) in on_nodes {
        let Some((new, old)) = pair(mold, pods) else {
            surged += 1;
            continue;
        };
        up += i64::from(old.or(new).is_some_and(|(_, p)| available(p)));
        let Some((old_key, old)) = old else { continue };
        match new {
            Some((_, new)) if available(new) => done.push(*old_key),
            Some(_) => surged += 1,
            None => match (should(name), available(old)) {
                (false, false) => done.push(*old_key),
                (false, true) => leaving.push(*old_key),
                (true, false) => at_once.push(Rc::clone(name)),
                (true, true) if surged < most => candidates.push(Rc::clone(name)),
                (true, true) => {}
            },
        }
    }
    // A pod on a node that is given up stays until one elsewhere took over.
    done.extend(leaving.into_iter().take((up - desired).max(0).unsigned_abs() as usize));
    at_once.extend(candidates.into_iter().take((most - surged).max(0).unsigned_abs() as usize));
    (done, at_once)
}

/// With a surge, a node may have two pods: the oldest old one while it is Ready and the oldest new one is not available.
/// All others are too many.
pub(super) fn surplus(cx: &Context, set: &DaemonSet, mold: &Mold, running: &[&(Key, Rc<Pod>)]) -> Vec<Key> {
    let (mut new, mut old) = (None, None);
    let mut surplus = Vec::new();
    for entry in running {
        let slot = if mold.made(&entry.1) { &mut new } else { &mut old };
        if slot.is_none() {
            *slot = Some(*entry);
        } else {
            surplus.push(entry.0);
        }
    }
    if let (Some((_, new)), Some((key, old))) = (new, old)
        && (!old.is_ready() || new.is_available(set.min_ready, cx.now()))
    {
        surplus.push(*key);
    }
    surplus
}
