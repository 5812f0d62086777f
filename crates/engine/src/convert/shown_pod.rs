//! Pods with the fields that the API server, the scheduler and the kubelet fill in.

use super::out::timestamp;
use super::shown::{one, part, part_list};
use crate::api::Context;
use crate::object::{ContainerState, Flag, Kind, Node, Pod, Str, Uid, ip_text};
use crate::time::Rng;
use podscope_schema::{Quantity, Value};

/// Where the token of a pod's service account is mounted.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn pod(cx: &Context, p: &Pod, value: &mut Value) {
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
    if let Some((reason, message)) = s.disruption.as_deref() {
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
pub(super) fn node_ip(uid: Uid) -> String {
    format!("10.64.{}.{}", uid.0 >> 8 & 255, uid.0 & 255)
}
