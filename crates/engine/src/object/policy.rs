//! Autoscalers, disruption budgets and quotas.

use super::{Condition, IntOrPercent, Meta, Selector, Str};
use crate::time::SimTime;
use podscope_schema::Value;

/// A HorizontalPodAutoscaler on CPU utilisation or value.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscaler {
    /// Metadata.
    pub meta: Meta,
    /// `spec.scaleTargetRef`: kind and name.
    pub target: (Str, Str),
    /// `spec.minReplicas`
    pub min: i64,
    /// `spec.maxReplicas`
    pub max: i64,
    /// `spec.metrics`, as written and defaulted (the controller reads what it knows).
    pub metrics: Value,
    /// `spec.behavior`, as written and defaulted.
    pub behavior: Value,
    /// `status`
    pub status: AutoscalerStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// An autoscaler's status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AutoscalerStatus {
    /// `observedGeneration`
    pub observed_generation: i64,
    /// `currentReplicas`
    pub current: i64,
    /// `desiredReplicas`
    pub desired: i64,
    /// `lastScaleTime`
    pub last_scale: Option<SimTime>,
    /// `currentMetrics`, as the API prints it.
    pub metrics: Value,
    /// `conditions`
    pub conditions: Vec<Condition>,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, PartialEq)]
pub struct DisruptionBudget {
    /// Metadata.
    pub meta: Meta,
    /// `spec.selector`
    pub selector: Option<Selector>,
    /// `spec.minAvailable`
    pub min_available: Option<IntOrPercent>,
    /// `spec.maxUnavailable`
    pub max_unavailable: Option<IntOrPercent>,
    /// `spec.unhealthyPodEvictionPolicy: AlwaysAllow`
    pub always_allow_unhealthy: bool,
    /// `status`
    pub status: DisruptionBudgetStatus,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// A budget's status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisruptionBudgetStatus {
    /// `observedGeneration`
    pub observed_generation: i64,
    /// `disruptionsAllowed`
    pub allowed: i64,
    /// `currentHealthy`
    pub healthy: i64,
    /// `desiredHealthy`
    pub desired: i64,
    /// `expectedPods`
    pub expected: i64,
    /// `disruptedPods`: names, and when their eviction was granted.
    pub disrupted: Vec<(Str, SimTime)>,
    /// `conditions`
    pub conditions: Vec<Condition>,
}

/// A ResourceQuota: hard limits and what is used, by resource name.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceQuota {
    /// Metadata.
    pub meta: Meta,
    /// `spec.hard`, as quantities of the resource's base unit (milli for CPU).
    pub hard: Vec<(Str, i64)>,
    /// `status.used`, likewise.
    pub used: Vec<(Str, i64)>,
    /// The spec as written.
    pub raw: Value,
}
