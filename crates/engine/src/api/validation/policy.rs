//! Disruption budgets.

use super::workload::{at_most_all, int_or_percent};
use super::{Errors, meta};
use crate::convert::read;
use podscope_schema::Value;

// upstream: pkg/apis/policy/validation ValidatePodDisruptionBudgetSpec
pub(super) fn budget(errors: &mut Errors, spec: &Value) {
    let (min, max) = (read::field(spec, "minAvailable"), read::field(spec, "maxUnavailable"));
    if !min.is_null() && !max.is_null() {
        // As Go prints its own type, which has no names for JSON.
        let shown = |key| read::field(spec, key).sorted().to_json();
        let all = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            shown("minAvailable"),
            shown("selector"),
            shown("maxUnavailable"),
            shown("unhealthyPodEvictionPolicy")
        );
        errors.invalid_text("spec", &all, "minAvailable and maxUnavailable cannot be both set");
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
