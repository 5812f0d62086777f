//! What a container says besides its name and image: resources, environment, probes and hooks, security.

use super::{Errors, child};
use crate::convert::read;
use podscope_schema::sorted::SortedSet;
use podscope_schema::{Map, Quantity, Value, names};

/// A member that is there.
pub(super) fn there<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|v| !v.is_null())
}

/// That a text is there; says so when it is not.
pub(super) fn needs(errors: &mut Errors, value: &Value, at: &str, key: &str) -> bool {
    let given = !value.str_at(&[key]).unwrap_or_default().is_empty();
    if !given {
        errors.required(&child(at, key), "");
    }
    given
}

/// One of these words, or nothing.
pub(super) fn one_of(errors: &mut Errors, value: &Value, at: &str, key: &str, known: &[&str]) {
    let word = read::field(value, key);
    if !word.is_null() && !word.as_str().is_some_and(|w| known.contains(&w)) {
        errors.unsupported(&child(at, key), &word.to_json(), known);
    }
}

/// A number in a range, if it is there.
pub(super) fn within(errors: &mut Errors, value: &Value, at: &str, key: &str, least: i64) {
    if let Some(n) = value.get(key).and_then(Value::as_i64).filter(|n| *n < least || *n > i64::from(i32::MAX)) {
        errors.invalid(&child(at, key), &n.into(), &format!("must be between {least} and {}, inclusive", i32::MAX));
    }
}

/// The number of a port, or the name of one.
// upstream: ValidatePortNumOrName
fn port(errors: &mut Errors, value: &Value, at: &str) {
    let at = child(at, "port");
    match value.get("port") {
        Some(Value::Str(name)) => errors.names(&at, name, names::port_name(name)),
        number => errors.numbers(&at, number.and_then(Value::as_i64).unwrap_or(0)),
    }
}

/// What a probe or a hook does: just one thing.
// upstream: validateHandler
pub(super) fn handler(errors: &mut Errors, handler: &Value, at: &str, grace: i64) {
    let mut found = false;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(how) = there(handler, kind) else { continue };
        let at = child(at, kind);
        if std::mem::replace(&mut found, true) {
            errors.forbidden(&at, "may not specify more than 1 handler type");
            continue;
        }
        match kind {
            "exec" if read::list(how, "command").is_empty() => errors.required(&child(&at, "command"), ""),
            "exec" => {}
            "sleep" => {
                let seconds = read::number(how, "seconds", 0);
                if seconds < 0 || seconds > grace {
                    let why = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                    errors.invalid(&at, &seconds.into(), &why);
                }
            }
            _ => {
                port(errors, how, &at);
                one_of(errors, how, &at, "scheme", &["HTTP", "HTTPS"]);
                for header in read::list(how, "httpHeaders").iter().filter(|_| crate::RARE) {
                    let name = header.str_at(&["name"]).unwrap_or_default();
                    errors.names(&child(&at, "httpHeaders"), name, names::http_header(name));
                }
            }
        }
    }
    if !found {
        errors.required(at, "must specify a handler type");
    }
}

