//! The horizontal pod autoscaler.

mod behavior;
mod calculator;
mod metrics;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;

pub use metrics::Load;

use super::Controller;
use crate::api::Context;
use crate::object::{
    Autoscaler, AutoscalerStatus, Condition, Deployment, EventType, Key, Kind, Object, Pod, ReplicaSet, Selector,
    StatefulSet, Str, Uid,
};
use crate::time::SimTime;
use behavior::History;
use podscope_schema::Value;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The work that pods do, by pod or by the object that is scaled. Pods without any do nothing.
    pub loads: SortedMap<Key, Load>,
    histories: SortedMap<Key, History>,
}

impl Memory {
    /// When the recommendations end that keep a scale from going below `current`, if they still do.
    pub fn stable_until(&self, hpa: &Autoscaler, key: Key, current: i64) -> Option<SimTime> {
        self.histories.get(&key)?.stable_until(hpa, current)
    }
}

/// Enqueues what the change of the object at `key` concerns: an autoscaler is looked at once every period, not sooner.
// upstream: podautoscaler enqueueHPA, NewDefaultHPARateLimiter
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match (old, new) {
        (_, Some(Object::Autoscaler(_))) => {
            let period = period(cx);
            cx.enqueue_after(Controller::Autoscaler, key, period);
        }
        (Some(Object::Autoscaler(_)), None) => {
            cx.memory.autoscaler.histories.remove(&key);
        }
        _ => {}
    }
}

/// From one look to the next: the period, and the time that a look takes, with its requests for scale and metrics.
fn period(cx: &Context) -> Duration {
    cx.config.hpa_sync + cx.config.watch_latency * 10
}

/// The object that is scaled.
struct Target {
    key: Key,
    uid: Uid,
    kind: Kind,
    namespace: Str,
    replicas: i64,
    selector: Selector,
}

/// A decision in the making: the conditions and numbers that end up in the status.
struct Draft {
    conditions: Vec<Condition>,
    now: SimTime,
}

impl Draft {
    // upstream: podautoscaler setConditionInList
    fn set(&mut self, kind: &'static str, status: bool, reason: &str, message: impl Into<Str>) {
        let (reason, message, now) = (reason.into(), message.into(), self.now);
        if let Some(c) = self.conditions.iter_mut().find(|c| c.kind == kind) {
            if c.status != Some(status) {
                c.since = now;
                c.updated = now;
            }
            (c.status, c.reason, c.message) = (Some(status), reason, message);
        } else {
            self.conditions.push(Condition { kind, status: Some(status), reason, message, since: now, updated: now });
        }
    }
}

/// Brings the scale of the target of the autoscaler at `key` closer to what its metrics ask for.
// upstream: podautoscaler reconcileAutoscaler
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(hpa) = cx.get::<Autoscaler>(key) else { return };
    let period = period(cx);
    cx.enqueue_after(Controller::Autoscaler, key, period);
    let mut draft = Draft { conditions: hpa.status.conditions.clone(), now: cx.now() };
    let Some(target) = find_target(cx, &hpa) else {
        let problem = missing_target(&hpa);
        cx.event(key, EventType::Warning, "FailedGetScale", problem.clone());
        let text = format!("the HPA controller was unable to get the target's current scale: {problem}");
        draft.set("AbleToScale", false, "FailedGetScale", text);
        cx.update::<Autoscaler>(key, |h| h.status.conditions = draft.conditions);
        return;
    };
    let text = "the HPA controller was able to get the target's current scale";
    draft.set("AbleToScale", true, "SucceededGetScale", text);
    let current = target.replicas;
    let now = cx.now();
    cx.memory.autoscaler.histories.entry(key).or_default().begin(current, now);
    let mut metrics = Value::Null;
    let (mut desired, mut reason) = (0, String::new());
    let rescale = if current == 0 {
        let text = "scaling is disabled since the replica count of the target is zero";
        draft.set("ScalingActive", false, "ScalingDisabled", text);
        false
    } else if current > hpa.max {
        (desired, reason) = (hpa.max, "Current number of replicas above Spec.MaxReplicas".into());
        true
    } else if current < hpa.min {
        (desired, reason) = (hpa.min, "Current number of replicas below Spec.MinReplicas".into());
        true
    } else {
        let proposal = propose(cx, key, &hpa, &target, &mut draft);
        metrics = proposal.statuses;
        let Some((proposed, metric)) = proposal.replicas else {
            let desired = hpa.status.desired;
            write_status(cx, key, draft, current, desired, metrics, false);
            if let Some(problem) = proposal.problem {
                cx.event(key, EventType::Warning, "FailedComputeMetricsReplicas", problem);
            }
            return;
        };
        if proposed > current {
            reason = format!("{metric} above target");
        } else if proposed < current {
            reason = "All metrics below target".into();
        }
        let history = cx.memory.autoscaler.histories.entry(key).or_default();
        desired = behavior::normalize(&hpa, history, current, proposed, &mut draft);
        desired != current
    };
    if rescale {
        scale(cx, &target, desired);
        let text = format!("the HPA controller was able to update the target scale to {desired}");
        draft.set("AbleToScale", true, "SucceededRescale", text);
        cx.event(key, EventType::Normal, "SuccessfulRescale", format!("New size: {desired}; reason: {reason}"));
        cx.memory.autoscaler.histories.entry(key).or_default().scaled(&hpa, current, desired, now);
    } else {
        desired = current;
    }
    write_status(cx, key, draft, current, desired, metrics, rescale);
}

