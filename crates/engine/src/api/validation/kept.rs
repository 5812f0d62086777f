//! Kinds that the API server looks at closely though little or nothing of them is simulated.

use super::container::{one_of, there};
use super::{Errors, child};
use crate::convert::read::list;
use crate::object::Other;
use podscope_schema::{Map, Quantity, Value, names};

/// What is counted, in quotas.
const COUNTED: &str = " configmaps persistentvolumeclaims pods replicationcontrollers resourcequotas secrets services \
                       services.loadbalancers services.nodeports ";
/// What is measured, in quotas.
const MEASURED: &str = " cpu ephemeral-storage limits.cpu limits.ephemeral-storage limits.memory memory requests.cpu \
                        requests.ephemeral-storage requests.memory requests.storage ";

/// A kind that is only kept.
pub(super) fn other(errors: &mut Errors, other: &Other) {
    let raw = &other.raw;
    match (&*other.api_version, &*other.kind) {
        ("v1", "Namespace") => errors.names("metadata.name", &other.meta.name, names::dns1123_label(&other.meta.name)),
        ("networking.k8s.io/v1", "Ingress") => ingress(errors, raw.get("spec").unwrap_or(&Value::Null)),
        ("networking.k8s.io/v1", "NetworkPolicy") if crate::RARE => {
            errors.names("metadata.name", &other.meta.name, names::dns1123_subdomain(&other.meta.name));
            super::network_policy::policy(errors, raw.get("spec").unwrap_or(&Value::Null));
        }
        // upstream: pkg/apis/scheduling/validation ValidatePriorityClass
        ("scheduling.k8s.io/v1", "PriorityClass") => {
            const HIGHEST: i64 = 1_000_000_000;
            let system = other.meta.name.starts_with("system-");
            if !system && raw.get("value").and_then(Value::as_i64).is_some_and(|n| n > HIGHEST) {
                errors.forbidden("value", "maximum allowed value of a user defined priority is 1000000000");
            }
            word(errors, raw, "preemptionPolicy", &["Never", "PreemptLowerPriority"]);
        }
        _ => {}
    }
}

/// A word at the top of an object.
fn word(errors: &mut Errors, raw: &Value, key: &str, known: &[&str]) {
    if let Some(word) = there(raw, key).filter(|w| !w.as_str().is_some_and(|w| known.contains(&w))) {
        errors.unsupported(key, &word.to_json(), known);
    }
}

// upstream: pkg/apis/storage/validation ValidateStorageClass
pub(super) fn storage_class(errors: &mut Errors, raw: &Value) {
    let Some(provisioner) = raw.str_at(&["provisioner"]).filter(|p| !p.is_empty()) else {
        if !raw.is_null() {
            errors.required("provisioner", "");
        }
        return;
    };
    errors.names("provisioner", provisioner, names::qualified_name(&provisioner.to_lowercase()));
    word(errors, raw, "reclaimPolicy", &["Delete", "Retain"]);
    word(errors, raw, "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]);
}

// upstream: pkg/apis/core/validation ValidateResourceQuotaSpec
pub(super) fn quota(errors: &mut Errors, spec: &Value) {
    for (name, value) in spec.get("hard").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        let field = format!("spec.hard[{name}]");
        let wrong = names::qualified_name(name);
        let readable = wrong.is_empty();
        errors.names(&field, name, wrong);
        let spaced = format!(" {name} ");
        let large = name.strip_prefix("requests.").unwrap_or(name).starts_with("hugepages-");
        if !name.contains('/') && !COUNTED.contains(&spaced) && !MEASURED.contains(&spaced) && !large {
            if readable && &**name != "storage" {
                errors.invalid(&field, &(&**name).into(), "must be a standard resource type or fully qualified");
            }
            errors.invalid(&field, &(&**name).into(), "must be a standard resource for quota");
        }
        let text = value.as_str().map_or_else(|| value.to_json(), str::to_owned);
        let Ok(amount) = Quantity::parse(&text) else { continue };
        let (nano, shown) = (amount.nano(), Value::from(amount.to_string()));
        if nano < 0 {
            errors.invalid(&field, &shown, "must be greater than or equal to 0");
        }
        if COUNTED.contains(&spaced) && nano % 1_000_000_000 != 0 {
            errors.invalid(&field, &shown, "must be an integer");
        }
    }
}

