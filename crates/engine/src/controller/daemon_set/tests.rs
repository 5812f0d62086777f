//! One pod a node, whatever happens to nodes and template.

use crate::object::{DaemonSet, DaemonSetStatus, IntOrPercent, Key, Kind, Node, Phase, Pod, Taint, TaintEffect};
use crate::time::SimTime;
use crate::{Cluster, Config, topology};

fn manifest(image: &str, strategy: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent}}
spec:
  selector: {{matchLabels: {{app: agent}}}}
  updateStrategy: {strategy}
  template:
    metadata:
      labels: {{app: agent}}
      annotations: {{podscope.dev/pull-after: 0s, podscope.dev/start-after: 1s, podscope.dev/ready-after: 1s, podscope.dev/terminate-after: 1s}}
    spec: {{containers: [{{name: agent, image: '{image}'}}]}}
"
    )
}

struct Lab(Cluster);

impl Lab {
    fn new(nodes: usize, strategy: &str) -> Self {
        let mut lab = Self(Cluster::with_nodes(Config::default(), topology::default_nodes(nodes)));
        lab.apply("agent:1", strategy);
        lab.pass(20);
        lab
    }

    fn apply(&mut self, image: &str, strategy: &str) {
        self.0.apply(&manifest(image, strategy)).expect("a valid DaemonSet");
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.0.now().0 + seconds * 1_000_000;
        while !self.0.advance_to(SimTime(until), 1000) {}
    }

    fn key(&self) -> Key {
        self.0.cx.store.find(Kind::DaemonSet, "default", "agent").expect("the set")
    }

    fn status(&self) -> &DaemonSetStatus {
        &self.0.cx.store.get::<DaemonSet>(self.key()).expect("the set").status
    }

    fn pods(&self) -> Vec<&Pod> {
        self.0.cx.store.list::<Pod>(Kind::Pod).map(|(_, p)| &**p).collect()
    }

    /// The nodes of the pods that stay, with their images.
    fn places(&self) -> Vec<String> {
        let live = self.pods().into_iter().filter(|p| p.is_active());
        let mut list: Vec<String> =
            live.map(|p| format!("{} {}", p.node.as_deref().unwrap_or("-"), p.spec.containers[0].image)).collect();
        list.sort();
        list
    }

    fn node(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        let key = self.0.cx.store.find(Kind::Node, "", name).expect("the node");
        assert!(self.0.cx.update::<Node>(key, change));
    }

    fn told(&self, reason: &str) -> usize {
        self.0.cx.events_about(self.key()).filter(|e| e.reason == reason).map(|e| e.count as usize).sum()
    }
}

const ROLLING: &str = "{}";
const ON_DELETE: &str = "{type: OnDelete}";
const SURGE: &str = "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";

#[test]
fn one_pod_on_each_node() {
    let lab = Lab::new(3, ROLLING);
    assert_eq!(lab.places(), ["node-a agent:1", "node-b agent:1", "node-c agent:1"]);
    let expected = DaemonSetStatus {
        observed_generation: 1,
        desired: 3,
        current: 3,
        ready: 3,
        updated: 3,
        available: 3,
        ..DaemonSetStatus::default()
    };
    assert_eq!(*lab.status(), expected);
    assert_eq!(lab.told("SuccessfulCreate"), 3);
    for pod in lab.pods() {
        let keys = ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"];
        let tolerated: Vec<&str> = pod.spec.tolerations.iter().filter_map(|t| t.key.rsplit('/').next()).collect();
        assert_eq!(tolerated, keys);
        assert!(pod.spec.tolerations.iter().all(|t| t.seconds.is_none()), "daemon pods are never evicted for these");
    }
}

#[test]
fn follows_the_nodes() {
    let mut lab = Lab::new(2, ROLLING);
    let new = Node::new("node-x", "zone-a", "region-1", 4_000, 16 << 30, 110);
    lab.0.cx.create(new).expect("a new node");
    lab.pass(10);
    assert_eq!(lab.places(), ["node-a agent:1", "node-b agent:1", "node-x agent:1"]);
    let taint = |effect| Taint { key: "gpu".into(), value: "".into(), effect, added: None };
    // (what happens to node-a, whether its pod stays, desired, misscheduled)
    let rows: [(&str, Option<TaintEffect>, bool, i64, i64); 3] = [
        ("cordoned", None, true, 3, 0),
        ("tainted NoSchedule", Some(TaintEffect::NoSchedule), true, 2, 1),
        ("tainted NoExecute", Some(TaintEffect::NoExecute), false, 2, 0),
    ];
    for (what, effect, stays, desired, misscheduled) in rows {
        lab.node("node-a", |n| match effect {
            Some(effect) => n.taints.push(taint(effect)),
            None => n.unschedulable = true,
        });
        lab.pass(10);
        assert_eq!(lab.places().iter().any(|p| p.starts_with("node-a")), stays, "{what}");
        assert_eq!((lab.status().desired, lab.status().misscheduled), (desired, misscheduled), "{what}");
    }
    lab.node("node-a", |n| n.taints.clear());
    lab.pass(10);
    assert_eq!(lab.status().current, 3);
}