// upstream: ValidateEnv, validateEnvVarValueFrom, ValidateEnvFrom
pub(super) fn env(errors: &mut Errors, container: &Value, at: &str) {
    for (i, env) in read::list(container, "env").iter().enumerate() {
        let at = format!("{at}.env[{i}]");
        if needs(errors, env, &at, "name") {
            let name = env.str_at(&["name"]).unwrap_or_default();
            errors.names(&child(&at, "name"), name, names::env_var_name(name));
        }
        let Some(from) = there(env, "valueFrom") else { continue };
        let at = child(&at, "valueFrom");
        let mut sources = 0;
        for kind in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
            let Some(source) = there(from, kind) else { continue };
            sources += 1;
            let at = child(&at, kind);
            match kind {
                "fieldRef" if needs(errors, source, &at, "fieldPath") && crate::STRICT => {
                    field_path(errors, source.str_at(&["fieldPath"]).unwrap_or_default(), &at);
                }
                "configMapKeyRef" | "secretKeyRef" => {
                    let name = source.str_at(&["name"]).unwrap_or_default();
                    errors.names(&child(&at, "name"), name, names::dns1123_subdomain(name));
                    if needs(errors, source, &at, "key") {
                        let key = source.str_at(&["key"]).unwrap_or_default();
                        errors.names(&child(&at, "key"), key, names::config_map_key(key));
                    }
                }
                _ => {}
            }
        }
        let why = match sources {
            0 => {
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            }
            _ if !env.str_at(&["value"]).unwrap_or_default().is_empty() => {
                "may not be specified when `value` is not empty"
            }
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.invalid(&at, &"".into(), why);
    }
    for (i, from) in read::list(container, "envFrom").iter().enumerate() {
        let sources: Vec<&str> =
            ["configMapRef", "secretRef"].into_iter().filter(|k| there(from, k).is_some()).collect();
        for kind in &sources {
            let name = from.str_at(&[kind, "name"]).unwrap_or_default();
            let at = format!("{at}.envFrom[{i}].{kind}.name");
            if name.is_empty() {
                errors.required(&at, "");
            } else {
                errors.names(&at, name, names::dns1123_subdomain(name));
            }
        }
        let why = match sources.len() {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.invalid(&child(at, "envFrom"), &"".into(), why);
    }
}

/// The field of its pod that a variable tells.
// upstream: validateObjectFieldSelector, ConvertDownwardAPIFieldLabel
fn field_path(errors: &mut Errors, path: &str, at: &str) {
    const KNOWN: [&str; 9] = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    const ELSEWHERE: [&str; 5] =
        ["metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase"];
    let field = child(at, "fieldPath");
    let bracket = path.strip_suffix("']").and_then(|p| p.split_once("['"));
    match bracket {
        Some(("metadata.annotations", key)) => {
            let key = key.to_lowercase();
            errors.names(at, &key, names::qualified_name(&key));
        }
        Some(("metadata.labels", key)) => errors.names(at, key, names::qualified_name(key)),
        Some(_) => {
            let why = format!("error converting fieldPath: field label does not support subscript: {path}");
            errors.invalid(&field, &path.into(), &why);
        }
        None if KNOWN.contains(&path) || path == "spec.host" => {}
        None if ELSEWHERE.contains(&path) => errors.unsupported(&field, &Value::from(path).to_json(), &KNOWN),
        None => {
            let why = format!("error converting fieldPath: field label not supported: {path}");
            errors.invalid(&field, &path.into(), &why);
        }
    }
}

/// How an amount is printed, and what it is.
fn amount(value: &Value) -> Option<(String, i128)> {
    let text = value.as_str().map_or_else(|| value.to_json(), str::to_owned);
    let nano = Quantity::parse(&text).ok()?.nano();
    Some((Quantity::stored(&text).unwrap_or(text), nano))
}

// upstream: validateResourceRequirements
pub(super) fn resources(errors: &mut Errors, resources: &Value, at: &str) {
    let limits = read::field(resources, "limits");
    for side in ["limits", "requests"] {
        let path = child(at, side);
        for (name, value) in resources.get(side).and_then(Value::as_map).into_iter().flat_map(Map::iter) {
            let field = format!("{path}[{name}]");
            let extended = name.contains('/') && !name.contains("kubernetes.io/");
            let known = matches!(&**name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
            let found = names::qualified_name(name);
            let readable = found.is_empty();
            errors.names(&field, name, found);
            if !name.contains('/') && !known {
                if readable && &**name != "storage" {
                    errors.invalid(&field, &(&**name).into(), "must be a standard resource type or fully qualified");
                }
                errors.invalid(&field, &(&**name).into(), "must be a standard resource for containers");
            }
            let Some((shown, nano)) = amount(value) else { continue };
            if nano < 0 {
                errors.invalid(&field, &(&*shown).into(), "must be greater than or equal to 0");
            }
            if extended && nano % 1_000_000_000 != 0 {
                errors.invalid(&field, &(&*shown).into(), "must be an integer");
            }
            if side == "limits" {
                continue;
            }
            // What cannot be shared out twice is asked for as it is limited.
            let alone = extended || name.starts_with("hugepages-");
            let why = match limits.get(name).and_then(amount) {
                Some((limit, most)) if alone && nano != most => format!("must be equal to {name} limit of {limit}"),
                Some((limit, most)) if nano > most => format!("must be less than or equal to {name} limit of {limit}"),
                None if alone => {
                    errors.required(&child(at, "limits"), "Limit must be set for non overcommitable resources");
                    continue;
                }
                _ => continue,
            };
            errors.invalid(&path, &shown.into(), &why);
        }
    }
}

/// Ports of the machine that containers share.
// upstream: checkHostPortConflicts
pub(super) fn host_ports(errors: &mut Errors, containers: &[Value], path: &str) {
    let mut taken = SortedSet::new();
    for (i, container) in containers.iter().enumerate() {
        for (n, port) in read::list(container, "ports").iter().enumerate() {
            let number = read::number(port, "hostPort", 0);
            let text = |key: &str| port.str_at(&[key]).unwrap_or_default();
            let shown = format!("{}/{}/{number}", text("protocol"), text("hostIP"));
            if number != 0 && !taken.insert(shown.clone()) {
                errors.duplicate(&format!("{path}[{i}].ports[{n}].hostPort"), &Value::from(shown).to_json());
            }
        }
    }
}

/// A path below another one.
// upstream: validateLocalDescendingPath, validatePathNoBacksteps
pub(super) fn descending(errors: &mut Errors, path: &str, at: &str, relative: bool) {
    if relative && path.starts_with('/') {
        errors.invalid(at, &path.into(), "must be a relative path");
    }
    if path.split('/').any(|part| part == "..") {
        errors.invalid(at, &path.into(), "must not contain '..'");
    }
}

// upstream: ValidateSecurityContext
pub(super) fn security(errors: &mut Errors, context: &Value, at: &str) {
    within(errors, context, at, "runAsUser", 0);
    within(errors, context, at, "runAsGroup", 0);
    within(errors, context, at, "fsGroup", 0);
}