// upstream: pkg/apis/networking/validation ValidateIngressSpec
fn ingress(errors: &mut Errors, spec: &Value) {
    let (backend, rules) = (there(spec, "defaultBackend"), list(spec, "rules"));
    if backend.is_none() && rules.is_empty() {
        errors.invalid("spec", &Value::Null, "either `defaultBackend` or `rules` must be specified");
    }
    if let Some(backend) = backend {
        self::backend(errors, backend, "spec.defaultBackend");
    }
    for (i, rule) in rules.iter().enumerate() {
        let at = format!("spec.rules[{i}]");
        let host = rule.str_at(&["host"]).unwrap_or_default();
        if !host.is_empty() {
            let field = child(&at, "host");
            // An address of the newer kind has colons, which no name has.
            if host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok()) {
                errors.invalid(&field, &host.into(), "must be a DNS name, not an IP address");
            }
            let wild = host.contains('*');
            let rule = if wild { names::wildcard_subdomain } else { names::dns1123_subdomain };
            errors.names(&field, host, rule(host));
        }
        let Some(http) = there(rule, "http") else { continue };
        let at = child(&at, "http.paths");
        let paths = list(http, "paths");
        if paths.is_empty() {
            errors.required(&at, "");
        }
        for (i, path) in paths.iter().enumerate() {
            self::path(errors, path, &format!("{at}[{i}]"));
        }
    }
}

// upstream: validateHTTPIngressPath
fn path(errors: &mut Errors, value: &Value, at: &str) {
    let Some(kind) = value.str_at(&["pathType"]) else {
        return errors.required(&child(at, "pathType"), "pathType must be specified");
    };
    let path = value.str_at(&["path"]).unwrap_or_default();
    let field = child(at, "path");
    let exact = matches!(kind, "Exact" | "Prefix");
    if !path.starts_with('/') && (exact || (kind == "ImplementationSpecific" && !path.is_empty())) {
        errors.invalid(&field, &path.into(), "must be an absolute path");
    }
    if exact {
        for wrong in ["//", "/./", "/../", "%2f", "%2F"].into_iter().filter(|w| path.contains(w)) {
            errors.invalid(&field, &path.into(), &format!("must not contain '{wrong}'"));
        }
        for wrong in ["/..", "/."].into_iter().filter(|w| path.ends_with(w)) {
            errors.invalid(&field, &path.into(), &format!("cannot end with '{wrong}'"));
        }
    }
    one_of(errors, value, at, "pathType", &["Exact", "ImplementationSpecific", "Prefix"]);
    backend(errors, value.get("backend").unwrap_or(&Value::Null), &child(at, "backend"));
}

// upstream: validateIngressBackend
fn backend(errors: &mut Errors, backend: &Value, at: &str) {
    let (resource, service) = (there(backend, "resource"), there(backend, "service"));
    let service = match (resource, service) {
        (Some(_), None) => return,
        (None, Some(service)) => service,
        (both, _) => {
            let both = both.is_some();
            let why = if both {
                "cannot set both resource and service backends"
            } else {
                "resource or service backend is required"
            };
            return errors.invalid(at, &"".into(), why);
        }
    };
    let name = service.str_at(&["name"]).unwrap_or_default();
    if name.is_empty() {
        errors.required(&child(at, "service.name"), "");
    } else {
        errors.names(&child(at, "service.name"), name, names::dns1123_label(name));
    }
    let port = |key: &str| service.at(&["port", key]);
    let named = port("name").and_then(Value::as_str).filter(|n| !n.is_empty());
    match (named, port("number").and_then(Value::as_i64).filter(|n| *n != 0)) {
        (Some(_), Some(_)) => errors.invalid(at, &"".into(), "cannot set both port name & port number"),
        (Some(name), None) => errors.names(&child(at, "service.port.name"), name, names::port_name(name)),
        (None, Some(number)) => {
            for why in names::port_number(number) {
                errors.invalid(&child(at, "service.port.number"), &number.into(), &why);
            }
        }
        (None, None) => errors.required(at, "port name or number is required"),
    }
}
