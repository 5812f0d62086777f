use super::*;
use crate::object::PodSpec;
use crate::time::SimTime;
use crate::{Cluster, Config};
use std::rc::Rc;

fn pod(cx: &mut Context, name: &str, owner: Option<(Key, bool)>, bound: bool) -> Key {
    let mut meta = Meta::named("default", name);
    if let Some((key, block)) = owner {
        let m = cx.store.object(key).unwrap().meta();
        meta.owners.push(OwnerRef {
            api_version: "v1".into(),
            kind: "Pod".into(),
            name: m.name.clone(),
            uid: m.uid,
            controller: true,
            block_owner_deletion: block,
        });
    }
    let mut pod = Pod::new(meta, Rc::new(PodSpec { grace_seconds: 30, ..PodSpec::default() }));
    pod.node = bound.then(|| "no-such-node".into());
    cx.create(pod).unwrap()
}

fn run(cluster: &mut Cluster) {
    let until = cluster.now() + std::time::Duration::from_secs(5);
    assert!(cluster.advance_to(until, 10_000));
}

fn with(propagation: Propagation) -> DeleteOptions {
    DeleteOptions { propagation, grace_seconds: None }
}

#[test]
fn a_bound_pod_has_its_grace_and_an_unbound_one_goes() {
    let mut cluster = Cluster::empty(Config::default());
    let cx = &mut cluster.cx;
    let (free, bound) = (pod(cx, "free", None, false), pod(cx, "bound", None, true));
    cx.delete(free, DeleteOptions::default()).unwrap();
    cx.delete(bound, DeleteOptions::default()).unwrap();
    assert_eq!(cx.get::<Pod>(free).unwrap().meta.deletion.unwrap().grace_seconds, 0);
    let deletion = cx.get::<Pod>(bound).unwrap().meta.deletion.unwrap();
    assert_eq!((deletion.at, deletion.grace_seconds), (SimTime::from_millis(30_000), 30));
    cx.delete(bound, DeleteOptions { grace_seconds: Some(60), ..DeleteOptions::default() }).unwrap();
    assert_eq!(cx.get::<Pod>(bound).unwrap().meta.deletion.unwrap(), deletion);
    cx.delete(bound, DeleteOptions { grace_seconds: Some(0), ..DeleteOptions::default() }).unwrap();
    run(&mut cluster);
    let cx = &mut cluster.cx;
    assert!(cx.store.object(free).is_none() && cx.store.object(bound).is_none());
    let error = cx.delete(bound, DeleteOptions::default()).unwrap_err();
    assert_eq!(error.message, "pods \"bound\" not found");
}

#[test]
fn what_it_owned_goes_after_it() {
    let mut cluster = Cluster::empty(Config::default());
    let owner = pod(&mut cluster.cx, "owner", None, false);
    let owned = pod(&mut cluster.cx, "owned", Some((owner, true)), false);
    let below = pod(&mut cluster.cx, "below", Some((owned, true)), false);
    cluster.cx.delete(owner, with(Propagation::Background)).unwrap();
    run(&mut cluster);
    assert!(cluster.cx.store.object(owned).is_none() && cluster.cx.store.object(below).is_none());
}

#[test]
fn in_the_foreground_what_blocks_goes_first() {
    let mut cluster = Cluster::empty(Config::default());
    let owner = pod(&mut cluster.cx, "owner", None, false);
    let owned = pod(&mut cluster.cx, "owned", Some((owner, true)), false);
    let below = pod(&mut cluster.cx, "below", Some((owned, true)), true);
    let beside = pod(&mut cluster.cx, "beside", Some((owner, false)), false);
    cluster.cx.delete(owner, with(Propagation::Foreground)).unwrap();
    run(&mut cluster);
    let cx = &mut cluster.cx;
    assert!(waits(cx.store.object(owner).unwrap().meta(), FOREGROUND));
    assert!(waits(cx.store.object(owned).unwrap().meta(), FOREGROUND));
    assert!(cx.store.object(below).unwrap().meta().deleting() && cx.store.object(beside).is_none());
    cx.remove(below);
    run(&mut cluster);
    assert!(cluster.cx.store.of_kind(Kind::Pod).is_empty());
}

#[test]
fn an_orphan_stays_and_is_free() {
    let mut cluster = Cluster::empty(Config::default());
    let owner = pod(&mut cluster.cx, "owner", None, false);
    let owned = pod(&mut cluster.cx, "owned", Some((owner, true)), false);
    cluster.cx.delete(owner, with(Propagation::Orphan)).unwrap();
    assert!(cluster.cx.store.object(owner).is_some());
    run(&mut cluster);
    assert!(cluster.cx.store.object(owner).is_none());
    assert!(cluster.cx.get::<Pod>(owned).unwrap().meta.owners.is_empty());
}

#[test]
fn one_of_two_owners_keeps_it() {
    let mut cluster = Cluster::empty(Config::default());
    let (a, b) = (pod(&mut cluster.cx, "a", None, false), pod(&mut cluster.cx, "b", None, false));
    let owned = pod(&mut cluster.cx, "owned", Some((a, false)), false);
    let other = cluster.cx.get::<Pod>(b).unwrap().meta.uid;
    cluster.cx.update::<Pod>(owned, |p| {
        let mut owner = p.meta.owners[0].clone();
        owner.name = "b".into();
        owner.uid = other;
        owner.controller = false;
        p.meta.owners.push(owner);
    });
    cluster.cx.delete(a, with(Propagation::Background)).unwrap();
    run(&mut cluster);
    assert_eq!(cluster.cx.get::<Pod>(owned).unwrap().meta.owners.len(), 1);
    cluster.cx.delete(b, with(Propagation::Background)).unwrap();
    run(&mut cluster);
    assert!(cluster.cx.store.object(owned).is_none());
}
