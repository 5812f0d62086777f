//! Pods and pod templates: defaults, and the fields that the simulation reads.

use super::read::{
    default, field, int_or_percent, labels, list, maybe_text, milli, number, requirements, selector, text, whole,
};
use crate::object::{
    Affinity, Container, IntOrPercent, Labels, NodeTerm, PodSpec, PodTemplate, PodTerm, Probe, RestartPolicy,
    SpreadConstraint, TaintEffect, Toleration,
};
use podscope_schema::Value;
use std::rc::Rc;

/// Annotations that say how a pod's containers behave begin with this.
pub const BEHAVIOUR_PREFIX: &str = "podscope.dev/";

/// Reads a pod template.
pub fn template(value: &Value) -> PodTemplate {
    let meta = field(value, "metadata");
    let annotations = labels(field(meta, "annotations"));
    let spec = Rc::new(spec(field(value, "spec"), &annotations));
    PodTemplate { labels: labels(field(meta, "labels")), annotations, spec }
}

/// Reads a pod spec and fills in the API server's defaults.
// upstream: pkg/apis/core/v1/defaults.go
pub fn spec(value: &Value, annotations: &Labels) -> PodSpec {
    let mut raw = value.clone();
    let map = raw.make_map();
    default(map, "restartPolicy", "Always");
    default(map, "terminationGracePeriodSeconds", 30);
    default(map, "dnsPolicy", "ClusterFirst");
    default(map, "schedulerName", "default-scheduler");
    default(map, "securityContext", Value::object::<&str>([]));
    for name in ["containers", "initContainers"] {
        if let Some(list) = map.get_mut(name) {
            for container in list.make_array() {
                container_defaults(container);
            }
        }
    }
    // upstream: SetDefaults_Volume
    for volume in map.get_mut("volumes").map(Value::make_array).into_iter().flatten() {
        if volume.as_map().is_some_and(|v| v.iter().all(|(k, source)| &**k == "name" || source.is_null())) {
            volume.set_at(&["emptyDir"], Value::object::<&str>([]));
        }
    }
    let value = &raw;
    let behaviour = annotations.iter().filter(|(k, _)| k.starts_with(BEHAVIOUR_PREFIX));
    let volumes = list(value, "volumes").iter();
    let behaviour: Labels = behaviour.cloned().collect();
    let containers: Vec<Container> = list(value, "containers").iter().map(container).collect();
    PodSpec {
        database: crate::DATA && crate::app::is_database(&behaviour, containers.iter().map(|c| &c.image)),
        containers,
        init_containers: list(value, "initContainers").iter().map(container).collect(),
        restart_policy: match &*text(value, "restartPolicy") {
            "OnFailure" => RestartPolicy::OnFailure,
            "Never" => RestartPolicy::Never,
            _ => RestartPolicy::Always,
        },
        grace_seconds: number(value, "terminationGracePeriodSeconds", 30),
        node_selector: labels(field(value, "nodeSelector")),
        affinity: affinity(field(value, "affinity")),
        tolerations: tolerations(list(value, "tolerations")),
        spread: list(value, "topologySpreadConstraints").iter().map(spread).collect(),
        claims: volumes
            .filter_map(|v| Some((maybe_text(v, "name")?, maybe_text(v.get("persistentVolumeClaim")?, "claimName")?)))
            .collect(),
        priority: number(value, "priority", 0) as i32,
        priority_class: maybe_text(value, "priorityClassName"),
        scheduling_gates: list(value, "schedulingGates").iter().map(|g| text(g, "name")).collect(),
        node_name: maybe_text(value, "nodeName"),
        behaviour,
        raw,
    }
}

