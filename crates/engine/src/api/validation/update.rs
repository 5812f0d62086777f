//! What an update may not change.

use super::{Errors, qualified_kind, spec};
use crate::MORE;
use crate::api::{ApiError, Context};
use crate::object::{Claim, Object, StatefulSet};
use podscope_schema::Value;

/// Checks `new`, which replaces `old`: that it is valid, and that what cannot change did not.
///
/// # Errors
/// `Invalid`.
pub fn validate_update(cx: &Context, old: &Object, new: &Object) -> Result<(), ApiError> {
    let mut errors = Errors::default();
    if crate::STRICT {
        super::meta::check_update(&mut errors, new);
    }
    spec(&mut errors, new, false);
    match (old, new) {
        (Object::Deployment(a), Object::Deployment(b)) if a.selector != b.selector => {
            immutable_selector(&mut errors, &b.raw);
        }
        (Object::ReplicaSet(a), Object::ReplicaSet(b)) if !a.legacy && a.selector != b.selector => {
            immutable_selector(&mut errors, &b.raw);
        }
        (Object::StatefulSet(a), Object::StatefulSet(b)) if fixed(a) != fixed(b) => errors.forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
        (Object::DaemonSet(a), Object::DaemonSet(b)) if MORE && a.selector != b.selector => {
            immutable_selector(&mut errors, &b.raw);
        }
        (Object::Job(a), Object::Job(b)) if MORE => super::batch::job_update(&mut errors, a, b),
        (Object::Service(a), Object::Service(b)) => {
            let external = |k: &str| k == "ExternalName";
            if !a.cluster_ip.is_empty()
                && a.cluster_ip != b.cluster_ip
                && !external(&a.kind)
                && !external(&b.kind)
            {
                let shown = Value::array([Value::from(&b.cluster_ip)]);
                errors.invalid("spec.clusterIPs[0]", &shown, "may not change once set");
            }
        }
        (Object::Claim(a), Object::Claim(b)) => claim(&mut errors, a, b),
        (Object::Other(a), Object::Other(b)) if crate::RARE && matches!(&*b.kind, "ConfigMap" | "Secret") => {
            super::secret::update(&mut errors, a, b);
        }
        (Object::Volume(a), Object::Volume(b)) if crate::RARE && !b.raw.is_null() => {
            super::volume::volume_update(&mut errors, &a.raw, &b.raw);
        }
        (Object::StorageClass(a), Object::StorageClass(b)) if crate::RARE => {
            for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                let (old, new) = (a.raw.get(key), b.raw.get(key));
                if old != new && !a.raw.is_null() {
                    errors.invalid(key, new.unwrap_or(&Value::Null), "field is immutable");
                }
            }
        }
        (Object::Pod(a), Object::Pod(b)) => super::pod_update::check(cx, &mut errors, a, b),
        _ => {}
    }
    errors.result(&qualified_kind(new), &new.meta().name)
}

fn immutable_selector(errors: &mut Errors, raw: &Value) {
    immutable(errors, raw, "selector");
}

pub(super) fn immutable(errors: &mut Errors, raw: &Value, key: &str) {
    errors.invalid(&format!("spec.{key}"), raw.get(key).unwrap_or(&Value::Null), "field is immutable");
}

// upstream: ValidateStatefulSetUpdate
fn fixed(set: &StatefulSet) -> Value {
    let mut raw = set.raw.clone();
    for key in [
        "replicas",
        "template",
        "updateStrategy",
        "minReadySeconds",
        "ordinals",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
    ] {
        raw.make_map().remove(key);
    }
    raw
}

// upstream: ValidatePersistentVolumeClaimUpdate
fn claim(errors: &mut Errors, old: &Claim, new: &Claim) {
    let bound = old.volume.is_some();
    let same_size = old.raw.get("resources") == new.raw.get("resources");
    let others = |c: &Claim| {
        let mut raw = c.raw.clone();
        for key in ["resources", "volumeName", "storageClassName", "volumeAttributesClassName"] {
            raw.make_map().remove(key);
        }
        raw
    };
    let moved = (old.volume.is_some() && old.volume != new.volume) || (old.class.is_some() && old.class != new.class);
    if others(old) == others(new) && !moved && (bound || same_size) {
        if new.bytes < old.bytes {
            errors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        }
        return;
    }
    let why =
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    let spec = |c: &Claim| {
        let mut raw = c.raw.sorted();
        for (key, value) in [("volumeName", &c.volume), ("storageClassName", &c.class)] {
            raw.make_map().insert(key, value.as_ref().map_or(Value::Null, Value::from));
        }
        raw
    };
    super::forbidden_change(errors, why, "PersistentVolumeClaimSpec", || (spec(old), spec(new)));
}
