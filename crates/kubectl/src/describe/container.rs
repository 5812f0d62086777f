//! Containers: what they run, what they ask for, what became of them.

use super::text::{Text, date};
use crate::print::read::{NONE, is_true, list, members, number, scalar, text, text_or};
use podscope_schema::Value;
use podscope_schema::sort::sort_by_key;
use std::fmt::Write as _;

/// Its seccomp profile, if it has one.
pub fn seccomp(w: &mut Text, level: usize, o: &Value, path: &[&str]) {
    if let Some(profile) = o.at(path) {
        w.row(level, "SeccompProfile", text(profile, &["type"]));
    }
}

/// Containers; inside of a template they have no status, and names stand a blank further in.
pub fn containers(w: &mut Text, label: &str, o: &Value, path: &[&str], statuses: &[Value], pod: Option<&Value>) {
    let all = list(o, path);
    w.line(0, format!("{label}:{}", if all.is_empty() { " <none>" } else { "" }));
    let indent = if pod.is_none() { " " } else { "" };
    for c in all {
        let status = statuses.iter().find(|s| text(s, &["name"]) == text(c, &["name"]));
        w.line(1, format!("{indent}{}:", text(c, &["name"])));
        if let Some(status) = status {
            w.row(2, "Container ID", text(status, &["containerID"]));
        }
        w.row(2, "Image", text(c, &["image"]));
        if let Some(status) = status {
            w.row(2, "Image ID", text(status, &["imageID"]));
        }
        for (one, many, field) in [("Port", "Ports", "containerPort"), ("Host Port", "Host Ports", "hostPort")] {
            let ports = ports(c, field);
            match &*ports {
                "" => w.row(2, one, NONE),
                list if list.contains(',') => w.row(2, many, list),
                single => w.row(2, one, single),
            }
        }
        seccomp(w, 2, c, &["securityContext", "seccompProfile"]);
        for (title, field) in [("Command:", "command"), ("Args:", "args")] {
            let words = list(c, &[field]);
            if !words.is_empty() {
                w.line(2, title);
            }
            for line in
                words.iter().map(scalar).flat_map(|word| word.split('\n').map(str::to_owned).collect::<Vec<_>>())
            {
                w.line(3, line);
            }
        }
        if let Some(status) = status {
            state(w, "State", status.get("state").unwrap_or(&Value::Null));
            if let Some(last) = status.get("lastState").filter(|s| s.get("terminated").is_some()) {
                state(w, "Last State", last);
            }
            w.row(2, "Ready", if is_true(status, &["ready"]) { "True" } else { "False" });
            w.row(2, "Restart Count", number(status, &["restartCount"]).to_string());
        }
        for (title, field) in [("Limits:", "limits"), ("Requests:", "requests")] {
            let all = members(c, &["resources", field]);
            if !all.is_empty() {
                w.line(2, title);
            }
            for (resource, amount) in all {
                w.row(3, &resource, amount);
            }
        }
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(found) = c.get(field).filter(|p| !p.is_null()) {
                w.row(2, title, probe(found));
            }
        }
        env(w, c, pod);
        mounts(w, c);
    }
}

fn ports(c: &Value, field: &str) -> String {
    let one = |p: &Value| {
        let text = format!("{}/{}", number(p, &[field]), text(p, &["protocol"]));
        match crate::print::read::text(p, &["name"]) {
            name if name.is_empty() => text,
            name => format!("{text} ({name})"),
        }
    };
    list(c, &["ports"]).iter().map(one).collect::<Vec<_>>().join(", ")
}

fn state(w: &mut Text, title: &str, state: &Value) {
    if state.get("running").is_some() {
        w.row(2, title, "Running");
        w.row(3, "Started", date(state, &["running", "startedAt"]));
    } else if let Some(ended) = state.get("terminated") {
        w.row(2, title, "Terminated");
        for (name, field) in [("Reason", "reason"), ("Message", "message")] {
            let value = text(ended, &[field]);
            if !value.is_empty() {
                w.row(3, name, value);
            }
        }
        w.row(3, "Exit Code", number(ended, &["exitCode"]).to_string());
        if number(ended, &["signal"]) > 0 {
            w.row(3, "Signal", number(ended, &["signal"]).to_string());
        }
        w.row(3, "Started", date(ended, &["startedAt"]));
        w.row(3, "Finished", date(ended, &["finishedAt"]));
    } else {
        w.row(2, title, "Waiting");
        let reason = text(state, &["waiting", "reason"]);
        if !reason.is_empty() {
            w.row(3, "Reason", reason);
        }
    }
}

