//! The scheduler on the five nodes of the recordings, and what it says.

use super::cache::Amount;
use crate::api::Context;
use crate::object::{
    Affinity, Container, ControllerRevision, Key, Kind, Labels, Meta, Node, Operator, OwnerRef, Pod, PodSpec, PodTerm,
    Requirement, Selector, SpreadConstraint, Taint, TaintEffect, Toleration,
};
use crate::time::SimTime;
use crate::{Cluster, Config, topology};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

fn lab() -> Cluster {
    let mut cluster = Cluster::empty(Config::default());
    topology::build(&mut cluster.cx, topology::lab_nodes()).expect("a new cluster");
    cluster
}

fn spec(cpu_milli: i64) -> PodSpec {
    let container = Container { name: "app".into(), image: "app:v1".into(), cpu_milli, ..Container::default() };
    PodSpec { containers: vec![container], grace_seconds: 30, ..PodSpec::default() }
}

fn spare(cpu_milli: i64) -> PodSpec {
    PodSpec { node_selector: [("lab/pool", "spare")].into_iter().collect(), ..spec(cpu_milli) }
}

fn create(cx: &mut Context, name: &str, spec: PodSpec) -> Key {
    let mut meta = Meta::named("default", name);
    meta.labels = [("app", "web")].into_iter().collect();
    // Any object will do as the owner, as long as it is there.
    let owner = ControllerRevision { meta: Meta::named("default", "web"), revision: 1, template: Rc::default() };
    let owner = match cx.store.find(Kind::ControllerRevision, "default", "web") {
        Some(key) => key,
        None => cx.create(owner).expect("a new owner"),
    };
    let uid = cx.store.object(owner).expect("the owner").meta().uid;
    meta.owners = vec![OwnerRef {
        api_version: "apps/v1".into(),
        kind: "ControllerRevision".into(),
        name: "web".into(),
        uid,
        controller: true,
        block_owner_deletion: true,
    }]
    .into();
    cx.create(Pod::new(meta, Rc::new(spec))).expect("a new pod")
}

fn run(cluster: &mut Cluster, millis: u64) {
    let until = SimTime(cluster.now().0 + millis * 1000);
    assert!(cluster.advance_to(until, 1_000_000));
}

fn node_of(cluster: &Cluster, key: Key) -> String {
    cluster.cx.store.get::<Pod>(key).and_then(|p| p.node.clone()).map(|n| n.to_string()).unwrap_or_default()
}

fn why(cluster: &Cluster, key: Key) -> String {
    let pod = cluster.cx.store.get::<Pod>(key).expect("the pod");
    pod.status.unschedulable.as_deref().unwrap_or_default().to_owned()
}

fn failures(cluster: &Cluster, key: Key) -> u32 {
    cluster.cx.events_about(key).filter(|e| e.reason == "FailedScheduling").map(|e| e.count).sum()
}

#[test]
fn pods_of_one_owner_spread_over_nodes() {
    let mut cluster = lab();
    let pods: Vec<Key> = (0..10).map(|i| create(&mut cluster.cx, &format!("p{i}"), spec(0))).collect();
    run(&mut cluster, 50);
    let mut per_node: SortedMap<String, usize> = SortedMap::new();
    for pod in pods {
        *per_node.entry(node_of(&cluster, pod)).or_default() += 1;
        let labels = &cluster.cx.store.get::<Pod>(pod).expect("the pod").meta.labels;
        assert_eq!(labels.get("topology.kubernetes.io/region").map(|s| &**s), Some("r1"));
    }
    assert_eq!(per_node.values().copied().collect::<Vec<_>>(), [2; 5]);
}

#[test]
fn says_why_a_pod_fits_nowhere_and_tries_again_when_room_is_made() {
    let mut cluster = lab();
    let pods: Vec<Key> = (0..4).map(|i| create(&mut cluster.cx, &format!("p{i}"), spare(20_000))).collect();
    run(&mut cluster, 1500);
    let placed: Vec<String> = pods.iter().map(|&p| node_of(&cluster, p)).collect();
    assert_ne!(placed[0], placed[1]);
    assert_eq!(placed[2..], ["", ""]);
    assert_eq!(
        why(&cluster, pods[2]),
        "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) didn't match Pod's node affinity/selector. \
         no new claims to deallocate, preemption: 0/5 nodes are available: 2 No preemption victims found for \
         incoming pod, 3 Preemption is not helpful for scheduling."
    );
    cluster.cx.remove(pods[0]);
    run(&mut cluster, 100);
    assert_eq!(node_of(&cluster, pods[2]), placed[0]);
    run(&mut cluster, 60_000);
    assert_eq!((failures(&cluster, pods[2]), failures(&cluster, pods[3])), (1, 2));
}