fn write_status(cx: &mut Context, key: Key, draft: Draft, current: i64, desired: i64, metrics: Value, scaled: bool) {
    let now = draft.now;
    cx.update::<Autoscaler>(key, |h| {
        h.status = AutoscalerStatus {
            // Upstream does not fill it in.
            observed_generation: h.status.observed_generation,
            current,
            desired,
            last_scale: if scaled { Some(now) } else { h.status.last_scale },
            metrics,
            conditions: draft.conditions,
        };
    });
}

fn find_target(cx: &Context, hpa: &Autoscaler) -> Option<Target> {
    let namespace = hpa.meta.namespace.clone();
    let (kind, name) = (Kind::from_name(&hpa.target.0)?, &hpa.target.1);
    let key = cx.store.find(kind, &namespace, name)?;
    let (replicas, selector) = match cx.store.object(key)? {
        Object::Deployment(o) => (o.replicas, o.selector.clone()),
        Object::ReplicaSet(o) => (o.replicas, o.selector.clone()),
        Object::StatefulSet(o) => (o.replicas, o.selector.clone()),
        _ => return None,
    };
    let uid = cx.store.object(key)?.meta().uid;
    Some(Target { key, uid, kind, namespace, replicas, selector })
}

fn missing_target(hpa: &Autoscaler) -> String {
    let (kind, name) = &hpa.target;
    match Kind::from_name(kind) {
        Some(known) => format!("{} \"{name}\" not found", super::resource_of(kind, known.api_version())),
        None => format!("no matches for kind \"{kind}\" in group \"apps\""),
    }
}

fn scale(cx: &mut Context, target: &Target, replicas: i64) {
    match target.kind {
        Kind::Deployment => cx.update_spec::<Deployment>(target.key, |o| o.replicas = replicas),
        Kind::StatefulSet => cx.update_spec::<StatefulSet>(target.key, |o| o.replicas = replicas),
        _ => cx.update_spec::<ReplicaSet>(target.key, |o| o.replicas = replicas),
    };
}

/// The pods of the target: those of its ReplicaSets, or its own, and whoever else its selector selects.
fn pods_of(cx: &Context, target: &Target) -> Vec<(Key, Rc<Pod>)> {
    let owners: Vec<Uid> = if target.kind == Kind::Deployment {
        let owned = cx.store.owned_by(target.uid).iter();
        owned.filter_map(|&key| cx.store.get::<ReplicaSet>(key).map(|set| set.meta.uid)).collect()
    } else {
        vec![target.uid]
    };
    let owned = owners.iter().flat_map(|&uid| cx.store.pods_of(uid));
    let orphans = cx.store.orphans(Kind::Pod, &target.namespace).iter();
    owned
        .chain(orphans.filter_map(|&key| Some((key, cx.store.get::<Pod>(key)?))))
        .filter(|(_, pod)| target.selector.matches(&pod.meta.labels))
        .map(|(key, pod)| (key, Rc::clone(pod)))
        .collect()
}

/// What the metrics ask for.
struct Proposal {
    /// The replicas, and the metric that asked for so many; none when that cannot be said.
    replicas: Option<(i64, String)>,
    /// `currentMetrics`
    statuses: Value,
    /// Why a metric is invalid.
    problem: Option<String>,
}

// upstream: podautoscaler computeReplicasForMetrics
fn propose(cx: &mut Context, key: Key, hpa: &Autoscaler, target: &Target, draft: &mut Draft) -> Proposal {
    let pods = pods_of(cx, target);
    let specs = hpa.metrics.items();
    let mut best: Option<(i64, String)> = None;
    let (mut statuses, mut invalid) = (Vec::new(), Vec::new());
    for spec in specs {
        match metrics::evaluate(cx, hpa, spec, target.key, target.replicas, &pods) {
            Ok(answer) => {
                statuses.push(answer.status);
                if best.as_ref().is_none_or(|(replicas, _)| *replicas == 0 || answer.replicas > *replicas) {
                    best = Some((answer.replicas, answer.name));
                }
            }
            Err(problem) => {
                cx.event(key, EventType::Warning, problem.reason, problem.cause.clone());
                statuses.push(Value::object([("type", Value::from(""))]));
                invalid.push(problem);
            }
        }
    }
    let statuses = Value::array(statuses);
    let (failed, all) = (invalid.len(), specs.len());
    let shrinks = best.as_ref().is_some_and(|(replicas, _)| *replicas < target.replicas);
    let problem = invalid
        .first()
        .map(|first| format!("invalid metrics ({failed} invalid out of {all}), first error is: {}", first.message));
    if failed >= all || failed > 0 && shrinks {
        if let Some(first) = invalid.first() {
            let text = format!("the HPA was unable to compute the replica count: {}", first.cause);
            draft.set("ScalingActive", false, first.reason, text);
        }
        return Proposal { replicas: None, statuses, problem };
    }
    let name = best.as_ref().map(|(_, name)| &**name).unwrap_or_default();
    let text = format!("the HPA was able to successfully calculate a replica count from {name}");
    draft.set("ScalingActive", true, "ValidMetricFound", text);
    Proposal { replicas: best, statuses, problem }
}
