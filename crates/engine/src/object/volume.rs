//! Claims, volumes and storage classes.

use super::{Meta, Str};
use crate::time::SimTime;
use podscope_schema::Value;

/// The phase of a claim or of a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VolumePhase {
    /// Not bound yet.
    #[default]
    Pending,
    /// A volume that no claim has.
    Available,
    /// Bound.
    Bound,
    /// A volume whose claim is gone.
    Released,
    /// A claim whose volume is gone.
    Lost,
}

impl VolumePhase {
    /// As the API prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Available => "Available",
            Self::Bound => "Bound",
            Self::Released => "Released",
            Self::Lost => "Lost",
        }
    }
}

/// How far a claim's wish for more has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resize {
    /// Nothing is asked for.
    #[default]
    None,
    /// Since then the driver makes the disk larger.
    Disk(SimTime),
    /// Since then the file system waits to be grown on a node; until then it has so many bytes.
    FileSystem(SimTime, i64),
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Metadata.
    pub meta: Meta,
    /// `spec.storageClassName`; none means the default class.
    pub class: Option<Str>,
    /// `spec.accessModes`, such as ReadWriteOnce.
    pub access_modes: Vec<Str>,
    /// `spec.resources.requests.storage` in bytes.
    pub bytes: i64,
    /// `spec.volumeName`, once it is bound.
    pub volume: Option<Str>,
    /// `status.phase`
    pub phase: VolumePhase,
    /// `status.conditions`
    pub resize: Resize,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Metadata.
    pub meta: Meta,
    /// `spec.storageClassName`
    pub class: Str,
    /// `spec.accessModes`
    pub access_modes: Vec<Str>,
    /// `spec.capacity.storage` in bytes.
    pub bytes: i64,
    /// `spec.claimRef`: namespace and name.
    pub claim: Option<(Str, Str)>,
    /// The zone it lives in, if it is bound to one.
    pub zone: Option<Str>,
    /// `spec.persistentVolumeReclaimPolicy: Delete`
    pub reclaim_delete: bool,
    /// `status.phase`
    pub phase: VolumePhase,
    /// The spec as written; null for a provisioned volume.
    pub raw: Value,
}

/// A StorageClass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageClass {
    /// Metadata; the default class is marked by annotation.
    pub meta: Meta,
    /// `provisioner`
    pub provisioner: Str,
    /// `volumeBindingMode: WaitForFirstConsumer`
    pub wait_for_consumer: bool,
    /// `reclaimPolicy: Delete`
    pub reclaim_delete: bool,
    /// The object as written; null for a built-in one.
    pub raw: Value,
}
