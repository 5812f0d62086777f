//! `drain`: cordons a node and evicts what runs on it, as budgets allow.

use crate::flag::Args;
use crate::resource::{Found, kind};
use crate::verbs::{DryRun, node};
use crate::{Failure, Next, Progress, Session, Wait};
use podscope_engine::controller::disruption;
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use std::time::Duration;

/// A refused eviction is tried again after this long.
const RETRY: Duration = Duration::from_secs(5);

/// `drain NODE… [--force] [--ignore-daemonsets] [--delete-emptydir-data] [--timeout=…]`
// upstream: kubectl/pkg/drain, kubectl/pkg/cmd/drain
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.words.is_empty() && args.given("selector").is_none() {
        return Err("error: USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples".into());
    }
    let dry = DryRun::of(args)?;
    let selection = node::nodes(s, args)?;
    for node in &selection.found {
        node::set(s, node, true, dry)?;
    }
    if let Some(text) = selection.failure() {
        return Err(text);
    }
    let limit = args.duration("timeout");
    let mut drain = Drain {
        nodes: selection.found.iter().map(|n| n.name.to_string()).collect(),
        args: args.clone(),
        dry,
        limit,
        deadline: None,
        evict: Vec::new(),
        waiting: Vec::new(),
        next: SimTime::ZERO,
    };
    drain.begin(s)?;
    Ok(Some(Box::new(drain)))
}

struct Drain {
    /// The nodes that are left, the one that is drained now first.
    nodes: Vec<String>,
    args: Args,
    dry: DryRun,
    limit: Duration,
    deadline: Option<SimTime>,
    /// Pods whose eviction is still to be granted.
    evict: Vec<Found>,
    /// Pods that go.
    waiting: Vec<Found>,
    /// When the next eviction is tried.
    next: SimTime,
}

