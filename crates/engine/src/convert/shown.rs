//! What a reader of the API sees of an object beyond what the simulation keeps: addresses, ids, quality of service,
//! the token's volume, what a node says of itself. Nothing in the engine reads it; so it is made when it is asked for.

use super::out::{timestamp, to_value};
use crate::api::Context;
use crate::object::{
    ContainerState, EndpointSlice, Flag, Key, Kind, Node, Object, Pod, Resize, Str, Uid, Volume, VolumePhase, ip_text,
};
use crate::time::Rng;
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
fn one(key: &str, value: impl Into<Value>) -> Value {
    Value::object([(key, value.into())])
}

/// The member of an object, to change; an object when it is not there.
fn part<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    let map = value.make_map();
    if map.get(key).is_none() {
        map.insert(key, Map::new());
    }
    // It was just made sure that it is there.
    map.get_mut(key).unwrap_or_else(|| unreachable!("inserted"))
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

/// Where the token of a pod's service account is mounted.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn pod(cx: &Context, p: &Pod, value: &mut Value) {
    let spec = part(value, "spec");
    let quality = quality(spec);
    if spec.get("automountServiceAccountToken").and_then(Value::as_bool) != Some(false) {
        token(cx, p, spec);
    }
    let node = p.node.as_ref().and_then(|n| cx.store.lookup::<Node>(Kind::Node, "", n));
    let conditions = conditions(cx, p, value);
    let status = part(value, "status");
    for key in ["containerStatuses", "initContainerStatuses"] {
        let own = if key == "containerStatuses" { &p.status.containers } else { &p.status.init_containers };
        let Some(list) = status.make_map().get_mut(key) else { continue };
        for (shown, status) in list.make_array().iter_mut().zip(own) {
            let image: Str = shown.str_at(&["image"]).unwrap_or_default().into();
            let pulled =
                status.restarts > 0 || status.last.is_some() || !matches!(status.state, ContainerState::Waiting { .. });
            let map = shown.make_map();
            map.insert("imageID", if pulled { image_id(&image) } else { String::new() });
            if !matches!(status.state, ContainerState::Waiting { .. }) {
                let id = p.meta.uid.to_string().replace('-', "");
                map.insert("containerID", format!("containerd://{id}{}", status.restarts));
            }
        }
    }
    let status = status.make_map();
    status.insert("conditions", conditions);
    if let Some(node) = node {
        let ip = node_ip(node.meta.uid);
        status.insert("hostIP", &*ip);
        status.insert("hostIPs", Value::array([one("ip", &*ip)]));
    }
    if p.status.ip != 0 {
        status.insert("podIPs", Value::array([one("ip", ip_text(p.status.ip))]));
    }
    if p.status.observed_generation != 0 {
        status.insert("observedGeneration", p.status.observed_generation);
    }
    status.insert("qosClass", quality);
}

/// The id of what a name of an image led to.
fn image_id(image: &str) -> String {
    let seed = image.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let mut random = Rng::new(seed);
    let digest: Vec<String> = (0..4).map(|_| format!("{:016x}", random.next_u64())).collect();
    let bare = image.split('@').next().unwrap_or(image);
    let bare = bare.rfind(':').filter(|at| !bare[*at..].contains('/')).map_or(bare, |at| &bare[..at]);
    format!("{bare}@sha256:{}", digest.concat())
}

/// The token's volume, and where containers mount it.
// upstream: plugin/pkg/admission/serviceaccount mountServiceAccountToken
pub(crate) fn token(cx: &Context, p: &Pod, spec: &mut Value) {
    let name = format!("kube-api-access-{}", Rng::new(p.meta.uid.0).suffix(5));
    let item = |key: &str, path: &str| Value::object([("key", Value::from(key)), ("path", path.into())]);
    let map = |name: &str, key: &str| {
        one("configMap", Value::object([("items", Value::array([item(key, key)])), ("name", Value::from(name))]))
    };
    let field = Value::object([("apiVersion", Value::from("v1")), ("fieldPath", "metadata.namespace".into())]);
    let namespace = Value::object([("fieldRef", field), ("path", Value::from("namespace"))]);
    let token = Value::object([("expirationSeconds", Value::from(3607)), ("path", "token".into())]);
    let mut sources = vec![
        one("serviceAccountToken", token),
        map("kube-root-ca.crt", "ca.crt"),
        one("downwardAPI", one("items", Value::array([namespace]))),
    ];
    sources.extend(cx.config.token_maps.iter().map(|(name, key)| map(name, key)));
    let projected = Value::object([("defaultMode", Value::from(420)), ("sources", Value::array(sources))]);
    let mut mounted = false;
    for key in ["containers", "initContainers"] {
        let Some(list) = spec.make_map().get_mut(key) else { continue };
        for container in list.make_array() {
            let mounts = container.get("volumeMounts").map_or(&[][..], Value::items);
            if mounts.iter().any(|m| m.str_at(&["mountPath"]) == Some(TOKEN_PATH)) {
                continue;
            }
            let mount = Value::object([
                ("mountPath", Value::from(TOKEN_PATH)),
                ("name", Value::from(&*name)),
                ("readOnly", true.into()),
            ]);
            part_list(container, "volumeMounts").push(mount);
            mounted = true;
        }
    }
    if mounted {
        let volume = Value::object([("name", Value::from(name)), ("projected", projected)]);
        part_list(spec, "volumes").push(volume);
    }
}

