//! What runs inside pods: a replicated database, and its clients.
//!
//! Pods whose image is a database's, or whose template has the annotation `podscope.dev/app: database`, are the members of one
//! database for each owner. In a StatefulSet the first ordinal is the primary and the others are replicas, as in Kubernetes' own
//! replicated MySQL example; everywhere else each pod believes itself primary. A database's data is a log of numbered writes on
//! the disk that its pod mounts.
//!
//! | annotation, on the pod template or its owner | means |
//! |---|---|
//! | `app` | `database`, or `none` for an image that would be taken for one |
//! | `replication` | `async`, `semi-sync` or `sync` |
//! | `failover` | `operator`: the most advanced replica is promoted when the primary is gone |
//! | `replica-delay` | how long replicas take to receive and apply (10 ms) |
//! | `data-size`, `row-size`, `clone-rate` | bytes of an empty database (200Mi), of a row (64Ki), and copied in a second (64Mi) |
//!
//! A Service or a StatefulSet has clients by the annotations `writes` and `reads`, such as `5/s`: see [`client`].
//!
//! Nothing here writes objects. What is due is on the agenda of requests: see [`crate::network::traffic`].

pub mod check;
pub mod client;
pub mod history;
mod member;
mod read;
mod replicate;
pub mod sql;
mod verdict;

pub use member::{Clone as CloneProgress, Member};
pub(crate) use member::{clones, held};
pub(crate) use replicate::poke;
pub use verdict::{Divergence, OpView, Verdict};

use crate::api::Context;
use crate::network::traffic;
use crate::object::{Key, Kind, Labels, Object, Pod, Str, Uid};
use crate::slots::Slots;
use crate::time::{Rng, SimTime};
use crate::view::{LostDiskView, Mode};
use client::{Flight, Source};
use history::History;
use podscope_schema::Quantity;
use podscope_schema::sorted::SortedMap;
use std::time::Duration;

/// What it remembers.
#[derive(Clone, Debug)]
pub struct Memory {
    /// By the uid of their pods: one whose pod is gone may still run where the control plane cannot reach.
    pub(crate) members: SortedMap<Uid, Member>,
    /// By the key of their owner.
    pub(crate) databases: SortedMap<Key, Database>,
    /// By the key of the object with the annotation, and whether it is the one for writes.
    sources: SortedMap<(Key, bool), Source>,
    flights: Slots<Flight>,
    /// Disks that went, the last few.
    pub(crate) lost: Vec<LostDiskView>,
    /// Changes with everything above.
    pub(crate) version: u64,
    rng: Rng,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            members: SortedMap::new(),
            databases: SortedMap::new(),
            sources: SortedMap::new(),
            flights: Slots::default(),
            lost: Vec::new(),
            version: 0,
            rng: Rng::new(0x6461_7461),
        }
    }
}

/// A database: what its members share.
#[derive(Clone, Debug)]
pub struct Database {
    /// The kind of its owner.
    pub kind: Kind,
    /// Namespace and name of its owner.
    pub place: (Str, Str),
    /// Its pods' labels, by which Services find them.
    labels: Labels,
    /// How replicas follow.
    pub mode: Mode,
    /// Whether an operator promotes.
    pub operator: bool,
    delay: Duration,
    base: u64,
    row: u64,
    rate: u64,
    /// The pod that is meant to be primary; none when each believes itself so.
    pub primary: Option<Str>,
    /// Since when writes wait for a replica and none answers.
    stalled: Option<SimTime>,
    /// An election is coming.
    electing: bool,
    /// What its clients did.
    pub history: History,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The clients of this source do something, and think of the next.
    Ask(Key, bool, u32),
    /// This operation reaches its pod.
    Arrive(u32),
    /// Its client waits no longer.
    GiveUp(u32),
    /// This replica receives and applies.
    Follow(Uid),
    /// This member copies on.
    Copy(Uid),
    /// The operator looks for a primary.
    Elect(Key),
}

/// Does what is due.
pub(crate) fn step(cx: &mut Context, step: Step) {
    cx.memory.app.version += 1;
    match step {
        Step::Ask(source, writes, epoch) => client::ask(cx, source, writes, epoch),
        Step::Arrive(flight) => client::arrive(cx, flight),
        Step::GiveUp(flight) => client::give_up(cx, flight),
        Step::Follow(uid) => replicate::follow(cx, uid),
        Step::Copy(uid) => replicate::copy(cx, uid),
        Step::Elect(database) => replicate::elect(cx, database),
    }
}

/// Has `step` done after `delay`.
fn after(cx: &mut Context, delay: Duration, step: Step) {
    let at = cx.now() + delay;
    traffic::push(cx, at, traffic::Step::App(step));
}

