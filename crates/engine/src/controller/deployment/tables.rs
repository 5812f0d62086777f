//! Upstream's tables for Deployments.

use super::{Set, Sets, progress, revision, rolling, scale};
use crate::api::Context;
use crate::config::Config;
use crate::controller::Controller;
use crate::object::{
    Condition, Deletion, Deployment, DeploymentStatus, IntOrPercent, Key, Meta, Phase, Pod, PodSpec, PodTemplate,
    ReplicaSet, ReplicaSetStatus, Selector,
};
use crate::table::{Row, run, same};
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;
use std::time::Duration;

fn amount(text: &str) -> IntOrPercent {
    let number = |t: &str| t.parse().expect("a number");
    text.strip_suffix('%').map_or_else(|| IntOrPercent::Int(number(text)), |p| IntOrPercent::Percent(number(p)))
}

fn deployment(replicas: i64, surge: &str, unavailable: &str) -> Deployment {
    Deployment {
        meta: Meta::named("default", "web"),
        replicas,
        selector: Selector::default(),
        template: Rc::default(),
        rolling: Some((amount(surge), amount(unavailable))),
        min_ready: 0,
        history_limit: 10,
        paused: false,
        progress_deadline: None,
        status: DeploymentStatus::default(),
        raw: Value::default(),
    }
}

fn set(name: &str, replicas: i64, available: i64) -> ReplicaSet {
    ReplicaSet {
        meta: Meta::named("default", name),
        legacy: false,
        replicas,
        selector: Selector::default(),
        template: Rc::default(),
        min_ready: 0,
        status: ReplicaSetStatus { replicas, available, ..ReplicaSetStatus::default() },
        raw: Value::default(),
    }
}

/// A Deployment and its sets, each second older than the one before.
struct Lab {
    cx: Context,
    key: Key,
    sets: Sets,
}

impl Lab {
    fn new(d: &Deployment, new: Option<ReplicaSet>, old: Vec<ReplicaSet>) -> Self {
        let mut cx = Context::new(Config::default());
        let key = cx.create(d.clone()).expect("a fresh name");
        let mut made: Vec<Set> = Vec::new();
        let count = old.len();
        for set in old.into_iter().rev().chain(new.clone()) {
            cx.now = cx.now + Duration::from_hours(1);
            let key = cx.create(set).expect("a fresh name");
            made.extend(cx.get::<ReplicaSet>(key).map(|s| (key, s)));
        }
        let new = if new.is_some() { made.pop() } else { None };
        assert_eq!(made.len(), count);
        made.reverse();
        Self { cx, key, sets: Sets { new, old: made } }
    }

    fn new_size(&self) -> Option<i64> {
        let (key, _) = self.sets.new.as_ref()?;
        Some(self.cx.get::<ReplicaSet>(*key)?.replicas)
    }

    fn old_sizes(&self) -> Vec<i64> {
        self.sets.old.iter().filter_map(|(k, _)| Some(self.cx.get::<ReplicaSet>(*k)?.replicas)).collect()
    }
}

fn of(row: &Row) -> Deployment {
    deployment(row.int("replicas"), row.text("surge"), row.text("unavailable"))
}

#[test]
fn new_set() {
    run(include_str!("../../../tests/tables/deployment-new.txt"), |row| {
        let d = of(row);
        let old = row.int("old");
        let mut lab = Lab::new(&d, Some(set("new", row.int("new"), 0)), vec![set("old", old, old)]);
        rolling::grow_new(&mut lab.cx, lab.key, &d, &lab.sets);
        same(lab.new_size(), row.maybe("new_after"))
    });
}

#[test]
fn old_sets() {
    run(include_str!("../../../tests/tables/deployment-old.txt"), |row| {
        let d = of(row);
        let old = set("old", row.int("old"), row.int("old_available"));
        let new = set("new", row.int("new"), row.int("new_available"));
        let mut lab = Lab::new(&d, Some(new), vec![old]);
        let mut sets = lab.sets.clone();
        let shrank = rolling::shrink_old(&mut lab.cx, lab.key, &d, &mut sets);
        same((lab.old_sizes(), shrank), (row.ints("old_after"), row.int("old_after") != row.int("old")))
    });
}

#[test]
fn unhealthy_pods() {
    run(include_str!("../../../tests/tables/deployment-unhealthy.txt"), |row| {
        let d = deployment(row.int("replicas"), "2", "2");
        let mut lab = Lab::new(&d, None, vec![set("old", row.int("old"), row.int("available"))]);
        let (gone, _) = rolling::take_unhealthy(&mut lab.cx, lab.key, &d, &lab.sets, row.int("most"));
        same((gone, lab.old_sizes()), (row.int("gone"), vec![row.int("old") - row.int("gone")]))
    });
}

