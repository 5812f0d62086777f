//! The API server's verbs on API values: create, replace, patch, and the paths that name them.

use super::patch;
use super::{ApiError, Context, DeleteOptions, Propagation};
use crate::controller::disruption;
use crate::convert;
use crate::object::{Deployment, Flag, Key, Kind, Object, Phase, Pod, ReplicaSet, StatefulSet};
use podscope_schema::{KindInfo, Value, kinds};
use std::rc::Rc;

pub use super::patch::PatchKind;

/// Creates an object. Those without a namespace get `namespace`.
///
/// # Errors
/// What decoding, validation or admission says.
pub fn create(cx: &mut Context, namespace: &str, value: &Value) -> Result<Key, ApiError> {
    let object = convert::from_value(cx, namespace, value)?;
    cx.create(object)
}

/// Replaces the spec and metadata of the object at `key` by `value`, keeping its identity and status. Says whether anything changed.
///
/// # Errors
/// `NotFound`, or what decoding and validation say.
pub fn replace(cx: &mut Context, key: Key, value: &Value) -> Result<bool, ApiError> {
    let old = cx.store.object(key).cloned().ok_or_else(|| missing(cx, key))?;
    let namespace = Rc::clone(&old.meta().namespace);
    let mut new = convert::from_value(cx, &namespace, value)?;
    keep(&old, &mut new);
    let before = convert::to_value(cx, key).unwrap_or_default();
    immutable(&old, &new)?;
    // Whether the spec changed is asked of the API's view of it: defaults and overlays included.
    let mut probe = new.clone();
    *probe.meta_mut() = old.meta().clone();
    let spec_changed = spec_of(&before) != spec_of(&convert::value_of(cx, &probe));
    let meta_changed = old.meta() != new.meta();
    if !spec_changed && !meta_changed {
        return Ok(false);
    }
    if spec_changed {
        new.meta_mut().generation += 1;
    }
    cx.put(key, new);
    Ok(true)
}

fn spec_of(value: &Value) -> Vec<&Value> {
    let parts = value.as_map().into_iter().flat_map(|m| m.iter());
    parts.filter(|(k, _)| !matches!(&***k, "metadata" | "status")).map(|(_, v)| v).collect()
}

/// What the API server does not let an update change.
// upstream: pkg/apis/apps/validation ValidateDeploymentUpdate, ValidateStatefulSetUpdate
fn immutable(old: &Object, new: &Object) -> Result<(), ApiError> {
    let refuse = |kind: &str, name: &str, field: &str, why: &str| {
        let mut error = ApiError::new(422, "Invalid", format!("{kind} \"{name}\" is invalid: {field}: {why}"));
        error.causes.push(("FieldValueInvalid".into(), why.into(), field.into()));
        Err(error)
    };
    match (old, new) {
        (Object::Deployment(a), Object::Deployment(b)) if a.selector != b.selector => {
            let value = b.raw.get("selector").map(Value::to_json).unwrap_or_default();
            refuse(
                "Deployment.apps",
                &a.meta.name,
                "spec.selector",
                &format!("Invalid value: {value}: field is immutable"),
            )
        }
        (Object::StatefulSet(a), Object::StatefulSet(b)) => {
            let fixed = |s: &StatefulSet| (s.selector.clone(), Rc::clone(&s.service), s.parallel, claim_specs(s));
            if fixed(a) == fixed(b) {
                return Ok(());
            }
            refuse(
                "StatefulSet.apps",
                &a.meta.name,
                "spec",
                "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
            )
        }
        _ => Ok(()),
    }
}

fn claim_specs(s: &StatefulSet) -> Vec<(Rc<str>, Value)> {
    s.claim_templates.iter().map(|c| (Rc::clone(&c.meta.name), c.raw.clone())).collect()
}

