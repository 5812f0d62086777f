//! A Job's pods: how many there should be, and how new ones are made.

use super::{Sync, TRACKING, index};
use crate::api::Context;
use crate::controller::replica_set::rank;
use crate::controller::{Controller, owned};
use crate::convert::{pod, read};
use crate::object::{Job, Key, Kind, Meta, Pod, PodSpec};
use crate::time::SimTime;
use podscope_schema::Value;
use podscope_schema::sort::{sort, sort_by};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// The annotation and label with a pod's index.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// At most so many pods are created or deleted in one go.
// upstream: job.MaxPodCreateDeletePerSync
const BURST: usize = 500;
/// Generated names begin with at most so much.
// upstream: apiserver/pkg/storage/names MaxGeneratedNameLength
const LONGEST_PREFIX: usize = 58;

/// The index that a pod works on.
// upstream: job/indexed_job_utils getCompletionIndex
pub(super) fn index_of(pod: &Pod) -> Option<i64> {
    pod.meta.annotations.get(INDEX)?.parse().ok()
}

/// Whether a pod works on an index that the Job has, or the Job has none.
pub(super) fn counts(job: &Job, pod: &Pod) -> bool {
    !job.indexed || index_of(pod).is_some_and(|i| i < job.completions.unwrap_or_default())
}

/// Creates what is missing or deletes what is too much.
// upstream: job_controller manageJob
pub(super) fn manage(cx: &mut Context, sync: &mut Sync) {
    let (job, active) = (sync.job, sync.active.len() as i64);
    let wanted = match job.completions {
        _ if job.suspend => 0,
        None if sync.succeeded > 0 => active,
        None => job.parallelism,
        Some(n) => (n - sync.succeeded).min(job.parallelism).max(0),
    };
    let surplus = for_removal(cx, sync, (active - wanted).max(0).unsigned_abs() as usize);
    if !surplus.is_empty() || job.suspend {
        for &pod in surplus.iter().take(if job.suspend { usize::MAX } else { BURST }) {
            super::tracking::release(cx, pod);
            owned::delete(cx, sync.key, pod);
            sync.ready -= i64::from(sync.active.iter().any(|(k, p)| *k == pod && p.is_ready()));
            sync.active.retain(|(k, _)| *k != pod);
            sync.terminating += 1;
        }
        return;
    }
    let held = if job.replace_ended_only { sync.terminating } else { 0 };
    let missing = wanted - held - active;
    if missing <= 0 {
        return;
    }
    let alone = index::limit(job).is_some();
    let wait = sync.waits(cx.now());
    if !wait.is_zero() && !alone {
        cx.enqueue_after(Controller::Job, sync.key, wait);
        return;
    }
    let missing = missing.unsigned_abs().min(BURST as u64) as usize;
    let indexes: Vec<Option<i64>> = if job.indexed {
        match index::ready(sync, pending(sync, missing), cx.now()) {
            Ok(indexes) => indexes.into_iter().map(Some).collect(),
            Err(wait) => return cx.enqueue_after(Controller::Job, sync.key, wait),
        }
    } else {
        vec![None; missing]
    };
    let spec = if job.indexed { indexed_spec(job) } else { Rc::clone(&job.template.spec) };
    for index in indexes {
        let mut pod = new_pod(job, &spec, index);
        if let Some(index) = index {
            index::annotate(sync, index, &mut pod.meta.annotations);
        }
        if owned::create(cx, sync.key, pod).is_err() {
            // upstream: the rate-limited queue; a quota is not watched
            cx.enqueue_after(Controller::Job, sync.key, super::BATCH);
            break;
        }
    }
    let uid = job.meta.uid;
    let all = cx.store.pods_of(uid).filter(|(_, p)| p.is_active());
    sync.active = all.map(|(key, pod)| (key, Rc::clone(pod))).collect();
}

