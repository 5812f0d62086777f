//! That the rules can be broken: writes that no controller of ours makes, each of which just one rule must notice.

use podscope_engine::api::{Context, DeleteOptions};
use podscope_engine::object::{Claim, EndpointSlice, Key, Kind, Meta, OwnerRef, Phase, Pod, ReplicaSet, Uid};
use podscope_engine::time::SimTime;
use podscope_engine::trace::{Actor, Note};
use podscope_engine::{Cluster, Config};
use podscope_proof::{BASE, Judge};
use std::rc::Rc;

fn key(cx: &Context, kind: Kind, name: &str) -> Key {
    cx.store.find(kind, "default", name).expect("it is there")
}

fn first(cx: &Context, kind: Kind, prefix: &str) -> Key {
    let named = |k: &&Key| cx.store.name(**k).name.starts_with(prefix) && cx.store.object(**k).is_some();
    *cx.store.of_kind(kind).iter().find(named).expect("it is there")
}

/// Another pod like that one, under a new name, of the same owner.
fn twin(cx: &Context, of: Key, name: &str) -> Pod {
    let like = cx.get::<Pod>(of).expect("a pod");
    let mut meta = Meta::named("default", name);
    meta.labels = like.meta.labels.clone();
    meta.owners = like.meta.owners.clone();
    let mut pod = Pod::new(meta, Rc::clone(&like.spec));
    pod.claims = Rc::clone(&like.claims);
    pod
}

/// Runs the base until it is at rest, does `wrong`, and gives the rules that are broken then.
fn broken(wrong: impl FnOnce(&mut Context)) -> Vec<&'static str> {
    let mut cluster = Cluster::new(Config { record: true, ..Config::default() });
    cluster.apply(BASE).expect("valid");
    while !cluster.advance_to(SimTime::from_millis(120_000), 1000) {}
    let mut judge = Judge::default();
    judge.drain(&mut cluster.cx);
    assert_eq!(judge.broken, [], "before");
    wrong(&mut cluster.cx);
    judge.drain(&mut cluster.cx);
    // What is deleted together is looked at once time moves on.
    cluster.set_now(cluster.now() + std::time::Duration::from_secs(1));
    let node = first(&cluster.cx, Kind::Node, "node-a");
    cluster.cx.update::<podscope_engine::object::Node>(node, |n| n.unschedulable ^= true);
    judge.drain(&mut cluster.cx);
    let mut rules: Vec<_> = judge.broken.iter().map(|b| b.rule).collect();
    rules.dedup();
    rules
}

