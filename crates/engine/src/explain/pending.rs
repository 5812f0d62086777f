//! Why a pod has no node.

use super::{Answer, Mood, Why, bytes, cpu, kubectl, storage, word, workload};
use crate::object::{Claim, Key, Kind, Node, Operator, Pod, TaintEffect, VolumePhase};
use crate::scheduler::{self, Look};

/// Why a pod has no node, node by node.
pub fn pending(w: Why, key: Key, pod: &Pod) -> Answer {
    let (name, ns) = (&pod.meta.name, &pod.meta.namespace);
    if let Some(gate) = pod.spec.scheduling_gates.first() {
        let patch = r#" --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'"#;
        let text = say!("% is Pending: the scheduling gate % keeps the scheduler from looking at it.", name, &**gate);
        return Answer::new(Mood::Stuck, text).command(kubectl(ns, say!("patch pod %%", name, patch)));
    }
    if let Some(node) = scheduler::promised_node(w.cx, key) {
        return Answer::new(
            Mood::Waiting,
            say!("% is Pending: % was chosen for it, and its claims are being bound there.", name, node),
        );
    }
    let looks = match scheduler::look(w.cx, pod) {
        Ok(looks) => looks,
        Err(why) => return claims(w, pod, &why),
    };
    if looks.is_empty() {
        return Answer::new(Mood::Stuck, say!("% is Pending: there is no node.", name));
    }
    if looks.iter().any(|l| l.reasons.is_empty()) {
        return Answer::new(Mood::Waiting, say!("% is Pending: the scheduler is about to bind it.", name))
            .until(w.cx.due(crate::controller::Controller::Scheduler, key));
    }
    let mut text = say!("% is Pending: none of % nodes takes it", name, looks.len() as i64);
    let mut facts = Vec::new();
    for look in &looks {
        let each: Vec<String> = look.reasons.iter().map(|r| reason(pod, look, r)).collect();
        facts.push((look.node.meta.name.clone(), each.join("; ")));
    }
    // A few nodes are named; of many, the scheduler's own count is told.
    if facts.len() <= 5 {
        for (i, (node, why)) in facts.iter().enumerate() {
            text += if i == 0 { ": " } else { ", " };
            text += &say!("% %", node, why);
        }
    } else if let Some(said) = &pod.status.unschedulable {
        text += &say!(": %", said.split(". ").next().unwrap_or_default());
    }
    text.push('.');
    let command = help(w, pod, &looks);
    let mut answer = Answer::new(Mood::Stuck, text).command(command);
    for (node, why) in facts {
        answer = answer.fact(&node, why);
    }
    answer
}

/// The pod's claims keep the scheduler from looking at nodes.
fn claims(w: Why, pod: &Pod, why: &str) -> Answer {
    let text = say!("% is Pending: %.", &pod.meta.name, why);
    for name in pod.claim_names() {
        let key = w.cx.store.find(Kind::PersistentVolumeClaim, &pod.meta.namespace, name);
        let Some((key, claim)) = key.and_then(|k| Some((k, w.cx.store.get::<Claim>(k)?))) else { continue };
        if claim.phase != VolumePhase::Bound || claim.meta.deleting() {
            let more = if claim.meta.deleting() {
                super::terminating::held(w, key, &claim.meta, Kind::PersistentVolumeClaim)
            } else {
                storage::claim(w, key, claim)
            };
            return Answer { text: say!("% %", &text, &more.text), mood: more.mood, ..more };
        }
    }
    Answer::new(Mood::Stuck, text)
}

fn untolerated<'a>(pod: &Pod, node: &'a Node) -> Option<&'a crate::object::Taint> {
    let keeps_out = |t: &&crate::object::Taint| {
        t.effect != TaintEffect::PreferNoSchedule && !pod.spec.tolerations.iter().any(|o| o.tolerates(t))
    };
    node.taints.iter().find(keeps_out)
}