#[test]
fn says_when_no_node_has_the_label() {
    let mut cluster = lab();
    let asked = PodSpec { node_selector: [("disk", "nvme")].into_iter().collect(), ..spec(0) };
    let pod = create(&mut cluster.cx, "p", asked);
    run(&mut cluster, 1000);
    assert_eq!(
        why(&cluster, pod),
        "0/5 nodes are available: 5 node(s) didn't match Pod's node affinity/selector. no new claims to \
         deallocate, preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling."
    );
    let node = cluster.cx.store.find(Kind::Node, "", "node-1").expect("node-1");
    cluster.cx.update::<Node>(node, |n| n.meta.labels.set("disk", "nvme"));
    run(&mut cluster, 50);
    assert_eq!(node_of(&cluster, pod), "node-1");
    assert_eq!(failures(&cluster, pod), 1);
}

// An `Option`, as the fields that take it.
#[allow(clippy::unnecessary_wraps)]
fn web() -> Option<Selector> {
    Some(Selector { match_labels: [("app", "web")].into_iter().collect(), match_expressions: Vec::new() })
}

fn apart(key: &str) -> Affinity {
    let term = PodTerm { selector: web(), namespaces: Vec::new(), topology_key: key.into() };
    Affinity { anti_required: vec![term], ..Affinity::default() }
}

#[test]
fn anti_affinity_works_both_ways() {
    let mut cluster = lab();
    let shy = PodSpec { affinity: apart("kubernetes.io/hostname"), ..spare(0) };
    let pods: Vec<Key> = (0..3).map(|i| create(&mut cluster.cx, &format!("p{i}"), shy.clone())).collect();
    let plain = create(&mut cluster.cx, "plain", spare(0));
    run(&mut cluster, 100);
    assert_ne!(node_of(&cluster, pods[0]), node_of(&cluster, pods[1]));
    assert!(why(&cluster, pods[2]).starts_with(
        "0/5 nodes are available: 2 node(s) didn't match pod anti-affinity rules, 3 node(s) didn't match Pod's node"
    ));
    assert!(why(&cluster, plain).contains("2 node(s) didn't satisfy existing pods anti-affinity rules"));
    cluster.cx.remove(pods[1]);
    run(&mut cluster, 100);
    assert_ne!(node_of(&cluster, pods[2]), "");
}

#[test]
fn affinity_lets_the_first_of_its_kind_in() {
    let mut cluster = lab();
    let term = PodTerm { selector: web(), namespaces: Vec::new(), topology_key: "topology.kubernetes.io/zone".into() };
    let affinity = Affinity { pod_required: vec![term], ..Affinity::default() };
    let pods: Vec<Key> = (0..6)
        .map(|i| create(&mut cluster.cx, &format!("p{i}"), PodSpec { affinity: affinity.clone(), ..spec(0) }))
        .collect();
    run(&mut cluster, 100);
    let zone = |&p: &Key| {
        let pod = cluster.cx.store.get::<Pod>(p).expect("the pod");
        pod.meta.labels.get("topology.kubernetes.io/zone").cloned()
    };
    assert!(zone(&pods[0]).is_some());
    assert!(pods.iter().all(|p| zone(p) == zone(&pods[0])));
}

#[test]
fn hard_spreading_keeps_the_skew() {
    let mut cluster = lab();
    let constraint = SpreadConstraint {
        max_skew: 1,
        topology_key: "topology.kubernetes.io/zone".into(),
        hard: true,
        selector: web(),
        min_domains: None,
    };
    let asked = PodSpec { spread: vec![constraint], ..spec(0) };
    for i in 0..9 {
        create(&mut cluster.cx, &format!("p{i}"), asked.clone());
    }
    run(&mut cluster, 100);
    let mut zones: SortedMap<String, usize> = SortedMap::new();
    for (_, pod) in cluster.cx.store.list::<Pod>(Kind::Pod) {
        *zones.entry(pod.meta.labels.get("topology.kubernetes.io/zone").expect("a zone").to_string()).or_default() += 1;
    }
    assert_eq!(zones.values().copied().collect::<Vec<_>>(), [3, 3, 3]);
}

// upstream: tainttoleration TestTaintTolerationFilter
#[test]
fn taints_keep_out_those_who_do_not_tolerate_them() {
    let taint = |effect| Taint { key: "dedicated".into(), value: "user1".into(), effect, added: None };
    let tolerate = |exists, value: &str, effect| Toleration {
        key: "dedicated".into(),
        exists,
        value: value.into(),
        effect,
        seconds: None,
    };
    let cases = [
        (TaintEffect::NoSchedule, None, false),
        (TaintEffect::NoSchedule, Some(tolerate(false, "user1", Some(TaintEffect::NoSchedule))), true),
        (TaintEffect::NoSchedule, Some(tolerate(false, "user2", Some(TaintEffect::NoSchedule))), false),
        (TaintEffect::NoSchedule, Some(tolerate(true, "", None)), true),
        (TaintEffect::NoSchedule, Some(tolerate(true, "", Some(TaintEffect::PreferNoSchedule))), false),
        (TaintEffect::PreferNoSchedule, None, true),
    ];
    for (effect, toleration, fits) in cases {
        let mut cluster = Cluster::empty(Config::default());
        let mut node = Node::new("n", "z", "r", 1000, 1 << 30, 10);
        node.taints = vec![taint(effect)];
        cluster.cx.create(node).expect("a node");
        let asked = PodSpec { tolerations: toleration.clone().into_iter().collect(), ..spec(0) };
        let pod = create(&mut cluster.cx, "p", asked);
        run(&mut cluster, 50);
        assert_eq!(node_of(&cluster, pod) == "n", fits, "{effect:?} {toleration:?}");
        if !fits {
            assert!(why(&cluster, pod).contains("1 node(s) had untolerated taint(s)"));
        }
    }
}

