//! Why a claim or a volume is as it is.

use super::{Answer, Mood, Why, bytes, kubectl, pending};
use crate::controller::Controller;
use crate::controller::claim::users;
use crate::object::{Claim, Key, Kind, Node, StorageClass, Volume, VolumePhase};

const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// Why a claim is as it is.
pub fn claim(w: Why, key: Key, claim: &Claim) -> Answer {
    let name = &claim.meta.name;
    match claim.phase {
        VolumePhase::Bound => bound(w, key, claim),
        VolumePhase::Lost => {
            let text =
                [name, " is Lost: its volume was deleted, and the data with it. A claim does not get another volume."];
            Answer::new(Mood::Stuck, &text).command(kubectl(&claim.meta.namespace, &["delete pvc ", name]))
        }
        _ => unbound(w, key, claim),
    }
}

fn bound(w: Why, key: Key, claim: &Claim) -> Answer {
    let volume = claim.volume.as_deref().unwrap_or_default();
    let zone = w.get::<Volume>(Kind::PersistentVolume, "", volume).and_then(|v| v.zone.clone());
    let place = zone.as_ref().map(|z| [" in ", z].concat()).unwrap_or_default();
    let text = [&*claim.meta.name, " is bound to the volume ", volume, " of ", &bytes(claim.bytes), &place];
    let mut text = text.concat();
    // A pod that cannot follow its volume is what people come here for.
    if let Some((pod_key, pod)) = users(w.cx, key).find(|(_, p)| p.node.is_none() && !p.is_terminal()) {
        let answer = pending::pending(w, pod_key, pod);
        text += &["; ", &answer.text].concat();
        return Answer { text, ..answer };
    }
    let user = users(w.cx, key).next();
    text += &match user {
        Some((_, pod)) => ["; pod ", &*pod.meta.name, " mounts it."].concat(),
        None => "; no pod mounts it, and it stays.".to_owned(),
    };
    Answer::new(Mood::Well, &[&text])
}

fn unbound(w: Why, key: Key, claim: &Claim) -> Answer {
    let (name, ns) = (&claim.meta.name, &claim.meta.namespace);
    if let Some(volume) = &claim.volume {
        let text = [
            name,
            " is Pending: it asks for the volume ",
            &**volume,
            ", which is not there or belongs to another claim.",
        ];
        return Answer::new(Mood::Stuck, &text);
    }
    let Some(class_name) = claim.class.as_ref().filter(|c| !c.is_empty()) else {
        let none =
            if claim.class.is_some() { " has the empty class" } else { " has no class, and there is no default one" };
        let text =
            [name, " is Pending: it", none, ", so that nothing provisions a volume, and no volume that is there fits."];
        return Answer::new(Mood::Stuck, &text);
    };
    let Some(class) = w.get::<StorageClass>(Kind::StorageClass, "", class_name) else {
        let text = [name, " is Pending: there is no StorageClass ", &**class_name, "."];
        return Answer::new(Mood::Stuck, &text).command(kubectl(ns, &["get storageclass"]));
    };
    if class.wait_for_consumer && claim.meta.annotations.get(crate::scheduler::SELECTED_NODE).is_none() {
        let begin = [name, " is Pending: its class ", &**class_name, " binds WaitForFirstConsumer"].concat();
        return match users(w.cx, key).find(|(_, p)| !p.is_terminal()) {
            Some((_, pod)) => {
                let text = [&*begin, ", and pod ", &pod.meta.name, " has no node yet."];
                Answer::new(Mood::Waiting, &text)
            }
            None => Answer::new(Mood::Waiting, &[&begin, ", and no pod mounts it yet."]),
        };
    }
    if &*class.provisioner == NO_PROVISIONER {
        let text = [
            name,
            " is Pending: class ",
            &**class_name,
            " provisions nothing, and no volume that is there fits ",
            &bytes(claim.bytes),
            ".",
        ];
        return Answer::new(Mood::Stuck, &text);
    }
    let text =
        [name, " is Pending: a volume of ", &*bytes(claim.bytes), " is being provisioned by ", &class.provisioner, "."];
    Answer::new(Mood::Waiting, &text).until(w.cx.due(Controller::Claim, key))
}

/// Why a volume is as it is.
pub fn volume(w: Why, volume: &Volume) -> Answer {
    let name = &volume.meta.name;
    let of = volume.claim.as_ref().map(|(ns, claim)| [ns, "/", &**claim].concat()).unwrap_or_default();
    let nodes =
        w.cx.store.list::<Node>(Kind::Node).filter(|(_, n)| volume.zone.is_some() && n.zone() == volume.zone.as_ref());
    let place = match &volume.zone {
        Some(zone) => [" It lives in ", zone, ", which has ", &nodes.count().to_string(), " nodes."].concat(),
        None => String::new(),
    };
    match volume.phase {
        VolumePhase::Bound => Answer::new(Mood::Well, &[name, " is bound to the claim ", &of, ".", &place]),
        VolumePhase::Released => Answer::new(
            Mood::Well,
            &[name, " is Released: its claim ", &of, " is gone, and its reclaim policy keeps it and its data.", &place],
        ),
        _ => Answer::new(Mood::Well, &[name, " is Available: no claim has it.", &place]),
    }
}
