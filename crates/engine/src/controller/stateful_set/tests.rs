//! Whole runs of the controller, with a hand-driven kubelet: pods are bound to a node that nobody runs, and the test
//! decides what becomes of them.

use crate::api::{DeleteOptions, Write};
use crate::controller::Controller;
use crate::object::{
    Claim, Container, Key, Kind, Labels, Meta, Object, Phase, Pod, PodSpec, PodTemplate, Selector, StatefulSet,
    StatefulSetStatus, Str, UpdateStrategy, VolumePhase,
};
use crate::trace::{Actor, Verb};
use crate::{Cluster, Config};
use podscope_schema::Value;
use podscope_schema::sorted::SortedMap;
use proptest::prelude::*;
use std::rc::Rc;
use std::time::Duration;

pub(super) fn template(image: &str) -> Rc<PodTemplate> {
    let container = Container { name: "db".into(), image: image.into(), ..Container::default() };
    let spec =
        PodSpec { containers: vec![container], grace_seconds: 30, raw: Value::from(image), ..PodSpec::default() };
    Rc::new(PodTemplate { labels: labels(), annotations: Labels::default(), spec: Rc::new(spec) })
}

fn labels() -> Labels {
    [("app", "db")].into_iter().collect()
}

pub(super) fn db(replicas: i64) -> StatefulSet {
    StatefulSet {
        meta: Meta::named("default", "db"),
        replicas,
        selector: Selector { match_labels: labels(), match_expressions: Vec::new() },
        template: template("db:0"),
        claim_templates: Rc::new(vec![Claim { meta: Meta::named("", "data"), ..Claim::default() }]),
        service: "db".into(),
        parallel: false,
        strategy: UpdateStrategy::RollingUpdate { partition: 0, max_unavailable: None },
        history_limit: 10,
        min_ready: 0,
        start: 0,
        delete_claims_with_set: false,
        delete_claims_on_scale: false,
        status: StatefulSetStatus::default(),
        raw: Value::Null,
    }
}

pub(super) struct Lab {
    pub cluster: Cluster,
    pub key: Key,
    /// What has to hold after every sync, and what did not.
    invariants: fn(&Self) -> Result<(), String>,
    pub broken: Vec<String>,
}

impl Lab {
    fn new(set: StatefulSet) -> Self {
        Self::with(set, |_| Ok(()))
    }

    pub fn with(set: StatefulSet, invariants: fn(&Self) -> Result<(), String>) -> Self {
        let mut cluster = Cluster::empty(Config { record: true, ..Config::default() });
        let key = cluster.cx.create(set).expect("a first object");
        let mut lab = Self { cluster, key, invariants, broken: Vec::new() };
        lab.pass(50);
        lab
    }

    pub fn pass(&mut self, millis: u64) {
        let until = self.cluster.now() + Duration::from_millis(millis);
        while !self.cluster.advance_to(until, 1) {
            if self.cluster.cx.due(Controller::StatefulSet, self.key).is_none() {
                self.broken.extend((self.invariants)(self).err());
            }
        }
    }

    pub fn set(&self) -> &StatefulSet {
        self.cluster.cx.store.get(self.key).expect("the set")
    }

    pub fn change(&mut self, change: impl FnOnce(&mut StatefulSet)) {
        self.cluster.cx.update_spec(self.key, change);
        self.pass(50);
    }

    pub fn pods(&self) -> Vec<(Key, Rc<Pod>)> {
        let mut pods: Vec<_> =
            self.cluster.cx.store.list::<Pod>(Kind::Pod).map(|(key, pod)| (key, Rc::clone(pod))).collect();
        pods.sort_by_key(|(_, p)| p.meta.name.clone());
        pods
    }

    fn names(&self) -> Vec<String> {
        self.pods().iter().map(|(_, p)| p.meta.name.to_string()).collect()
    }

    pub fn pod(&self, name: &str) -> Key {
        self.cluster.cx.store.find(Kind::Pod, "default", name).expect("a pod that there was")
    }

