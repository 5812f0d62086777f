//! The projections: of all writes of a run, what the controllers decided.

use podscope_engine::api::{Context, Write};
use podscope_engine::object::{Condition, Endpoint, EndpointSlice, Event, Kind, Object, Pod};
use podscope_engine::trace::Actor;
use podscope_proof::case::Played;
use podscope_proof::case::alias::Aliases;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

type Lists = BTreeMap<String, Vec<String>>;

/// All projections of a run.
pub fn project(played: Played) -> Map<String, Json> {
    let Played { cluster, writes, aliases, replies, .. } = played;
    let mut projector = Projector { aliases, ..Projector::default() };
    for write in &writes {
        projector.take(&cluster.cx, write);
    }
    projector.finish(&cluster.cx, replies)
}

#[derive(Default)]
struct Projector {
    /// All of the run: a pod may get its owner late.
    aliases: Aliases,
    scale: Lists,
    pods: Lists,
    victims: BTreeMap<String, BTreeSet<String>>,
    claims: Lists,
    revisions: Lists,
    conditions: Lists,
    endpoints: BTreeMap<String, Lists>,
    events: Lists,
}

impl Projector {
    /// Takes in one write; give them in order.
    fn take(&mut self, cx: &Context, write: &Write) {
        if let Some(event) = &write.event {
            self.event(cx, event);
            return;
        }
        let Some(object) = write.new.as_ref().or(write.old.as_ref()) else { return };
        let me = self.aliases.of(object.meta());
        let (fresh, gone) = (write.old.is_none(), write.new.is_none());
        let deleting = !gone && object.meta().deleting() && write.old.as_ref().is_some_and(|o| !o.meta().deleting());
        match object {
            Object::ReplicaSet(set) => {
                let owner = set.meta.controller().map_or("-".to_owned(), |o| o.name.to_string());
                let list = self.scale.entry(owner).or_default();
                let before = write.old.as_ref().map(|o| if let Object::ReplicaSet(s) = o { s.replicas } else { -1 });
                if gone {
                    list.push(format!("{me} deleted"));
                } else if before != Some(set.replicas) {
                    list.push(format!("{me}={}", set.replicas));
                }
            }
            Object::Pod(pod) => self.pod(&me, write, pod, deleting),
            Object::Claim(claim) => {
                let list = self.claims.entry("order".into()).or_default();
                let phase = write.old.as_ref().map(|o| if let Object::Claim(c) = o { Some(c.phase) } else { None });
                if fresh {
                    list.push(format!("create {me}"));
                } else if gone {
                    list.push(format!("gone {me}"));
                } else if deleting {
                    list.push(format!("delete {me}"));
                } else if phase != Some(Some(claim.phase)) {
                    list.push(format!("{} {me}", claim.phase.name()));
                }
            }
            Object::Deployment(d) if !gone => {
                if let Some(revision) = d.meta.annotations.get("deployment.kubernetes.io/revision") {
                    self.revisions.entry(me.clone()).or_default().push(revision.to_string());
                }
                for c in &d.status.conditions {
                    self.conditions.entry(format!("{me} {}", c.kind)).or_default().push(word(c));
                }
            }
            Object::StatefulSet(s) if !gone => {
                let (current, update) =
                    (self.aliases.hide(&s.status.current_revision), self.aliases.hide(&s.status.update_revision));
                if !(current.is_empty() && update.is_empty()) {
                    self.revisions.entry(me).or_default().push(format!("{current} -> {update}"));
                }
            }
            Object::EndpointSlice(slice) => self.slice(write, slice, &me),
            _ => {}
        }
    }

    fn pod(&mut self, me: &str, write: &Write, pod: &Pod, deleting: bool) {
        let (fresh, gone) = (write.old.is_none(), write.new.is_none());
        let old = write.old.as_ref().and_then(|o| if let Object::Pod(p) = o { Some(p) } else { None });
        let was_deleting = old.is_some_and(|p| p.meta.deleting());
        let was_ready = old.is_some_and(|p| p.is_ready());
        let owner = pod.meta.controller().or_else(|| old.and_then(|p| p.meta.controller()));
        match owner {
            Some(owner) if &*owner.kind == "StatefulSet" => {
                let list = self.pods.entry(owner.name.to_string()).or_default();
                if fresh {
                    list.push(format!("create {me} {}", images(pod).join("+")));
                } else if gone {
                    list.push(format!("gone {me}"));
                } else if deleting {
                    list.push(format!("delete {me}"));
                } else if pod.is_ready() != was_ready {
                    list.push(format!("{} {me}", if pod.is_ready() { "ready" } else { "unready" }));
                }
            }
            Some(owner) => {
                let owner = self.aliases.of_name(&owner.name).to_owned();
                let list = self.pods.entry(owner.clone()).or_default();
                if fresh {
                    list.push("create".into());
                } else if (gone && !was_deleting) || deleting {
                    list.push(if was_ready { "delete ready" } else { "delete unready" }.into());
                    self.victims.entry(owner).or_default().insert(me.to_owned());
                }
            }
            None => {
                let list = self.pods.entry("-".into()).or_default();
                if fresh {
                    list.push(format!("create {}", pod.meta.name));
                } else if gone {
                    list.push(format!("gone {}", pod.meta.name));
                }
            }
        }
    }

