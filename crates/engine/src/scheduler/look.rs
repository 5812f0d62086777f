//! The scheduler's answer for one pod, node by node, for those who ask why.

use super::filter::Filter;
use super::volumes;
use crate::api::Context;
use crate::object::{Key, Node, Pod, Str};
use std::rc::Rc;

/// One node, as the scheduler sees it for one pod. CPU in thousandths, memory in bytes.
#[derive(Clone, Debug)]
pub struct Look {
    /// The node.
    pub node: Rc<Node>,
    /// Why it cannot take the pod, in upstream's words; empty when it can.
    pub reasons: Vec<Str>,
    /// CPU that the pod asks for, and that is free.
    pub cpu: (i64, i64),
    /// Memory that the pod asks for, and that is free.
    pub memory: (i64, i64),
    /// How many pods the node holds.
    pub pods: i64,
    /// Zones in which the pod's bound volumes live.
    pub zones: Rc<[Str]>,
}

/// All nodes, as the scheduler sees them now.
///
/// # Errors
/// Why it does not look at nodes at all: one of the pod's claims is not ready for that.
pub fn look(cx: &Context, pod: &Pod) -> Result<Vec<Look>, String> {
    let claims = volumes::claims_of(cx, pod).map_err(|not_yet| not_yet.message)?;
    let zones: Rc<[Str]> = claims.zones.as_slice().into();
    // What a filter works out, it keeps in the cache; here that must not change the cluster.
    let mut cache = cx.memory.scheduler.cache.clone();
    let filter = Filter::new(&cx.store, &mut cache, pod, claims);
    let mut all = Vec::new();
    for (at, slot) in cache.slots.iter().enumerate() {
        let Some(node) = &slot.node else { continue };
        all.push(Look {
            node: Rc::clone(node),
            reasons: filter.refuses(&cache, at, slot, node).map(|r| r.reasons).unwrap_or_default(),
            cpu: (filter.request.cpu, node.cpu_milli - slot.used.cpu),
            memory: (filter.request.memory, node.memory - slot.used.memory),
            pods: slot.pods,
            zones: Rc::clone(&zones),
        });
    }
    Ok(all)
}

/// The node that was chosen for the pod at `key`, while its claims are being bound.
pub fn promised_node(cx: &Context, key: Key) -> Option<&Str> {
    cx.memory.scheduler.assumed.get(&key).map(|a| &a.node)
}
