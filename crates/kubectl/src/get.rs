//! `get`: names, JSON, YAML, jsonpath, and tables.

use crate::{Args, Failure, Session, resource};
use podscope_engine::convert;
use podscope_engine::object::{Key, Object};
use podscope_schema::Value;

/// `get KIND [NAME…] [-o …]`
pub fn get(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let (kind, keys) = s.targets(&args.words, args)?;
    if keys.is_empty() {
        s.warn(format!("No resources found in {} namespace.", s.namespace.clone()));
        return Ok(());
    }
    let single = args.words.len() == 2 || args.words.first().is_some_and(|w| w.contains('/'));
    let output = args.value("output").unwrap_or_default();
    if output == "name" {
        for key in keys {
            let line = s.shown(key);
            s.say(line);
        }
        return Ok(());
    }
    if let Some(path) = output.strip_prefix("jsonpath=") {
        let values: Vec<Value> = keys.iter().filter_map(|&k| convert::to_value(&s.cluster.cx, k)).collect();
        let root = if single { values.into_iter().next().unwrap_or_default() } else { list(values) };
        s.out.stdout.push_str(&jsonpath(&root, path)?);
        return Ok(());
    }
    if matches!(output, "json" | "yaml") {
        let values: Vec<Value> = keys.iter().filter_map(|&k| convert::to_value(&s.cluster.cx, k)).collect();
        let root = sorted(&if single { values.into_iter().next().unwrap_or_default() } else { list(values) });
        if output == "yaml" {
            s.out.stdout.push_str(&podscope_schema::to_yaml(&root));
        } else {
            s.say(root.to_json());
        }
        return Ok(());
    }
    let mut rows = vec![header(kind)];
    rows.extend(keys.iter().map(|&k| row(s, k)));
    table(s, &rows);
    Ok(())
}

fn list(items: Vec<Value>) -> Value {
    Value::object([
        ("apiVersion", Value::from("v1")),
        ("items", items.into()),
        ("kind", "List".into()),
        ("metadata", Value::object([("resourceVersion", "".into())])),
    ])
}

/// The same value with all keys sorted, as kubectl prints it.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(sorted)),
        Value::Object(map) => {
            let mut map: podscope_schema::Map = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            map.sort_keys();
            map.into()
        }
        other => other.clone(),
    }
}

/// `{.a.b[0].c}` with text around; objects print as sorted JSON.
fn jsonpath(root: &Value, template: &str) -> Result<String, Failure> {
    let (mut out, mut rest) = (String::new(), template);
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let close = rest[open..].find('}').ok_or("error: error parsing jsonpath: unclosed action")? + open;
        let mut current = vec![root.clone()];
        for part in rest[open + 1..close].trim().trim_start_matches('$').split('.').filter(|p| !p.is_empty()) {
            let (name, index) = part.split_once('[').map_or((part, None), |(n, i)| (n, Some(i.trim_end_matches(']'))));
            if !name.is_empty() {
                current = current.iter().filter_map(|v| v.get(name).cloned()).collect();
            }
            if let Some(index) = index {
                current = match index {
                    "*" => current.iter().flat_map(|v| v.items().to_vec()).collect(),
                    i => current.iter().filter_map(|v| v.items().get(i.parse::<usize>().ok()?).cloned()).collect(),
                };
            }
        }
        let texts: Vec<_> =
            current.iter().map(|v| v.as_str().map_or_else(|| sorted(v).to_json(), str::to_owned)).collect();
        out.push_str(&texts.join(" "));
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn header(kind: podscope_engine::object::Kind) -> Vec<String> {
    use podscope_engine::object::Kind;
    let names: &[&str] = match kind {
        Kind::Pod => &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        Kind::Deployment => &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
        Kind::ReplicaSet | Kind::ReplicationController => &["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
        Kind::StatefulSet => &["NAME", "READY", "AGE"],
        Kind::Service => &["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
        _ => &["NAME", "AGE"],
    };
    names.iter().map(ToString::to_string).collect()
}

fn row(s: &Session, key: Key) -> Vec<String> {
    let Some(object) = s.object(key) else { return Vec::new() };
    let meta = object.meta();
    let name = meta.name.to_string();
    let age = age((s.cluster.now() - meta.created).as_secs());
    let number = |n: i64| n.to_string();
    match object {
        Object::Pod(p) => {
            let ready = p.status.containers.iter().filter(|c| c.ready).count();
            let restarts: u32 = p.status.containers.iter().map(|c| c.restarts).sum();
            vec![name, format!("{ready}/{}", p.spec.containers.len()), pod_status(p), restarts.to_string(), age]
        }
        Object::Deployment(d) => {
            vec![
                name,
                format!("{}/{}", d.status.ready, d.replicas),
                number(d.status.updated),
                number(d.status.available),
                age,
            ]
        }
        Object::ReplicaSet(r) => vec![name, number(r.replicas), number(r.status.replicas), number(r.status.ready), age],
        Object::StatefulSet(d) => vec![name, format!("{}/{}", d.status.ready, d.replicas), age],
        Object::Service(v) => {
            let ports: Vec<_> = v.ports.iter().map(|p| format!("{}/{}", p.port, p.protocol)).collect();
            let ports = if ports.is_empty() { "<none>".into() } else { ports.join(",") };
            vec![name, v.kind.to_string(), v.cluster_ip.to_string(), "<none>".into(), ports, age]
        }
        _ => vec![name, age],
    }
}

/// The STATUS column of a pod.
// upstream: printers/internalversion printPod
fn pod_status(p: &podscope_engine::object::Pod) -> String {
    use podscope_engine::object::ContainerState;
    if p.meta.deleting() && !p.is_terminal() {
        return "Terminating".into();
    }
    for (i, c) in p.status.init_containers.iter().enumerate() {
        match &c.state {
            ContainerState::Terminated { exit_code: 0, .. } => {}
            ContainerState::Running { .. } if c.started => {}
            ContainerState::Waiting { reason, .. } if !matches!(*reason, "" | "PodInitializing") => {
                return format!("Init:{reason}");
            }
            _ => return format!("Init:{i}/{}", p.status.init_containers.len()),
        }
    }
    let mut reason =
        if p.status.reason.is_empty() { p.status.phase.name().to_owned() } else { p.status.reason.to_string() };
    for c in p.status.containers.iter().rev() {
        match &c.state {
            ContainerState::Waiting { reason: r, .. } if !r.is_empty() && p.node.is_some() => {
                (*r).clone_into(&mut reason)
            }
            ContainerState::Terminated { reason: r, .. } if !r.is_empty() => (*r).clone_into(&mut reason),
            _ => {}
        }
    }
    reason
}

/// A duration as kubectl prints ages.
// upstream: apimachinery/pkg/util/duration HumanDuration
pub fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |big: u64, unit: &str, small: u64, small_unit: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

fn table(s: &mut Session, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|i| rows.iter().filter_map(|r| r.get(i)).map(String::len).max().unwrap_or(0) + 3).collect();
    for row in rows {
        let last = row.len().saturating_sub(1);
        let cells =
            row.iter().enumerate().map(|(i, c)| if i == last { c.clone() } else { format!("{c:<w$}", w = widths[i]) });
        let line: String = cells.collect();
        s.say(line);
    }
}

#[allow(unused_imports)]
use resource as _;
