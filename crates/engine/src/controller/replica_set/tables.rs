//! Upstream's tables for ReplicaSets.

use super::{rank, status, tally};
use crate::api::Context;
use crate::config::Config;
use crate::object::{
    Condition, Container, ContainerStatus, Deletion, Key, Labels, Meta, Phase, Pod, PodSpec, PodTemplate, ReplicaSet,
    ReplicaSetStatus, Selector, Str,
};
use crate::table::{run, same};
use crate::time::SimTime;
use podscope_schema::Value;
use podscope_schema::sorted::SortedMap;
use std::cmp::Ordering;
use std::rc::Rc;
use std::time::Duration;

/// Late enough for all ages.
const NOW: SimTime = SimTime(5_000 * 3_600 * 1_000_000);

fn ago(hours: Option<i64>) -> SimTime {
    let hours = hours.map(|h| Duration::from_secs(h as u64 * 3600));
    hours.map_or(SimTime::ZERO, |h| SimTime::ZERO + NOW.since(SimTime::ZERO + h))
}

fn phase(name: &str) -> Phase {
    match name {
        "Pending" => Phase::Pending,
        "Running" => Phase::Running,
        _ => Phase::Unknown,
    }
}

/// `node/phase/ready/restarts/of the sidecar/Ready for hours/created hours ago/cost@rank`
fn ranked(text: &str) -> (Pod, usize) {
    let (text, rank) = text.split_once('@').expect("a rank");
    let parts: Vec<&str> = text.split('/').collect();
    let &[node, phase_name, ready, restarts, side, since, created, cost] = &*parts else {
        panic!("{text}: eight parts")
    };
    let status = |n: &str| ContainerStatus { restarts: n.parse().expect("a number"), ..ContainerStatus::default() };
    let sidecar = Container { restart_always: true, ..Container::default() };
    let spec = PodSpec { init_containers: vec![sidecar], ..PodSpec::default() };
    let mut pod = Pod::new(Meta::named("default", "pod"), Rc::new(spec));
    pod.meta.created = ago(created.parse().ok());
    if cost != "-" {
        pod.meta.annotations.set("controller.kubernetes.io/pod-deletion-cost", cost);
    }
    pod.node = (node != "-").then(|| node.into());
    pod.status.phase = phase(phase_name);
    pod.status.ready.status = ready == "yes";
    pod.status.ready.since = ago(since.parse().ok());
    pod.status.containers = vec![status(restarts)];
    pod.status.init_containers = vec![status(side)];
    (pod, rank.parse().expect("a rank"))
}

#[test]
fn ranking() {
    for table in [
        include_str!("../../../tests/tables/replica-set-rank.txt"),
        include_str!("../../../tests/tables/replica-set-order.txt"),
    ] {
        run(table, |row| {
            let ((one, rank_one), (other, rank_other)) = (ranked(row.text("one")), ranked(row.text("other")));
            let order = rank::compare(&one, rank_one, &other, rank_other, NOW).0;
            let back = rank::compare(&other, rank_other, &one, rank_one, NOW).0;
            same(back, order.reverse())?;
            match row.text("first") {
                "yes" => same(order, Ordering::Less),
                "no" => same(order, Ordering::Equal),
                _ => Ok(()),
            }
        });
    }
}

#[test]
fn victims() {
    fn pod(letter: &str) -> Pod {
        let (node, phase, ready) = match letter {
            "w" => ("-", "Pending", "no"),
            "p" => ("node", "Pending", "no"),
            "n" => ("node", "Running", "no"),
            "1" => ("node-1", "Running", "yes"),
            _ => ("node-2", "Running", "yes"),
        };
        ranked(&format!("{node}/{phase}/{ready}/0/0/-/-/-@0")).0
    }
    run(include_str!("../../../tests/tables/replica-set-victims.txt"), |row| {
        let pods: Vec<(&str, Rc<Pod>)> = row.list("pods").into_iter().map(|l| (l, Rc::new(pod(l)))).collect();
        let related = if row.text("related") == "*" { row.list("pods") } else { row.list("related") };
        let mut on_node: SortedMap<Str, usize> = SortedMap::new();
        for node in related.iter().filter_map(|l| pod(l).node) {
            *on_node.entry(node).or_default() += 1;
        }
        let victims = rank::victims(&pods, &on_node, NOW, row.int("count") as usize);
        same(victims.into_iter().map(|(letter, ..)| letter).collect::<Vec<_>>(), row.list("deleted"))
    });
}

fn labels(name: &str) -> Labels {
    let all = [("name", "foo"), ("type", "production")];
    all.into_iter().take(if name == "full" { 2 } else { 1 }).collect()
}

/// A set that selects pods by one label or both of its template's.
fn set(kind: &str, replicas: i64, min_ready: i64, label: &str) -> ReplicaSet {
    ReplicaSet {
        meta: Meta::named("default", "set"),
        legacy: kind == "rc",
        replicas,
        selector: Selector { match_labels: labels(label), ..Selector::default() },
        template: Rc::new(PodTemplate { labels: labels("full"), ..PodTemplate::default() }),
        min_ready,
        status: ReplicaSetStatus::default(),
        raw: Value::default(),
    }
}

