//! Claims, volumes and storage classes.

use super::World;
use super::pod::names;
use super::text::Text;
use super::volume::volume as source;
use crate::print::read::{NONE, access_modes, human, labels, list, members, scalar, text, text_or};
use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;

fn status(o: &Value, now: i64) -> String {
    match o.str_at(&["metadata", "deletionTimestamp"]).and_then(epoch_micros) {
        Some(at) => format!("Terminating (lasts {})", human(now - at)),
        None => text(o, &["status", "phase"]),
    }
}

fn finalizers(o: &Value) -> String {
    let all: Vec<String> = list(o, &["metadata", "finalizers"]).iter().map(scalar).collect();
    format!("[{}]", all.join(" "))
}

/// A claim, with the pods that use it.
pub fn claim(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.row(0, "StorageClass", text(o, &["spec", "storageClassName"]));
    w.row(0, "Status", status(o, world.now));
    let volume = text(o, &["spec", "volumeName"]);
    w.row(0, "Volume", &volume);
    w.labels_and_annotations(o);
    w.row(0, "Finalizers", finalizers(o));
    let bound = |text: String| if volume.is_empty() { String::new() } else { text };
    w.row(0, "Capacity", bound(text(o, &["status", "capacity", "storage"])));
    w.row(0, "Access Modes", bound(access_modes(o, &["status", "accessModes"])));
    if o.at(&["spec", "volumeMode"]).is_some() {
        w.row(0, "VolumeMode", text(o, &["spec", "volumeMode"]));
    }
    if let Some(data) = o.at(&["spec", "dataSource"]) {
        w.line(0, "DataSource:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if data.get(field).is_some() {
                w.row(1, title, text(data, &[field]));
            }
        }
    }
    let name = text(o, &["metadata", "name"]);
    let uses = |p: &Value| {
        list(p, &["spec", "volumes"]).iter().any(|v| text(v, &["persistentVolumeClaim", "claimName"]) == name)
    };
    let namespace = text(o, &["metadata", "namespace"]);
    let pods: Vec<Value> = world.list("pods", Some(&namespace)).into_iter().filter(uses).collect();
    names(w, "Used By", &pods);
    w.conditions(
        o,
        5,
        &[
            ("Type", "type"),
            ("Status", "status"),
            ("LastProbeTime", "lastProbeTime"),
            ("LastTransitionTime", "lastTransitionTime"),
            ("Reason", "reason"),
            ("Message", "message"),
        ],
    );
}

/// A volume.
pub fn volume(w: &mut Text, o: &Value, now: i64) {
    w.row(0, "Name", text(o, &["metadata", "name"]));
    w.labels_and_annotations(o);
    w.row(0, "Finalizers", finalizers(o));
    w.row(0, "StorageClass", text(o, &["spec", "storageClassName"]));
    w.row(0, "Status", status(o, now));
    let claim = o.at(&["spec", "claimRef"]);
    let claim = claim.map(|c| format!("{}/{}", text(c, &["namespace"]), text(c, &["name"])));
    w.row(0, "Claim", claim.unwrap_or_default());
    w.row(0, "Reclaim Policy", text(o, &["spec", "persistentVolumeReclaimPolicy"]));
    w.row(0, "Access Modes", access_modes(o, &["spec", "accessModes"]));
    if o.at(&["spec", "volumeMode"]).is_some() {
        w.row(0, "VolumeMode", text(o, &["spec", "volumeMode"]));
    }
    w.row(0, "Capacity", text_or(o, &["spec", "capacity", "storage"], "0"));
    affinity(w, o);
    w.row(0, "Message", text(o, &["status", "message"]));
    w.line(0, "Source:");
    source(w, o.get("spec").unwrap_or(&Value::Null));
}

// upstream: printVolumeNodeAffinity
fn affinity(w: &mut Text, o: &Value) {
    let Some(affinity) = o.at(&["spec", "nodeAffinity"]) else {
        w.row(0, "Node Affinity", NONE);
        return;
    };
    w.line(0, "Node Affinity:");
    let terms = list(affinity, &["required", "nodeSelectorTerms"]);
    if terms.is_empty() {
        w.row(1, "Required Terms", NONE);
        return;
    }
    w.line(1, "Required Terms:");
    for (i, term) in terms.iter().enumerate() {
        let expressions = list(term, &["matchExpressions"]);
        if expressions.is_empty() {
            w.row(2, &format!("Term {i}"), NONE);
        }
        for (n, e) in expressions.iter().enumerate() {
            let values: Vec<String> = list(e, &["values"]).iter().map(scalar).collect();
            let mut line = format!("{} {}", text(e, &["key"]), text(e, &["operator"]).to_lowercase());
            if !values.is_empty() {
                line = format!("{line} [{}]", values.join(", "));
            }
            if n == 0 { w.row(2, &format!("Term {i}"), line) } else { w.line(2, format!("\t{line}")) }
        }
    }
}

/// A storage class.
pub fn class(w: &mut Text, o: &Value) {
    w.row(0, "Name", text(o, &["metadata", "name"]));
    let default = members(o, &["metadata", "annotations"])
        .iter()
        .any(|(k, v)| k == "storageclass.kubernetes.io/is-default-class" && v == "true");
    w.row(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    w.row(0, "Annotations", labels(o, &["metadata", "annotations"]));
    w.row(0, "Provisioner", text(o, &["provisioner"]));
    w.row(0, "Parameters", labels(o, &["parameters"]));
    let expansion = match text(o, &["allowVolumeExpansion"]).as_str() {
        "true" => "True",
        "false" => "False",
        _ => crate::print::read::UNSET,
    };
    w.row(0, "AllowVolumeExpansion", expansion);
    let options = list(o, &["mountOptions"]);
    if options.is_empty() {
        w.row(0, "MountOptions", NONE);
    } else {
        w.line(0, "MountOptions:");
    }
    for option in options {
        w.line(1, scalar(option));
    }
    for (title, field) in [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")] {
        let value = text(o, &[field]);
        if !value.is_empty() {
            w.row(0, title, value);
        }
    }
}
