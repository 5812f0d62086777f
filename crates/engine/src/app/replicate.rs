//! Replication: a new replica copies the volume of the pod before it, then follows the primary's log; and who is primary.

use super::history::Finding;
use super::member::{self, Clone, Member, soon};
use super::{Step, after, client, connected, machine};
use crate::api::Context;
use crate::chunked::Chunked;
use crate::disk::Store;
use crate::object::{Key, Str, Uid};
use crate::view::Role;
use std::time::Duration;

/// How often a clone is looked at while it goes on.
const TICK: Duration = Duration::from_millis(100);
/// How often one who has nobody to copy from tries again.
const RETRY: Duration = Duration::from_secs(1);
/// How many entries a replica receives and applies at a time; on a slow disk, one.
const BATCH: usize = 256;
/// How much slower a slow disk is.
const SLOW: u32 = 50;
/// For how long an operator sees no primary before it promotes a replica.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many times slower than others a disk is.
pub fn slowness(cx: &Context, disk: &str) -> u32 {
    let slow = disk.strip_prefix("volume/").is_some_and(|v| cx.memory.fault.slow.contains(v));
    if slow { SLOW } else { 1 }
}

/// Whether something gets through between two members.
pub fn linked(cx: &Context, a: &Member, b: &Member) -> bool {
    let pair = (a.pod.min(b.pod), a.pod.max(b.pod));
    !cx.memory.fault.held.contains(&pair) && connected(cx, &a.node, &b.node)
}

/// The members of a database.
pub fn members(cx: &Context, database: Key) -> impl Iterator<Item = (Uid, &Member)> {
    cx.memory.app.members.iter().filter(move |(_, m)| m.database == database).map(|(uid, m)| (*uid, m))
}

/// The member that is meant to be primary.
pub fn primary(cx: &Context, database: Key) -> Option<(Uid, &Member)> {
    let name = cx.memory.app.databases.get(&database)?.primary.as_ref()?;
    members(cx, database).filter(|(_, m)| m.name == *name).max_by_key(|(_, m)| !m.ghost)
}

/// Has everybody look again: something came up, went down, or was connected.
pub fn poke(cx: &mut Context) {
    let all: Vec<(Uid, Role, Key)> = cx.memory.app.members.iter().map(|(u, m)| (*u, m.role, m.database)).collect();
    for &(uid, role, database) in &all {
        match role {
            Role::Replica => soon(cx, uid, Duration::from_millis(1), Step::Follow(uid)),
            _ => member::start(cx, uid),
        }
        let leaderless = || !primary(cx, database).is_some_and(|(_, m)| m.up() && heard(cx, m));
        let operator = cx.memory.app.databases.get(&database).is_some_and(|d| d.operator && !d.electing);
        if operator && leaderless() {
            if let Some(database) = cx.memory.app.databases.get_mut(&database) {
                database.electing = true;
            }
            after(cx, PATIENCE, Step::Elect(database));
        }
    }
}

/// Whether the control plane reaches a member.
fn heard(cx: &Context, member: &Member) -> bool {
    !member.ghost && machine(cx, &member.node).is_some_and(|zone| zone.is_empty())
}

/// Whose volume a member copies: that of the next lower ordinal.
// upstream: the example's init container clone-mysql
fn source<'a>(cx: &'a Context, member: &Member) -> Option<(Uid, &'a Member)> {
    let before = member.ordinal.map(|n| n - 1);
    let good = |m: &Member| m.up() && linked(cx, m, member);
    // The first ordinal, when it is no primary any more, copies from who is.
    let other = || primary(cx, member.database).filter(|(_, m)| before < Some(0) && good(m));
    members(cx, member.database).find(|(_, m)| m.ordinal == before && good(m)).or_else(other)
}

/// Whether a clone goes on, or is about to, so that it will end.
pub fn advances(cx: &Context, member: &Member) -> bool {
    let waits = !member.up() && !member.disk.is_empty() && member.no_space == 0 && member::follows(cx, member);
    waits && cx.disks.store(&member.disk).is_none() && source(cx, member).is_some()
}

/// Begins to copy, or to wait for somebody to copy from.
pub fn begin_clone(cx: &mut Context, uid: Uid) {
    let Some(member) = cx.memory.app.members.get(&uid) else { return };
    let found = source(cx, member).map(|(from, m)| (from, cx.disks.store(&m.disk).map_or(0, Store::bytes)));
    let Some(member) = cx.memory.app.members.get_mut(&uid) else { return };
    member.clone = found.map(|(from, total)| Clone { from, done: 0, total });
    let wait = if found.is_some() { TICK } else { RETRY };
    soon(cx, uid, wait, Step::Copy(uid));
}

