//! What clients see while pods come and go.

use super::traffic::{self, Tally};
use crate::object::{Key, Kind, Pod};
use crate::time::SimTime;
use crate::{Cluster, Config};

fn manifest(service: &str, pod: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: web, annotations: {{podscope.dev/clients: 200/s}}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]{service}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 4
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}, annotations: {{podscope.dev/ready-after: 3s}}}}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: web
        image: nginx:1
{pod}
"
    )
}

const GATES: &str = "
        readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 5}}}
";

fn run_until(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 10_000) {}
}

fn started(service: &str, pod: &str) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(&manifest(service, pod)).expect("the manifest is valid");
    run_until(&mut cluster, 30);
    cluster
}

fn service(cluster: &Cluster) -> Key {
    cluster.cx.store.find(Kind::Service, "default", "web").expect("the Service is there")
}

fn tally(cluster: &Cluster) -> Tally {
    traffic::of_service(&cluster.cx, service(cluster)).expect("it has clients").clone()
}

fn pods(cluster: &Cluster) -> Vec<(Key, u64)> {
    let pods = cluster.cx.store.list::<Pod>(Kind::Pod);
    pods.map(|(key, _)| (key, traffic::of_pod(&cluster.cx, key).map_or(0, |t| t.served))).collect()
}

#[test]
fn a_quiet_service_serves_all_and_balances() {
    let mut cluster = started("", GATES);
    let before = tally(&cluster);
    run_until(&mut cluster, 60);
    let after = tally(&cluster);
    assert_eq!(after.lost(), before.lost());
    let served = after.served - before.served;
    assert!((5_700..6_300).contains(&served), "{served} of about 6,000");
    let each = pods(&cluster);
    let most = each.iter().map(|p| p.1).max().unwrap_or_default();
    let least = each.iter().map(|p| p.1).min().unwrap_or_default();
    assert!(most < least * 5 / 4, "chance spreads them evenly: {each:?}");
    let (p50, p99) = (after.latency.percentile(50).as_millis(), after.latency.percentile(99).as_millis());
    assert!((12..30).contains(&p50) && p99 > 40, "p50 {p50} ms, p99 {p99} ms");
}

#[test]
fn session_affinity_keeps_clients_where_they_were() {
    for (affinity, newcomers_serve) in [("", true), (", sessionAffinity: ClientIP", false)] {
        let mut cluster = started(affinity, GATES);
        cluster.scale("Deployment", "default", "web", 8).expect("it scales");
        run_until(&mut cluster, 60);
        let newcomers = &pods(&cluster)[4..];
        assert_eq!(newcomers.len(), 4);
        assert_eq!(newcomers.iter().any(|p| p.1 > 0), newcomers_serve, "{newcomers:?}");
    }
}

#[test]
fn a_rollout_without_gates_loses_requests_and_one_with_them_loses_none() {
    for (gates, loses) in [("", true), (GATES, false)] {
        let mut cluster = started("", gates);
        let before = tally(&cluster).lost();
        cluster.set_image("Deployment", "default", "web", "web", "nginx:2").expect("the image is set");
        run_until(&mut cluster, 120);
        let lost = tally(&cluster).lost() - before;
        assert_eq!(lost > 0, loses, "{lost} requests lost");
        assert!(pods(&cluster).iter().all(|p| p.1 > 0), "the new pods serve");
    }
}

#[test]
fn without_endpoints_requests_are_refused() {
    let mut cluster = started("", GATES);
    cluster.scale("Deployment", "default", "web", 0).expect("it scales");
    run_until(&mut cluster, 50);
    let before = tally(&cluster);
    run_until(&mut cluster, 60);
    let after = tally(&cluster);
    assert_eq!(after.served, before.served);
    assert!(after.refused > before.refused + 1_500);
}

#[test]
fn a_lost_node_swallows_requests_until_it_is_noticed() {
    let mut cluster = started("", GATES);
    let (_, pod) = cluster.cx.store.list::<Pod>(Kind::Pod).next().expect("there are pods");
    let node = pod.node.clone().expect("it is bound");
    crate::kubelet::fail_node(&mut cluster.cx, &node);
    run_until(&mut cluster, 60);
    let lost = tally(&cluster).timed_out;
    assert!(lost > 500, "{lost} timed out");
    run_until(&mut cluster, 130);
    let noticed = tally(&cluster).timed_out;
    run_until(&mut cluster, 150);
    assert_eq!(tally(&cluster).timed_out, noticed, "once the node is NotReady its pods are no endpoints");
}

#[test]
fn requests_change_nothing_else() {
    let with = started("", GATES);
    let mut without = Cluster::new(Config::default());
    without.apply(&manifest("", GATES).replace("podscope.dev/clients", "example.com/clients")).expect("it is valid");
    run_until(&mut without, 30);
    assert_eq!(with.cx.trace.digest(), without.cx.trace.digest());
}

#[test]
fn an_autoscaler_follows_the_load() {
    let mut text = manifest("", GATES).replace("200/s", "600/s").replace("replicas: 4", "replicas: 2");
    text = text.replace("image: nginx:1", "image: nginx:1\n        resources: {requests: {cpu: 2}}");
    text.push_str(
        "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 2
  maxReplicas: 8
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 100}}}]
",
    );
    let mut cluster = Cluster::with_nodes(Config::default(), crate::topology::lab_nodes());
    cluster.apply(&text).expect("the manifest is valid");
    run_until(&mut cluster, 600);
    // 600 requests of 22 ms a second are some 13 CPUs: seven pods of 2.
    let count = pods(&cluster).len();
    assert!((6..=8).contains(&count), "{count} pods");
}
