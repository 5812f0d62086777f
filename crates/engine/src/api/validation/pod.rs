//! Pod specs.

use super::container::{descending, env, handler, host_ports, one_of, resources, security, there, within};
use super::{Errors, child, place, settings};
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
    let grace = read::number(spec, "terminationGracePeriodSeconds", 30);
    let mut seen = SortedSet::new();
    for (i, container) in containers.iter().enumerate() {
        let at = format!("{at}[{i}]");
        self::container(errors, container, &at, &volumes);
        unique(errors, &mut seen, container, &at);
        runs(errors, container, &at, grace);
    }
    if crate::STRICT {
        host_ports(errors, containers, &at);
    }
    for (i, container) in read::list(spec, "initContainers").iter().enumerate() {
        let at = format!("{path}.initContainers[{i}]");
        self::container(errors, container, &at, &volumes);
        one_of(errors, container, &at, "restartPolicy", &["Always", "Never", "OnFailure"]);
        unique(errors, &mut seen, container, &at);
        if container.str_at(&["restartPolicy"]) == Some("Always") {
            runs(errors, container, &at, grace);
            continue;
        }
        for kind in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if there(container, kind).is_some() {
                errors.forbidden(&child(&at, kind), "may not be set for init containers without restartPolicy=Always");
            }
        }
    }
    // upstream: validatePodHostNetworkDeps
    for (i, container) in containers.iter().enumerate().filter(|_| read::flag(spec, "hostNetwork")) {
        for (n, port) in read::list(container, "ports").iter().enumerate() {
            let (host, own) = (read::number(port, "hostPort", 0), read::number(port, "containerPort", 0));
            if host != 0 && host != own {
                let at = format!("{path}.containers[{i}].ports[{n}].hostPort");
                errors.invalid(&at, &host.into(), "must match `containerPort` when `hostNetwork` is true");
            }
        }
    }
    let policy = spec.str_at(&["restartPolicy"]).unwrap_or_default();
    if !matches!(policy, "Always" | "OnFailure" | "Never") {
        let shown = Value::from(policy).to_json();
        errors.unsupported(&child(path, "restartPolicy"), &shown, &["Always", "OnFailure", "Never"]);
    }
    one_of(errors, spec, path, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    if let Some(selector) = spec.get("nodeSelector") {
        super::meta::label_map(errors, selector, &child(path, "nodeSelector"));
    }
    if crate::STRICT {
        rules(errors, spec, path);
    }
    for key in ["serviceAccountName", "nodeName"] {
        if let Some(name) = spec.str_at(&[key]).filter(|s| !s.is_empty()) {
            errors.names(&child(path, key), name, names::dns1123_subdomain(name));
        }
    }
    within(errors, spec, path, "activeDeadlineSeconds", 1);
    for key in ["hostname", "subdomain"] {
        if let Some(name) = spec.str_at(&[key]).filter(|s| !s.is_empty()) {
            errors.names(&child(path, key), name, names::dns1123_label(name));
        }
    }
    tolerations(errors, read::list(spec, "tolerations"), &child(path, "tolerations"));
    if crate::RARE {
        settings::last(errors, spec, path);
    }
}

