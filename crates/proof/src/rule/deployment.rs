//! Deployments and their ReplicaSets.

use super::{Memory, Step, ensure};
use podscope_engine::object::{Deployment, Pod, ReplicaSet, Str, Uid};
use podscope_engine::time::SimTime;
use podscope_engine::trace::{Actor, Verb};

/// Surge rounds up, unavailability down, and where both come to nothing one may be unavailable.
fn bounds(d: &Deployment) -> (i64, i64) {
    let Some((surge, unavailable)) = &d.rolling else { return (0, 0) };
    let (surge, unavailable) = (surge.of(d.replicas, true), unavailable.of(d.replicas, false));
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    (surge, unavailable.min(d.replicas))
}

/// A change of a ReplicaSet's size by its Deployment: the Deployment, and the size before and after.
fn resized<'a>(s: &'a Step) -> Option<(&'a Deployment, &'a ReplicaSet, i64, i64)> {
    let new = s.after::<ReplicaSet>().filter(|_| s.entry.actor == Actor::Deployment)?;
    let before = match s.entry.verb {
        Verb::Create => 0,
        Verb::Update => s.before::<ReplicaSet>()?.replicas,
        _ => return None,
    };
    let d = s.world.controller::<Deployment>(s.object()?)?;
    (before != new.replicas).then_some((d, new, before, new.replicas))
}

fn sets<'a>(s: &'a Step, d: &Deployment) -> impl Iterator<Item = &'a ReplicaSet> {
    s.world.controlled::<ReplicaSet>(d.meta.uid).map(|r| &**r)
}

/// A ReplicaSet that grows never takes its Deployment above its replicas and surge.
pub fn surge(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some((d, set, before, after)) = resized(s) else { return Ok(()) };
    let (total, most) = (sets(s, d).map(|r| r.replicas).sum::<i64>(), d.replicas + bounds(d).0);
    ensure(after < before || total <= most, || {
        format!("{} grew from {before} to {after}: {total} of at most {most} for {}", set.meta.name, d.meta.name)
    })
}

/// Pods that a set is sure to keep: those available, unless it is to have fewer.
fn assured(set: &ReplicaSet, replicas: i64) -> i64 {
    replicas.min(set.status.available)
}

/// A rolling update shrinks a set only while enough available pods stay. A Deployment that was scaled itself is
/// another matter: its sets shrink in proportion.
pub fn available(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some((d, set, before, after)) = resized(s).filter(|r| r.0.rolling.is_some() && r.3 < r.2) else {
        return Ok(());
    };
    let annotation = |r: &ReplicaSet| r.meta.annotations.get("deployment.kubernetes.io/desired-replicas").cloned();
    let desired = s.before::<ReplicaSet>().and_then(|r| annotation(r));
    if desired.is_none_or(|n| *n != *d.replicas.to_string()) {
        return Ok(());
    }
    let least = d.replicas - bounds(d).1;
    let now: i64 = sets(s, d).map(|r| assured(r, r.replicas)).sum();
    let was = now - assured(set, after) + assured(set, before);
    // Nothing is taken away by what was unavailable before.
    ensure(now >= least.min(was), || {
        format!(
            "{} shrank from {before} to {after}: {now} available of at least {least} for {}",
            set.meta.name, d.meta.name
        )
    })
}

/// With `Recreate`, the new set grows only once no pod of an old one is left that has not ended.
pub fn recreate(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some((d, set, before, after)) = resized(s).filter(|r| r.0.rolling.is_none()) else { return Ok(()) };
    if after < before || before > 0 {
        return Ok(());
    }
    let others = sets(s, d).filter(|r| r.meta.uid != set.meta.uid);
    let left = others.flat_map(|r| s.world.controlled::<Pod>(r.meta.uid)).find(|p| !p.is_terminal());
    ensure(left.is_none(), || format!("{} grew while {} was there", set.meta.name, left.map_or("", |p| &*p.meta.name)))
}

fn active<'a>(s: &'a Step, set: Uid) -> impl Iterator<Item = &'a Pod> {
    s.world.controlled::<Pod>(set).map(|p| &**p).filter(|p| p.is_active())
}

/// A set never creates more pods than it is to have.
pub fn created(s: &Step, _: &mut Memory) -> Result<(), String> {
    if !s.is(Actor::ReplicaSet, Verb::Create) || s.after::<Pod>().is_none() {
        return Ok(());
    }
    let Some(set) = s.object().and_then(|o| s.world.controller::<ReplicaSet>(o)) else { return Ok(()) };
    let count = active(s, set.meta.uid).count() as i64;
    ensure(count <= set.replicas, || format!("{} has {count} pods of {}", set.meta.name, set.replicas))
}

/// A Ready pod that a ReplicaSet chose to delete, until it is known what went with it.
pub struct Chosen {
    at: SimTime,
    pod: Str,
    set: Uid,
}

/// Of the pods of one set, those that are not Ready go before those that are. What is deleted together is deleted in
/// any order, so this looks back once time has moved on.
pub fn unready_first(s: &Step, memory: &mut Memory) -> Result<(), String> {
    let now = s.entry.at;
    let mut wrong = Ok(());
    for chosen in memory.chosen.extract_if(.., |c| c.at < now) {
        let stays = |p: &&Pod| !p.is_ready() && p.meta.created < chosen.at && p.status.ready.since < chosen.at;
        let left = active(s, chosen.set).find(stays);
        wrong = wrong.and(ensure(left.is_none(), || {
            format!("{} was Ready, and {} is not, and stays", chosen.pod, left.map_or("", |p| &*p.meta.name))
        }));
    }
    if s.entry.actor == Actor::ReplicaSet
        && matches!(s.entry.verb, Verb::MarkDeleted | Verb::Remove)
        && let Some(pod) = s.before::<Pod>().filter(|p| p.is_ready() && p.is_active())
        && let Some(set) = pod.meta.controller()
    {
        memory.chosen.push(Chosen { at: now, pod: pod.meta.name.clone(), set: set.uid });
    }
    wrong
}