    /// The kubelet gets to one pod: ends it if it was deleted, else makes it Ready.
    fn kubelet(&mut self, name: &str) {
        let key = self.pod(name);
        let Some(pod) = self.cluster.cx.get::<Pod>(key) else { return };
        if pod.meta.deleting() {
            self.cluster.cx.remove(key);
        } else if !pod.is_terminal() {
            self.ready(key, true);
        }
        self.pass(50);
    }

    fn ready(&mut self, key: Key, ready: bool) {
        let now = self.cluster.now();
        self.cluster.cx.update::<Pod>(key, |p| {
            p.node = Some("by-hand".into());
            p.status.phase = Phase::Running;
            p.status.ready.set(ready, now, "");
        });
    }

    /// A person deletes the ended pods that the set waits for, lowest first: see
    /// `several_ended_pods_beyond_the_range_need_a_person`.
    fn bury(&mut self) {
        let range = self.set().start..self.set().start + self.set().replicas;
        for (key, pod) in self.pods() {
            let (_, ordinal) = super::pods::parent_and_ordinal(&pod.meta.name).expect("a member");
            if pod.is_terminal() && !range.contains(&ordinal) {
                self.cluster.cx.remove(key);
                self.pass(50);
            }
        }
    }

    /// The kubelet gets to everything until nothing happens.
    pub fn heal(&mut self) {
        for _ in 0..60 {
            let before = self.cluster.version();
            for name in self.names() {
                self.kubelet(&name);
            }
            if self.cluster.version() == before {
                return;
            }
        }
    }
}

#[test]
fn creates_in_order_and_counts() {
    let mut lab = Lab::new(db(3));
    assert_eq!(lab.names(), ["db-0"]);
    let status = &lab.set().status;
    assert_eq!((status.replicas, status.current, status.updated, status.ready), (1, 1, 1, 0));
    assert_eq!(status.current_revision, status.update_revision);
    lab.kubelet("db-0");
    assert_eq!(lab.names(), ["db-0", "db-1"]);
    lab.heal();
    let status = &lab.set().status;
    assert_eq!((status.replicas, status.current, status.updated, status.available), (3, 3, 3, 3));
    let (_, pod) = &lab.pods()[2];
    let label = |key: &str| pod.meta.labels.get(key).map(ToString::to_string);
    assert_eq!(label("statefulset.kubernetes.io/pod-name").as_deref(), Some("db-2"));
    assert_eq!(label("apps.kubernetes.io/pod-index").as_deref(), Some("2"));
    assert_eq!(label("controller-revision-hash"), Some(lab.set().status.update_revision.to_string()));
    assert_eq!(pod.claims[..], [("data".into(), Str::from("data-db-2"))]);
    let told: Vec<_> = lab.cluster.cx.events_about(lab.key).map(|e| e.message.to_string()).take(2).collect();
    assert_eq!(
        told,
        ["Create Claim data-db-0 Pod db-0 in StatefulSet db success", "Create Pod db-0 in StatefulSet db successful"]
    );
}

#[test]
fn updates_from_the_top_and_reuses_revisions() {
    let mut lab = Lab::new(db(3));
    lab.heal();
    let first = lab.set().status.update_revision.clone();
    lab.change(|s| s.template = template("db:1"));
    assert_ne!(lab.set().status.update_revision, first);
    assert_eq!(lab.set().status.current_revision, first);
    lab.heal();
    assert_eq!(lab.set().status.current_revision, lab.set().status.update_revision);
    lab.change(|s| s.template = template("db:0"));
    assert_eq!(lab.set().status.update_revision, first, "the old revision is taken up again");
    let store = &lab.cluster.cx.store;
    let numbers: Vec<i64> =
        store.list::<crate::object::ControllerRevision>(Kind::ControllerRevision).map(|(_, r)| r.revision).collect();
    assert_eq!(numbers, [3, 2]);
}

#[test]
fn keeps_so_much_history() {
    let mut lab = Lab::new(db(1));
    lab.change(|s| s.history_limit = 2);
    for n in 1..6 {
        lab.heal();
        lab.change(|s| s.template = template(&format!("db:{n}")));
    }
    lab.heal();
    lab.change(|s| s.replicas = 2);
    lab.heal();
    assert_eq!(lab.cluster.cx.store.of_kind(Kind::ControllerRevision).len(), 3);
}

