//! What pods and containers are told besides what they run: names of hosts, gates, security, devices.

use super::container::{descending, needs, one_of, there};
use super::{Errors, address, child};
use crate::convert::read::{field, flag, list};
use podscope_schema::{Value, names};

// upstream: validatePodDNSConfig, validateReadinessGates, validateSchedulingGates
pub(super) fn gates(errors: &mut Errors, spec: &Value, path: &str) {
    let (config, at) = (field(spec, "dnsConfig"), child(path, "dnsConfig"));
    let servers = list(config, "nameservers");
    if spec.str_at(&["dnsPolicy"]) == Some("None") {
        if config.is_null() {
            errors.required(&at, "must provide `dnsConfig` when `dnsPolicy` is None");
        } else if servers.is_empty() {
            let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.required(&child(&at, "nameservers"), why);
        }
    }
    for (i, server) in servers.iter().enumerate() {
        address::ip(errors, &format!("{at}.nameservers[{i}]"), server.as_str().unwrap_or_default());
    }
    for (i, gate) in list(spec, "readinessGates").iter().enumerate() {
        let kind = gate.str_at(&["conditionType"]).unwrap_or_default();
        errors.names(&format!("{path}.readinessGates[{i}].conditionType"), kind, names::qualified_name(kind));
    }
    let gates = list(spec, "schedulingGates");
    for (i, gate) in gates.iter().enumerate() {
        let (at, name) = (format!("{path}.schedulingGates[{i}]"), gate.str_at(&["name"]).unwrap_or_default());
        errors.names(&at, name, names::qualified_name(name));
        if gates[..i].iter().any(|g| g.str_at(&["name"]) == Some(name)) {
            errors.duplicate(&at, &Value::from(name).to_json());
        }
    }
}

/// What upstream looks at last.
// upstream: ValidateHostAliases, ValidatePriorityClassName, ValidateRuntimeClassName, ValidatePreemptionPolicy, validateOS
pub(super) fn last(errors: &mut Errors, spec: &Value, path: &str) {
    for (i, alias) in list(spec, "hostAliases").iter().enumerate() {
        let at = format!("{path}.hostAliases[{i}]");
        address::ip(errors, &child(&at, "ip"), alias.str_at(&["ip"]).unwrap_or_default());
        for (n, name) in list(alias, "hostnames").iter().enumerate() {
            let name = name.as_str().unwrap_or_default();
            errors.names(&format!("{at}.hostnames[{n}]"), name, names::dns1123_subdomain(name));
        }
    }
    for key in ["priorityClassName", "runtimeClassName"] {
        if let Some(name) = spec.str_at(&[key]).filter(|n| !n.is_empty()) {
            errors.names(&child(path, key), name, names::dns1123_subdomain(name));
        }
    }
    one_of(errors, spec, path, "preemptionPolicy", &["PreemptLowerPriority", "Never"]);
    if let Some(os) = there(spec, "os") {
        let at = child(path, "os");
        if needs(errors, os, &at, "name") && !matches!(os.str_at(&["name"]), Some("linux" | "windows")) {
            errors.unsupported(&at, &field(os, "name").to_json(), &["linux", "windows"]);
        }
    }
}

/// What is said of a whole pod's security besides users and groups.
// upstream: validatePodSpecSecurityContext
pub(super) fn pod_security(errors: &mut Errors, spec: &Value, path: &str) {
    let (context, at) = (field(spec, "securityContext"), child(path, "securityContext"));
    for (i, group) in list(context, "supplementalGroups").iter().enumerate() {
        if let Some(n) = group.as_i64().filter(|n| !(0..=i64::from(i32::MAX)).contains(n)) {
            let why = format!("must be between 0 and {}, inclusive", i32::MAX);
            errors.invalid(&format!("{at}.supplementalGroups[{i}]"), &n.into(), &why);
        }
    }
    if flag(spec, "shareProcessNamespace") && flag(spec, "hostPID") {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&child(&at, "shareProcessNamespace"), &true.into(), why);
    }
    one_of(errors, context, &at, "fsGroupChangePolicy", &["Always", "OnRootMismatch"]);
    seccomp(errors, context, &at);
    one_of(errors, context, &at, "supplementalGroupsPolicy", &["Merge", "Strict"]);
}

// upstream: validateSeccompProfileField
fn seccomp(errors: &mut Errors, context: &Value, at: &str) {
    let Some(profile) = there(context, "seccompProfile") else { return };
    let at = child(at, "seccompProfile");
    if profile.str_at(&["type"]).unwrap_or_default().is_empty() {
        errors.required(&child(&at, "type"), "type is required when seccompProfile is set");
    } else {
        one_of(errors, profile, &at, "type", &["Localhost", "RuntimeDefault", "Unconfined"]);
    }
    let file = child(&at, "localhostProfile");
    if profile.str_at(&["type"]) == Some("Localhost") {
        match profile.str_at(&["localhostProfile"]) {
            Some(path) => descending(errors, path, &file, true),
            None => errors.required(&file, "must be set when seccomp type is Localhost"),
        }
    }
}

/// What is said of a container's security besides users and groups.
// upstream: ValidateSecurityContext
pub(super) fn security(errors: &mut Errors, context: &Value, at: &str) {
    one_of(errors, context, at, "procMount", &["Default", "Unmasked"]);
    seccomp(errors, context, at);
}

/// Devices, how mounts spread, and what a change of resources does.
// upstream: ValidateVolumeDevices, validateMountPropagation, validateResizePolicy
pub(super) fn devices(errors: &mut Errors, container: &Value, at: &str, known: &dyn Fn(&str) -> bool) {
    for (i, device) in list(container, "volumeDevices").iter().enumerate() {
        let at = format!("{at}.volumeDevices[{i}]");
        needs(errors, device, &at, "name");
        let name = device.str_at(&["name"]).unwrap_or_default();
        if !known(name) {
            errors.not_found(&child(&at, "name"), &Value::from(name).to_json());
        }
        needs(errors, device, &at, "devicePath");
    }
}

/// How a mount spreads; upstream leaves its index out.
pub(super) fn propagation(errors: &mut Errors, container: &Value, mount: &Value, at: &str) {
    one_of(errors, mount, at, "mountPropagation", &["Bidirectional", "HostToContainer", "None"]);
    let privileged = container.at(&["securityContext", "privileged"]) == Some(&Value::Bool(true));
    if mount.str_at(&["mountPropagation"]) == Some("Bidirectional") && !privileged {
        let why = "Bidirectional mount propagation is available only to privileged containers";
        errors.forbidden(&child(at, "mountPropagation"), why);
    }
}

// upstream: validateResizePolicy
pub(super) fn resize(errors: &mut Errors, container: &Value, at: &str) {
    let at = child(at, "resizePolicy");
    for policy in list(container, "resizePolicy") {
        for (key, known) in
            [("resourceName", ["cpu", "memory"]), ("restartPolicy", ["NotRequired", "RestartContainer"])]
        {
            match policy.str_at(&[key]).unwrap_or_default() {
                "" => errors.required(&at, ""),
                word if known.contains(&word) => {}
                word => errors.unsupported(&at, &Value::from(word).to_json(), &known),
            }
        }
    }
}
