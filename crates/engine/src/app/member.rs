//! A member: the database in one pod, from its container's start to its end.

use super::{Database, after, bytes, machine, note, replicate};
use crate::api::Context;
use crate::app::Step;
use crate::controller::Controller;
use crate::disk::Store;
use crate::kubelet::duration;
use crate::object::{
    Claim, ContainerState, Deployment, Key, Kind, Labels, Pod, ReplicaSet, StatefulSet, Str, Uid, Volume,
};
use crate::time::SimTime;
use crate::view::{Mode, Role};
use std::rc::Rc;
use std::time::Duration;

/// The database in one pod.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its pod, and that one's name.
    pub pod: Key,
    /// The pod's name.
    pub name: Str,
    /// The owner of its pod.
    pub database: Key,
    /// Where it runs.
    pub node: Str,
    /// Its ordinal, in a StatefulSet.
    pub ordinal: Option<i64>,
    /// The disk with its files; empty until it is known.
    pub disk: Str,
    /// Others may have the disk at the same time, from other nodes.
    many: bool,
    /// What it is.
    pub role: Role,
    /// The start of its container while it runs.
    pub run: Option<SimTime>,
    /// The init container that clones runs, or ran.
    cloning: bool,
    /// The pod is gone, and its node does not know.
    pub ghost: bool,
    /// Up to where readers see its log; a primary's writes go there.
    pub applied: usize,
    /// From where on its log contradicts its primary's.
    pub diverged: Option<usize>,
    /// Since when readers see less than those of the primary.
    pub behind: Option<SimTime>,
    /// A step of it is coming.
    pub busy: bool,
    /// The clone under way.
    pub clone: Option<Clone>,
    /// Writes that it refused because its disk is full.
    pub no_space: u64,
}

/// A clone under way.
#[derive(Clone, Copy, Debug)]
pub struct Clone {
    /// Whose volume is copied.
    pub from: Uid,
    /// Bytes that were copied.
    pub done: u64,
    /// Bytes to copy.
    pub total: u64,
}

impl Member {
    /// Whether it answers.
    pub const fn up(&self) -> bool {
        matches!(self.role, Role::Primary | Role::Replica)
    }
}

/// How long a replica takes to receive, and to apply, unless its annotation says otherwise.
const DELAY: Duration = Duration::from_millis(10);

/// Follows a pod that runs a database, or did.
pub fn observe(cx: &mut Context, key: Key, pod: &Rc<Pod>, there: bool) {
    let uid = pod.meta.uid;
    let Some(node) = pod.node.clone() else { return };
    cx.memory.app.version += 1;
    if !there {
        // A node that is cut off runs on what it was told last.
        if machine(cx, &node).is_none_or(|zone| zone.is_empty()) {
            forget(cx, uid);
        } else if let Some(member) = cx.memory.app.members.get_mut(&uid) {
            member.ghost = true;
        }
        return;
    }
    if !cx.memory.app.members.contains_key(&uid) {
        if pod.is_terminal() {
            return;
        }
        let (database, set) = owner(cx, key, pod);
        found(cx, database, pod, set);
        let name = pod.meta.name.clone();
        let ordinal = name.rsplit('-').next().filter(|_| set).and_then(|n| n.parse().ok());
        let member = Member {
            pod: key,
            name,
            database,
            node,
            ordinal,
            disk: Str::default(),
            many: false,
            role: Role::None,
            run: None,
            cloning: false,
            ghost: false,
            applied: 0,
            diverged: None,
            behind: None,
            busy: false,
            clone: None,
            no_space: 0,
        };
        cx.memory.app.members.insert(uid, member);
    }
    let since = |state: &ContainerState| match state {
        ContainerState::Running { since } => Some(*since),
        _ => None,
    };
    let at = container(pod);
    let run = pod.status.containers.get(at).and_then(|c| since(&c.state));
    let inits = pod.spec.init_containers.iter().zip(&pod.status.init_containers);
    let cloning = inits.into_iter().any(|(spec, status)| clones(&spec.name) && since(&status.state).is_some());
    let Some(member) = cx.memory.app.members.get_mut(&uid) else { return };
    let before = (member.run, member.cloning);
    (member.run, member.cloning) = (run, cloning);
    if before == (run, cloning) {
        return;
    }
    if before.0.is_some() && before.0 != run {
        stop(cx, uid);
    }
    if run.is_some() || cloning {
        mount(cx, uid, pod, at);
        start(cx, uid);
        if cloning && !held(cx, pod, Some("clone")) {
            wake(cx, uid); // there is nothing to copy
        }
    }
}

/// Which container is the database: the first whose image is one's, or the first.
fn container(pod: &Pod) -> usize {
    let known = |c: &crate::object::Container| super::is_database(&Labels::default(), std::iter::once(&c.image));
    pod.spec.containers.iter().position(known).unwrap_or(0)
}

