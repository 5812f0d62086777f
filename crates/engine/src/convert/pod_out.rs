//! A pod's spec and status as the API server gives them.

use super::out::timestamp;
use super::read::default;
use crate::api::Context;
use crate::object::{ContainerState, ContainerStatus, Flag, Pod, TaintEffect, ip_text};
use podscope_schema::{Map, Value};

pub(crate) fn pod_spec(p: &Pod) -> Value {
    let mut spec = p.spec.raw.clone();
    let map = spec.make_map();
    admitted(p, map);
    for (name, value) in [("hostname", &p.hostname), ("nodeName", &p.node), ("subdomain", &p.subdomain)] {
        if let Some(value) = value {
            map.insert(name, value);
        }
    }
    if !p.claims.is_empty() {
        let own = p.claims.iter().map(|(volume, claim)| {
            Value::object([
                ("name", Value::from(volume)),
                ("persistentVolumeClaim", Value::object([("claimName", Value::from(claim))])),
            ])
        });
        let held = map.get("volumes").map(|v| v.items().to_vec()).unwrap_or_default();
        let rest = held.into_iter().filter(|v| !p.claims.iter().any(|(name, _)| v.str_at(&["name"]) == Some(name)));
        let all: Vec<Value> = own.chain(rest).collect();
        map.insert("volumes", all);
    }
    spec
}

/// What admission and the defaults of pods (not of templates) add to a spec.
// upstream: defaults SetDefaults_Pod; plugin/pkg/admission: serviceaccount, priority, defaulttolerationseconds
fn admitted(p: &Pod, map: &mut Map) {
    default(map, "enableServiceLinks", true);
    default(map, "priority", i64::from(p.spec.priority));
    default(map, "preemptionPolicy", "PreemptLowerPriority");
    default(map, "serviceAccountName", "default");
    let account = map.get("serviceAccountName").cloned().unwrap_or_default();
    map.insert("serviceAccount", account);
    let mut tolerations = map.get("tolerations").map(|t| t.items().to_vec()).unwrap_or_default();
    let own = tolerations.len();
    for toleration in p.spec.tolerations.iter().skip(own) {
        let mut out = Map::new();
        out.insert("effect", toleration.effect.map_or("", TaintEffect::name));
        out.insert("key", &toleration.key);
        out.insert("operator", "Exists");
        if let Some(seconds) = toleration.seconds {
            out.insert("tolerationSeconds", seconds);
        }
        tolerations.push(out.into());
    }
    if !tolerations.is_empty() {
        map.insert("tolerations", tolerations);
    }
}

pub(super) fn pod_status(cx: &Context, p: &Pod) -> Map {
    let mut out = Map::new();
    let s = &p.status;
    let condition = |name: &str, flag: &Flag| {
        let mut c = Map::new();
        c.insert("lastTransitionTime", timestamp(cx, flag.since));
        if !flag.reason.is_empty() {
            c.insert("reason", flag.reason);
        }
        c.insert("status", if flag.status { "True" } else { "False" });
        c.insert("type", name);
        Value::from(c)
    };
    let mut list = Vec::new();
    if p.node.is_some() && s.started.is_some() {
        list.push(condition("Initialized", &s.initialized));
        list.push(condition("Ready", &s.ready));
        list.push(condition("ContainersReady", &s.containers_ready));
    }
    list.push(condition("PodScheduled", &s.scheduled));
    out.insert("conditions", list);
    for (name, statuses, specs) in [
        ("containerStatuses", &s.containers, &p.spec.containers),
        ("initContainerStatuses", &s.init_containers, &p.spec.init_containers),
    ] {
        if !statuses.is_empty() {
            let all = statuses.iter().zip(specs).map(|(status, spec)| container(cx, &spec.name, &spec.image, status));
            out.insert(name, Value::array(all));
        }
    }
    if !s.message.is_empty() {
        out.insert("message", &s.message);
    }
    out.insert("phase", s.phase.name());
    if s.ip != 0 {
        out.insert("podIP", ip_text(s.ip));
    }
    if !s.reason.is_empty() {
        out.insert("reason", &s.reason);
    }
    if let Some(at) = s.started {
        out.insert("startTime", timestamp(cx, at));
    }
    out
}

fn container(cx: &Context, name: &str, image: &str, status: &ContainerStatus) -> Value {
    let state = |state: &ContainerState| match state {
        ContainerState::Waiting { reason, message } => {
            let mut w = Map::new();
            if !message.is_empty() {
                w.insert("message", message);
            }
            w.insert("reason", *reason);
            Value::object([("waiting", w.into())])
        }
        ContainerState::Running { since } => {
            Value::object([("running", Value::object([("startedAt", Value::from(timestamp(cx, *since)))]))])
        }
        ContainerState::Terminated { exit_code, reason, started, finished } => Value::object([(
            "terminated",
            Value::object([
                ("exitCode", Value::from(*exit_code)),
                ("finishedAt", timestamp(cx, *finished).into()),
                ("reason", (*reason).into()),
                ("startedAt", timestamp(cx, *started).into()),
            ]),
        )]),
    };
    Value::object([
        ("image", Value::from(image)),
        ("lastState", status.last.as_ref().map_or_else(|| Value::object::<&str>([]), |s| state(s))),
        ("name", name.into()),
        ("ready", status.ready.into()),
        ("restartCount", status.restarts.into()),
        ("started", status.started.into()),
        ("state", state(&status.state)),
    ])
}