// upstream: DescribeProbe
fn probe(p: &Value) -> String {
    let n = |field: &str| number(p, &[field]);
    let timing = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    );
    if p.get("exec").is_some() {
        let words: Vec<String> = list(p, &["exec", "command"]).iter().map(scalar).collect();
        return format!("exec [{}] {timing}", words.join(" "));
    }
    if let Some(get) = p.get("httpGet") {
        let scheme = text_or(get, &["scheme"], "HTTP").to_lowercase();
        let path = text(get, &["path"]);
        let path = if path.is_empty() || path.starts_with('/') { path } else { format!("/{path}") };
        return format!("http-get {scheme}://{}:{}{path} {timing}", text(get, &["host"]), text(get, &["port"]));
    }
    if let Some(tcp) = p.get("tcpSocket") {
        return format!("tcp-socket {}:{} {timing}", text(tcp, &["host"]), text(tcp, &["port"]));
    }
    if let Some(grpc) = p.get("grpc") {
        return format!("grpc <pod>:{} {} {timing}", text(grpc, &["port"]), text(grpc, &["service"]));
    }
    format!("unknown {timing}")
}

fn env(w: &mut Text, c: &Value, pod: Option<&Value>) {
    let from = list(c, &["envFrom"]);
    if !from.is_empty() {
        w.line(2, "Environment Variables from:");
    }
    for e in from {
        let (kind, source) = match (e.get("configMapRef"), e.get("secretRef")) {
            (Some(map), _) => ("ConfigMap", map),
            (None, Some(secret)) => ("Secret", secret),
            _ => continue,
        };
        let prefix = text(e, &["prefix"]);
        let with = if prefix.is_empty() { String::new() } else { format!(" with prefix '{prefix}'") };
        w.line(3, format!("{}\t{kind}{with}\tOptional: {}", text(source, &["name"]), is_true(source, &["optional"])));
    }
    let all = list(c, &["env"]);
    w.line(2, if all.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for e in all {
        let name = text(e, &["name"]);
        let from = e.get("valueFrom").cloned().unwrap_or_default();
        let key = |kind: &str, words: &str| {
            from.get(kind).map(|r| {
                let (key, name) = (text(r, &["key"]), text(r, &["name"]));
                format!("<set to the key '{key}' {words} '{name}'>\tOptional: {}", is_true(r, &["optional"]))
            })
        };
        let special = if let Some(field) = from.get("fieldRef") {
            let path = text(field, &["fieldPath"]);
            let value = pod.map(|p| field_of(p, &path)).unwrap_or_default();
            Some(format!("{value} ({}:{path})", text_or(field, &["apiVersion"], "v1")))
        } else if let Some(field) = from.get("resourceFieldRef") {
            let resource = text(field, &["resource"]);
            let value = resource.split_once('.').map(|(kind, r)| text(c, &["resources", kind, r])).unwrap_or_default();
            let value =
                if value.is_empty() && resource.starts_with("limits.") { "node allocatable".into() } else { value };
            Some(format!("{value} ({resource})"))
        } else {
            key("secretKeyRef", "in secret").or_else(|| key("configMapKeyRef", "of config map"))
        };
        if let Some(value) = special {
            w.row(3, &name, value);
            continue;
        }
        for (i, line) in text(e, &["value"]).split('\n').enumerate() {
            if i == 0 { w.row(3, &name, line) } else { w.line(3, format!("\t{line}")) }
        }
    }
}

/// What a `fieldRef` gives.
fn field_of(pod: &Value, path: &str) -> String {
    if let Some((map, key)) = path.split_once("['") {
        let key = key.trim_end_matches("']");
        let steps: Vec<&str> = map.split('.').chain([key]).collect();
        return text(pod, &steps);
    }
    text(pod, &path.split('.').collect::<Vec<_>>())
}

fn mounts(w: &mut Text, c: &Value) {
    let mut all: Vec<&Value> = list(c, &["volumeMounts"]).iter().collect();
    w.line(2, if all.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    sort_by_key(&mut all, |m| text(m, &["mountPath"]));
    for m in all {
        let mut flags = if is_true(m, &["readOnly"]) { "ro".to_owned() } else { "rw".to_owned() };
        let sub = text(m, &["subPath"]);
        if !sub.is_empty() {
            _ = write!(flags, ",path={sub:?}");
        }
        w.line(3, format!("{} from {} ({flags})", text(m, &["mountPath"]), text(m, &["name"])));
    }
    let devices = list(c, &["volumeDevices"]);
    if !devices.is_empty() {
        w.line(2, "Devices:");
    }
    for d in devices {
        w.line(3, format!("{} from {}", text(d, &["devicePath"]), text(d, &["name"])));
    }
}
