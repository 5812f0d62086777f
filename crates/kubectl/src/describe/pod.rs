//! Pods, pod templates, containers and volumes.

use super::text::{Text, date};
use crate::print::read::{
    NONE, UNSET, controller, human, is_true, list, members, name, number, scalar, selector, text, text_or,
};
use podscope_engine::convert::epoch_micros;
use podscope_schema::{Quantity, Value};

/// A pod. The time since its deletion counts from when it is described.
pub fn pod(w: &mut Text, o: &Value, now: i64) {
    w.head(o);
    if o.at(&["spec", "priority"]).is_some() {
        w.row(0, "Priority", text(o, &["spec", "priority"]));
    }
    for (title, field) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        let value = text(o, &["spec", field]);
        if !value.is_empty() {
            w.row(0, title, value);
        }
    }
    let node = text(o, &["spec", "nodeName"]);
    w.row(0, "Node", if node.is_empty() { NONE.into() } else { format!("{node}/{}", text(o, &["status", "hostIP"])) });
    if o.at(&["status", "startTime"]).is_some() {
        w.row(0, "Start Time", date(o, &["status", "startTime"]));
    }
    w.labels_and_annotations(o);
    let phase = text(o, &["status", "phase"]);
    match o.str_at(&["metadata", "deletionTimestamp"]).and_then(epoch_micros) {
        Some(at) if !matches!(&*phase, "Failed" | "Succeeded") => {
            w.row(0, "Status", format!("Terminating (lasts {})", human(now - at)));
            w.row(
                0,
                "Termination Grace Period",
                format!("{}s", number(o, &["metadata", "deletionGracePeriodSeconds"])),
            );
        }
        _ => w.row(0, "Status", phase),
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        let value = text(o, &["status", field]);
        if !value.is_empty() {
            w.row(0, title, value);
        }
    }
    seccomp(w, 0, o, &["spec", "securityContext", "seccompProfile"]);
    w.row(0, "IP", text(o, &["status", "podIP"]));
    let ips = list(o, &["status", "podIPs"]);
    if ips.is_empty() {
        w.row(0, "IPs", NONE);
    } else {
        w.line(0, "IPs:");
    }
    for ip in ips {
        w.row(1, "IP", text(ip, &["ip"]));
    }
    controlled_by(w, o);
    let nominated = text(o, &["status", "nominatedNodeName"]);
    if !nominated.is_empty() {
        w.row(0, "NominatedNodeName", nominated);
    }
    if !list(o, &["spec", "initContainers"]).is_empty() {
        containers(
            w,
            "Init Containers",
            o,
            &["spec", "initContainers"],
            list(o, &["status", "initContainerStatuses"]),
            Some(o),
        );
    }
    containers(w, "Containers", o, &["spec", "containers"], list(o, &["status", "containerStatuses"]), Some(o));
    let gates = list(o, &["spec", "readinessGates"]);
    if !gates.is_empty() {
        w.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in gates {
            let kind = text(gate, &["conditionType"]);
            let status = list(o, &["status", "conditions"]).iter().find(|c| text(c, &["type"]) == kind);
            w.line(1, format!("{kind} \t{} ", status.map_or_else(|| NONE.into(), |c| text(c, &["status"]))));
        }
    }
    let conditions = list(o, &["status", "conditions"]);
    if !conditions.is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus");
        for c in conditions {
            w.line(1, format!("{} \t{} ", text(c, &["type"]), text(c, &["status"])));
        }
    }
    volumes(w, "", o, &["spec", "volumes"]);
    w.row(0, "QoS Class", text_or(o, &["status", "qosClass"], &qos(o)));
    w.labels("", "Node-Selectors", o, &["spec", "nodeSelector"]);
    w.tolerations("Tolerations", o, &["spec", "tolerations"]);
    spread(w, "", o, &["spec", "topologySpreadConstraints"]);
}

