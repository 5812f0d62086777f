//! Deployments, ReplicaSets and StatefulSets.

use super::{Errors, child, meta, pod, storage};
use crate::convert::read;
use crate::object::ReplicaSet;
use podscope_schema::{Map, Value, names};

// upstream: pkg/apis/apps/validation ValidateDeploymentSpec
pub(super) fn deployment(errors: &mut Errors, spec: &Value) {
    errors.nonnegative(spec, "spec", "replicas");
    let usable = selector(errors, spec, "deployment", "invalid label selector");
    if usable {
        replica_template(errors, spec);
    }
    strategy(errors, read::field(spec, "strategy"), "spec.strategy");
    errors.nonnegative(spec, "spec", "minReadySeconds");
    errors.nonnegative(spec, "spec", "revisionHistoryLimit");
    errors.nonnegative(spec, "spec", "progressDeadlineSeconds");
    let deadline = spec.get("progressDeadlineSeconds").and_then(Value::as_i64);
    if let Some(n) = deadline.filter(|n| *n <= read::number(spec, "minReadySeconds", 0)) {
        errors.invalid("spec.progressDeadlineSeconds", &n.into(), "must be greater than minReadySeconds");
    }
}

// upstream: ValidateReplicaSetSpec. That an empty selector "is invalid for deployment" is its own wording.
pub(super) fn replica_set(errors: &mut Errors, spec: &Value) {
    errors.nonnegative(spec, "spec", "replicas");
    errors.nonnegative(spec, "spec", "minReadySeconds");
    if selector(errors, spec, "deployment", "invalid label selector") {
        replica_template(errors, spec);
    }
}

/// The selector; false when it cannot be used to look at the template.
fn selector(errors: &mut Errors, spec: &Value, of: &str, unusable: &str) -> bool {
    let selector = read::field(spec, "selector");
    if selector.is_null() {
        errors.required("spec.selector", "");
        return true;
    }
    let usable = meta::selector(errors, selector, "spec.selector");
    let length = |v: Option<&Value>| v.map_or(0, |v| v.items().len() + v.as_map().map_or(0, Map::len));
    if length(selector.get("matchLabels")) + length(selector.get("matchExpressions")) == 0 {
        errors.invalid("spec.selector", selector, &format!("empty selector is invalid for {of}"));
    }
    if !usable {
        errors.invalid("spec.selector", &without_empty_lists(selector), unusable);
    }
    usable
}

/// Go leaves empty lists out when it prints a selector.
fn without_empty_lists(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(without_empty_lists)),
        Value::Object(map) => {
            let full = map.iter().filter(|(_, v)| !matches!(v, Value::Array(a) if a.is_empty()));
            Value::object(full.map(|(k, v)| (k.clone(), without_empty_lists(v))))
        }
        other => other.clone(),
    }
}

/// That the selector selects the template's labels. No selector selects nothing.
pub(super) fn selects(errors: &mut Errors, spec: &Value) {
    let shown = spec.at(&["template", "metadata", "labels"]).unwrap_or(&Value::Null);
    let labels = read::labels(shown);
    let matches = read::selector(read::field(spec, "selector")).is_some_and(|s| s.matches(&labels));
    if !matches {
        let shown = if labels.is_empty() { &Value::Null } else { shown };
        errors.invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`");
    }
}

// upstream: ValidateDaemonSetSpec
pub(super) fn daemon_set(errors: &mut Errors, spec: &Value) {
    if selector(errors, spec, "daemonset", "") {
        selects(errors, spec);
    }
    let template = read::field(spec, "template");
    pod_template(errors, template, read::field(template, "spec"), "spec.template");
    only_always(errors, template, "activeDeadlineSeconds in DaemonSet is not Supported");
    errors.nonnegative(spec, "spec", "minReadySeconds");
    let (strategy, path) = (read::field(spec, "updateStrategy"), "spec.updateStrategy");
    match strategy.str_at(&["type"]).unwrap_or_default() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let update = read::field(strategy, "rollingUpdate");
            let at = |key: &str| format!("{path}.rollingUpdate.{key}");
            let (surge, unavailable) = (read::field(update, "maxSurge"), read::field(update, "maxUnavailable"));
            int_or_percent(errors, unavailable, &at("maxUnavailable"));
            int_or_percent(errors, surge, &at("maxSurge"));
            at_most_all(errors, unavailable, &at("maxUnavailable"));
            at_most_all(errors, surge, &at("maxSurge"));
            match (amount(unavailable) != 0, amount(surge) != 0) {
                (true, true) => {
                    errors.invalid(&at("maxSurge"), surge, "may not be set when maxUnavailable is non-zero");
                }
                (false, false) => errors.required(&at("maxUnavailable"), "cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        other => {
            let shown = format!("{{\"Type\":{},\"RollingUpdate\":null}}", Value::from(other).to_json());
            errors.unsupported(path, &shown, &["RollingUpdate", "OnDelete"]);
        }
    }
    errors.nonnegative(spec, "spec", "revisionHistoryLimit");
}

// upstream: ValidatePodTemplateSpecForReplicaSet
fn replica_template(errors: &mut Errors, spec: &Value) {
    selects(errors, spec);
    let template = read::field(spec, "template");
    pod_template(errors, template, read::field(template, "spec"), "spec.template");
    only_always(errors, template, "activeDeadlineSeconds in ReplicaSet is not Supported");
}

pub(super) fn pod_template(errors: &mut Errors, template: &Value, spec: &Value, path: &str) {
    if let Some(labels) = template.at(&["metadata", "labels"]) {
        meta::label_map(errors, labels, &child(path, "labels"));
    }
    if let Some(given) = template.at(&["metadata", "annotations"]).filter(|_| crate::STRICT) {
        meta::annotations(errors, &read::labels(given), &child(path, "annotations"));
    }
    pod::spec(errors, spec, &child(path, "spec"));
    if crate::STRICT && spec.get("ephemeralContainers").is_some_and(|list| !list.items().is_empty()) {
        let field = child(path, "spec.ephemeralContainers");
        errors.forbidden(&field, "ephemeral containers not allowed in pod template");
    }
}

// upstream: pkg/apis/core/validation ValidateReplicationControllerSpec
pub(super) fn replication_controller(errors: &mut Errors, controller: &ReplicaSet) {
    let (spec, selector) = (&controller.raw, &controller.selector.match_labels);
    errors.nonnegative(spec, "spec", "minReadySeconds");
    if selector.is_empty() {
        errors.required("spec.selector", "");
    }
    errors.nonnegative(spec, "spec", "replicas");
    let template = read::field(spec, "template");
    if template.is_null() {
        return errors.required("spec.template", "");
    }
    let shown = template.at(&["metadata", "labels"]).unwrap_or(&Value::Null);
    let labels = read::labels(shown);
    if selector.iter().any(|(k, v)| labels.get(k) != Some(v)) {
        errors.invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`");
    }
    pod_template(errors, template, read::field(template, "spec"), "spec.template");
    only_always(errors, template, "activeDeadlineSeconds in ReplicationController is not Supported");
}