/// Whether this is the init container that copies the volume of the pod before.
pub fn clones(name: &str) -> bool {
    name.starts_with("clone")
}

/// Whether a container of this name must wait: for the clone of its pod's volume, or for the lock on its files.
pub fn held(cx: &Context, pod: &Pod, init: Option<&str>) -> bool {
    if !pod.spec.database || init.is_some_and(|name| !clones(name)) {
        return false;
    }
    let Some(member) = cx.memory.app.members.get(&pod.meta.uid) else { return false };
    match init {
        None => !member.up(),
        // Before it runs, nothing is known of its disk.
        Some(_) => member.disk.is_empty() || (follows(cx, member) && cx.disks.store(&member.disk).is_none()),
    }
}

/// Whether it is to be a replica.
pub fn follows(cx: &Context, member: &Member) -> bool {
    let database = cx.memory.app.databases.get(&member.database);
    database.and_then(|d| d.primary.as_ref()).is_some_and(|p| *p != member.name)
}

/// The owner of a pod's database, and whether it is a StatefulSet.
fn owner(cx: &mut Context, key: Key, pod: &Pod) -> (Key, bool) {
    let Some(owner) = pod.meta.controller().cloned() else { return (key, false) };
    let namespace = pod.meta.namespace.clone();
    let find = |cx: &Context, kind: &str, name: &str| cx.store.find(Kind::from_name(kind)?, &namespace, name);
    let Some(first) = find(cx, &owner.kind, &owner.name) else { return (key, false) };
    let above = cx.store.get::<ReplicaSet>(first).and_then(|s| s.meta.controller());
    let above = above.and_then(|o| find(cx, &o.kind, &o.name));
    (above.unwrap_or(first), &*owner.kind == "StatefulSet")
}

/// Notes the database of an owner, the first time that a pod of it is seen.
fn found(cx: &mut Context, key: Key, pod: &Pod, set: bool) {
    if cx.memory.app.databases.contains_key(&key) {
        return;
    }
    if cx.memory.app.databases.is_empty() {
        cx.memory.app.rng = crate::time::Rng::new(cx.config.seed ^ 0x6461_7461);
    }
    let name = cx.store.name(key);
    let start = cx.store.get::<StatefulSet>(key).map_or(0, |s| s.start);
    let mut labels = pod.meta.labels.clone();
    for name in [
        "pod-template-hash",
        "controller-revision-hash",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    ] {
        labels.remove(name);
    }
    let database = Database {
        kind: name.kind,
        place: (name.namespace.clone(), name.name.clone()),
        labels,
        mode: Mode::Async,
        operator: false,
        delay: DELAY,
        base: 0,
        row: 0,
        rate: 1,
        primary: set.then(|| format!("{}-{start}", name.name).into()),
        stalled: None,
        electing: false,
        history: super::History::default(),
    };
    cx.memory.app.databases.insert(key, database);
    settings(cx, key, &pod.spec.behaviour);
}

/// Reads the annotations of a database: those of its pods' template, or of their owner.
fn settings(cx: &mut Context, key: Key, template: &Labels) {
    let own = cx.store.object(key).map(|o| o.meta().annotations.clone()).unwrap_or_default();
    let both = [template, &own];
    let word = |name: &str| both.into_iter().find_map(|a| note(a, name));
    let Some(database) = cx.memory.app.databases.get_mut(&key) else { return };
    database.mode = match word("replication") {
        Some("semi-sync") => Mode::SemiSync,
        Some("sync") => Mode::Sync,
        _ => Mode::Async,
    };
    database.operator = word("failover") == Some("operator");
    database.delay = word("replica-delay").and_then(duration).unwrap_or(DELAY);
    database.base = bytes(both, "data-size", 200 << 20);
    database.row = bytes(both, "row-size", 64 << 10);
    database.rate = bytes(both, "clone-rate", 64 << 20).max(1);
}

/// Reads the annotations again, or forgets the database with its owner.
pub fn owner_changed(cx: &mut Context, key: Key, there: bool) {
    if !cx.memory.app.databases.contains_key(&key) {
        return;
    }
    if !there {
        cx.memory.app.databases.remove(&key);
        return;
    }
    let template = cx.store.get::<StatefulSet>(key).map(|s| &s.template);
    let template = template.or_else(|| cx.store.get::<Deployment>(key).map(|d| &d.template));
    let behaviour = template.map(|t| t.spec.behaviour.clone()).unwrap_or_default();
    settings(cx, key, &behaviour);
}

