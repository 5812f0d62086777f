//! What a cluster is made with: seed, nodes, latencies, feature gates, and how containers behave.

use crate::kubelet::Behaviour;
use std::rc::Rc;
use std::time::Duration;

/// Everything that decides a run, besides what users do.
#[derive(Clone)]
pub struct Config {
    /// Seeds all chance.
    pub seed: u64,
    /// Seconds since 1970 at which simulated time begins.
    pub epoch: i64,
    /// From a write to the reaction of those who watch.
    pub watch_latency: Duration,
    /// Decides how long containers take and whether they fail.
    pub behaviour: Rc<dyn Behaviour>,
    /// `MaxUnavailableStatefulSet`, off by default in 1.36.
    pub max_unavailable_stateful_set: bool,
    /// A node that has not been heard of for so long becomes unknown.
    pub node_grace: Duration,
    /// How often the node life-cycle controller looks.
    pub node_monitor_period: Duration,
    /// How often autoscalers look.
    pub hpa_sync: Duration,
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`
    pub hpa_readiness_delay: Duration,
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`
    pub hpa_cpu_init: Duration,
    /// Keep every object version that was written, for those who compare runs.
    pub record: bool,
    /// ConfigMaps that are mounted with the token of each pod besides `kube-root-ca.crt`, and the key of each: distributions of
    /// Kubernetes add some.
    pub token_maps: &'static [(&'static str, &'static str)],
    /// Take HPA metrics from the ConfigMap `lab-metrics`, as the conformance cases do.
    pub lab_metrics: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            epoch: 1_767_225_600, // 2026-01-01T00:00:00Z
            watch_latency: Duration::from_millis(5),
            behaviour: Rc::new(crate::kubelet::Catalogue),
            max_unavailable_stateful_set: false,
            node_grace: Duration::from_secs(50),
            node_monitor_period: Duration::from_secs(5),
            hpa_sync: Duration::from_secs(15),
            hpa_readiness_delay: Duration::from_secs(30),
            hpa_cpu_init: Duration::from_mins(5),
            record: false,
            token_maps: &[],
            lab_metrics: false,
        }
    }
}
