//! A pod's life by a script, and on nodes that fail.

use super::{Behaviour, PodBehaviour, behaviour_changed, fail_node, recover_node};
use crate::api::DeleteOptions;
use crate::object::{Container, ContainerState, Key, Kind, Meta, Node, Phase, Pod, PodSpec, TaintEffect, Toleration};
use crate::time::SimTime;
use crate::{Cluster, Config, topology};
use std::rc::Rc;
use std::time::Duration;

#[derive(Clone)]
struct Script(PodBehaviour);

impl Behaviour for Script {
    fn of(&self, _pod: &Pod) -> PodBehaviour {
        self.0.clone()
    }

    fn detailed(&self) -> bool {
        false
    }
}

fn usual() -> PodBehaviour {
    PodBehaviour {
        start_after: Duration::from_millis(300),
        ready_after: Some(Duration::from_millis(200)),
        ready_unprobed: true,
        terminate_after: Some(Duration::from_millis(300)),
        unready: false,
        bad_image: false,
        crash: None,
    }
}

fn cluster(behaviour: PodBehaviour) -> (Cluster, Key) {
    let config = Config {
        behaviour: Rc::new(Script(behaviour)),
        node_grace: Duration::from_secs(8),
        node_monitor_period: Duration::from_secs(1),
        ..Config::default()
    };
    let mut cluster = Cluster::empty(config);
    topology::build(&mut cluster.cx, topology::default_nodes(1)).expect("a new cluster");
    let tolerate = |key: &str| Toleration {
        key: key.into(),
        exists: true,
        effect: Some(TaintEffect::NoExecute),
        seconds: Some(3),
        ..Toleration::default()
    };
    let spec = PodSpec {
        containers: vec![Container { name: "app".into(), image: "app:v1".into(), ..Container::default() }],
        grace_seconds: 30,
        tolerations: vec![tolerate("node.kubernetes.io/unreachable"), tolerate("node.kubernetes.io/not-ready")],
        ..PodSpec::default()
    };
    let pod = cluster.cx.create(Pod::new(Meta::named("default", "p"), Rc::new(spec))).expect("a pod");
    (cluster, pod)
}

fn at(cluster: &mut Cluster, millis: u64) {
    assert!(cluster.advance_to(SimTime::from_millis(millis), 100_000));
}

fn pod(cluster: &Cluster, key: Key) -> &Pod {
    cluster.cx.store.get::<Pod>(key).expect("the pod")
}

fn state(cluster: &Cluster, key: Key) -> &'static str {
    match &pod(cluster, key).status.containers[0].state {
        ContainerState::Waiting { reason, .. } | ContainerState::Terminated { reason, .. } => reason,
        ContainerState::Running { .. } => "Running",
    }
}

#[test]
fn starts_gets_ready_and_ends() {
    let (mut cluster, key) = cluster(usual());
    at(&mut cluster, 100);
    assert_eq!((pod(&cluster, key).status.phase, state(&cluster, key)), (Phase::Pending, "ContainerCreating"));
    at(&mut cluster, 310);
    assert_eq!(pod(&cluster, key).status.phase, Phase::Running);
    assert!(pod(&cluster, key).status.ip != 0 && !pod(&cluster, key).is_ready());
    at(&mut cluster, 520);
    assert!(pod(&cluster, key).is_ready());
    cluster.cx.delete(key, DeleteOptions::default()).expect("it is there");
    at(&mut cluster, 810);
    assert_eq!(pod(&cluster, key).status.phase, Phase::Running);
    at(&mut cluster, 825);
    assert_eq!((pod(&cluster, key).status.phase, pod(&cluster, key).is_ready()), (Phase::Succeeded, false));
    at(&mut cluster, 850);
    assert!(cluster.cx.store.get::<Pod>(key).is_none());
    assert!(cluster.cx.next_time().is_none(), "nothing idles");
}

#[test]
fn crashes_again_and_again_with_a_doubling_back_off() {
    let (mut cluster, key) = cluster(PodBehaviour { crash: Some((Duration::from_millis(200), 1)), ..usual() });
    // (milliseconds after the first start, state, restarts), as recorded
    let rows = [
        (100, "Running", 0),
        (300, "Error", 0),
        (450, "CrashLoopBackOff", 0),
        (1450, "Running", 1),
        (1700, "Error", 1),
        (1850, "CrashLoopBackOff", 1),
        (3850, "Running", 2),
        (4150, "Error", 2),
    ];
    for (millis, expected, restarts) in rows {
        at(&mut cluster, 305 + millis);
        assert_eq!(
            (state(&cluster, key), pod(&cluster, key).status.containers[0].restarts),
            (expected, restarts),
            "{millis}"
        );
    }
}

