//! Autoscalers and disruption budgets.

use super::workload::{at_most_all, int_or_percent};
use super::{Errors, meta};
use crate::convert::read;
use podscope_schema::Value;

// upstream: pkg/apis/autoscaling/validation validateHorizontalPodAutoscalerSpec
pub(super) fn autoscaler(errors: &mut Errors, spec: &Value) {
    let (min, max) = (read::number(spec, "minReplicas", 1), read::number(spec, "maxReplicas", 0));
    if min < 1 {
        errors.invalid("spec.minReplicas", &min.into(), "must be greater than or equal to 1");
    }
    if max == 0 {
        errors.required("spec.maxReplicas", "must be set and greater than 0");
    } else if max < 0 {
        errors.invalid("spec.maxReplicas", &max.into(), "must be greater than or equal to 1");
    }
    if max < min {
        errors.invalid("spec.maxReplicas", &max.into(), "must be greater than or equal to `minReplicas`");
    }
    for key in ["kind", "name"] {
        if spec.str_at(&["scaleTargetRef", key]).unwrap_or_default().is_empty() {
            errors.required(&format!("spec.scaleTargetRef.{key}"), "");
        }
    }
    let from_outside = |m: &Value| matches!(m.str_at(&["type"]), Some("Object" | "External"));
    if min == 0 && !read::list(spec, "metrics").iter().any(from_outside) {
        errors.forbidden(
            "spec.metrics",
            "must specify at least one Object or External metric to support scaling to zero replicas",
        );
    }
}

// upstream: pkg/apis/policy/validation ValidatePodDisruptionBudgetSpec
pub(super) fn budget(errors: &mut Errors, spec: &Value) {
    let (min, max) = (read::field(spec, "minAvailable"), read::field(spec, "maxUnavailable"));
    if !min.is_null() && !max.is_null() {
        errors.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
    }
    for (key, value) in [("minAvailable", min), ("maxUnavailable", max)] {
        if !value.is_null() {
            let path = format!("spec.{key}");
            int_or_percent(errors, value, &path);
            at_most_all(errors, value, &path);
        }
    }
    meta::selector(errors, read::field(spec, "selector"), "spec.selector");
    let unhealthy = read::field(spec, "unhealthyPodEvictionPolicy");
    if !unhealthy.is_null() && !matches!(unhealthy.as_str(), Some("AlwaysAllow" | "IfHealthyBudget")) {
        let known = ["AlwaysAllow", "IfHealthyBudget"];
        errors.unsupported("spec.unhealthyPodEvictionPolicy", &unhealthy.to_json(), &known);
    }
}
