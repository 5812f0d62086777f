//! Jobs and DaemonSets.

use super::{Memory, Step, ensure};
use podscope_engine::object::{DaemonSet, Job, Pod};
use podscope_engine::trace::{Actor, Verb};

/// A Job creates no more pods than may run at once, nor than are missing.
pub fn job(s: &Step, _: &mut Memory) -> Result<(), String> {
    if !s.is(Actor::Job, Verb::Create) || s.after::<Pod>().is_none() {
        return Ok(());
    }
    let Some(job) = s.object().and_then(|o| s.world.controller::<Job>(o)) else { return Ok(()) };
    let active = s.world.controlled::<Pod>(job.meta.uid).filter(|p| p.is_active()).count() as i64;
    let most = job.completions.map_or(job.parallelism, |n| job.parallelism.min(n - job.status.succeeded));
    ensure(active <= most && !job.suspend, || format!("{} runs {active} pods of {most}", job.meta.name))
}

/// A DaemonSet creates a pod for a node only when it has none there, but for the surge of an update.
pub fn daemon(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some(pod) = s.after::<Pod>().filter(|_| s.is(Actor::DaemonSet, Verb::Create)) else { return Ok(()) };
    let Some(set) = s.object().and_then(|o| s.world.controller::<DaemonSet>(o)) else { return Ok(()) };
    let target = |p: &Pod| {
        let field = p.spec.affinity.node_required.iter().flat_map(|t| &t.fields).next();
        p.node.clone().or_else(|| field.and_then(|f| f.values.first().cloned()))
    };
    let node = target(pod);
    let most = if set.rolling.as_ref().is_some_and(|(surge, _)| surge.of(100, true) > 0) { 2 } else { 1 };
    let mine = s.world.controlled::<Pod>(set.meta.uid).filter(|p| p.is_active() && target(p) == node).count();
    ensure(node.is_some() && mine <= most, || format!("{}: {mine} pods on {node:?}", set.meta.name))
}