#[test]
fn healthy_pods() {
    run(include_str!("../../../tests/tables/deployment-shrink.txt"), |row| {
        let d = of(row);
        let mut lab = Lab::new(&d, None, vec![set("old", row.int("old"), row.int("available"))]);
        rolling::take_healthy(&mut lab.cx, lab.key, &d, &lab.sets);
        same(lab.old_sizes(), row.ints("old_after"))
    });
}

#[test]
fn proportional_scaling() {
    run(include_str!("../../../tests/tables/deployment-scale.txt"), |row| {
        let before = deployment(row.int("before"), row.text("surge_before"), "0");
        let d = of(row);
        let broken = row.yes("broken");
        let annotated = |name: &str, n: i64, desired: i64| {
            let mut set = set(name, n, if broken && name == "new" { 0 } else { n });
            set.meta.annotations.set(scale::DESIRED, desired.to_string());
            set.meta.annotations.set(scale::MAX, (desired + scale::max_surge(&before)).to_string());
            set
        };
        let new = row.maybe("new").map(|n| annotated("new", n, before.replicas));
        let desired = row.ints("desired");
        let old = row.ints("old").into_iter().enumerate();
        let old = old.map(|(i, n)| annotated(&format!("old{i}"), n, *desired.get(i).unwrap_or(&before.replicas)));
        let mut lab = Lab::new(&d, new, old.collect());
        scale::scale(&mut lab.cx, lab.key, &d, lab.sets.clone());
        let shown = |n: Option<i64>| n.map_or("-".to_owned(), |n| n.to_string());
        let have = std::iter::once(shown(lab.new_size())).chain(lab.old_sizes().into_iter().map(|n| n.to_string()));
        let want = std::iter::once(row.text("new_after")).chain(row.list("old_after"));
        let have: Vec<String> = have.collect();
        let want: Vec<&str> = want.collect();
        let fits = have.len() == want.len() && have.iter().zip(&want).all(|(h, w)| *w == "*" || h == w);
        if fits { Ok(()) } else { Err(format!("have {have:?}")) }
    });
}

#[test]
fn fractions() {
    run(include_str!("../../../tests/tables/deployment-fraction.txt"), |row| {
        let mut d = deployment(row.int("replicas"), row.text("surge"), "0");
        d.status.replicas = row.int("status_replicas");
        let mut set = set("set", row.int("set"), 0);
        if let Some(max) = row.maybe("max") {
            set.meta.annotations.set(scale::MAX, max.to_string());
        }
        // As much as it likes, either way.
        let shares = [1000, -1000].map(|to_add| scale::proportion(&d, &set, to_add, 0));
        same(shares, [row.int("fraction"); 2])
    });
}

#[test]
fn bounds() {
    run(include_str!("../../../tests/tables/deployment-fenceposts.txt"), |row| {
        same(scale::fenceposts(&of(row)), (row.int("surge_is"), row.int("unavailable_is")))
    });
    let strategy = |row: &Row, surge: &str, unavailable: &str| {
        let mut d = deployment(row.int("replicas"), surge, unavailable);
        if row.text("strategy") == "recreate" {
            d.rolling = None;
        }
        d
    };
    run(include_str!("../../../tests/tables/deployment-unavailable.txt"), |row| {
        same(scale::max_unavailable(&strategy(row, "1", row.text("unavailable"))), row.int("most"))
    });
    run(include_str!("../../../tests/tables/deployment-room.txt"), |row| {
        let d = strategy(row, row.text("surge"), "1");
        same(rolling::new_replicas(&d, row.int("old") + row.int("new"), row.int("new")), row.int("size"))
    });
}

fn status(n: &[i64]) -> DeploymentStatus {
    let &[replicas, updated, ready, available] = n else { panic!("four numbers") };
    DeploymentStatus { replicas, updated, ready, available, ..DeploymentStatus::default() }
}

#[test]
fn progress_of_rollouts() {
    run(include_str!("../../../tests/tables/deployment-complete.txt"), |row| {
        let d = deployment(row.int("replicas"), "0", "1");
        let status = status(&[row.int("current"), row.int("updated"), 0, row.int("available")]);
        same(progress::is_complete(&d, &status), row.yes("complete"))
    });
    run(include_str!("../../../tests/tables/deployment-progress.txt"), |row| {
        let moved = progress::has_moved(&status(&row.ints("before")), &status(&row.ints("now")));
        same(moved, row.yes("progress"))
    });
}