/// The quality of service that requests and limits make.
// upstream: core/v1/helper/qos GetPodQOS
fn qos(o: &Value) -> String {
    let all: Vec<&Value> =
        list(o, &["spec", "containers"]).iter().chain(list(o, &["spec", "initContainers"])).collect();
    let has = |c: &Value, kind: &str| {
        members(c, &["resources", kind])
            .iter()
            .any(|(k, v)| matches!(&**k, "cpu" | "memory") && Quantity::parse(v).is_ok_and(|q| q.nano() > 0))
    };
    let guaranteed = |c: &&Value| {
        ["cpu", "memory"].iter().all(|r| {
            let limit = text(c, &["resources", "limits", r]);
            !limit.is_empty() && text_or(c, &["resources", "requests", r], &limit) == limit
        })
    };
    if !all.iter().any(|c| has(c, "requests") || has(c, "limits")) {
        "BestEffort".into()
    } else if all.iter().all(guaranteed) {
        "Guaranteed".into()
    } else {
        "Burstable".into()
    }
}

/// `Controlled By:`, if something does.
pub fn controlled_by(w: &mut Text, o: &Value) {
    if let Some(owner) = controller(o) {
        w.row(0, "Controlled By", format!("{}/{}", text(owner, &["kind"]), text(owner, &["name"])));
    }
}

fn seccomp(w: &mut Text, level: usize, o: &Value, path: &[&str]) {
    if let Some(profile) = o.at(path) {
        w.row(level, "SeccompProfile", text(profile, &["type"]));
    }
}

/// `Pod Template:` and what is in it, with tabs.
// upstream: DescribePodTemplate
pub fn template(t: &Value) -> String {
    let mut w = Text::default();
    pod_template(&mut w, t);
    w.raw()
}

/// A pod template.
pub fn pod_template(w: &mut Text, t: &Value) {
    w.line(0, "Pod Template:");
    w.labels("", "  Labels", t, &["metadata", "labels"]);
    if !members(t, &["metadata", "annotations"]).is_empty() {
        w.annotations("  Annotations", t, &["metadata", "annotations"]);
    }
    let account = text(t, &["spec", "serviceAccountName"]);
    if !account.is_empty() {
        w.row(1, "Service Account", account);
    }
    if !list(t, &["spec", "initContainers"]).is_empty() {
        containers(w, "  Init Containers", t, &["spec", "initContainers"], &[], None);
    }
    containers(w, "  Containers", t, &["spec", "containers"], &[], None);
    volumes(w, "  ", t, &["spec", "volumes"]);
    spread(w, "  ", t, &["spec", "topologySpreadConstraints"]);
    let class = text(t, &["spec", "priorityClassName"]);
    if !class.is_empty() {
        w.row(1, "Priority Class Name", class);
    }
    w.labels("", "  Node-Selectors", t, &["spec", "nodeSelector"]);
    w.tolerations("  Tolerations", t, &["spec", "tolerations"]);
}

fn spread(w: &mut Text, space: &str, o: &Value, path: &[&str]) {
    let mut all: Vec<&Value> = list(o, path).iter().collect();
    all.sort_by_key(|c| text(c, &["topologyKey"]));
    for (i, c) in all.iter().enumerate() {
        let mut line = format!(
            "{}:{} when max skew {} is exceeded",
            text(c, &["topologyKey"]),
            text(c, &["whenUnsatisfiable"]),
            number(c, &["maxSkew"])
        );
        if c.get("labelSelector").is_some() {
            line.push_str(&format!(" for selector {}", selector(c, &["labelSelector"])));
        }
        let title = if i == 0 { "Topology Spread Constraints:" } else { "" };
        w.line(0, format!("{space}{title}\t{line}"));
    }
}

