//! [`View`]: the cluster as plain data, for those who draw it.
//!
//! A view holds no instant that moves by itself: it changes only when an object was written, so that two views can be
//! compared part by part and only what differs is drawn again.

mod batch;
mod data;
mod read;
mod stateful;
mod traffic;

pub use crate::explain::{Explanation, Fact, Link, Mood};
pub use data::{
    CloneView, DataView, DatabaseView, LinkKind, LostDiskView, MemberView, Mode, Operations, ReplicationView, Role,
    VolumeView,
};
pub use read::Memo;
pub use traffic::{How, RequestView, Requests};

use crate::time::SimTime;
use std::rc::Rc;

/// A shared string.
pub type Text = Rc<str>;

/// Everything that is drawn, in a stable order (namespace, then name).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// When it was taken.
    pub now: SimTime,
    /// Services.
    pub services: Vec<Rc<ServiceView>>,
    /// What owns pods.
    pub workloads: Vec<Rc<WorkloadView>>,
    /// Pods that nothing owns.
    pub bare: Vec<Rc<PodView>>,
    /// Nodes.
    pub nodes: Vec<Rc<NodeView>>,
    /// Objects of kinds that are kept, listed and exported, but not simulated: `(kind, name)`.
    pub others: Vec<(Text, Text)>,
}

/// A Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceView {
    /// `metadata.name`
    pub name: Text,
    /// `metadata.namespace`
    pub namespace: Text,
    /// `ClusterIP`, `NodePort` and so on; `headless` for a ClusterIP Service without an address.
    pub kind: Text,
    /// `spec.clusterIP`; empty when headless.
    pub address: Text,
    /// The uids of the pods that are ready endpoints.
    pub ready: Vec<Text>,
    /// How many endpoints it has, Ready or not.
    pub total: usize,
    /// How many requests a second its clients send; 0 when it has none.
    pub clients: f64,
    /// The first of [`View::workloads`] whose pods its selector finds.
    pub workload: Option<usize>,
}

/// A Deployment, StatefulSet, or another owner of pods.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadView {
    /// `Deployment`, `StatefulSet`, `ReplicaSet` and so on.
    pub kind: Text,
    /// `metadata.name`
    pub name: Text,
    /// `metadata.namespace`
    pub namespace: Text,
    /// `spec.replicas`
    pub desired: i64,
    /// How many pods are Ready.
    pub ready: usize,
    /// How it updates, such as `RollingUpdate 25% / 25%` or `OrderedReady · RollingUpdate`.
    pub strategy: Text,
    /// `(name, image)` of the template's containers.
    pub containers: Vec<(Text, Text)>,
    /// What waits, and for what, such as `db-3 waits: db-2 is Running but not Ready`.
    pub waits: Option<Text>,
    /// Its pods.
    pub body: Body,
}

/// The pods of a workload, as they belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Interchangeable pods, by revision.
    Groups(Vec<Group>),
    /// Pods with an identity, by ordinal.
    Bays(Vec<Bay>),
}

/// The pods of one ReplicaSet.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The ReplicaSet's name.
    pub name: Text,
    /// Its template's images, joined by commas.
    pub image: Text,
    /// `deployment.kubernetes.io/revision`, or 0.
    pub revision: i64,
    /// Whether it is the Deployment's present revision.
    pub is_new: bool,
    /// `spec.replicas`
    pub desired: i64,
    /// Its pods.
    pub pods: Vec<Rc<PodView>>,
}

/// The place of one ordinal of a StatefulSet: it stays when its pod is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Bay {
    /// The ordinal.
    pub ordinal: i64,
    /// The name of its pod.
    pub name: Text,
    /// Whether `spec.replicas` asks for it.
    pub wanted: bool,
    /// Its pod, when there is one.
    pub pod: Option<Rc<PodView>>,
    /// Its claims.
    pub claims: Vec<ClaimView>,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimView {
    /// `metadata.name`
    pub name: Text,
    /// `status.phase`
    pub phase: Text,
    /// What it asks for, such as `10Gi`.
    pub size: Text,
}

