//! DaemonSets.

use super::out::counts;
use super::pod::{int_or_percent_or, template};
use super::read::{default, field, meta, number, selector};
use super::workload::default_template;
use crate::object::{DaemonSet, DaemonSetStatus, IntOrPercent};
use podscope_schema::{Map, Value};
use std::rc::Rc;

/// Reads a DaemonSet and fills in its defaults.
// upstream: pkg/apis/apps/v1/defaults.go SetDefaults_DaemonSet
pub fn daemon_set(value: &Value, namespace: &str) -> DaemonSet {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "updateStrategy", Value::object::<&str>([]));
    let mut rolling = None;
    if let Some(strategy) = spec.get_mut("updateStrategy").map(Value::make_map) {
        default(strategy, "type", "RollingUpdate");
        if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
            default(strategy, "rollingUpdate", Value::object::<&str>([]));
            if let Some(update) = strategy.get_mut("rollingUpdate").map(Value::make_map) {
                default(update, "maxSurge", 0);
                default(update, "maxUnavailable", 1);
                let of =
                    |key: &str, n| int_or_percent_or(update.get(key).unwrap_or(&Value::Null), IntOrPercent::Int(n));
                rolling = Some((of("maxSurge", 0), of("maxUnavailable", 1)));
            }
        }
    }
    default_template(spec);
    DaemonSet {
        meta: meta(value, namespace, true),
        selector: selector(field(&raw, "selector")).unwrap_or_default(),
        template: Rc::new(template(field(&raw, "template"))),
        rolling,
        min_ready: number(&raw, "minReadySeconds", 0),
        history_limit: number(&raw, "revisionHistoryLimit", 10),
        status: DaemonSetStatus::default(),
        raw,
    }
}

/// Its status as the API gives it.
pub(super) fn status(s: &DaemonSetStatus) -> Map {
    let mut out = Map::new();
    counts(&mut out, &[("collisionCount", s.collisions)]);
    out.insert("currentNumberScheduled", s.current);
    out.insert("desiredNumberScheduled", s.desired);
    counts(&mut out, &[("numberAvailable", s.available)]);
    out.insert("numberMisscheduled", s.misscheduled);
    out.insert("numberReady", s.ready);
    counts(
        &mut out,
        &[
            ("numberUnavailable", s.unavailable),
            ("observedGeneration", s.observed_generation),
            ("updatedNumberScheduled", s.updated),
        ],
    );
    out
}
