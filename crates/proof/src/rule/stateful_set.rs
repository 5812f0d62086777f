//! StatefulSets: their ordinals and their claims.

use super::{Memory as All, Step, ensure};
use podscope_engine::object::{Claim, ControllerRevision, Kind, Pod, StatefulSet, Str, Uid, UpdateStrategy};
use podscope_engine::trace::{Actor, Note, Verb};
use std::collections::BTreeMap;

/// The volume that each claim was bound to.
#[derive(Default)]
pub struct Memory {
    volumes: BTreeMap<Uid, Str>,
}

const REVISION: &str = "controller-revision-hash";

fn ordinal(set: &StatefulSet, pod: &Pod) -> Option<i64> {
    pod.meta.name.strip_prefix(&*set.meta.name)?.strip_prefix('-')?.parse().ok()
}

fn set_of<'a>(s: &'a Step) -> Option<(&'a StatefulSet, &'a Pod, i64)> {
    let object = s.object()?;
    let set = s.world.controller::<StatefulSet>(object)?;
    let pod = s.after::<Pod>().or(s.before::<Pod>())?;
    Some((set, pod, ordinal(set, pod)?))
}

fn peers<'a>(s: &'a Step, set: &'a StatefulSet) -> impl Iterator<Item = (i64, &'a Pod)> {
    s.world.controlled::<Pod>(set.meta.uid).filter_map(|p| Some((ordinal(set, p)?, &**p)))
}

fn well(set: &StatefulSet, pod: &Pod, s: &Step) -> bool {
    pod.is_active() && pod.is_ready() && pod.is_available(set.min_ready, s.entry.at)
}

/// No two pods of a set share an ordinal, and each is named, labeled and addressed by its own.
pub fn one_per_ordinal(s: &Step, _: &mut All) -> Result<(), String> {
    if !s.is(Actor::StatefulSet, Verb::Create) {
        return Ok(());
    }
    let Some(pod) = s.after::<Pod>() else { return Ok(()) };
    let Some((set, _, n)) = set_of(s) else { return Err(format!("{} has no ordinal", pod.meta.name)) };
    let twins = peers(s, set).filter(|(m, _)| *m == n).count();
    ensure(twins == 1, || format!("{twins} pods with the ordinal {n} of {}", set.meta.name))?;
    let label = |key: &str| pod.meta.labels.get(key).map_or("", |v| &**v);
    let index = label("apps.kubernetes.io/pod-index");
    ensure(index == n.to_string() && label("statefulset.kubernetes.io/pod-name") == &*pod.meta.name, || {
        format!("{} is labeled with index {index}", pod.meta.name)
    })?;
    ensure(pod.hostname.as_ref() == Some(&pod.meta.name), || {
        format!("{} is called {:?}", pod.meta.name, pod.hostname)
    })?;
    let range = set.start..set.start + set.replicas;
    ensure(range.contains(&n), || format!("{} is outside {range:?}", pod.meta.name))
}

/// `OrderedReady`: a pod is created only when all before it are available.
pub fn created_in_order(s: &Step, _: &mut All) -> Result<(), String> {
    let Some((set, pod, n)) = set_of(s).filter(|(set, ..)| s.is(Actor::StatefulSet, Verb::Create) && !set.parallel)
    else {
        return Ok(());
    };
    let ready: Vec<i64> = peers(s, set).filter(|(_, p)| well(set, p, s)).map(|(n, _)| n).collect();
    let missing = (set.start..n).find(|m| !ready.contains(m));
    ensure(missing.is_none(), || {
        format!("{} was created before ordinal {} was Ready", pod.meta.name, missing.unwrap_or(0))
    })
}

/// A pod too many goes only when none above it is left; an outdated one only when all above it are updated and well.
pub fn from_the_highest(s: &Step, _: &mut All) -> Result<(), String> {
    if s.entry.actor != Actor::StatefulSet || !matches!(s.entry.verb, Verb::MarkDeleted | Verb::Remove) {
        return Ok(());
    }
    let Some((set, pod, n)) = set_of(s) else { return Ok(()) };
    let name = &pod.meta.name;
    let mut above = peers(s, set).filter(|(m, _)| *m > n);
    match s.entry.note {
        Note::Ordinal => {
            let inside = (set.start..set.start + set.replicas).contains(&n);
            ensure(!inside, || format!("{name} is not too many of {}", set.replicas))?;
            let left = if set.parallel { None } else { above.next() };
            ensure(left.is_none(), || format!("{name} went before {}", left.map_or("", |l| &*l.1.meta.name)))
        }
        Note::Outdated => {
            let UpdateStrategy::RollingUpdate { partition, .. } = &set.strategy else {
                return Err(format!("{name} was replaced, but the strategy is OnDelete"));
            };
            ensure(n - set.start >= *partition, || format!("{name} is below the partition {partition}"))?;
            let newest = s.world.controlled::<ControllerRevision>(set.meta.uid).max_by_key(|r| r.revision);
            let update = newest.map(|r| &r.meta.name);
            let revision = |p: &Pod| p.meta.labels.get(REVISION).cloned();
            ensure(revision(pod).as_ref() != update, || format!("{name} is up to date"))?;
            if s.cx.config.max_unavailable_stateful_set {
                return Ok(());
            }
            let rest: BTreeMap<i64, &Pod> = above.collect();
            let done = |m: i64| rest.get(&m).is_some_and(|p| revision(p).as_ref() == update && well(set, p, s));
            let waiting = (n + 1..set.start + set.replicas).find(|m| !done(*m));
            ensure(waiting.is_none(), || format!("{name} was replaced before ordinal {} was", waiting.unwrap_or(0)))
        }
        _ => Ok(()),
    }
}

/// A pod mounts the claims of its own ordinal; a claim keeps its volume; a volume has one claim.
pub fn claims(s: &Step, memory: &mut All) -> Result<(), String> {
    if let Some((set, pod, n)) = set_of(s).filter(|_| s.entry.verb == Verb::Create) {
        for template in set.claim_templates.iter() {
            let name = format!("{}-{}-{n}", template.meta.name, set.meta.name);
            ensure(pod.claim_names().any(|c| **c == *name), || format!("{} does not mount {name}", pod.meta.name))?;
        }
    }
    let Some(claim) = s.after::<Claim>() else { return Ok(()) };
    let Some(volume) = claim.volume.as_ref().filter(|v| !v.is_empty()) else { return Ok(()) };
    let first = memory.claim.volumes.entry(claim.meta.uid).or_insert_with(|| volume.clone());
    ensure(first == volume, || format!("{} moved from {first} to {volume}", claim.meta.name))?;
    let mut others = s.world.list::<Claim>(Kind::PersistentVolumeClaim);
    let twin = others.find(|c| c.volume.as_ref() == Some(volume) && c.meta.uid != claim.meta.uid);
    ensure(twin.is_none(), || format!("{volume} has two claims: {}", claim.meta.name))
}
