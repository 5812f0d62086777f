//! The API server's verbs on API values: create, replace, patch.

use super::input::asked;
use super::patch;
use super::{ApiError, Context};
use crate::MORE;
use crate::convert;
use crate::object::{Deployment, Flag, Key, Kind, Object, Phase, Pod, ReplicaSet, StatefulSet};
use podscope_schema::{KindInfo, Value, kinds};
use std::rc::Rc;

pub use super::patch::{PatchKind, apply as patched};
pub use super::request::{call, request, request_text};

/// Creates an object. Those without a namespace get `namespace`.
///
/// # Errors
/// What decoding, validation or admission says.
pub fn create(cx: &mut Context, namespace: &str, value: &Value) -> Result<Key, ApiError> {
    let what = |_: &Context| asked("create", [("namespace", namespace.into()), ("object", value.clone())]);
    cx.ask(what, |cx| {
        let object = convert::from_value(cx, namespace, value)?;
        if crate::RARE {
            super::validation::validate_owners(value, &object)?;
        }
        insert(cx, object)
    })
}

/// Validates and creates what a user wrote. What controllers make goes to [`Context::create`] at once.
pub(super) fn insert(cx: &mut Context, object: Object) -> Result<Key, ApiError> {
    settled(cx, &object)?;
    super::validation::validate(&object)?;
    if let Object::Pod(pod) = &object {
        admit(cx, pod)?;
    }
    cx.create(object)
}

/// That the namespace of a new object is there, and stays.
// upstream: apiserver/pkg/admission/plugin/namespace/lifecycle
fn settled(cx: &Context, object: &Object) -> Result<(), ApiError> {
    let meta = object.meta();
    let name = &*meta.namespace;
    let found = cx.store.find(Kind::Other, "", &format!("v1/Namespace/{name}"));
    match found.and_then(|k| cx.store.object(k)) {
        Some(namespace) if namespace.meta().deleting() => {
            let resource = crate::controller::resource_name(object);
            let why = format!("unable to create new content in namespace {name} because it is being terminated");
            Err(ApiError::new(403, "Forbidden", format!("{resource} \"{}\" is forbidden: {why}", meta.name)))
        }
        None if !matches!(name, "" | "default" | "kube-system" | "kube-public" | "kube-node-lease") => {
            Err(ApiError::new(404, "NotFound", format!("namespaces \"{name}\" not found")))
        }
        _ => Ok(()),
    }
}

/// Admission of a pod that a user creates: what it names must be there.
// upstream: plugin/pkg/admission/serviceaccount, plugin/pkg/admission/priority
fn admit(cx: &Context, pod: &Pod) -> Result<(), ApiError> {
    let (meta, raw) = (&pod.meta, &pod.spec.raw);
    let there = |namespace: &str, name: String| {
        cx.store.find(Kind::Other, namespace, &name).is_some_and(|k| cx.store.object(k).is_some())
    };
    let refuse = |why: String| ApiError::new(403, "Forbidden", format!("pods \"{}\" is forbidden: {why}", meta.name));
    if let Some(account) = raw.str_at(&["serviceAccountName"]).filter(|a| !a.is_empty() && *a != "default")
        && !there(&meta.namespace, format!("v1/ServiceAccount/{account}"))
    {
        return Err(refuse(format!(
            "error looking up service account {}/{account}: serviceaccount \"{account}\" not found",
            meta.namespace
        )));
    }
    if let Some(class) = pod.spec.priority_class.as_ref().filter(|c| !c.starts_with("system-"))
        && !there("", format!("scheduling.k8s.io/v1/PriorityClass/{class}"))
    {
        return Err(refuse(format!("no PriorityClass with name {class} was found")));
    }
    if crate::RARE {
        if let Some(given) = raw.get("priority").and_then(Value::as_i64).filter(|n| *n != 0)
            && pod.spec.priority_class.is_none()
        {
            return Err(refuse(format!(
                "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name"
            )));
        }
        // upstream: plugin/pkg/admission/runtimeclass
        if let Some(class) = raw.str_at(&["runtimeClassName"])
            && !there("", format!("node.k8s.io/v1/RuntimeClass/{class}"))
        {
            return Err(refuse(format!("pod rejected: RuntimeClass \"{class}\" not found")));
        }
    }
    Ok(())
}

/// Replaces the spec and metadata of the object at `key` by `value`, keeping its identity and status. Says whether anything changed.
///
/// # Errors
/// `NotFound`, or what decoding and validation say.
pub fn replace(cx: &mut Context, key: Key, value: &Value) -> Result<bool, ApiError> {
    let what = |cx: &Context| asked("replace", [("of", cx.target(key)), ("object", value.clone())]);
    cx.ask(what, |cx| change(cx, key, value))
}

