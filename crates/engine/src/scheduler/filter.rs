//! Filters: where a pod can go, and why not elsewhere.

use super::cache::{Amount, Cache, NO_DOMAIN, Slot, namespaces_of};
use super::volumes::Claims;
use crate::api::Store;
use crate::object::{Key, Kind, Node, Pod, SpreadConstraint, Str, Taint, TaintEffect};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// Kinds of reasons, as bits: what could change them.
#[derive(Clone, Copy, Debug)]
pub struct Why;

impl Why {
    /// A taint, or cordoned.
    pub const TAINT: u8 = 1;
    /// Labels of the node.
    pub const NODE: u8 = 2;
    /// Resources.
    pub const RESOURCES: u8 = 4;
    /// Other pods: affinity, anti-affinity, spreading.
    pub const PODS: u8 = 8;
    /// Claims and volumes.
    pub const VOLUME: u8 = 16;
}

/// Why a node was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// In upstream's words.
    pub reasons: Vec<Str>,
    /// Bits of [`Why`].
    pub why: u8,
    /// Removing pods could help.
    pub resolvable: bool,
}

fn refuse(reason: &str, why: u8, resolvable: bool) -> Refusal {
    Refusal { reasons: vec![reason.into()], why, resolvable }
}

/// One required pod (anti-)affinity term: how many pods it selects, by domain.
struct Term {
    topology: usize,
    by_domain: Vec<u32>,
}

/// A hard spread constraint.
struct Spread {
    topology: usize,
    by_domain: Vec<u32>,
    min: u32,
    max_skew: i64,
    own: u32,
}

/// What is worked out once per attempt.
pub struct Filter<'a> {
    pod: &'a Pod,
    /// What the pod asks for.
    pub request: Amount,
    affinity: Vec<Term>,
    first_of_its_kind: bool,
    anti: Vec<Term>,
    /// `(topology, refused domains)` of what existing pods keep away.
    repelled: Vec<(usize, Vec<bool>)>,
    spread: Vec<Spread>,
    /// Zones in which the pod's bound volumes live.
    volume_zones: Vec<Str>,
    /// The node that a claim was already promised to.
    selected_node: Option<Str>,
    /// A claim of one pod at a time is in use.
    taken: bool,
}

/// The counts of a group, added up by domain.
pub fn by_domain(cache: &Cache, group: usize, topology: usize, live: bool) -> Vec<u32> {
    let topology = &cache.topologies[topology];
    let mut sums = vec![0; topology.size];
    for (slot, (all, alive)) in cache.groups[group].counts.iter().enumerate() {
        if let Some(sum) = sums.get_mut(topology.domain[slot] as usize) {
            *sum += if live { *alive } else { *all };
        }
    }
    sums
}

/// Whether the pod's node selector and required node affinity accept the node.
// upstream: component-helpers/nodeaffinity RequiredNodeAffinity.Match
pub fn node_matches(pod: &Pod, node: &Node) -> bool {
    if pod.spec.node_selector.is_empty() && pod.spec.affinity.node_required.is_empty() {
        return true;
    }
    let labels = &node.meta.labels;
    pod.spec.node_selector.iter().all(|(k, v)| labels.get(k) == Some(v))
        && (pod.spec.affinity.node_required.is_empty()
            || pod.spec.affinity.node_required.iter().any(|t| t.matches(&node.meta.name, labels)))
}

/// Whether some toleration of the pod accepts the taint.
pub fn tolerates(pod: &Pod, taint: &Taint) -> bool {
    pod.spec.tolerations.iter().any(|t| t.tolerates(taint))
}

/// All pods of these namespaces: looked through once, when a selection is new.
pub fn pods_in<'a>(store: &'a Store, namespaces: &[Str]) -> Vec<&'a Rc<Pod>> {
    let keys = namespaces.iter().flat_map(|n| store.in_namespace(Kind::Pod, n));
    keys.filter_map(|&k: &Key| store.get::<Pod>(k)).collect()
}