/// Finds the disk that a member's files are on, and how much fits.
fn mount(cx: &mut Context, uid: Uid, pod: &Pod, at: usize) {
    let mut disk = None;
    for name in pod.claim_names() {
        let claim = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, &pod.meta.namespace, name);
        let volume = claim.and_then(|c| cx.store.lookup::<Volume>(Kind::PersistentVolume, "", c.volume.as_ref()?));
        if let Some(volume) = volume {
            let many = volume.access_modes.iter().any(|m| &**m == "ReadWriteMany");
            disk = Some((format!("volume/{}", volume.meta.name), many, volume.bytes.max(0).unsigned_abs()));
            break;
        }
    }
    let (disk, many, capacity) = disk.unwrap_or_else(|| {
        let volumes = pod.spec.raw.get("volumes").map_or(&[][..], |v| v.items());
        let empty = volumes.iter().find(|v| v.get("emptyDir").is_some());
        let own = || {
            let restarts = pod.status.containers.get(at).map_or(0, |c| c.restarts);
            format!("{}/{restarts}", pod.spec.containers.get(at).map_or("", |c| &*c.name))
        };
        let name = empty.and_then(|v| v.str_at(&["name"])).map_or_else(own, str::to_owned);
        (format!("{}/{name}", pod.meta.uid), false, 0)
    });
    if capacity > 0 {
        cx.disks.at(&disk).capacity = capacity;
    }
    if let Some(member) = cx.memory.app.members.get_mut(&uid) {
        (member.disk, member.many) = (disk.into(), many);
    }
}

/// Brings a member up as far as it can be.
pub fn start(cx: &mut Context, uid: Uid) {
    let Some(member) = cx.memory.app.members.get(&uid).cloned() else { return };
    if member.up() || member.disk.is_empty() {
        return;
    }
    let follows = follows(cx, &member);
    if cx.disks.store(&member.disk).is_none() {
        if follows {
            if member.clone.is_none() && !member.busy {
                replicate::begin_clone(cx, uid);
            }
            return;
        }
        if member.run.is_none() {
            return; // the init container of a primary has nothing to copy
        }
        let Some(database) = cx.memory.app.databases.get(&member.database) else { return };
        let store = Store { base: database.base, row: database.row, ..Store::default() };
        cx.disks.at(&member.disk).store = Some(store);
    }
    if member.run.is_none() {
        return;
    }
    let mut others = cx.memory.app.members.iter().filter(|(u, m)| **u != uid && m.up() && m.disk == member.disk);
    let locked = !member.many && others.any(|(_, m)| m.node == member.node);
    if locked && member.role == Role::Locked {
        return; // it waits for the lock already; waking the others would come back here
    }
    let len = cx.disks.store(&member.disk).map_or(0, |s| s.log.len());
    let Some(member) = cx.memory.app.members.get_mut(&uid) else { return };
    member.applied = len;
    (member.diverged, member.behind) = (None, None);
    member.role = match (locked, follows) {
        (true, _) => Role::Locked,
        (_, true) => Role::Replica,
        _ => Role::Primary,
    };
    if member.role == Role::Primary {
        let (database, disk) = (member.database, member.disk.clone());
        replicate::count_lost(cx, database, &disk);
    }
    wake(cx, uid);
    replicate::poke(cx);
}

/// Has the kubelet look at a member's pod again: what it waited for may be there.
pub fn wake(cx: &mut Context, uid: Uid) {
    if let Some(member) = cx.memory.app.members.get(&uid) {
        let pod = member.pod;
        cx.enqueue_after(Controller::Kubelet, pod, Duration::ZERO);
    }
}

/// Its container ended.
fn stop(cx: &mut Context, uid: Uid) {
    let Some(member) = cx.memory.app.members.get_mut(&uid) else { return };
    member.role = Role::None;
    (member.clone, member.behind) = (None, None);
    let disk = member.disk.clone();
    unlocked(cx, &disk);
    replicate::poke(cx);
}

/// Those who waited for the lock on a disk may have it now.
fn unlocked(cx: &mut Context, disk: &Str) {
    let mut waiting = cx.memory.app.members.iter().filter(|(_, m)| m.role == Role::Locked && m.disk == *disk);
    if let Some((&uid, _)) = waiting.next() {
        start(cx, uid);
    }
}

/// It is gone, with its pod.
pub fn forget(cx: &mut Context, uid: Uid) {
    if let Some(member) = cx.memory.app.members.remove(&uid) {
        unlocked(cx, &member.disk);
        replicate::poke(cx);
    }
}

/// Has a member's step done after `delay`, unless one is coming.
pub fn soon(cx: &mut Context, uid: Uid, delay: Duration, step: Step) {
    if let Some(member) = cx.memory.app.members.get_mut(&uid).filter(|m| !m.busy) {
        member.busy = true;
        after(cx, delay, step);
    }
}