/// Copies on.
pub fn copy(cx: &mut Context, uid: Uid) {
    let Some(member) = cx.memory.app.members.get_mut(&uid) else { return };
    member.busy = false;
    let member = member.clone();
    let Some(progress) = member.clone else {
        return member::start(cx, uid);
    };
    let source = cx.memory.app.members.get(&progress.from).filter(|m| m.up()).cloned();
    let Some(source) = source.filter(|m| connected(cx, &m.node, &member.node)) else {
        // Half a copy is none: it begins anew.
        return begin_clone(cx, uid);
    };
    let rate = cx.memory.app.databases.get(&member.database).map_or(1, |d| d.rate);
    let slow = slowness(cx, &source.disk).max(slowness(cx, &member.disk));
    let moved = if linked(cx, &source, &member) { (rate / 10 / u64::from(slow)).max(1) } else { 0 };
    let Some(store) = cx.disks.store(&source.disk).cloned() else { return };
    let clone = Clone { done: progress.done + moved, total: store.bytes(), ..progress };
    let done = clone.done >= clone.total;
    if done && !cx.disks.at(&member.disk).fits(clone.total) {
        // It ends with the disk full, and is tried again.
        set_clone(cx, uid, Some(Clone { done: 0, ..clone }));
        if let Some(member) = cx.memory.app.members.get_mut(&uid) {
            member.no_space += 1;
        }
        return soon(cx, uid, RETRY, Step::Copy(uid));
    }
    set_clone(cx, uid, (!done).then_some(clone));
    if !done {
        return soon(cx, uid, TICK, Step::Copy(uid));
    }
    cx.disks.at(&member.disk).store = Some(Store { writer: uid, ..store });
    member::start(cx, uid);
    member::wake(cx, uid);
}

fn set_clone(cx: &mut Context, uid: Uid, clone: Option<Clone>) {
    if let Some(member) = cx.memory.app.members.get_mut(&uid) {
        member.clone = clone;
    }
}

/// A replica applies what it has received, and receives what its primary has.
pub fn follow(cx: &mut Context, uid: Uid) {
    let Some(member) = cx.memory.app.members.get_mut(&uid) else { return };
    member.busy = false;
    let mut member = member.clone();
    let key = member.database;
    let Some(delay) = cx.memory.app.databases.get(&key).map(|d| d.delay) else { return };
    if member.role != Role::Replica || machine(cx, &member.node).is_none() {
        return;
    }
    let slow = slowness(cx, &member.disk);
    let batch = (BATCH as u32 / slow).max(1) as usize;
    let source = primary(cx, key).filter(|(_, m)| m.up() && linked(cx, m, &member)).map(|(_, m)| m.disk.clone());
    let theirs = source.and_then(|disk| cx.disks.store(&disk)).map(|s| s.log.clone());
    let Some(mut log) = cx.disks.store(&member.disk).map(|s| s.log.clone()) else { return };
    member.applied = log.len().min(member.applied + batch);
    if let Some(theirs) = &theirs {
        let rejoins = cx.memory.app.databases.get(&key).is_some_and(|d| d.operator);
        let parts = log.parts_from(theirs).or((log.len() > theirs.len()).then_some(theirs.len()));
        match parts {
            Some(at) if rejoins => {
                // An operator winds back a member that has what no primary has.
                log.truncate(at);
                member.applied = member.applied.min(at);
                member.diverged = None;
            }
            at => member.diverged = at,
        }
        if member.diverged.is_none() {
            let room = |n: usize| {
                cx.disks.get(&member.disk).is_none_or(|d| d.fits(n as u64 * d.store.as_ref().map_or(0, |s| s.row)))
            };
            let more = theirs.len().saturating_sub(log.len()).min(BATCH);
            if room(more) {
                log.follow(theirs, more);
            } else {
                member.no_space += 1;
            }
        }
    }
    let target = theirs.as_ref().filter(|_| member.diverged.is_none()).map_or(log.len(), Chunked::len);
    let stuck = log.len() < target && member.applied == log.len();
    let more = member.applied < log.len().max(target);
    if more {
        member.behind = member.behind.or(Some(cx.now()));
    } else if theirs.is_some() {
        member.behind = None;
    }
    if let Some(store) = &mut cx.disks.at(&member.disk).store {
        store.log = log;
    }
    cx.memory.app.members.insert(uid, member);
    client::settle(cx, key);
    if more {
        let wait = delay.max(Duration::from_millis(1)) * slow;
        soon(cx, uid, if stuck { wait.max(RETRY / 10) } else { wait }, Step::Follow(uid));
    }
}

