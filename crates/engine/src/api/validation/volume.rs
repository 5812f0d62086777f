//! Persistent volumes.

use super::container::{descending, one_of, there};
use super::{Errors, child, place, storage};
use crate::convert::read::field;
use podscope_schema::{Map, Quantity, Value, names};

/// Where a volume's bytes may be, in the order in which upstream looks.
const SOURCES: [&str; 9] =
    ["hostPath", "gcePersistentDisk", "awsElasticBlockStore", "nfs", "iscsi", "fc", "azureFile", "local", "csi"];

// upstream: ValidatePersistentVolumeSpec
pub(super) fn volume(errors: &mut Errors, spec: &Value) {
    if field(spec, "accessModes").items().is_empty() {
        errors.required("spec.accessModes", "");
    }
    storage::modes(errors, spec, "spec.accessModes");
    let capacity = field(spec, "capacity");
    let amounts = || capacity.as_map().into_iter().flat_map(Map::iter);
    if amounts().next().is_none() {
        errors.required("spec.capacity", "");
    }
    if capacity.get("storage").is_none() || amounts().count() > 1 {
        errors.unsupported("spec.capacity", &capacity.sorted().to_json(), &["storage"]);
    }
    for (name, amount) in amounts() {
        let text = amount.as_str().map_or_else(|| amount.to_json(), str::to_owned);
        let Ok(read) = Quantity::parse(&text) else { continue };
        let (at, shown) = (format!("spec.capacity[{name}]"), Value::from(Quantity::stored(&text).unwrap_or(text)));
        if read.nano() < 0 {
            errors.invalid(&at, &shown, "must be a valid resource quantity");
        }
        if read.nano() <= 0 {
            errors.invalid(&at, &shown, "must be greater than zero");
        }
    }
    one_of(errors, spec, "spec", "persistentVolumeReclaimPolicy", &["Delete", "Recycle", "Retain"]);
    let nodes = there(spec, "nodeAffinity");
    if let Some(nodes) = nodes {
        match there(nodes, "required") {
            Some(required) => place::node_selector(errors, required, "spec.nodeAffinity.required"),
            None => errors.required("spec.nodeAffinity.required", "must specify required node constraints"),
        }
    }
    let mut found = false;
    for kind in SOURCES {
        let Some(source) = there(spec, kind) else { continue };
        let at = child("spec", kind);
        if std::mem::replace(&mut found, true) {
            errors.forbidden(&at, "may not specify more than 1 volume type");
            continue;
        }
        let path = source.str_at(&["path"]).unwrap_or_default();
        match kind {
            "local" if path.is_empty() => errors.required(&child(&at, "path"), ""),
            "local" => descending(errors, path, &child(&at, "path"), false),
            "csi" => place::csi(errors, source, &at),
            _ => place::volume_source(errors, kind, source, &at),
        }
        if kind == "local" && nodes.is_none() {
            errors.required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
    let known = [
        "glusterfs",
        "flocker",
        "rbd",
        "quobyte",
        "cephfs",
        "cinder",
        "flexVolume",
        "vsphereVolume",
        "portworxVolume",
        "azureDisk",
        "scaleIO",
        "storageos",
        "photonPersistentDisk",
    ];
    if !found && !known.iter().any(|kind| there(spec, kind).is_some()) {
        errors.required("spec", "must specify a volume type");
    }
    let policy = spec.str_at(&["persistentVolumeReclaimPolicy"]);
    if policy == Some("Recycle") && spec.str_at(&["hostPath", "path"]) == Some("/") {
        errors.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
    }
    if let Some(class) = spec.str_at(&["storageClassName"]).filter(|c| !c.is_empty()) {
        errors.names("spec.storageClassName", class, names::dns1123_subdomain(class));
    }
    one_of(errors, spec, "spec", "volumeMode", &["Block", "Filesystem"]);
}

// upstream: ValidatePersistentVolumeUpdate
pub(super) fn volume_update(errors: &mut Errors, old: &Value, new: &Value) {
    if SOURCES.iter().any(|kind| old.get(kind) != new.get(kind)) {
        let why = "spec.persistentvolumesource is immutable after creation";
        errors.forbidden("spec.persistentvolumesource", why);
    }
    for (key, why) in [
        ("volumeMode", "field is immutable"),
        ("nodeAffinity", "field is immutable, except for updating from beta label to GA"),
    ] {
        let (before, after) = (field(old, key), field(new, key));
        if before != after && !(key == "nodeAffinity" && before.is_null()) {
            errors.invalid(key, after, why);
        }
    }
}