fn progressing(status: Option<bool>, reason: &str, at: SimTime) -> Condition {
    revision::condition("Progressing", status, reason, String::new(), at)
}

/// As the API server's client reads it: no deadline is the highest number there is.
fn deadline(row: &Row) -> Option<i64> {
    row.maybe("deadline").filter(|n| *n != i64::from(i32::MAX))
}

#[test]
fn deadlines() {
    run(include_str!("../../../tests/tables/deployment-timeout.txt"), |row| {
        let mut d = deployment(1, "0", "1");
        d.progress_deadline = deadline(row);
        let reason = row.list("reason").first().copied().unwrap_or_default();
        let seconds = |name: &str| SimTime::from_millis(row.int(name) as u64 * 1000);
        d.status.conditions.push(progressing(Some(true), reason, seconds("since")));
        same(progress::timed_out(&d, &d.status, seconds("now")), row.yes("timed_out"))
    });
    run(include_str!("../../../tests/tables/deployment-requeue.txt"), |row| {
        let mut d = deployment(row.int("replicas"), "0", "1");
        d.progress_deadline = deadline(row);
        d.status = status(&[3, row.int("updated"), 0, row.int("available")]);
        d.status.observed_generation = 1;
        match row.text("condition") {
            "failed" => {
                d.status.conditions.push(progressing(Some(false), "ProgressDeadlineExceeded", SimTime::ZERO));
            }
            "stuck" => d.status.conditions.push(progressing(Some(true), "", SimTime::ZERO)),
            _ => {}
        }
        let mut lab = Lab::new(&d, None, Vec::new());
        // Its creation put it on the agenda, too.
        while lab.cx.next_due(SimTime::from_millis(100)).is_some() {}
        lab.cx.now = SimTime::from_millis(row.int("now") as u64);
        progress::look_again(&mut lab.cx, lab.key, &d);
        let due = lab.cx.due(Controller::Deployment, lab.key).map(|at| at - lab.cx.now());
        let want = row.maybe("after").map(|seconds| Duration::from_secs(seconds as u64));
        let second = Duration::from_secs(1);
        match (due, want) {
            (None, None) => Ok(()),
            // In the last second: as soon as the deadline has passed.
            (Some(due), Some(Duration::ZERO)) if due <= second + lab.cx.config.watch_latency => Ok(()),
            (Some(due), Some(want)) => same(due, want + second),
            (due, want) => Err(format!("due {due:?}, want {want:?}")),
        }
    });
}

#[test]
fn least() {
    run(include_str!("../../../tests/tables/deployment-least.txt"), |row| {
        let d = deployment(row.int("replicas"), "1", row.text("unavailable"));
        same(d.replicas - scale::max_unavailable(&d), row.int("least"))
    });
}

fn template(text: &str) -> PodTemplate {
    let parts: Vec<&str> = text.split('/').collect();
    let &[container, node, annotation, labels] = &*parts else { panic!("{text}: four parts") };
    let mut raw = Value::default();
    raw.set_at(&["containers"], Value::array([Value::object([("name", Value::from(container))])]));
    raw.set_at(&["nodeName"], node);
    let pair = |l: &str| {
        let (key, value) = l.split_once('=').expect("a label");
        (if key == "hash" { revision::HASH_LABEL.to_owned() } else { key.to_owned() }, value.to_owned())
    };
    let labels: Vec<(String, String)> = labels.split(',').map(pair).collect();
    PodTemplate {
        labels: labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
        annotations: [(annotation, "value")].into_iter().collect(),
        spec: Rc::new(PodSpec { raw, ..PodSpec::default() }),
    }
}

#[test]
fn templates() {
    run(include_str!("../../../tests/tables/deployment-template.txt"), |row| {
        let (one, other) = (template(row.text("one")), template(row.text("other")));
        let have = [revision::equal_ignoring_hash(&one, &other), revision::equal_ignoring_hash(&other, &one)];
        same(have, [row.yes("same"); 2])
    });
}

/// Numbers with colons between.
fn numbers<const N: usize>(text: &str) -> [i64; N] {
    let list: Vec<i64> = text.split(':').map(|n| n.parse().expect("a number")).collect();
    list.try_into().expect("so many numbers")
}

