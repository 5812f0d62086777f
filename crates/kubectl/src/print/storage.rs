//! Rows of claims, volumes and storage classes.

use super::read::{UNSET, access_modes, age, deleting, members, name, text, text_or};
use podscope_schema::Value;

fn phase(o: &Value) -> String {
    if deleting(o) { "Terminating".into() } else { text(o, &["status", "phase"]) }
}

/// The storage class: the old annotation, else the field.
fn class_of(o: &Value) -> String {
    let old = members(o, &["metadata", "annotations"]);
    let old = old.into_iter().find(|(k, _)| k == "volume.beta.kubernetes.io/storage-class");
    old.map_or_else(|| text(o, &["spec", "storageClassName"]), |(_, v)| v)
}

/// Name, status, volume, capacity, access modes, class, attributes class, age; wide: volume mode.
pub fn claim(o: &Value, now: i64) -> Vec<String> {
    let volume = text(o, &["spec", "volumeName"]);
    let bound = !volume.is_empty();
    vec![
        name(o),
        phase(o),
        volume,
        if bound { text_or(o, &["status", "capacity", "storage"], "0") } else { String::new() },
        if bound { access_modes(o, &["status", "accessModes"]) } else { String::new() },
        class_of(o),
        text_or(o, &["spec", "volumeAttributesClassName"], UNSET),
        age(o, now),
        text_or(o, &["spec", "volumeMode"], UNSET),
    ]
}

/// Name, capacity, access modes, reclaim policy, status, claim, class, attributes class, reason, age; wide: volume mode.
pub fn volume(o: &Value, now: i64) -> Vec<String> {
    let claim = o.at(&["spec", "claimRef"]);
    let claim = claim.map(|c| format!("{}/{}", text(c, &["namespace"]), text(c, &["name"])));
    vec![
        name(o),
        text_or(o, &["spec", "capacity", "storage"], "0"),
        access_modes(o, &["spec", "accessModes"]),
        text(o, &["spec", "persistentVolumeReclaimPolicy"]),
        phase(o),
        claim.unwrap_or_default(),
        class_of(o),
        text_or(o, &["spec", "volumeAttributesClassName"], UNSET),
        text(o, &["status", "reason"]),
        age(o, now),
        text_or(o, &["spec", "volumeMode"], UNSET),
    ]
}

/// Name, provisioner, reclaim policy, binding mode, expansion, age.
pub fn class(o: &Value, now: i64) -> Vec<String> {
    let notes = members(o, &["metadata", "annotations"]);
    let default = |key: &str| notes.iter().any(|(k, v)| k == key && v == "true");
    let mark = if default("storageclass.kubernetes.io/is-default-class")
        || default("storageclass.beta.kubernetes.io/is-default-class")
    {
        " (default)"
    } else {
        ""
    };
    vec![
        format!("{}{mark}", name(o)),
        text(o, &["provisioner"]),
        text_or(o, &["reclaimPolicy"], "Delete"),
        text_or(o, &["volumeBindingMode"], "Immediate"),
        text_or(o, &["allowVolumeExpansion"], "false"),
        age(o, now),
    ]
}