/// Carries over what an update cannot write: identity, owners, deletion, status and what the cluster filled in.
fn keep(old: &Object, new: &mut Object) {
    let from = old.meta();
    let meta = new.meta_mut();
    meta.uid = from.uid;
    meta.created = from.created;
    meta.generation = from.generation;
    meta.resource_version = from.resource_version;
    meta.deletion = from.deletion;
    meta.owners.clone_from(&from.owners);
    meta.generate_name.clone_from(&from.generate_name);
    match (old, new) {
        (Object::Deployment(a), Object::Deployment(b)) => Rc::make_mut(b).status = a.status.clone(),
        (Object::ReplicaSet(a), Object::ReplicaSet(b)) => Rc::make_mut(b).status = a.status.clone(),
        (Object::StatefulSet(a), Object::StatefulSet(b)) => Rc::make_mut(b).status = a.status.clone(),
        (Object::Pod(a), Object::Pod(b)) => {
            let b = Rc::make_mut(b);
            b.status = a.status.clone();
            b.node.clone_from(&a.node);
            b.hostname.clone_from(&a.hostname);
            b.subdomain.clone_from(&a.subdomain);
            b.claims = Rc::clone(&a.claims);
            // The template's spec stays shared unless an image changed: nothing else of a pod's spec can be written.
            let images = |p: &Pod| p.spec.containers.iter().map(|c| Rc::clone(&c.image)).collect::<Vec<_>>();
            if images(a) == images(b) {
                b.spec = Rc::clone(&a.spec);
            }
        }
        (Object::Service(a), Object::Service(b)) if b.cluster_ip.is_empty() || b.cluster_ip == a.cluster_ip => {
            Rc::make_mut(b).cluster_ip = Rc::clone(&a.cluster_ip);
        }
        (Object::Claim(a), Object::Claim(b)) => {
            let b = Rc::make_mut(b);
            b.phase = a.phase;
            b.volume = b.volume.take().or_else(|| a.volume.clone());
            b.class = b.class.take().or_else(|| a.class.clone());
        }
        (Object::Volume(a), Object::Volume(b)) => {
            let b = Rc::make_mut(b);
            b.phase = a.phase;
            b.claim = b.claim.take().or_else(|| a.claim.clone());
        }
        (Object::Autoscaler(a), Object::Autoscaler(b)) => Rc::make_mut(b).status = a.status.clone(),
        (Object::DisruptionBudget(a), Object::DisruptionBudget(b)) => Rc::make_mut(b).status = a.status.clone(),
        (Object::ResourceQuota(a), Object::ResourceQuota(b)) => Rc::make_mut(b).used.clone_from(&a.used),
        (Object::Node(a), Object::Node(b)) => {
            let b = Rc::make_mut(b);
            (b.ready, b.ready_since, b.alive, b.last_heartbeat) = (a.ready, a.ready_since, a.alive, a.last_heartbeat);
            (b.cpu_milli, b.memory, b.pods) = (a.cpu_milli, a.memory, a.pods);
            b.extended.clone_from(&a.extended);
        }
        _ => {}
    }
}

/// Patches the object at `key`. Says whether anything changed.
///
/// # Errors
/// `NotFound`, `Invalid`, or what decoding says.
pub fn patch(cx: &mut Context, key: Key, kind: PatchKind, patch: &Value) -> Result<bool, ApiError> {
    let live = convert::to_value(cx, key).ok_or_else(|| missing(cx, key))?;
    let merged = patch::apply(kind, &live, patch)?;
    replace(cx, key, &merged)
}

/// Sets the number of replicas of a workload.
///
/// # Errors
/// `NotFound`; or the kind has no scale.
pub fn scale(cx: &mut Context, key: Key, replicas: i64) -> Result<bool, ApiError> {
    match cx.store.object(key).map(Object::kind) {
        None => Err(missing(cx, key)),
        Some(Kind::Deployment) => Ok(cx.update_spec::<Deployment>(key, |d| d.replicas = replicas)),
        Some(Kind::ReplicaSet | Kind::ReplicationController) => {
            Ok(cx.update_spec::<ReplicaSet>(key, |d| d.replicas = replicas))
        }
        Some(Kind::StatefulSet) => Ok(cx.update_spec::<StatefulSet>(key, |d| d.replicas = replicas)),
        Some(_) => Err(ApiError::new(404, "NotFound", "the server could not find the requested resource")),
    }
}

/// Patches a pod's status as its kubelet would: phase, reason, message, conditions.
///
/// # Errors
/// `NotFound`.
pub fn patch_status(cx: &mut Context, key: Key, patch: &Value) -> Result<bool, ApiError> {
    let now = cx.now();
    if cx.store.get::<Pod>(key).is_none() {
        return Err(missing(cx, key));
    }
    let status = patch.get("status").cloned().unwrap_or_default();
    Ok(cx.update::<Pod>(key, |pod| {
        let s = &mut pod.status;
        if let Some(phase) = status.str_at(&["phase"]) {
            let all = [Phase::Pending, Phase::Running, Phase::Succeeded, Phase::Failed, Phase::Unknown];
            s.phase = all.into_iter().find(|p| p.name() == phase).unwrap_or(s.phase);
        }
        for (name, slot) in [("reason", &mut s.reason), ("message", &mut s.message)] {
            if let Some(text) = status.str_at(&[name]) {
                *slot = text.into();
            }
        }
        for condition in status.get("conditions").map_or(&[][..], Value::items) {
            let is = condition.str_at(&["status"]) == Some("True");
            let slot: Option<&mut Flag> = match condition.str_at(&["type"]) {
                Some("Ready") => Some(&mut s.ready),
                Some("ContainersReady") => Some(&mut s.containers_ready),
                Some("Initialized") => Some(&mut s.initialized),
                Some("PodScheduled") => Some(&mut s.scheduled),
                _ => None,
            };
            if let Some(flag) = slot {
                flag.set(is, now, flag.reason);
            }
        }
    }))
}

