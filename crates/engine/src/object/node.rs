//! Nodes and taints.

use super::{Meta, Str};
use crate::time::SimTime;

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// Keeps new pods away.
    NoSchedule,
    /// Tries to.
    PreferNoSchedule,
    /// Evicts running pods too.
    NoExecute,
}

impl TaintEffect {
    /// As the API prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }

    /// The effect of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NoSchedule, Self::PreferNoSchedule, Self::NoExecute].into_iter().find(|e| e.name() == name)
    }
}

/// A taint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// `key`
    pub key: Str,
    /// `value`, or empty.
    pub value: Str,
    /// `effect`
    pub effect: TaintEffect,
    /// `timeAdded`
    pub added: Option<SimTime>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Metadata.
    pub meta: Meta,
    /// `spec.unschedulable`
    pub unschedulable: bool,
    /// `spec.taints`
    pub taints: Vec<Taint>,
    /// Allocatable CPU in thousandths.
    pub cpu_milli: i64,
    /// Allocatable memory in bytes.
    pub memory: i64,
    /// Allocatable pods.
    pub pods: i64,
    /// Other allocatable resources.
    pub extended: Vec<(Str, i64)>,
    /// Ready condition: `Some(true)` True, `Some(false)` False, `None` Unknown.
    pub ready: Option<bool>,
    /// Since when.
    pub ready_since: SimTime,
    /// The machine answers: false between `failNode` and `recoverNode`. Not part of the API.
    pub alive: bool,
    /// The last heart-beat before it failed. Only meaningful while `alive` is false.
    pub last_heartbeat: SimTime,
}

/// The label that names a node's zone.
pub const ZONE_LABEL: &str = "topology.kubernetes.io/zone";
/// The label that names a node's region.
pub const REGION_LABEL: &str = "topology.kubernetes.io/region";
/// The label that names the node itself.
pub const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

impl Node {
    /// A Ready node with labels for its name, zone and region.
    pub fn new(name: &str, zone: &str, region: &str, cpu_milli: i64, memory: i64, pods: i64) -> Self {
        let mut meta = Meta::named("", name);
        meta.labels = [(HOSTNAME_LABEL, name), (ZONE_LABEL, zone), (REGION_LABEL, region)].into_iter().collect();
        Self {
            meta,
            unschedulable: false,
            taints: Vec::new(),
            cpu_milli,
            memory,
            pods,
            extended: Vec::new(),
            ready: Some(true),
            ready_since: SimTime::ZERO,
            alive: true,
            last_heartbeat: SimTime::ZERO,
        }
    }

    /// The value of its zone label.
    pub fn zone(&self) -> Option<&Str> {
        self.meta.labels.get(ZONE_LABEL)
    }
}
