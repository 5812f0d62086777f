//! Jobs whose indexes fail and are tried again each on its own, and Jobs that need only some of their indexes.

use super::{Sync, backoff, is_tracked, pods, policy, tracking};
use crate::convert::read::list;
use crate::object::{Job, Labels, Pod};
use crate::time::SimTime;
use podscope_schema::Value;
use podscope_schema::sort::sort;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// How often the pods of an index failed before this one.
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// How often they failed in a way that does not count.
const IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

/// `spec.backoffLimitPerIndex`
// upstream: job/indexed_job_utils hasBackoffLimitPerIndex
pub(super) fn limit(job: &Job) -> Option<i64> {
    job.raw.get("backoffLimitPerIndex").and_then(Value::as_i64).filter(|_| job.indexed)
}

/// What an annotation counts.
// upstream: job/indexed_job_utils parseInt32
fn counted(pod: &Pod, key: &str) -> i64 {
    pod.meta.annotations.get(key).and_then(|v| v.parse::<i32>().ok()).map_or(0, |n| i64::from(n.max(0)))
}

/// Notes which indexes have failed for good, and which failed pods stay until another one takes their place: they know
/// how often their index has failed.
// upstream: job/indexed_job_utils calculateFailedIndexes, getPodsWithDelayedDeletionPerIndex
pub(super) fn look(sync: &mut Sync) {
    let Some(limit) = limit(sync.job) else { return };
    let job = sync.job;
    let mut failed = sync.status.failed_indexes.take().unwrap_or_default();
    let open: Vec<Rc<Pod>> = sync.pods.iter().map(|(_, p)| Rc::clone(p)).collect();
    let open = || open.iter().filter(|p| is_tracked(p) && pods::counts(job, p) && tracking::has_failed(p, job));
    for pod in open() {
        let done = match policy::verdict(job, pod) {
            policy::Verdict::FailIndex => true,
            verdict => verdict.counts() && counted(pod, FAILURES) >= limit,
        };
        failed.extend(pods::index_of(pod).filter(|_| done));
    }
    sort(&mut failed);
    failed.dedup();
    let active: Vec<i64> = sync.active.iter().filter_map(|(_, p)| pods::index_of(p)).collect();
    let mut delayed: SortedMap<i64, Rc<Pod>> = SortedMap::new();
    for pod in open() {
        let Some(index) = pods::index_of(pod) else { continue };
        let over = |list: &[i64]| list.binary_search(&index).is_ok();
        if over(&sync.indexes) || over(&failed) || active.contains(&index) {
            continue;
        }
        let all = |p: &Pod| counted(p, FAILURES) + counted(p, IGNORED);
        let later = |last: &Rc<Pod>| all(last) <= all(pod) && backoff::ended_at(pod) >= backoff::ended_at(last);
        if delayed.get(&index).is_none_or(later) {
            delayed.insert(index, Rc::clone(pod));
        }
    }
    sync.status.failed_indexes = Some(failed);
    sync.delayed = delayed;
}

/// Why the Job has failed by its indexes: a reason and a message.
pub(super) fn too_many_failed(sync: &Sync) -> Option<(&'static str, &'static str)> {
    let failed = sync.status.failed_indexes.as_ref()?.len() as i64;
    let most = sync.job.raw.get("maxFailedIndexes").and_then(Value::as_i64);
    if most.is_some_and(|most| failed > most) {
        let message = "Job has exceeded the specified maximal number of failed indexes";
        return Some(("MaxFailedIndexesExceeded", message));
    }
    let all_over = failed + sync.indexes.len() as i64 >= sync.job.completions.unwrap_or_default();
    (failed > 0 && all_over).then_some(("FailedIndexes", "Job has failed indexes"))
}

/// The first rule of the success policy that is met, in words.
// upstream: job/success_policy matchSuccessPolicy
pub(super) fn succeeded(sync: &Sync) -> Option<String> {
    let policy = sync.job.raw.get("successPolicy").filter(|_| sync.job.indexed && !sync.indexes.is_empty())?;
    let done = &sync.indexes;
    let met = |rule: &Value| {
        let count = rule.get("succeededCount").and_then(Value::as_i64);
        let enough = |have: usize| count.is_some_and(|n| have as i64 >= n);
        let Some(text) = rule.str_at(&["succeededIndexes"]) else { return enough(done.len()) };
        let wanted = named(text, sync.job.completions.unwrap_or_default());
        let have = wanted.iter().filter(|i| done.binary_search(i).is_ok()).count();
        !wanted.is_empty() && (have == wanted.len() || enough(have))
    };
    let at = list(policy, "rules").iter().position(met)?;
    Some(format!("Matched rules at index {at}"))
}

/// The indexes that `0,2-4` names, but for those that the Job does not have.
// upstream: job/indexed_job_utils parseIndexesFromString
fn named(text: &str, completions: i64) -> Vec<i64> {
    let mut out = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) {
            out.extend(first.max(0)..=last.min(completions - 1));
        }
    }
    out
}

/// Of the indexes that need a pod, those that need not wait; or how long all of them wait.
// upstream: job_controller getPodCreationInfoForIndependentIndexes
pub(super) fn ready(sync: &Sync, indexes: Vec<i64>, now: SimTime) -> Result<Vec<i64>, Duration> {
    let wait = |index: &i64| {
        let Some(last) = sync.delayed.get(index) else { return Duration::ZERO };
        let failures = counted(last, FAILURES) + counted(last, IGNORED) + 1;
        backoff::remaining(failures.unsigned_abs(), backoff::ended_at(last), now)
    };
    let shortest = indexes.iter().map(wait).min().unwrap_or_default();
    if shortest.is_zero() { Ok(indexes.into_iter().filter(|i| wait(i).is_zero()).collect()) } else { Err(shortest) }
}

/// Writes on a new pod how often its index has failed.
// upstream: job/indexed_job_utils addIndexFailureCountAnnotation
pub(super) fn annotate(sync: &Sync, index: i64, annotations: &mut Labels) {
    if limit(sync.job).is_none() {
        return;
    }
    let (mut failures, mut ignored) = (0, 0);
    if let Some(last) = sync.delayed.get(&index) {
        let counts = policy::verdict(sync.job, last).counts();
        failures = counted(last, FAILURES) + i64::from(counts);
        ignored = counted(last, IGNORED) + i64::from(!counts);
    }
    annotations.set(FAILURES, failures.to_string());
    if ignored > 0 {
        annotations.set(IGNORED, ignored.to_string());
    }
}

/// Whether a failed pod keeps its finalizer until its index has another one.
pub(super) fn stays(sync: &Sync, pod: &Pod) -> bool {
    let last = pods::index_of(pod).and_then(|index| sync.delayed.get(&index));
    last.is_some_and(|p| p.meta.uid == pod.meta.uid)
}
