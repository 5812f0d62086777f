//! A database's clients: who they are, how they find a pod, and what comes back.
//!
//! The annotation `podscope.dev/writes: 5/s` or `podscope.dev/reads: 20/s` gives a Service or a StatefulSet clients. Writes to a
//! StatefulSet, or to a headless Service, go to the primary's own name, such as `db-0.db`. Reads of a StatefulSet go to a Service
//! over all of its pods that has an address, when there is one. A Service with an address gives each operation the pod that
//! kube-proxy chooses.
//!
//! Each client does one thing at a time. While a zone is cut off, a part of them is inside, and goes to the pods that are.

use super::history::{Op, Outcome};
use super::member::Member;
use super::{Step, after, machine, note, replicate};
use crate::api::Context;
use crate::network::{dns, proxy, traffic};
use crate::object::{Key, Kind, Labels, Node, Pod, Service, StatefulSet, Str, Uid};
use crate::time::SimTime;
use crate::view::{Mode, Role};
use std::time::Duration;

/// How long a client waits.
const TIMEOUT: Duration = Duration::from_secs(1);
/// From a client to a pod.
const TRAVEL: Duration = Duration::from_micros(300);
/// How long a commit, and a read, take.
const COMMIT: u64 = 2000;
const READ: u64 = 600;
/// For how long a name that had no address is not asked again.
const NEGATIVE: Duration = Duration::from_secs(30);
/// How many clients there are at least.
const PEOPLE: u32 = 12;
/// After so long a primary that waits for a replica waits no more, until one has caught up: MySQL's
/// `rpl_semi_sync_source_timeout`.
const SEMI_SYNC: Duration = Duration::from_secs(10);

/// Clients of one annotation.
#[derive(Clone, Debug)]
pub struct Source {
    period: Duration,
    timeout: Duration,
    /// Rises when the rate changes: steps of before are void.
    epoch: u32,
    /// Those who do nothing now, longest first.
    idle: std::collections::VecDeque<u32>,
    people: u32,
    /// Until when they remember that the name has no address.
    unknown_until: SimTime,
}

/// An operation under way.
#[derive(Clone, Debug)]
pub struct Flight {
    source: (Key, bool),
    person: u32,
    database: Key,
    /// Its index in the database's history.
    op: usize,
    /// The member that it goes to, and which run of it.
    member: Option<(Uid, Option<SimTime>)>,
    /// Where in the log it was written, while it waits for replicas.
    waits: Option<usize>,
    over: bool,
    /// So many steps will still come to it.
    steps: u8,
}

/// Follows the annotations of a Service or a StatefulSet; none when it is gone.
pub fn observe(cx: &mut Context, key: Key, annotations: Option<&Labels>) {
    for writes in [true, false] {
        let name = if writes { "writes" } else { "reads" };
        let period = annotations.and_then(|a| traffic::period(note(a, name)?));
        let timeout = annotations.and_then(|a| crate::kubelet::duration(note(a, "client-timeout")?)).unwrap_or(TIMEOUT);
        let sources = &mut cx.memory.app.sources;
        let Some(period) = period else {
            sources.remove(&(key, writes));
            continue;
        };
        let known = sources.get(&(key, writes));
        if known.is_some_and(|s| s.period == period && s.timeout == timeout) {
            continue;
        }
        let epoch = known.map_or(0, |s| s.epoch + 1);
        let source = Source {
            period,
            timeout,
            epoch,
            idle: (0..PEOPLE).collect(),
            people: PEOPLE,
            unknown_until: SimTime::ZERO,
        };
        sources.insert((key, writes), source);
        let first = cx.memory.app.rng.below(period.as_micros() as u64);
        after(cx, Duration::from_micros(first), Step::Ask(key, writes, epoch));
        let services: Vec<Key> = cx.store.of_kind(Kind::Service).iter().copied().collect();
        for service in services {
            proxy::changed(cx, service);
        }
    }
}

/// Whether any database has clients, so that the proxies' rules matter.
pub fn any(cx: &Context) -> bool {
    !cx.memory.app.sources.is_empty()
}

/// Where an operation goes.
enum Way {
    /// No name, or nobody behind it.
    Nobody,
    /// It is sent, and nothing comes back.
    Silence(Key),
    /// To this member.
    To(Uid),
}