fn missing(cx: &Context, key: Key) -> ApiError {
    let name = cx.store.name(key);
    let info = kinds().iter().find(|k| k.kind == name.kind.name());
    let resource = info.map_or_else(String::new, KindInfo::group_resource);
    ApiError::new(404, "NotFound", format!("{resource} \"{}\" not found", name.name))
}

/// Answers one request: the HTTP status and the object, or a Status.
pub fn request(cx: &mut Context, method: &str, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
    match route(cx, method, path, content_type, body) {
        Ok((status, value)) => (status, value),
        Err(e) => {
            let status = Value::object([
                ("kind", Value::from("Status")),
                ("apiVersion", "v1".into()),
                ("status", "Failure".into()),
                ("message", e.message.into()),
                ("reason", e.reason.into()),
                ("code", Value::Int(e.code.into())),
            ]);
            (e.code, status)
        }
    }
}

fn route(
    cx: &mut Context,
    method: &str,
    path: &str,
    content_type: &str,
    body: &Value,
) -> Result<(u16, Value), ApiError> {
    let unknown = || ApiError::new(404, "NotFound", "the server could not find the requested resource");
    let mut parts = path.split('?').next().unwrap_or_default().trim_matches('/').split('/').peekable();
    let group = match parts.next() {
        Some("api") => "",
        Some("apis") => parts.next().ok_or_else(unknown)?,
        _ => return Err(unknown()),
    };
    let version = parts.next().ok_or_else(unknown)?;
    let mut namespace = "";
    if parts.peek() == Some(&"namespaces") {
        let mut ahead = parts.clone();
        ahead.next();
        let name = ahead.next();
        if ahead.peek().is_some() {
            namespace = name.unwrap_or_default();
            parts = ahead;
        }
    }
    let resource = parts.next().ok_or_else(unknown)?;
    let info = kinds()
        .iter()
        .find(|k| k.group == group && k.version == version && k.plural == resource)
        .ok_or_else(unknown)?;
    let kind = Kind::from_name(info.kind).unwrap_or(Kind::Other);
    let Some(name) = parts.next() else {
        return match method {
            "POST" => {
                let mut value = body.clone();
                value.make_map().insert("apiVersion", info.api_version());
                value.make_map().insert("kind", info.kind);
                let key = create(cx, namespace, &value)?;
                Ok((201, convert::to_value(cx, key).unwrap_or_default()))
            }
            "GET" => {
                let keys: Vec<Key> = cx
                    .store
                    .of_kind(kind)
                    .iter()
                    .copied()
                    .filter(|&k| namespace.is_empty() || &*cx.store.name(k).namespace == namespace)
                    .collect();
                let items = keys.iter().filter_map(|&k| convert::to_value(cx, k));
                Ok((
                    200,
                    Value::object([
                        ("kind", Value::from(format!("{}List", info.kind))),
                        ("items", Value::array(items)),
                    ]),
                ))
            }
            _ => Err(ApiError::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )),
        };
    };
    let not_found = || ApiError::new(404, "NotFound", format!("{} \"{name}\" not found", info.group_resource()));
    let key = cx.store.find(kind, namespace, name).filter(|k| cx.store.object(*k).is_some()).ok_or_else(not_found)?;
    let show = |cx: &Context| convert::to_value(cx, key).unwrap_or_default();
    match (method, parts.next()) {
        ("GET", _) => Ok((200, show(cx))),
        ("POST", Some("eviction")) => {
            let grace = body.at(&["deleteOptions", "gracePeriodSeconds"]).and_then(Value::as_i64);
            disruption::evict(cx, key, grace)?;
            let success = Value::object([
                ("kind", Value::from("Status")),
                ("apiVersion", "v1".into()),
                ("status", "Success".into()),
                ("code", 201.into()),
            ]);
            Ok((201, success))
        }
        ("PATCH", Some("status")) => patch_status(cx, key, body).map(|_| (200, show(cx))),
        ("PATCH", _) => {
            let kind = match content_type {
                "application/json-patch+json" => PatchKind::Json,
                "application/merge-patch+json" => PatchKind::Merge,
                _ => PatchKind::Strategic,
            };
            patch(cx, key, kind, body)?;
            Ok((200, show(cx)))
        }
        ("PUT", _) => replace(cx, key, body).map(|_| (200, show(cx))),
        ("DELETE", _) => {
            let propagation = match body.str_at(&["propagationPolicy"]) {
                Some("Orphan") => Propagation::Orphan,
                Some("Foreground") => Propagation::Foreground,
                _ => Propagation::Background,
            };
            let grace_seconds = body.at(&["gracePeriodSeconds"]).and_then(Value::as_i64);
            cx.delete(key, DeleteOptions { propagation, grace_seconds })?;
            Ok((200, show(cx)))
        }
        _ => Err(unknown()),
    }
}