/// A pod of `set`: `yes`, `no`, `never`, `x`, or for how many seconds it has been Ready.
fn member(cx: &mut Context, set: &ReplicaSet, number: usize, label: &str, ready: &str) {
    let mut meta = Meta::named("default", format!("pod{number}"));
    meta.labels = labels(label);
    meta.owners.push(super::owner_ref(set));
    if ready == "x" {
        meta.deletion = Some(Deletion { at: NOW, requested: NOW, grace_seconds: 30 });
    }
    let mut pod = Pod::new(meta, Rc::default());
    pod.status.phase = if ready == "no" { Phase::Pending } else { Phase::Running };
    pod.status.ready.status = ready != "no";
    let seconds = ready.parse().map(Duration::from_secs);
    pod.status.ready.since = seconds.map_or(SimTime::ZERO, |s| SimTime::ZERO + NOW.since(SimTime::ZERO + s));
    cx.create(pod).expect("a fresh name");
}

fn lab(set: ReplicaSet) -> (Context, Key, Rc<ReplicaSet>) {
    let mut cx = Context::new(Config::default());
    cx.now = NOW;
    let key = cx.create(set).expect("a fresh name");
    let set = cx.get::<ReplicaSet>(key).expect("it is there");
    (cx, key, set)
}

#[test]
fn statuses() {
    run(include_str!("../../../tests/tables/replica-set-status.txt"), |row| {
        let (mut cx, _, set) = lab(set(row.text("kind"), 1, row.int("min_ready"), row.text("labels")));
        for (number, pod) in row.list("pods").into_iter().enumerate() {
            let (label, ready) = pod.split_once('/').expect("two parts");
            member(&mut cx, &set, number, label, ready);
        }
        let s = status::calculate(&set, &tally::count(&cx, &set), None, NOW);
        let want = ["replicas", "labeled", "ready", "available"].map(|n| row.int(n));
        same([s.replicas, s.fully_labeled, s.ready, s.available], want)?;
        if row.text("terminating") == "*" { Ok(()) } else { same(s.terminating, row.maybe("terminating")) }
    });
}

#[test]
fn conditions() {
    run(include_str!("../../../tests/tables/replica-set-condition.txt"), |row| {
        let mut set = set("rs", row.int("replicas"), 0, "name");
        if row.yes("had") {
            set.status.conditions.push(Condition {
                kind: "ReplicaFailure",
                status: Some(true),
                reason: "before".into(),
                message: "".into(),
                since: SimTime::ZERO,
                updated: SimTime::ZERO,
            });
        }
        let (mut cx, _, set) = lab(set);
        for number in 0..row.int("pods") {
            member(&mut cx, &set, number as usize, "name", "yes");
        }
        let failure = row.yes("failed").then_some("it failed");
        let s = status::calculate(&set, &tally::count(&cx, &set), failure, NOW);
        let reasons: Vec<&str> = s.conditions.iter().map(|c| &*c.reason).collect();
        same(reasons, row.list("reason"))
    });
}

#[test]
fn next_available() {
    run(include_str!("../../../tests/tables/replica-set-available.txt"), |row| {
        let (mut cx, _, set) = lab(set("rs", 1, row.int("min_ready"), "name"));
        for (number, ready) in row.list("pods").into_iter().enumerate() {
            member(&mut cx, &set, number, "name", ready);
        }
        let next = tally::count(&cx, &set).next_available.map(|at| (at - NOW).as_secs() as i64);
        same(next, row.maybe("after"))
    });
}

#[cfg(feature = "more")]
#[test]
fn slow_start() {
    const QUOTA: &str = "
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {pods: ALLOWED}}
";
    run(include_str!("../../../tests/tables/replica-set-slow-start.txt"), |row| {
        let count = row.int("count");
        let mut cluster = crate::Cluster::empty(Config::default());
        cluster.apply(&QUOTA.replace("ALLOWED", row.text("allowed"))).expect("it is valid");
        cluster.advance_to(SimTime::from_millis(1000), 1000);
        let cx = &mut cluster.cx;
        let key = cx.create(set("rs", count, 0, "name")).expect("a fresh name");
        let set = cx.get::<ReplicaSet>(key).expect("it is there");
        let pods = |cx: &Context| tally::count(cx, &set).active;
        // Each reconcile makes one batch; a batch that fails is the last.
        while pods(cx) < count && super::create(cx, key, &set, (count - pods(cx)) as usize).is_ok() {}
        let failed = cx.events.iter().filter(|e| e.reason == "FailedCreate").map(|e| i64::from(e.count)).sum::<i64>();
        same((pods(cx), pods(cx) + failed), (row.int("created"), row.int("tried")))
    });
}
