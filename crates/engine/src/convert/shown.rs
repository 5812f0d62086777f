//! What a reader of the API sees of an object beyond what the simulation keeps: addresses, ids, quality of service,
//! the token's volume, what a node says of itself. Nothing in the engine reads it; so it is made when it is asked for.

use super::out::{timestamp, to_value};
use super::shown_pod::{node_ip, pod};
use crate::api::Context;
use crate::object::{EndpointSlice, Key, Kind, Node, Object, Pod, Resize, Str, Volume, VolumePhase};
use podscope_schema::{Map, Quantity, Value};

/// The whole object at `key` as the API server answers it.
pub fn shown(cx: &Context, key: Key) -> Option<Value> {
    let mut value = to_value(cx, key)?;
    if cx.loaded_value(key).is_none() {
        complete(cx, cx.store.object(key)?, &mut value);
    }
    Some(value)
}

/// An object of one member.
pub(super) fn one(key: &str, value: impl Into<Value>) -> Value {
    Value::object([(key, value.into())])
}

/// The member of an object, to change; an object when it is not there.
pub(super) fn part<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    let map = value.make_map();
    if map.get(key).is_none() {
        map.insert(key, Map::new());
    }
    // It was just made sure that it is there.
    map.get_mut(key).unwrap_or_else(|| unreachable!("inserted"))
}

pub(super) fn part_list<'a>(value: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    part(value, key).make_array()
}

fn complete(cx: &Context, object: &Object, value: &mut Value) {
    if without_generation(object) {
        part(value, "metadata").make_map().remove("generation");
    }
    match object {
        Object::Pod(p) => pod(cx, p, value),
        Object::Claim(c) if c.phase == VolumePhase::Bound => {
            let name = c.volume.clone().unwrap_or_default();
            let volume = cx.store.lookup::<Volume>(Kind::PersistentVolume, "", &name);
            let mut bytes = volume.map_or(c.bytes, |v| v.bytes);
            let status = part(value, "status").make_map();
            if crate::DATA && c.resize != Resize::None {
                status.insert("conditions", Value::array([resizing(cx, c.resize)]));
            }
            if let (true, Resize::FileSystem(_, was)) = (crate::DATA, c.resize) {
                bytes = was;
            }
            status.insert("accessModes", Value::array(c.access_modes.iter().map(Value::from)));
            status.insert("capacity", one("storage", Quantity::from_bytes(bytes).to_string()));
        }
        Object::Volume(v) => volume(cx, v, value),
        Object::Node(n) => node(cx, n, value),
        Object::StorageClass(c) => {
            for key in ["allowVolumeExpansion", "allowedTopologies", "mountOptions", "parameters"] {
                if let Some(set) = c.raw.get(key) {
                    value.make_map().insert(key, set.clone());
                }
            }
        }
        Object::ResourceQuota(q) => {
            let hard = q.raw.get("hard").cloned().unwrap_or_default();
            let amount = |name: &str, n: i64| match () {
                () if name.ends_with("cpu") => Quantity::from_milli(n),
                () if name.ends_with("memory") || name.ends_with("storage") => Quantity::from_bytes(n),
                () => Quantity::from_count(n),
            };
            let used = q.used.iter().map(|(name, n)| (Str::clone(name), Value::from(amount(name, *n).to_string())));
            let used = Value::object(used);
            let status = part(value, "status").make_map();
            status.insert("hard", hard);
            status.insert("used", used);
        }
        Object::EndpointSlice(s) => endpoint_slice(cx, s, value),
        Object::DisruptionBudget(b) => {
            for c in part_list(part(value, "status"), "conditions") {
                super::read::default(c.make_map(), "message", "");
                c.make_map().insert("observedGeneration", b.status.observed_generation);
            }
        }
        Object::ControllerRevision(_) => {
            let template = part(part(part(value, "data"), "spec"), "template");
            template.make_map().insert("$patch", "replace");
        }
        _ => {}
    }
}

/// Whether the API does not count the changes of a kind.
// upstream: the PrepareForCreate of pkg/registry's strategies
fn without_generation(object: &Object) -> bool {
    let kind = match object {
        Object::Other(o) => &*o.kind,
        other => other.kind().name(),
    };
    matches!(
        kind,
        "ClusterRole"
            | "ClusterRoleBinding"
            | "ConfigMap"
            | "ControllerRevision"
            | "HorizontalPodAutoscaler"
            | "Lease"
            | "LimitRange"
            | "Namespace"
            | "Node"
            | "PersistentVolume"
            | "PersistentVolumeClaim"
            | "ResourceQuota"
            | "Role"
            | "RoleBinding"
            | "Secret"
            | "Service"
            | "ServiceAccount"
            | "StorageClass"
    )
}

