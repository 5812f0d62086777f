use super::*;
use crate::Config;
use crate::object::{Container, Meta, OwnerRef, Phase, PodSpec, PodTemplate, ReplicaSetStatus};

fn pod(cx: &mut Context, name: &str, cpu_milli: i64, owner: Uid) {
    let mut meta = Meta::named("default", name);
    meta.owners.push(OwnerRef {
        api_version: "apps/v1".into(),
        kind: "ReplicaSet".into(),
        name: "web".into(),
        uid: owner,
        controller: true,
        block_owner_deletion: true,
    });
    let containers = vec![Container { name: "app".into(), cpu_milli, ..Container::default() }];
    let mut pod = Pod::new(meta, Rc::new(PodSpec { containers, ..PodSpec::default() }));
    pod.node = Some("no-such-node".into());
    pod.status.phase = Phase::Running;
    pod.status.started = Some(SimTime::ZERO);
    pod.status.ready.status = true;
    cx.create(pod).unwrap();
}

/// A ReplicaSet with this scale and pods of 100m, and its autoscaler at 50 %.
struct World {
    cx: Context,
    set: Key,
    hpa: Key,
}

impl World {
    fn new(scale: i64, behavior: Value) -> Self {
        let mut cx = Context::new(Config { hpa_cpu_init: Duration::ZERO, ..Config::default() });
        let set = ReplicaSet {
            meta: Meta::named("default", "web"),
            legacy: false,
            replicas: scale,
            selector: Selector::default(),
            template: Rc::new(PodTemplate::default()),
            min_ready: 0,
            status: ReplicaSetStatus::default(),
            raw: Value::Null,
        };
        let set = cx.create(set).unwrap();
        let mut spec = Value::object([("type", Value::from("Resource"))]);
        spec.set_at(&["resource", "name"], "cpu");
        spec.set_at(&["resource", "target", "averageUtilization"], 50);
        let hpa = Autoscaler {
            meta: Meta::named("default", "web"),
            target: ("ReplicaSet".into(), "web".into()),
            min: 1,
            max: 10,
            metrics: Value::array([spec]),
            behavior,
            status: AutoscalerStatus::default(),
            raw: Value::Null,
        };
        let hpa = cx.create(hpa).unwrap();
        let mut world = Self { cx, set, hpa };
        world.fill();
        world
    }

    /// Makes the pods as many as the set asks for.
    fn fill(&mut self) {
        let set = self.cx.get::<ReplicaSet>(self.set).unwrap();
        let pods: Vec<Key> = self.cx.store.pods_of(set.meta.uid).map(|(key, _)| key).collect();
        for key in pods {
            self.cx.remove(key);
        }
        for n in 0..set.replicas {
            pod(&mut self.cx, &format!("web-{n}"), 100, set.meta.uid);
        }
    }

    /// The scale after a look at this second under so much work.
    fn look(&mut self, second: u64, total: i64) -> i64 {
        self.cx.now = SimTime::from_millis(second * 1000);
        self.cx.memory.autoscaler.loads.insert(self.set, Load::Shared(total));
        reconcile(&mut self.cx, self.hpa);
        self.fill();
        self.cx.get::<ReplicaSet>(self.set).unwrap().replicas
    }

    fn reasons(&self) -> Vec<String> {
        let hpa = self.cx.get::<Autoscaler>(self.hpa).unwrap();
        hpa.status.conditions.iter().map(|c| c.reason.to_string()).collect()
    }
}

#[test]
fn without_rules_it_grows_fast_and_shrinks_after_five_minutes() {
    let mut world = World::new(1, Value::Null);
    assert_eq!(world.look(15, 240), 4);
    assert_eq!(world.reasons(), ["SucceededRescale", "ValidMetricFound", "ScaleUpLimit"]);
    assert_eq!(world.look(30, 240), 5);
    assert_eq!(world.look(45, 240), 5);
    assert_eq!(world.reasons(), ["ReadyForNewScale", "ValidMetricFound", "DesiredWithinRange"]);
    assert_eq!(world.look(60, 60), 5);
    assert_eq!(world.reasons()[0], "ScaleDownStabilized");
    assert_eq!(world.look(345, 60), 5);
    assert_eq!(world.look(346, 60), 2);
}

#[test]
fn rules_limit_the_rate() {
    let mut rules = Value::Null;
    rules.set_at(&["scaleDown", "stabilizationWindowSeconds"], 5);
    let mut world = World::new(1, rules);
    assert_eq!(world.look(15, 1000), 5);
    assert_eq!(world.look(17, 1000), 5);
    assert_eq!(world.reasons()[2], "ScaleUpLimit");
    assert_eq!(world.look(31, 1000), 10);
    assert_eq!(world.reasons()[2], "TooManyReplicas");
    assert_eq!(world.look(40, 60), 2);
    assert_eq!(world.look(46, 60), 2);
}

#[test]
fn the_bounds_come_before_the_metrics() {
    let mut world = World::new(12, Value::Null);
    assert_eq!(world.look(15, 0), 10);
    let events: Vec<String> = world.cx.events_about(world.hpa).map(|e| e.message.to_string()).collect();
    assert_eq!(events, ["New size: 10; reason: Current number of replicas above Spec.MaxReplicas"]);
}
