//! Nodes.

use super::World;
use super::text::{Text, date};
use crate::print::other::roles;
use crate::print::read::{NONE, UNSET, age, is_true, list, members, text};
use podscope_schema::sort::sort_by_key;
use podscope_schema::{Quantity, Value};

/// A node, with its pods and what they ask for.
pub fn node(w: &mut Text, o: &Value, world: &World) {
    w.row(0, "Name", text(o, &["metadata", "name"]));
    w.row(0, "Roles", roles(o));
    w.labels_and_annotations(o);
    w.row(0, "CreationTimestamp", date(o, &["metadata", "creationTimestamp"]));
    let mut taints: Vec<String> = list(o, &["spec", "taints"])
        .iter()
        .map(|t| {
            let value = text(t, &["value"]);
            let value = if value.is_empty() { value } else { format!("={value}") };
            format!("{}{value}:{}", text(t, &["key"]), text(t, &["effect"]))
        })
        .collect();
    sort_by_key(&mut taints, |t| t.rsplit_once(':').map(|(key, effect)| (effect.to_owned(), key.to_owned())));
    w.row(0, "Taints", if taints.is_empty() { NONE.into() } else { taints.join("\n\t") });
    w.row(0, "Unschedulable", is_true(o, &["spec", "unschedulable"]).to_string());
    // Leases are not kept as objects of their own; a node renews its own with each heart-beat.
    // upstream: kubectl/pkg/describe describeNodeLease
    if let Some(ready) = list(o, &["status", "conditions"]).iter().find(|c| text(c, &["type"]) == "Ready") {
        w.line(0, "Lease:");
        w.row(1, "HolderIdentity", text(o, &["metadata", "name"]));
        w.row(1, "AcquireTime", UNSET);
        w.row(1, "RenewTime", date(ready, &["lastHeartbeatTime"]));
    }
    w.conditions(
        o,
        5,
        &[
            ("Type", "type"),
            ("Status", "status"),
            ("LastHeartbeatTime", "lastHeartbeatTime"),
            ("LastTransitionTime", "lastTransitionTime"),
            ("Reason", "reason"),
            ("Message", "message"),
        ],
    );
    w.line(0, "Addresses:");
    for address in list(o, &["status", "addresses"]) {
        w.row(1, &text(address, &["type"]), text(address, &["address"]));
    }
    for (title, field) in [("Capacity:", "capacity"), ("Allocatable:", "allocatable")] {
        let all = members(o, &["status", field]);
        if !all.is_empty() {
            w.line(0, title);
        }
        for (resource, amount) in all {
            w.row(1, &resource, amount);
        }
    }
    w.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        w.row(1, title, text(o, &["status", "nodeInfo", field]));
    }
    let cidr = text(o, &["spec", "podCIDR"]);
    if !cidr.is_empty() {
        w.row(0, "PodCIDR", &cidr);
        w.row(0, "PodCIDRs", cidr);
    }
    resources(w, o, world);
}

/// The sum of what a pod's containers ask for, as `pick` (requests or limits) says.
// upstream: component-helpers/resource PodRequests, PodLimits
fn sum(pod: &Value, pick: &str, resource: &str) -> Quantity {
    let of = |c: &Value| Quantity::parse(&text(c, &["resources", pick, resource])).unwrap_or_default();
    let total = list(pod, &["spec", "containers"]).iter().fold(Quantity::default(), |sum, c| sum.plus(of(c)));
    let most = list(pod, &["spec", "initContainers"]).iter().map(of).max_by_key(|q| q.nano()).unwrap_or_default();
    if most.nano() > total.nano() { most } else { total }
}

// upstream: describeNodeResource
fn resources(w: &mut Text, o: &Value, world: &World) {
    let name = text(o, &["metadata", "name"]);
    let here = |p: &Value| {
        text(p, &["spec", "nodeName"]) == name && !matches!(&*text(p, &["status", "phase"]), "Succeeded" | "Failed")
    };
    let pods: Vec<Value> = world.list("pods", None).into_iter().filter(here).collect();
    let there = |resource: &str| Quantity::parse(&text(o, &["status", "allocatable", resource])).unwrap_or_default();
    let percent = |amount: Quantity, resource: &str| {
        let all = there(resource).nano();
        if all == 0 { 0 } else { amount.nano() * 100 / all }
    };
    let cell = |amount: Quantity, resource: &str| format!("{amount} ({}%)", percent(amount, resource));
    w.row(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    w.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    w.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for pod in &pods {
        let cells: Vec<String> = [("requests", "cpu"), ("limits", "cpu"), ("requests", "memory"), ("limits", "memory")]
            .iter()
            .map(|(pick, resource)| cell(sum(pod, pick, resource), resource))
            .collect();
        let (namespace, name) = (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
        w.line(1, format!("{namespace}\t{name}\t\t{}\t{}", cells.join("\t"), age(pod, world.now)));
    }
    w.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    w.line(1, "Resource\tRequests\tLimits");
    w.line(1, "--------\t--------\t------");
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let total = |pick: &str| pods.iter().fold(Quantity::default(), |all, p| all.plus(sum(p, pick, resource)));
        let (requests, limits) = (total("requests"), total("limits"));
        w.line(1, format!("{resource}\t{}\t{}", cell(requests, resource), cell(limits, resource)));
    }
}