/// One operation.
pub fn ask(cx: &mut Context, key: Key, writes: bool, epoch: u32) {
    let app = &mut cx.memory.app;
    let Some(source) = app.sources.get_mut(&(key, writes)).filter(|s| s.epoch == epoch) else { return };
    let person = source.idle.pop_front().unwrap_or_else(|| {
        source.people += 1;
        source.people - 1
    });
    let (period, timeout) = (source.period.as_micros() as u64, source.timeout);
    // Between half a period and one and a half.
    let wait = (period / 2 + app.rng.below(period.max(1))).max(1);
    let takes = if writes { COMMIT } else { READ };
    let takes = takes / 2 + app.rng.below(takes);
    after(cx, Duration::from_micros(wait), Step::Ask(key, writes, epoch));
    let Some(database) = database_of(cx, key) else {
        return rest(cx, (key, writes), person);
    };
    let way = way(cx, key, database, writes, person);
    let member = match way {
        Way::To(uid) => cx.memory.app.members.get(&uid).map(|m| (uid, m.run, m.pod, m.disk.clone())),
        _ => None,
    };
    let pod = match (&way, &member) {
        (Way::Silence(pod), _) => *pod,
        (_, Some(member)) => member.2,
        _ => Key::default(),
    };
    let now = cx.now();
    let Some(found) = cx.memory.app.databases.get_mut(&database) else { return };
    let op = found.history.begin(Op::new(now, (key.0, person), writes, pod));
    let flight = Flight {
        source: (key, writes),
        person,
        database,
        op,
        member: member.as_ref().map(|m| (m.0, m.1)),
        waits: None,
        over: false,
        steps: 1,
    };
    let index = cx.memory.app.flights.put(flight);
    match (way, member) {
        (Way::Silence(_), _) => after(cx, timeout, Step::GiveUp(index)),
        (_, None) => after(cx, TRAVEL, Step::Arrive(index)),
        (_, Some((_, _, _, disk))) => {
            let slow = replicate::slowness(cx, &disk);
            let takes = Duration::from_micros(takes) * slow + TRAVEL;
            if let Some(flight) = cx.memory.app.flights.get_mut(index) {
                flight.steps = 2;
            }
            after(cx, takes, Step::Arrive(index));
            after(cx, timeout, Step::GiveUp(index));
        }
    }
}

/// The database that a Service or a StatefulSet is of.
fn database_of(cx: &Context, key: Key) -> Option<Key> {
    let app = &cx.memory.app;
    if app.databases.contains_key(&key) {
        return Some(key);
    }
    let service = cx.store.get::<Service>(key)?;
    let selector = service.selector.as_ref().filter(|s| !s.is_empty())?;
    let mut all = app.databases.iter();
    let fits = |labels: &Labels| selector.iter().all(|(k, v)| labels.get(k) == Some(v));
    all.find(|(_, d)| d.place.0 == service.meta.namespace && fits(&d.labels)).map(|(k, _)| *k)
}

/// Finds the pod as this client would.
fn way(cx: &mut Context, key: Key, database: Key, writes: bool, person: u32) -> Way {
    if let Some(zone) = cut_off(cx, person) {
        return inside(cx, database, writes, &zone);
    }
    let now = cx.now();
    let unknown = cx.memory.app.sources.get(&(key, writes)).is_some_and(|s| now < s.unknown_until);
    if unknown {
        return Way::Nobody;
    }
    let Some((service, wanted)) = service_of(cx, key, database, writes) else { return Way::Nobody };
    let headless = cx.store.get::<Service>(service).is_some_and(|s| s.headless());
    let pod = if headless {
        let namespace = cx.store.name(service).namespace.clone();
        let mut pods = dns::published(cx, service, &namespace);
        pods.retain(|e| wanted.as_ref().is_none_or(|w| e.pod == *w));
        if pods.is_empty()
            && let Some(source) = cx.memory.app.sources.get_mut(&(key, writes))
        {
            source.unknown_until = now + NEGATIVE;
        }
        let at = cx.memory.app.rng.below(pods.len() as u64) as usize;
        pods.get(at).and_then(|e| cx.store.find(Kind::Pod, &namespace, &e.pod))
    } else {
        proxy::choose(cx, service, person, None)
    };
    let Some((pod, found)) = pod.and_then(|p| Some((p, cx.store.get::<Pod>(p)?))) else { return Way::Nobody };
    if !found.node.as_ref().and_then(|n| machine(cx, n)).is_some_and(|z| z.is_empty()) {
        return Way::Silence(pod);
    }
    if cx.memory.app.members.contains_key(&found.meta.uid) { Way::To(found.meta.uid) } else { Way::Nobody }
}

