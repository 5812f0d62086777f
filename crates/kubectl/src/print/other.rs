//! Rows of nodes, Events, quotas and role bindings.

use super::read::{NONE, UNKNOWN, age, is_true, list, members, name, since, text, text_or};
use podscope_schema::Value;
use podscope_schema::sort::sort;

/// How many members there are at a path.
pub fn count(o: &Value, path: &[&str]) -> usize {
    o.at(path).and_then(Value::as_map).map_or(0, podscope_schema::Map::len)
}

/// A node's roles, by its labels.
// upstream: printers/internalversion findNodeRoles
pub fn roles(o: &Value) -> String {
    let labels = members(o, &["metadata", "labels"]);
    let role = |(key, value): &(String, String)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) if !role.is_empty() => Some(role.to_owned()),
        _ if key == "kubernetes.io/role" && !value.is_empty() => Some(value.clone()),
        _ => None,
    };
    let mut all: Vec<String> = labels.iter().filter_map(role).collect();
    sort(&mut all);
    all.dedup();
    if all.is_empty() { NONE.into() } else { all.join(",") }
}

/// Name, status, roles, age, version; wide: addresses, operating system, kernel, runtime.
pub fn node(o: &Value, now: i64) -> Vec<String> {
    let ready = list(o, &["status", "conditions"]).iter().find(|c| c.str_at(&["type"]) == Some("Ready"));
    let ready = ready.map_or("Unknown", |c| if c.str_at(&["status"]) == Some("True") { "Ready" } else { "NotReady" });
    let cordoned = if is_true(o, &["spec", "unschedulable"]) { ",SchedulingDisabled" } else { "" };
    let address = |kind: &str| {
        let all = list(o, &["status", "addresses"]);
        let found = all.iter().find(|a| a.str_at(&["type"]) == Some(kind));
        found.map_or_else(|| NONE.to_owned(), |a| text(a, &["address"]))
    };
    let info = |key: &str| text_or(o, &["status", "nodeInfo", key], UNKNOWN);
    let architecture = text(o, &["status", "nodeInfo", "architecture"]);
    let architecture = if architecture.is_empty() { architecture } else { format!(" ({architecture})") };
    vec![
        name(o),
        format!("{ready}{cordoned}"),
        roles(o),
        age(o, now),
        text(o, &["status", "nodeInfo", "kubeletVersion"]),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        format!("{}{architecture}", info("kernelVersion")),
        info("containerRuntimeVersion"),
    ]
}

/// The first of two paths that has something.
fn either(o: &Value, first: &[&str], second: &[&str]) -> String {
    text_or(o, first, &text(o, second))
}

/// Last seen, type, reason, object, message; wide: sub-object, source, first seen, count, name.
pub fn event(o: &Value, now: i64) -> Vec<String> {
    let is_set = |path: &[&str]| o.at(path).is_some_and(|v| !v.is_null());
    let first = since(o, &[if is_set(&["firstTimestamp"]) { "firstTimestamp" } else { "eventTime" }], now);
    let last = match () {
        () if is_set(&["series"]) => since(o, &["series", "lastObservedTime"], now),
        () if is_set(&["lastTimestamp"]) => since(o, &["lastTimestamp"], now),
        () => first.clone(),
    };
    let count = either(o, &["series", "count"], &["count"]);
    let kind = text(o, &["involvedObject", "kind"]).to_lowercase();
    let target = text(o, &["involvedObject", "name"]);
    let component = either(o, &["source", "component"], &["reportingComponent"]);
    let host = either(o, &["source", "host"], &["reportingInstance"]);
    vec![
        last,
        text(o, &["type"]),
        text(o, &["reason"]),
        if target.is_empty() { kind } else { format!("{kind}/{target}") },
        text(o, &["involvedObject", "fieldPath"]),
        if host.is_empty() { component } else { format!("{component}, {host}") },
        text(o, &["message"]).trim().to_owned(),
        first,
        if count.is_empty() || count == "0" { "1".into() } else { count },
        name(o),
    ]
}

/// Name, requests, limits, age.
pub fn quota(o: &Value, now: i64) -> Vec<String> {
    let used = |key: &str| text_or(o, &["status", "used", key], "0");
    let all: Vec<(String, String)> = members(o, &["status", "hard"]);
    let part = |limits: bool| {
        let mine = all.iter().filter(|(key, _)| key.starts_with("limits.") == limits);
        mine.map(|(key, hard)| format!("{key}: {}/{hard}", used(key))).collect::<Vec<_>>().join(", ")
    };
    vec![name(o), part(false), part(true), age(o, now)]
}

/// Name, role, age; wide: users, groups, service accounts.
pub fn binding(o: &Value, now: i64) -> Vec<String> {
    let subjects = |kind: &str| {
        let mine = list(o, &["subjects"]).iter().filter(|s| s.str_at(&["kind"]) == Some(kind));
        let shown = mine.map(|s| match kind {
            "ServiceAccount" => format!("{}/{}", text(s, &["namespace"]), text(s, &["name"])),
            _ => text(s, &["name"]),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    let role = format!("{}/{}", text(o, &["roleRef", "kind"]), text(o, &["roleRef", "name"]));
    vec![name(o), role, age(o, now), subjects("User"), subjects("Group"), subjects("ServiceAccount")]
}
