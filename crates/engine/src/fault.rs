//! What is broken on purpose: pods that crash, machines that stop, zones that are cut off, disks that are slow, links that are held.

use crate::api::{ApiError, Context, input::asked};
use crate::app;
use crate::cluster::Cluster;
use crate::controller::Controller;
use crate::kubelet;
use crate::object::{Claim, Key, Kind, Node, Pod, Str, Uid};
use crate::trace::Actor;
use crate::view::Role;
use podscope_schema::sorted::SortedSet;
use std::time::Duration;

/// What is broken at present.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Machines that stopped.
    pub(crate) down: SortedSet<Str>,
    /// Zones that nothing gets into or out of. Their machines run.
    pub(crate) cut: SortedSet<Str>,
    /// Pairs of pods, the lower key first, between which nothing gets through.
    pub(crate) held: SortedSet<(Key, Key)>,
    /// PersistentVolumes that are slow.
    pub(crate) slow: SortedSet<Str>,
    /// Pods whose readiness was dropped.
    pub(crate) unready: SortedSet<Uid>,
}

/// What can be broken, and mended. Pods and claims are of the namespace that [`Cluster::fault`] is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The containers of a pod end now, with code 137.
    Crash(Str),
    /// A machine stops.
    Fail(Str),
    /// It is back.
    Recover(Str),
    /// A zone is cut off: its machines run, and nothing gets in or out.
    Partition(Str),
    /// It is reached again.
    Heal(Str),
    /// The volume of a claim answers slowly.
    Slow(Str),
    /// It is as fast as before.
    Fast(Str),
    /// Nothing gets through between two pods.
    Hold(Str, Str),
    /// It does again.
    Release(Str, Str),
    /// A pod's readiness probe fails.
    Unready(Str),
    /// It succeeds again.
    Ready(Str),
    /// The database in this pod becomes primary.
    Promote(Str),
}

/// One way to write a fault: its word, the kind of what it is about, what that makes.
type Form = (&'static str, &'static str, fn(Str) -> Fault);

const FORMS: &[Form] = &[
    ("crash", "pod", Fault::Crash),
    ("fail", "node", Fault::Fail),
    ("recover", "node", Fault::Recover),
    ("partition", "zone", Fault::Partition),
    ("heal", "zone", Fault::Heal),
    ("slow", "pvc", Fault::Slow),
    ("fast", "pvc", Fault::Fast),
    ("unready", "pod", Fault::Unready),
    ("ready", "pod", Fault::Ready),
    ("promote", "pod", Fault::Promote),
];

/// What is said to those who write something else.
const USAGE: &str = "podscope crash|unready|ready|promote pod/NAME, fail|recover node/NAME, partition|heal zone/NAME, \
                     slow|fast pvc/NAME, hold|release POD POD";

impl Fault {
    /// Reads `crash pod/db-0`, `hold db-0 db-1` and so on.
    ///
    /// # Errors
    /// What is wrong with it, and what can be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        fn bare(word: &str) -> &str {
            word.strip_prefix("pod/").unwrap_or(word)
        }
        let pod = |word: &str| Str::from(bare(word));
        let named = |word: &str| !bare(word).is_empty() && !bare(word).contains('/');
        match words[..] {
            ["hold", a, b] if named(a) && named(b) => return Ok(Self::Hold(pod(a), pod(b))),
            ["release", a, b] if named(a) && named(b) => return Ok(Self::Release(pod(a), pod(b))),
            _ => {}
        }
        let word = words.first().copied().unwrap_or_default();
        let Some((_, kind, make)) = FORMS.iter().find(|f| f.0 == word) else {
            return Err(format!("error: unknown fault \"{word}\": {USAGE}"));
        };
        let [_, of] = words[..] else {
            return Err(format!("error: {word} needs {kind}/NAME"));
        };
        match of.split_once('/') {
            Some((k, name)) if k == *kind && !name.is_empty() => Ok(make(name.into())),
            _ => Err(format!("error: {word} needs {kind}/NAME, not \"{of}\"")),
        }
    }

    /// As [`Fault::parse`] reads it.
    pub fn text(&self) -> String {
        if let Self::Hold(a, b) | Self::Release(a, b) = self {
            let word = if matches!(self, Self::Hold(..)) { "hold" } else { "release" };
            return [word, a, b].join(" ");
        }
        let (Self::Crash(of)
        | Self::Fail(of)
        | Self::Recover(of)
        | Self::Partition(of)
        | Self::Heal(of)
        | Self::Slow(of)
        | Self::Fast(of)
        | Self::Unready(of)
        | Self::Ready(of)
        | Self::Promote(of)
        | Self::Hold(of, _)
        | Self::Release(of, _)) = self;
        let form = FORMS.iter().find(|f| f.2(of.clone()) == *self);
        form.map_or_else(String::new, |(word, kind, _)| [word, " ", kind, "/", of].concat())
    }

    /// What is then said, such as `pod/db-0 crashed`.
    pub fn said(&self) -> String {
        match self {
            Self::Crash(of) => format!("pod/{of} crashed"),
            Self::Fail(of) => format!("node/{of} failed"),
            Self::Recover(of) => format!("node/{of} recovered"),
            Self::Partition(of) => format!("zone/{of} partitioned"),
            Self::Heal(of) => format!("zone/{of} healed"),
            Self::Slow(of) => format!("persistentvolumeclaim/{of} slowed"),
            Self::Fast(of) => format!("persistentvolumeclaim/{of} no longer slowed"),
            Self::Hold(a, b) => format!("link between {a} and {b} held"),
            Self::Release(a, b) => format!("link between {a} and {b} released"),
            Self::Unready(of) => format!("pod/{of} made unready"),
            Self::Ready(of) => format!("pod/{of} no longer made unready"),
            Self::Promote(of) => format!("pod/{of} promoted"),
        }
    }
}