fn only_always(errors: &mut Errors, template: &Value, deadline: &str) {
    let policy = template.str_at(&["spec", "restartPolicy"]).unwrap_or_default();
    // One that no pod can have was told already, in the pod's own words.
    if policy != "Always" {
        errors.unsupported("spec.template.spec.restartPolicy", &Value::from(policy).to_json(), &["Always"]);
    }
    if template.at(&["spec", "activeDeadlineSeconds"]).is_some_and(|v| !v.is_null()) {
        errors.forbidden("spec.template.spec.activeDeadlineSeconds", deadline);
    }
}

// upstream: ValidateDeploymentStrategy, ValidateRollingUpdateDeployment
fn strategy(errors: &mut Errors, strategy: &Value, path: &str) {
    let update = read::field(strategy, "rollingUpdate");
    let at = child(path, "rollingUpdate");
    match strategy.str_at(&["type"]).unwrap_or_default() {
        "Recreate" => {
            if !update.is_null() {
                errors.forbidden(&at, "may not be specified when strategy `type` is 'Recreate'");
            }
        }
        "RollingUpdate" => {
            let (surge, unavailable) = (read::field(update, "maxSurge"), read::field(update, "maxUnavailable"));
            int_or_percent(errors, unavailable, &child(&at, "maxUnavailable"));
            int_or_percent(errors, surge, &child(&at, "maxSurge"));
            if amount(unavailable) == 0 && amount(surge) == 0 {
                errors.invalid(&child(&at, "maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0");
            }
            at_most_all(errors, unavailable, &child(&at, "maxUnavailable"));
        }
        other => {
            // Go prints its own struct here.
            let update = update.as_map().map_or_else(
                || "null".into(),
                |m| {
                    let part = |k: &str| m.get(k).map_or_else(|| "0".into(), Value::to_json);
                    format!("{{\"MaxUnavailable\":{},\"MaxSurge\":{}}}", part("maxUnavailable"), part("maxSurge"))
                },
            );
            let shown = format!("{{\"Type\":{},\"RollingUpdate\":{update}}}", Value::from(other).to_json());
            errors.unsupported(path, &shown, &["Recreate", "RollingUpdate"]);
        }
    }
}

/// What upstream takes a number or percentage for: a text that is no percentage counts as nothing.
// upstream: getIntOrPercentValue
fn amount(value: &Value) -> i64 {
    match value {
        Value::Int(n) => *n,
        Value::Str(s) if names::percent(s).is_empty() => s.trim_end_matches('%').parse().unwrap_or(i64::MAX),
        _ => 0,
    }
}

// upstream: ValidatePositiveIntOrPercent
pub(super) fn int_or_percent(errors: &mut Errors, value: &Value, path: &str) {
    match value {
        Value::Int(n) if *n < 0 => errors.invalid(path, value, "must be greater than or equal to 0"),
        Value::Str(s) => errors.names(path, s, names::percent(s)),
        _ => {}
    }
}

// upstream: IsNotMoreThan100Percent
pub(super) fn at_most_all(errors: &mut Errors, value: &Value, path: &str) {
    if matches!(value, Value::Str(_)) && amount(value) > 100 {
        errors.invalid(path, value, "must not be greater than 100%");
    }
}

// upstream: ValidateStatefulSetSpec
pub(super) fn stateful_set(errors: &mut Errors, spec: &Value, create: bool) {
    let policy = spec.str_at(&["podManagementPolicy"]).unwrap_or_default();
    if !matches!(policy, "OrderedReady" | "Parallel") {
        errors.invalid("spec.podManagementPolicy", &policy.into(), "must be 'OrderedReady' or 'Parallel'");
    }
    update_strategy(errors, read::field(spec, "updateStrategy"));
    for when in ["whenDeleted", "whenScaled"] {
        let path = ["persistentVolumeClaimRetentionPolicy", when];
        let policy = spec.str_at(&path).unwrap_or_default();
        if !matches!(policy, "Retain" | "Delete") {
            let field = format!("spec.{}", path.join("."));
            errors.unsupported(&field, &Value::from(policy).to_json(), &["Retain", "Delete"]);
        }
    }
    let claims = read::list(spec, "volumeClaimTemplates");
    if create {
        for (i, claim) in claims.iter().enumerate() {
            storage::claim(errors, read::field(claim, "spec"), &format!("spec.volumeClaimTemplates[{i}].spec"));
        }
    }
    errors.nonnegative(spec, "spec", "replicas");
    errors.nonnegative(spec, "spec", "minReadySeconds");
    errors.nonnegative(read::field(spec, "ordinals"), "spec.ordinals", "start");
    if let Some(service) = spec.str_at(&["serviceName"]).filter(|s| create && !s.is_empty()) {
        errors.names("spec.serviceName", service, names::dns1123_label(service));
    }
    if selector(errors, spec, "statefulset", "") {
        selects(errors, spec);
        let template = read::field(spec, "template");
        pod_template(errors, template, &with_claims(read::field(template, "spec"), claims), "spec.template");
    }
    only_always(errors, read::field(spec, "template"), "activeDeadlineSeconds in StatefulSet is not Supported");
}

/// The pod as it will be: a volume for each claim template, in place of one of the same name.
// upstream: volumesToAddForTemplates
fn with_claims(spec: &Value, claims: &[Value]) -> Value {
    let mut spec = spec.clone();
    if claims.is_empty() {
        return spec;
    }
    let mut volumes: Vec<Value> = Vec::new();
    let mut add = |name: &str, volume: Value| {
        if !volumes.iter().any(|v| v.str_at(&["name"]) == Some(name)) {
            volumes.push(volume);
        }
    };
    for claim in claims {
        let name = claim.str_at(&["metadata", "name"]).unwrap_or_default();
        let source = Value::object([("claimName", Value::from(name))]);
        add(name, Value::object([("name", Value::from(name)), ("persistentVolumeClaim", source)]));
    }
    let templates = claims.iter().filter_map(|c| c.str_at(&["metadata", "name"])).collect::<Vec<_>>();
    let own = read::list(&spec, "volumes").to_vec();
    let kept = own.into_iter().filter(|v| !v.str_at(&["name"]).is_some_and(|n| templates.contains(&n)));
    volumes.extend(kept);
    spec.make_map().insert("volumes", volumes);
    spec.make_map().remove("hostname");
    spec.make_map().remove("subdomain");
    spec
}

fn update_strategy(errors: &mut Errors, strategy: &Value) {
    const AT: &str = "spec.updateStrategy.rollingUpdate";
    let update = read::field(strategy, "rollingUpdate");
    let shown = |update: &Value| {
        let part = |k: &str| update.get(k).map_or_else(|| "null".into(), Value::to_json);
        let partition = update.get("partition").map_or_else(|| "0".into(), Value::to_json);
        format!("{{\"Partition\":{partition},\"MaxUnavailable\":{}}}", part("maxUnavailable"))
    };
    match strategy.str_at(&["type"]).unwrap_or_default() {
        "OnDelete" if update.is_null() => {}
        "OnDelete" => errors.invalid_text(AT, &shown(update), "only allowed for updateStrategy 'RollingUpdate'"),
        "RollingUpdate" => {
            errors.nonnegative(update, AT, "partition");
            let most = read::field(update, "maxUnavailable");
            if !most.is_null() {
                let at = child(AT, "maxUnavailable");
                int_or_percent(errors, most, &at);
                if amount(most) == 0 {
                    errors.invalid(&at, most, "cannot be 0");
                }
                at_most_all(errors, most, &at);
            }
        }
        other => {
            let update = if update.is_null() { "null".into() } else { shown(update) };
            let shown = format!("{{\"Type\":{},\"RollingUpdate\":{update}}}", Value::from(other).to_json());
            errors.invalid_text("spec.updateStrategy", &shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}