/// One reason of one node, with its figures.
fn reason(pod: &Pod, look: &Look, said: &str) -> String {
    let of =
        |asked: String, free: String, all: String| say!("has % (% requested, % of % free)", said, &asked, &free, &all);
    let node = &look.node;
    match said {
        "Insufficient cpu" => of(cpu(look.cpu.0), cpu(look.cpu.1), cpu(node.cpu_milli)),
        "Insufficient memory" => of(bytes(look.memory.0), bytes(look.memory.1), bytes(node.memory)),
        "Too many pods" => say!("has % (% of %)", said, look.pods, node.pods),
        "node(s) were unschedulable" => "is cordoned".to_owned(),
        "node(s) had untolerated taint(s)" => match untolerated(pod, node) {
            Some(t) => say!("has the taint %, which it does not tolerate", &taint(t)),
            None => said.to_owned(),
        },
        "node(s) didn't match Pod's node affinity/selector" => match missing_label(pod, node) {
            Some((key, value)) => say!("does not have the label %=%", key, value),
            None => "does not match its node affinity".to_owned(),
        },
        "node(s) didn't match PersistentVolume's node affinity" => {
            let zone = node.zone().map_or("no zone", |z| &**z);
            say!("is in %, its volume in %", zone, &look.zones.join(", "))
        }
        _ => said.strip_prefix("node(s) ").unwrap_or(said).to_owned(),
    }
}

fn taint(t: &crate::object::Taint) -> String {
    let value = if t.value.is_empty() { String::new() } else { say!("=%", &t.value) };
    say!("%%:%", &t.key, &value, t.effect.name())
}

/// The label by which a selector, or an affinity's first term, refuses the node.
fn missing_label<'a>(pod: &'a Pod, node: &Node) -> Option<(&'a str, &'a str)> {
    let labels = &node.meta.labels;
    if let Some((k, v)) = pod.spec.node_selector.iter().find(|(k, v)| labels.get(k) != Some(v)) {
        return Some((k, v));
    }
    let wanted = pod.spec.affinity.node_required.first()?.expressions.iter();
    let wanted = wanted.filter(|r| r.operator == Operator::In).find(|r| !r.matches(labels))?;
    Some((&wanted.key, wanted.values.first()?))
}

/// What would make room: a node's own change before a smaller workload.
fn help(w: Why, pod: &Pod, looks: &[Look]) -> Option<String> {
    let only = |reason: &str| looks.iter().find(|l| l.reasons.iter().all(|r| &**r == reason));
    if let Some(look) = only("node(s) were unschedulable") {
        return kubectl("", say!("uncordon %", &look.node.meta.name));
    }
    for look in looks.iter().filter(|l| l.reasons.iter().all(|r| r.contains("taint"))) {
        // The control plane's own taints come back.
        if let Some(t) = untolerated(pod, &look.node).filter(|t| !t.key.starts_with("node.kubernetes.io/")) {
            let name = &look.node.meta.name;
            return kubectl("", say!("taint nodes % %:%-", name, &t.key, t.effect.name()));
        }
    }
    for look in looks.iter().filter(|l| l.reasons.iter().all(|r| r.contains("affinity/selector"))) {
        if let Some((k, v)) = missing_label(pod, &look.node) {
            let more = if look.node.meta.labels.get(k).is_some() { " --overwrite" } else { "" };
            return kubectl("", say!("label node % %=%%", &look.node.meta.name, k, v, more));
        }
    }
    let (kind, name) = w.owner(pod)?;
    let placed = workload::placed(w, kind, &pod.meta.namespace, name)?;
    let short = looks.iter().any(|l| l.reasons.iter().any(|r| r.starts_with("Insufficient")));
    let room = looks.iter().map(|l| l.cpu.1).max().unwrap_or_default();
    if placed == 0 && short && pod.spec.containers.len() == 1 && looks.iter().any(|l| l.cpu.0 > l.cpu.1) && room > 0 {
        let parts = say!("set resources %/% --requests=cpu=%", word(kind), name, &cpu(room));
        return kubectl(&pod.meta.namespace, parts);
    }
    let others = ["anti-affinity", "spread", "Too many", "Insufficient"];
    let crowded = looks.iter().any(|l| l.reasons.iter().any(|r| others.iter().any(|o| r.contains(o))));
    if crowded && placed > 0 {
        return kubectl(&pod.meta.namespace, say!("scale %/% --replicas=%", word(kind), name, placed));
    }
    None
}
