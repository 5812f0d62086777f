//! Plays a case's steps on a cluster.

use super::Case;
use super::alias::Aliases;
use crate::judge::{Broken, Judge};
use podscope_engine::Cluster;
use podscope_engine::api::{Context, Write, rest};
use podscope_engine::kubelet;
use podscope_engine::object::{Kind, Labels, Pod};
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use serde_json::{Value as Json, json};
use std::rc::Rc;
use std::time::Duration;

const NAMESPACE: &str = "default";
/// What a kubectl process took, roughly, after its write.
const COMMAND: Duration = Duration::from_millis(60);

/// What became of a case.
pub struct Played {
    /// The cluster in the end.
    pub cluster: Cluster,
    /// All writes, in order.
    pub writes: Vec<Write>,
    /// Names that are the same in each run.
    pub aliases: Aliases,
    /// Answers to kubectl and api steps.
    pub replies: Vec<Json>,
    /// The rules of every run that it broke.
    pub broken: Vec<Broken>,
}

struct Runner<'a> {
    case: &'a Case,
    played: Played,
    judge: Judge,
    last_write: SimTime,
}

/// Plays a case to its end.
///
/// # Errors
/// A step that is unknown, or a manifest that is refused.
pub fn play(case: &Case) -> Result<Played, String> {
    let mut config = case.config();
    config.behaviour = case.kubelet.behaviour(&case.kubelet.rules, str::to_owned)?;
    let cluster = Cluster::with_nodes(config, podscope_engine::topology::lab_nodes());
    let played =
        Played { cluster, writes: Vec::new(), aliases: Aliases::default(), replies: Vec::new(), broken: Vec::new() };
    let mut runner = Runner { case, played, judge: Judge::default(), last_write: SimTime::ZERO };
    runner.drain();
    for step in &case.steps {
        runner.step(step)?;
    }
    let timeout = Duration::from_millis(case.final_timeout_ms.unwrap_or(15_000));
    runner.settle(Duration::from_millis(1500), timeout);
    Ok(Played { broken: runner.judge.broken, ..runner.played })
}