#[test]
fn every_rule_notices_what_breaks_it() {
    assert_eq!(broken(|_| ()), [] as [&str; 0]);
    let delete = |cx: &mut Context, name: &str, note: Note| {
        let pod = key(cx, Kind::Pod, name);
        cx.delete_noted(pod, DeleteOptions::default(), note, pod).expect("it is there");
    };
    type Wrong = Box<dyn FnOnce(&mut Context)>;
    let rows: Vec<(&str, Wrong)> = vec![
        ("an object keeps its identity", {
            Box::new(|cx| {
                let pod = key(cx, Kind::Pod, "db-0");
                cx.update::<Pod>(pod, |p| p.meta.created = SimTime(7));
            })
        }),
        ("owners exist", {
            Box::new(|cx| {
                cx.actor = Actor::ReplicaSet;
                let mut pod = twin(cx, first(cx, Kind::Pod, "web"), "web-x");
                let owner = OwnerRef { uid: Uid(9), ..pod.meta.owners[0].clone() };
                pod.meta.owners = vec![owner].into();
                cx.create(pod).expect("created");
            })
        }),
        ("a pod only goes forward", {
            Box::new(|cx| {
                let pod = first(cx, Kind::Pod, "web");
                cx.update::<Pod>(pod, |p| p.node = Some("node-z".into()));
            })
        }),
        ("a pod only goes forward", {
            Box::new(|cx| {
                let pod = first(cx, Kind::Pod, "web");
                cx.update::<Pod>(pod, |p| p.status.phase = Phase::Pending);
            })
        }),
        ("a pod fits on its node", {
            Box::new(|cx| {
                let node = first(cx, Kind::Node, "node-a");
                cx.update::<podscope_engine::object::Node>(node, |n| n.cpu_milli = 1);
                let pod = twin(cx, first(cx, Kind::Pod, "web"), "loner");
                let pod = cx.create(Pod { meta: Meta::named("default", "loner"), ..pod }).expect("created");
                cx.actor = Actor::Scheduler;
                cx.update::<Pod>(pod, |p| p.node = Some("node-a".into()));
            })
        }),
        ("no two pods have the same address", {
            Box::new(|cx| {
                let ip = cx.get::<Pod>(key(cx, Kind::Pod, "db-0")).expect("a pod").status.ip;
                cx.update::<Pod>(key(cx, Kind::Pod, "db-1"), |p| p.status.ip = ip);
            })
        }),
        ("a ReplicaSet creates no pod too many", {
            Box::new(|cx| {
                cx.actor = Actor::ReplicaSet;
                let pod = twin(cx, first(cx, Kind::Pod, "web"), "web-x");
                cx.create(pod).expect("created");
            })
        }),
        ("a ReplicaSet deletes pods that are not Ready first", {
            Box::new(|cx| {
                let pods: Vec<Key> = cx.store.of_kind(Kind::Pod).iter().copied().collect();
                let web: Vec<Key> = pods.into_iter().filter(|k| cx.store.name(*k).name.starts_with("web")).collect();
                cx.update::<Pod>(web[0], |p| p.status.ready.status = false);
                cx.actor = Actor::ReplicaSet;
                let later = cx.now();
                cx.update::<Pod>(web[0], |p| p.status.ready.since = SimTime(later.0 / 2));
                cx.delete(web[1], DeleteOptions::default()).expect("it is there");
            })
        }),
        ("a rollout keeps its surge", {
            Box::new(|cx| {
                cx.actor = Actor::Deployment;
                cx.update_spec::<ReplicaSet>(first(cx, Kind::ReplicaSet, "web"), |r| r.replicas = 9);
            })
        }),
        ("a rollout keeps its pods available", {
            Box::new(|cx| {
                cx.actor = Actor::Deployment;
                cx.update_spec::<ReplicaSet>(first(cx, Kind::ReplicaSet, "web"), |r| r.replicas = 0);
            })
        }),
        ("one pod per ordinal", {
            Box::new(|cx| {
                cx.actor = Actor::StatefulSet;
                let mut pod = twin(cx, key(cx, Kind::Pod, "db-0"), "db-01");
                pod.meta.labels.set("apps.kubernetes.io/pod-index", "1");
                cx.create(pod).expect("created");
            })
        }),
        ("ordinals are removed and updated from the highest down", {
            Box::new(move |cx| {
                cx.actor = Actor::StatefulSet;
                delete(cx, "db-0", Note::Ordinal);
            })
        }),
        ("ordinals are removed and updated from the highest down", {
            Box::new(move |cx| {
                cx.actor = Actor::StatefulSet;
                delete(cx, "db-2", Note::Outdated);
            })
        }),
        ("a claim keeps its ordinal and its volume", {
            Box::new(|cx| {
                let claim = key(cx, Kind::PersistentVolumeClaim, "data-db-0");
                cx.update::<Claim>(claim, |c| c.volume = Some("another".into()));
            })
        }),
        ("budgets hold", { Box::new(move |cx| delete(cx, "db-1", Note::Evicted)) }),
        ("endpoints name only live pods", {
            Box::new(|cx| {
                cx.actor = Actor::EndpointSlice;
                cx.update::<EndpointSlice>(first(cx, Kind::EndpointSlice, "web"), |e| {
                    Rc::make_mut(&mut e.endpoints[0]).pod = "nobody".into();
                });
            })
        }),
    ];
    for (rule, wrong) in rows {
        let found = broken(wrong);
        assert!(found.contains(&rule), "{rule}: {found:?}");
    }
}

#[test]
fn a_pod_that_comes_before_its_turn_is_noticed() {
    let mut cluster = Cluster::new(Config { record: true, ..Config::default() });
    cluster.apply(BASE).expect("valid");
    let mut judge = Judge::default();
    while cluster.cx.store.find(Kind::Pod, "default", "db-0").is_none() {
        cluster.step();
    }
    let cx = &mut cluster.cx;
    let mut pod = twin(cx, key(cx, Kind::Pod, "db-0"), "db-1");
    pod.meta.labels.set("apps.kubernetes.io/pod-index", "1");
    pod.meta.labels.set("statefulset.kubernetes.io/pod-name", "db-1");
    pod.hostname = Some("db-1".into());
    pod.claims = [("data".into(), "data-db-1".into())].into();
    cx.actor = Actor::StatefulSet;
    cx.create(pod).expect("created");
    judge.drain(cx);
    let rules: Vec<_> = judge.broken.iter().map(|b| b.rule).collect();
    assert_eq!(rules, ["ordinals are created in order"]);
}
