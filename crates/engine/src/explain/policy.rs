//! Why an autoscaler, a budget, a quota or a node is as it is.

use super::{Answer, Focus, Mood, Why, cpu, kubectl, many, n, pod, seconds, word};
use crate::controller::{Controller, node_lifecycle, pod_gc};
use crate::object::{
    Autoscaler, Condition, DisruptionBudget, IntOrPercent, Key, Kind, Node, Pod, ResourceQuota, TaintEffect,
};

fn condition<'a>(list: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    list.iter().find(|c| c.kind == kind)
}

/// Why an autoscaler holds its scale.
pub fn autoscaler(w: Why, key: Key, hpa: &Autoscaler) -> Answer {
    let (name, status) = (&hpa.meta.name, &hpa.status);
    let target = say!("% %", &hpa.target.0, &hpa.target.1);
    let next = w.cx.due(Controller::Autoscaler, key);
    let said = |kind: &str| condition(&status.conditions, kind);
    let Some(able) = said("AbleToScale") else {
        return Answer::new(Mood::Waiting, say!("% has not looked at its target yet.", name)).until(next);
    };
    if able.status != Some(true) {
        let text = say!("% cannot scale %: %.", name, &target, &able.message);
        return Answer::new(Mood::Stuck, text);
    }
    if let Some(active) = said("ScalingActive").filter(|c| c.status != Some(true)) {
        let text = say!("% holds % at % replicas: %.", name, &target, status.current, &active.message);
        let scaled = Kind::from_name(&hpa.target.0).filter(|_| &*active.reason == "ScalingDisabled");
        let up =
            |kind| kubectl(&hpa.meta.namespace, say!("scale %/% --replicas=%", word(kind), &hpa.target.1, hpa.min));
        let command = scaled.and_then(up);
        return Answer::new(Mood::Stuck, text).command(command).until(next);
    }
    let holds = say!("% holds % at % replicas: ", name, &target, status.current);
    if able.reason.ends_with("Stabilized") {
        let until = w.cx.memory.autoscaler.stable_until(hpa, key, status.current);
        let end = until.map(|at| say!(", until % unless the load grows again", &seconds(at))).unwrap_or_default();
        let text = say!("%the stabilization window keeps it from following its metrics down at once%.", &holds, &end);
        let up = say!("%the stabilization window keeps it from following its metrics up at once.", &holds);
        let down = &*able.reason == "ScaleDownStabilized";
        return Answer::new(Mood::Waiting, if down { text } else { up }).until(until.or(next));
    }
    if let Some(limited) = said("ScalingLimited").filter(|c| c.status == Some(true)) {
        let bound = match &*limited.reason {
            "TooManyReplicas" => say!("its metrics ask for more, and maxReplicas is %", hpa.max),
            "TooFewReplicas" => say!("its metrics ask for fewer, and minReplicas is %", hpa.min),
            _ => limited.message.to_string(),
        };
        let mut answer = Answer::new(Mood::Waiting, say!("%%.", &holds, &bound)).until(next);
        if &*limited.reason == "TooManyReplicas" {
            let patch = say!(r#" -p '{"spec":{"maxReplicas":%}}'"#, hpa.max * 2);
            answer.command = kubectl(&hpa.meta.namespace, say!("patch hpa %%", name, &patch));
        }
        return answer;
    }
    let text = say!(
        "% keeps % at % replicas, as its metrics ask (between % and %).",
        name,
        &target,
        status.current,
        hpa.min,
        hpa.max
    );
    Answer::new(Mood::Well, text).until(next)
}

/// Why a budget allows evictions or not.
pub fn budget(w: Why, budget: &DisruptionBudget) -> Answer {
    let (name, ns, status) = (&budget.meta.name, &budget.meta.namespace, &budget.status);
    if status.observed_generation < budget.meta.generation {
        return Answer::new(Mood::Waiting, say!("% is not counted yet; until then evictions are refused.", name));
    }
    let failed = status.conditions.first().filter(|c| &*c.reason == "SyncFailed");
    if let Some(failed) = failed {
        return Answer::new(
            Mood::Stuck,
            say!("% allows no eviction, because it could not be counted: %.", name, &failed.message),
        );
    }
    if status.expected == 0 {
        return Answer::new(Mood::Waiting, say!("% covers no pod.", name));
    }
    let numbers = say!(
        "% of the % pods it covers are healthy, and % have to be",
        status.healthy,
        status.expected,
        status.desired
    );
    if status.allowed > 0 {
        let text = say!("% allows % now: %.", name, &many(status.allowed, "eviction"), &numbers);
        return Answer::new(Mood::Well, text);
    }
    let mut answer = Answer::new(Mood::Stuck, say!("% allows no eviction: %.", name, &numbers));
    let keys = w.cx.store.in_namespace(Kind::Pod, ns).iter().copied();
    let covered = |k: Key| {
        let pod = w.cx.store.get::<Pod>(k)?;
        budget.selector.as_ref().filter(|s| s.matches(&pod.meta.labels)).map(|_| (k, pod))
    };
    let covered: Vec<_> = keys.filter_map(covered).collect();
    if let Some((key, sick)) = covered.iter().find(|(_, p)| !p.is_ready() && p.is_active()) {
        let more = pod::pod(w, *key, sick);
        answer.command = more.command;
        answer.focus = Some(Focus::Last(*key));
        return answer.fact(&say!("pod/%", &sick.meta.name), more.text);
    }
    // One more replica leaves one to spare, when a number of them is asked for.
    if let (Some(IntOrPercent::Int(_)), Some((_, pod))) = (&budget.min_available, covered.first())
        && let Some((kind, owner)) = w.owner(pod)
    {
        let more = n(status.desired + 1);
        answer.command = kubectl(ns, say!("scale %/% --replicas=%", word(kind), owner, &more));
    }
    answer
}

/// How full a quota is.
pub fn quota(quota: &ResourceQuota) -> Answer {
    let used = |name: &str| quota.used.iter().find(|(k, _)| &**k == name).map_or(0, |(_, v)| *v);
    let full: Vec<String> = quota
        .hard
        .iter()
        .filter(|(k, hard)| used(k) >= *hard)
        .map(|(k, hard)| say!("% (% of %)", k, &amount(k, used(k)), &amount(k, *hard)))
        .collect();
    if full.is_empty() {
        return Answer::new(Mood::Well, say!("% has room for more of everything that it limits.", &quota.meta.name));
    }
    let text = say!("% is used up: %. What asks for more is refused.", &quota.meta.name, &full.join(", "));
    Answer::new(Mood::Stuck, text)
}

fn amount(name: &str, value: i64) -> String {
    if name.ends_with("cpu") {
        cpu(value)
    } else if name.ends_with("memory") {
        super::bytes(value)
    } else {
        n(value)
    }
}

/// The command that raises the limit on pods of the quota that a refusal names.
pub fn raise(w: Why, ns: &str, refusal: &str) -> Option<String> {
    let (_, rest) = refusal.split_once("exceeded quota: ")?;
    let (name, rest) = rest.split_once(',')?;
    let pods = rest.contains("limited: pods=");
    let quota = w.get::<ResourceQuota>(Kind::ResourceQuota, ns, name).filter(|_| pods)?;
    let (_, hard) = quota.hard.iter().find(|(k, _)| &**k == "pods")?;
    let patch = say!(r#" -p '{"spec":{"hard":{"pods":"%"}}}'"#, hard * 2);
    kubectl(ns, say!("patch resourcequota %%", name, &patch))
}

/// Why a node is as it is.
pub fn node(w: Why, key: Key, node: &Node) -> Answer {
    let name = &node.meta.name;
    let pods = w.cx.store.on_node(name);
    let count = many(pods.len() as i64, "pod");
    if node.ready != Some(true) {
        let since = seconds(node.ready_since);
        let text = say!(
            "% is not Ready: nothing was heard of it since %; it carries the taint %,",
            name,
            &since,
            node_lifecycle::UNREACHABLE
        );
        let evictions = pods.iter().filter_map(|&k| w.cx.due(Controller::TaintEviction, k));
        let first = evictions.min();
        let then = match first {
            Some(at) => {
                say!(" and what runs there (%) is evicted %, as tolerations end.", &count, &w.at(at))
            }
            None => say!(
                " and what is still there (%) stays Terminating until the node is back or declared out of service.",
                &count
            ),
        };
        let out = first.is_none() && node.taints.iter().all(|t| &*t.key != pod_gc::OUT_OF_SERVICE) && !pods.is_empty();
        let declare = kubectl("", say!("taint nodes % %=nodeshutdown:NoExecute", name, pod_gc::OUT_OF_SERVICE));
        return Answer::new(Mood::Stuck, say!("%%", &text, &then)).until(first).command(declare.filter(|_| out));
    }
    if !node.alive {
        let late = node.last_heartbeat + w.cx.config.node_grace;
        let text = say!(
            "% has sent no heart-beat since %; it counts as lost %.",
            name,
            &seconds(node.last_heartbeat),
            &w.at(late)
        );
        return Answer::new(Mood::Waiting, text).until(Some(late));
    }
    if node.unschedulable {
        let text = say!("% is cordoned: no new pod is bound to it; what runs there (%) stays.", name, &count);
        let mut answer = Answer::new(Mood::Waiting, text).command(kubectl("", say!("uncordon %", name)));
        for pod in pods.iter().filter_map(|&k| w.cx.store.get::<Pod>(k)) {
            if let Some(budget) = pod::budgets_of(w, pod).find(|b| b.status.allowed <= 0) {
                let why = say!("may not be evicted now: its budget %", &self::budget(w, budget).text);
                answer = answer.fact(&say!("pod/%", &pod.meta.name), why);
            }
        }
        return answer.focus(Focus::Last(key));
    }
    let taints = node.taints.iter().filter(|t| t.effect != TaintEffect::PreferNoSchedule).count();
    let tainted = if taints > 0 { " Its taints keep pods away that do not tolerate them." } else { "" };
    Answer::new(Mood::Well, say!("% is Ready and holds %.%", name, &count, tainted))
}