#[test]
fn cannot_pull_and_then_can() {
    let (mut cluster, key) = cluster(PodBehaviour { bad_image: true, ..usual() });
    at(&mut cluster, 400);
    assert_eq!(state(&cluster, key), "ErrImagePull");
    at(&mut cluster, 2000);
    assert_eq!((state(&cluster, key), pod(&cluster, key).status.phase), ("ImagePullBackOff", Phase::Pending));
    Rc::make_mut(&mut cluster.cx.config).behaviour = Rc::new(Script(usual()));
    behaviour_changed(&mut cluster.cx);
    at(&mut cluster, 2300);
    assert!(pod(&cluster, key).is_ready());
}

#[test]
fn readiness_comes_and_goes_with_the_rules() {
    let (mut cluster, key) = cluster(usual());
    at(&mut cluster, 1000);
    for (unready, millis) in [(true, 1100), (false, 1200), (true, 1300)] {
        Rc::make_mut(&mut cluster.cx.config).behaviour = Rc::new(Script(PodBehaviour { unready, ..usual() }));
        behaviour_changed(&mut cluster.cx);
        at(&mut cluster, millis);
        assert_eq!(pod(&cluster, key).is_ready(), !unready);
    }
}

#[test]
fn a_failed_node_loses_its_pods_only_after_their_tolerations() {
    let (mut cluster, key) = cluster(usual());
    at(&mut cluster, 1000);
    assert!(fail_node(&mut cluster.cx, "node-a"));
    at(&mut cluster, 8900);
    assert!(pod(&cluster, key).is_ready());
    at(&mut cluster, 9100);
    assert!(!pod(&cluster, key).is_ready());
    let node = cluster.cx.store.lookup::<Node>(Kind::Node, "", "node-a").expect("the node");
    let effects: Vec<TaintEffect> = node.taints.iter().map(|t| t.effect).collect();
    assert_eq!(effects, [TaintEffect::NoSchedule, TaintEffect::NoExecute]);
    at(&mut cluster, 11_900);
    assert!(!pod(&cluster, key).meta.deleting());
    at(&mut cluster, 12_200);
    assert!(pod(&cluster, key).meta.deleting());
    at(&mut cluster, 100_000);
    assert!(recover_node(&mut cluster.cx, "node-a"));
    at(&mut cluster, 102_000);
    assert!(cluster.cx.store.get::<Pod>(key).is_none());
    let node = cluster.cx.store.lookup::<Node>(Kind::Node, "", "node-a").expect("the node");
    assert!(node.taints.is_empty() && node.ready == Some(true));
    assert!(cluster.cx.next_time().is_none(), "nothing idles");
}

#[test]
fn a_node_that_is_back_in_time_keeps_its_pods() {
    let (mut cluster, key) = cluster(usual());
    at(&mut cluster, 1000);
    assert!(fail_node(&mut cluster.cx, "node-a"));
    at(&mut cluster, 10_500);
    assert!(recover_node(&mut cluster.cx, "node-a"));
    at(&mut cluster, 12_500);
    assert!(pod(&cluster, key).is_ready());
    let told: Vec<&str> = cluster.cx.events_about(key).map(|e| &*e.message).collect();
    assert!(told.contains(&"Cancelling deletion of Pod default/p"), "{told:?}");
}

#[test]
fn the_out_of_service_taint_frees_the_pod() {
    let (mut cluster, key) = cluster(usual());
    at(&mut cluster, 1000);
    assert!(fail_node(&mut cluster.cx, "node-a"));
    at(&mut cluster, 12_500);
    let node = cluster.cx.store.find(Kind::Node, "", "node-a").expect("the node");
    cluster.cx.update::<Node>(node, |n| {
        n.taints.push(crate::object::Taint {
            key: "node.kubernetes.io/out-of-service".into(),
            value: "nodeshutdown".into(),
            effect: TaintEffect::NoExecute,
            added: None,
        });
    });
    at(&mut cluster, 33_000);
    assert!(cluster.cx.store.get::<Pod>(key).is_none());
}
