//! Disruption budgets.

use super::{Memory as All, Step, ensure};
use podscope_engine::object::{DisruptionBudget, Key, Kind, Pod};
use podscope_engine::trace::{Actor, Note, Verb};
use std::collections::BTreeMap;

/// When pods last changed by themselves, and when each budget was last counted.
#[derive(Default)]
pub struct Memory {
    writes: u64,
    changed: u64,
    counted: BTreeMap<Key, u64>,
}

/// An eviction of a Ready pod leaves as many healthy pods as its budget asks for. What a budget cannot know yet,
/// because a pod changed by itself since it was counted, it cannot prevent.
pub fn holds(s: &Step, memory: &mut All) -> Result<(), String> {
    let memory = &mut memory.budget;
    memory.writes += 1;
    if s.after::<DisruptionBudget>().is_some() && s.entry.actor == Actor::Disruption {
        memory.counted.insert(s.write.key, memory.writes);
    }
    let Some(old) = s.before::<Pod>() else { return Ok(()) };
    let evicted = s.entry.note == Note::Evicted && matches!(s.entry.verb, Verb::MarkDeleted | Verb::Remove);
    let healthy = |p: &Pod| p.is_ready() && !p.meta.deleting();
    if !evicted {
        let still = s.after::<Pod>().is_some_and(|p| healthy(p) == healthy(old) && p.meta.labels == old.meta.labels);
        if !still {
            memory.changed = memory.writes;
        }
        return Ok(());
    }
    if !healthy(old) {
        return Ok(());
    }
    for budget in s.world.list::<DisruptionBudget>(Kind::PodDisruptionBudget) {
        let covers = |p: &Pod| {
            p.meta.namespace == budget.meta.namespace
                && budget.selector.as_ref().is_some_and(|x| x.matches(&p.meta.labels))
        };
        let key = s.cx.store.find(Kind::PodDisruptionBudget, &budget.meta.namespace, &budget.meta.name);
        let fresh = key.and_then(|k| memory.counted.get(&k)).is_some_and(|at| *at > memory.changed);
        if !covers(old) || !fresh {
            continue;
        }
        let left = s.world.list::<Pod>(Kind::Pod).filter(|p| covers(p) && healthy(p)).count() as i64;
        ensure(left >= budget.status.desired, || {
            format!("{} left {left} of {} that {} asks for", old.meta.name, budget.status.desired, budget.meta.name)
        })?;
    }
    Ok(())
}