/// What a pod is drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodState {
    /// Not bound to a node.
    #[default]
    Pending,
    /// Bound; its containers have not run.
    Creating,
    /// Runs, and is not Ready.
    NotReady,
    /// Ready.
    Ready,
    /// Being deleted.
    Terminating,
    /// Ended badly.
    Failed,
    /// A container waits for its back-off to end.
    CrashLoop,
    /// Its image cannot be pulled.
    ImagePull,
    /// Its node does not answer.
    Unknown,
    /// Ended well.
    Succeeded,
}

impl PodState {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Creating => "Creating containers",
            Self::NotReady => "Running, not Ready",
            Self::Ready => "Running, Ready",
            Self::Terminating => "Terminating",
            Self::Failed => "Failed",
            Self::CrashLoop => "CrashLoopBackOff",
            Self::ImagePull => "ImagePullBackOff",
            Self::Unknown => "Unknown",
            Self::Succeeded => "Succeeded",
        }
    }

    /// In one lower-case word, which also names the style class.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Creating => "creating",
            Self::NotReady => "unready",
            Self::Ready => "ready",
            Self::Terminating => "terminating",
            Self::Failed => "failed",
            Self::CrashLoop => "crashloop",
            Self::ImagePull => "imagepull",
            Self::Unknown => "unknown",
            Self::Succeeded => "succeeded",
        }
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodView {
    /// `metadata.uid`: another pod of the same name has another one.
    pub uid: Text,
    /// `metadata.name`
    pub name: Text,
    /// `metadata.namespace`
    pub namespace: Text,
    /// The last part of its name.
    pub short: Text,
    /// Its ordinal, in a StatefulSet.
    pub ordinal: Option<i64>,
    /// What it is drawn as.
    pub state: PodState,
    /// `spec.nodeName`
    pub node: Option<Text>,
    /// `status.podIP`; empty when there is none.
    pub ip: Text,
    /// Its own DNS name, when a headless Service governs it.
    pub dns: Option<Text>,
    /// The images of its containers, joined by commas.
    pub image: Text,
    /// The claims that it mounts.
    pub claims: Vec<Text>,
    /// Restarts of all its containers.
    pub restarts: u32,
    /// When its back-off ends.
    pub back_off_until: Option<SimTime>,
    /// `metadata.creationTimestamp`
    pub created: SimTime,
    /// Why it is in that state, in Kubernetes' words; or empty.
    pub message: Text,
}

impl PodView {
    /// What a screen reader says, such as `db-2, Running, not Ready, node-c`.
    pub fn spoken(&self) -> String {
        match &self.node {
            Some(node) => format!("{}, {}, {node}", self.name, self.state.words()),
            None => format!("{}, {}", self.name, self.state.words()),
        }
    }
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeView {
    /// `metadata.name`
    pub name: Text,
    /// `topology.kubernetes.io/zone`; or empty.
    pub zone: Text,
    /// Whether its Ready condition is true.
    pub ready: bool,
    /// `spec.unschedulable`
    pub cordoned: bool,
    /// The share of its CPU that its pods request, from 0 to 1.
    pub cpu: f64,
    /// Thousandths of a CPU that its pods request, and that they may.
    pub cpu_milli: (i64, i64),
    /// Its pods: their uid, and whether a StatefulSet owns them.
    pub pods: Vec<(Text, bool)>,
}

/// A Kubernetes Event, to be listed.
#[derive(Clone, Debug, PartialEq)]
pub struct EventView {
    /// When it was last told.
    pub time: SimTime,
    /// `reason`
    pub reason: &'static str,
    /// `message`
    pub message: Text,
    /// `Kind/name` of the object it is about.
    pub regarding: Text,
    /// The namespace of that object; or empty.
    pub namespace: Text,
    /// How often it was told.
    pub count: u32,
    /// Whether its type is Warning.
    pub warning: bool,
}
