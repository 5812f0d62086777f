//! The whole object as the API server gives it.

use super::pod_out::{pod_spec, pod_status};
use crate::MORE;
use crate::api::Context;
use crate::object::{Condition, Key, Meta, Object, ip_text};
use crate::time::SimTime;
use podscope_schema::{Map, Value};

/// An instant as RFC 3339 in UTC, whole seconds.
pub fn timestamp(cx: &Context, at: SimTime) -> String {
    civil(cx.config.epoch + at.secs() as i64)
}

/// Seconds since 1970 as RFC 3339 in UTC.
pub(crate) fn civil(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = calendar(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Days since 1970 as year, month and day.
// Howard Hinnant's algorithm
pub const fn calendar(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let early = if month <= 2 { 1 } else { 0 };
    (yoe + era * 400 + early, month, day)
}

/// The whole object at `key`, keys sorted as the API server has them.
pub fn to_value(cx: &Context, key: Key) -> Option<Value> {
    match cx.loaded_value(key) {
        Some(value) => Some(value.clone()),
        None => Some(value_of(cx, cx.store.object(key)?)),
    }
}

/// The whole of `object` as it would be shown.
pub fn value_of(cx: &Context, object: &Object) -> Value {
    let meta = metadata(cx, object.meta());
    if let Object::Other(o) = object {
        let mut value = o.raw.clone();
        value.make_map().insert("metadata", meta);
        if &*o.kind == "Namespace" {
            value.set_at(&["spec", "finalizers"], Value::array([Value::from("kubernetes")]));
            value.set_at(&["status", "phase"], if o.meta.deleting() { "Terminating" } else { "Active" });
        }
        return value;
    }
    let mut value = Map::new();
    value.insert("apiVersion", object.kind().api_version());
    value.insert("kind", object.kind().name());
    value.insert("metadata", meta);
    body(cx, object, &mut value);
    value.into()
}

/// The object at `key` as a user would write it: what was last applied, or else the spec without what the cluster added.
pub fn to_manifest(cx: &Context, key: Key) -> Option<Value> {
    let object = cx.store.object(key)?;
    if let Some(text) = object.meta().annotations.get(super::LAST_APPLIED)
        && let Ok(applied) = Value::from_json(text)
    {
        return Some(applied);
    }
    let mut value = to_value(cx, key)?;
    let map = value.make_map();
    map.remove("status");
    if let Some(meta) = map.get_mut("metadata").map(Value::make_map) {
        for name in [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "ownerReferences",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ] {
            meta.remove(name);
        }
    }
    Some(value)
}

fn metadata(cx: &Context, m: &Meta) -> Value {
    let mut out = Map::new();
    let labels = |l: &crate::object::Labels| Value::object(l.iter().map(|(k, v)| (k.clone(), Value::from(v))));
    if !m.annotations.is_empty() {
        out.insert("annotations", labels(&m.annotations));
    }
    out.insert("creationTimestamp", timestamp(cx, m.created));
    if let Some(d) = m.deletion {
        out.insert("deletionGracePeriodSeconds", d.grace_seconds);
        out.insert("deletionTimestamp", timestamp(cx, d.at));
    }
    if !m.finalizers.is_empty() {
        out.insert("finalizers", Value::array(m.finalizers.iter().map(Value::from)));
    }
    if let Some(prefix) = &m.generate_name {
        out.insert("generateName", prefix);
    }
    out.insert("generation", m.generation);
    if !m.labels.is_empty() {
        out.insert("labels", labels(&m.labels));
    }
    out.insert("name", &m.name);
    if !m.namespace.is_empty() {
        out.insert("namespace", &m.namespace);
    }
    if !m.owners.is_empty() {
        let owner = |o: &crate::object::OwnerRef| {
            Value::object([
                ("apiVersion", Value::from(&o.api_version)),
                ("blockOwnerDeletion", o.block_owner_deletion.into()),
                ("controller", o.controller.into()),
                ("kind", Value::from(&o.kind)),
                ("name", Value::from(&o.name)),
                ("uid", o.uid.to_string().into()),
            ])
        };
        out.insert("ownerReferences", Value::array(m.owners.iter().map(owner)));
    }
    out.insert("resourceVersion", m.resource_version.to_string());
    out.insert("uid", m.uid.to_string());
    out.into()
}

/// Numbers that the API leaves out when they are zero.
pub(super) fn counts(map: &mut Map, list: &[(&str, i64)]) {
    for (name, n) in list.iter().filter(|(_, n)| *n != 0) {
        map.insert(*name, *n);
    }
}

pub(super) fn conditions(cx: &Context, list: &[Condition], updates: bool) -> Value {
    Value::array(list.iter().map(|c| {
        let mut out = Map::new();
        out.insert("lastTransitionTime", timestamp(cx, c.since));
        if updates {
            out.insert("lastUpdateTime", timestamp(cx, c.updated));
        }
        if !c.message.is_empty() {
            out.insert("message", &c.message);
        }
        out.insert("reason", &c.reason);
        out.insert("status", c.status.map_or("Unknown", |s| if s { "True" } else { "False" }));
        out.insert("type", c.kind);
        out.into()
    }))
}

fn body(cx: &Context, object: &Object, value: &mut Map) {
    let mut status = Map::new();
    match object {
        Object::Deployment(d) => {
            let mut spec = d.raw.clone();
            spec.make_map().insert("replicas", d.replicas);
            value.insert("spec", spec);
            let s = &d.status;
            counts(
                &mut status,
                &[
                    ("availableReplicas", s.available),
                    ("observedGeneration", s.observed_generation),
                    ("readyReplicas", s.ready),
                ],
            );
            counts(
                &mut status,
                &[("replicas", s.replicas), ("unavailableReplicas", s.unavailable), ("updatedReplicas", s.updated)],
            );
            if let Some(n) = s.terminating {
                status.insert("terminatingReplicas", n);
            }
            if !s.conditions.is_empty() {
                status.insert("conditions", conditions(cx, &s.conditions, true));
            }
        }
        Object::ReplicaSet(r) => {
            let mut spec = r.raw.clone();
            spec.make_map().insert("replicas", r.replicas);
            value.insert("spec", spec);
            let s = &r.status;
            status.insert("replicas", s.replicas);
            counts(&mut status, &[("availableReplicas", s.available), ("fullyLabeledReplicas", s.fully_labeled)]);
            counts(&mut status, &[("observedGeneration", s.observed_generation), ("readyReplicas", s.ready)]);
            if let Some(n) = s.terminating {
                status.insert("terminatingReplicas", n);
            }
            if !s.conditions.is_empty() {
                status.insert("conditions", conditions(cx, &s.conditions, false));
            }
        }
        Object::StatefulSet(r) => {
            let mut spec = r.raw.clone();
            spec.make_map().insert("replicas", r.replicas);
            value.insert("spec", spec);
            let s = &r.status;
            status.insert("availableReplicas", s.available);
            status.insert("collisionCount", s.collisions);
            counts(
                &mut status,
                &[
                    ("currentReplicas", s.current),
                    ("observedGeneration", s.observed_generation),
                    ("readyReplicas", s.ready),
                ],
            );
            status.insert("replicas", s.replicas);
            counts(&mut status, &[("updatedReplicas", s.updated)]);
            for (name, revision) in [("currentRevision", &s.current_revision), ("updateRevision", &s.update_revision)] {
                if !revision.is_empty() {
                    status.insert(name, revision);
                }
            }
        }
        Object::Pod(p) => {
            value.insert("spec", pod_spec(p));
            status = pod_status(cx, p);
        }
        Object::Service(s) => {
            let mut spec = s.raw.clone();
            if !s.cluster_ip.is_empty() {
                spec.make_map().insert("clusterIP", &s.cluster_ip);
                spec.make_map().insert("clusterIPs", Value::array([Value::from(&s.cluster_ip)]));
            }
            value.insert("spec", spec);
            status.insert("loadBalancer", Value::object::<&str>([]));
        }
        Object::Claim(c) => {
            let mut spec = c.raw.clone();
            if let Some(class) = &c.class {
                spec.make_map().insert("storageClassName", class);
            }
            if let Some(volume) = &c.volume {
                spec.make_map().insert("volumeName", volume);
            }
            value.insert("spec", spec);
            status.insert("phase", c.phase.name());
        }
        Object::Volume(v) => {
            value.insert("spec", v.raw.clone());
            status.insert("phase", v.phase.name());
        }
        Object::StorageClass(c) => {
            value.insert("provisioner", &c.provisioner);
            value.insert("reclaimPolicy", if c.reclaim_delete { "Delete" } else { "Retain" });
            value.insert("volumeBindingMode", if c.wait_for_consumer { "WaitForFirstConsumer" } else { "Immediate" });
        }
        Object::Autoscaler(a) if MORE => {
            value.insert("spec", a.raw.clone());
            status.insert("currentReplicas", a.status.current);
            status.insert("desiredReplicas", a.status.desired);
            if !a.status.metrics.is_null() {
                status.insert("currentMetrics", a.status.metrics.clone());
            }
            status.insert("conditions", conditions(cx, &a.status.conditions, false));
        }
        Object::DisruptionBudget(b) => {
            value.insert("spec", b.raw.clone());
            let s = &b.status;
            status.insert("conditions", conditions(cx, &s.conditions, false));
            for (name, n) in [
                ("currentHealthy", s.healthy),
                ("desiredHealthy", s.desired),
                ("disruptionsAllowed", s.allowed),
                ("expectedPods", s.expected),
            ] {
                status.insert(name, n);
            }
            counts(&mut status, &[("observedGeneration", s.observed_generation)]);
        }
        Object::ResourceQuota(q) if MORE => {
            value.insert("spec", q.raw.clone());
        }
        Object::Node(n) => {
            let mut spec = Map::new();
            if n.unschedulable {
                spec.insert("unschedulable", true);
            }
            if !n.taints.is_empty() {
                let taint = |t: &crate::object::Taint| {
                    let mut out = Map::new();
                    out.insert("effect", t.effect.name());
                    out.insert("key", &t.key);
                    if !t.value.is_empty() {
                        out.insert("value", &t.value);
                    }
                    Value::from(out)
                };
                spec.insert("taints", Value::array(n.taints.iter().map(taint)));
            }
            value.insert("spec", spec);
            let ready = n.ready.map_or("Unknown", |r| if r { "True" } else { "False" });
            status.insert(
                "conditions",
                Value::array([Value::object([("status", Value::from(ready)), ("type", "Ready".into())])]),
            );
        }
        Object::ControllerRevision(r) => {
            let labels = |l: &crate::object::Labels| Value::object(l.iter().map(|(k, v)| (k.clone(), Value::from(v))));
            let mut meta = Map::new();
            if !r.template.annotations.is_empty() {
                meta.insert("annotations", labels(&r.template.annotations));
            }
            meta.insert("labels", labels(&r.template.labels));
            let template = Value::object([("metadata", meta.into()), ("spec", r.template.spec.raw.clone())]);
            value.insert("data", Value::object([("spec", Value::object([("template", template)]))]));
            value.insert("revision", r.revision);
        }
        Object::EndpointSlice(s) => {
            value.insert("addressType", "IPv4");
            let endpoint = |e: &crate::object::Endpoint| {
                let states = [("ready", e.ready), ("serving", e.serving), ("terminating", e.terminating)];
                Value::object([
                    ("addresses", Value::array([Value::from(ip_text(e.ip))])),
                    ("conditions", Value::object(states.map(|(k, v)| (k, Value::from(v))))),
                    ("targetRef", Value::object([("kind", Value::from("Pod")), ("name", Value::from(&e.pod))])),
                ])
            };
            value.insert("endpoints", Value::array(s.endpoints.iter().map(|e| endpoint(e))));
        }
        Object::DaemonSet(d) if MORE => {
            value.insert("spec", d.raw.clone());
            status = super::daemon::status(&d.status);
        }
        Object::Job(j) if MORE => {
            value.insert("spec", j.raw.clone());
            status = super::batch::job_status(cx, &j.status);
        }
        Object::CronJob(c) if MORE => {
            let mut spec = c.raw.clone();
            spec.make_map().insert("suspend", c.suspend);
            value.insert("spec", spec);
            status = super::batch::cron_job_status(cx, c);
        }
        _ => {}
    }
    if !status.is_empty() {
        value.insert("status", status);
    }
}
