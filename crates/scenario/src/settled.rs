//! What must be so once nothing happens any more, and nothing is broken on purpose.

use podscope_engine::api::Context;
use podscope_engine::object::{
    Claim, DaemonSet, Deployment, EndpointSlice, Job, Kind, Object, Pod, ReplicaSet, Service, StatefulSet,
    UpdateStrategy, VolumePhase,
};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What is not as it should be in a cluster that has come to rest with all of its nodes and containers well.
pub fn settled(cx: &Context) -> Vec<String> {
    let mut wrong = Vec::new();
    owners(cx, &mut wrong);
    endpoints(cx, &mut wrong);
    workloads(cx, &mut wrong);
    pods(cx, &mut wrong);
    wrong
}

fn objects(cx: &Context) -> impl Iterator<Item = &Object> {
    let kinds = Kind::ALL.iter().flat_map(|k| cx.store.of_kind(*k).iter());
    kinds.filter_map(|k| cx.store.object(*k))
}

/// Owners are there, and nobody waits to be deleted.
fn owners(cx: &Context, wrong: &mut Vec<String>) {
    let all: BTreeSet<_> = objects(cx).map(|o| o.meta().uid).collect();
    for object in objects(cx) {
        let (kind, meta) = (object.kind().name(), object.meta());
        for owner in meta.owners.iter().filter(|o| !all.contains(&o.uid)) {
            wrong.push(format!("{kind} {}: its owner {} is gone", meta.name, owner.name));
        }
        // A claim that is to go stays as long as a pod mounts it.
        let mounted = |p: &Pod| p.meta.namespace == meta.namespace && p.claim_names().any(|c| *c == meta.name);
        let kept = object.kind() == Kind::PersistentVolumeClaim && pods_of(cx).any(mounted);
        if meta.deleting() && !kept {
            wrong.push(format!("{kind} {} is still being deleted: {:?}", meta.name, meta.finalizers));
        }
    }
}

/// A Service's slices name just the pods that it selects, each once, and as Ready as they are.
fn endpoints(cx: &Context, wrong: &mut Vec<String>) {
    for (_, service) in cx.store.list::<Service>(Kind::Service) {
        let Some(selector) = service.selector.as_ref().filter(|_| &*service.kind != "ExternalName") else { continue };
        let fits = |p: &Pod| {
            let selected = selector.iter().all(|(k, v)| p.meta.labels.get(k) == Some(v));
            selected && p.meta.namespace == service.meta.namespace && !p.is_terminal() && p.status.ip != 0
        };
        let ready = |p: &Pod| service.publish_not_ready || p.is_ready();
        let mut should: Vec<_> = pods_of(cx).filter(|p| fits(p)).map(|p| (p.meta.name.clone(), ready(p))).collect();
        let slices = cx.store.list::<EndpointSlice>(Kind::EndpointSlice);
        let mine = slices.filter(|(_, e)| e.meta.controller().is_some_and(|o| o.uid == service.meta.uid));
        let mut is: Vec<_> = mine.flat_map(|(_, e)| &e.endpoints).map(|e| (e.pod.clone(), e.ready)).collect();
        should.sort();
        is.sort();
        // A Service with named target ports has a slice for each set of numbers.
        is.dedup();
        if is != should {
            wrong.push(format!("Service {} names {is:?} instead of {should:?}", service.meta.name));
        }
    }
}

fn pods_of(cx: &Context) -> impl Iterator<Item = &Pod> {
    cx.store.list::<Pod>(Kind::Pod).map(|(_, p)| &**p)
}

/// Every workload has all of its pods, of its present template.
fn workloads(cx: &Context, wrong: &mut Vec<String>) {
    for (_, d) in cx.store.list::<Deployment>(Kind::Deployment) {
        let t = &d.status;
        if forgotten(cx, d) {
            continue;
        }
        if [t.updated, t.replicas, t.available] != [d.replicas; 3] || t.observed_generation != d.meta.generation {
            wrong.push(format!("Deployment {} wants {}: {t:?}", d.meta.name, d.replicas));
        }
    }
    for (_, r) in cx.store.list::<ReplicaSet>(Kind::ReplicaSet) {
        let t = &r.status;
        if [t.replicas, t.ready, t.available] != [r.replicas; 3] || t.observed_generation != r.meta.generation {
            wrong.push(format!("ReplicaSet {} wants {}: {t:?}", r.meta.name, r.replicas));
        }
    }
    for (_, s) in cx.store.list::<StatefulSet>(Kind::StatefulSet) {
        let t = &s.status;
        let due = match &s.strategy {
            UpdateStrategy::OnDelete => 0,
            UpdateStrategy::RollingUpdate { partition, .. } => (s.replicas - partition).max(0),
        };
        let complete = [t.replicas, t.ready, t.available] == [s.replicas; 3] && t.updated >= due;
        if !complete || t.observed_generation != s.meta.generation {
            wrong.push(format!("StatefulSet {} wants {}: {t:?}", s.meta.name, s.replicas));
        }
    }
    for (_, d) in cx.store.list::<DaemonSet>(Kind::DaemonSet) {
        let t = &d.status;
        let updated = d.rolling.is_none() || t.updated == t.desired;
        if t.available != t.desired || t.misscheduled != 0 || !updated || t.observed_generation != d.meta.generation {
            wrong.push(format!("DaemonSet {}: {t:?}", d.meta.name));
        }
    }
    for (_, j) in cx.store.list::<Job>(Kind::Job) {
        if j.finished().is_none() && !j.suspend && j.parallelism > 0 {
            wrong.push(format!("Job {} has not ended: {:?}", j.meta.name, j.status));
        }
    }
}

/// Whether a rollout is at rest although it is not done: its only set with pods has the size that is asked for, but says
/// that another one was. Kubernetes takes that for a scaling that is still to be done, and does nothing about it.
// upstream: deployment isScalingEvent, scale
fn forgotten(cx: &Context, d: &Deployment) -> bool {
    let sets = cx.store.list::<ReplicaSet>(Kind::ReplicaSet).map(|(_, r)| r);
    let mine = |r: &&Rc<ReplicaSet>| r.meta.controller().is_some_and(|o| o.uid == d.meta.uid);
    let active: Vec<_> = sets.filter(|r| r.replicas > 0).filter(mine).collect();
    let desired = |r: &ReplicaSet| r.meta.annotations.get("deployment.kubernetes.io/desired-replicas").cloned();
    active.len() == 1
        && active[0].replicas == d.replicas
        && desired(active[0]).is_some_and(|n| *n != *d.replicas.to_string())
}

/// Every pod runs and is Ready, or has ended; every claim that is mounted is bound.
fn pods(cx: &Context, wrong: &mut Vec<String>) {
    for pod in pods_of(cx).filter(|p| !p.is_terminal() && !p.is_ready()) {
        wrong.push(format!("Pod {} is not Ready: {:?}", pod.meta.name, pod.status.unschedulable));
    }
    for pod in pods_of(cx) {
        for name in pod.claim_names() {
            let claim = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, &pod.meta.namespace, name);
            if claim.is_none_or(|c| c.phase != VolumePhase::Bound) && pod.is_active() {
                wrong.push(format!("Claim {name} of {} is not bound", pod.meta.name));
            }
        }
    }
}
