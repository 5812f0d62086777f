//! What the scheduler keeps in mind: per node what is used, per selector where its pods are.
//!
//! All of it follows from the pods and nodes in the store, and is brought up to date by each write, so that an attempt
//! looks at nodes only, never at pods.

use crate::object::{Affinity, Container, Key, Labels, Node, Pod, PodSpec, PodTerm, Selector, Str, Uid};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// Stands for "this node does not have that label".
pub const NO_DOMAIN: u32 = u32::MAX;

/// What a pod asks for, or what is used on a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amount {
    /// Thousandths of a CPU.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// As `cpu`, where pods that ask for none count for a little.
    pub cpu_scored: i64,
    /// As `memory`, likewise.
    pub memory_scored: i64,
    /// Other resources, by name.
    pub extended: Vec<(Str, i64)>,
}

impl Amount {
    /// What a pod of this spec asks for.
    // upstream: component-helpers/resource PodRequests
    pub fn of(spec: &PodSpec) -> Self {
        let mut total = Self::default();
        for container in &spec.containers {
            total.add_container(container);
        }
        if !spec.init_containers.is_empty() {
            total.add_init(&spec.init_containers);
        }
        total
    }

    fn add_container(&mut self, container: &Container) {
        // upstream: scheduler/util DefaultMilliCPURequest, DefaultMemoryRequest
        const CPU: i64 = 100;
        const MEMORY: i64 = 200 * 1024 * 1024;
        self.cpu += container.cpu_milli;
        self.memory += container.memory;
        self.cpu_scored += if container.cpu_milli == 0 { CPU } else { container.cpu_milli };
        self.memory_scored += if container.memory == 0 { MEMORY } else { container.memory };
        for (name, n) in &container.extended {
            self.add_extended(name, *n);
        }
    }

    fn add_init(&mut self, init: &[Container]) {
        // Sidecars run beside the rest; of the others only the greediest counts, with the sidecars before it.
        let mut sidecars = Self::default();
        let mut peak = Self::default();
        for container in init {
            let mut now = sidecars.clone();
            now.add_container(container);
            if container.restart_always {
                sidecars = now.clone();
            }
            peak.raise(&now);
        }
        self.plus(&sidecars, 1);
        self.raise(&peak);
    }

    fn raise(&mut self, other: &Self) {
        self.cpu = self.cpu.max(other.cpu);
        self.memory = self.memory.max(other.memory);
        self.cpu_scored = self.cpu_scored.max(other.cpu_scored);
        self.memory_scored = self.memory_scored.max(other.memory_scored);
        for (name, n) in &other.extended {
            let have = self.extended.iter().find(|(k, _)| k == name).map_or(0, |(_, v)| *v);
            self.add_extended(name, (n - have).max(0));
        }
    }

    fn add_extended(&mut self, name: &Str, n: i64) {
        match self.extended.iter_mut().find(|(k, _)| k == name) {
            Some((_, have)) => *have += n,
            None => self.extended.push((Rc::clone(name), n)),
        }
    }

    /// Adds `other` so many times.
    pub fn plus(&mut self, other: &Self, times: i64) {
        self.cpu += other.cpu * times;
        self.memory += other.memory * times;
        self.cpu_scored += other.cpu_scored * times;
        self.memory_scored += other.memory_scored * times;
        for (name, n) in &other.extended {
            self.add_extended(name, n * times);
        }
    }
}

/// A node, with what its pods use.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The node; none when it is gone.
    pub node: Option<Rc<Node>>,
    /// Its pods' requests.
    pub used: Amount,
    /// The number of its pods.
    pub pods: i64,
}

/// How many pods of one selection are on each node.
#[derive(Clone, Debug)]
pub struct Group {
    /// In which namespaces.
    pub namespaces: Vec<Str>,
    /// Selected how; none selects nothing.
    pub selector: Option<Selector>,
    /// By node: all of them, and those that are not being deleted.
    pub counts: Vec<(u32, u32)>,
}