fn container_defaults(container: &mut Value) {
    let image = text(container, "image");
    let map = container.make_map();
    let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map_or("latest", |(_, tag)| tag);
    let always = tag == "latest" && !image.contains('@');
    default(map, "imagePullPolicy", if always { "Always" } else { "IfNotPresent" });
    default(map, "resources", Value::object::<&str>([]));
    default(map, "terminationMessagePath", "/dev/termination-log");
    default(map, "terminationMessagePolicy", "File");
    if let Some(ports) = map.get_mut("ports") {
        for port in ports.make_array() {
            default(port.make_map(), "protocol", "TCP");
        }
    }
    for name in ["readinessProbe", "livenessProbe", "startupProbe"] {
        if let Some(probe) = map.get_mut(name).filter(|p| !p.is_null()) {
            let probe = probe.make_map();
            for (key, value) in
                [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
            {
                default(probe, key, value);
            }
            if let Some(get) = probe.get_mut("httpGet") {
                default(get.make_map(), "path", "/");
                default(get.make_map(), "scheme", "HTTP");
            }
        }
    }
}

fn container(value: &Value) -> Container {
    let resources = field(value, "resources");
    // A limit without a request is the request.
    let request = |name: &str| resources.at(&["requests", name]).or_else(|| resources.at(&["limits", name]));
    let probe = |key: &str| {
        let p = value.get(key).filter(|p| !p.is_null())?;
        Some(Probe {
            initial_delay: number(p, "initialDelaySeconds", 0),
            period: number(p, "periodSeconds", 10),
            timeout: number(p, "timeoutSeconds", 1),
            success: number(p, "successThreshold", 1),
            failure: number(p, "failureThreshold", 3),
        })
    };
    let known = ["cpu", "memory", "ephemeral-storage"];
    let requests = resources.get("requests").or_else(|| resources.get("limits"));
    let extended = requests
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(podscope_schema::Map::iter)
        .filter(|(k, _)| !known.contains(&&***k));
    let pre_stop = value.at(&["lifecycle", "preStop"]).map(|hook| {
        let sleep = hook.at(&["sleep", "seconds"]).and_then(Value::as_i64);
        // `exec: [sleep, "5"]` and `sh -c "sleep 5"` are what manifests use for the same.
        let words = hook
            .at(&["exec", "command"])
            .map(|c| c.items().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        let exec =
            words.and_then(|w| w.split("sleep ").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        sleep.or(exec).unwrap_or(0)
    });
    Container {
        name: text(value, "name"),
        image: text(value, "image"),
        cpu_milli: request("cpu").map_or(0, milli),
        memory: request("memory").map_or(0, whole),
        extended: extended.map(|(k, v)| (k.clone(), whole(v))).collect(),
        restart_always: &*text(value, "restartPolicy") == "Always",
        readiness: probe("readinessProbe"),
        liveness: probe("livenessProbe"),
        startup: probe("startupProbe"),
        pre_stop_seconds: pre_stop,
    }
}

/// Reads tolerations, and adds those that admission gives every pod.
// upstream: plugin/pkg/admission/defaulttolerationseconds
fn tolerations(list: &[Value]) -> Vec<Toleration> {
    let mut all: Vec<Toleration> = list
        .iter()
        .map(|t| Toleration {
            key: text(t, "key"),
            exists: &*text(t, "operator") == "Exists",
            value: text(t, "value"),
            effect: TaintEffect::from_name(&text(t, "effect")),
            seconds: t.get("tolerationSeconds").and_then(Value::as_i64),
        })
        .collect();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let covers = |t: &Toleration| {
            (t.key.is_empty() || &*t.key == key) && t.effect.is_none_or(|e| e == TaintEffect::NoExecute)
        };
        if !all.iter().any(covers) {
            all.push(Toleration {
                key: key.into(),
                exists: true,
                effect: Some(TaintEffect::NoExecute),
                seconds: Some(300),
                ..Toleration::default()
            });
        }
    }
    all
}

fn affinity(value: &Value) -> Affinity {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let node_term = |v: &Value| NodeTerm {
        expressions: requirements(list(v, "matchExpressions")),
        fields: requirements(list(v, "matchFields")),
    };
    let pod_term = |v: &Value| PodTerm {
        selector: selector(field(v, "labelSelector")),
        namespaces: list(v, "namespaces").iter().filter_map(Value::as_rc_str).cloned().collect(),
        topology_key: text(v, "topologyKey"),
    };
    let (node, pod, anti) =
        (field(value, "nodeAffinity"), field(value, "podAffinity"), field(value, "podAntiAffinity"));
    let weighted = |v: &Value| {
        list(v, PREFERRED).iter().map(|t| (number(t, "weight", 1), pod_term(field(t, "podAffinityTerm")))).collect()
    };
    Affinity {
        node_required: list(field(node, REQUIRED), "nodeSelectorTerms").iter().map(node_term).collect(),
        node_preferred: list(node, PREFERRED)
            .iter()
            .map(|t| (number(t, "weight", 1), node_term(field(t, "preference"))))
            .collect(),
        pod_required: list(pod, REQUIRED).iter().map(pod_term).collect(),
        pod_preferred: weighted(pod),
        anti_required: list(anti, REQUIRED).iter().map(pod_term).collect(),
        anti_preferred: weighted(anti),
    }
}

fn spread(value: &Value) -> SpreadConstraint {
    SpreadConstraint {
        max_skew: number(value, "maxSkew", 1),
        topology_key: text(value, "topologyKey"),
        hard: &*text(value, "whenUnsatisfiable") != "ScheduleAnyway",
        selector: selector(field(value, "labelSelector")),
        min_domains: value.get("minDomains").and_then(Value::as_i64),
    }
}

/// A surge or unavailability, or what it defaults to.
pub fn int_or_percent_or(value: &Value, otherwise: IntOrPercent) -> IntOrPercent {
    int_or_percent(value).unwrap_or(otherwise)
}