#[test]
fn partition_keeps_the_lower_pods() {
    let mut lab = Lab::new(db(3));
    lab.heal();
    lab.change(|s| {
        s.template = template("db:1");
        s.strategy = UpdateStrategy::RollingUpdate { partition: 2, max_unavailable: None };
    });
    lab.heal();
    let images =
        |lab: &Lab| -> Vec<String> { lab.pods().iter().map(|(_, p)| p.spec.containers[0].image.to_string()).collect() };
    assert_eq!(images(&lab), ["db:0", "db:0", "db:1"]);
    lab.cluster.cx.delete(lab.pod("db-1"), DeleteOptions::default()).expect("it is there");
    lab.pass(50);
    lab.heal();
    assert_eq!(images(&lab), ["db:0", "db:0", "db:1"]);
}

#[test]
fn owners_of_claims_follow_the_policy() {
    let mut set = db(2);
    (set.delete_claims_with_set, set.delete_claims_on_scale) = (true, true);
    let mut lab = Lab::new(set);
    lab.heal();
    let owners = |lab: &Lab, name: &str| -> Vec<String> {
        let claim = lab.cluster.cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, "default", name);
        claim.expect("the claim").meta.owners.iter().map(|o| format!("{}/{}", o.kind, o.name)).collect()
    };
    assert_eq!(owners(&lab, "data-db-1"), ["StatefulSet/db"]);
    lab.change(|s| s.replicas = 1);
    assert_eq!(owners(&lab, "data-db-1"), ["Pod/db-1"]);
    lab.change(|s| (s.delete_claims_with_set, s.delete_claims_on_scale) = (false, false));
    assert!(owners(&lab, "data-db-0").is_empty());
}

#[test]
fn a_name_that_is_taken_is_waited_for() {
    let mut lab = Lab::new(db(2));
    lab.heal();
    let key = lab.pod("db-1");
    lab.cluster.cx.update::<Pod>(key, |p| p.meta.labels.set("app", "other"));
    lab.pass(1000);
    assert_eq!(lab.set().status.replicas, 1);
    lab.cluster.cx.update::<Pod>(key, |p| p.meta.labels.set("app", "db"));
    lab.pass(50);
    assert_eq!(lab.set().status.replicas, 2);
    assert!(lab.cluster.cx.events_about(lab.key).all(|e| !e.reason.starts_with("Failed")));
}

/// A pod whose labels change leaves its set, keeps its name and its claim, and comes back when they change back.
#[test]
fn relabelled_pods_leave_and_come_back() {
    for (name, parallel) in [("db-0", false), ("db-1", false), ("db-2", false), ("db-1", true)] {
        let mut set = db(3);
        set.parallel = parallel;
        let mut lab = Lab::new(set);
        lab.heal();
        let key = lab.pod(name);
        let relabel = |lab: &mut Lab, value: &str| {
            lab.cluster.cx.update::<Pod>(key, |p| p.meta.labels.set("app", value));
            lab.pass(1000);
        };
        let look = |lab: &Lab| {
            let pod = lab.cluster.cx.get::<Pod>(key).expect("nobody deletes it");
            (pod.meta.uid, pod.meta.controller().is_some(), pod.claims[0].1.to_string(), pod.is_ready())
        };
        let (uid, claim) = (look(&lab).0, format!("data-{name}"));
        relabel(&mut lab, "other");
        assert_eq!(look(&lab), (uid, false, claim.clone(), true), "{name} left");
        assert_eq!(lab.names(), ["db-0", "db-1", "db-2"], "{name} keeps its name, so nobody takes its place");
        assert_eq!((lab.set().status.replicas, lab.set().status.available), (2, 2), "{name} left");
        relabel(&mut lab, "db");
        assert_eq!(look(&lab), (uid, true, claim.clone(), true), "{name} is back");
        assert_eq!((lab.set().status.replicas, lab.set().status.available), (3, 3), "{name} is back");

        // Away during an update, it is the last to be replaced: it comes back with the old revision.
        relabel(&mut lab, "other");
        lab.change(|s| s.template = template("db:1"));
        lab.heal();
        assert_eq!(look(&lab).0, uid, "{name} is not the set's to delete");
        relabel(&mut lab, "db");
        lab.heal();
        assert_ne!(look(&lab).0, uid, "{name} was replaced");
        assert!(lab.pods().iter().all(|(_, p)| &*p.spec.containers[0].image == "db:1"), "{name}");
        assert_eq!(lab.set().status.updated, 3, "{name}");

        // Deleted while away, it makes room for a new one on the same claim.
        relabel(&mut lab, "other");
        lab.cluster.cx.remove(key);
        lab.pass(1000);
        lab.heal();
        assert_eq!(look(&lab).2, claim, "{name} is new");
        assert_eq!((lab.names().len(), lab.set().status.available), (3, 3), "{name} is new");
        assert!(lab.cluster.cx.events_about(lab.key).all(|e| !e.reason.starts_with("Failed")), "{name}");
    }
}

