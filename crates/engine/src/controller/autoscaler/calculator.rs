//! From the pods' usage to a number of replicas.

use crate::api::Context;
use crate::object::{Container, Key, Phase, Pod};
use podscope_schema::sorted::{SortedMap, SortedSet};
use std::rc::Rc;
use std::time::Duration;

/// A metric is the average over so much time before it, so that it says nothing of a pod ready for less.
const WINDOW: Duration = Duration::from_secs(15);

/// How far usage may be from the target, as a part of it, before anything is done.
#[derive(Clone, Copy, Debug)]
pub struct Tolerances {
    /// Below.
    pub down: f64,
    /// Above.
    pub up: f64,
}

impl Tolerances {
    fn within(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The replicas that would do.
    pub replicas: i64,
    /// Usage in percent of the requests; 0 for plain values.
    pub utilization: i64,
    /// The average usage of a pod, in thousandths.
    pub average: i64,
}

/// Usage by pod, in thousandths.
pub type Metrics = SortedMap<Key, i64>;

/// Replicas by utilisation of requests.
// upstream: podautoscaler ReplicaCalculator.GetResourceReplicas
pub fn utilization(
    cx: &Context,
    mut metrics: Metrics,
    pods: &[(Key, Rc<Pod>)],
    current: i64,
    target: i64,
    resource: &str,
    tolerances: Tolerances,
) -> Result<Found, String> {
    let groups = group(cx, pods, &mut metrics, resource)?;
    let mut requests = SortedMap::new();
    for (key, pod) in pods {
        requests.insert(*key, request(pod, resource)?);
    }
    let measure = |metrics: &Metrics| {
        let known = metrics.iter().filter_map(|(key, used)| Some((*used, *requests.get(key)?)));
        let (count, used, asked) = known.fold((0, 0, 0), |(n, a, b), (used, asked)| (n + 1, a + used, b + asked));
        if asked == 0 {
            return Err("no metrics returned matched known pods".to_string());
        }
        let percent = used * 100 / asked;
        Ok((percent as f64 / target as f64, percent, used / count))
    };
    let (ratio, utilization, average) = measure(&metrics)?;
    let fallback = |key: &Key| requests.get(key).copied().unwrap_or_default() * target.max(100) / 100;
    let ratio_of = |metrics: &Metrics| measure(metrics).map(|(ratio, ..)| ratio);
    let replicas = decide(metrics, &groups, current, ratio, tolerances, fallback, ratio_of)?;
    Ok(Found { replicas, utilization, average })
}

/// Replicas by average usage.
// upstream: podautoscaler ReplicaCalculator.calcPlainMetricReplicas
pub fn plain(
    cx: &Context,
    mut metrics: Metrics,
    pods: &[(Key, Rc<Pod>)],
    current: i64,
    target: i64,
    resource: &str,
    tolerances: Tolerances,
) -> Result<Found, String> {
    let groups = group(cx, pods, &mut metrics, resource)?;
    let average = |metrics: &Metrics| metrics.values().sum::<i64>() / i64::try_from(metrics.len()).unwrap_or(1).max(1);
    let ratio_of = |metrics: &Metrics| Ok(average(metrics) as f64 / target as f64);
    let (ratio, found) = (ratio_of(&metrics)?, average(&metrics));
    let replicas = decide(metrics, &groups, current, ratio, tolerances, |_| target, ratio_of)?;
    Ok(Found { replicas, utilization: 0, average: found })
}

/// The common end: what pods without a usable metric are taken for, and when to rather do nothing.
fn decide(
    mut metrics: Metrics,
    groups: &Groups,
    current: i64,
    ratio: f64,
    tolerances: Tolerances,
    fallback: impl Fn(&Key) -> i64,
    ratio_of: impl Fn(&Metrics) -> Result<f64, String>,
) -> Result<i64, String> {
    let up_with_unready = !groups.unready.is_empty() && ratio > 1.0;
    if !up_with_unready && groups.missing.is_empty() {
        return Ok(if tolerances.within(ratio) { current } else { (ratio * groups.ready as f64).ceil() as i64 });
    }
    for key in &groups.missing {
        if ratio < 1.0 {
            metrics.insert(*key, fallback(key));
        } else if ratio > 1.0 {
            metrics.insert(*key, 0);
        }
    }
    if up_with_unready {
        metrics.extend(groups.unready.iter().map(|key| (*key, 0)));
    }
    let again = ratio_of(&metrics)?;
    if tolerances.within(again) || ratio < 1.0 && again > 1.0 || ratio > 1.0 && again < 1.0 {
        return Ok(current);
    }
    let replicas = (again * metrics.len() as f64).ceil() as i64;
    let turns = again < 1.0 && replicas > current || again > 1.0 && replicas < current;
    Ok(if turns { current } else { replicas })
}

/// The pods by what their metrics are worth.
struct Groups {
    ready: usize,
    unready: SortedSet<Key>,
    missing: SortedSet<Key>,
}

/// Sorts the pods, and takes out the metrics of those that do not count.
// upstream: podautoscaler groupPods
fn group(cx: &Context, pods: &[(Key, Rc<Pod>)], metrics: &mut Metrics, resource: &str) -> Result<Groups, String> {
    if pods.is_empty() {
        return Err("no pods returned by selector while calculating replica count".into());
    }
    let mut groups = Groups { ready: 0, unready: SortedSet::new(), missing: SortedSet::new() };
    for (key, pod) in pods {
        if pod.meta.deleting() || pod.status.phase == Phase::Failed {
            metrics.remove(key);
        } else if pod.status.phase == Phase::Pending {
            groups.unready.insert(*key);
        } else if !metrics.contains_key(key) {
            groups.missing.insert(*key);
        } else if resource == "cpu" && initialising(cx, pod) {
            groups.unready.insert(*key);
        } else {
            groups.ready += 1;
        }
    }
    metrics.retain(|key, _| !groups.unready.contains(key));
    if metrics.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".into());
    }
    Ok(groups)
}

/// Whether the pod's CPU usage may be that of its start.
fn initialising(cx: &Context, pod: &Pod) -> bool {
    let ready = &pod.status.ready;
    let Some(started) = pod.status.started else { return true };
    if started + cx.config.hpa_cpu_init > cx.now() {
        let window = if cx.config.lab_metrics { Duration::ZERO } else { WINDOW };
        !ready.status || cx.now() < ready.since + window
    } else {
        !ready.status && started + cx.config.hpa_readiness_delay > ready.since
    }
}

/// What the pod requests of a resource, in thousandths.
// upstream: podautoscaler calculatePodRequestsFromContainers
fn request(pod: &Pod, resource: &str) -> Result<i64, String> {
    let of = |c: &Container| match resource {
        "cpu" => c.cpu_milli,
        "memory" => c.memory.saturating_mul(1000),
        _ => 0,
    };
    let sidecars = pod.spec.init_containers.iter().filter(|c| c.restart_always);
    let mut sum = 0;
    for container in pod.spec.containers.iter().chain(sidecars) {
        match of(container) {
            0 => {
                let (container, pod) = (&container.name, &pod.meta.name);
                return Err(format!("missing request for {resource} in container {container} of Pod {pod}"));
            }
            amount => sum += amount,
        }
    }
    Ok(sum)
}
