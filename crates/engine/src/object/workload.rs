//! Deployments, ReplicaSets, StatefulSets and their revisions.

use super::{Claim, Meta, PodTemplate, Selector, Str};
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;

/// A number or a percentage, as `maxSurge` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// So many.
    Int(i64),
    /// So many of a hundred.
    Percent(i64),
}

impl IntOrPercent {
    /// The number it stands for, out of `total`.
    // upstream: util/intstr GetScaledValueFromIntOrPercent
    pub const fn of(&self, total: i64, round_up: bool) -> i64 {
        match *self {
            Self::Int(n) => n,
            Self::Percent(p) if round_up => (p * total + 99).div_euclid(100),
            Self::Percent(p) => (p * total).div_euclid(100),
        }
    }
}

/// A condition of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `type`
    pub kind: &'static str,
    /// `status` is True; `None` stands for Unknown.
    pub status: Option<bool>,
    /// `reason`
    pub reason: Str,
    /// `message`
    pub message: Str,
    /// `lastTransitionTime`
    pub since: SimTime,
    /// `lastUpdateTime`
    pub updated: SimTime,
}

/// A Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Metadata.
    pub meta: Meta,
    /// `spec.replicas`
    pub replicas: i64,
    /// `spec.selector`
    pub selector: Selector,
    /// `spec.template`
    pub template: Rc<PodTemplate>,
    /// `spec.strategy`: `(maxSurge, maxUnavailable)` of a rolling update, or `None` for Recreate.
    pub rolling: Option<(IntOrPercent, IntOrPercent)>,
    /// `spec.minReadySeconds`
    pub min_ready: i64,
    /// `spec.revisionHistoryLimit`
    pub history_limit: i64,
    /// `spec.paused`
    pub paused: bool,
    /// `spec.progressDeadlineSeconds`
    pub progress_deadline: Option<i64>,
    /// `status`
    pub status: DeploymentStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A Deployment's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// `observedGeneration`
    pub observed_generation: i64,
    /// `replicas`
    pub replicas: i64,
    /// `updatedReplicas`
    pub updated: i64,
    /// `readyReplicas`
    pub ready: i64,
    /// `availableReplicas`
    pub available: i64,
    /// `unavailableReplicas`
    pub unavailable: i64,
    /// `terminatingReplicas`
    pub terminating: Option<i64>,
    /// `collisionCount`
    pub collisions: i64,
    /// `conditions`
    pub conditions: Vec<Condition>,
}

/// A ReplicaSet, or a ReplicationController running as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Metadata.
    pub meta: Meta,
    /// It was written as a ReplicationController.
    pub legacy: bool,
    /// `spec.replicas`
    pub replicas: i64,
    /// `spec.selector`
    pub selector: Selector,
    /// `spec.template`
    pub template: Rc<PodTemplate>,
    /// `spec.minReadySeconds`
    pub min_ready: i64,
    /// `status`
    pub status: ReplicaSetStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A ReplicaSet's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicaSetStatus {
    /// `observedGeneration`
    pub observed_generation: i64,
    /// `replicas`
    pub replicas: i64,
    /// `fullyLabeledReplicas`
    pub fully_labeled: i64,
    /// `readyReplicas`
    pub ready: i64,
    /// `availableReplicas`
    pub available: i64,
    /// `terminatingReplicas`
    pub terminating: Option<i64>,
    /// `conditions`
    pub conditions: Vec<Condition>,
}

/// `spec.updateStrategy` of a StatefulSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateStrategy {
    /// Pods are replaced by people.
    OnDelete,
    /// Pods are replaced from the highest ordinal down to `partition`.
    RollingUpdate {
        /// Ordinals below stay at the current revision.
        partition: i64,
        /// `maxUnavailable`, behind its feature gate.
        max_unavailable: Option<IntOrPercent>,
    },
}

/// A StatefulSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatefulSet {
    /// Metadata.
    pub meta: Meta,
    /// `spec.replicas`
    pub replicas: i64,
    /// `spec.selector`
    pub selector: Selector,
    /// `spec.template`
    pub template: Rc<PodTemplate>,
    /// `spec.volumeClaimTemplates`
    pub claim_templates: Rc<Vec<Claim>>,
    /// `spec.serviceName`
    pub service: Str,
    /// `spec.podManagementPolicy: Parallel`
    pub parallel: bool,
    /// `spec.updateStrategy`
    pub strategy: UpdateStrategy,
    /// `spec.revisionHistoryLimit`
    pub history_limit: i64,
    /// `spec.minReadySeconds`
    pub min_ready: i64,
    /// `spec.ordinals.start`
    pub start: i64,
    /// `spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Delete`
    pub delete_claims_with_set: bool,
    /// `spec.persistentVolumeClaimRetentionPolicy.whenScaled: Delete`
    pub delete_claims_on_scale: bool,
    /// `status`
    pub status: StatefulSetStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A StatefulSet's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatefulSetStatus {
    /// `observedGeneration`
    pub observed_generation: i64,
    /// `replicas`
    pub replicas: i64,
    /// `readyReplicas`
    pub ready: i64,
    /// `availableReplicas`
    pub available: i64,
    /// `currentReplicas`
    pub current: i64,
    /// `updatedReplicas`
    pub updated: i64,
    /// `currentRevision`
    pub current_revision: Str,
    /// `updateRevision`
    pub update_revision: Str,
    /// `collisionCount`
    pub collisions: i64,
    /// `conditions`
    pub conditions: Vec<Condition>,
}

/// A ControllerRevision: a template that a StatefulSet or DaemonSet once had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerRevision {
    /// Metadata.
    pub meta: Meta,
    /// `revision`
    pub revision: i64,
    /// `data`: the template.
    pub template: Rc<PodTemplate>,
}