/// In order, the highest of the pods that are too many goes only when it is available, or the lowest unavailable of all.
// upstream: statefulset/stateful_set_control.go processCondemned
#[test]
fn several_ended_pods_beyond_the_range_need_a_person() {
    let mut lab = Lab::new(db(2));
    lab.heal();
    for name in ["db-0", "db-1"] {
        let key = lab.pod(name);
        // All at once: between two of them the set would make a new one.
        lab.cluster.cx.update::<Pod>(key, |p| {
            p.status.ready.set(false, crate::time::SimTime::ZERO, "");
            p.status.phase = Phase::Failed;
        });
    }
    lab.change(|s| s.replicas = 0);
    lab.heal();
    assert_eq!(lab.names(), ["db-0", "db-1"]);
    lab.cluster.cx.remove(lab.pod("db-0"));
    lab.pass(50);
    assert!(lab.names().is_empty());
}

/// A pod without an owner that has the name and the labels of a member becomes one.
#[test]
fn bare_pods_of_the_right_name_are_taken_in() {
    // (name, labels, whether it is taken in)
    let rows = [("db-1", "db", true), ("db-1", "other", false), ("db-x", "db", false), ("web-1", "db", false)];
    for (name, label, taken) in rows {
        let mut lab = Lab::new(db(0));
        let mut meta = Meta::named("default", name);
        meta.labels.set("app", label);
        let key = lab.cluster.cx.create(Pod::new(meta, Rc::clone(&template("db:0").spec))).expect("a bare pod");
        lab.pass(50);
        let owner = |lab: &Lab| {
            let pod = lab.cluster.cx.get::<Pod>(key);
            pod.and_then(|p| p.meta.controller().map(|o| o.uid)) == Some(lab.set().meta.uid)
        };
        // A set of no replicas takes it in, too, only to delete it.
        let gone = lab.cluster.cx.store.object(key).is_none_or(|o| o.meta().deleting());
        assert_eq!(owner(&lab) || gone, taken, "{name} {label}");
    }
}

/// What a run may be disturbed by.
#[derive(Clone, Debug)]
enum Deed {
    Scale(i64),
    Image(u8),
    Partition(i64),
    Start(i64),
    Fail(usize),
    Unready(usize),
    Delete(usize),
    Kubelet(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => (0..6i64).prop_map(Deed::Scale),
        1 => (0..3u8).prop_map(Deed::Image),
        1 => (0..4i64).prop_map(Deed::Partition),
        1 => (0..3i64).prop_map(Deed::Start),
        1 => (0..6usize).prop_map(Deed::Fail),
        1 => (0..6usize).prop_map(Deed::Unready),
        1 => (0..6usize).prop_map(Deed::Delete),
        12 => (0..6usize).prop_map(Deed::Kubelet),
    ]
}

