//! Why a claim or a volume is as it is.

use super::{Answer, Mood, Why, bytes, kubectl, many, pending, word};
use crate::controller::Controller;
use crate::controller::attach::{self, Doing};
use crate::controller::claim::users;
use crate::object::{Claim, Key, Kind, Node, Phase, Pod, Resize, StorageClass, Volume, VolumePhase};

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
    if crate::DATA
        && let Some(answer) = growing(w, key, claim)
    {
        return answer;
    }
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

/// A claim that asks for more than it has, or whose volume is full.
fn growing(w: Why, key: Key, claim: &Claim) -> Option<Answer> {
    let (name, wish) = (&claim.meta.name, bytes(claim.bytes));
    match claim.resize {
        Resize::Disk(_) => {
            let text = say!("% asks for % now: the driver makes its disk larger.", name, &wish);
            Some(Answer::new(Mood::Waiting, text).until(w.cx.due(Controller::Claim, key)))
        }
        Resize::FileSystem(_, was) => {
            let text = say!(
                "% has % of the % of its disk: the file system grows when a pod that mounts it runs, and none does.",
                name,
                &bytes(was),
                &wish
            );
            Some(Answer::new(Mood::Waiting, text))
        }
        Resize::None => {
            let disk = w.cx.disks.get(&["volume/", claim.volume.as_deref().unwrap_or_default()].concat())?;
            let more = disk.store.as_ref().map_or(1, |s| s.row);
            if disk.used() == 0 || disk.fits(more) {
                return None;
            }
            let class = w.get::<StorageClass>(Kind::StorageClass, "", claim.class.as_ref()?)?;
            let grows = class.raw.get("allowVolumeExpansion").is_some_and(|v| v.as_bool() == Some(true));
            let begin =
                say!("% is full: % are used, and nothing more can be written.", name, &bytes(disk.used() as i64));
            let size = podscope_schema::Quantity::from_bytes(claim.bytes.saturating_mul(2)).to_string();
            let patch = "'{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"";
            let command = say!("patch pvc % -p %%\"}}}}'", name, patch, &size);
            Some(if grows {
                Answer::new(Mood::Stuck, begin).command(kubectl(&claim.meta.namespace, command))
            } else {
                let why = say!("% Its class % does not allow a claim to grow.", &begin, &class.meta.name);
                Answer::new(Mood::Stuck, why)
            })
        }
    }
}

/// A pod whose volume is not on its node yet.
pub fn attaching(w: Why, pod: &Pod) -> Option<Answer> {
    if !crate::DATA || pod.status.phase != Phase::Pending || pod.status.ip != 0 || pod.node.is_none() {
        return None;
    }
    if !w.cx.config.behaviour.detailed() {
        return None;
    }
    let (key, volume) = attach::awaited(w.cx, pod)?;
    let (name, node) = (&pod.meta.name, pod.node.as_deref()?);
    let begin = say!("% waits for its volume % to be attached to %", name, &volume.meta.name, node);
    let held = attach::held(w.cx, key);
    let until = w.cx.due(Controller::Attach, key);
    let Some(other) = held.iter().find(|a| *a.node != *node) else {
        return Some(Answer::new(Mood::Waiting, say!("%.", &begin)).until(until));
    };
    if let Doing::Detaching(_) = other.doing {
        let text = say!("%: it is being detached from %.", &begin, &other.node);
        return Some(Answer::new(Mood::Waiting, text).until(until));
    }
    let claim = volume.claim.as_ref().and_then(|(ns, c)| w.cx.store.find(Kind::PersistentVolumeClaim, ns, c));
    let user =
        claim.and_then(|c| users(w.cx, c).find(|(_, p)| p.node.as_ref() == Some(&other.node) && !p.is_terminal()));
    let answer = match user {
        _ if w.get::<Node>(Kind::Node, "", &other.node).is_some_and(|n| n.ready != Some(true)) => {
            let text = say!(
                "%: % still has it, and does not answer. It is taken from there by force six minutes after the last pod \
                 there was deleted, or at once when the node is marked as out of service.",
                &begin,
                &other.node
            );
            let command = say!("taint node % node.kubernetes.io/out-of-service=nodeshutdown:NoExecute", &other.node);
            Answer::new(Mood::Stuck, text).command(kubectl("default", command)).until(until)
        }
        Some((_, user)) => {
            let mode = volume.access_modes.first().map_or("ReadWriteOnce", |m| &**m);
            let text = say!(
                "%, and one node at a time may have it (%): % has, where % mounts it (Multi-Attach error).",
                &begin,
                mode,
                &other.node,
                &user.meta.name
            );
            let ns = &user.meta.namespace;
            // Another pod of the same ReplicaSet would come in its place, and one of them would wait again.
            let same = user.meta.controller() == pod.meta.controller();
            let command = match w.owner(pod) {
                Some((kind, owner)) if same => say!("scale %/% --replicas=1", word(kind), owner),
                _ => say!("delete pod %", &user.meta.name),
            };
            Answer::new(Mood::Stuck, text).command(kubectl(ns, command))
        }
        None => {
            let text = say!("%: % still has it, and has yet to report that it unmounted it.", &begin, &other.node);
            Answer::new(Mood::Waiting, text).until(until)
        }
    };
    Some(answer)
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