#[test]
fn a_node_selector_chooses() {
    let mut lab = Lab::new(3, ROLLING);
    let yaml = manifest("agent:1", ROLLING)
        .replace("spec: {containers", "spec: {nodeSelector: {topology.kubernetes.io/zone: zone-b}, containers");
    lab.0.apply(&yaml).expect("valid");
    lab.pass(30);
    assert_eq!(lab.places(), ["node-b agent:1"]);
    assert_eq!((lab.status().desired, lab.status().updated), (1, 1));
}

#[test]
fn rolls_within_its_bounds() {
    // (strategy, at most so many nodes without an available pod, at most so many pods on a node)
    let rows = [
        (ROLLING, 1, 1),
        ("{rollingUpdate: {maxUnavailable: 2}}", 2, 1),
        ("{rollingUpdate: {maxUnavailable: 50%}}", 3, 1),
        (SURGE, 0, 2),
    ];
    for (strategy, down, a_node) in rows {
        let mut lab = Lab::new(5, strategy);
        assert_eq!(lab.status().available, 5, "{strategy}");
        lab.apply("agent:2", strategy);
        for _ in 0..600 {
            let until = lab.0.now().0 + 100_000;
            while !lab.0.advance_to(SimTime(until), 1000) {}
            let on = |name: &str| {
                let here = lab.pods().into_iter().filter(move |p| p.node.as_deref() == Some(name) && p.is_active());
                (here.clone().filter(|p| p.is_ready()).count(), here.count())
            };
            let nodes: Vec<(usize, usize)> = ["a", "b", "c", "d", "e"].map(|n| on(&format!("node-{n}"))).into();
            assert!(nodes.iter().filter(|(ready, _)| *ready == 0).count() <= down, "{strategy}: {nodes:?}");
            assert!(nodes.iter().all(|(_, all)| *all <= a_node), "{strategy}: {nodes:?}");
        }
        assert!(lab.places().iter().all(|p| p.ends_with("agent:2")), "{strategy}: {:?}", lab.places());
        assert_eq!((lab.status().updated, lab.status().available), (5, 5), "{strategy}");
    }
}

#[test]
fn on_delete_waits_for_people() {
    let mut lab = Lab::new(2, ON_DELETE);
    lab.apply("agent:2", ON_DELETE);
    lab.pass(30);
    assert_eq!(lab.places(), ["node-a agent:1", "node-b agent:1"]);
    assert_eq!(lab.status().updated, 0);
    let name = lab.pods()[0].meta.name.clone();
    lab.0.delete_pod("default", &name).expect("it is there");
    lab.pass(30);
    assert_eq!(lab.status().updated, 1);
}

#[test]
fn keeps_a_history() {
    let mut lab = Lab::new(1, ROLLING);
    for image in ["agent:2", "agent:3", "agent:1"] {
        lab.apply(image, ROLLING);
        lab.pass(20);
    }
    let all = lab.0.cx.store.list::<crate::object::ControllerRevision>(Kind::ControllerRevision);
    let mut revisions: Vec<(i64, String)> =
        all.map(|(_, r)| (r.revision, r.template.spec.containers[0].image.to_string())).collect();
    revisions.sort();
    let expected = [(2, "agent:2"), (3, "agent:3"), (4, "agent:1")].map(|(n, image)| (n, image.to_owned()));
    assert_eq!(revisions, expected);
}

#[test]
fn a_failed_pod_is_replaced() {
    let mut lab = Lab::new(1, ROLLING);
    let key = lab.0.cx.store.list::<Pod>(Kind::Pod).map(|(key, _)| key).next().expect("a pod");
    lab.0.cx.update::<Pod>(key, |p| p.status.phase = Phase::Failed);
    lab.pass(20);
    assert_eq!(lab.told("FailedDaemonPod"), 1);
    assert_eq!(lab.places(), ["node-a agent:1"]);
}

#[test]
fn counts_as_upstream_does() {
    let rows = [
        (IntOrPercent::Percent(10), 5, 1),
        (IntOrPercent::Percent(50), 5, 3),
        (IntOrPercent::Int(2), 5, 2),
        (IntOrPercent::Percent(0), 5, 0),
    ];
    for (amount, of, expected) in rows {
        assert_eq!(amount.of(of, true), expected);
    }
}