/// The Service by which an operation goes, and the pod whose name is asked for.
fn service_of(cx: &Context, key: Key, database: Key, writes: bool) -> Option<(Key, Option<Str>)> {
    let primary = cx.memory.app.databases.get(&database)?.primary.clone().filter(|_| writes);
    let Some(set) = cx.store.get::<StatefulSet>(key) else { return Some((key, primary)) };
    let namespace = &set.meta.namespace;
    let governing = cx.store.find(Kind::Service, namespace, &set.service);
    if writes {
        return Some((governing?, primary));
    }
    let fits = |s: &Service| {
        let mut selector = s.selector.iter().flat_map(Labels::iter).peekable();
        !s.headless() && selector.peek().is_some() && selector.all(|(k, v)| set.template.labels.get(k) == Some(v))
    };
    let mut all = cx.store.in_namespace(Kind::Service, namespace).iter();
    let read = all.find(|k| cx.store.get::<Service>(**k).is_some_and(|s| fits(s))).copied();
    Some((read.or(governing)?, None))
}

/// The zone that is cut off with this client inside.
fn cut_off(cx: &Context, person: u32) -> Option<Str> {
    let cut = &cx.memory.fault.cut;
    if cut.is_empty() {
        return None;
    }
    let mut zones: Vec<Str> = cx.store.list::<Node>(Kind::Node).filter_map(|(_, n)| n.zone().cloned()).collect();
    podscope_schema::sort::sort(&mut zones);
    zones.dedup();
    let zone = zones.get(person as usize % zones.len().max(1))?;
    cut.contains(zone).then(|| zone.clone())
}

/// Inside of a zone that is cut off, clients go to those who are there and who were what they look for.
fn inside(cx: &mut Context, database: Key, writes: bool, zone: &Str) -> Way {
    let there = |m: &Member| machine(cx, &m.node).as_ref() == Some(zone);
    let wanted = |m: &Member| m.role == Role::Primary || (m.role == Role::Replica && !writes);
    let list = replicate::members(cx, database).filter(|(_, m)| wanted(m) && there(m)).map(|(uid, _)| uid);
    let list: Vec<Uid> = list.collect();
    let at = cx.memory.app.rng.below(list.len() as u64) as usize;
    match list.get(at) {
        Some(uid) => Way::To(*uid),
        // Whoever it is is outside.
        None => Way::Silence(Key::default()),
    }
}

/// An operation is done by its pod, as far as that is up to it.
pub fn arrive(cx: &mut Context, index: u32) {
    let Some(flight) = step_of(cx, index) else { return };
    let member = flight.member.and_then(|(uid, run)| {
        let member = cx.memory.app.members.get(&uid).filter(|m| m.run == run && m.up())?;
        machine(cx, &member.node)?;
        Some((uid, member.clone()))
    });
    let Some((uid, member)) = member else {
        return finish(cx, index, Outcome::Failed, None);
    };
    if !flight.source.1 {
        let value = read_at(cx, &member);
        return finish(cx, index, Outcome::Done, Some(value));
    }
    match write_at(cx, uid, flight.op) {
        Err(outcome) => finish(cx, index, outcome, None),
        Ok(at) => {
            let now = cx.now();
            let database = cx.memory.app.databases.get_mut(&flight.database);
            let waits = database.is_some_and(|d| {
                let stalled = d.stalled.get_or_insert(now);
                d.mode == Mode::Sync || (d.mode == Mode::SemiSync && now.since(*stalled) < SEMI_SYNC)
            });
            if waits {
                if let Some(flight) = cx.memory.app.flights.get_mut(index) {
                    flight.waits = Some(at);
                }
            } else {
                finish(cx, index, Outcome::Done, None);
            }
            replicate::spread(cx, flight.database);
            settle(cx, flight.database);
        }
    }
}

/// What a member's readers see last.
pub fn read_at(cx: &Context, member: &Member) -> u32 {
    let log = cx.disks.store(&member.disk).map(|s| &s.log);
    log.zip(member.applied.checked_sub(1)).and_then(|(log, at)| log.get(at)).copied().unwrap_or(0)
}