#[test]
fn history() {
    run(include_str!("../../../tests/tables/deployment-history.txt"), |row| {
        let mut d = deployment(0, "0", "1");
        d.history_limit = row.int("limit");
        let old = row.list("old").into_iter().enumerate().map(|(i, text)| {
            let going = text == "x";
            let [replicas, pods] = numbers(if going { "0:0" } else { text });
            let mut set = set(&format!("old{i}"), replicas, 0);
            set.status.replicas = pods;
            set.status.observed_generation = 1;
            if going {
                set.meta.deletion = Some(Deletion { at: SimTime::ZERO, requested: SimTime::ZERO, grace_seconds: 0 });
            }
            set
        });
        let mut lab = Lab::new(&d, None, old.collect());
        super::clean_up(&mut lab.cx, &d, &lab.sets);
        same((lab.sets.old.len() - lab.old_sizes().len()) as i64, row.int("deleted"))
    });
}

#[test]
fn new_and_old() {
    run(include_str!("../../../tests/tables/deployment-find.txt"), |row| {
        let mut d = deployment(1, "0", "1");
        d.template = Rc::new(template("nginx/-/-/hash=1,name=nginx"));
        let sets = row.list("sets").into_iter().map(|name| {
            let mut set = set(name, i64::from(name == "new"), 0);
            let container = if name == "old" { "nginx-old-1" } else { "nginx" };
            set.template = Rc::new(template(&format!("{container}/-/-/hash={name},name=nginx")));
            set
        });
        // The last one of `Lab`'s list of old sets is the oldest.
        let mut lab = Lab::new(&d, None, sets.rev().collect());
        let list: Vec<Set> = lab.sets.old.clone();
        let sets = revision::sort(&mut lab.cx, lab.key, &d, &list, revision::Create::No);
        let name = |(_, s): &Set| s.meta.name.to_string();
        let new = sets.new.as_ref().map_or("-".to_owned(), name);
        let old: Vec<String> = sets.old.iter().map(name).collect();
        same((new, old), (row.text("new").to_owned(), row.list("old").into_iter().map(str::to_owned).collect()))
    });
}

#[test]
fn old_pods() {
    run(include_str!("../../../tests/tables/deployment-recreate.txt"), |row| {
        let mut d = deployment(1, "0", "1");
        d.rolling = None;
        let old = row.ints("status").into_iter().map(|pods| {
            let mut set = set("old", 0, 0);
            set.status.replicas = pods;
            set
        });
        let mut lab = Lab::new(&d, None, old.collect());
        for (i, phase) in row.list("pods").into_iter().enumerate() {
            let mut meta = Meta::named("default", format!("pod{i}"));
            meta.owners.push(crate::controller::replica_set::owner_ref(&lab.sets.old[0].1));
            let mut pod = Pod::new(meta, Rc::default());
            pod.status.phase = match phase {
                "Pending" => Phase::Pending,
                "Running" => Phase::Running,
                "Succeeded" => Phase::Succeeded,
                "Failed" => Phase::Failed,
                _ => Phase::Unknown,
            };
            lab.cx.create(pod).expect("a fresh name");
        }
        same(super::old_pods_run(&lab.cx, &lab.sets), row.yes("run"))
    });
}

#[test]
fn conditions() {
    run(include_str!("../../../tests/tables/deployment-condition.txt"), |row| {
        let mut d = deployment(row.int("replicas"), "0", "1");
        d.rolling = None;
        d.progress_deadline = row.yes("deadline").then_some(60);
        let &[replicas, updated, available] = &*row.ints("status") else { panic!("three numbers") };
        d.status = DeploymentStatus { replicas, updated, available, ..DeploymentStatus::default() };
        let written = SimTime::from_millis(1000);
        if let Some(reason) = row.list("was").first() {
            d.status.conditions.push(progressing(Some(*reason != "ProgressDeadlineExceeded"), reason, written));
        }
        let set = |name: &str, text: &str| {
            let [replicas, pods, available] = numbers(text);
            let mut set = set(name, replicas, available);
            set.status.replicas = pods;
            set
        };
        let new = row.list("new").first().map(|text| set("new", text));
        let others = row.list("others").into_iter().map(|text| set("old", text)).collect();
        let mut lab = Lab::new(&d, new, others);
        lab.cx.now = SimTime::from_millis(1_000_000);
        progress::write_rollout(&mut lab.cx, lab.key, &lab.sets);
        let after = lab.cx.get::<Deployment>(lab.key).expect("it is there");
        let condition = after.status.conditions.iter().find(|c| c.kind == "Progressing");
        let status = |c: &Condition| if c.status == Some(true) { "True" } else { "False" };
        let is = condition.map_or("-".to_owned(), |c| format!("{}:{}", status(c), c.reason));
        let kept = condition.map(|c| (c.updated == written, c.since == written));
        let want = match row.text("kept") {
            "*" => kept,
            "both" => Some((true, true)),
            _ => Some((false, true)),
        };
        same((is, kept), (row.text("is").to_owned(), want))
    });
}
