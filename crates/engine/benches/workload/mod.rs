//! What is timed, natively and in the browser: a Deployment of so many pods on nodes that have room for them.

use podscope_engine::object::{Deployment, Kind, Node};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use std::time::Duration;

/// The longest simulated time that a run may take.
const LIMIT: u64 = 1_000_000;

/// For how many simulated seconds the requests of [`busy`] are timed.
pub const BUSY_SECONDS: u64 = 20;

/// A cluster that has room for 20,000 pods.
pub fn nodes() -> Cluster {
    let node = |i: usize| {
        Node::new(&format!("node-{i}"), ["zone-a", "zone-b", "zone-c"][i % 3], "region-1", 64_000, 256 << 30, 200)
    };
    Cluster::with_nodes(Config::default(), (0..100).map(node).collect())
}

/// A Deployment `web`.
pub fn deployment(replicas: usize, image: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: '{image}'}}]}}
"
    )
}

/// Runs, a simulated second at a time, until `done`.
pub fn run_until(cluster: &mut Cluster, done: impl Fn(&Cluster) -> bool) {
    while !done(cluster) {
        assert!(cluster.now() < SimTime::from_millis(LIMIT), "did not settle within {LIMIT} simulated milliseconds");
        let next = SimTime(cluster.now().0 + 250_000);
        while !cluster.advance_to(next, usize::MAX) {}
    }
}

/// Applies what is known to be valid.
pub fn apply(cluster: &mut Cluster, yaml: &str) {
    if let Err(errors) = cluster.apply(yaml) {
        panic!("{errors:?}");
    }
}

/// Whether all of the Deployment's pods are of the newest template and Available.
pub fn rolled_out(cluster: &Cluster) -> bool {
    let store = &cluster.cx.store;
    store.lookup::<Deployment>(Kind::Deployment, "default", "web").is_some_and(|d| {
        let s = &d.status;
        s.observed_generation == d.meta.generation
            && [s.replicas, s.updated, s.available].iter().all(|&n| n == d.replicas)
    })
}

/// From apply to Available.
pub fn deploy(mut cluster: Cluster, yaml: &str) -> Cluster {
    apply(&mut cluster, yaml);
    run_until(&mut cluster, rolled_out);
    cluster
}

/// Runs for so many simulated seconds.
pub fn run_for(cluster: &mut Cluster, seconds: u64) {
    let end = cluster.now() + Duration::from_secs(seconds);
    while !cluster.advance_to(end, 10_000) {}
}

/// 100 pods that have served 2,000 requests a second for some time.
pub fn busy() -> Cluster {
    let mut cluster = deploy(nodes(), &deployment(100, "nginx:1.29"));
    apply(
        &mut cluster,
        "apiVersion: v1
kind: Service
metadata: {name: web, annotations: {podscope.dev/clients: 2000/s}}
spec: {selector: {app: web}, ports: [{port: 80}]}
",
    );
    run_for(&mut cluster, 5);
    cluster
}