impl<'a> Filter<'a> {
    /// Works out what does not depend on the node.
    pub fn new(store: &Store, cache: &mut Cache, pod: &'a Pod, claims: Claims) -> Self {
        let mut filter = Self {
            pod,
            request: Amount::of(&pod.spec),
            affinity: Vec::new(),
            first_of_its_kind: true,
            anti: Vec::new(),
            repelled: Vec::new(),
            spread: Vec::new(),
            volume_zones: claims.zones,
            selected_node: claims.selected_node,
            taken: claims.taken,
        };
        let affinity = &pod.spec.affinity;
        for (terms, anti) in [(&affinity.pod_required, false), (&affinity.anti_required, true)] {
            for term in terms {
                let namespaces = namespaces_of(pod, term);
                let pods = || pods_in(store, &namespaces);
                let group = cache.group(namespaces.clone(), term.selector.as_ref(), pods);
                let topology = cache.topology(&term.topology_key);
                let by_domain = by_domain(cache, group, topology, false);
                if !anti {
                    let own = cache.groups[group].has(&pod.meta.namespace, &pod.meta.labels);
                    filter.first_of_its_kind &= own && by_domain.iter().all(|&n| n == 0);
                }
                let list = if anti { &mut filter.anti } else { &mut filter.affinity };
                list.push(Term { topology, by_domain });
            }
        }
        for at in 0..cache.repulsions.len() {
            let repulsion = &cache.repulsions[at];
            if !repulsion.group.has(&pod.meta.namespace, &pod.meta.labels) {
                continue;
            }
            let key = Rc::clone(&repulsion.topology_key);
            let topology = cache.topology(&key);
            let mut refused = vec![false; cache.topologies[topology].size];
            for (slot, (all, _)) in cache.repulsions[at].group.counts.iter().enumerate() {
                if let Some(r) = refused.get_mut(cache.topologies[topology].domain[slot] as usize) {
                    *r |= *all > 0;
                }
            }
            filter.repelled.push((topology, refused));
        }
        let hard: Vec<&SpreadConstraint> = pod.spec.spread.iter().filter(|c| c.hard).collect();
        let topologies: Vec<usize> = hard.iter().map(|c| cache.topology(&c.topology_key)).collect();
        for (constraint, &topology) in hard.iter().zip(&topologies) {
            filter.spread.push(spread(store, cache, pod, constraint, topology, &topologies));
        }
        filter
    }

    /// Why the pod cannot go to this node, if it cannot. The first filter that refuses decides.
    // upstream: the default plugins' order, runtime RunFilterPlugins
    pub fn refuses(&self, cache: &Cache, at: usize, slot: &Slot, node: &Node) -> Option<Refusal> {
        let pod = self.pod;
        if node.unschedulable {
            let taint = Taint {
                key: "node.kubernetes.io/unschedulable".into(),
                value: "".into(),
                effect: TaintEffect::NoSchedule,
                added: None,
            };
            if !tolerates(pod, &taint) {
                return Some(refuse("node(s) were unschedulable", Why::TAINT, false));
            }
        }
        let keeps_out = |t: &&Taint| t.effect != TaintEffect::PreferNoSchedule && !tolerates(pod, t);
        if node.taints.iter().any(|t| keeps_out(&t)) {
            return Some(refuse("node(s) had untolerated taint(s)", Why::TAINT, false));
        }
        if !node_matches(pod, node) {
            return Some(refuse("node(s) didn't match Pod's node affinity/selector", Why::NODE, false));
        }
        self.resources(slot, node)
            .or_else(|| self.volumes(node))
            .or_else(|| self.spreading(cache, at))
            .or_else(|| self.pods(cache, at))
    }

    // upstream: noderesources/fit fitsRequest
    fn resources(&self, slot: &Slot, node: &Node) -> Option<Refusal> {
        let (want, used) = (&self.request, &slot.used);
        let short = |want: i64, used: i64, capacity: i64| want > 0 && want > capacity - used;
        let pods = slot.pods + 1 > node.pods;
        let cpu = short(want.cpu, used.cpu, node.cpu_milli);
        let memory = short(want.memory, used.memory, node.memory);
        if !(pods || cpu || memory) && want.extended.is_empty() {
            return None;
        }
        let find = |list: &[(Str, i64)], name: &Str| list.iter().find(|(k, _)| k == name).map_or(0, |(_, n)| *n);
        let mut reasons: Vec<Str> = Vec::new();
        let mut resolvable = true;
        if pods {
            reasons.push("Too many pods".into());
        }
        if cpu {
            reasons.push("Insufficient cpu".into());
            resolvable &= want.cpu <= node.cpu_milli;
        }
        if memory {
            reasons.push("Insufficient memory".into());
            resolvable &= want.memory <= node.memory;
        }
        for (name, n) in &want.extended {
            let capacity = find(&node.extended, name);
            if short(*n, find(&used.extended, name), capacity) {
                reasons.push(format!("Insufficient {name}").into());
                resolvable &= *n <= capacity;
            }
        }
        (!reasons.is_empty()).then_some(Refusal { reasons, why: Why::RESOURCES, resolvable })
    }