/// Commits the write at `op` of the history; gives where.
pub fn write_at(cx: &mut Context, uid: Uid, op: usize) -> Result<usize, Outcome> {
    let Some(member) = cx.memory.app.members.get(&uid).cloned() else { return Err(Outcome::Failed) };
    if member.role != Role::Primary {
        return Err(Outcome::ReadOnly);
    }
    let now = cx.now();
    let disk = cx.disks.at(&member.disk);
    let row = disk.store.as_ref().map_or(0, |s| s.row);
    if !disk.fits(row) {
        if let Some(member) = cx.memory.app.members.get_mut(&uid) {
            member.no_space += 1;
        }
        return Err(Outcome::NoSpace);
    }
    let Some(store) = &mut disk.store else { return Err(Outcome::Failed) };
    let Some(database) = cx.memory.app.databases.get_mut(&member.database) else { return Err(Outcome::Failed) };
    let value = database.history.number(op, now);
    store.writer = uid;
    let at = member.applied;
    // Another process may have gone on behind this one's back: what is there is overwritten.
    let destroyed = store.log.get_mut(at).map(|there| std::mem::replace(there, value));
    match destroyed {
        Some(destroyed) => database.history.destroyed(destroyed, value),
        None => store.log.push(value),
    }
    if let Some(member) = cx.memory.app.members.get_mut(&uid) {
        member.applied = at + 1;
    }
    Ok(at)
}

/// Answers the writes that waited for replicas and have them.
pub fn settle(cx: &mut Context, database: Key) {
    let Some(reached) = reached(cx, database) else { return };
    let newest = primary_len(cx, database);
    if reached >= newest
        && let Some(found) = cx.memory.app.databases.get_mut(&database)
    {
        found.stalled = None;
    }
    let ready = |f: &Flight| f.database == database && !f.over && f.waits.is_some_and(|at| at < reached);
    let done: Vec<u32> = cx.memory.app.flights.iter().filter(|(_, f)| ready(f)).map(|(i, _)| i).collect();
    for index in done {
        finish(cx, index, Outcome::Done, None);
    }
}

/// Has the replicas receive and apply now, and says whether enough of them then have the entry at `at`.
pub fn confirmed(cx: &mut Context, database: Key, at: usize) -> bool {
    let list: Vec<Uid> = replicate::members(cx, database).map(|(uid, _)| uid).collect();
    for uid in list.iter().chain(&list) {
        replicate::follow(cx, *uid);
    }
    reached(cx, database).is_none_or(|reached| at < reached)
}

/// How many entries enough replicas have; none when it does not matter.
fn reached(cx: &Context, database: Key) -> Option<usize> {
    let mode = cx.memory.app.databases.get(&database)?.mode;
    if mode == Mode::Async {
        return None;
    }
    let mut reached: Vec<usize> = Vec::new();
    for (_, member) in replicate::members(cx, database) {
        if member.role == Role::Replica && mode == Mode::SemiSync {
            reached.push(cx.disks.store(&member.disk).map_or(0, |s| s.log.len()));
        } else if member.role != Role::Primary && !member.ghost {
            // One that clones now, or is down, keeps the others waiting.
            reached.push(if member.diverged.is_some() { 0 } else { member.applied });
        }
    }
    let reached = if mode == Mode::SemiSync { reached.iter().max() } else { reached.iter().min() };
    // A primary without any replica waits for none when it is synchronous, and in vain when it is semi-synchronous.
    Some(reached.copied().unwrap_or(if mode == Mode::Sync { usize::MAX } else { 0 }))
}

/// How long the primary's log is.
fn primary_len(cx: &Context, database: Key) -> usize {
    let disk = replicate::primary(cx, database).map(|(_, m)| &m.disk);
    disk.and_then(|d| cx.disks.store(d)).map_or(0, |s| s.log.len())
}

/// A client waits no longer.
pub fn give_up(cx: &mut Context, index: u32) {
    if step_of(cx, index).is_some() {
        finish(cx, index, Outcome::TimedOut, None);
    }
}

/// The operation that a step is about, unless it is over. The last step frees its place.
fn step_of(cx: &mut Context, index: u32) -> Option<Flight> {
    let app = &mut cx.memory.app;
    let flight = app.flights.get_mut(index)?;
    flight.steps = flight.steps.saturating_sub(1);
    let flight = flight.clone();
    if flight.steps == 0 && flight.over {
        app.flights.free(index);
    }
    (!flight.over).then_some(flight)
}

fn finish(cx: &mut Context, index: u32, outcome: Outcome, value: Option<u32>) {
    let now = cx.now();
    let app = &mut cx.memory.app;
    let Some(flight) = app.flights.get_mut(index) else { return };
    flight.over = true;
    let (source, person, database, op) = (flight.source, flight.person, flight.database, flight.op);
    if flight.steps == 0 {
        app.flights.free(index);
    }
    if let Some(database) = app.databases.get_mut(&database) {
        database.history.finish(op, now, outcome, value);
    }
    rest(cx, source, person);
}

fn rest(cx: &mut Context, source: (Key, bool), person: u32) {
    if let Some(source) = cx.memory.app.sources.get_mut(&source).filter(|s| person < s.people) {
        source.idle.push_back(person);
    }
}