#[test]
fn init_containers_count_by_the_greediest_and_sidecars_beside_the_rest() {
    let container = |cpu_milli, restart_always| Container { cpu_milli, restart_always, ..Container::default() };
    let mut spec = spec(100);
    spec.init_containers = vec![container(500, false), container(50, true), container(80, false)];
    assert_eq!(Amount::of(&spec).cpu, 500);
    spec.init_containers = vec![container(50, true), container(80, false)];
    assert_eq!(Amount::of(&spec).cpu, 150);
}

#[test]
fn required_node_affinity_takes_any_of_its_terms() {
    let mut cluster = lab();
    let term = |value: &str| crate::object::NodeTerm {
        expressions: vec![Requirement {
            key: "kubernetes.io/hostname".into(),
            operator: Operator::In,
            values: vec![value.into()],
        }],
        fields: Vec::new(),
    };
    let affinity = Affinity { node_required: vec![term("nowhere"), term("node-4")], ..Affinity::default() };
    let pod = create(&mut cluster.cx, "p", PodSpec { affinity, ..spec(0) });
    run(&mut cluster, 50);
    assert_eq!(node_of(&cluster, pod), "node-4");
}

#[test]
fn the_sums_follow_from_the_pods() {
    let mut cluster = lab();
    let pods: Vec<Key> = (0..40).map(|i| create(&mut cluster.cx, &format!("p{i}"), spec(1000))).collect();
    run(&mut cluster, 3000);
    for &pod in pods.iter().step_by(3) {
        cluster.cx.remove(pod);
    }
    run(&mut cluster, 3000);
    let cache = &cluster.cx.memory.scheduler.cache;
    for slot in &cache.slots {
        let name = &slot.node.as_ref().expect("a node").meta.name;
        let there = cluster.cx.store.on_node(name).len() as i64;
        assert_eq!((slot.pods, slot.used.cpu), (there, there * 1000));
    }
    let owned: u32 = cache.owners.values().flatten().sum();
    assert_eq!(owned, 26);
}

#[test]
fn labels_of_the_place_do_not_replace_the_pods_own() {
    let mut cluster = lab();
    let mut meta = Meta::named("default", "p");
    meta.labels = [("topology.kubernetes.io/zone", "mine")].into_iter().collect::<Labels>();
    let pod = cluster.cx.create(Pod::new(meta, Rc::new(spec(0)))).expect("a pod");
    run(&mut cluster, 50);
    let labels = &cluster.cx.store.get::<Pod>(pod).expect("the pod").meta.labels;
    assert_eq!(labels.get("topology.kubernetes.io/zone").map(|s| &**s), Some("mine"));
    assert!(labels.get("topology.kubernetes.io/region").is_some());
}

/// Two pods and a claim that one pod at a time may use: what the second is told, and that it goes when the first is gone.
#[test]
fn a_claim_of_one_pod_at_a_time() {
    let manifest = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [MODE], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: one}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: a, image: nginx}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: a, image: nginx}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}
";
    for (mode, waits) in [("ReadWriteOncePod", true), ("ReadWriteOnce", false)] {
        let mut cluster = crate::Cluster::empty(crate::Config::default());
        let nodes = vec![Node::new("node-a", "zone-a", "r", 4000, 16 << 30, 110)];
        crate::topology::build(&mut cluster.cx, nodes).expect("a new cluster");
        cluster.apply(&manifest.replace("MODE", mode)).expect("the manifest is valid");
        let run = |cluster: &mut crate::Cluster, seconds: u64| {
            let until = cluster.now() + std::time::Duration::from_secs(seconds);
            while !cluster.advance_to(until, 10_000) {}
        };
        run(&mut cluster, 20);
        let find =
            |cluster: &crate::Cluster, name: &str| cluster.cx.store.find(Kind::Pod, "default", name).expect("the pod");
        let (one, two) = (find(&cluster, "one"), find(&cluster, "two"));
        let placed = |cluster: &crate::Cluster, key| cluster.cx.get::<Pod>(key).is_some_and(|p| p.node.is_some());
        assert!(placed(&cluster, one), "{mode}");
        assert_eq!(placed(&cluster, two), !waits, "{mode}");
        if waits {
            let why = cluster.cx.get::<Pod>(two).and_then(|p| p.status.unschedulable.clone());
            assert_eq!(
                why.as_deref(),
                Some(
                    "0/1 nodes are available: 1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod \
                     access mode already in-use by another pod. no new claims to deallocate, preemption: 0/1 nodes are \
                     available: 1 No preemption victims found for incoming pod."
                )
            );
            cluster.cx.delete(one, crate::api::DeleteOptions::default()).expect("it is there");
            run(&mut cluster, 10);
            assert!(placed(&cluster, two), "the claim is free");
        }
    }
}
