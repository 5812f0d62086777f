//! Why an autoscaler, a budget, a quota or a node is as it is.

use super::{Answer, Focus, Mood, Why, cpu, kubectl, n, pod, seconds, word};
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
    let target = [&*hpa.target.0, " ", &hpa.target.1].concat();
    let next = w.cx.due(Controller::Autoscaler, key);
    let said = |kind: &str| condition(&status.conditions, kind);
    let Some(able) = said("AbleToScale") else {
        return Answer::new(Mood::Waiting, &[name, " has not looked at its target yet."]).until(next);
    };
    if able.status != Some(true) {
        let text = [name, " cannot scale ", &*target, ": ", &able.message, "."];
        return Answer::new(Mood::Stuck, &text);
    }
    if let Some(active) = said("ScalingActive").filter(|c| c.status != Some(true)) {
        let text = [name, " holds ", &*target, " at ", &n(status.current), " replicas: ", &active.message, "."];
        let off = &*active.reason == "ScalingDisabled";
        let command = if off {
            kubectl(
                &hpa.meta.namespace,
                &["scale ", &target.to_lowercase().replace(' ', "/"), " --replicas=", &n(hpa.min)],
            )
        } else {
            None
        };
        return Answer::new(Mood::Stuck, &text).command(command).until(next);
    }
    let holds = [name, " holds ", &*target, " at ", &n(status.current), " replicas: "].concat();
    if able.reason.ends_with("Stabilized") {
        let until = w.cx.memory.autoscaler.stable_until(hpa, key, status.current);
        let end =
            until.map(|at| [", until ", &*seconds(at), " unless the load grows again"].concat()).unwrap_or_default();
        let text = [&*holds, "the stabilization window keeps it from following its metrics down at once", &end, "."];
        let up = [&*holds, "the stabilization window keeps it from following its metrics up at once."];
        let down = &*able.reason == "ScaleDownStabilized";
        return Answer::new(Mood::Waiting, if down { &text } else { &up }).until(until.or(next));
    }
    if let Some(limited) = said("ScalingLimited").filter(|c| c.status == Some(true)) {
        let bound = match &*limited.reason {
            "TooManyReplicas" => ["its metrics ask for more, and maxReplicas is ", &n(hpa.max)].concat(),
            "TooFewReplicas" => ["its metrics ask for fewer, and minReplicas is ", &n(hpa.min)].concat(),
            _ => limited.message.to_string(),
        };
        let mut answer = Answer::new(Mood::Waiting, &[&holds, &bound, "."]).until(next);
        if &*limited.reason == "TooManyReplicas" {
            let patch = [r#" -p '{"spec":{"maxReplicas":"#, &*n(hpa.max * 2), "}}'"].concat();
            answer.command = kubectl(&hpa.meta.namespace, &["patch hpa ", name, &patch]);
        }
        return answer;
    }
    let text = [
        name,
        " keeps ",
        &*target,
        " at ",
        &n(status.current),
        " replicas, as its metrics ask (between ",
        &n(hpa.min),
        " and ",
        &n(hpa.max),
        ").",
    ];
    Answer::new(Mood::Well, &text).until(next)
}

