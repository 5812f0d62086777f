//! Pods and pod templates.

use super::container::{containers, seccomp};
use super::text::{Text, date};
use super::volume::volumes;
use crate::print::read::{NONE, controller, human, list, members, name, number, selector, text, text_or};
use podscope_engine::convert::epoch_micros;
use podscope_schema::sort::sort_by_key;
use podscope_schema::{Quantity, Value};
use std::fmt::Write as _;

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
    sort_by_key(&mut all, |c| text(c, &["topologyKey"]));
    for (i, c) in all.iter().enumerate() {
        let mut line = format!(
            "{}:{} when max skew {} is exceeded",
            text(c, &["topologyKey"]),
            text(c, &["whenUnsatisfiable"]),
            number(c, &["maxSkew"])
        );
        if c.get("labelSelector").is_some() {
            _ = write!(line, " for selector {}", selector(c, &["labelSelector"]));
        }
        let title = if i == 0 { "Topology Spread Constraints:" } else { "" };
        w.line(0, format!("{space}{title}\t{line}"));
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
