//! Autoscalers: their bounds, what they scale, their metrics, and how fast they may.

use super::container::{one_of, there};
use super::{Errors, child};
use crate::convert::read;
use podscope_schema::{Quantity, Value};

/// The kinds of metrics, and the members that hold them, in the order in which upstream looks at them.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

// upstream: pkg/apis/autoscaling/validation validateHorizontalPodAutoscalerSpec
pub(super) fn autoscaler(errors: &mut Errors, spec: &Value, create: bool) {
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
    let target = read::field(spec, "scaleTargetRef");
    reference(errors, target, "spec.scaleTargetRef");
    // upstream: ValidateAPIVersion, which looks at what was there before only when it changed
    let version = target.str_at(&["apiVersion"]).unwrap_or_default();
    if create && !version.contains('/') && target.str_at(&["kind"]) != Some("ReplicationController") {
        errors.invalid("spec.scaleTargetRef.apiVersion", &version.into(), "apiVersion must specify API group");
    }
    let metrics = read::list(spec, "metrics");
    for (i, metric) in metrics.iter().enumerate() {
        self::metric(errors, metric, &format!("spec.metrics[{i}]"));
    }
    let from_outside = |m: &Value| matches!(m.str_at(&["type"]), Some("Object" | "External"));
    if min == 0 && !metrics.iter().any(from_outside) {
        errors.forbidden(
            "spec.metrics",
            "must specify at least one Object or External metric to support scaling to zero replicas",
        );
    }
    for way in ["scaleUp", "scaleDown"] {
        if let Some(rules) = there(read::field(spec, "behavior"), way) {
            scaling_rules(errors, rules, &format!("spec.behavior.{way}"));
        }
    }
}

/// A name that can be part of a URL's path.
// upstream: apimachinery/pkg/api/validate/content IsPathSegmentName
fn segment(errors: &mut Errors, value: &Value, at: &str, key: &str, missing: &str) {
    let (text, at) = (value.str_at(&[key]).unwrap_or_default(), child(at, key));
    if text.is_empty() {
        return errors.required(&at, missing);
    }
    if matches!(text, "." | "..") {
        return errors.invalid(&at, &text.into(), &format!("may not be '{text}'"));
    }
    for part in ["/", "%"].into_iter().filter(|part| text.contains(part)) {
        errors.invalid(&at, &text.into(), &format!("may not contain '{part}'"));
    }
}

// upstream: ValidateCrossVersionObjectReference
fn reference(errors: &mut Errors, reference: &Value, at: &str) {
    segment(errors, reference, at, "kind", "");
    segment(errors, reference, at, "name", "");
}

// upstream: validateMetricSpec
fn metric(errors: &mut Errors, metric: &Value, at: &str) {
    let kind = metric.str_at(&["type"]).unwrap_or_default();
    let expected = SOURCES.iter().find(|s| s.0 == kind).map(|s| s.1);
    let unknown = |errors: &mut Errors| {
        let known = ["ContainerResource", "External", "Object", "Pods", "Resource"];
        errors.unsupported(&child(at, "type"), &Value::from(kind).to_json(), &known);
    };
    if kind.is_empty() {
        errors.required(&child(at, "type"), "must specify a metric source type");
    }
    if expected.is_none() {
        unknown(errors);
    }
    let present: Vec<&str> = SOURCES.iter().map(|s| s.1).filter(|s| there(metric, s).is_some()).collect();
    if let Some(first) = present.first() {
        source(errors, first, read::field(metric, first), &child(at, first));
    }
    match expected {
        None => unknown(errors),
        Some(source) if !present.contains(&source) => {
            errors.required(&child(at, source), "must populate information for the given metric source");
        }
        Some(_) => {}
    }
    if present.len() > 1 {
        for other in present.iter().filter(|s| Some(**s) != expected) {
            errors.forbidden(&child(at, other), "must populate the given metric source only");
        }
    }
}