/// Which pods go: all but one of those with the same index, those beyond the last index, and so many more.
// upstream: job_controller activePodsForRemoval
fn for_removal(cx: &Context, sync: &Sync, at_least: usize) -> Vec<Key> {
    let (mut gone, mut left): (Vec<Key>, Vec<(Key, Rc<Pod>)>) = (Vec::new(), Vec::new());
    if sync.job.indexed {
        let mut by_index: SortedMap<i64, Vec<(Key, Rc<Pod>)>> = SortedMap::new();
        for entry in &sync.active {
            if counts(sync.job, &entry.1) {
                by_index.entry(index_of(&entry.1).unwrap_or_default()).or_default().push(entry.clone());
            } else {
                gone.push(entry.0);
            }
        }
        for pods in by_index.into_values() {
            let order = first_to_go(&pods, cx.now());
            let stays = order.last().copied();
            gone.extend(order.iter().copied().filter(|k| Some(*k) != stays));
            left.extend(pods.into_iter().filter(|(k, _)| Some(*k) == stays));
        }
    } else {
        left.clone_from(&sync.active);
    }
    let more = at_least.saturating_sub(gone.len());
    if more > 0 {
        gone.extend(first_to_go(&left, cx.now()).into_iter().take(more));
    }
    gone
}

/// The pods in the order in which they would be deleted.
// upstream: controller_utils ActivePods
fn first_to_go(pods: &[(Key, Rc<Pod>)], now: SimTime) -> Vec<Key> {
    let mut order: Vec<&(Key, Rc<Pod>)> = pods.iter().collect();
    sort_by(&mut order, |a, b| rank::compare(&a.1, 0, &b.1, 0, now).0);
    order.into_iter().map(|(key, _)| *key).collect()
}

/// The lowest indexes that nobody works on and that are not done.
// upstream: job/indexed_job_utils firstPendingIndexes
fn pending(sync: &Sync, count: usize) -> Vec<i64> {
    let busy = |p: &Pod| p.is_active() || (sync.job.replace_ended_only && p.meta.deleting() && !p.is_terminal());
    let mut taken: Vec<i64> = sync.pods.iter().filter(|(_, p)| busy(p)).filter_map(|(_, p)| index_of(p)).collect();
    taken.extend(&sync.indexes);
    taken.extend(sync.status.failed_indexes.iter().flatten());
    sort(&mut taken);
    let free = |i: &i64| taken.binary_search(i).is_err();
    (0..sync.job.completions.unwrap_or_default()).filter(free).take(count).collect()
}

/// The template's spec with the variable that tells a container its pod's index.
// upstream: job/indexed_job_utils addCompletionIndexEnvVariables
fn indexed_spec(job: &Job) -> Rc<PodSpec> {
    const VARIABLE: &str = "JOB_COMPLETION_INDEX";
    let mut raw = job.template.spec.raw.clone();
    let source =
        Value::object([("apiVersion", Value::from("v1")), ("fieldPath", format!("metadata.labels['{INDEX}']").into())]);
    let variable =
        Value::object([("name", Value::from(VARIABLE)), ("valueFrom", Value::object([("fieldRef", source)]))]);
    for list in ["initContainers", "containers"] {
        for container in raw.make_map().get_mut(list).into_iter().flat_map(Value::make_array) {
            let known = read::list(container, "env").iter().any(|v| v.str_at(&["name"]) == Some(VARIABLE));
            if !known {
                let mut env = read::list(container, "env").to_vec();
                env.push(variable.clone());
                container.make_map().insert("env", env);
            }
        }
    }
    Rc::new(pod::spec(&raw, &job.template.annotations))
}

fn new_pod(job: &Job, spec: &Rc<PodSpec>, index: Option<i64>) -> Pod {
    let mut meta = Meta::named(Rc::clone(&job.meta.namespace), "");
    meta.labels = job.template.labels.clone();
    meta.annotations = job.template.annotations.clone();
    meta.finalizers.push(TRACKING.into());
    meta.owners.push(owned::owner_ref(Kind::Job, &job.meta));
    let mut suffix = String::from("-");
    let mut hostname = None;
    if let Some(index) = index {
        meta.labels.set(INDEX, index.to_string());
        meta.annotations.set(INDEX, index.to_string());
        suffix = format!("-{index}-");
        hostname = Some(format!("{}-{index}", job.meta.name).into());
    }
    let most = LONGEST_PREFIX.saturating_sub(suffix.len());
    let name = job.meta.name.get(..most).unwrap_or(&job.meta.name);
    meta.generate_name = Some(format!("{name}{suffix}").into());
    let mut pod = Pod::new(meta, Rc::clone(spec));
    pod.hostname = hostname;
    pod
}
