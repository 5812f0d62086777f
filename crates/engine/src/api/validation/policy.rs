//! Disruption budgets.

use super::workload::{at_most_all, int_or_percent};
use super::{Errors, meta};
use crate::convert::read;
use podscope_schema::Value;

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
