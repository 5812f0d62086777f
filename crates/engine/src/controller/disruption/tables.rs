//! Upstream's tables for disruption budgets.

use super::tests::{budget, labels, selector};
use crate::api::Context;
use crate::controller::{self, Controller};
use crate::object::{
    DisruptionBudget, IntOrPercent, Meta, OwnerRef, Phase, Pod, PodTemplate, ReplicaSet, ReplicaSetStatus, StatefulSet,
    StatefulSetStatus, Uid, UpdateStrategy,
};
use crate::table::{Row, run, same};
use crate::{Config, object::Object};
use podscope_schema::Value;
use std::rc::Rc;

fn amount(row: &Row, name: &str) -> Option<IntOrPercent> {
    let text = *row.list(name).first()?;
    let number = |t: &str| t.parse().expect("a number");
    Some(text.strip_suffix('%').map_or_else(|| IntOrPercent::Int(number(text)), |p| IntOrPercent::Percent(number(p))))
}

fn workload(kind: &str, replicas: i64) -> Object {
    let meta = Meta::named("default", kind);
    if kind == "sts" {
        let set = StatefulSet {
            meta,
            replicas,
            selector: selector(),
            template: Rc::new(PodTemplate::default()),
            claim_templates: Rc::default(),
            service: "".into(),
            parallel: false,
            strategy: UpdateStrategy::OnDelete,
            history_limit: 10,
            min_ready: 0,
            start: 0,
            delete_claims_with_set: false,
            delete_claims_on_scale: false,
            status: StatefulSetStatus::default(),
            raw: Value::Null,
        };
        return set.into();
    }
    let set = ReplicaSet {
        meta,
        legacy: kind == "rc",
        replicas,
        selector: selector(),
        template: Rc::new(PodTemplate::default()),
        min_ready: 0,
        status: ReplicaSetStatus::default(),
        raw: Value::Null,
    };
    set.into()
}

fn owner(cx: &Context, kind: &str) -> Option<OwnerRef> {
    let (api_version, long) = match kind {
        "rs" => ("apps/v1", "ReplicaSet"),
        "rc" => ("v1", "ReplicationController"),
        "sts" => ("apps/v1", "StatefulSet"),
        "other" => ("apps.test.io/v1", "TestWorkload"),
        _ => return None,
    };
    let key = crate::object::Kind::from_name(long).and_then(|k| cx.store.find(k, "default", kind));
    let uid = key.and_then(|k| cx.store.object(k)).map_or(Uid(7), |o| o.meta().uid);
    let (api_version, long) = (api_version.into(), long.into());
    Some(OwnerRef { api_version, kind: long, name: kind.into(), uid, controller: true, block_owner_deletion: true })
}

#[test]
fn budgets() {
    run(include_str!("../../../tests/tables/disruption.txt"), |row| {
        let mut cx = Context::new(Config::default());
        let key = cx.create(budget("web", amount(row, "min"), amount(row, "max"))).expect("a fresh name");
        for set in row.list("sets") {
            let (kind, replicas) = set.split_once(':').expect("a kind and a number");
            cx.create(workload(kind, replicas.parse().expect("a number"))).expect("a fresh name");
        }
        for group in row.list("pods") {
            let (kind, counts) = group.split_once('=').expect("an owner");
            let (ready, unready) = counts.split_once('/').expect("two numbers");
            let numbers = [ready, unready].map(|n| n.parse::<i64>().expect("a number"));
            for number in 0..numbers[0] + numbers[1] {
                let mut meta = Meta::named("default", format!("{kind}-{number}"));
                meta.labels = labels();
                meta.owners.extend(owner(&cx, kind));
                let mut pod = Pod::new(meta, Rc::default());
                pod.node = Some("no-such-node".into());
                pod.status.phase = Phase::Running;
                pod.status.ready.status = number < numbers[0];
                cx.create(pod).expect("a fresh name");
            }
        }
        controller::reconcile(&mut cx, Controller::Disruption, key);
        let status = &cx.get::<DisruptionBudget>(key).expect("it is there").status;
        let have = [status.allowed, status.healthy, status.desired, status.expected];
        for (have, name) in have.into_iter().zip(["allowed", "healthy", "desired", "expected"]) {
            if row.text(name) != "*" {
                same((name, have), (name, row.int(name)))?;
            }
        }
        let allowed = status.conditions.iter().any(|c| c.kind == "DisruptionAllowed" && c.status == Some(true));
        same(allowed, status.allowed > 0)
    });
}
