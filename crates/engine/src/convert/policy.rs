//! Services, autoscalers, budgets and quotas.

use super::read::{default, field, flag, int_or_percent, labels, list, meta, milli, number, selector, text, whole};
use crate::object::{
    Autoscaler, AutoscalerStatus, DisruptionBudget, DisruptionBudgetStatus, ResourceQuota, Service, ServicePort,
};
use podscope_schema::{Map, Value};

/// A Service. Its cluster IP is given when it is created.
pub fn service(value: &Value, namespace: &str) -> Service {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "type", "ClusterIP");
    default(spec, "sessionAffinity", "None");
    let external = spec.get("type").and_then(Value::as_str) == Some("ExternalName");
    if !external {
        default(spec, "internalTrafficPolicy", "Cluster");
        default(spec, "ipFamilies", Value::array([Value::from("IPv4")]));
        default(spec, "ipFamilyPolicy", "SingleStack");
    }
    if crate::TRAFFIC && matches!(spec.get("type").and_then(Value::as_str), Some("NodePort" | "LoadBalancer")) {
        default(spec, "externalTrafficPolicy", "Cluster");
    }
    if let Some(ports) = spec.get_mut("ports") {
        for port in ports.make_array() {
            let number = port.get("port").cloned().unwrap_or_default();
            default(port.make_map(), "protocol", "TCP");
            // Upstream's type has no way to tell 0 from nothing.
            if port.get("targetPort").and_then(Value::as_i64) == Some(0) {
                port.make_map().remove("targetPort");
            }
            default(port.make_map(), "targetPort", number);
        }
    }
    let port = |p: &Value| ServicePort {
        name: text(p, "name"),
        port: number(p, "port", 0),
        target: field(p, "targetPort").clone(),
        protocol: text(p, "protocol"),
        node_port: number(p, "nodePort", 0),
    };
    let chosen = labels(field(&raw, "selector"));
    Service {
        meta: meta(value, namespace, true),
        selector: (!chosen.is_empty()).then_some(chosen),
        cluster_ip: text(&raw, "clusterIP"),
        kind: text(&raw, "type"),
        ports: list(&raw, "ports").iter().map(port).collect(),
        publish_not_ready: flag(&raw, "publishNotReadyAddresses"),
        sticky: &*text(&raw, "sessionAffinity") == "ClientIP",
        raw,
    }
}

/// A HorizontalPodAutoscaler of `autoscaling/v2`, or of v1 with its one CPU target.
pub fn autoscaler(value: &Value, namespace: &str) -> Autoscaler {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "minReplicas", 1);
    if let Some(percent) = spec.remove("targetCPUUtilizationPercentage") {
        spec.insert("metrics", Value::array([cpu_metric(percent)]));
    }
    default(spec, "metrics", Value::array([cpu_metric(80.into())]));
    if let Some(behavior) = spec.get_mut("behavior").filter(|b| !b.is_null()) {
        behaviour_defaults(behavior.make_map());
    }
    let target = field(&raw, "scaleTargetRef");
    Autoscaler {
        meta: meta(value, namespace, true),
        target: (text(target, "kind"), text(target, "name")),
        min: number(&raw, "minReplicas", 1),
        max: number(&raw, "maxReplicas", 1),
        metrics: field(&raw, "metrics").clone(),
        behavior: field(&raw, "behavior").clone(),
        status: AutoscalerStatus::default(),
        raw,
    }
}

fn cpu_metric(percent: Value) -> Value {
    let target = Value::object([("type", Value::from("Utilization")), ("averageUtilization", percent)]);
    Value::object([
        ("type", Value::from("Resource")),
        ("resource", Value::object([("name", Value::from("cpu")), ("target", target)])),
    ])
}

// upstream: pkg/apis/autoscaling/v2/defaults.go
fn behaviour_defaults(behavior: &mut Map) {
    let policy = |kind: &str, value: i64, period: i64| {
        Value::object([("type", Value::from(kind)), ("value", value.into()), ("periodSeconds", period.into())])
    };
    for (name, policies) in [
        ("scaleUp", vec![policy("Pods", 4, 15), policy("Percent", 100, 15)]),
        ("scaleDown", vec![policy("Percent", 100, 15)]),
    ] {
        default(behavior, name, Value::object::<&str>([]));
        if let Some(rules) = behavior.get_mut(name).map(Value::make_map) {
            if name == "scaleUp" {
                default(rules, "stabilizationWindowSeconds", 0);
            }
            default(rules, "selectPolicy", "Max");
            default(rules, "policies", policies);
        }
    }
}

/// A PodDisruptionBudget.
pub fn budget(value: &Value, namespace: &str) -> DisruptionBudget {
    let raw = field(value, "spec").clone();
    DisruptionBudget {
        meta: meta(value, namespace, true),
        selector: selector(field(&raw, "selector")),
        min_available: int_or_percent(field(&raw, "minAvailable")),
        max_unavailable: int_or_percent(field(&raw, "maxUnavailable")),
        always_allow_unhealthy: &*text(&raw, "unhealthyPodEvictionPolicy") == "AlwaysAllow",
        status: DisruptionBudgetStatus::default(),
        raw,
    }
}

/// A ResourceQuota.
pub fn quota(value: &Value, namespace: &str) -> ResourceQuota {
    let raw = field(value, "spec").clone();
    let amount = |name: &str, v: &Value| if name.ends_with("cpu") { milli(v) } else { whole(v) };
    let hard = raw.get("hard").and_then(Value::as_map).into_iter().flat_map(Map::iter);
    ResourceQuota {
        meta: meta(value, namespace, true),
        hard: hard.map(|(k, v)| (k.clone(), amount(k, v))).collect(),
        used: Vec::new(),
        raw,
    }
}
