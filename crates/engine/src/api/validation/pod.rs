//! Pod specs.

use super::{Errors, child};
use crate::convert::read;
use podscope_schema::sort::sort_by_key;
use podscope_schema::sorted::SortedSet;
use podscope_schema::{Map, Value, names};

/// Members of a volume that are not its source.
const SOURCE_ORDER: [&str; 12] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "secret",
    "nfs",
    "iscsi",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
    "csi",
    "ephemeral",
];

// upstream: pkg/apis/core/validation ValidatePodSpec
pub(super) fn spec(errors: &mut Errors, spec: &Value, path: &str) {
    let volumes = volumes(errors, read::list(spec, "volumes"), &child(path, "volumes"));
    let containers = read::list(spec, "containers");
    let at = child(path, "containers");
    if containers.is_empty() {
        errors.required(&at, "");
    }
    let mut seen = SortedSet::new();
    for (i, container) in containers.iter().enumerate() {
        let at = format!("{at}[{i}]");
        self::container(errors, container, &at, &volumes);
        unique(errors, &mut seen, container, &at);
        for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
            probe(errors, read::field(container, kind), &child(&at, kind), kind != "readinessProbe");
        }
    }
    for (i, container) in read::list(spec, "initContainers").iter().enumerate() {
        let at = format!("{path}.initContainers[{i}]");
        self::container(errors, container, &at, &volumes);
        unique(errors, &mut seen, container, &at);
    }
    let policy = spec.str_at(&["restartPolicy"]).unwrap_or_default();
    if !matches!(policy, "Always" | "OnFailure" | "Never") {
        let shown = Value::from(policy).to_json();
        errors.unsupported(&child(path, "restartPolicy"), &shown, &["Always", "OnFailure", "Never"]);
    }
    errors.nonnegative(spec, path, "terminationGracePeriodSeconds");
    if let Some(selector) = spec.get("nodeSelector") {
        super::meta::label_map(errors, selector, &child(path, "nodeSelector"));
    }
    for key in ["hostname", "subdomain"] {
        if let Some(name) = spec.str_at(&[key]).filter(|s| !s.is_empty()) {
            errors.names(&child(path, key), name, names::dns1123_label(name));
        }
    }
    tolerations(errors, read::list(spec, "tolerations"), &child(path, "tolerations"));
}

fn unique(errors: &mut Errors, seen: &mut SortedSet<String>, container: &Value, at: &str) {
    let name = read::text(container, "name");
    if !seen.insert(name.to_string()) {
        errors.duplicate(&child(at, "name"), &Value::from(&name).to_json());
    }
}

/// Gives the names of the volumes.
// upstream: ValidateVolumes, validateVolumeSource
fn volumes<'a>(errors: &mut Errors, list: &'a [Value], path: &str) -> SortedSet<&'a str> {
    let mut seen = SortedSet::new();
    for (i, volume) in list.iter().enumerate() {
        let at = format!("{path}[{i}]");
        let mut sources: Vec<&str> = volume
            .as_map()
            .into_iter()
            .flat_map(Map::iter)
            .filter(|(k, v)| &***k != "name" && !v.is_null())
            .map(|(k, _)| &**k)
            .collect();
        // Upstream looks for them in the order of the Go type; the first found is the one that stays.
        sort_by_key(&mut sources, |s| SOURCE_ORDER.iter().position(|o| o == s).unwrap_or(SOURCE_ORDER.len()));
        for source in sources.iter().skip(1) {
            errors.forbidden(&child(&at, source), "may not specify more than 1 volume type");
        }
        if sources.is_empty() {
            errors.required(&at, "must specify a volume type");
        }
        if volume.get("persistentVolumeClaim").is_some()
            && volume.str_at(&["persistentVolumeClaim", "claimName"]).unwrap_or_default().is_empty()
        {
            errors.required(&child(&at, "persistentVolumeClaim.claimName"), "");
        }
        let name = volume.str_at(&["name"]).unwrap_or_default();
        let at = child(&at, "name");
        if name.is_empty() {
            errors.required(&at, "");
        } else {
            errors.names(&at, name, names::dns1123_label(name));
        }
        if !seen.insert(name) {
            errors.duplicate(&at, &Value::from(name).to_json());
        }
    }
    seen
}

