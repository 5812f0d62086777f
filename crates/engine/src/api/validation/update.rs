//! What an update may not change.

use super::{Errors, qualified_kind, spec};
use crate::MORE;
use crate::api::ApiError;
use crate::object::{Claim, Object, Pod, StatefulSet};
use podscope_schema::Value;

/// Checks `new`, which replaces `old`: that it is valid, and that what cannot change did not.
///
/// # Errors
/// `Invalid`.
pub fn validate_update(old: &Object, new: &Object) -> Result<(), ApiError> {
    let mut errors = Errors::default();
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
        (Object::Pod(a), Object::Pod(b)) if unlike(a, b) => errors.forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        ),
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

/// A pod's spec without what may change, and without what admission and binding fill in.
// upstream: ValidatePodUpdate
fn unlike(old: &Pod, new: &Pod) -> bool {
    let bare = |pod: &Pod| {
        let mut raw = pod.spec.raw.clone();
        let map = raw.make_map();
        for key in [
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
            "nodeName",
            "priority",
            "preemptionPolicy",
            "enableServiceLinks",
            "serviceAccount",
            "serviceAccountName",
            "hostname",
            "subdomain",
            "volumes",
            "schedulingGates",
        ] {
            map.remove(key);
        }
        for list in ["containers", "initContainers"] {
            for container in map.get_mut(list).into_iter().flat_map(Value::make_array) {
                let container = container.make_map();
                // The default pull policy follows the image's tag; the API server keeps the one it had.
                for key in ["image", "imagePullPolicy", "volumeMounts"] {
                    container.remove(key);
                }
            }
        }
        raw
    };
    let moved = new.spec.node_name.is_some() && new.spec.node_name != old.node;
    moved || bare(old) != bare(new)
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
    errors.forbidden("spec", &format!("{why}\n{}", difference(&go_claim(old), &go_claim(new))));
}

/// A claim's spec as Go prints its own type, a line per field.
fn go_claim(claim: &Claim) -> Vec<String> {
    let json = |v: Option<&Value>| v.map_or_else(|| "null".into(), Value::to_json);
    let text = |v: &Option<crate::object::Str>| v.as_ref().map_or_else(|| "null".into(), |s| Value::from(s).to_json());
    let mut lines = vec!["{".to_owned(), " \"AccessModes\": [".into()];
    let modes: Vec<String> = claim.access_modes.iter().map(|m| format!("  \"{m}\"")).collect();
    lines.extend(modes.join(",\n").split('\n').map(str::to_owned));
    lines.push(" ],".into());
    lines.push(format!(" \"Selector\": {},", json(claim.raw.get("selector"))));
    lines.push(" \"Resources\": {".into());
    for (name, key, end) in [("Limits", "limits", ","), ("Requests", "requests", "")] {
        match claim.raw.at(&["resources", key]).and_then(Value::as_map) {
            None => lines.push(format!("  \"{name}\": null{end}")),
            Some(map) => {
                lines.push(format!("  \"{name}\": {{"));
                let all: Vec<String> = map.iter().map(|(k, v)| format!("   \"{k}\": {}", v.to_json())).collect();
                lines.extend(all.join(",\n").split('\n').map(str::to_owned));
                lines.push(format!("  }}{end}"));
            }
        }
    }
    lines.push(" },".into());
    let volume = claim.volume.as_deref().unwrap_or_default();
    lines.push(format!(" \"VolumeName\": {},", Value::from(volume).to_json()));
    lines.push(format!(" \"StorageClassName\": {},", text(&claim.class)));
    lines.push(format!(" \"VolumeMode\": {},", json(claim.raw.get("volumeMode"))));
    for name in ["DataSource", "DataSourceRef"] {
        lines.push(format!(" \"{name}\": null,"));
    }
    lines.push(" \"VolumeAttributesClassName\": null".into());
    lines.push("}".into());
    lines
}

/// One unified hunk from the first to the last line that differs, with three lines around it.
// upstream: apimachinery/pkg/util/diff, go-cmp's unified form
fn difference(old: &[String], new: &[String]) -> String {
    const AROUND: usize = 3;
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let from = head.saturating_sub(AROUND);
    let (old_end, new_end) = ((old.len() - tail + AROUND).min(old.len()), (new.len() - tail + AROUND).min(new.len()));
    let mut out = format!("@@ -{},{} +{},{} @@\n", from + 1, old_end - from, from + 1, new_end - from);
    let mut add = |sign: char, lines: &[String]| {
        for line in lines {
            out.push(sign);
            out.push_str(line);
            out.push('\n');
        }
    };
    add(' ', &old[from..head]);
    add('-', &old[head..old.len() - tail]);
    add('+', &new[head..new.len() - tail]);
    add(' ', &old[old.len() - tail..old_end]);
    out
}