/// Containers; inside of a template they have no status, and names stand a blank further in.
fn containers(w: &mut Text, label: &str, o: &Value, path: &[&str], statuses: &[Value], pod: Option<&Value>) {
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
    all.sort_by_key(|m| text(m, &["mountPath"]));
    for m in all {
        let mut flags = if is_true(m, &["readOnly"]) { "ro".to_owned() } else { "rw".to_owned() };
        let sub = text(m, &["subPath"]);
        if !sub.is_empty() {
            flags.push_str(&format!(",path={sub:?}"));
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

fn volumes(w: &mut Text, space: &str, o: &Value, path: &[&str]) {
    let all = list(o, path);
    if all.is_empty() {
        w.line(0, format!("{space}Volumes:\t<none>"));
        return;
    }
    w.line(0, format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for v in all {
        w.line(1, format!("{indent}{}:", name_of(v)));
        volume(w, v);
    }
}

fn name_of(v: &Value) -> String {
    text(v, &["name"])
}

/// The source of a volume: its type in a few words, and its fields.
pub fn volume(w: &mut Text, v: &Value) {
    let optional = |s: &Value| is_true(s, &["optional"]).to_string();
    let mut rows = |kind: &str, fields: &[(&str, String)]| {
        w.row(2, "Type", kind);
        for (title, value) in fields {
            w.row(2, title, value);
        }
    };
    if let Some(s) = v.get("hostPath") {
        let kind = text_or(s, &["type"], if s.get("type").is_some() { "" } else { NONE });
        rows("HostPath (bare host directory volume)", &[("Path", text(s, &["path"])), ("HostPathType", kind)]);
    } else if let Some(s) = v.get("emptyDir") {
        let limit = text_or(s, &["sizeLimit"], UNSET);
        rows(
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
            &[("Medium", text(s, &["medium"])), ("SizeLimit", limit)],
        );
    } else if let Some(s) = v.get("secret") {
        rows(
            "Secret (a volume populated by a Secret)",
            &[("SecretName", text(s, &["secretName"])), ("Optional", optional(s))],
        );
    } else if let Some(s) = v.get("configMap") {
        rows(
            "ConfigMap (a volume populated by a ConfigMap)",
            &[("Name", text(s, &["name"])), ("Optional", optional(s))],
        );
    } else if let Some(s) = v.get("persistentVolumeClaim") {
        rows(
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            &[("ClaimName", text(s, &["claimName"])), ("ReadOnly", is_true(s, &["readOnly"]).to_string())],
        );
    } else if let Some(s) = v.get("nfs") {
        rows(
            "NFS (an NFS mount that lasts the lifetime of a pod)",
            &[
                ("Server", text(s, &["server"])),
                ("Path", text(s, &["path"])),
                ("ReadOnly", is_true(s, &["readOnly"]).to_string()),
            ],
        );
    } else if let Some(s) = v.get("csi") {
        rows(
            "CSI (a Container Storage Interface (CSI) volume source)",
            &[
                ("Driver", text(s, &["driver"])),
                ("FSType", text(s, &["fsType"])),
                ("VolumeHandle", text(s, &["volumeHandle"])),
                ("ReadOnly", is_true(s, &["readOnly"]).to_string()),
            ],
        );
    } else if let Some(s) = v.get("projected") {
        rows("Projected (a volume that contains injected data from multiple sources)", &[]);
        for source in list(s, &["sources"]) {
            if let Some(secret) = source.get("secret") {
                w.row(2, "SecretName", text(secret, &["name"]));
                w.row(2, "Optional", optional(secret));
            } else if source.get("downwardAPI").is_some() {
                w.row(2, "DownwardAPI", "true");
            } else if let Some(map) = source.get("configMap") {
                w.row(2, "ConfigMapName", text(map, &["name"]));
                w.row(2, "Optional", optional(map));
            } else if let Some(token) = source.get("serviceAccountToken") {
                w.row(2, "TokenExpirationSeconds", number(token, &["expirationSeconds"]).to_string());
            }
        }
    } else {
        w.line(1, "<unknown>");
    }
}

/// The names of pods, a line each.
pub fn names(w: &mut Text, title: &str, pods: &[Value]) {
    w.put(0, format!("{title}:\t"));
    if pods.is_empty() {
        w.line(0, NONE);
    }
    for (i, p) in pods.iter().enumerate() {
        w.line(0, format!("{}{}", if i > 0 { "\t" } else { "" }, name(p)));
    }
}
