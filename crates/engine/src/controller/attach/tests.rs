use super::*;
use crate::fault::Fault;
use crate::object::{EventType, Phase, PodSpec, TaintEffect};
use crate::{Cluster, Config, topology};

/// Two nodes of one zone, a claim, and two pods that are kept apart.
const APART: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [MODE], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}
      containers: [{name: app, image: nginx}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
";

fn apart(mode: &str) -> Cluster {
    let mut cluster = Cluster::empty(Config::default());
    let nodes = ["node-a", "node-b"].map(|name| Node::new(name, "zone-a", "r", 4000, 16 << 30, 110));
    topology::build(&mut cluster.cx, nodes.into()).expect("a new cluster");
    cluster.apply(&APART.replace("MODE", mode)).expect("the manifest is valid");
    run(&mut cluster, 30);
    cluster
}

fn run(cluster: &mut Cluster, seconds: u64) {
    let until = cluster.now() + Duration::from_secs(seconds);
    while !cluster.advance_to(until, 10_000) {}
}

type Found = (Key, Rc<Pod>);

fn pods(cluster: &Cluster) -> Vec<Found> {
    cluster.cx.store.list::<Pod>(Kind::Pod).map(|(key, pod)| (key, Rc::clone(pod))).collect()
}

/// Reasons and messages of the Events that this controller told about a pod.
fn told(cluster: &Cluster, pod: Key) -> Vec<(&'static str, String)> {
    let ours = cluster.cx.events_about(pod).filter(|e| e.reason.ends_with("AttachVolume"));
    ours.map(|e| (e.reason, e.message.to_string())).collect()
}

/// The pod that has the volume, the pod that has not, and the volume.
fn sides(cluster: &Cluster) -> (Found, Found, Key) {
    let (have, lack): (Vec<_>, Vec<_>) =
        pods(cluster).into_iter().partition(|(_, pod)| pod.status.phase == Phase::Running);
    let volume = volumes(&cluster.cx, &have[0].1)[0].0;
    (have[0].clone(), lack[0].clone(), volume)
}

#[test]
fn a_volume_that_one_node_may_have_keeps_the_others_waiting() {
    let cluster = apart("ReadWriteOnce");
    let ((first, has), (second, lacks), volume) = sides(&cluster);
    let name = &cluster.cx.store.name(volume).name;
    assert_eq!(
        told(&cluster, first),
        [("SuccessfulAttachVolume", format!("AttachVolume.Attach succeeded for volume \"{name}\" "))]
    );
    let error = format!("Multi-Attach error for volume \"{name}\" Volume is already used by pod(s) {}", has.meta.name);
    assert_eq!(told(&cluster, second), [("FailedAttachVolume", error)], "told once, not every time");
    let kinds: Vec<EventType> = cluster.cx.events_about(second).map(|e| e.kind).collect();
    assert!(kinds.contains(&EventType::Warning));
    assert_eq!(lacks.status.ip, 0, "no sandbox before its volumes are there");
}

#[test]
fn a_volume_that_many_nodes_may_have_goes_to_each() {
    for mode in ["ReadWriteMany", "ReadOnlyMany"] {
        let cluster = apart(mode);
        for (key, pod) in pods(&cluster) {
            assert_eq!(pod.status.phase, Phase::Running, "{mode}");
            assert_eq!(told(&cluster, key).len(), 1, "{mode}");
        }
    }
}

#[test]
fn it_moves_when_the_node_reports_that_it_unmounted() {
    let mut cluster = apart("ReadWriteOnce");
    let ((first, has), (second, lacks), volume) = sides(&cluster);
    cluster.cx.update::<Node>(
        cluster.cx.store.find(Kind::Node, "", has.node.as_ref().expect("a node")).expect("it is there"),
        |n| n.unschedulable = true,
    );
    cluster.cx.delete(first, crate::api::DeleteOptions::default()).expect("it is there");
    let gone = loop {
        run(&mut cluster, 1);
        if cluster.cx.get::<Pod>(first).is_none() {
            break cluster.now();
        }
    };
    while cluster.cx.get::<Pod>(second).is_some_and(|p| p.status.phase != Phase::Running) {
        run(&mut cluster, 1);
    }
    let took = cluster.now().since(gone).as_secs();
    assert!((2..=2 + REPORT + 3).contains(&took), "report, detach, attach: {took}");
    let nodes: Vec<&Str> = held(&cluster.cx, volume).iter().map(|a| &a.node).collect();
    assert_eq!(nodes, [lacks.node.as_ref().expect("a node")]);
}

/// What is done about a failed node whose pod was deleted by force, and how many seconds later the volume is elsewhere.
#[test]
fn a_node_that_does_not_answer_keeps_it_for_six_minutes_unless_it_is_out_of_service() {
    for (out_of_service, soonest, latest) in [(false, 360, 365), (true, 1, 6)] {
        let mut cluster = apart("ReadWriteOnce");
        let ((first, has), (second, _), _) = sides(&cluster);
        let node = has.node.clone().expect("a node");
        cluster.fault("default", &Fault::Fail(Rc::clone(&node))).expect("it runs");
        run(&mut cluster, 60);
        let options = crate::api::DeleteOptions { grace_seconds: Some(0), ..Default::default() };
        cluster.cx.delete(first, options).expect("it is there");
        if out_of_service {
            let key = cluster.cx.store.find(Kind::Node, "", &node).expect("it is there");
            let taint = crate::object::Taint {
                key: OUT_OF_SERVICE.into(),
                value: "nodeshutdown".into(),
                effect: TaintEffect::NoExecute,
                added: None,
            };
            cluster.cx.update::<Node>(key, |n| n.taints.push(taint));
        }
        let from = cluster.now();
        while cluster.cx.get::<Pod>(second).is_some_and(|p| p.status.phase != Phase::Running) {
            run(&mut cluster, 1);
        }
        let took = cluster.now().since(from).as_secs();
        assert!((soonest..=latest).contains(&took), "out of service: {out_of_service}: {took} s");
    }
}

// upstream: attachdetach/reconciler Test_ReportMultiAttachError
#[test]
fn who_has_the_volume() {
    let pod = |namespace: &str, name: &str, node: &str| {
        let mut pod = Pod::new(crate::object::Meta::named(namespace, name), Rc::new(PodSpec::default()));
        pod.node = Some(node.into());
        Rc::new(pod)
    };
    let me = pod("ns1", "pod1", "node1");
    let table: [(&[(&str, &str)], &str); 4] = [
        (&[], "Volume is already exclusively attached to one node and can't be attached to another"),
        (&[("ns1", "pod2")], "Volume is already used by pod(s) pod2"),
        (&[("ns2", "pod2")], "Volume is already used by 1 pod(s) in different namespaces"),
        (
            &[("ns2", "pod2"), ("ns1", "pod3")],
            "Volume is already used by pod(s) pod3 and 1 pod(s) in different namespaces",
        ),
    ];
    let cluster = apart("ReadWriteOnce");
    let key = pods(&cluster)[0].0;
    for (there, said) in table {
        let mut wanted: Vec<(Key, Rc<Pod>)> = there.iter().map(|(ns, name)| (key, pod(ns, name, "node2"))).collect();
        wanted.push((key, Rc::clone(&me)));
        // One that waits as this one does is none of those.
        wanted.push((key, pod("ns1", "pod4", "node3")));
        assert_eq!(others(&wanted, &["node2".into()], &me), said);
    }
}