/// Why a budget allows evictions or not.
pub fn budget(w: Why, budget: &DisruptionBudget) -> Answer {
    let (name, ns, status) = (&budget.meta.name, &budget.meta.namespace, &budget.status);
    if status.observed_generation < budget.meta.generation {
        return Answer::new(Mood::Waiting, &[name, " is not counted yet; until then evictions are refused."]);
    }
    let failed = status.conditions.first().filter(|c| &*c.reason == "SyncFailed");
    if let Some(failed) = failed {
        return Answer::new(
            Mood::Stuck,
            &[name, " allows no eviction, because it could not be counted: ", &failed.message, "."],
        );
    }
    if status.expected == 0 {
        return Answer::new(Mood::Waiting, &[name, " covers no pod."]);
    }
    let numbers = [
        &*n(status.healthy),
        " of the ",
        &n(status.expected),
        " pods it covers are healthy, and ",
        &n(status.desired),
        " have to be",
    ]
    .concat();
    if status.allowed > 0 {
        let text = [name, " allows ", &*n(status.allowed), " evictions now: ", &numbers, "."];
        return Answer::new(Mood::Well, &text);
    }
    let mut answer = Answer::new(Mood::Stuck, &["the budget ", name, " allows no eviction: ", &numbers, "."]);
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
        return answer.fact(&["pod/", &*sick.meta.name].concat(), more.text);
    }
    // One more replica leaves one to spare, when a number of them is asked for.
    if let (Some(IntOrPercent::Int(_)), Some((_, pod))) = (&budget.min_available, covered.first())
        && let Some((kind, owner)) = w.owner(pod)
    {
        let more = n(status.desired + 1);
        answer.command = kubectl(ns, &["scale ", word(kind), "/", owner, " --replicas=", &more]);
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
        .map(|(k, hard)| [k, " (", &*amount(k, used(k)), " of ", &amount(k, *hard), ")"].concat())
        .collect();
    if full.is_empty() {
        return Answer::new(Mood::Well, &[&quota.meta.name, " has room for more of everything that it limits."]);
    }
    let text = [&*quota.meta.name, " is used up: ", &full.join(", "), ". What asks for more is refused."];
    Answer::new(Mood::Stuck, &text)
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
    let patch = [r#" -p '{"spec":{"hard":{"pods":""#, &*n(hard * 2), r#""}}}'"#].concat();
    kubectl(ns, &["patch resourcequota ", name, &patch])
}

/// Why a node is as it is.
pub fn node(w: Why, key: Key, node: &Node) -> Answer {
    let name = &node.meta.name;
    let pods = w.cx.store.on_node(name);
    let count = n(pods.len() as i64);
    if node.ready != Some(true) {
        let since = seconds(node.ready_since);
        let text = [
            name,
            " is not Ready: nothing was heard of it since ",
            &*since,
            "; it carries the taint ",
            node_lifecycle::UNREACHABLE,
            ",",
        ]
        .concat();
        let evictions = pods.iter().filter_map(|&k| w.cx.due(Controller::TaintEviction, k));
        let first = evictions.min();
        let then = match first {
            Some(at) => [" and its ", &*count, " pods are evicted ", &w.at(at), " as their tolerations end."].concat(),
            None => [
                " and the ",
                &*count,
                " pods that are still on it stay Terminating until it is back or declared out of service.",
            ]
            .concat(),
        };
        let out = first.is_none() && node.taints.iter().all(|t| &*t.key != pod_gc::OUT_OF_SERVICE) && !pods.is_empty();
        let declare = kubectl("", &["taint nodes ", name, " ", pod_gc::OUT_OF_SERVICE, "=nodeshutdown:NoExecute"]);
        return Answer::new(Mood::Stuck, &[&text, &then]).until(first).command(declare.filter(|_| out));
    }
    if !node.alive {
        let late = node.last_heartbeat + w.cx.config.node_grace;
        let text = [
            name,
            " has sent no heart-beat since ",
            &*seconds(node.last_heartbeat),
            "; it counts as lost ",
            &w.at(late),
            ".",
        ];
        return Answer::new(Mood::Waiting, &text).until(Some(late));
    }
    if node.unschedulable {
        let text = [name, " is cordoned: no new pod is bound to it; its ", &*count, " pods stay."];
        let mut answer = Answer::new(Mood::Waiting, &text).command(kubectl("", &["uncordon ", name]));
        for pod in pods.iter().filter_map(|&k| w.cx.store.get::<Pod>(k)) {
            if let Some(budget) = pod::budget_of(w, pod).filter(|b| b.status.allowed <= 0) {
                let why = ["may not be evicted now: ", &self::budget(w, budget).text].concat();
                answer = answer.fact(&["pod/", &*pod.meta.name].concat(), why);
            }
        }
        return answer.focus(Focus::Last(key));
    }
    let taints = node.taints.iter().filter(|t| t.effect != TaintEffect::PreferNoSchedule).count();
    let tainted = if taints > 0 { " Its taints keep pods away that do not tolerate them." } else { "" };
    Answer::new(Mood::Well, &[name, " is Ready and holds ", &count, " pods.", tainted])
}
