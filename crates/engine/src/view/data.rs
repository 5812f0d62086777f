//! What runs inside pods, and the volumes that it is kept on, as plain data.
//!
//! Unlike the rest of a [`View`](super::View) it changes without any write to an object: while it matters, read it with
//! [`Cluster::data`] as often as is drawn, and draw again when [`DataView::version`] changed.

use super::Text;
use std::time::Duration;

/// Databases, what they replicate, and volumes. All lists are in a stable order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataView {
    /// Differs from an earlier one's when anything below may differ.
    pub version: u64,
    /// One for each owner of pods that run a database.
    pub databases: Vec<DatabaseView>,
    /// One for each pod that runs, or is about to run, a database.
    pub members: Vec<MemberView>,
    /// Who copies from whom.
    pub links: Vec<ReplicationView>,
    /// One for each PersistentVolume, in the order of their names.
    pub volumes: Vec<VolumeView>,
    /// Disks that went with their pods (`emptyDir`, and the container's own) or with their claims, with what was on them; the last
    /// sixteen, oldest first.
    pub lost: Vec<LostDiskView>,
}

impl DataView {
    /// What the pod of this uid runs, when that is a database.
    pub fn member(&self, uid: &str) -> Option<&MemberView> {
        self.members.iter().find(|m| &*m.uid == uid)
    }

    /// The volume that a claim is bound to.
    pub fn volume_of(&self, namespace: &str, claim: &str) -> Option<&VolumeView> {
        self.volumes.iter().find(|v| &*v.namespace == namespace && &*v.claim == claim)
    }
}

/// How replicas follow: `podscope.dev/replication`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A write is answered when the primary has it.
    #[default]
    Async,
    /// A write is answered when at least one replica has received it too.
    SemiSync,
    /// A write is answered when every replica has applied it.
    Sync,
}

impl Mode {
    /// As the annotation spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::SemiSync => "semi-sync",
            Self::Sync => "sync",
        }
    }
}

/// All members of one database, and what became of its clients' operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatabaseView {
    /// `StatefulSet`, `Deployment` and so on: what owns its pods.
    pub kind: Text,
    /// The owner's name.
    pub name: Text,
    /// The owner's namespace.
    pub namespace: Text,
    /// How replicas follow.
    pub mode: Mode,
    /// Whether an operator promotes a replica when the primary is gone (`podscope.dev/failover: operator`).
    pub operator: bool,
    /// The pod that is meant to be primary; empty when every pod believes itself primary, as under a Deployment.
    pub primary: Text,
    /// Writes of its clients.
    pub writes: Operations,
    /// Reads of its clients.
    pub reads: Operations,
    /// Acknowledged writes that are on no surviving primary.
    pub lost_writes: u64,
    /// Reads that returned less than was acknowledged before they began.
    pub stale_reads: u64,
    /// Reads that returned less than the same client had read before.
    pub backward_reads: u64,
    /// Pairs of members whose logs contradict each other.
    pub diverged: u64,
    /// Writes that destroyed another process' write in the same files.
    pub corrupted: u64,
}

/// How operations ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Answered.
    pub done: u64,
    /// Refused: nobody there, a replica that takes no writes, a full volume.
    pub failed: u64,
    /// No answer in time: whether a write was done is not known to its client.
    pub timed_out: u64,
    /// Of the failed ones: because the volume is full.
    pub no_space: u64,
}

/// What a pod's database does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Not up yet, or down.
    #[default]
    None,
    /// Takes writes.
    Primary,
    /// Follows a primary and is read-only.
    Replica,
    /// Cannot start: another process on the node has the lock on its files.
    Locked,
}

impl Role {
    /// In one lower-case word, which also names the style class.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Locked => "locked",
        }
    }
}

/// The database in one pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberView {
    /// `metadata.uid` of the pod: what [`PodView::uid`](super::PodView::uid) is.
    pub uid: Text,
    /// Name of the pod.
    pub pod: Text,
    /// Namespace of the pod.
    pub namespace: Text,
    /// Index in [`DataView::databases`].
    pub database: usize,
    /// What it is.
    pub role: Role,
    /// Whether it answers.
    pub up: bool,
    /// The pod is gone from the API, but its node is cut off and still runs it.
    pub ghost: bool,
    /// How many log entries it has received.
    pub position: u64,
    /// How many of them its readers see.
    pub applied: u64,
    /// How many entries of its primary its readers do not see yet; 0 of a primary.
    pub lag: u64,
    /// For how long its readers have seen less than the primary's.
    pub lag_time: Duration,
    /// The clone under way, of the volume of another pod.
    pub clone: Option<CloneView>,
    /// The position from which on its log contradicts its primary's.
    pub diverged_at: Option<u64>,
    /// The PersistentVolume with its files; empty when they go with the pod.
    pub volume: Text,
    /// Bytes of its files.
    pub bytes: u64,
    /// The last write in its log, as clients number them; 0 when there is none.
    pub last_write: u64,
    /// Writes that it refused because its volume is full.
    pub no_space: u64,
}

/// A clone under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CloneView {
    /// The pod that it is copied from.
    pub from: Text,
    /// Bytes that have been copied.
    pub done: u64,
    /// Bytes to copy.
    pub total: u64,
}

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// The whole volume, once.
    Clone,
    /// The primary's log, as it is written.
    Stream,
}

/// From one member to another.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationView {
    /// The uid of the pod that is copied from.
    pub from: Text,
    /// The uid of the pod that copies.
    pub to: Text,
    /// The names of the two.
    pub names: (Text, Text),
    /// What is copied.
    pub kind: LinkKind,
    /// How much of it is done, from 0 to 100: bytes of a clone, applied entries of a stream.
    pub progress: u8,
    /// Entries of a stream that are still to be applied.
    pub behind: u64,
    /// Nothing gets through: held by hand, or between a zone that is cut off and the rest.
    pub held: bool,
}

/// A PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeView {
    /// `metadata.name`
    pub name: Text,
    /// Its claim; empty when it has none.
    pub claim: Text,
    /// Its claim's namespace.
    pub namespace: Text,
    /// `status.phase`
    pub phase: Text,
    /// `ReadWriteOnce`, `ReadWriteOncePod`, `ReadWriteMany` or `ReadOnlyMany`: the first that it has.
    pub access: Text,
    /// Whether its data goes with its claim (reclaim policy Delete).
    pub delete: bool,
    /// Bytes that fit.
    pub capacity: u64,
    /// Bytes that are used.
    pub used: u64,
    /// Rows of a database on it.
    pub rows: u64,
    /// Files that people wrote on it.
    pub files: usize,
    /// The nodes that it is attached to.
    pub nodes: Vec<Text>,
    /// The zone it can only be attached in; empty when anywhere.
    pub zone: Text,
    /// Nothing more fits.
    pub full: bool,
    /// It was made slow.
    pub slow: bool,
}

/// A disk that is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct LostDiskView {
    /// When.
    pub at: crate::time::SimTime,
    /// The pod, or the volume, that it went with.
    pub of: Text,
    /// Bytes that were on it.
    pub bytes: u64,
    /// Rows of a database that were on it.
    pub rows: u64,
    /// Files that people wrote on it.
    pub files: usize,
}
