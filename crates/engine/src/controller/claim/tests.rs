use super::*;
use crate::object::{Node, PodSpec};
use crate::{Cluster, Config};
use std::time::Duration;

fn lab() -> Cluster {
    let mut cluster = Cluster::empty(Config::default());
    let class = |name: &str, waits: bool, default: bool| {
        let mut meta = Meta::named("", name);
        if default {
            meta.annotations.set(DEFAULT_CLASS, "true");
        }
        let provisioner = "lab/fake".into();
        StorageClass { meta, provisioner, wait_for_consumer: waits, reclaim_delete: true, ..StorageClass::default() }
    };
    for object in [class("standard", true, true), class("immediate", false, false)] {
        cluster.cx.create(object).expect("a class");
    }
    cluster.cx.create(Node::new("node-1", "zone-a", "r1", 1000, 1, 10)).expect("a node");
    cluster
}

fn claim(name: &str, class: Option<&str>, bytes: i64) -> Claim {
    let access_modes = vec!["ReadWriteOnce".into()];
    Claim { meta: Meta::named("default", name), class: class.map(Into::into), bytes, access_modes, ..Claim::default() }
}

fn volume(name: &str, bytes: i64) -> Volume {
    let access_modes = vec!["ReadWriteOnce".into(), "ReadOnlyMany".into()];
    Volume { meta: Meta::named("", name), bytes, access_modes, ..Volume::default() }
}

fn pass(cluster: &mut Cluster) {
    let until = cluster.now() + Duration::from_millis(100);
    while !cluster.advance_to(until, 1000) {}
}

fn told(cluster: &Cluster, key: Key) -> Vec<&'static str> {
    cluster.cx.events_about(key).map(|e| e.reason).collect()
}

#[test]
fn waits_for_the_first_consumer_then_provisions_where_it_runs() {
    let mut cluster = lab();
    let key = cluster.cx.create(claim("c", None, 1 << 30)).expect("a claim");
    pass(&mut cluster);
    let c = cluster.cx.get::<Claim>(key).expect("the claim");
    assert_eq!((c.class.as_deref(), c.phase), (Some("standard"), VolumePhase::Pending));
    assert_eq!(c.meta.finalizers, [Str::from(CLAIM_PROTECTION)]);
    assert_eq!(told(&cluster, key), ["WaitForFirstConsumer"]);
    cluster.cx.update::<Claim>(key, |c| c.meta.annotations.set(SELECTED_NODE, "node-1"));
    pass(&mut cluster);
    let c = cluster.cx.get::<Claim>(key).expect("the claim");
    assert_eq!(c.phase, VolumePhase::Bound);
    let name = c.volume.clone().expect("a volume");
    let volume = cluster.cx.store.lookup::<Volume>(Kind::PersistentVolume, "", &name).expect("the volume");
    assert_eq!((volume.zone.as_deref(), volume.phase, volume.bytes), (Some("zone-a"), VolumePhase::Bound, 1 << 30));
    assert_eq!(told(&cluster, key), ["WaitForFirstConsumer", "ExternalProvisioning"]);
}

#[test]
fn provisions_at_once_for_an_immediate_class_and_reclaims() {
    let mut cluster = lab();
    let key = cluster.cx.create(claim("c", Some("immediate"), 5)).expect("a claim");
    pass(&mut cluster);
    assert_eq!(cluster.cx.get::<Claim>(key).expect("the claim").phase, VolumePhase::Bound);
    assert_eq!(cluster.cx.store.of_kind(Kind::PersistentVolume).len(), 1);
    cluster.cx.mark_deleted(key, 0);
    pass(&mut cluster);
    assert!(cluster.cx.store.object(key).is_none());
    assert!(cluster.cx.store.of_kind(Kind::PersistentVolume).is_empty());
}

#[test]
fn a_claim_in_use_is_protected() {
    let mut cluster = lab();
    let key = cluster.cx.create(claim("c", Some("immediate"), 5)).expect("a claim");
    let spec = PodSpec { claims: vec![("data".into(), "c".into())], ..PodSpec::default() };
    let mut pod = Pod::new(Meta::named("default", "p"), Rc::new(spec));
    pod.node = Some("by-hand".into());
    let pod = cluster.cx.create(pod).expect("a pod");
    pass(&mut cluster);
    cluster.cx.mark_deleted(key, 0);
    pass(&mut cluster);
    assert!(cluster.cx.store.object(key).is_some());
    cluster.cx.remove(pod);
    pass(&mut cluster);
    assert!(cluster.cx.store.object(key).is_none());
}

// upstream: TestMatchVolume: the smallest volume that is large enough
#[test]
fn takes_the_smallest_volume_that_will_do() {
    let mut cluster = lab();
    for (name, gib) in [("gce-pd-10", 10), ("gce-pd-5", 5), ("gce-pd-8", 8)] {
        cluster.cx.create(volume(name, gib << 30)).expect("a volume");
    }
    pass(&mut cluster);
    for (name, gib, want) in [("claim01", 8, Some("gce-pd-8")), ("claim02", 1, Some("gce-pd-5")), ("claim03", 20, None)]
    {
        let key = cluster.cx.create(claim(name, Some(""), gib << 30)).expect("a claim");
        pass(&mut cluster);
        let got = cluster.cx.get::<Claim>(key).expect("the claim").volume.clone();
        assert_eq!(got.as_deref(), want, "{name}");
    }
}

#[test]
fn a_volume_that_is_kept_is_released_and_a_claim_without_volume_is_lost() {
    let mut cluster = lab();
    let pv = cluster.cx.create(volume("pv", 9)).expect("a volume");
    let other = cluster.cx.create(volume("pv2", 9)).expect("a volume");
    pass(&mut cluster);
    let key = cluster.cx.create(claim("c", Some(""), 5)).expect("a claim");
    let lost = cluster.cx.create(claim("d", Some(""), 5)).expect("a claim");
    pass(&mut cluster);
    cluster.cx.mark_deleted(key, 0);
    cluster.cx.remove(other);
    pass(&mut cluster);
    assert_eq!(cluster.cx.get::<Volume>(pv).expect("kept").phase, VolumePhase::Released);
    assert_eq!(cluster.cx.get::<Claim>(lost).expect("the claim").phase, VolumePhase::Lost);
    assert_eq!(told(&cluster, lost), ["ClaimLost"]);
}