/// Follows what the change of the object at `key` means to databases and their clients.
pub(crate) fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match new.or(old) {
        Some(Object::Pod(pod)) if pod.spec.database => {
            let database = cx.memory.app.members.get(&pod.meta.uid).map(|m| m.database);
            member::observe(cx, key, pod, new.is_some());
            if new.is_none() {
                drop_disks(cx, &format!("{}/", pod.meta.uid), &pod.meta.name);
                replicate::count_gone(cx, database);
            }
        }
        Some(Object::Pod(pod)) if new.is_none() => drop_disks(cx, &format!("{}/", pod.meta.uid), &pod.meta.name),
        Some(Object::Service(service)) => client::observe(cx, key, new.map(|_| &service.meta.annotations)),
        Some(Object::StatefulSet(set)) => {
            client::observe(cx, key, new.map(|_| &set.meta.annotations));
            member::owner_changed(cx, key, new.is_some());
        }
        Some(Object::Deployment(_) | Object::ReplicaSet(_)) => member::owner_changed(cx, key, new.is_some()),
        Some(Object::Volume(volume)) if new.is_none() => {
            drop_disks(cx, &format!("volume/{}", volume.meta.name), &volume.meta.name);
        }
        Some(Object::Node(_)) if !cx.memory.app.members.is_empty() => replicate::poke(cx),
        _ => {}
    }
}

/// What went with a pod or a volume. Names of volumes end where they end: none begins another's and goes on.
fn drop_disks(cx: &mut Context, prefix: &str, of: &Str) {
    for disk in cx.disks.forget(prefix) {
        let rows = disk.store.as_ref().map_or(0, |s| s.log.len() as u64);
        let lost = LostDiskView { at: cx.now(), of: of.clone(), bytes: disk.used(), rows, files: disk.files() };
        let app = &mut cx.memory.app;
        app.lost.push(lost);
        if app.lost.len() > 16 {
            app.lost.remove(0);
        }
        app.version += 1;
    }
}

/// Whether something goes on that ends in a write: a clone.
pub(crate) fn busy(cx: &Context) -> bool {
    cx.memory.app.members.values().any(|m| replicate::advances(cx, m))
}

/// The names of images that are databases.
const IMAGES: &[&str] = &["mysql", "mariadb", "percona", "postgres"];

/// Whether a pod with these annotations and images runs a database.
pub(crate) fn is_database<'a>(behaviour: &Labels, mut images: impl Iterator<Item = &'a Str>) -> bool {
    match note(behaviour, "app") {
        Some(app) => app == "database",
        None => images.any(|image| IMAGES.iter().any(|name| crate::kubelet::image_name(image).starts_with(name))),
    }
}

/// The value of an annotation of ours.
fn note<'a>(annotations: &'a Labels, name: &str) -> Option<&'a str> {
    let own = |key: &str| key.strip_prefix("podscope.dev/").is_some_and(|k| k == name);
    annotations.iter().find(|(k, _)| own(k)).map(|(_, v)| v.trim())
}

fn bytes(annotations: [&Labels; 2], name: &str, default: u64) -> u64 {
    let text = annotations.into_iter().find_map(|a| note(a, name));
    let asked = text.and_then(|t| Quantity::parse(t).ok()).map(|q| q.nano() / 1_000_000_000);
    asked.and_then(|n| u64::try_from(n).ok()).unwrap_or(default)
}

/// Where the machine of a node is, if it runs: in this zone that is cut off, or, when that is empty, with all others. Nobody hears one that
/// is cut off, but it runs.
fn machine(cx: &Context, node: &str) -> Option<Str> {
    let found = cx.store.lookup::<crate::object::Node>(Kind::Node, "", node)?;
    let faults = &cx.memory.fault;
    let cut = found.zone().filter(|z| faults.cut.contains(*z)).cloned();
    (found.alive || (cut.is_some() && !faults.down.contains(node))).then(|| cut.unwrap_or_default())
}

/// Whether two nodes can talk to each other.
fn connected(cx: &Context, a: &str, b: &str) -> bool {
    matches!((machine(cx, a), machine(cx, b)), (Some(x), Some(y)) if a == b || x == y)
}

/// Something that had failed, or was cut off, is back.
pub(crate) fn healed(cx: &mut Context) {
    // Its kubelet hears that its pod is gone.
    let told = |m: &Member| m.ghost && machine(cx, &m.node).is_none_or(|z| z.is_empty());
    let ghosts: Vec<Uid> = cx.memory.app.members.iter().filter(|(_, m)| told(m)).map(|(uid, _)| *uid).collect();
    for uid in ghosts {
        member::forget(cx, uid);
    }
    replicate::demote(cx);
    replicate::poke(cx);
}

/// Makes the database in a pod primary.
pub(crate) fn promote_pod(cx: &mut Context, pod: &Pod) -> Result<(), &'static str> {
    let member = cx.memory.app.members.get(&pod.meta.uid).ok_or("runs no database")?;
    let (database, name) = (member.database, member.name.clone());
    let found = cx.memory.app.databases.get(&database).ok_or("runs no database")?;
    if found.primary.is_none() {
        return Err("believes itself primary, as all pods of its owner do");
    }
    if !member.up() {
        return Err("does not answer");
    }
    if found.primary.as_ref() == Some(&name) {
        return Err("is primary already");
    }
    replicate::promote(cx, database, &name);
    Ok(())
}