fn part_list<'a>(value: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    part(value, key).make_array()
}

/// Guaranteed, Burstable or BestEffort. Fills in requests that are not written but follow from limits.
// upstream: pkg/apis/core/v1/helper/qos ComputePodQOS; defaults SetDefaults_Pod
fn quality(spec: &mut Value) -> &'static str {
    let (mut some, mut all) = (false, true);
    for key in ["containers", "initContainers"] {
        let Some(list) = spec.make_map().get_mut(key) else { continue };
        for container in list.make_array() {
            let resources = part(container, "resources");
            let limits = resources.get("limits").and_then(Value::as_map).cloned().unwrap_or_default();
            if !limits.is_empty() {
                let requests = part(resources, "requests").make_map();
                for (name, amount) in limits.iter().filter(|(n, _)| requests.get(n).is_none()).collect::<Vec<_>>() {
                    requests.insert(name.clone(), amount.clone());
                }
            }
            for name in ["cpu", "memory"] {
                let of = |list: &str| {
                    let text = resources.str_at(&[list, name]).unwrap_or("0");
                    Quantity::parse(text).map_or(0, Quantity::nano)
                };
                let (asked, most) = (of("requests"), of("limits"));
                some |= asked > 0 || most > 0;
                all &= most > 0 && asked == most;
            }
        }
    }
    match (some, all) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn conditions(cx: &Context, p: &Pod, value: &Value) -> Value {
    let s = &p.status;
    let unready = |statuses: &[crate::object::ContainerStatus], specs: &[crate::object::Container]| {
        let names = statuses.iter().zip(specs).filter(|(s, _)| !s.ready).map(|(_, c)| &*c.name);
        names.collect::<Vec<_>>().join(" ")
    };
    let mut list = value.at(&["status", "conditions"]).map(|c| c.items().to_vec()).unwrap_or_default();
    if let Some(started) = s.started {
        let made = Flag { status: s.ip != 0, since: started, reason: "" };
        let c = [
            ("lastTransitionTime", Value::from(timestamp(cx, made.since))),
            ("status", if made.status { "True" } else { "False" }.into()),
            ("type", "PodReadyToStartContainers".into()),
        ];
        list.insert(0, Value::object(c));
    }
    if let Some((reason, message)) = &s.disruption {
        let c = [
            ("lastTransitionTime", Value::from(timestamp(cx, p.meta.deletion.map_or(cx.now(), |d| d.at)))),
            ("message", Value::from(message)),
            ("reason", Value::from(*reason)),
            ("status", "True".into()),
            ("type", "DisruptionTarget".into()),
        ];
        list.push(Value::object(c));
    }
    for c in &mut list {
        let message = match c.str_at(&["reason"]) {
            Some("ContainersNotReady") => {
                Some(format!("containers with unready status: [{}]", unready(&s.containers, &p.spec.containers)))
            }
            Some("ContainersNotInitialized") => {
                let names = unready(&s.init_containers, &p.spec.init_containers);
                Some(format!("containers with incomplete status: [{names}]"))
            }
            _ if c.str_at(&["type"]) == Some("PodScheduled") => s.unschedulable.as_ref().map(ToString::to_string),
            _ => None,
        };
        let map = c.make_map();
        map.insert("lastProbeTime", Value::Null);
        map.insert("observedGeneration", p.status.observed_generation.max(1));
        if let Some(message) = message {
            map.insert("message", message);
        }
    }
    list.into()
}

/// A node's address.
fn node_ip(uid: Uid) -> String {
    format!("10.64.{}.{}", uid.0 >> 8 & 255, uid.0 & 255)
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