fn volume(cx: &Context, v: &Volume, value: &mut Value) {
    let spec = part(value, "spec");
    let provisioned = spec.as_map().is_none_or(Map::is_empty);
    let map = spec.make_map();
    if provisioned {
        map.insert("accessModes", Value::array(v.access_modes.iter().map(Value::from)));
        map.insert("capacity", one("storage", Quantity::from_bytes(v.bytes).to_string()));
        let driver = v.meta.annotations.get("pv.kubernetes.io/provisioned-by").cloned().unwrap_or_default();
        let handle = Value::object([("driver", Value::from(driver)), ("volumeHandle", Value::from(&v.meta.name))]);
        map.insert("csi", handle);
        map.insert("persistentVolumeReclaimPolicy", if v.reclaim_delete { "Delete" } else { "Retain" });
        map.insert("storageClassName", &v.class);
        if let Some(zone) = &v.zone {
            let expression = Value::object([
                ("key", Value::from(crate::object::ZONE_LABEL)),
                ("operator", "In".into()),
                ("values", Value::array([Value::from(zone)])),
            ]);
            let term = one("matchExpressions", Value::array([expression]));
            map.insert("nodeAffinity", one("required", one("nodeSelectorTerms", Value::array([term]))));
        }
    }
    super::read::default(map, "volumeMode", "Filesystem");
    super::read::default(map, "persistentVolumeReclaimPolicy", "Retain");
    if let Some((namespace, name)) = &v.claim {
        let claim = cx.store.find(Kind::PersistentVolumeClaim, namespace, name).and_then(|k| cx.store.object(k));
        let mut reference = Map::new();
        for (key, text) in
            [("apiVersion", "v1"), ("kind", "PersistentVolumeClaim"), ("name", name), ("namespace", namespace)]
        {
            reference.insert(key, text);
        }
        if let Some(claim) = claim.filter(|_| v.phase == VolumePhase::Bound) {
            reference.insert("uid", claim.meta().uid.to_string());
        }
        map.insert("claimRef", reference);
    }
}

fn endpoint_slice(cx: &Context, s: &EndpointSlice, value: &mut Value) {
    let ports = s.ports.iter().map(|(name, port, protocol)| {
        Value::object([("name", Value::from(name)), ("port", (*port).into()), ("protocol", Value::from(protocol))])
    });
    value.make_map().insert("ports", Value::array(ports));
    // upstream: endpointslice/util TriggerTimeTracker: when the last of its pods became Ready or ceased to be.
    let pod = |name: &Str| cx.store.lookup::<Pod>(Kind::Pod, &s.meta.namespace, name);
    let changes = s.endpoints.iter().filter_map(|e| Some(pod(&e.pod)?.status.ready.since));
    let trigger = timestamp(cx, changes.max().unwrap_or(s.meta.created));
    let annotations = part(part(value, "metadata"), "annotations");
    annotations.make_map().insert("endpoints.kubernetes.io/last-change-trigger-time", trigger);
    for (shown, e) in part_list(value, "endpoints").iter_mut().zip(&s.endpoints) {
        let map = shown.make_map();
        if let Some(hostname) = &e.hostname {
            map.insert("hostname", hostname);
        }
        if let Some(name) = &e.node {
            map.insert("nodeName", name);
            if let Some(zone) = cx.store.lookup::<Node>(Kind::Node, "", name).and_then(|n| n.zone()) {
                map.insert("zone", zone);
            }
        }
        if let Some(target) = map.get_mut("targetRef").map(Value::make_map) {
            target.insert("namespace", &s.meta.namespace);
            if let Some(pod) = pod(&e.pod) {
                target.insert("uid", pod.meta.uid.to_string());
            }
        }
    }
}

fn node(cx: &Context, n: &Node, value: &mut Value) {
    let mut amounts = Map::new();
    amounts.insert("cpu", Quantity::from_milli(n.cpu_milli).to_string());
    amounts.insert("ephemeral-storage", "100Gi");
    amounts.insert("memory", Quantity::from_bytes(n.memory).to_string());
    amounts.insert("pods", n.pods.to_string());
    for (name, amount) in &n.extended {
        amounts.insert(name.clone(), amount.to_string());
    }
    let address = |kind: &str, text: &str| Value::object([("address", Value::from(text)), ("type", Value::from(kind))]);
    let beat = timestamp(cx, if n.alive { cx.now() } else { n.last_heartbeat });
    let condition = |kind: &str, good: &str, reason: &str, message: &str| {
        let (status, reason, message) = match (kind, n.ready) {
            (_, None) => ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
            ("Ready", Some(false)) => ("False", "KubeletNotReady", "container runtime is down"),
            _ => (good, reason, message),
        };
        Value::object([
            ("lastHeartbeatTime", Value::from(&*beat)),
            ("lastTransitionTime", timestamp(cx, n.ready_since).into()),
            ("message", message.into()),
            ("reason", reason.into()),
            ("status", status.into()),
            ("type", kind.into()),
        ])
    };
    let conditions = [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ];
    let id = n.meta.uid.to_string();
    let info = [
        ("architecture", "amd64"),
        ("bootID", &*id),
        ("containerRuntimeVersion", "containerd://2.0.0"),
        ("kernelVersion", "6.1.0"),
        ("kubeletVersion", "v1.36.2"),
        ("machineID", &*id),
        ("operatingSystem", "linux"),
        ("osImage", "simulated"),
        ("systemUUID", &*id),
    ];
    let status = part(value, "status").make_map();
    let ip = node_ip(n.meta.uid);
    status.insert("addresses", Value::array([address("InternalIP", &ip), address("Hostname", &n.meta.name)]));
    status.insert("allocatable", amounts.clone());
    status.insert("capacity", amounts);
    status.insert("conditions", Value::array(conditions));
    status.insert("nodeInfo", Value::object(info.map(|(k, v)| (k, Value::from(v)))));
}

fn resizing(cx: &Context, resize: Resize) -> Value {
    let (kind, since, message) = match resize {
        Resize::FileSystem(since, _) => (
            "FileSystemResizePending",
            since,
            "Waiting for user to (re-)start a pod to finish file system resize of volume on node.",
        ),
        Resize::Disk(since) => ("Resizing", since, ""),
        Resize::None => return Value::Null,
    };
    let mut condition = Value::object([
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", timestamp(cx, since).into()),
        ("status", "True".into()),
        ("type", kind.into()),
    ]);
    if !message.is_empty() {
        condition.make_map().insert("message", message);
    }
    condition
}
