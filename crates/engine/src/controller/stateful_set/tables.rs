//! Upstream's tables for StatefulSets, with its invariants after every sync.

use super::pods::{is_running_and_ready, parent_and_ordinal, revision_of};
use super::tests::{Lab, db, template};
use crate::object::{Claim, Kind, Phase, Pod, StatefulSet, UpdateStrategy};
use crate::table::{Row, run, same};
use std::rc::Rc;

fn ordinal(pod: &Pod) -> i64 {
    parent_and_ordinal(&pod.meta.name).map_or(-1, |(_, ordinal)| ordinal)
}

// upstream: assertMonotonicInvariants, what is about order
fn in_order(lab: &Lab) -> Result<(), String> {
    let pods = lab.pods();
    for (at, (_, pod)) in pods.iter().enumerate() {
        if at > 0 && is_running_and_ready(pod) && !is_running_and_ready(&pods[at - 1].1) {
            return Err(format!("{} is Ready before the one below it", pod.meta.name));
        }
        if ordinal(pod) != at as i64 {
            return Err(format!("{} is there without the one below it", pod.meta.name));
        }
    }
    belongs(lab)
}

/// Each pod has its own name, labels and claims, and its claims the owners that the policy asks for.
// upstream: assertBurstInvariants, checkClaimInvarients
fn belongs(lab: &Lab) -> Result<(), String> {
    let set = lab.set();
    for (_, pod) in lab.pods() {
        let (name, at) = (&pod.meta.name, ordinal(&pod));
        let label = |key: &str| pod.meta.labels.get(key).map(|v| &**v);
        if label("statefulset.kubernetes.io/pod-name") != Some(name) {
            return Err(format!("{name} has not the labels of its identity"));
        }
        let claim_name = format!("data-{name}");
        if pod.claims.iter().all(|(_, claim)| **claim != *claim_name) {
            return Err(format!("{name} does not mount {claim_name}"));
        }
        let Some(claim) = lab.cluster.cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, "default", &claim_name)
        else {
            if set.delete_claims_on_scale {
                continue;
            }
            return Err(format!("{claim_name} is not there"));
        };
        if !is_running_and_ready(&pod) || pod.meta.deleting() {
            continue;
        }
        let in_range = (set.start..set.start + set.replicas).contains(&at);
        let owned_by = |uid| claim.meta.owners.iter().any(|o| o.uid == uid);
        let with_pod = set.delete_claims_on_scale && !in_range;
        let want = (set.delete_claims_with_set && !with_pod, with_pod);
        if (owned_by(set.meta.uid), owned_by(pod.meta.uid)) != want {
            return Err(format!("{claim_name} has not the owners that the policy asks for"));
        }
    }
    Ok(())
}

/// The lower pods, as many as the status says, have the current revision, the upper ones the update's.
// upstream: assertUpdateInvariants
fn revisions(lab: &Lab) -> Result<(), String> {
    belongs(lab)?;
    let set = lab.set();
    if matches!(set.strategy, UpdateStrategy::OnDelete) {
        return Ok(());
    }
    let pods: Vec<Rc<Pod>> = lab.pods().into_iter().map(|(_, p)| p).filter(|p| !p.meta.deleting()).collect();
    let wrong = |pod: &Rc<Pod>, want| revision_of(pod) != Some(want);
    let (current, updated) = (set.status.current as usize, set.status.updated as usize);
    if pods.iter().take(current).any(|p| wrong(p, &set.status.current_revision)) {
        return Err(format!("one of the lower {current} pods has not the current revision"));
    }
    if pods.iter().rev().take(updated).any(|p| wrong(p, &set.status.update_revision)) {
        return Err(format!("one of the upper {updated} pods has not the update's revision"));
    }
    Ok(())
}

fn change(set: &mut StatefulSet, step: &str) {
    for one in step.split('+') {
        match one.split_once('=').expect("what = so much") {
            ("replicas", n) => set.replicas = n.parse().expect("a number"),
            ("image", n) => set.template = template(&format!("db:{n}")),
            _ => panic!("{step}: no such step"),
        }
    }
}

fn images(lab: &Lab) -> Vec<String> {
    let image = |p: &Pod| p.spec.containers[0].image.trim_start_matches("db:").to_owned();
    lab.pods().iter().map(|(_, p)| image(p)).collect()
}

fn play(lab: &mut Lab, steps: &[&str]) -> Result<(), String> {
    for step in steps {
        let (verb, rest) = step.split_once('=').unwrap_or((step, ""));
        let name = format!("db-{rest}");
        match verb {
            "heal" => lab.heal(),
            "is" => same(images(lab).join(":"), rest.to_owned())?,
            "remove" => {
                let key = lab.pod(&name);
                lab.cluster.cx.remove(key);
            }
            "restart" => {
                for (key, _) in lab.pods() {
                    lab.cluster.cx.remove(key);
                }
                lab.pass(50);
            }
            "fail" | "succeed" => {
                let (key, failed) = (lab.pod(&name), verb == "fail");
                lab.cluster.cx.update::<Pod>(key, |p| {
                    p.node = Some("by-hand".into());
                    p.status.phase = if failed { Phase::Failed } else { Phase::Succeeded };
                });
                lab.pass(50);
            }
            "unclaim" => {
                let claim = format!("data-{name}");
                let key = lab.cluster.cx.store.find(Kind::PersistentVolumeClaim, "default", &claim);
                lab.cluster.cx.remove(key.expect("the claim"));
                // A change of the pod wakes the set.
                let pod = lab.pod(&name);
                lab.cluster.cx.update::<Pod>(pod, |p| p.meta.annotations.set("seen", "yes"));
                lab.pass(50);
                if lab.cluster.cx.store.object(key.expect("the claim")).is_none() {
                    return Err(format!("{claim} was not made again"));
                }
            }
            _ => lab.change(|set| change(set, step)),
        }
    }
    same(lab.broken.first().cloned(), None)
}

fn ends_with(lab: &Lab, row: &Row) -> Result<(), String> {
    let want: Vec<String> = row.list("images").into_iter().map(str::to_owned).collect();
    same(images(lab), want.clone())?;
    let s = &lab.set().status;
    same([s.replicas, s.ready, s.available], [want.len() as i64; 3])
}

#[test]
fn behaviors() {
    run(include_str!("../../../tests/tables/stateful-set.txt"), |row| {
        let mut set = db(row.int("replicas"));
        set.parallel = row.text("management") == "parallel";
        set.delete_claims_on_scale = row.text("scaled") == "delete";
        set.delete_claims_with_set = row.text("deleted") == "delete";
        let mut lab = Lab::with(set, if row.yes("order") { in_order } else { belongs });
        play(&mut lab, &row.list("steps"))?;
        ends_with(&lab, row)
    });
}

#[test]
fn updates() {
    run(include_str!("../../../tests/tables/stateful-set-update.txt"), |row| {
        let mut set = db(row.int("replicas"));
        set.parallel = row.text("management") == "parallel";
        match row.text("strategy") {
            "on-delete" => set.strategy = UpdateStrategy::OnDelete,
            "partition=2" => set.strategy = UpdateStrategy::RollingUpdate { partition: 2, max_unavailable: None },
            _ => {}
        }
        let mut lab = Lab::with(set, revisions);
        play(&mut lab, &row.list("steps"))?;
        ends_with(&lab, row)
    });
}
