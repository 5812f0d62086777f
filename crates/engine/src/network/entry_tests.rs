//! Where clients get in: node ports, load balancers, and pods' names.

use super::traffic::{self, Tally};
use crate::object::{Key, Kind, Pod};
use crate::time::SimTime;
use crate::{Cluster, Config, kubelet};

fn manifest(service: &str, replicas: u32, note: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: web, annotations: {{podscope.dev/clients: 100/s{note}}}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}], {service}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: web}}
spec:
  serviceName: web
  podManagementPolicy: Parallel
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - {{name: web, image: 'nginx:1', readinessProbe: {{httpGet: {{port: 80}}, periodSeconds: 1}}}}
"
    )
}

fn run_until(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 10_000) {}
}

fn started(text: &str, seconds: u64) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(text).unwrap_or_else(|e| panic!("{e:?}"));
    run_until(&mut cluster, seconds);
    cluster
}

fn find(cluster: &Cluster, kind: Kind, name: &str) -> Key {
    cluster.cx.store.find(kind, "default", name).expect("it is there")
}

fn tally(cluster: &Cluster) -> Tally {
    traffic::of_service(&cluster.cx, find(cluster, Kind::Service, "web")).expect("it has clients").clone()
}

/// Which part, in percent, of the next minute's requests was served, was refused, and timed out.
fn minute(cluster: &mut Cluster) -> [u64; 3] {
    let before = tally(cluster);
    let end = cluster.now().secs() + 60;
    run_until(cluster, end);
    let after = tally(cluster);
    let parts = [
        after.served - before.served,
        after.refused - before.refused,
        after.timed_out - before.timed_out + after.reset - before.reset,
    ];
    let all: u64 = parts.iter().sum();
    assert!((5_500..6_500).contains(&all), "{all} of about 6,000");
    parts.map(|n| (n * 100 + all / 2) / all)
}

/// Of three nodes one is gone since five minutes: nobody is sent to its pods any more, and its address is still in the hands of
/// those who take any node's.
#[test]
fn a_node_that_is_gone() {
    for (kind, silent) in [("ClusterIP", 0), ("NodePort", 33), ("LoadBalancer", 0)] {
        let mut cluster = started(&manifest(&format!("type: {kind}"), 6, ""), 30);
        kubelet::fail_node(&mut cluster.cx, "node-b");
        run_until(&mut cluster, 330);
        let [served, refused, timed_out] = minute(&mut cluster);
        assert!(timed_out.abs_diff(silent) <= 2, "{kind}: {timed_out} % time out");
        assert_eq!((served + timed_out, refused), (100, 0), "{kind}");
    }
}

/// One pod on one of three nodes.
#[test]
fn traffic_that_stays_on_the_node() {
    let table = [
        ("type: NodePort", 100),
        ("type: NodePort, externalTrafficPolicy: Local", 33),
        ("type: LoadBalancer", 100),
        ("type: LoadBalancer, externalTrafficPolicy: Local", 100),
    ];
    for (service, part) in table {
        let mut cluster = started(&manifest(service, 1, ""), 30);
        let [served, refused, timed_out] = minute(&mut cluster);
        assert!(served.abs_diff(part) <= 2, "{service}: {served} % are served");
        assert_eq!((served + timed_out, refused), (100, 0), "{service}: the others are dropped");
        cluster.scale("StatefulSet", "default", "web", 0).expect("it scales");
        run_until(&mut cluster, 150);
        assert_eq!(minute(&mut cluster), [0, 100, 0], "{service}: without any endpoint it is refused");
    }
}

#[test]
fn a_name_without_an_address_is_not_asked_again_for_half_a_minute() {
    for (service, first) in [("clusterIP: None", 30), ("type: ClusterIP", 0)] {
        let mut cluster = started(&manifest(service, 3, ""), 0);
        let mut served_at = 0;
        while tally(&cluster).served == 0 {
            served_at += 1;
            run_until(&mut cluster, served_at);
        }
        let (_, pod) = cluster.cx.store.list::<Pod>(Kind::Pod).next().expect("there are pods");
        assert!(pod.status.ready.since.secs() < 15, "they are Ready soon");
        assert!(if first > 0 { served_at == first + 1 } else { served_at < 15 }, "{service}: at {served_at} s");
    }
}

#[test]
fn a_pod_by_its_name() {
    let cluster = started(&manifest("clusterIP: None", 3, ", podscope.dev/client-host: web-1"), 90);
    for (pod, asked) in [("web-0", false), ("web-1", true), ("web-2", false)] {
        let served = traffic::of_pod(&cluster.cx, find(&cluster, Kind::Pod, pod)).map_or(0, |t| t.served);
        assert_eq!(served > 1_000, asked, "{pod}: {served}");
    }
}
