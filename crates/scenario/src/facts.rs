//! What is so on a cluster: each word that a scenario knows, read from the cluster's view, now and at the chapter's beginning.

use podscope_engine::Cluster;
use podscope_engine::network::{dns, traffic};
use podscope_engine::object::{Claim, Kind, Pod};
use podscope_engine::time::SimTime;
use podscope_engine::trace::Verb;
use podscope_engine::view::{Body, PodState, PodView, Role, ServiceView, View, WorkloadView};
use std::rc::Rc;

const NAMESPACE: &str = "default";

/// A cluster and its view.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub cluster: &'a Cluster,
    pub view: &'a View,
}

/// Short names of kinds, as kubectl knows them.
const KINDS: &[(&str, &str)] = &[
    ("pod", "Pod"),
    ("deploy", "Deployment"),
    ("sts", "StatefulSet"),
    ("rs", "ReplicaSet"),
    ("ds", "DaemonSet"),
    ("job", "Job"),
    ("svc", "Service"),
    ("pvc", "PersistentVolumeClaim"),
    ("node", "Node"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("pdb", "PodDisruptionBudget"),
];

fn kind(short: &str) -> &str {
    KINDS.iter().find(|(word, _)| *word == short).map_or(short, |(_, kind)| kind)
}

/// The pods of a workload.
pub fn pods(workload: &WorkloadView) -> Vec<&Rc<PodView>> {
    match &workload.body {
        Body::Groups(groups) => groups.iter().flat_map(|g| &g.pods).collect(),
        Body::Bays(bays) => bays.iter().filter_map(|b| b.pod.as_ref()).collect(),
    }
}

impl<'a> Seen<'a> {
    /// A workload, as `web` or `deploy/web`.
    pub fn workload(self, name: &str) -> Option<&'a WorkloadView> {
        let (of, name) = name.split_once('/').map_or((None, name), |(of, name)| (Some(kind(of)), name));
        let found = self.view.workloads.iter().find(|w| *w.name == *name && of.is_none_or(|of| *w.kind == *of));
        found.map(|w| &**w)
    }

    /// A pod by its name.
    pub fn pod(self, name: &str) -> Option<&'a PodView> {
        let owned = self.view.workloads.iter().flat_map(|w| pods(w));
        owned.chain(&self.view.bare).find(|p| *p.name == *name).map(|p| &**p)
    }

    /// The node of a pod; or its zone, or that of a claim's volume.
    pub fn place(self, name: &str, zone: bool) -> Option<String> {
        let Some(pod) = self.pod(name) else {
            let data = self.cluster.data();
            return data.volumes.iter().find(|v| zone && *v.claim == *name).map(|v| v.zone.to_string());
        };
        let node = self.view.nodes.iter().find(|n| pod.node.as_ref() == Some(&n.name))?;
        Some(if zone { &node.zone } else { &node.name }.to_string())
    }

    fn service(self, name: &str) -> Option<&'a ServiceView> {
        self.view.services.iter().find(|s| *s.name == *name).map(|s| &**s)
    }

    fn volume(self, claim: &str) -> Option<String> {
        let claim = self.cluster.cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, NAMESPACE, claim)?;
        Some(claim.volume.as_ref()?.to_string())
    }

    /// Served, lost, and of these refused requests to a Service.
    fn requests(self, service: &str) -> Option<[u64; 3]> {
        let key = self.cluster.cx.store.find(Kind::Service, NAMESPACE, service)?;
        traffic::of_service(&self.cluster.cx, key).map(|t| [t.served, t.lost(), t.refused])
    }

    /// Requests that a pod answered in time.
    fn answered(self, pod: &str) -> Option<u64> {
        let key = self.cluster.cx.store.find(Kind::Pod, NAMESPACE, pod)?;
        Some(traffic::of_pod(&self.cluster.cx, key).map_or(0, |t| t.served))
    }

    /// What a database's clients and members came to, in the order of the words.
    fn database(self, name: &str) -> Option<[u64; 7]> {
        let data = self.cluster.data();
        let d = data.databases.iter().find(|d| *d.name == *name)?;
        let unwritten = d.writes.failed + d.writes.timed_out;
        Some([d.writes.done, unwritten, d.lost_writes, d.stale_reads, d.backward_reads, d.diverged, d.corrupted])
    }
}

/// A number; none when what it is of is not there.
pub fn number(now: Seen, start: Seen, of: &str, name: &str) -> Option<i64> {
    let since = |now: u64, then: u64| now.saturating_sub(then) as i64;
    if let Some(at) = ["served", "lost", "refused"].iter().position(|word| *word == of) {
        return Some(since(now.requests(name)?[at], start.requests(name).unwrap_or_default()[at]));
    }
    let kinds = ["written", "unwritten", "lost-writes", "stale-reads", "backward-reads", "diverged", "corrupted"];
    if let Some(at) = kinds.iter().position(|word| *word == of) {
        let then = start.database(name).unwrap_or_default()[at];
        // Members that contradict each other are counted as they are.
        return Some(since(now.database(name)?[at], if of == "diverged" { 0 } else { then }));
    }
    match of {
        "requests" => return Some(since(now.answered(name)?, start.answered(name).unwrap_or(0))),
        "endpoints" => return Some(now.service(name)?.ready.len() as i64),
        "restarts" => return Some(i64::from(now.pod(name)?.restarts)),
        "writers" => {
            let data = now.cluster.data();
            let at = data.databases.iter().position(|d| *d.name == *name)?;
            return Some(
                data.members.iter().filter(|m| m.database == at && m.up && m.role == Role::Primary).count() as i64
            );
        }
        "addresses" => {
            let answer = dns::resolve(&now.cluster.cx, NAMESPACE, name);
            return Some(answer.map_or(0, |a| a.addresses().len() as i64));
        }
        _ => {}
    }
    let workload = now.workload(name)?;
    let there = pods(workload);
    Some(match of {
        "replicas" => workload.desired,
        "ready" => workload.ready as i64,
        "pods" => there.len() as i64,
        "active" => there.iter().filter(|p| p.state != PodState::Terminating).count() as i64,
        "kept" => {
            let before = start.workload(name).map(pods).unwrap_or_default();
            there.iter().filter(|p| before.iter().any(|b| b.uid == p.uid)).count() as i64
        }
        "revisions" => {
            let mut images: Vec<&str> = there.iter().map(|p| &*p.image).collect();
            images.sort_unstable();
            images.dedup();
            images.len() as i64
        }
        _ => return None,
    })
}

