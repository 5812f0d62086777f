//! DaemonSets.

use super::{Condition, IntOrPercent, Meta, PodTemplate, Selector};
use podscope_schema::Value;
use std::rc::Rc;

/// A DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonSet {
    /// Metadata.
    pub meta: Meta,
    /// `spec.selector`
    pub selector: Selector,
    /// `spec.template`
    pub template: Rc<PodTemplate>,
    /// `spec.updateStrategy.rollingUpdate`: `(maxSurge, maxUnavailable)`, or `None` for `OnDelete`.
    pub rolling: Option<(IntOrPercent, IntOrPercent)>,
    /// `spec.minReadySeconds`
    pub min_ready: i64,
    /// `spec.revisionHistoryLimit`
    pub history_limit: i64,
    /// `status`
    pub status: DaemonSetStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A DaemonSet's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaemonSetStatus {
    /// `observedGeneration`
    pub observed_generation: i64,
    /// `desiredNumberScheduled`: nodes that should run its pod.
    pub desired: i64,
    /// `currentNumberScheduled`: those of them that have one.
    pub current: i64,
    /// `numberMisscheduled`: nodes that have one and should not.
    pub misscheduled: i64,
    /// `numberReady`
    pub ready: i64,
    /// `updatedNumberScheduled`
    pub updated: i64,
    /// `numberAvailable`
    pub available: i64,
    /// `numberUnavailable`
    pub unavailable: i64,
    /// `collisionCount`
    pub collisions: i64,
    /// `conditions`
    pub conditions: Vec<Condition>,
}