impl Cluster {
    /// Breaks or mends something.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` when it is broken already, or was not.
    pub fn fault(&mut self, namespace: &str, fault: &Fault) -> Result<(), ApiError> {
        self.cx.fault(namespace, fault)
    }

    /// What of an object (a pod, a node, or a claim) can be broken at present, and what is broken mended, in the order of
    /// [`Fault`]. Links of a pod are those to the other members of its database.
    pub fn faults(&self, kind: &str, namespace: &str, name: &str) -> Vec<Fault> {
        let cx = &self.cx;
        let of = |make: fn(Str) -> Fault| make(name.into());
        match kind {
            "Pod" => of_pod(self, namespace, name).unwrap_or_default(),
            "Node" => {
                let Ok(zone) = node(cx, name) else { return Vec::new() };
                let cut = zone.as_ref().is_some_and(|z| cx.memory.fault.cut.contains(z));
                // Machines of a zone that is cut off are not heard, which does not say that they stopped.
                let down = cx.memory.fault.down.contains(name) || !cut && kubelet::has_failed(cx, name);
                let machine = of(if down { Fault::Recover } else { Fault::Fail });
                let zone = zone.map(|z| if cut { Fault::Heal(z) } else { Fault::Partition(z) });
                [Some(machine), zone].into_iter().flatten().collect()
            }
            "PersistentVolumeClaim" => {
                let claim = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, namespace, name);
                let volume = claim.and_then(|claim| claim.volume.as_ref());
                let slow = |volume| if cx.memory.fault.slow.contains(volume) { Fault::Fast } else { Fault::Slow };
                volume.map(|volume| of(slow(volume))).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What [`Cluster::faults`] says of a pod.
fn of_pod(cluster: &Cluster, namespace: &str, name: &str) -> Option<Vec<Fault>> {
    let cx = &cluster.cx;
    let find = |name: &str| cx.store.find(Kind::Pod, namespace, name);
    let key = find(name)?;
    let pod = cx.get::<Pod>(key)?;
    let unready = cx.memory.fault.unready.contains(&pod.meta.uid);
    let make = if unready { Fault::Ready } else { Fault::Unready };
    let mut found = vec![Fault::Crash(name.into()), make(name.into())];
    let data = cluster.data();
    let Some(own) = data.members.iter().find(|m| *m.namespace == *namespace && *m.pod == *name) else {
        return Some(found);
    };
    for other in data.members.iter().filter(|m| m.database == own.database && m.pod != own.pod && !m.ghost) {
        let Some(with) = find(&other.pod) else { continue };
        let held = cx.memory.fault.held.contains(&(key.min(with), key.max(with)));
        let make = if held { Fault::Release } else { Fault::Hold };
        found.push(make(name.into(), (*other.pod).into()));
    }
    if own.role == Role::Replica {
        found.push(Fault::Promote(name.into()));
    }
    Some(found)
}

impl Context {
    /// As [`Cluster::fault`].
    pub(crate) fn fault(&mut self, namespace: &str, fault: &Fault) -> Result<(), ApiError> {
        let what = |_: &Self| asked("fault", [("namespace", namespace.into()), ("fault", fault.text().into())]);
        self.ask(what, |cx| {
            let before = std::mem::replace(&mut cx.actor, Actor::Fault);
            let result = apply(cx, namespace, fault);
            cx.actor = before;
            cx.memory.app.version += 1;
            result
        })
    }
}

fn not_found(kind: &str, name: &str) -> ApiError {
    ApiError::new(404, "NotFound", [kind, " \"", name, "\" not found"].concat())
}

fn conflict(text: &str, name: &str) -> ApiError {
    ApiError::new(409, "Conflict", ["\"", name, "\" ", text].concat())
}

fn apply(cx: &mut Context, namespace: &str, fault: &Fault) -> Result<(), ApiError> {
    let pod = |cx: &Context, name: &str| {
        let key = cx.store.find(Kind::Pod, namespace, name);
        key.and_then(|k| Some((k, cx.get::<Pod>(k)?))).ok_or_else(|| not_found("pods", name))
    };
    match fault {
        Fault::Crash(name) => {
            let (key, _) = pod(cx, name)?;
            if !kubelet::crash(cx, key) {
                return Err(conflict("has no running container", name));
            }
        }
        Fault::Fail(name) => {
            node(cx, name)?;
            kubelet::fail_node(cx, name);
            if !cx.memory.fault.down.insert(name.clone()) {
                return Err(conflict("failed already", name));
            }
            app::poke(cx);
        }
        Fault::Recover(name) => {
            let zone = node(cx, name)?;
            if !cx.memory.fault.down.remove(name) && !kubelet::has_failed(cx, name) {
                return Err(conflict("did not fail", name));
            }
            if !zone.is_some_and(|z| cx.memory.fault.cut.contains(&z)) {
                kubelet::recover_node(cx, name);
            }
            app::healed(cx);
        }
        Fault::Partition(zone) => {
            let nodes = zone_nodes(cx, zone)?;
            if !cx.memory.fault.cut.insert(zone.clone()) {
                return Err(conflict("is cut off already", zone));
            }
            for node in nodes {
                // Its machines run on: all others hear is nothing.
                if !kubelet::fail_node(cx, &node) {
                    cx.memory.fault.down.insert(node);
                }
            }
            app::poke(cx);
        }
        Fault::Heal(zone) => {
            let nodes = zone_nodes(cx, zone)?;
            if !cx.memory.fault.cut.remove(zone) {
                return Err(conflict("is not cut off", zone));
            }
            for node in nodes {
                if !cx.memory.fault.down.contains(&node) {
                    kubelet::recover_node(cx, &node);
                }
            }
            app::healed(cx);
        }
        Fault::Slow(name) | Fault::Fast(name) => {
            let claim = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, namespace, name);
            let claim = claim.ok_or_else(|| not_found("persistentvolumeclaims", name))?;
            let volume = claim.volume.clone().ok_or_else(|| conflict("is not bound", name))?;
            if matches!(fault, Fault::Slow(_)) {
                cx.memory.fault.slow.insert(volume);
            } else {
                cx.memory.fault.slow.remove(&volume);
            }
        }
        Fault::Hold(a, b) | Fault::Release(a, b) => {
            let (a, b) = (pod(cx, a)?.0, pod(cx, b)?.0);
            let pair = (a.min(b), a.max(b));
            if matches!(fault, Fault::Hold(..)) {
                cx.memory.fault.held.insert(pair);
            } else {
                cx.memory.fault.held.remove(&pair);
                app::poke(cx);
            }
        }
        Fault::Unready(name) | Fault::Ready(name) => {
            let (key, pod) = pod(cx, name)?;
            let uid = pod.meta.uid;
            if matches!(fault, Fault::Unready(_)) {
                cx.memory.fault.unready.insert(uid);
            } else {
                cx.memory.fault.unready.remove(&uid);
            }
            cx.enqueue_after(Controller::Kubelet, key, Duration::ZERO);
        }
        Fault::Promote(name) => {
            let (_, pod) = pod(cx, name)?;
            app::promote_pod(cx, &pod).map_err(|why| conflict(why, name))?;
        }
    }
    Ok(())
}

/// The zone of a node.
fn node(cx: &Context, name: &str) -> Result<Option<Str>, ApiError> {
    let node = cx.store.lookup::<Node>(Kind::Node, "", name).ok_or_else(|| not_found("nodes", name))?;
    Ok(node.zone().cloned())
}

fn zone_nodes(cx: &Context, zone: &str) -> Result<Vec<Str>, ApiError> {
    let nodes = cx.store.list::<Node>(Kind::Node).map(|(_, n)| n);
    let nodes = nodes.filter(|n| n.zone().is_some_and(|z| **z == *zone)).map(|n| n.meta.name.clone());
    let nodes: Vec<Str> = nodes.collect();
    if nodes.is_empty() { Err(not_found("zones", zone)) } else { Ok(nodes) }
}