/// Has a primary's replicas receive what was written.
pub fn spread(cx: &mut Context, database: Key) {
    let Some(delay) = cx.memory.app.databases.get(&database).map(|d| d.delay) else { return };
    let now = cx.now();
    let list: Vec<Uid> = members(cx, database).filter(|(_, m)| m.role == Role::Replica).map(|(uid, _)| uid).collect();
    for uid in list {
        if let Some(member) = cx.memory.app.members.get_mut(&uid) {
            member.behind = member.behind.or(Some(now));
        }
        soon(cx, uid, delay.max(Duration::from_millis(1)), Step::Follow(uid));
    }
}

/// The operator promotes the most advanced replica that it reaches, if there is still no primary.
pub fn elect(cx: &mut Context, database: Key) {
    let Some(found) = cx.memory.app.databases.get_mut(&database) else { return };
    found.electing = false;
    if !found.operator || primary(cx, database).is_some_and(|(_, m)| m.up() && heard(cx, m)) {
        return;
    }
    let length = |m: &Member| cx.disks.store(&m.disk).map_or(0, |s| s.log.len());
    let all = members(cx, database).filter(|(_, m)| m.up() && heard(cx, m));
    let best = all.max_by_key(|(uid, m)| (length(m), std::cmp::Reverse(*uid))).map(|(_, m)| m.name.clone());
    if let Some(name) = best {
        return promote(cx, database, &name);
    }
    if let Some(found) = cx.memory.app.databases.get_mut(&database) {
        found.electing = true;
    }
    after(cx, PATIENCE, Step::Elect(database));
}

/// Makes the member in the pod of this name primary; who was it before follows, as soon as it hears of it.
pub fn promote(cx: &mut Context, database: Key, name: &Str) {
    let Some(found) = cx.memory.app.databases.get_mut(&database) else { return };
    found.primary = Some(name.clone());
    cx.memory.app.version += 1;
    demote(cx);
    let Some((uid, disk)) = primary(cx, database).map(|(uid, m)| (uid, m.disk.clone())) else { return };
    let len = cx.disks.store(&disk).map_or(0, |s| s.log.len());
    if let Some(member) = cx.memory.app.members.get_mut(&uid).filter(|m| m.up()) {
        // What it had received it applies first.
        (member.role, member.applied, member.behind) = (Role::Primary, len, None);
        member.diverged = None;
        count_lost(cx, database, &disk);
    }
    poke(cx);
}

/// Those who were primary and are reached now follow.
pub fn demote(cx: &mut Context) {
    let old = |m: &Member| m.role == Role::Primary && member::follows(cx, m) && heard(cx, m);
    let list: Vec<Uid> = cx.memory.app.members.iter().filter(|(_, m)| old(m)).map(|(uid, _)| *uid).collect();
    for uid in list {
        if let Some(member) = cx.memory.app.members.get_mut(&uid) {
            member.role = Role::Replica;
        }
    }
}

/// Counts the acknowledged writes that a new primary does not have.
pub fn count_lost(cx: &mut Context, database: Key, disk: &str) {
    let Some(log) = cx.disks.store(disk).map(|s| s.log.clone()) else { return };
    if cx.memory.app.databases.get(&database).is_none_or(|d| d.primary.is_none()) {
        return; // each its own: nobody has to have what another has
    }
    let mut known: Vec<u32> = log.iter_from(0).map(|(_, n)| *n).collect();
    lose_others(cx, database, &mut known);
}

/// Counts the acknowledged writes that no member has any more, of a database whose members are each their own primary.
pub fn count_gone(cx: &mut Context, database: Option<Key>) {
    let Some(key) = database else { return };
    if cx.memory.app.databases.get(&key).is_none_or(|d| d.primary.is_some()) {
        return;
    }
    let logs = members(cx, key).filter_map(|(_, m)| cx.disks.store(&m.disk)).map(|s| s.log.clone());
    let logs: Vec<_> = logs.collect();
    let mut known: Vec<u32> = logs.iter().flat_map(|log| log.iter_from(0).map(|(_, n)| *n)).collect();
    lose_others(cx, key, &mut known);
}

/// Counts the acknowledged writes that are not among these.
fn lose_others(cx: &mut Context, database: Key, known: &mut [u32]) {
    podscope_schema::sort::sort(known);
    let Some(found) = cx.memory.app.databases.get_mut(&database) else { return };
    for at in found.history.acknowledged() {
        let Some(op) = found.history.get(at) else { continue };
        if known.binary_search(&op.value).is_err() {
            found.history.lose(at, Finding::Lost);
        }
    }
}