/// What is to be done about a pod.
// upstream: kubectl/pkg/drain/filters.go
enum Verdict {
    Evict,
    Skip,
    Warn(&'static str),
    Refuse(&'static str),
}

fn judge(pod: &Found, args: &Args) -> Verdict {
    let meta = |path: &[&str]| pod.value.at(&["metadata"]).and_then(|m| m.at(path));
    if meta(&["annotations", "kubernetes.io/config.mirror"]).is_some() {
        return Verdict::Skip;
    }
    let owners = meta(&["ownerReferences"]).map_or(&[][..], Value::items);
    let controller = owners.iter().find(|o| o.get("controller").and_then(Value::as_bool) == Some(true));
    let finished = matches!(pod.value.str_at(&["status", "phase"]), Some("Succeeded" | "Failed"));
    if controller.and_then(|c| c.str_at(&["kind"])) == Some("DaemonSet") && !finished {
        if args.on("ignore-daemonsets") {
            return Verdict::Warn("ignoring DaemonSet-managed Pods");
        }
        return Verdict::Refuse("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)");
    }
    let volumes = pod.value.at(&["spec", "volumes"]).map_or(&[][..], Value::items);
    if volumes.iter().any(|v| v.get("emptyDir").is_some()) && !finished && !args.on("delete-emptydir-data") {
        return Verdict::Refuse("cannot delete Pods with local storage (use --delete-emptydir-data to override)");
    }
    if controller.is_none() && !finished {
        if args.on("force") {
            return Verdict::Warn("deleting Pods that declare no controller");
        }
        return Verdict::Refuse("cannot delete Pods that declare no controller (use --force to override)");
    }
    Verdict::Evict
}

impl Drain {
    /// Finds out what is to be evicted from the first node.
    fn begin(&mut self, s: &mut Session) -> Result<(), Failure> {
        let Some(node) = self.nodes.first().cloned() else { return Ok(()) };
        let pods = kind("pods").map_or_else(|_| Vec::new(), |info| s.list(info, None));
        let on_node = pods.into_iter().filter(|p| p.value.str_at(&["spec", "nodeName"]) == Some(&node));
        let chosen = crate::selector::labels(self.args.value("pod-selector")).map_err(|e| format!("error: {e}"))?;
        let mut groups: [Vec<(&'static str, Vec<String>)>; 2] = [Vec::new(), Vec::new()];
        self.evict.clear();
        for pod in on_node {
            if !chosen.is_empty() && !chosen.matches(&crate::selector::labels_of(&pod.value)) {
                continue;
            }
            let full = format!("{}/{}", pod.namespace, pod.name);
            let (at, why) = match judge(&pod, &self.args) {
                Verdict::Skip => continue,
                Verdict::Evict => {
                    self.evict.push(pod);
                    continue;
                }
                Verdict::Warn(why) => {
                    if !why.starts_with("ignoring") {
                        self.evict.push(pod);
                    }
                    (0, why)
                }
                Verdict::Refuse(why) => (1, why),
            };
            match groups[at].iter_mut().find(|(w, _)| *w == why) {
                Some((_, list)) => list.push(full),
                None => groups[at].push((why, vec![full])),
            }
        }
        let text = |list: &[(&str, Vec<String>)]| {
            list.iter().map(|(why, pods)| format!("{why}: {}", pods.join(", "))).collect::<Vec<_>>().join("; ")
        };
        if !groups[1].is_empty() {
            return Err(self.failed(&text(&groups[1])));
        }
        if !groups[0].is_empty() {
            s.warn(format!("Warning: {}", text(&groups[0])));
        }
        if self.dry != DryRun::No {
            self.tell(s);
        }
        self.deadline = (!self.limit.is_zero()).then(|| s.now() + self.limit);
        self.next = s.now();
        Ok(())
    }

    /// What kubectl says when a node cannot be drained.
    fn failed(&self, why: &str) -> Failure {
        let node = self.nodes.first().map_or("", String::as_str);
        let pending = self.nodes.iter().map(|n| format!(" {n}")).collect::<Vec<_>>().join("\n");
        format!(
            "error: unable to drain node {node:?} due to error: {why}, continuing command...\nThere are pending nodes to be drained:\n{pending}\n{why}"
        )
    }

    /// Says which pods are tried now.
    fn tell(&self, s: &mut Session) {
        let word = if self.args.on("disable-eviction") { "deleting" } else { "evicting" };
        for pod in &self.evict {
            s.say(format!("{word} pod {}/{}{}", pod.namespace, pod.name, self.dry.suffix()));
        }
    }

    /// Asks for the evictions that are still to be granted.
    fn ask(&mut self, s: &mut Session) -> Result<(), Failure> {
        self.tell(s);
        let mut again = Vec::new();
        let grace = self.args.int("grace-period").filter(|g| *g >= 0);
        for pod in std::mem::take(&mut self.evict) {
            if s.is_gone(&pod) {
                self.waiting.push(pod);
                continue;
            }
            let Some(key) = pod.key else { continue };
            let result = if self.args.on("disable-eviction") {
                let options = podscope_engine::api::DeleteOptions { grace_seconds: grace, ..Default::default() };
                s.cluster.cx.delete(key, options)
            } else {
                disruption::evict(&mut s.cluster.cx, key, grace)
            };
            let what = format!("error when evicting pods/{:?} -n {:?}", &*pod.name, &*pod.namespace);
            match result {
                Ok(()) => self.waiting.push(pod),
                Err(e) if e.code == 429 => {
                    s.warn(format!("{what} (will retry after 5s): {}", e.message));
                    again.push(pod);
                }
                Err(e) => return Err(self.failed(&format!("{what}: {}", e.message))),
            }
        }
        self.evict = again;
        self.next = s.now() + RETRY;
        Ok(())
    }
}

impl Wait for Drain {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        loop {
            if self.nodes.is_empty() {
                return Ok(Progress::Done);
            }
            if self.dry == DryRun::No && !self.evict.is_empty() && s.now() >= self.next {
                self.ask(s)?;
            }
            let (gone, left) = std::mem::take(&mut self.waiting).into_iter().partition(|p| s.is_gone(p));
            self.waiting = left;
            let gone: Vec<Found> = gone;
            for pod in gone {
                let word = if self.args.on("disable-eviction") { "deleted" } else { "evicted" };
                s.say(format!("pod/{} {word}", pod.name));
            }
            if self.dry != DryRun::No || (self.evict.is_empty() && self.waiting.is_empty()) {
                let node = self.nodes.remove(0);
                s.say(format!("node/{node} drained{}", self.dry.suffix()));
                self.begin(s)?;
                continue;
            }
            if self.deadline.is_some_and(|d| s.now() >= d) {
                let late = |p: &Found| {
                    format!(
                        "error when evicting pods/{:?} -n {:?}: global timeout reached: {}",
                        &*p.name,
                        &*p.namespace,
                        go_duration(self.limit)
                    )
                };
                let errors: Vec<String> = self.evict.iter().chain(&self.waiting).map(late).collect();
                let text = if errors.len() == 1 { errors.concat() } else { format!("[{}]", errors.join(", ")) };
                return Err(self.failed(&text));
            }
            let next = if self.evict.is_empty() { SimTime::MAX } else { self.next };
            return Ok(Progress::Until(self.deadline.map_or(next, |d| d.min(next))));
        }
    }
}

/// A duration as Go prints it: `1m30s`, `10s`, `500ms`.
// upstream: time.Duration.String
pub fn go_duration(d: Duration) -> String {
    let (secs, millis) = (d.as_secs(), d.subsec_millis());
    if secs == 0 {
        return if millis == 0 { "0s".into() } else { format!("{millis}ms") };
    }
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}").trim_end_matches('0').to_owned() };
    let (hours, minutes, seconds) = (secs / 3600, secs / 60 % 60, secs % 60);
    match secs {
        0..60 => format!("{seconds}{fraction}s"),
        60..3600 => format!("{minutes}m{seconds}{fraction}s"),
        _ => format!("{hours}h{minutes}m{seconds}{fraction}s"),
    }
}