    fn slice(&mut self, write: &Write, slice: &EndpointSlice, me: &str) {
        let service = slice.meta.controller().map_or(me.to_owned(), |o| o.name.to_string());
        let of = |o: Option<&Object>| -> BTreeMap<String, Endpoint> {
            match o {
                Some(Object::EndpointSlice(s)) => {
                    s.endpoints.iter().map(|e| (e.pod.to_string(), Endpoint::clone(e))).collect()
                }
                _ => BTreeMap::new(),
            }
        };
        let (before, after) = (of(write.old.as_ref()), of(write.new.as_ref()));
        for pod in before.keys().chain(after.keys().filter(|p| !before.contains_key(*p))) {
            let shown = after.get(pod).map_or("removed".to_owned(), |e| {
                let words = [(e.ready, "ready"), (e.serving, "serving"), (e.terminating, "terminating")];
                let words: Vec<_> = words.iter().filter(|(is, _)| *is).map(|(_, w)| *w).collect();
                if words.is_empty() { "not ready".to_owned() } else { words.join("/") }
            });
            let name = self.aliases.of_name(pod).to_owned();
            self.endpoints.entry(service.clone()).or_default().entry(name).or_default().push(shown);
        }
    }

    fn event(&mut self, cx: &Context, event: &Event) {
        const SILENT: [Actor; 4] = [Actor::Kubelet, Actor::EndpointSlice, Actor::Garbage, Actor::PodGc];
        const VOLUME: [&str; 4] = ["Scheduled", "WaitForFirstConsumer", "WaitForPodScheduled", "ExternalProvisioning"];
        if SILENT.contains(&event.actor) || VOLUME.contains(&event.reason) {
            return;
        }
        let about = cx.store.name(event.about);
        if about.namespace.is_empty() {
            return; // the recordings watched their case's namespace only
        }
        let who = self.aliases.of_name(&about.name).to_owned();
        let message = event.message.strip_prefix("(combined from similar events): ").unwrap_or(&event.message);
        let mut text = self.aliases.hide(&message.replace(&format!("{}/", about.namespace), ""));
        if about.kind == Kind::ReplicaSet {
            text = regex::Regex::new(r"#p\d+").map_or(text.clone(), |re| re.replace_all(&text, "#p").into_owned());
        }
        let key = format!("{}/{who}", about.kind.name());
        self.events.entry(key).or_default().push(format!("{}: {text}", event.reason));
    }

    /// All projections of what was taken in, with the final state read from `cx`.
    fn finish(self, cx: &Context, replies: Vec<Json>) -> Map<String, Json> {
        let mut out = Map::new();
        let last = final_state(cx, &self.aliases);
        let pods: BTreeMap<_, _> = self
            .pods
            .into_iter()
            .map(|(owner, list)| {
                let alike = list.iter().all(|t| matches!(&**t, "create" | "delete ready" | "delete unready"));
                let sorted = sort_runs(list);
                (owner, if alike { count_runs(sorted) } else { sorted })
            })
            .collect();
        out.insert("scale".into(), json!(self.scale));
        out.insert("pods".into(), json!(pods));
        out.insert("victims".into(), json!(self.victims));
        out.insert("claims".into(), json!(map(self.claims, sort_runs)));
        out.insert("revisions".into(), json!(map(self.revisions, dedupe)));
        out.insert("conditions".into(), json!(map(self.conditions, dedupe)));
        let endpoints: BTreeMap<_, _> = self.endpoints.into_iter().map(|(s, pods)| (s, map(pods, dedupe))).collect();
        out.insert("endpoints".into(), json!(endpoints));
        out.insert("events".into(), json!(map(self.events, count_runs)));
        out.insert("final".into(), last);
        out.insert("replies".into(), json!(replies));
        out
    }
}

fn map(lists: Lists, f: fn(Vec<String>) -> Vec<String>) -> Lists {
    lists.into_iter().map(|(k, list)| (k, f(list))).collect()
}

/// Sorts names inside each maximal run of one verb: within a run the order is a race.
fn sort_runs(list: Vec<String>) -> Vec<String> {
    let verb = |t: &str| t.split(' ').next().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for chunk in list.chunk_by(|a, b| verb(a) == verb(b)) {
        let mut chunk = chunk.to_vec();
        chunk.sort();
        out.extend(chunk);
    }
    out
}

fn count_runs(list: Vec<String>) -> Vec<String> {
    list.chunk_by(|a, b| a == b).map(|c| format!("{} x{}", c[0], c.len())).collect()
}

fn dedupe(mut list: Vec<String>) -> Vec<String> {
    list.dedup();
    list
}

fn word(c: &Condition) -> String {
    let status = c.status.map_or("Unknown", |s| if s { "True" } else { "False" });
    format!("{status} {}", c.reason).trim().to_owned()
}

fn images(pod: &Pod) -> Vec<&str> {
    let mut images: Vec<&str> = pod.spec.containers.iter().map(|c| &*c.image).collect();
    images.sort_unstable();
    images
}

