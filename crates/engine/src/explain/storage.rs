//! Why a claim or a volume is as it is.

use super::{Answer, Mood, Why, bytes, kubectl, many, pending};
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
            let text = say!(
                "% is Lost: its volume was deleted, and the data with it. A claim does not get another volume.",
                name
            );
            Answer::new(Mood::Stuck, text).command(kubectl(&claim.meta.namespace, say!("delete pvc %", name)))
        }
        _ => unbound(w, key, claim),
    }
}

fn bound(w: Why, key: Key, claim: &Claim) -> Answer {
    let volume = claim.volume.as_deref().unwrap_or_default();
    let zone = w.get::<Volume>(Kind::PersistentVolume, "", volume).and_then(|v| v.zone.clone());
    let place = zone.as_ref().map(|z| say!(" in %", z)).unwrap_or_default();
    let text = say!("% is bound to the volume % of %%", &claim.meta.name, volume, &bytes(claim.bytes), &place);
    let mut text = text;
    // A pod that cannot follow its volume is what people come here for.
    if let Some((pod_key, pod)) = users(w.cx, key).find(|(_, p)| p.node.is_none() && !p.is_terminal()) {
        let answer = pending::pending(w, pod_key, pod);
        text += &say!("; %", &answer.text);
        return Answer { text, ..answer };
    }
    let user = users(w.cx, key).next();
    text += &match user {
        Some((_, pod)) => say!("; pod % mounts it.", &pod.meta.name),
        None => "; no pod mounts it, and it stays.".to_owned(),
    };
    Answer::new(Mood::Well, text)
}

fn unbound(w: Why, key: Key, claim: &Claim) -> Answer {
    let (name, ns) = (&claim.meta.name, &claim.meta.namespace);
    if let Some(volume) = &claim.volume {
        let text = say!(
            "% is Pending: it asks for the volume %, which is not there or belongs to another claim.",
            name,
            &**volume
        );
        return Answer::new(Mood::Stuck, text);
    }
    let Some(class_name) = claim.class.as_ref().filter(|c| !c.is_empty()) else {
        let none =
            if claim.class.is_some() { " has the empty class" } else { " has no class, and there is no default one" };
        let text = say!(
            "% is Pending: it%, so that nothing provisions a volume, and no volume that is there fits.",
            name,
            none
        );
        return Answer::new(Mood::Stuck, text);
    };
    let Some(class) = w.get::<StorageClass>(Kind::StorageClass, "", class_name) else {
        let text = say!("% is Pending: there is no StorageClass %.", name, &**class_name);
        return Answer::new(Mood::Stuck, text).command(kubectl(ns, say!("get storageclass")));
    };
    if class.wait_for_consumer && claim.meta.annotations.get(crate::scheduler::SELECTED_NODE).is_none() {
        let begin = say!("% is Pending: its class % binds WaitForFirstConsumer", name, &**class_name);
        return match users(w.cx, key).find(|(_, p)| !p.is_terminal()) {
            Some((_, pod)) => {
                let text = say!("%, and pod % has no node yet.", &begin, &pod.meta.name);
                Answer::new(Mood::Waiting, text)
            }
            None => Answer::new(Mood::Waiting, say!("%, and no pod mounts it yet.", &begin)),
        };
    }
    if &*class.provisioner == NO_PROVISIONER {
        let text = say!(
            "% is Pending: class % provisions nothing, and no volume that is there fits %.",
            name,
            &**class_name,
            &bytes(claim.bytes)
        );
        return Answer::new(Mood::Stuck, text);
    }
    let text =
        say!("% is Pending: a volume of % is being provisioned by %.", name, &bytes(claim.bytes), &class.provisioner);
    Answer::new(Mood::Waiting, text).until(w.cx.due(Controller::Claim, key))
}

/// Why a volume is as it is.
pub fn volume(w: Why, volume: &Volume) -> Answer {
    let name = &volume.meta.name;
    let of = volume.claim.as_ref().map(|(ns, claim)| say!("%/%", ns, &**claim)).unwrap_or_default();
    let nodes =
        w.cx.store.list::<Node>(Kind::Node).filter(|(_, n)| volume.zone.is_some() && n.zone() == volume.zone.as_ref());
    let place = match &volume.zone {
        Some(zone) => say!(" It lives in %, which has %.", zone, &many(nodes.count() as i64, "node")),
        None => String::new(),
    };
    match volume.phase {
        VolumePhase::Bound => Answer::new(Mood::Well, say!("% is bound to the claim %.%", name, &of, &place)),
        VolumePhase::Released => Answer::new(
            Mood::Well,
            say!(
                "% is Released: its claim % is gone, and its reclaim policy keeps it and its data.%",
                name,
                &of,
                &place
            ),
        ),
        _ => Answer::new(Mood::Well, say!("% is Available: no claim has it.%", name, &place)),
    }
}