fn disturb(lab: &mut Lab, deed: &Deed) {
    let target = |lab: &Lab, i: usize| {
        let pods = lab.pods();
        (!pods.is_empty()).then(|| pods[i % pods.len()].clone())
    };
    match *deed {
        Deed::Scale(n) => lab.change(|s| s.replicas = n),
        Deed::Image(n) => lab.change(|s| s.template = template(&format!("db:{n}"))),
        Deed::Partition(n) => {
            lab.change(|s| s.strategy = UpdateStrategy::RollingUpdate { partition: n, max_unavailable: None });
        }
        Deed::Start(n) => lab.change(|s| s.start = n),
        Deed::Fail(i) => {
            if let Some((key, _)) = target(lab, i).filter(|(_, p)| !p.meta.deleting()) {
                lab.ready(key, false);
                lab.cluster.cx.update::<Pod>(key, |p| p.status.phase = Phase::Failed);
            }
        }
        Deed::Unready(i) => {
            if let Some((key, _)) = target(lab, i).filter(|(_, p)| p.status.phase == Phase::Running) {
                lab.ready(key, false);
            }
        }
        Deed::Delete(i) => {
            if let Some((key, _)) = target(lab, i) {
                lab.cluster.cx.delete(key, DeleteOptions::default()).expect("it is there");
            }
        }
        Deed::Kubelet(i) => {
            if let Some((_, pod)) = target(lab, i) {
                lab.kubelet(&pod.meta.name);
            }
        }
    }
    lab.pass(50);
}

/// Checks each write against what was there before it.
fn check(writes: &[Write], lab: &Lab, parallel: bool) {
    let well = |p: &Pod| p.status.phase == Phase::Running && p.is_ready() && !p.meta.deleting();
    let mut pods: SortedMap<i64, Rc<Pod>> = SortedMap::new();
    let mut set = None;
    for write in writes {
        if let Some(Object::StatefulSet(new)) = &write.new {
            set = Some(Rc::clone(new));
        }
        if let Some(Object::Claim(new)) = &write.new
            && let Some(Object::Claim(old)) = &write.old
        {
            assert_eq!(old.meta.name, new.meta.name);
            assert!(old.phase != VolumePhase::Bound || old.volume == new.volume);
        }
        let Some(Object::Pod(pod)) = write.new.as_ref().or(write.old.as_ref()) else { continue };
        let set = set.as_ref().expect("the set comes first");
        let (_, ordinal) = super::pods::parent_and_ordinal(&pod.meta.name).expect("a member");
        assert_eq!(*pod.claims[0].1, *format!("data-db-{ordinal}"), "a claim never changes its ordinal");
        let range = set.start..set.start + set.replicas;
        let by_set = lab.cluster.cx.trace.get(write.entry).is_some_and(|e| e.actor == Actor::StatefulSet);
        let verb = lab.cluster.cx.trace.get(write.entry).map(|e| e.verb);
        let others_well = |below: i64| {
            range.clone().filter(|&o| o != ordinal && o < below).all(|o| pods.get(&o).is_some_and(|p| well(p)))
        };
        let ended = write.old.is_some() && pods.get(&ordinal).is_some_and(|p| p.is_terminal() || p.meta.deleting());
        if write.old.is_none() {
            assert!(!pods.contains_key(&ordinal), "at most one pod per ordinal");
            assert!(range.contains(&ordinal));
            assert!(parallel || others_well(ordinal), "lower ordinals come first");
        } else if by_set && matches!(verb, Some(Verb::MarkDeleted | Verb::Remove)) && !ended && !parallel {
            assert!(others_well(i64::MAX), "one at a time, and only while all others are well");
        }
        match &write.new {
            Some(_) => pods.insert(ordinal, Rc::clone(pod)),
            None => pods.remove(&ordinal),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_holds_and_the_end_is_reached(deeds in prop::collection::vec(deed(), 0..40), parallel: bool) {
        let mut set = db(3);
        set.parallel = parallel;
        let mut lab = Lab::new(set);
        for deed in &deeds {
            disturb(&mut lab, deed);
        }
        lab.heal();
        lab.bury();
        lab.heal();
        check(&lab.cluster.cx.recorded, &lab, parallel);
        let set = lab.set();
        let want: Vec<String> = (set.start..set.start + set.replicas).map(|o| format!("db-{o}")).collect();
        prop_assert_eq!(lab.names(), want);
        prop_assert_eq!(set.status.available, set.replicas);
        let UpdateStrategy::RollingUpdate { partition, .. } = set.strategy else { unreachable!() };
        for (_, pod) in lab.pods().iter().skip(partition.max(0) as usize) {
            prop_assert_eq!(super::pods::revision_of(pod), Some(&set.status.update_revision));
        }
    }
}
