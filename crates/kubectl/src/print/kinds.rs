//! Which columns each kind has, and what stands in them.
// upstream: pkg/printers/internalversion AddHandlers

use super::read::{NONE, age, labels, name, number, selector, text, text_or};
use super::{network, other, pod, storage, workload};
use podscope_schema::{KindInfo, Value};

/// A kind's columns, by name; those that begin with `+` are shown only with `-o wide`.
pub struct Kind {
    /// The columns.
    pub columns: &'static [&'static str],
    /// The cells of a row: one for each column. Gets the object and the present (microseconds since 1970).
    pub cells: fn(&Value, i64) -> Vec<String>,
}

const fn kind(columns: &'static [&'static str], cells: fn(&Value, i64) -> Vec<String>) -> Kind {
    Kind { columns, cells }
}

const REPLICAS: &[&str] = &["NAME", "DESIRED", "CURRENT", "READY", "AGE", "+CONTAINERS", "+IMAGES", "+SELECTOR"];
const BINDING: &[&str] = &["NAME", "ROLE", "AGE", "+USERS", "+GROUPS", "+SERVICEACCOUNTS"];

/// The columns of a kind.
pub fn of(info: &KindInfo) -> Kind {
    match (info.group, info.kind) {
        ("", "Pod") => kind(
            &["NAME", "READY", "STATUS", "RESTARTS", "AGE", "+IP", "+NODE", "+NOMINATED NODE", "+READINESS GATES"],
            pod::cells,
        ),
        ("apps", "Deployment") => kind(
            &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "+CONTAINERS", "+IMAGES", "+SELECTOR"],
            workload::deployment,
        ),
        ("apps", "ReplicaSet") => kind(REPLICAS, workload::replica_set),
        ("", "ReplicationController") => kind(REPLICAS, workload::replica_set),
        ("apps", "StatefulSet") => kind(&["NAME", "READY", "AGE", "+CONTAINERS", "+IMAGES"], workload::stateful_set),
        ("apps", "DaemonSet") => kind(
            &[
                "NAME",
                "DESIRED",
                "CURRENT",
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "NODE SELECTOR",
                "AGE",
                "+CONTAINERS",
                "+IMAGES",
                "+SELECTOR",
            ],
            workload::daemon_set,
        ),
        ("batch", "Job") => kind(
            &["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE", "+CONTAINERS", "+IMAGES", "+SELECTOR"],
            workload::job,
        ),
        ("batch", "CronJob") => kind(
            &[
                "NAME",
                "SCHEDULE",
                "TIMEZONE",
                "SUSPEND",
                "ACTIVE",
                "LAST SCHEDULE",
                "AGE",
                "+CONTAINERS",
                "+IMAGES",
                "+SELECTOR",
            ],
            workload::cron_job,
        ),
        ("apps", "ControllerRevision") => {
            kind(&["NAME", "CONTROLLER", "REVISION", "AGE"], workload::controller_revision)
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            kind(&["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"], workload::autoscaler)
        }
        ("policy", "PodDisruptionBudget") => {
            kind(&["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"], |o, now| {
                let min = text_or(o, &["spec", "minAvailable"], "N/A");
                let max = text_or(o, &["spec", "maxUnavailable"], "N/A");
                vec![name(o), min, max, number(o, &["status", "disruptionsAllowed"]).to_string(), age(o, now)]
            })
        }
        ("", "Service") => {
            kind(&["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE", "+SELECTOR"], network::service)
        }
        ("", "Endpoints") => {
            kind(&["NAME", "ENDPOINTS", "AGE"], |o, now| vec![name(o), network::addresses(o, None), age(o, now)])
        }
        ("discovery.k8s.io", "EndpointSlice") => {
            kind(&["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], network::endpoint_slice)
        }
        ("networking.k8s.io", "Ingress") => {
            kind(&["NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"], network::ingress)
        }
        ("networking.k8s.io", "IngressClass") => {
            kind(&["NAME", "CONTROLLER", "PARAMETERS", "AGE"], network::ingress_class)
        }
        ("networking.k8s.io", "NetworkPolicy") => kind(&["NAME", "POD-SELECTOR", "AGE"], |o, now| {
            vec![name(o), selector(o, &["spec", "podSelector"]), age(o, now)]
        }),
        ("", "PersistentVolumeClaim") => kind(
            &[
                "NAME",
                "STATUS",
                "VOLUME",
                "CAPACITY",
                "ACCESS MODES",
                "STORAGECLASS",
                "VOLUMEATTRIBUTESCLASS",
                "AGE",
                "+VOLUMEMODE",
            ],
            storage::claim,
        ),
        ("", "PersistentVolume") => kind(
            &[
                "NAME",
                "CAPACITY",
                "ACCESS MODES",
                "RECLAIM POLICY",
                "STATUS",
                "CLAIM",
                "STORAGECLASS",
                "VOLUMEATTRIBUTESCLASS",
                "REASON",
                "AGE",
                "+VOLUMEMODE",
            ],
            storage::volume,
        ),
        ("storage.k8s.io", "StorageClass") => kind(
            &["NAME", "PROVISIONER", "RECLAIMPOLICY", "VOLUMEBINDINGMODE", "ALLOWVOLUMEEXPANSION", "AGE"],
            storage::class,
        ),
        ("", "Node") => kind(
            &[
                "NAME",
                "STATUS",
                "ROLES",
                "AGE",
                "VERSION",
                "+INTERNAL-IP",
                "+EXTERNAL-IP",
                "+OS-IMAGE",
                "+KERNEL-VERSION",
                "+CONTAINER-RUNTIME",
            ],
            other::node,
        ),
        ("", "Event") => kind(
            &[
                "LAST SEEN",
                "TYPE",
                "REASON",
                "OBJECT",
                "+SUBOBJECT",
                "+SOURCE",
                "MESSAGE",
                "+FIRST SEEN",
                "+COUNT",
                "+NAME",
            ],
            other::event,
        ),
        ("", "Namespace") => {
            kind(&["NAME", "STATUS", "AGE"], |o, now| vec![name(o), text(o, &["status", "phase"]), age(o, now)])
        }
        ("", "Secret") => kind(&["NAME", "TYPE", "DATA", "AGE"], |o, now| {
            vec![name(o), text(o, &["type"]), other::count(o, &["data"]).to_string(), age(o, now)]
        }),
        ("", "ConfigMap") => kind(&["NAME", "DATA", "AGE"], |o, now| {
            let count = other::count(o, &["data"]) + other::count(o, &["binaryData"]);
            vec![name(o), count.to_string(), age(o, now)]
        }),
        ("", "ResourceQuota") => kind(&["NAME", "REQUEST", "LIMIT", "AGE"], other::quota),
        ("", "PodTemplate") => kind(&["NAME", "CONTAINERS", "IMAGES", "POD LABELS"], |o, _| {
            let spec = o.at(&["template", "spec"]).cloned().unwrap_or_default();
            let (names, images) = super::read::containers(&spec);
            vec![name(o), names, images, labels(o, &["template", "metadata", "labels"])]
        }),
        ("rbac.authorization.k8s.io", "RoleBinding") => kind(BINDING, other::binding),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding") => kind(BINDING, other::binding),
        // upstream: registry/rbac prints these two by their creation time itself
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            kind(&["NAME", "CREATED AT"], |o, _| vec![name(o), text(o, &["metadata", "creationTimestamp"])])
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            kind(&["NAME", "VALUE", "GLOBAL-DEFAULT", "AGE", "+PREEMPTIONPOLICY"], |o, now| {
                let default = text_or(o, &["globalDefault"], "false");
                let value = number(o, &["value"]).to_string();
                vec![name(o), value, default, age(o, now), text(o, &["preemptionPolicy"])]
            })
        }
        ("coordination.k8s.io", "Lease") => {
            kind(&["NAME", "HOLDER", "AGE"], |o, now| vec![name(o), text(o, &["spec", "holderIdentity"]), age(o, now)])
        }
        ("node.k8s.io", "RuntimeClass") => {
            kind(&["NAME", "HANDLER", "AGE"], |o, now| vec![name(o), text(o, &["handler"]), age(o, now)])
        }
        ("", "ServiceAccount") => kind(&["NAME", "AGE"], |o, now| vec![name(o), age(o, now)]),
        ("", "LimitRange") => {
            kind(&["NAME", "CREATED AT"], |o, _| vec![name(o), text_or(o, &["metadata", "creationTimestamp"], NONE)])
        }
        _ => kind(&["NAME", "AGE"], |o, now| vec![name(o), age(o, now)]),
    }
}