fn words(conditions: &[Condition]) -> Json {
    json!(conditions.iter().map(|c| (c.kind, word(c))).collect::<BTreeMap<_, _>>())
}

/// Numbers as the API prints them: zeros left out, but for those always printed.
fn status(always: &[(&str, i64)], unless_zero: &[(&str, i64)]) -> Map<String, Json> {
    let kept = unless_zero.iter().filter(|(_, n)| *n != 0);
    always.iter().chain(kept).map(|(k, n)| ((*k).to_owned(), json!(n))).collect()
}

fn final_state(cx: &Context, aliases: &Aliases) -> Json {
    let mut out = BTreeMap::new();
    for &kind in Kind::ALL {
        for &key in cx.store.of_kind(kind) {
            let Some(object) = cx.store.object(key) else { continue };
            let name = format!("{}/{}", kind.name(), aliases.of(object.meta()));
            if let Some(value) = final_object(object, aliases) {
                out.insert(name, value);
            }
        }
    }
    json!(out)
}

fn final_object(object: &Object, aliases: &Aliases) -> Option<Json> {
    Some(match object {
        Object::Deployment(d) => {
            let s = &d.status;
            let mut st = status(
                &[],
                &[
                    ("replicas", s.replicas),
                    ("updatedReplicas", s.updated),
                    ("readyReplicas", s.ready),
                    ("availableReplicas", s.available),
                    ("unavailableReplicas", s.unavailable),
                ],
            );
            if let Some(n) = s.terminating {
                st.insert("terminatingReplicas".into(), json!(n));
            }
            json!({"replicas": d.replicas, "status": st, "conditions": words(&s.conditions)})
        }
        Object::ReplicaSet(r) => {
            let s = &r.status;
            let mut st = status(
                &[("replicas", s.replicas)],
                &[
                    ("fullyLabeledReplicas", s.fully_labeled),
                    ("readyReplicas", s.ready),
                    ("availableReplicas", s.available),
                ],
            );
            if let Some(n) = s.terminating {
                st.insert("terminatingReplicas".into(), json!(n));
            }
            json!({"replicas": r.replicas, "status": st, "conditions": words(&s.conditions)})
        }
        Object::StatefulSet(r) => {
            let s = &r.status;
            let mut st = status(
                &[("replicas", s.replicas), ("availableReplicas", s.available)],
                &[("readyReplicas", s.ready), ("currentReplicas", s.current), ("updatedReplicas", s.updated)],
            );
            for (key, revision) in [("currentRevision", &s.current_revision), ("updateRevision", &s.update_revision)] {
                if !revision.is_empty() {
                    st.insert(key.into(), json!(aliases.hide(revision)));
                }
            }
            json!({"replicas": r.replicas, "status": st, "conditions": words(&s.conditions)})
        }
        Object::Pod(p) => {
            let mut claims: Vec<_> = p.claim_names().map(std::string::ToString::to_string).collect();
            claims.sort();
            let owner = p.meta.controller().map(|o| aliases.of_name(&o.name).to_owned());
            json!({"phase": p.status.phase.name(), "ready": p.is_ready(), "images": images(p), "owner": owner, "claims": claims})
        }
        Object::Claim(c) => {
            let mut owners: Vec<_> =
                c.meta.owners.iter().map(|o| format!("{}/{}", o.kind, aliases.of_name(&o.name))).collect();
            owners.sort();
            json!({"phase": c.phase.name(), "owners": owners})
        }
        Object::ControllerRevision(r) => {
            let mut images: Vec<_> = r.template.spec.containers.iter().map(|c| c.image.to_string()).collect();
            images.sort();
            json!({"revision": r.revision, "images": images})
        }
        Object::Autoscaler(a) => {
            let s = &a.status;
            let mut st = status(
                &[("desiredReplicas", s.desired)],
                &[("currentReplicas", s.current), ("observedGeneration", s.observed_generation)],
            );
            if !s.metrics.is_null() {
                st.insert("currentMetrics".into(), plain(&s.metrics));
            }
            st.insert("conditions".into(), full_conditions(&s.conditions));
            json!({"status": st})
        }
        Object::DisruptionBudget(b) => {
            let s = &b.status;
            let mut st = status(
                &[
                    ("disruptionsAllowed", s.allowed),
                    ("currentHealthy", s.healthy),
                    ("desiredHealthy", s.desired),
                    ("expectedPods", s.expected),
                ],
                &[("observedGeneration", s.observed_generation)],
            );
            if !s.conditions.is_empty() {
                st.insert("conditions".into(), full_conditions(&s.conditions));
            }
            json!({"status": st})
        }
        _ => return None,
    })
}

fn full_conditions(conditions: &[Condition]) -> Json {
    let status = |c: &Condition| c.status.map_or("Unknown", |s| if s { "True" } else { "False" });
    conditions
        .iter()
        .map(|c| json!({"type": c.kind, "status": status(c), "reason": &*c.reason, "message": &*c.message}))
        .collect()
}

/// The engine's value tree as JSON.
pub fn plain(value: &podscope_schema::Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}
