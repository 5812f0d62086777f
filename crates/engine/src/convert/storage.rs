//! Claims, volumes and storage classes.

use super::read::{default, field, flag, labels, list, maybe_text, meta, number, text, whole};
use crate::object::{Claim, Node, Resize, StorageClass, Str, Taint, TaintEffect, Volume, VolumePhase};
use crate::time::SimTime;
use podscope_schema::Value;

fn modes(value: &Value) -> Vec<Str> {
    list(value, "accessModes").iter().filter_map(Value::as_rc_str).cloned().collect()
}

/// A PersistentVolumeClaim.
pub fn claim(value: &Value, namespace: &str) -> Claim {
    let mut raw = field(value, "spec").clone();
    default(raw.make_map(), "volumeMode", "Filesystem");
    let mut meta = meta(value, namespace, true);
    if !namespace.is_empty() && meta.finalizers.is_empty() {
        // upstream: plugin/pkg/admission/storage/storageobjectinuseprotection
        meta.finalizers.push("kubernetes.io/pvc-protection".into());
    }
    Claim {
        meta,
        // The empty class is one, too: it keeps the default class away.
        class: raw.get("storageClassName").and_then(Value::as_rc_str).cloned(),
        access_modes: modes(&raw),
        bytes: raw.at(&["resources", "requests", "storage"]).map_or(0, whole),
        volume: maybe_text(&raw, "volumeName"),
        phase: VolumePhase::Pending,
        resize: Resize::None,
        raw,
    }
}

/// A PersistentVolume.
pub fn volume(value: &Value) -> Volume {
    let raw = field(value, "spec").clone();
    let reference = raw.get("claimRef");
    let terms = raw.at(&["nodeAffinity", "required", "nodeSelectorTerms"]).map_or(&[][..], Value::items);
    let zone =
        terms.iter().flat_map(|t| list(t, "matchExpressions")).find(|e| &*text(e, "key") == crate::object::ZONE_LABEL);
    Volume {
        meta: meta(value, "", false),
        class: text(&raw, "storageClassName"),
        access_modes: modes(&raw),
        bytes: raw.at(&["capacity", "storage"]).map_or(0, whole),
        claim: reference.map(|r| (text(r, "namespace"), text(r, "name"))),
        zone: zone.and_then(|e| list(e, "values").first()?.as_rc_str().cloned()),
        reclaim_delete: &*text(&raw, "persistentVolumeReclaimPolicy") == "Delete",
        phase: VolumePhase::Available,
        raw,
    }
}

/// A StorageClass.
pub fn storage_class(value: &Value) -> StorageClass {
    StorageClass {
        meta: meta(value, "", false),
        provisioner: text(value, "provisioner"),
        wait_for_consumer: &*text(value, "volumeBindingMode") == "WaitForFirstConsumer",
        reclaim_delete: &*text(value, "reclaimPolicy") != "Retain",
        raw: value.clone(),
    }
}

/// A Node.
pub fn node(value: &Value) -> Node {
    let spec = field(value, "spec");
    let resources =
        value.at(&["status", "allocatable"]).or_else(|| value.at(&["status", "capacity"])).unwrap_or(&Value::Null);
    let mut node = Node::new("", "", "", 4000, 16 << 30, 110);
    node.meta = meta(value, "", false);
    if node.meta.labels.is_empty() {
        node.meta.labels = labels(&Value::object([(crate::object::HOSTNAME_LABEL, Value::from(&node.meta.name))]));
    }
    node.unschedulable = flag(spec, "unschedulable");
    node.taints = list(spec, "taints")
        .iter()
        .filter_map(|t| {
            Some(Taint {
                key: text(t, "key"),
                value: text(t, "value"),
                effect: TaintEffect::from_name(&text(t, "effect"))?,
                added: Some(SimTime::ZERO),
            })
        })
        .collect();
    if let Some(cpu) = resources.get("cpu") {
        node.cpu_milli = super::read::milli(cpu);
    }
    if let Some(memory) = resources.get("memory") {
        node.memory = whole(memory);
    }
    node.pods = number(resources, "pods", resources.get("pods").map_or(110, whole));
    node
}
