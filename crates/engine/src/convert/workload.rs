//! Deployments, ReplicaSets and StatefulSets.

use super::pod::{int_or_percent_or, template};
use super::read::{default, field, flag, int_or_percent, list, meta, number, selector, text};
use crate::object::{
    Claim, ControllerRevision, Deployment, DeploymentStatus, IntOrPercent, ReplicaSet, ReplicaSetStatus, Selector,
    StatefulSet, StatefulSetStatus, UpdateStrategy,
};
use podscope_schema::{Map, Value};
use std::rc::Rc;

/// Puts the defaulted pod spec into the raw template.
pub(super) fn default_template(spec: &mut Map) {
    if crate::STRICT && spec.get("template").is_none_or(Value::is_null) {
        spec.insert("template", Value::object::<&str>([]));
    }
    let Some(raw) = spec.get_mut("template") else { return };
    let parsed = template(raw);
    raw.make_map().insert("spec", parsed.spec.raw.clone());
}

// upstream: pkg/apis/apps/v1/defaults.go
pub fn deployment(value: &Value, namespace: &str) -> Deployment {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "progressDeadlineSeconds", 600);
    default(spec, "strategy", Value::object::<&str>([]));
    let strategy = spec.get_mut("strategy").map(Value::make_map);
    let mut rolling = None;
    if let Some(strategy) = strategy {
        default(strategy, "type", "RollingUpdate");
        if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
            default(strategy, "rollingUpdate", Value::object::<&str>([]));
            if let Some(update) = strategy.get_mut("rollingUpdate").map(Value::make_map) {
                default(update, "maxSurge", "25%");
                default(update, "maxUnavailable", "25%");
                let of =
                    |key: &str| int_or_percent_or(update.get(key).unwrap_or(&Value::Null), IntOrPercent::Percent(25));
                rolling = Some((of("maxSurge"), of("maxUnavailable")));
            }
        }
    }
    default_template(spec);
    Deployment {
        meta: meta(value, namespace, true),
        replicas: number(&raw, "replicas", 1),
        selector: selector(field(&raw, "selector")).unwrap_or_default(),
        template: Rc::new(template(field(&raw, "template"))),
        rolling,
        min_ready: number(&raw, "minReadySeconds", 0),
        history_limit: number(&raw, "revisionHistoryLimit", 10),
        paused: flag(&raw, "paused"),
        progress_deadline: raw
            .get("progressDeadlineSeconds")
            .and_then(Value::as_i64)
            .filter(|n| *n != i64::from(i32::MAX)),
        status: DeploymentStatus::default(),
        raw,
    }
}

/// A ReplicaSet, or a ReplicationController when `legacy`.
pub fn replica_set(value: &Value, namespace: &str, legacy: bool) -> ReplicaSet {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "replicas", 1);
    // A ReplicationController's template is a pointer in Go: one that is missing stays so.
    if !legacy || spec.get("template").is_some() {
        default_template(spec);
    }
    let template = Rc::new(template(field(&raw, "template")));
    let chosen = if legacy {
        // Its selector is a plain map, and defaults to the template's labels.
        let map = super::read::labels(field(&raw, "selector"));
        let match_labels = if map.is_empty() { template.labels.clone() } else { map };
        Selector { match_labels, match_expressions: Vec::new() }
    } else {
        selector(field(&raw, "selector")).unwrap_or_default()
    };
    ReplicaSet {
        meta: meta(value, namespace, true),
        legacy,
        replicas: number(&raw, "replicas", 1),
        selector: chosen,
        template,
        min_ready: number(&raw, "minReadySeconds", 0),
        status: ReplicaSetStatus::default(),
        raw,
    }
}

/// `gate`: whether MaxUnavailableStatefulSet is on; while off the field is dropped.
pub fn stateful_set(value: &Value, namespace: &str, gate: bool) -> StatefulSet {
    let mut raw = field(value, "spec").clone();
    let spec = raw.make_map();
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "podManagementPolicy", "OrderedReady");
    default(spec, "updateStrategy", Value::object::<&str>([]));
    let mut strategy = UpdateStrategy::OnDelete;
    if let Some(update) = spec.get_mut("updateStrategy").map(Value::make_map) {
        default(update, "type", "RollingUpdate");
        if update.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
            default(update, "rollingUpdate", Value::object::<&str>([]));
            if let Some(rolling) = update.get_mut("rollingUpdate").map(Value::make_map) {
                default(rolling, "partition", 0);
                if gate {
                    default(rolling, "maxUnavailable", 1);
                } else {
                    rolling.remove("maxUnavailable");
                }
                strategy = UpdateStrategy::RollingUpdate {
                    partition: rolling.get("partition").and_then(Value::as_i64).unwrap_or(0),
                    max_unavailable: rolling.get("maxUnavailable").and_then(int_or_percent),
                };
            }
        }
    }
    default(spec, "persistentVolumeClaimRetentionPolicy", Value::object::<&str>([]));
    if let Some(policy) = spec.get_mut("persistentVolumeClaimRetentionPolicy").map(Value::make_map) {
        default(policy, "whenDeleted", "Retain");
        default(policy, "whenScaled", "Retain");
    }
    default_template(spec);
    if let Some(claims) = spec.get_mut("volumeClaimTemplates") {
        for claim in claims.make_array() {
            let map = claim.make_map();
            default(map, "apiVersion", "v1");
            default(map, "kind", "PersistentVolumeClaim");
            if let Some(spec) = map.get_mut("spec") {
                default(spec.make_map(), "volumeMode", "Filesystem");
            }
            default(map, "status", Value::object([("phase", Value::from("Pending"))]));
        }
    }
    let policy = |when: &str| raw.str_at(&["persistentVolumeClaimRetentionPolicy", when]) == Some("Delete");
    let claims: Vec<Claim> = list(&raw, "volumeClaimTemplates").iter().map(|c| super::storage::claim(c, "")).collect();
    StatefulSet {
        meta: meta(value, namespace, true),
        replicas: number(&raw, "replicas", 1),
        selector: selector(field(&raw, "selector")).unwrap_or_default(),
        template: Rc::new(template(field(&raw, "template"))),
        claim_templates: Rc::new(claims),
        service: text(&raw, "serviceName"),
        parallel: &*text(&raw, "podManagementPolicy") == "Parallel",
        strategy,
        history_limit: number(&raw, "revisionHistoryLimit", 10),
        min_ready: number(&raw, "minReadySeconds", 0),
        start: number(field(&raw, "ordinals"), "start", 0),
        delete_claims_with_set: policy("whenDeleted"),
        delete_claims_on_scale: policy("whenScaled"),
        status: StatefulSetStatus::default(),
        raw,
    }
}

/// A ControllerRevision, as a backup would hold one.
pub fn controller_revision(value: &Value, namespace: &str) -> ControllerRevision {
    let data = value.at(&["data", "spec", "template"]).unwrap_or(&Value::Null);
    ControllerRevision {
        meta: meta(value, namespace, true),
        revision: number(value, "revision", 1),
        template: Rc::new(template(data)),
    }
}