impl Group {
    /// Whether a pod belongs to it.
    pub fn has(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespaces.iter().any(|n| &**n == namespace) && self.selector.as_ref().is_some_and(|s| s.matches(labels))
    }
}

/// Pods that keep others away by required anti-affinity: how many on each node.
#[derive(Clone, Debug)]
pub struct Repulsion {
    /// Whom they keep away (its counts are those who keep away).
    pub group: Group,
    /// Within which domain.
    pub topology_key: Str,
}

/// Nodes by the value of one label.
#[derive(Clone, Debug)]
pub struct Topology {
    /// The label.
    pub key: Str,
    /// By node: which domain it is in.
    pub domain: Vec<u32>,
    /// How many domains there are.
    pub size: usize,
}

/// The scheduler's picture of the cluster.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// Nodes, in the order in which they came.
    pub slots: Vec<Slot>,
    by_name: SortedMap<Str, usize>,
    /// By owner and node: pods that are not being deleted.
    pub owners: SortedMap<Uid, Vec<u32>>,
    /// Selections that pods' constraints have named so far.
    pub groups: Vec<Group>,
    /// What existing pods' anti-affinity keeps away.
    pub repulsions: Vec<Repulsion>,
    /// Nodes by label.
    pub topologies: Vec<Topology>,
}

/// Whether the scheduler counts a pod as on its node.
// upstream: scheduler.go newPodInformer leaves out pods that ended
pub fn counted(pod: &Pod) -> bool {
    pod.node.is_some() && !pod.is_terminal()
}

impl Cache {
    /// Takes note of a node that came, changed or went.
    pub fn set_node(&mut self, name: &Str, node: Option<Rc<Node>>) {
        let slot = self.slot_of(name);
        self.slots[slot].node = node;
        for at in 0..self.topologies.len() {
            let key = Rc::clone(&self.topologies[at].key);
            self.topologies[at] = self.map_topology(key);
        }
    }

    /// The index of the node of this name; made when it is new.
    pub fn slot_of(&mut self, name: &Str) -> usize {
        if let Some(&slot) = self.by_name.get(name) {
            return slot;
        }
        let slot = self.slots.len();
        self.slots.push(Slot { node: None, used: Amount::default(), pods: 0 });
        self.by_name.insert(Rc::clone(name), slot);
        for topology in &mut self.topologies {
            topology.domain.push(NO_DOMAIN);
        }
        slot
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.slots.iter().filter(|s| s.node.is_some()).count()
    }

    /// The index of the map of nodes by this label.
    pub fn topology(&mut self, key: &Str) -> usize {
        if let Some(at) = self.topologies.iter().position(|t| t.key == *key) {
            return at;
        }
        let topology = self.map_topology(Rc::clone(key));
        self.topologies.push(topology);
        self.topologies.len() - 1
    }