// upstream: validateContainerCommon
fn container(errors: &mut Errors, container: &Value, at: &str, volumes: &SortedSet<&str>) {
    let name = container.str_at(&["name"]).unwrap_or_default();
    if name.is_empty() {
        errors.required(&child(at, "name"), "");
    } else {
        errors.names(&child(at, "name"), name, names::dns1123_label(name));
    }
    if container.str_at(&["image"]).unwrap_or_default().is_empty() {
        errors.required(&child(at, "image"), "");
    }
    let mut ports = SortedSet::new();
    for (i, port) in read::list(container, "ports").iter().enumerate() {
        let at = format!("{at}.ports[{i}]");
        if let Some(name) = port.str_at(&["name"]).filter(|n| !n.is_empty()) {
            errors.names(&child(&at, "name"), name, names::port_name(name));
            if !ports.insert(name) {
                errors.duplicate(&child(&at, "name"), &Value::from(name).to_json());
            }
        }
        match read::number(port, "containerPort", 0) {
            0 => errors.required(&child(&at, "containerPort"), ""),
            n => errors.numbers(&child(&at, "containerPort"), n),
        }
        let protocol = port.str_at(&["protocol"]).unwrap_or_default();
        if !matches!(protocol, "SCTP" | "TCP" | "UDP") {
            let shown = Value::from(protocol).to_json();
            errors.unsupported(&child(&at, "protocol"), &shown, &["SCTP", "TCP", "UDP"]);
        }
    }
    for (i, env) in read::list(container, "env").iter().enumerate() {
        let field = format!("{at}.env[{i}].name");
        match env.str_at(&["name"]).unwrap_or_default() {
            "" => errors.required(&field, ""),
            name => errors.names(&field, name, names::env_var_name(name)),
        }
    }
    let mut paths = SortedSet::new();
    for (i, mount) in read::list(container, "volumeMounts").iter().enumerate() {
        let at = format!("{at}.volumeMounts[{i}]");
        let name = mount.str_at(&["name"]).unwrap_or_default();
        if name.is_empty() {
            errors.required(&child(&at, "name"), "");
        }
        if !volumes.contains(name) {
            errors.not_found(&child(&at, "name"), &Value::from(name).to_json());
        }
        let path = mount.str_at(&["mountPath"]).unwrap_or_default();
        if path.is_empty() {
            errors.required(&child(&at, "mountPath"), "");
        }
        if !paths.insert(path) {
            errors.invalid(&child(&at, "mountPath"), &path.into(), "must be unique");
        }
    }
    let policy = container.str_at(&["imagePullPolicy"]).unwrap_or_default();
    if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
        let shown = Value::from(policy).to_json();
        errors.unsupported(&child(at, "imagePullPolicy"), &shown, &["Always", "IfNotPresent", "Never"]);
    }
}

// upstream: validateProbe, validateHandler
fn probe(errors: &mut Errors, probe: &Value, at: &str, once: bool) {
    if probe.is_null() {
        return;
    }
    let mut found = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc"] {
        if probe.get(kind).is_some_and(|h| !h.is_null()) {
            if found > 0 {
                errors.forbidden(&child(at, kind), "may not specify more than 1 handler type");
            }
            found += 1;
        }
    }
    if found == 0 {
        errors.required(at, "must specify a handler type");
    }
    for key in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        errors.nonnegative(probe, at, key);
    }
    let successes = read::number(probe, "successThreshold", 1);
    if once && successes != 1 {
        errors.invalid(&child(at, "successThreshold"), &successes.into(), "must be 1");
    }
}

// upstream: ValidateTolerations
fn tolerations(errors: &mut Errors, list: &[Value], path: &str) {
    for (i, toleration) in list.iter().enumerate() {
        let at = format!("{path}[{i}]");
        let text = |key: &str| toleration.str_at(&[key]).unwrap_or_default();
        let (key, operator, value, effect) = (text("key"), text("operator"), text("value"), text("effect"));
        if !key.is_empty() {
            errors.names(&child(&at, "key"), key, names::qualified_name(key));
        } else if operator != "Exists" {
            errors.invalid(
                &child(&at, "operator"),
                &operator.into(),
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            );
        }
        if toleration.get("tolerationSeconds").is_some_and(|s| !s.is_null()) && effect != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(&child(&at, "effect"), &effect.into(), why);
        }
        match operator {
            "" | "Equal" => {
                let found = names::label_value(value);
                if !found.is_empty() {
                    errors.invalid(&child(&at, "operator"), &value.into(), &found.join(";"));
                }
            }
            "Exists" if value.is_empty() => {}
            "Exists" => errors.invalid(
                &child(&at, "operator"),
                &value.into(),
                "value must be empty when `operator` is 'Exists'",
            ),
            other => {
                errors.unsupported(&child(&at, "operator"), &Value::from(other).to_json(), &["Equal", "Exists"]);
            }
        }
        if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            let known = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
            errors.unsupported(&child(&at, "effect"), &Value::from(effect).to_json(), &known);
        }
    }
}
