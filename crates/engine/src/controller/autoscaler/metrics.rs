//! Where an autoscaler's numbers come from, and what each metric asks for.

use super::calculator::{self, Tolerances};
use crate::api::Context;
use crate::object::{Autoscaler, Key, Kind, Object, Phase, Pod};
use podscope_schema::sorted::SortedMap;
use podscope_schema::{Quantity, Value};
use std::rc::Rc;

/// How much CPU pods use, in thousandths of a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Each running pod uses so much.
    EachPod(i64),
    /// The running pods share so much work equally.
    Shared(i64),
}

/// What one metric asks for.
pub struct Answer {
    /// So many replicas.
    pub replicas: i64,
    /// How Events and conditions call it.
    pub name: String,
    /// Its entry in `currentMetrics`.
    pub status: Value,
}

/// Why a metric could not be had.
pub struct Problem {
    /// The reason of the Event and the condition.
    pub reason: &'static str,
    /// What the Event and the condition say.
    pub cause: String,
    /// The same, with the kind of metric in front.
    pub message: String,
}

/// Asks one metric.
// upstream: podautoscaler computeReplicasForMetric
pub fn evaluate(
    cx: &Context,
    hpa: &Autoscaler,
    spec: &Value,
    target: Key,
    current: i64,
    pods: &[(Key, Rc<Pod>)],
) -> Result<Answer, Problem> {
    let kind = spec.str_at(&["type"]).unwrap_or_default();
    if kind != "Resource" {
        return Err(unknown_metric(kind, spec));
    }
    let resource = spec.str_at(&["resource", "name"]).unwrap_or_default();
    resource_metric(cx, hpa, spec, resource, target, current, pods).map_err(|cause| Problem {
        reason: "FailedGetResourceMetric",
        message: format!("failed to get {resource} resource metric value: {cause}"),
        cause,
    })
}

/// Metrics that need an adapter in the cluster; there is none.
fn unknown_metric(kind: &str, spec: &Value) -> Problem {
    let name = |field: &str| spec.str_at(&[field, "metric", "name"]).unwrap_or_default().to_string();
    let (reason, what, name, api) = match kind {
        "Pods" => ("FailedGetPodsMetric", "pods", name("pods"), "custom"),
        "Object" => ("FailedGetObjectMetric", "object", name("object"), "custom"),
        "External" => ("FailedGetExternalMetric", "external", name("external"), "external"),
        _ => ("FailedGetContainerResourceMetric", "container", "cpu".into(), "resource"),
    };
    let cause = format!("unable to get metric {name}: unable to fetch metrics from {api} metrics API: no such API");
    Problem { reason, message: format!("failed to get {what} metric value: {cause}"), cause }
}

// upstream: podautoscaler computeStatusForResourceMetricGeneric
fn resource_metric(
    cx: &Context,
    hpa: &Autoscaler,
    spec: &Value,
    resource: &str,
    target: Key,
    current: i64,
    pods: &[(Key, Rc<Pod>)],
) -> Result<Answer, String> {
    let goal = spec.at(&["resource", "target"]).cloned().unwrap_or_default();
    let tolerances = tolerances(hpa);
    let status = |current: Value| {
        let resource = Value::object([("name", Value::from(resource)), ("current", current)]);
        Value::object([("type", Value::from("Resource")), ("resource", resource)])
    };
    if let Some(wanted) = goal.get("averageValue").and_then(milli) {
        let found = sample(cx, hpa, resource, target, pods)
            .and_then(|m| calculator::plain(cx, m, pods, current, wanted, resource, tolerances))
            .map_err(|e| format!("failed to get {resource} usage: {e}"))?;
        let value = Value::object([("averageValue", Value::from(quantity(resource, found.average)))]);
        return Ok(Answer { replicas: found.replicas, name: format!("{resource} resource"), status: status(value) });
    }
    let Some(wanted) = goal.get("averageUtilization").and_then(Value::as_i64) else {
        return Err("invalid resource metric source: neither an average utilization target nor an average value \
                    (usage) target was set"
            .into());
    };
    let found = sample(cx, hpa, resource, target, pods)
        .and_then(|m| calculator::utilization(cx, m, pods, current, wanted, resource, tolerances))
        .map_err(|e| format!("failed to get {resource} utilization: {e}"))?;
    let value = Value::object([
        ("averageValue", Value::from(quantity(resource, found.average))),
        ("averageUtilization", Value::from(found.utilization)),
    ]);
    let name = format!("{resource} resource utilization (percentage of request)");
    Ok(Answer { replicas: found.replicas, name, status: status(value) })
}

fn quantity(resource: &str, milli: i64) -> String {
    if resource == "memory" {
        Quantity::from_bytes(milli / 1000).to_string()
    } else {
        Quantity::from_milli(milli).to_string()
    }
}

fn milli(value: &Value) -> Option<i64> {
    match value {
        Value::Str(text) => Quantity::parse(text).ok().map(Quantity::milli_value),
        other => other.as_i64().map(|n| n * 1000),
    }
}

// upstream: podautoscaler tolerancesForHpa
fn tolerances(hpa: &Autoscaler) -> Tolerances {
    let of = |side: &str| {
        let written = hpa.behavior.at(&[side, "tolerance"])?;
        let quantity = match written {
            Value::Str(text) => Quantity::parse(text).ok()?,
            other => Quantity::from_count(other.as_i64()?),
        };
        Some(quantity.nano() as f64 / 1e9)
    };
    Tolerances { down: of("scaleDown").unwrap_or(0.1), up: of("scaleUp").unwrap_or(0.1) }
}

/// How much of `resource` each pod uses, in thousandths.
fn sample(
    cx: &Context,
    hpa: &Autoscaler,
    resource: &str,
    target: Key,
    pods: &[(Key, Rc<Pod>)],
) -> Result<SortedMap<Key, i64>, String> {
    let running: Vec<Key> = pods.iter().filter(|(_, p)| p.status.phase == Phase::Running).map(|(k, _)| *k).collect();
    let nothing =
        || format!("unable to get metrics for resource {resource}: no metrics returned from resource metrics API");
    let share = |total: i64| total / i64::try_from(running.len()).unwrap_or(1).max(1);
    let mut metrics = SortedMap::new();
    if cx.config.lab_metrics {
        let each = lab(cx, hpa).filter(|_| resource == "cpu").ok_or_else(nothing)?;
        let each = match each {
            Load::EachPod(milli) => milli,
            Load::Shared(milli) => share(milli),
        };
        metrics.extend(running.iter().map(|&pod| (pod, each)));
    } else {
        let loads = &cx.memory.autoscaler.loads;
        for &pod in &running {
            let used = match loads.get(&pod).or_else(|| loads.get(&target)) {
                _ if resource != "cpu" => 0,
                None => crate::network::traffic::cpu_milli(cx, pod).unwrap_or(0),
                Some(&Load::EachPod(milli)) => milli,
                Some(&Load::Shared(milli)) => share(milli),
            };
            metrics.insert(pod, used);
        }
    }
    if metrics.is_empty() { Err(nothing()) } else { Ok(metrics) }
}

/// The numbers of the recordings' stand-in for a metrics server.
fn lab(cx: &Context, hpa: &Autoscaler) -> Option<Load> {
    let key = cx.store.find(Kind::Other, &hpa.meta.namespace, "v1/ConfigMap/lab-metrics")?;
    let Object::Other(map) = cx.store.object(key)? else { return None };
    let number = |field: &str| map.raw.str_at(&["data", field])?.parse::<i64>().ok();
    number("cpu").map(Load::EachPod).or_else(|| number("total").map(Load::Shared))
}