    fn map_topology(&self, key: Str) -> Topology {
        let mut values: SortedMap<&Str, u32> = SortedMap::new();
        let mut domain = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let value = slot.node.as_ref().and_then(|n| n.meta.labels.get(&key));
            domain.push(value.map_or(NO_DOMAIN, |v| {
                let next = values.len() as u32;
                *values.entry(v).or_insert(next)
            }));
        }
        let size = values.len();
        Topology { key, domain, size }
    }

    /// Adds a pod to, or takes it (`times` −1) from, the node that it is on or assumed to be on.
    pub fn count_pod(&mut self, pod: &Pod, node: &Str, times: i64) {
        let slot = self.slot_of(node);
        self.slots[slot].used.plus(&Amount::of(&pod.spec), times);
        self.slots[slot].pods += times;
        for term in &pod.spec.affinity.anti_required {
            let at = self.repulsion(pod, term);
            bump(&mut self.repulsions[at].group.counts, slot, times, 0);
        }
        for group in &mut self.groups {
            if group.has(&pod.meta.namespace, &pod.meta.labels) {
                bump(&mut group.counts, slot, times, 0);
            }
        }
        if !pod.meta.deleting() {
            self.count_live(pod, slot, times);
        }
    }

    /// As [`Cache::count_pod`], for what only counts pods that are not being deleted.
    pub fn count_live(&mut self, pod: &Pod, slot: usize, times: i64) {
        if let Some(owner) = pod.meta.controller() {
            let counts = self.owners.entry(owner.uid).or_default();
            if counts.len() <= slot {
                counts.resize(slot + 1, 0);
            }
            counts[slot] = counts[slot].saturating_add_signed(times as i32);
            if times < 0 && counts.iter().all(|&n| n == 0) {
                self.owners.remove(&owner.uid);
            }
        }
        for group in &mut self.groups {
            if group.has(&pod.meta.namespace, &pod.meta.labels) {
                bump(&mut group.counts, slot, 0, times);
            }
        }
    }

    fn repulsion(&mut self, pod: &Pod, term: &PodTerm) -> usize {
        let namespaces = namespaces_of(pod, term);
        let same = |r: &Repulsion| {
            r.topology_key == term.topology_key && r.group.namespaces == namespaces && r.group.selector == term.selector
        };
        if let Some(at) = self.repulsions.iter().position(same) {
            return at;
        }
        self.topology(&term.topology_key);
        let group = Group { namespaces, selector: term.selector.clone(), counts: Vec::new() };
        self.repulsions.push(Repulsion { group, topology_key: Rc::clone(&term.topology_key) });
        self.repulsions.len() - 1
    }

    /// The index of the group of this selection; counted now, by `pods`, when it is the first time that one asks.
    pub fn group<'a>(
        &mut self,
        namespaces: Vec<Str>,
        selector: Option<&Selector>,
        pods: impl FnOnce() -> Vec<&'a Rc<Pod>>,
    ) -> usize {
        if let Some(at) = self.groups.iter().position(|g| g.selector.as_ref() == selector && g.namespaces == namespaces)
        {
            return at;
        }
        let mut group = Group { namespaces, selector: selector.cloned(), counts: Vec::new() };
        for pod in pods() {
            if let Some(node) = pod.node.as_ref().filter(|_| counted(pod))
                && group.has(&pod.meta.namespace, &pod.meta.labels)
            {
                let slot = self.slot_of(node);
                bump(&mut group.counts, slot, 1, i64::from(!pod.meta.deleting()));
            }
        }
        self.groups.push(group);
        self.groups.len() - 1
    }
}

fn bump(counts: &mut Vec<(u32, u32)>, slot: usize, all: i64, live: i64) {
    if counts.len() <= slot {
        counts.resize(slot + 1, (0, 0));
    }
    let (a, l) = counts[slot];
    counts[slot] = (a.saturating_add_signed(all as i32), l.saturating_add_signed(live as i32));
}

/// The namespaces that a pod's affinity term speaks of.
pub fn namespaces_of(pod: &Pod, term: &PodTerm) -> Vec<Str> {
    if term.namespaces.is_empty() { vec![Rc::clone(&pod.meta.namespace)] } else { term.namespaces.clone() }
}

/// Whether the affinity says anything about pods.
pub fn speaks_of_pods(affinity: &Affinity) -> bool {
    !(affinity.pod_required.is_empty()
        && affinity.pod_preferred.is_empty()
        && affinity.anti_required.is_empty()
        && affinity.anti_preferred.is_empty())
}

/// A pod whose node is chosen and whose claims are being bound.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// The node.
    pub node: Str,
    /// The pod, as it was counted.
    pub pod: Rc<Pod>,
}

/// What the scheduler remembers.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Its picture of the cluster.
    pub cache: Cache,
    /// Pods that fit nowhere, and why: bits of [`super::filter::Why`].
    pub waiting: SortedMap<Key, u8>,
    /// When claims last changed after they were made.
    pub claims: SortedMap<Key, crate::time::SimTime>,
    /// Pods that wait for their claims.
    pub assumed: SortedMap<Key, Assumed>,
    /// Labels of pods before and after they got those of their node's place, so that pods share them.
    pub labels: Vec<(Labels, Option<Str>, Option<Str>, Labels)>,
}