impl Runner<'_> {
    fn step(&mut self, step: &Json) -> Result<(), String> {
        let object = step.as_object().ok_or("a step is an object")?;
        let timeout = Duration::from_millis(object.get("timeoutMs").and_then(Json::as_u64).unwrap_or(40_000));
        let millis = |v: &Json| Duration::from_millis(v.as_u64().unwrap_or_default());
        for (verb, argument) in object {
            match &**verb {
                "timeoutMs" => {}
                "apply" => self.apply(argument)?,
                "kubectl" => self.kubectl(argument),
                "api" => self.api(argument)?,
                "kubelet" => {
                    let rules = argument.as_array().cloned().unwrap_or_default();
                    let aliases = &self.played.aliases;
                    let behaviour = self.case.kubelet.behaviour(&rules, |text| aliases.resolve(text))?;
                    Rc::make_mut(&mut self.played.cluster.cx.config).behaviour = behaviour;
                    kubelet::behaviour_changed(&mut self.played.cluster.cx);
                    self.drain();
                }
                "failNode" => self.on_node(argument, kubelet::fail_node),
                "recoverNode" => self.on_node(argument, kubelet::recover_node),
                "waitRollout" => {
                    let target = argument.as_str().unwrap_or_default().to_owned();
                    self.until(timeout, |cx, _| rolled_out(cx, &target));
                }
                "until" => {
                    let predicate = argument.clone();
                    self.until(timeout, |cx, aliases| holds(cx, aliases, &predicate));
                }
                "sleepMs" => self.sleep(millis(argument)),
                "settle" => self.settle(millis(argument), timeout),
                other => return Err(format!("unknown step {other}")),
            }
        }
        Ok(())
    }

    fn on_node<R>(&mut self, name: &Json, f: fn(&mut Context, &str) -> R) {
        f(&mut self.played.cluster.cx, name.as_str().unwrap_or_default());
        self.drain();
    }

    fn apply(&mut self, what: &Json) -> Result<(), String> {
        let list = what.as_array().unwrap_or(&self.case.manifests).clone();
        for manifest in &list {
            let value = Value::from_json(&manifest.to_string()).map_err(|e| e.to_string())?;
            podscope_engine::api::apply::apply(&mut self.played.cluster.cx, NAMESPACE, &value)
                .map_err(|e| e.message)?;
            self.drain();
            self.sleep(Duration::from_millis(20));
        }
        self.sleep(COMMAND);
        Ok(())
    }

    fn kubectl(&mut self, line: &Json) {
        let shown = line.as_str().map_or_else(|| words(line), str::to_owned);
        let line = self.played.aliases.resolve(&shown);
        let output = podscope_kubectl::run(&mut self.played.cluster, NAMESPACE, &line, "");
        self.drain();
        // projection.py takes the namespace out of replies.
        let hide = |text: &str| self.played.aliases.hide(text).replace(&format!("{NAMESPACE}/"), "");
        let reply = json!({"kubectl": hide(&line), "exit": output.exit, "stdout": hide(&output.stdout), "stderr": hide(&output.stderr)});
        self.played.replies.push(reply);
        self.sleep(COMMAND);
    }

    fn api(&mut self, call: &Json) -> Result<(), String> {
        let text = |key: &str| call.get(key).and_then(Json::as_str).unwrap_or_default();
        let aliases = &self.played.aliases;
        let path = aliases.resolve(&text("path").replace("$NS", NAMESPACE));
        let body = call.get("body").map_or("null".into(), |b| aliases.resolve(&b.to_string()));
        let body = Value::from_json(&body).map_err(|e| e.to_string())?;
        let (status, answer) =
            rest::request(&mut self.played.cluster.cx, text("method"), &path, text("contentType"), &body);
        self.drain();
        let hide = |key: &str| answer.str_at(&[key]).map(|t| self.played.aliases.hide(t));
        let shown = self.played.aliases.hide(text("path"));
        let reply = json!({"api": format!("{} {shown}", text("method")), "status": status,
            "reason": hide("reason"), "message": hide("message").unwrap_or_default()});
        self.played.replies.push(reply);
        self.sleep(Duration::from_millis(20));
        Ok(())
    }

    /// Hands new writes to the judge and the projector.
    fn drain(&mut self) {
        let writes = std::mem::take(&mut self.played.cluster.cx.recorded);
        if !writes.is_empty() {
            self.last_write = self.played.cluster.now();
        }
        for write in writes {
            if let Some(object) = &write.new {
                self.played.aliases.learn(object.kind(), object.meta());
            }
            self.judge.take(&self.played.cluster.cx, &write);
            self.played.writes.push(write);
        }
    }

    fn sleep(&mut self, length: Duration) {
        let end = self.played.cluster.now() + length;
        self.until(length, |_, _| false);
        debug_assert!(self.played.cluster.now() == end);
    }

    fn until(&mut self, timeout: Duration, done: impl Fn(&Context, &Aliases) -> bool) {
        let end = self.played.cluster.now() + timeout;
        while !done(&self.played.cluster.cx, &self.played.aliases) {
            let next = self.played.cluster.cx.next_time().unwrap_or(SimTime::MAX);
            self.played.cluster.advance_to(next.min(end), 1);
            self.drain();
            if next > end {
                self.played.cluster.advance_to(end, 1);
                return;
            }
        }
    }

    fn settle(&mut self, quiet: Duration, timeout: Duration) {
        let start = self.played.cluster.now();
        self.last_write = start;
        loop {
            let end = (self.last_write + quiet).min(start + timeout);
            let next = self.played.cluster.cx.next_time().unwrap_or(SimTime::MAX);
            if next > end {
                self.played.cluster.advance_to(end, 1);
                return;
            }
            self.played.cluster.advance_to(next, 1);
            self.drain();
        }
    }
}

