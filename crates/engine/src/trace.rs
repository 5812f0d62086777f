//! What happened, by whom, and because of what.

use crate::chunked::Chunked;
use crate::object::Key;
use crate::time::SimTime;

/// The number of a trace entry; 0 stands for "nothing before it".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub u32);

/// Who writes: each part of the control plane, the kubelet of a node, the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Actor {
    /// A person, or whoever calls the API from outside.
    #[default]
    User,
    /// The API server itself.
    ApiServer,
    /// The Deployment controller.
    Deployment,
    /// The ReplicaSet controller.
    ReplicaSet,
    /// The StatefulSet controller.
    StatefulSet,
    /// The EndpointSlice controller.
    EndpointSlice,
    /// The persistent volume controller, with the provisioner behind it.
    Volume,
    /// The garbage collector.
    Garbage,
    /// The node life-cycle controller.
    NodeLifecycle,
    /// The taint eviction controller.
    TaintEviction,
    /// The disruption controller.
    Disruption,
    /// The horizontal pod autoscaler.
    Autoscaler,
    /// The Pod garbage collector.
    PodGc,
    /// The scheduler.
    Scheduler,
    /// A kubelet.
    Kubelet,
    /// The Job controller.
    Job,
    /// The DaemonSet controller.
    DaemonSet,
    /// The CronJob controller.
    CronJob,
    /// Whoever breaks things on purpose.
    Fault,
    /// The attach/detach controller.
    Attach,
}

impl Actor {
    /// The name that upstream's Events carry as their source component.
    pub const fn component(self) -> &'static str {
        match self {
            Self::User => "kubectl",
            Self::ApiServer => "apiserver",
            Self::Deployment => "deployment-controller",
            Self::ReplicaSet => "replicaset-controller",
            Self::StatefulSet => "statefulset-controller",
            Self::EndpointSlice => "endpoint-slice-controller",
            Self::Volume => "persistentvolume-controller",
            Self::Garbage => "garbage-collector-controller",
            Self::NodeLifecycle => "node-controller",
            Self::TaintEviction => "taint-eviction-controller",
            Self::Disruption => "controllermanager",
            Self::Autoscaler => "horizontal-pod-autoscaler",
            Self::PodGc => "pod-garbage-collector",
            Self::Scheduler => "default-scheduler",
            Self::Kubelet => "kubelet",
            Self::Job => "job-controller",
            Self::DaemonSet => "daemonset-controller",
            Self::CronJob => "cronjob-controller",
            Self::Fault => "podscope",
            Self::Attach => "attachdetach-controller",
        }
    }
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Verb {
    /// The object came to be.
    Create,
    /// The object changed.
    Update,
    /// A deletion timestamp was set.
    MarkDeleted,
    /// The object is gone.
    Remove,
    /// An Event about the object was recorded.
    Event,
}

impl Verb {
    /// One lower-case word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::MarkDeleted => "delete",
            Self::Remove => "gone",
            Self::Event => "event",
        }
    }
}

/// Why just this pod was deleted: what decided between it and those that stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Note {
    /// Nothing was decided, or nobody noted it.
    #[default]
    None,
    /// All pods of the set went.
    All,
    /// It had no node.
    Unassigned,
    /// Its phase was Pending or Unknown.
    Phase,
    /// It was not Ready.
    NotReady,
    /// Its `pod-deletion-cost` was lower.
    DeletionCost,
    /// It shared its node with more pods of its family.
    Crowded,
    /// It had been Ready for a shorter time.
    ReadyTime,
    /// It had restarted more often.
    Restarts,
    /// It was created later.
    Age,
    /// Nothing told them apart.
    Tie,
    /// Its ordinal was the highest of those too many.
    Ordinal,
    /// Its revision was not the update revision, and it was its turn.
    Outdated,
    /// It had ended, and its place was wanted.
    Ended,
    /// It was evicted through the API, and no budget refused that.
    Evicted,
}

/// One write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// By whom.
    pub actor: Actor,
    /// What was done.
    pub verb: Verb,
    /// To which object.
    pub key: Key,
    /// The entry that led to this one.
    pub cause: TraceId,
    /// Of a deletion: why just this object.
    pub note: Note,
    /// Of a deletion that a ranking decided: the pod that would have gone next. It fits into what alignment leaves.
    pub rival: Key,
}

/// All writes since the cluster began, and a running digest of them. Copies share all but the last few.
#[derive(Clone, Debug)]
pub struct Trace {
    entries: Chunked<Entry>,
    digest: u64,
}

impl Default for Trace {
    fn default() -> Self {
        // FNV-1a's offset basis.
        Self { entries: Chunked::default(), digest: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Trace {
    /// Records an entry. `name` is the object's name, which the digest takes in instead of its key.
    pub fn push(&mut self, entry: Entry, name: &str) -> TraceId {
        let numbers = [entry.at.0, entry.actor as u64, entry.verb as u64, u64::from(entry.cause.0)];
        for byte in numbers.iter().flat_map(|n| n.to_le_bytes()).chain(name.bytes()) {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.entries.push(entry);
        TraceId(self.len() as u32)
    }

    /// How many entries there are.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was written yet.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry of this number.
    pub fn get(&self, id: TraceId) -> Option<&Entry> {
        self.entries.get((id.0 as usize).checked_sub(1)?)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        self.entries.iter()
    }

    /// 64 bits that differ when any write differed.
    pub const fn digest(&self) -> u64 {
        self.digest
    }
}