fn change(cx: &mut Context, key: Key, value: &Value) -> Result<bool, ApiError> {
    let old = cx.store.object(key).cloned().ok_or_else(|| missing(cx, key))?;
    let namespace = Rc::clone(&old.meta().namespace);
    let mut new = convert::from_value(cx, &namespace, value)?;
    keep(&old, &mut new);
    let before = convert::to_value(cx, key).unwrap_or_default();
    if crate::RARE {
        super::validation::validate_owners(value, &new)?;
    }
    super::validation::validate_update(cx, &old, &new)?;
    if crate::DATA {
        crate::controller::claim::expand::admit(cx, &old, &new)?;
    }
    share(&old, &mut new);
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
    let parts = value.as_map().into_iter().flat_map(podscope_schema::Map::iter);
    parts.filter(|(k, _)| !matches!(&***k, "metadata" | "status")).map(|(_, v)| v).collect()
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
        }
        (Object::Service(a), Object::Service(b)) if b.cluster_ip.is_empty() || b.cluster_ip == a.cluster_ip => {
            Rc::make_mut(b).cluster_ip = Rc::clone(&a.cluster_ip);
        }
        (Object::Claim(a), Object::Claim(b)) => {
            let b = Rc::make_mut(b);
            b.phase = a.phase;
            b.resize = a.resize;
            b.volume = b.volume.take().or_else(|| a.volume.clone());
            b.class = b.class.take().or_else(|| a.class.clone());
        }
        (Object::Volume(a), Object::Volume(b)) => {
            let b = Rc::make_mut(b);
            b.phase = a.phase;
            b.claim = b.claim.take().or_else(|| a.claim.clone());
        }
        (Object::Autoscaler(a), Object::Autoscaler(b)) if MORE => Rc::make_mut(b).status = a.status.clone(),
        (Object::DisruptionBudget(a), Object::DisruptionBudget(b)) => Rc::make_mut(b).status = a.status.clone(),
        (Object::DaemonSet(a), Object::DaemonSet(b)) if MORE => Rc::make_mut(b).status = a.status.clone(),
        (Object::Job(a), Object::Job(b)) if MORE => Rc::make_mut(b).status = a.status.clone(),
        (Object::CronJob(a), Object::CronJob(b)) if MORE => Rc::make_mut(b).status = a.status.clone(),
        (Object::ResourceQuota(a), Object::ResourceQuota(b)) if MORE => Rc::make_mut(b).used.clone_from(&a.used),
        (Object::Node(a), Object::Node(b)) => {
            let b = Rc::make_mut(b);
            (b.ready, b.ready_since, b.alive, b.last_heartbeat) = (a.ready, a.ready_since, a.alive, a.last_heartbeat);
            (b.cpu_milli, b.memory, b.pods) = (a.cpu_milli, a.memory, a.pods);
            b.extended.clone_from(&a.extended);
        }
        _ => {}
    }
}

/// A pod's spec stays the one it shares with its template unless something of it was changed that can be.
fn share(old: &Object, new: &mut Object) {
    let (Object::Pod(a), Object::Pod(b)) = (old, new) else { return };
    let images = |p: &Pod| {
        p.spec.containers.iter().chain(&p.spec.init_containers).map(|c| Rc::clone(&c.image)).collect::<Vec<_>>()
    };
    let deadline = |p: &Pod| p.spec.raw.get("activeDeadlineSeconds").cloned();
    let same = images(a) == images(b)
        && a.spec.scheduling_gates == b.spec.scheduling_gates
        && a.spec.tolerations == b.spec.tolerations
        && deadline(a) == deadline(b);
    if same {
        Rc::make_mut(b).spec = Rc::clone(&a.spec);
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
    let what = |cx: &Context| asked("scale", [("of", cx.target(key)), ("replicas", replicas.into())]);
    cx.ask(what, |cx| set_replicas(cx, key, replicas))
}

fn set_replicas(cx: &mut Context, key: Key, replicas: i64) -> Result<bool, ApiError> {
    let mut errors = super::validation::Errors::default();
    errors.nonnegative(&Value::object([("replicas", replicas.into())]), "spec", "replicas");
    errors.result("Scale.autoscaling", &cx.store.name(key).name)?;
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
    let what = |cx: &Context| asked("status", [("of", cx.target(key)), ("object", patch.clone())]);
    cx.ask(what, |cx| set_status(cx, key, patch))
}

fn set_status(cx: &mut Context, key: Key, patch: &Value) -> Result<bool, ApiError> {
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

pub(super) fn missing(cx: &Context, key: Key) -> ApiError {
    let name = cx.store.name(key);
    let info = kinds().iter().find(|k| k.kind == name.kind.name());
    let resource = info.map_or_else(String::new, KindInfo::group_resource);
    ApiError::new(404, "NotFound", format!("{resource} \"{}\" not found", name.name))
}