const fn state(state: PodState) -> &'static str {
    match state {
        PodState::Pending => "Pending",
        PodState::Creating => "Creating",
        PodState::NotReady => "NotReady",
        PodState::Ready => "Ready",
        PodState::Terminating => "Terminating",
        PodState::Failed => "Failed",
        PodState::CrashLoop => "CrashLoopBackOff",
        PodState::ImagePull => "ImagePullBackOff",
        PodState::Unknown => "Unknown",
        PodState::Succeeded => "Succeeded",
    }
}

/// The word about something; `word` is the one that is asked for, where there are several ways to tell.
pub fn word(now: Seen, start: Seen, of: &str, name: &str, word: &str) -> String {
    let missing = || "gone".to_owned();
    let changed = |same: bool| if same { "same" } else { "changed" }.to_owned();
    match of {
        "pod" => {
            let Some(pod) = now.pod(name) else { return missing() };
            match word {
                "there" => word.to_owned(),
                "same" | "new" => {
                    let same = start.pod(name).is_some_and(|before| before.uid == pod.uid);
                    if same { "same" } else { "new" }.to_owned()
                }
                _ => state(pod.state).to_owned(),
            }
        }
        "image" => now.pod(name).map_or_else(missing, |p| p.image.to_string()),
        "where" => {
            let node = now.pod(name).map(|p| p.node.as_deref().unwrap_or("nowhere").to_owned());
            node.unwrap_or_else(missing)
        }
        "role" => {
            let data = now.cluster.data();
            let role = now.pod(name).and_then(|p| data.member(&p.uid)).map(|m| m.role.word().to_owned());
            role.unwrap_or_else(missing)
        }
        "source" => {
            let data = now.cluster.data();
            let from = now.pod(name).and_then(|p| data.member(&p.uid)?.clone.as_ref().map(|c| c.from.to_string()));
            from.unwrap_or_else(|| "none".to_owned())
        }
        "node" => {
            let node = now.view.nodes.iter().find(|n| *n.name == *name);
            node.map_or_else(missing, |n| {
                let word = if !n.ready {
                    "NotReady"
                } else if n.cordoned {
                    "Cordoned"
                } else {
                    "Ready"
                };
                word.to_owned()
            })
        }
        "claim" if word == "same" || word == "changed" => {
            let volume = now.volume(name);
            if volume.is_none() { missing() } else { changed(volume == start.volume(name)) }
        }
        "claim" => {
            let claim = now.cluster.cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, NAMESPACE, name);
            claim.map_or_else(missing, |c| c.phase.name().to_owned())
        }
        "address" => match (now.service(name), start.service(name)) {
            (Some(now), Some(then)) => changed(now.address == then.address),
            _ => missing(),
        },
        "names" => match (now.workload(name), start.workload(name)) {
            (Some(now), Some(then)) => {
                let names = |w| {
                    let mut names: Vec<String> = pods(w).iter().map(|p| p.name.to_string()).collect();
                    names.sort_unstable();
                    names
                };
                changed(names(now) == names(then))
            }
            _ => missing(),
        },
        _ => missing(),
    }
}

/// The text of something.
pub fn text(now: Seen, start: Seen, of: &str, name: &str) -> String {
    match of {
        "explain" => {
            let (of, name) = name.split_once('/').unwrap_or(("pod", name));
            let answer = now.cluster.explain(kind(of), NAMESPACE, name);
            let mut text = answer.sentence;
            for fact in &answer.facts {
                text = text + "\n" + &fact.of + ": " + &fact.text;
            }
            text + "\n" + &answer.command.unwrap_or_default()
        }
        "event" => {
            let began = start.cluster.now();
            let recent = now.cluster.recent_events(usize::MAX);
            let fit = recent.iter().filter(|e| e.time >= began && e.reason == name);
            let lines: Vec<String> = fit.map(|e| format!("{}: {}", e.regarding, e.message)).collect();
            lines.join("\n")
        }
        _ => String::new(),
    }
}

/// To which objects something happened since the chapter began, in that order.
pub fn order(now: Seen, start: Seen, of: &str) -> Vec<String> {
    let cx = &now.cluster.cx;
    if of == "ready" {
        let began = start.cluster.now();
        let mut ready: Vec<(SimTime, String)> = Vec::new();
        for (_, pod) in cx.store.list::<Pod>(Kind::Pod) {
            if pod.is_ready() && pod.status.ready.since >= began {
                ready.push((pod.status.ready.since, pod.meta.name.to_string()));
            }
        }
        ready.sort();
        return ready.into_iter().map(|(_, name)| name).collect();
    }
    let verb = if of == "created" { Verb::Create } else { Verb::MarkDeleted };
    let mut found: Vec<String> = Vec::new();
    for entry in cx.trace.entries().skip(start.cluster.cx.trace.len()).filter(|e| e.verb == verb) {
        let name = cx.store.name(entry.key);
        if name.kind == Kind::Pod {
            found.push(name.name.to_string());
        }
    }
    found
}
