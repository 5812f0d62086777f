//! Autoscalers, disruption budgets and quotas.

use super::text::{Text, date};
use crate::print::read::{UNKNOWN, UNSET, list, members, number, scalar, selector, text, text_or};
use podscope_schema::Value;

/// A disruption budget.
pub fn budget(w: &mut Text, o: &Value) {
    w.head(o);
    if o.at(&["spec", "minAvailable"]).is_some() {
        w.row(0, "Min available", text(o, &["spec", "minAvailable"]));
    } else if o.at(&["spec", "maxUnavailable"]).is_some() {
        w.row(0, "Max unavailable", text(o, &["spec", "maxUnavailable"]));
    }
    let chosen = if o.at(&["spec", "selector"]).is_some() { selector(o, &["spec", "selector"]) } else { UNSET.into() };
    w.row(0, "Selector", chosen);
    w.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        w.row(2, title, number(o, &["status", field]).to_string());
    }
}

/// A horizontal autoscaler.
pub fn autoscaler(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    w.row(0, "CreationTimestamp", date(o, &["metadata", "creationTimestamp"]));
    let kind = text(o, &["spec", "scaleTargetRef", "kind"]);
    w.row(0, "Reference", format!("{kind}/{}", text(o, &["spec", "scaleTargetRef", "name"])));
    w.row(0, "Metrics", "( current / target )");
    let current = list(o, &["status", "currentMetrics"]);
    for (i, spec) in list(o, &["spec", "metrics"]).iter().enumerate() {
        w.line(1, metric(spec, current.get(i).unwrap_or(&Value::Null)));
    }
    w.row(0, "Min replicas", text_or(o, &["spec", "minReplicas"], UNSET));
    w.row(0, "Max replicas", text(o, &["spec", "maxReplicas"]));
    if let Some(behavior) = o.at(&["spec", "behavior"]) {
        w.line(0, "Behavior:");
        direction(w, "Scale Up", behavior.get("scaleUp"));
        direction(w, "Scale Down", behavior.get("scaleDown"));
    }
    let (have, want) = (number(o, &["status", "currentReplicas"]), number(o, &["status", "desiredReplicas"]));
    w.row(0, &format!("{kind} pods"), format!("{have} current / {want} desired"));
    w.conditions(o, 0, &[("Type", "type"), ("Status", "status"), ("Reason", "reason"), ("Message", "message")]);
}

fn direction(w: &mut Text, title: &str, rules: Option<&Value>) {
    let Some(rules) = rules else { return };
    w.line(1, format!("{title}:"));
    if rules.get("stabilizationWindowSeconds").is_some() {
        w.line(2, format!("Stabilization Window: {} seconds", text(rules, &["stabilizationWindowSeconds"])));
    }
    let policies = list(rules, &["policies"]);
    if !policies.is_empty() {
        w.line(2, format!("Select Policy: {}", text_or(rules, &["selectPolicy"], "Max")));
        w.line(2, "Policies:");
    }
    for p in policies {
        let (kind, value, period) = (text(p, &["type"]), text(p, &["value"]), text(p, &["periodSeconds"]));
        w.line(3, format!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"));
    }
}

/// One metric: what it is, what it is now, and what it is to be.
fn metric(spec: &Value, now: &Value) -> String {
    let kind = text(spec, &["type"]);
    let mut key = kind.clone();
    if let Some(first) = key.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let want = |field: &str| spec.at(&[&*key, "target", field]).map(scalar);
    let have = |field: &str| now.at(&[&*key, "current", field]).map(scalar);
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| UNKNOWN.into());
    let metric = text(spec, &[&*key, "metric", "name"]);
    let average = want("averageValue");
    match &*kind {
        "External" | "Object" => {
            let on = if kind == "Object" {
                let of = |field: &str| text(spec, &[&*key, "describedObject", field]);
                format!(" on {}/{}", of("kind"), of("name"))
            } else {
                String::new()
            };
            match average {
                Some(average) => {
                    format!(
                        "\"{metric}\"{on} (target average value):\t{} / {average}",
                        or_unknown(have("averageValue"))
                    )
                }
                None => format!(
                    "\"{metric}\"{on} (target value):\t{} / {}",
                    or_unknown(have("value")),
                    want("value").unwrap_or_default()
                ),
            }
        }
        "Pods" => {
            format!("\"{metric}\" on pods:\t{} / {}", or_unknown(have("averageValue")), average.unwrap_or_default())
        }
        "Resource" | "ContainerResource" => {
            let container = text(spec, &[&*key, "container"]);
            let of = if container.is_empty() { String::new() } else { format!(" of container \"{container}\"") };
            let head = format!("resource {}{of} on pods", text(spec, &[&*key, "name"]));
            if let Some(average) = average {
                return format!("{head}:\t{} / {average}", or_unknown(have("averageValue")));
            }
            let used = have("averageUtilization").zip(have("averageValue"));
            let used = used.map(|(percent, value)| format!("{percent}% ({value})"));
            let target = want("averageUtilization").map_or_else(|| "<auto>".into(), |p| format!("{p}%"));
            format!("{head}  (as a percentage of request):\t{} / {target}", or_unknown(used))
        }
        other => format!("<unknown metric type {other:?}>"),
    }
}

/// A quota.
pub fn quota(w: &mut Text, o: &Value) {
    w.head(o);
    let scopes: Vec<String> = list(o, &["spec", "scopes"]).iter().map(scalar).collect();
    if !scopes.is_empty() {
        w.row(0, "Scopes", scopes.join(", "));
    }
    w.line(0, "Resource\tUsed\tHard");
    w.line(0, "--------\t----\t----");
    for (resource, hard) in members(o, &["status", "hard"]) {
        let used = text_or(o, &["status", "used", &resource], "0");
        w.line(0, format!("{resource}\t{used}\t{hard}"));
    }
}