fn words(list: &Json) -> String {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).collect::<Vec<_>>().join(" ")
}

fn rolled_out(cx: &Context, target: &str) -> bool {
    let (kind, name) = target.split_once('/').unwrap_or_default();
    if matches!(kind, "deployment" | "deploy") {
        return cx.store.lookup::<podscope_engine::object::Deployment>(Kind::Deployment, NAMESPACE, name).is_some_and(
            |d| {
                let s = &d.status;
                s.observed_generation >= d.meta.generation && [s.updated, s.replicas, s.available] == [d.replicas; 3]
            },
        );
    }
    cx.store.lookup::<podscope_engine::object::StatefulSet>(Kind::StatefulSet, NAMESPACE, name).is_some_and(|d| {
        let s = &d.status;
        s.observed_generation >= d.meta.generation && [s.updated, s.replicas, s.ready] == [d.replicas; 3]
    })
}

fn pods<'a>(cx: &'a Context, labels: &'a Json) -> impl Iterator<Item = &'a Rc<Pod>> {
    let wanted: Labels =
        labels.as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default())).collect();
    cx.store
        .list::<Pod>(Kind::Pod)
        .map(|(_, p)| p)
        .filter(move |p| wanted.iter().all(|(k, v)| p.meta.labels.get(k) == Some(v)))
}

fn holds(cx: &Context, aliases: &Aliases, p: &Json) -> bool {
    let image_of = |pod: &Pod| p.get("image").is_none_or(|i| pod.spec.containers.iter().any(|c| i == &*c.image));
    let count = |n: usize| {
        let number = |key: &str| p.get(key).and_then(Json::as_u64);
        number("count").is_none_or(|want| n as u64 == want) && number("atLeast").is_none_or(|want| n as u64 >= want)
    };
    if let Some(all) = p.get("all").and_then(Json::as_array) {
        return all.iter().all(|p| holds(cx, aliases, p));
    }
    if let Some(labels) = p.get("pods") {
        return count(pods(cx, labels).filter(|p| image_of(p)).count());
    }
    if let Some(labels) = p.get("readyPods") {
        return count(pods(cx, labels).filter(|p| p.is_ready() && image_of(p)).count());
    }
    if let Some(labels) = p.get("terminatingPods") {
        return count(pods(cx, labels).filter(|p| p.meta.deleting() && image_of(p)).count());
    }
    if let Some(labels) = p.get("restarts").and_then(|r| r.get("labels").or(Some(r))) {
        return count(pods(cx, labels).flat_map(|p| &p.status.containers).map(|c| c.restarts as usize).sum());
    }
    if let Some(n) = p.get("claims").and_then(Json::as_u64) {
        return cx.store.of_kind(Kind::PersistentVolumeClaim).len() as u64 == n;
    }
    if let Some(name) = p.get("pod").and_then(Json::as_str) {
        let name = aliases.resolve(name);
        let pod = cx.store.lookup::<Pod>(Kind::Pod, NAMESPACE, &name);
        let exists = p.get("exists").and_then(Json::as_bool).unwrap_or(true);
        return match pod {
            None => !exists,
            Some(pod) => {
                exists && image_of(pod) && p.get("ready").and_then(Json::as_bool).is_none_or(|r| pod.is_ready() == r)
            }
        };
    }
    if let Some(c) = p.get("condition") {
        let text = |key: &str| c.get(key).and_then(Json::as_str).unwrap_or_default();
        let name = text("of").split_once('/').unwrap_or_default().1;
        let status = match text("status") {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        };
        let d = cx.store.lookup::<podscope_engine::object::Deployment>(Kind::Deployment, NAMESPACE, name);
        return d.is_some_and(|d| {
            d.status.conditions.iter().any(|c| {
                c.kind == text("type")
                    && c.status == status
                    && (text("reason").is_empty() || *c.reason == *text("reason"))
            })
        });
    }
    false
}