/// Rules that few manifests break: without the feature `strict` such a manifest runs as it is.
fn rules(errors: &mut Errors, spec: &Value, path: &str) {
    security(errors, read::field(spec, "securityContext"), &child(path, "securityContext"));
    if crate::RARE {
        settings::pod_security(errors, spec, path);
    }
    place::affinity(errors, read::field(spec, "affinity"), &child(path, "affinity"));
    if crate::RARE {
        settings::gates(errors, spec, path);
    }
    let at = child(path, "topologySpreadConstraints");
    place::spread(errors, read::list(spec, "topologySpreadConstraints"), &at);
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
        let before = errors.0.len();
        if let Some(source) = sources.first().filter(|_| crate::STRICT) {
            place::volume_source(errors, source, read::field(volume, source), &child(&at, source));
        }
        for source in sources.iter().skip(1) {
            errors.forbidden(&child(&at, source), "may not specify more than 1 volume type");
        }
        if sources.is_empty() {
            errors.required(&at, "must specify a volume type");
        }
        let name = volume.str_at(&["name"]).unwrap_or_default();
        let at = child(&at, "name");
        if name.is_empty() {
            errors.required(&at, "");
        } else {
            errors.names(&at, name, names::dns1123_label(name));
        }
        if seen.contains(name) {
            errors.duplicate(&at, &Value::from(name).to_json());
        }
        // What is wrong cannot be mounted.
        if errors.0.len() == before {
            seen.insert(name);
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
    one_of(errors, container, at, "terminationMessagePolicy", &["File", "FallbackToLogsOnError"]);
    let mut ports = SortedSet::new();
    for (i, port) in read::list(container, "ports").iter().enumerate() {
        let at = format!("{at}.ports[{i}]");
        if let Some(name) = port.str_at(&["name"]).filter(|n| !n.is_empty()) {
            let found = names::port_name(name);
            let fine = found.is_empty();
            errors.names(&child(&at, "name"), name, found);
            if fine && !ports.insert(name) {
                errors.duplicate(&child(&at, "name"), &Value::from(name).to_json());
            }
        }
        match read::number(port, "containerPort", 0) {
            0 => errors.required(&child(&at, "containerPort"), ""),
            n => errors.numbers(&child(&at, "containerPort"), n),
        }
        match read::number(port, "hostPort", 0) {
            0 => {}
            n => errors.numbers(&child(&at, "hostPort"), n),
        }
        let protocol = port.str_at(&["protocol"]).unwrap_or_default();
        if !matches!(protocol, "SCTP" | "TCP" | "UDP") {
            let shown = Value::from(protocol).to_json();
            errors.unsupported(&child(&at, "protocol"), &shown, &["SCTP", "TCP", "UDP"]);
        }
    }
    if crate::STRICT {
        env(errors, container, at);
    }
    let (mut paths, container_at) = (SortedSet::new(), at);
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
        for key in ["subPath", "subPathExpr"] {
            // Upstream leaves the index out.
            let below = mount.str_at(&[key]).unwrap_or_default();
            descending(errors, below, &format!("{container_at}.volumeMounts.{key}"), true);
        }
        if crate::RARE {
            settings::propagation(errors, container, mount, &child(container_at, "volumeMounts"));
        }
    }
    if crate::RARE {
        settings::devices(errors, container, at, &|name| volumes.contains(name));
    }
    let policy = container.str_at(&["imagePullPolicy"]).unwrap_or_default();
    if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
        let shown = Value::from(policy).to_json();
        errors.unsupported(&child(at, "imagePullPolicy"), &shown, &["Always", "IfNotPresent", "Never"]);
    }
    resources(errors, read::field(container, "resources"), &child(at, "resources"));
    if crate::RARE {
        settings::resize(errors, container, at);
    }
    if crate::STRICT {
        let (context, at) = (read::field(container, "securityContext"), child(at, "securityContext"));
        security(errors, context, &at);
        if !crate::RARE {
            return;
        }
        settings::security(errors, context, &at);
        let given = |key: &str| context.get(key).and_then(Value::as_bool);
        if given("allowPrivilegeEscalation") == Some(false) && given("privileged") == Some(true) {
            let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            let shown =
                if crate::EXACT { super::go_print::line("SecurityContext", context) } else { context.to_json() };
            errors.invalid_text(&at, &shown, why);
        }
    }
}

/// Hooks and probes of what is not over before the next begins.
fn runs(errors: &mut Errors, container: &Value, at: &str, grace: i64) {
    if !crate::STRICT {
        return;
    }
    let lifecycle = read::field(container, "lifecycle");
    for kind in ["postStart", "preStop"] {
        if let Some(hook) = there(lifecycle, kind) {
            handler(errors, hook, &format!("{at}.lifecycle.{kind}"), grace);
        }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe(errors, read::field(container, kind), &child(at, kind), kind != "readinessProbe", grace);
    }
    if crate::RARE {
        one_of(errors, container, at, "restartPolicy", &["Always", "Never", "OnFailure"]);
    }
}

// upstream: validateProbe
fn probe(errors: &mut Errors, probe: &Value, at: &str, once: bool, grace: i64) {
    if probe.is_null() {
        return;
    }
    handler(errors, probe, at, grace);
    for key in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        errors.nonnegative(probe, at, key);
    }
    if let Some(n) = probe.get("terminationGracePeriodSeconds").and_then(Value::as_i64) {
        let at = child(at, "terminationGracePeriodSeconds");
        if n <= 0 {
            errors.invalid(&at, &n.into(), "must be greater than 0");
        }
        if !once {
            errors.invalid(&at, &n.into(), "must not be set for readinessProbes");
        }
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
