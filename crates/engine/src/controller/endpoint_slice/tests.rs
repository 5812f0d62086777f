use super::*;
use crate::object::PodSpec;
use crate::{Cluster, Config};
use std::time::Duration;

fn labels() -> Labels {
    [("app", "web")].into_iter().collect()
}

pub(super) fn service(publish: bool) -> Service {
    Service {
        meta: Meta::named("default", "web"),
        selector: Some(labels()),
        cluster_ip: "None".into(),
        kind: "ClusterIP".into(),
        ports: vec![ServicePort {
            name: "http".into(),
            port: 80,
            target: Value::Null,
            protocol: "TCP".into(),
            node_port: 0,
        }],
        publish_not_ready: publish,
        sticky: false,
        raw: Value::Null,
    }
}

fn pod(cx: &mut Context, n: u32) -> Key {
    let mut meta = Meta::named("default", format!("web-{n}"));
    meta.labels = labels();
    let mut pod = Pod::new(meta, Rc::new(PodSpec::default()));
    pod.status.ip = n + 1;
    cx.create(pod).unwrap()
}

fn run(cluster: &mut Cluster) {
    let until = cluster.now() + Duration::from_secs(1);
    assert!(cluster.advance_to(until, 100_000));
}

fn sizes(cluster: &Cluster) -> Vec<usize> {
    cluster.cx.store.list::<EndpointSlice>(Kind::EndpointSlice).map(|(_, s)| s.endpoints.len()).collect()
}

fn show(cluster: &Cluster, pod: &str) -> String {
    let mut all = cluster.cx.store.list::<EndpointSlice>(Kind::EndpointSlice).flat_map(|(_, s)| &s.endpoints);
    all.find(|e| &*e.pod == pod).map_or("none".into(), |e| {
        [(e.ready, 'R'), (e.serving, 'S'), (e.terminating, 'T')]
            .map(|(on, c)| if on { c } else { '-' })
            .iter()
            .collect()
    })
}

#[test]
fn slices_hold_a_hundred_each() {
    let mut cluster = Cluster::empty(Config::default());
    cluster.cx.create(service(false)).unwrap();
    run(&mut cluster);
    assert_eq!(sizes(&cluster), [0]);
    let pods: Vec<Key> = (0..250).map(|n| pod(&mut cluster.cx, n)).collect();
    run(&mut cluster);
    assert_eq!(sizes(&cluster), [100, 100, 50]);
    for &key in &pods[100..200] {
        cluster.cx.remove(key);
    }
    run(&mut cluster);
    assert_eq!(sizes(&cluster), [100, 50]);
    for &key in pods[..100].iter().chain(&pods[200..]) {
        cluster.cx.remove(key);
    }
    run(&mut cluster);
    assert_eq!(sizes(&cluster), [0]);
}

#[test]
fn conditions_follow_the_pod() {
    for (publish, expected) in [(false, ["---", "RS-", "-ST", "none"]), (true, ["R--", "RS-", "RST", "none"])] {
        let mut cluster = Cluster::empty(Config::default());
        let key = pod(&mut cluster.cx, 0);
        cluster.cx.create(service(publish)).unwrap();
        let mut seen = Vec::new();
        for step in 0..4 {
            match step {
                1 => drop(cluster.cx.update::<Pod>(key, |p| p.status.ready.status = true)),
                2 => cluster.cx.mark_deleted(key, 30),
                3 => drop(cluster.cx.update::<Pod>(key, |p| p.status.phase = crate::object::Phase::Succeeded)),
                _ => {}
            }
            run(&mut cluster);
            seen.push(show(&cluster, "web-0"));
        }
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_pod_that_is_relabelled_leaves_and_comes_back() {
    let mut cluster = Cluster::empty(Config::default());
    let key = pod(&mut cluster.cx, 0);
    cluster.cx.create(service(false)).unwrap();
    run(&mut cluster);
    cluster.cx.update::<Pod>(key, |p| p.meta.labels = Labels::default());
    run(&mut cluster);
    assert_eq!(sizes(&cluster), [0]);
    cluster.cx.update::<Pod>(key, |p| p.meta.labels = labels());
    run(&mut cluster);
    assert_eq!(sizes(&cluster), [1]);
}