/// What one kind of metric says.
// upstream: validateObjectSource, validateExternalSource, validatePodsSource, validateResourceSource
fn source(errors: &mut Errors, kind: &str, source: &Value, at: &str) {
    match kind {
        "resource" | "containerResource" => {
            for (key, why) in [("name", "must specify a resource name"), ("container", "must specify a container")] {
                let asked = key == "name" || kind == "containerResource";
                if asked && source.str_at(&[key]).unwrap_or_default().is_empty() {
                    errors.required(&child(at, key), why);
                }
            }
        }
        _ => {
            if kind == "object" {
                reference(errors, read::field(source, "describedObject"), &child(at, "describedObject"));
            }
            let metric = read::field(source, "metric");
            segment(errors, metric, &child(at, "metric"), "name", "must specify a metric name");
        }
    }
    let (target, at) = (read::field(source, "target"), child(at, "target"));
    self::target(errors, target, &at);
    let given = |key: &str| there(target, key).is_some();
    let (one, key, none, both) = match kind {
        "object" => ("value", "averageValue", "must set either a target value or averageValue", None),
        "external" => {
            let both = ("value", "may not set both a target value for metric and a per-pod target");
            ("value", "averageValue", "must set either a target value for metric or a per-pod target", Some(both))
        }
        "pods" => ("averageValue", "averageValue", "must specify a positive target averageValue", None),
        _ => {
            let both = ("averageValue", "may not set both a target raw value and a target utilization");
            let none = "must set either a target raw value or a target utilization";
            ("averageValue", "averageUtilization", none, Some(both))
        }
    };
    if !given(one) && !given(key) {
        errors.required(&child(&at, key), none);
    }
    if let Some((field, why)) = both.filter(|_| given(one) && given(key)) {
        errors.forbidden(&child(&at, field), why);
    }
}

// upstream: validateMetricTarget
fn target(errors: &mut Errors, target: &Value, at: &str) {
    let kind = target.str_at(&["type"]).unwrap_or_default();
    if kind.is_empty() {
        errors.required(&child(at, "type"), "must specify a metric target type");
    }
    if !matches!(kind, "Utilization" | "Value" | "AverageValue") {
        errors.invalid(&child(at, "type"), &kind.into(), "must be either Utilization, Value, or AverageValue");
    }
    for key in ["value", "averageValue"] {
        let Some(amount) = there(target, key) else { continue };
        let text = amount.as_str().map_or_else(|| amount.to_json(), str::to_owned);
        if Quantity::parse(&text).is_ok_and(|q| q.nano() <= 0) {
            let shown = Quantity::stored(&text).unwrap_or(text);
            errors.invalid(&child(at, key), &shown.into(), "must be positive");
        }
    }
    if let Some(n) = target.get("averageUtilization").and_then(Value::as_i64).filter(|n| *n < 1) {
        errors.invalid(&child(at, "averageUtilization"), &n.into(), "must be greater than 0");
    }
}

/// A number from `least`, which is 0 or 1, to `most`.
fn bounded(errors: &mut Errors, n: i64, at: &str, least: i64, most: i64) {
    let why = match n {
        n if n < least && least > 0 => "must be greater than zero".to_owned(),
        n if n < least => "must be greater than or equal to zero".to_owned(),
        n if n > most => format!("must be less than or equal to {most}"),
        _ => return,
    };
    errors.invalid(at, &n.into(), &why);
}

// upstream: validateScalingRules, validateScalingPolicy
fn scaling_rules(errors: &mut Errors, rules: &Value, at: &str) {
    let window = read::number(rules, "stabilizationWindowSeconds", 0);
    bounded(errors, window, &child(at, "stabilizationWindowSeconds"), 0, 3600);
    one_of(errors, rules, at, "selectPolicy", &["Disabled", "Max", "Min"]);
    let policies = read::list(rules, "policies");
    if policies.is_empty() {
        errors.required(&child(at, "policies"), "must specify at least one Policy");
    }
    for (i, policy) in policies.iter().enumerate() {
        let at = format!("{at}.policies[{i}]");
        let kind = policy.str_at(&["type"]).unwrap_or_default();
        if !matches!(kind, "Percent" | "Pods") {
            errors.unsupported(&child(&at, "type"), &Value::from(kind).to_json(), &["Percent", "Pods"]);
        }
        for (key, most) in [("value", i64::MAX), ("periodSeconds", 1800)] {
            bounded(errors, read::number(policy, key, 0), &child(&at, key), 1, most);
        }
    }
}
