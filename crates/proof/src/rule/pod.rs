//! Pods: their life, their node and their address.

use super::{Memory, Step, ensure};
use podscope_engine::object::{Kind, Node, Phase, Pod};
use podscope_engine::trace::{Actor, Verb};

/// A node is never changed, an end never taken back, restarts never forgotten; who ended is not Ready.
pub fn forward(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some(new) = s.after::<Pod>() else { return Ok(()) };
    let name = &new.meta.name;
    let ended_ready = new.is_terminal() && new.is_ready();
    ensure(!ended_ready, || format!("{name} is {} and Ready", new.status.phase.name()))?;
    ensure(!new.is_ready() || new.node.is_some() && new.status.phase == Phase::Running, || {
        format!("{name} is Ready, but {} on {:?}", new.status.phase.name(), new.node)
    })?;
    let Some(old) = s.before::<Pod>() else { return Ok(()) };
    ensure(old.node.is_none() || old.node == new.node, || {
        format!("{name} moved from {:?} to {:?}", old.node, new.node)
    })?;
    ensure(!old.is_terminal() || old.status.phase == new.status.phase, || format!("{name} came back from its end"))?;
    let back = old.status.phase == Phase::Running && new.status.phase == Phase::Pending;
    ensure(!back, || format!("{name} is Pending after it was Running"))?;
    let restarts = |p: &Pod| p.status.containers.iter().map(|c| c.restarts).collect::<Vec<_>>();
    let (a, b) = (restarts(old), restarts(new));
    ensure(a.iter().zip(&b).all(|(a, b)| a <= b), || format!("{name}: restarts went from {a:?} to {b:?}"))
}

/// When the scheduler binds a pod, its node is there, takes new pods, and has room for what it requests. A pod with
/// claims was promised its node before its volumes were made there, so that a taint may have come since.
pub fn fits(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some(pod) = s.after::<Pod>().filter(|_| s.is(Actor::Scheduler, Verb::Update)) else { return Ok(()) };
    let Some(node) = pod.node.as_ref().filter(|_| s.before::<Pod>().is_some_and(|o| o.node.is_none())) else {
        return Ok(());
    };
    let there = s.world.named::<Node>(Kind::Node, "", node);
    let node = there.ok_or_else(|| format!("{} was bound to {node}, which is not there", pod.meta.name))?;
    let name = &node.meta.name;
    let tolerated = pod.claim_names().next().is_some()
        || node.taints.iter().all(|t| {
            t.effect == podscope_engine::object::TaintEffect::PreferNoSchedule
                || pod.spec.tolerations.iter().any(|tol| tol.tolerates(t))
        });
    ensure(tolerated, || format!("{} was bound to {name} in spite of {:?}", pod.meta.name, node.taints))?;
    let (mut cpu, mut memory, mut count) = (0, 0, 0);
    for other in s.world.on_node(name).filter(|p| !p.is_terminal()) {
        let sum = |f: fn(&podscope_engine::object::Container) -> i64| other.spec.containers.iter().map(f).sum::<i64>();
        cpu += sum(|c| c.cpu_milli);
        memory += sum(|c| c.memory);
        count += 1;
    }
    ensure(cpu <= node.cpu_milli && memory <= node.memory && count <= node.pods, || {
        format!("{name} holds {count} pods, {cpu}m CPU and {memory} bytes after {} was bound to it", pod.meta.name)
    })
}

/// An address belongs to one pod that has not ended.
pub fn addresses(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some(pod) = s.after::<Pod>() else { return Ok(()) };
    let ip = pod.status.ip;
    if ip == 0 || s.before::<Pod>().is_some_and(|o| o.status.ip == ip) {
        return Ok(());
    }
    let host = |p: &Pod| p.spec.raw.get("hostNetwork").is_some();
    let twin = s
        .world
        .list::<Pod>(Kind::Pod)
        .find(|p| p.status.ip == ip && p.meta.uid != pod.meta.uid && !p.is_terminal() && !host(p) && !host(pod));
    ensure(twin.is_none(), || format!("{} has the address of {}", pod.meta.name, twin.map_or("", |t| &*t.meta.name)))
}