    // upstream: volumebinding FindPodVolumes
    fn volumes(&self, node: &Node) -> Option<Refusal> {
        // upstream: volumerestrictions satisfyReadWriteOncePod
        if crate::DATA && self.taken {
            let why = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";
            return Some(refuse(why, Why::VOLUME, true));
        }
        if !self.volume_zones.is_empty() {
            let zone = node.zone();
            if self.volume_zones.iter().any(|z| Some(z) != zone) {
                return Some(refuse(
                    "node(s) didn't match PersistentVolume's node affinity",
                    Why::VOLUME | Why::NODE,
                    false,
                ));
            }
        }
        if self.selected_node.as_ref().is_some_and(|n| *n != node.meta.name) {
            return Some(refuse("node(s) didn't find available persistent volumes to bind", Why::VOLUME, false));
        }
        None
    }

    // upstream: podtopologyspread Filter
    fn spreading(&self, cache: &Cache, at: usize) -> Option<Refusal> {
        for constraint in &self.spread {
            let domain = cache.topologies[constraint.topology].domain[at];
            if domain == NO_DOMAIN {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Some(refuse(reason, Why::PODS | Why::NODE, false));
            }
            let there = constraint.by_domain.get(domain as usize).copied().unwrap_or_default();
            if i64::from(there + constraint.own) - i64::from(constraint.min) > constraint.max_skew {
                return Some(refuse(
                    "node(s) didn't match pod topology spread constraints",
                    Why::PODS | Why::NODE,
                    true,
                ));
            }
        }
        None
    }

    // upstream: interpodaffinity Filter
    fn pods(&self, cache: &Cache, at: usize) -> Option<Refusal> {
        let there = |topology: usize, list: &[u32]| {
            let domain = cache.topologies[topology].domain[at];
            (domain != NO_DOMAIN).then(|| list.get(domain as usize).copied().unwrap_or_default())
        };
        for term in &self.affinity {
            let fits = match there(term.topology, &term.by_domain) {
                Some(n) => n > 0 || self.first_of_its_kind,
                None => false,
            };
            if !fits {
                return Some(refuse("node(s) didn't match pod affinity rules", Why::PODS | Why::NODE, false));
            }
        }
        if self.anti.iter().any(|t| there(t.topology, &t.by_domain).is_some_and(|n| n > 0)) {
            return Some(refuse("node(s) didn't match pod anti-affinity rules", Why::PODS | Why::NODE, true));
        }
        let repelled = |(topology, refused): &(usize, Vec<bool>)| {
            refused.get(cache.topologies[*topology].domain[at] as usize).is_some_and(|r| *r)
        };
        if self.repelled.iter().any(repelled) {
            return Some(refuse(
                "node(s) didn't satisfy existing pods anti-affinity rules",
                Why::PODS | Why::NODE,
                true,
            ));
        }
        None
    }
}

// upstream: podtopologyspread calPreFilterState
fn spread(
    store: &Store,
    cache: &mut Cache,
    pod: &Pod,
    constraint: &SpreadConstraint,
    topology: usize,
    all: &[usize],
) -> Spread {
    let namespaces = vec![Rc::clone(&pod.meta.namespace)];
    let pods = || pods_in(store, std::slice::from_ref(&pod.meta.namespace));
    let group = cache.group(namespaces, constraint.selector.as_ref(), pods);
    let map = &cache.topologies[topology];
    let mut by_domain = vec![0; map.size];
    let mut eligible: SortedMap<u32, u32> = SortedMap::new();
    for (at, slot) in cache.slots.iter().enumerate() {
        let Some(node) = &slot.node else { continue };
        let domain = map.domain[at];
        let complete = all.iter().all(|&t| cache.topologies[t].domain[at] != NO_DOMAIN);
        if !complete || !node_matches(pod, node) {
            continue;
        }
        let live = cache.groups[group].counts.get(at).map_or(0, |(_, live)| *live);
        by_domain[domain as usize] += live;
        *eligible.entry(domain).or_default() += live;
    }
    let few = constraint.min_domains.is_some_and(|want| (eligible.len() as i64) < want);
    let min = if few { 0 } else { eligible.values().copied().min().unwrap_or_default() };
    let own = u32::from(constraint.selector.as_ref().is_some_and(|s| s.matches(&pod.meta.labels)));
    Spread { topology, by_domain, min, max_skew: constraint.max_skew, own }
}
