//! What a pod lets be changed of its spec.

use super::{Errors, child};
use crate::api::Context;
use crate::convert::{self, read};
use crate::object::Pod;
use podscope_schema::Value;

// upstream: pkg/apis/core/validation ValidatePodUpdate
pub(super) fn check(cx: &Context, errors: &mut Errors, old: &Pod, new: &Pod) {
    let (before, after) = (convert::pod_spec(old), convert::pod_spec(new));
    for list in ["containers", "initContainers"] {
        let at = child("spec", list);
        let images = read::list(&after, list);
        if images.len() != read::list(&before, list).len() {
            return errors.forbidden(&at, "pod updates may not add or remove containers");
        }
        for (i, container) in images.iter().enumerate() {
            let image = container.str_at(&["image"]).unwrap_or_default();
            let at = format!("{at}[{i}].image");
            if image.is_empty() {
                errors.required(&at, "");
            } else if image.trim().len() != image.len() {
                errors.invalid(&at, &image.into(), "must not have leading or trailing whitespace");
            }
        }
    }
    deadline(errors, &before, &after);
    let kept = |old: &crate::object::Toleration| {
        let same = |new: &&crate::object::Toleration| {
            crate::object::Toleration { seconds: new.seconds, ..old.clone() } == **new
        };
        new.spec.tolerations.iter().any(|t| same(&t))
    };
    if !old.spec.tolerations.iter().all(kept) {
        errors.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
    }
    let gate = |(i, gate): (usize, &Value)| {
        let name = gate.str_at(&["name"]).unwrap_or_default().to_owned();
        (!read::list(&before, "schedulingGates").contains(gate)).then_some((i, name))
    };
    for (i, name) in read::list(&after, "schedulingGates").iter().enumerate().filter_map(gate) {
        let why = format!("only deletion is allowed, but found new scheduling gate '{name}'");
        errors.forbidden(&format!("spec.schedulingGates[{i}].name"), &why);
    }
    let moved = new.spec.node_name.is_some() && new.spec.node_name != old.node;
    let (from, to) = (fixed(before.clone()), fixed(after.clone()));
    if moved || from != to {
        let why = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        super::forbidden_change(errors, why, "PodSpec", || printed(cx, old, before, after));
    }
}

/// Both specs as the API server has them, the new one with what may change as it was.
fn printed(cx: &Context, old: &Pod, mut before: Value, mut after: Value) -> (Value, Value) {
    for key in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        after.make_map().insert(key, before.get(key).cloned().unwrap_or_default());
    }
    for list in ["containers", "initContainers"] {
        let images: Vec<_> = read::list(&before, list).iter().map(|c| read::field(c, "image").clone()).collect();
        let new = after.make_map().get_mut(list).into_iter().flat_map(Value::make_array);
        for (container, image) in new.zip(images) {
            container.make_map().insert("image", image);
        }
    }
    for spec in [&mut before, &mut after] {
        convert::mount_token(cx, old, spec);
        // What is shared with the machine is kept with the security context.
        for key in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
            if let Some(value) = spec.get(key).cloned() {
                spec.set_at(&["securityContext", key], value);
            }
        }
    }
    (before.sorted(), after.sorted())
}

/// A deadline may come, and come nearer.
fn deadline(errors: &mut Errors, before: &Value, after: &Value) {
    const KEY: &str = "activeDeadlineSeconds";
    let at = child("spec", KEY);
    match (before.get(KEY).and_then(Value::as_i64), after.get(KEY).and_then(Value::as_i64)) {
        (Some(_), None) => errors.invalid(&at, &Value::Null, "must not update from a positive integer to nil value"),
        (Some(old), Some(new)) if new > old => {
            errors.invalid(&at, &new.into(), "must be less than or equal to previous value");
        }
        _ => {}
    }
}

/// A spec without what may change, and without what admission and binding fill in.
fn fixed(mut spec: Value) -> Value {
    drop_token(&mut spec);
    let map = spec.make_map();
    let grace = map.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
    if grace.is_some_and(|g| g < 0) {
        map.insert("terminationGracePeriodSeconds", 1);
    }
    for key in ["activeDeadlineSeconds", "tolerations", "schedulingGates", "nodeName", "serviceAccount"] {
        map.remove(key);
    }
    for list in ["containers", "initContainers"] {
        for container in map.get_mut(list).into_iter().flat_map(Value::make_array) {
            // The default pull policy follows the image's tag; the API server keeps the one it had.
            for key in ["image", "imagePullPolicy"] {
                container.make_map().remove(key);
            }
        }
    }
    spec.sorted()
}

/// Takes out the volume with the account's token, which admission mounts and nobody writes.
fn drop_token(spec: &mut Value) {
    let drop = |part: &mut Value, list: &str| {
        let own = |v: &Value| v.str_at(&["name"]).is_some_and(|n| n.starts_with("kube-api-access-"));
        let kept: Vec<Value> = read::list(part, list).iter().filter(|v| !own(v)).cloned().collect();
        if kept.is_empty() {
            part.make_map().remove(list);
        } else {
            part.make_map().insert(list, kept);
        }
    };
    drop(spec, "volumes");
    for list in ["containers", "initContainers"] {
        for container in spec.make_map().get_mut(list).into_iter().flat_map(Value::make_array) {
            drop(container, "volumeMounts");
        }
    }
}
