//! A table of states: how each is reached, what `explain` then says, and whether the command that it gives helps.

#![allow(dead_code)] // each table uses a part of it

use podscope_engine::controller::autoscaler::Load;
use podscope_engine::object::Kind;
use podscope_engine::view::{Explanation, Mood};
use podscope_engine::{Cluster, Config, kubelet};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

/// One state.
#[derive(Default)]
pub struct Case {
    /// What the test calls it.
    pub name: &'static str,
    /// What is applied first.
    pub yaml: String,
    /// Then, one after the other: `wait SECONDS`, `fail NODE`, `load DEPLOYMENT MILLICPU`, or a kubectl command.
    pub steps: &'static [&'static str],
    /// `Kind/name`; with `*` for some pod of the names that begin so, `+` for one that is gone.
    pub ask: &'static str,
    /// What the sentence, or a fact, says.
    pub says: &'static [&'static str],
    /// What the chain of causes begins with, such as `created Deployment web`.
    pub first: &'static str,
    /// The command that is given; with `*` at the end, how it begins.
    pub command: Option<&'static str>,
    /// What is well once the command was run and so many seconds passed. A pod that is gone is well, too.
    pub then: Option<(&'static str, u64)>,
}

/// A Deployment `web` of one container, with more fields of its spec and of its pods' spec, in flow style.
pub fn deployment(replicas: u32, spec: &str, pod: &str) -> String {
    workload("Deployment", "web", replicas, spec, "image: nginx:1.29", "", pod)
}

/// A StatefulSet `db` with a claim for each pod.
pub fn stateful_set(replicas: u32, spec: &str, pod: &str) -> String {
    let claims = "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]";
    workload("StatefulSet", "db", replicas, &format!("{spec}\n  {claims}"), "image: redis:8", "", pod)
}

/// Any workload, its container and its pods' annotations included.
pub fn workload(
    kind: &str,
    name: &str,
    replicas: u32,
    spec: &str,
    container: &str,
    annotations: &str,
    pod: &str,
) -> String {
    format!(
        "apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  {spec}
  template:
    metadata:
      labels: {{app: {name}}}
      annotations: {{{annotations}}}
    spec:
      {pod}
      containers: [{{name: app, {container}}}]
"
    )
}

fn wait(cluster: &mut Cluster, seconds: f64) {
    let end = cluster.now() + Duration::from_secs_f64(seconds);
    while !cluster.advance_to(end, 10_000) {}
}

fn step(cluster: &mut Cluster, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["wait", seconds] => wait(cluster, seconds.parse().map_err(|e| format!("{line}: {e}"))?),
        ["fail", node] => _ = kubelet::fail_node(&mut cluster.cx, node),
        ["load", name, milli] => {
            let key = cluster.cx.store.find(Kind::Deployment, "default", name).ok_or("no such Deployment")?;
            let load = Load::Shared(milli.parse().map_err(|e| format!("{line}: {e}"))?);
            cluster.cx.memory.autoscaler.loads.insert(key, load);
        }
        _ => {
            let said = podscope_kubectl::run(cluster, "default", line, "");
            // A drain that is held up by a budget fails, which is the point of it.
            if !said.ok() && !line.contains("drain") {
                return Err(format!("{line}: {}", said.stderr));
            }
        }
    }
    Ok(())
}

fn names(cluster: &Cluster, kind: Kind) -> BTreeSet<String> {
    let keys = cluster.cx.store.of_kind(kind).iter();
    keys.map(|k| cluster.cx.store.name(*k).name.to_string()).collect()
}

/// Every pod that ever was.
fn ever(cluster: &Cluster) -> BTreeSet<String> {
    let keys = cluster.cx.trace.entries().map(|e| cluster.cx.store.name(e.key));
    keys.filter(|n| n.kind == Kind::Pod).map(|n| n.name.to_string()).collect()
}

fn text(answer: &Explanation) -> String {
    let mut text = answer.sentence.clone();
    for fact in &answer.facts {
        _ = write!(text, "\n    {}: {}", fact.of, fact.text);
    }
    text
}

/// The answers that a case asks for: one, or those of all pods that its pattern means.
fn answers(cluster: &Cluster, ask: &str) -> Vec<Explanation> {
    let (kind, name) = ask.split_once('/').unwrap_or(("Pod", ask));
    let there = names(cluster, Kind::Pod);
    let candidates: Vec<String> = if let Some(prefix) = name.strip_suffix('*') {
        there.into_iter().filter(|n| n.starts_with(prefix)).collect()
    } else if let Some(prefix) = name.strip_suffix('+') {
        ever(cluster).into_iter().filter(|n| n.starts_with(prefix) && !there.contains(n)).collect()
    } else {
        vec![name.to_owned()]
    };
    candidates.iter().map(|n| cluster.explain(kind, "default", n)).collect()
}

/// Reaches the state, asks, and runs the command; gives what was wrong.
fn problems(case: &Case) -> Result<(), String> {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(&case.yaml).map_err(|e| format!("{e:?}"))?;
    for line in case.steps {
        step(&mut cluster, line)?;
    }
    let answers = answers(&cluster, case.ask);
    let all: Vec<String> = answers.iter().map(text).collect();
    let fits = |answer: &&Explanation| {
        let text = text(answer);
        case.says.iter().all(|part| text.contains(part))
    };
    let Some(answer) = answers.iter().find(fits) else {
        return Err(format!("want {:?}, have:\n  {}", case.says, all.join("\n  ")));
    };
    let said = text(answer);
    println!("{}: {said}\n    $ {:?}", case.name, answer.command);
    let first = answer.chain.first().map(|l| format!("{} {} {}", l.verb, l.kind, l.name)).unwrap_or_default();
    if first != case.first {
        return Err(format!("{said}\nthe chain begins with {first:?}, want {:?}: {:#?}", case.first, answer.chain));
    }
    let ordered = answer.chain.windows(2).all(|w| w[0].entry < w[1].entry && w[0].at <= w[1].at);
    if answer.chain.len() > 6 || !ordered || answer.chain.first().is_some_and(|l| l.actor != "kubectl") {
        return Err(format!("{said}\nchain: {:#?}", answer.chain));
    }
    let same = match (answer.command.as_deref(), case.command) {
        (Some(have), Some(want)) => want.strip_suffix('*').map_or(have == want, |begin| have.starts_with(begin)),
        (have, want) => have == want,
    };
    if !same {
        return Err(format!("{said}\ncommand {:?}, want {:?}", answer.command, case.command));
    }
    if let Some((ask, after)) = case.then {
        let command = answer.command.clone().ok_or("no command")?;
        step(&mut cluster, command.strip_prefix("kubectl ").ok_or(command.as_str())?)?;
        wait(&mut cluster, after as f64);
        let (kind, name) = ask.split_once('/').ok_or(ask)?;
        let after = cluster.explain(kind, "default", name);
        if !matches!(after.mood, Mood::Well | Mood::Gone) {
            return Err(format!("after {command}: {:?} {}", after.mood, text(&after)));
        }
    }
    Ok(())
}

/// Checks every row, and tells all that are wrong.
pub fn check(cases: &[Case]) {
    let wrong: Vec<String> =
        cases.iter().filter_map(|case| problems(case).err().map(|why| format!("{}: {why}", case.name))).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}
