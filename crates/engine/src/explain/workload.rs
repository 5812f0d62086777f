//! Why a Deployment, ReplicaSet or StatefulSet is as it is.

use super::{Answer, Focus, Mood, Why, kubectl, many, n, pod, word};
use crate::controller::Controller;
use crate::controller::deployment::{equal_ignoring_hash, max_surge, max_unavailable};
use crate::object::{
    Condition, ControllerRevision, Deployment, Key, Kind, Meta, Pod, ReplicaSet, StatefulSet, Str, Uid, UpdateStrategy,
};
use crate::view::PodState;
use std::rc::Rc;

/// The command that goes back to the revision before the pod's, if the pod is of the newest and there is one before.
pub fn undo(w: Why, pod: &Pod) -> Option<String> {
    let owner = pod.meta.controller()?;
    let (kind, name) = w.owner(pod)?;
    let ns = &pod.meta.namespace;
    let back = match kind {
        Kind::Deployment => {
            let sets = w.sets_of(&w.get::<Deployment>(kind, ns, name)?.meta);
            sets.len() > 1 && sets.last().is_some_and(|s| s.meta.uid == owner.uid)
        }
        Kind::StatefulSet => {
            let set = w.get::<StatefulSet>(kind, ns, name)?;
            let owned = w.cx.store.owned_by(set.meta.uid).iter();
            let revisions = owned.filter(|k| w.cx.store.get::<ControllerRevision>(**k).is_some()).count();
            revisions > 1 && revision_of(pod) == Some(&set.status.update_revision)
        }
        _ => false,
    };
    if back { kubectl(ns, say!("rollout undo %/%", word(kind), name)) } else { None }
}

fn revision_of(pod: &Pod) -> Option<&Str> {
    pod.meta.labels.get("controller-revision-hash")
}

/// `minReadySeconds` of what controls the pod.
pub fn min_ready_of(w: Why, pod: &Pod) -> i64 {
    let Some(owner) = pod.meta.controller() else { return 0 };
    let (ns, name) = (&pod.meta.namespace, &owner.name);
    match Kind::from_name(&owner.kind) {
        Some(Kind::StatefulSet) => w.get::<StatefulSet>(Kind::StatefulSet, ns, name).map_or(0, |s| s.min_ready),
        Some(kind) => w.get::<ReplicaSet>(kind, ns, name).map_or(0, |s| s.min_ready),
        None => 0,
    }
}

/// How many pods of a workload have a node.
pub fn placed(w: Why, kind: Kind, ns: &str, name: &str) -> Option<i64> {
    let key = w.cx.store.find(kind, ns, name)?;
    let meta = w.cx.store.object(key)?.meta();
    let count = |uid: Uid| w.cx.store.pods_of(uid).filter(|(_, p)| p.is_active() && p.node.is_some()).count() as i64;
    if kind == Kind::Deployment {
        return Some(w.sets_of(meta).iter().map(|s| count(s.meta.uid)).sum());
    }
    Some(count(meta.uid))
}

pub fn lag(meta: &Meta, observed: i64) -> Option<Answer> {
    (observed < meta.generation).then(|| {
        let text = say!(
            "%: the controller has not acted on the last change yet (generation %, observedGeneration %).",
            &meta.name,
            meta.generation,
            observed
        );
        Answer::new(Mood::Waiting, text)
    })
}

fn condition<'a>(list: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    list.iter().find(|c| c.kind == kind)
}

/// `3 of 3 replicas are available.`
fn counts(meta: &Meta, available: i64, replicas: i64) -> String {
    if replicas == 0 && available == 0 {
        return say!("% is scaled to 0: it wants no pods.", &meta.name);
    }
    say!("%: % of % replicas are available.", &meta.name, available, replicas)
}

/// The pod that a workload waits for: the worst off of those that are not available.
pub fn culprit<'a>(w: Why<'a>, sets: &[Uid], min_ready: i64) -> Option<(Key, &'a Rc<Pod>)> {
    let pods = sets.iter().flat_map(|uid| w.cx.store.pods_of(*uid));
    let waits = |p: &Pod| p.is_active() && !p.is_available(min_ready, w.now());
    let rank = |p: &Pod| match w.cluster.pod_state(p) {
        PodState::ImagePull | PodState::CrashLoop => 0,
        PodState::Unknown => 1,
        PodState::Pending if p.status.unschedulable.is_some() => 2,
        PodState::NotReady => 3,
        _ => 4,
    };
    pods.filter(|(_, p)| waits(p)).min_by_key(|(key, p)| (rank(p), *key))
}

/// Adds what the pod that is waited for has to say: its own answer, its command, and its chain of causes.
pub fn because(w: Why, mut answer: Answer, culprit: Option<(Key, &Rc<Pod>)>) -> Answer {
    let Some((key, waited)) = culprit else { return answer };
    let more = pod::pod(w, key, waited);
    answer.text.pop();
    answer.text += &say!("; %.", &pod::brief(w, waited));
    if answer.mood == Mood::Well || more.mood == Mood::Stuck {
        answer.mood = more.mood;
    }
    answer.command = answer.command.or(more.command);
    answer.until = answer.until.or(more.until);
    answer.focus = Some(Focus::Last(key));
    let name = say!("pod/%", &waited.meta.name);
    answer = answer.fact(&name, more.text);
    answer.facts.extend(more.facts);
    answer
}

/// Pods that could not be created, most often for want of quota.
fn refused(w: Why, meta: &Meta, kind: Kind, message: &str, have: i64, retry: Option<crate::time::SimTime>) -> Answer {
    let again = retry.map(|at| say!("; creation is tried again %", &w.at(at))).unwrap_or_default();
    let text = say!("% cannot create pods: %%.", &meta.name, message, &again);
    let command = super::policy::raise(w, &meta.namespace, message)
        .or_else(|| kubectl(&meta.namespace, say!("scale %/% --replicas=%", word(kind), &meta.name, have)));
    Answer::new(Mood::Stuck, text).command(command).until(retry)
}

/// Why a Deployment is as it is.
pub fn deployment(w: Why, key: Key, d: &Deployment) -> Answer {
    let (meta, status) = (&d.meta, &d.status);
    if let Some(answer) = lag(meta, status.observed_generation) {
        return answer;
    }
    let sets = w.sets_of(meta);
    let uids: Vec<Uid> = sets.iter().map(|s| s.meta.uid).collect();
    let waited = culprit(w, &uids, d.min_ready);
    if let Some(failed) = condition(&status.conditions, "ReplicaFailure") {
        let set = sets.iter().find(|s| s.replicas > s.status.replicas);
        let set = set.and_then(|s| w.cx.store.find(Kind::ReplicaSet, &meta.namespace, &s.meta.name));
        let retry = set.and_then(|k| w.cx.due(Controller::ReplicaSet, k));
        return refused(w, meta, Kind::Deployment, &failed.message, status.replicas, retry);
    }
    let new = sets.iter().find(|s| equal_ignoring_hash(&s.template, &d.template));
    if d.paused && (new.is_none() || status.updated < d.replicas) {
        let done = say!("% of %", status.updated, d.replicas);
        let text = say!(
            "%: the rollout is paused with % replicas updated; nothing rolls until it is resumed.",
            &meta.name,
            &done
        );
        let resume = kubectl(&meta.namespace, say!("rollout resume deployment/%", &meta.name));
        return Answer::new(Mood::Stuck, text).command(resume);
    }
    let late = condition(&status.conditions, "Progressing").is_some_and(|c| c.status == Some(false));
    let rolling = status.updated < d.replicas || status.replicas > status.updated;
    if late {
        let limit = n(d.progress_deadline.unwrap_or_default());
        let text = say!(
            "% made no progress for longer than its progressDeadlineSeconds of %: % of % replicas are updated, % available. Nothing is rolled back by itself.",
            &meta.name,
            &limit,
            status.updated,
            d.replicas,
            status.available
        );
        let mut answer = because(w, Answer::new(Mood::Stuck, text), waited);
        answer.mood = Mood::Stuck;
        return answer;
    }
    let is_new = |s: &ReplicaSet| new.is_some_and(|n| n.meta.uid == s.meta.uid);
    let old = sets
        .iter()
        .filter(|s| !is_new(s))
        .map(|s| s.replicas.max(s.status.replicas) + s.status.terminating.unwrap_or_default());
    let old: i64 = old.sum();
    if rolling && old > 0 {
        let total = sets.iter().map(|s| s.replicas).sum();
        return because(w, rollout(d, new.map_or(0, |s| s.replicas), old, total), waited);
    }
    if status.available < d.replicas || status.updated < d.replicas {
        return because(w, Answer::new(Mood::Waiting, say!("%", &counts(meta, status.available, d.replicas))), waited);
    }
    let paused = if d.paused { " It is paused." } else { "" };
    Answer::new(Mood::Well, say!("%%", &counts(meta, status.available, d.replicas), paused)).focus(Focus::Last(key))
}

/// A rollout under way: its numbers, and what its next step waits for. `new` and `total` are what the new set, and all
/// sets, are scaled to; `old` is how many old pods there are, those that end included.
fn rollout(d: &Deployment, new: i64, old: i64, total: i64) -> Answer {
    let (meta, status) = (&d.meta, &d.status);
    let (updated, replicas, available) = (n(status.updated), n(d.replicas), n(status.available));
    let begin =
        say!("% rolls out: % of % replicas are updated, % available. ", &meta.name, &updated, &replicas, &available);
    if d.rolling.is_none() {
        let what = if status.updated == 0 {
            say!("Strategy Recreate: the % old pods have to be gone first.", old)
        } else {
            "Strategy Recreate: the new pods are coming up.".to_owned()
        };
        return Answer::new(Mood::Waiting, say!("%%", &begin, &what));
    }
    let (surge, unavailable) = (max_surge(d), max_unavailable(d));
    let (most, least) = (d.replicas + surge, d.replicas - unavailable);
    let full = new < d.replicas && total >= most;
    let up = say!("No new pod may come before an old one goes: maxSurge % allows at most % pods. ", surge, most);
    let down = say!(
        "No old pod may go before a new one is available: maxUnavailable % asks for at least %.",
        unavailable,
        least
    );
    let held = status.available <= least;
    let text = match (full, held) {
        (false, false) => "The next step is on its way.".to_owned(),
        _ => say!("%%", if full { &*up } else { "" }, if held { &down } else { "" }),
    };
    Answer::new(Mood::Waiting, say!("%%", &begin, text.trim_end()))
}

/// Why a ReplicaSet is as it is.
pub fn replica_set(w: Why, key: Key, set: &ReplicaSet) -> Answer {
    let (meta, status) = (&set.meta, &set.status);
    if let Some(answer) = lag(meta, status.observed_generation) {
        return answer;
    }
    if let Some(failed) = condition(&status.conditions, "ReplicaFailure") {
        let kind = crate::object::Resource::kind(set);
        return refused(w, meta, kind, &failed.message, status.replicas, w.cx.due(Controller::ReplicaSet, key));
    }
    let text = counts(meta, status.available, set.replicas);
    if status.available >= set.replicas {
        let old = if set.replicas == 0 && meta.controller().is_some() {
            " It is kept, empty, so that its Deployment can go back to it."
        } else {
            ""
        };
        return Answer::new(Mood::Well, say!("%%", &text, old));
    }
    because(w, Answer::new(Mood::Waiting, text), culprit(w, &[meta.uid], set.min_ready))
}

/// A StatefulSet's pods by ordinal.
fn members<'a>(w: Why<'a>, set: &StatefulSet) -> Vec<(i64, Key, &'a Rc<Pod>)> {
    let ordinal = |p: &Pod| p.meta.name.rsplit('-').next().and_then(|o| o.parse::<i64>().ok());
    let pods = w.cx.store.pods_of(set.meta.uid);
    let mut all: Vec<_> = pods.filter_map(|(key, p)| Some((ordinal(p)?, key, p))).collect();
    podscope_schema::sort::sort_by_key(&mut all, |m| m.0);
    all
}

/// Why a StatefulSet is as it is.
pub fn stateful_set(w: Why, key: Key, set: &StatefulSet) -> Answer {
    let (meta, status) = (&set.meta, &set.status);
    if let Some(answer) = lag(meta, status.observed_generation) {
        return answer;
    }
    let members = members(w, set);
    let wanted = set.start..set.start + set.replicas;
    let well = |p: &Pod| !p.meta.deleting() && p.is_ready() && p.is_available(set.min_ready, w.now());
    let lowest = members.iter().find(|(o, _, p)| wanted.contains(o) && !well(p));
    let numbers = counts(meta, status.available, set.replicas);
    let wait = |what: &str, on: &(i64, Key, &Rc<Pod>)| {
        let text = if what.is_empty() { numbers.clone() } else { say!("% %", &numbers, what) };
        because(w, Answer::new(Mood::Waiting, text), Some((on.1, on.2)))
    };
    let missing = wanted.clone().find(|o| members.iter().all(|m| m.0 != *o));
    if let Some(ordinal) = missing {
        let name = say!("%-%", &meta.name, ordinal);
        if let Some(lower) = lowest.filter(|l| !set.parallel && l.0 < ordinal) {
            return wait(&say!("% is created when every lower ordinal is Ready.", &name), lower);
        }
        if w.cx.memory.stateful_set.fails(key) {
            let said = w.cx.events_about(key).filter(|e| e.reason == "FailedCreate").last();
            let said = said.map_or("a pod of that name is there already", |e| &e.message);
            let retry = w.cx.due(Controller::StatefulSet, key);
            let mut answer = refused(w, meta, Kind::StatefulSet, said, status.replicas, retry);
            if let Some(stray) =
                w.get::<Pod>(Kind::Pod, &meta.namespace, &name).filter(|p| p.meta.controller().is_none())
            {
                let text = say!(
                    "% % is there, but its labels do not match the selector, so it is no longer the set's, and its name is taken.",
                    &numbers,
                    &name
                );
                answer = Answer::new(Mood::Stuck, text)
                    .command(kubectl(&meta.namespace, say!("delete pod %", &stray.meta.name)));
            }
            return answer;
        }
        let stale = say!("The claim of % is being deleted; a new one has to come first.", &name);
        let next = say!("% is created next.", &name);
        let claim_goes = set.claim_templates.iter().any(|t| {
            let claim = say!("%-%", &t.meta.name, &name);
            let claim = w.get::<crate::object::Claim>(Kind::PersistentVolumeClaim, &meta.namespace, &claim);
            claim.is_some_and(|c| c.meta.deleting())
        });
        return Answer::new(Mood::Waiting, say!("% %", &numbers, if claim_goes { &stale } else { &next }));
    }
    if let Some(top) = members.iter().rfind(|m| !wanted.contains(&m.0)) {
        let what = say!("% is one too many", &top.2.meta.name);
        if let Some(lower) = lowest.filter(|_| !set.parallel && !top.2.meta.deleting()) {
            return wait(&say!("%, and is deleted when every lower ordinal is Ready.", &what), lower);
        }
        let text = say!("% %; the highest ordinal goes first, one at a time.", &numbers, &what);
        return Answer::new(Mood::Waiting, text).focus(Focus::Last(top.1));
    }
    if let Some(lower) = lowest {
        return wait("", lower);
    }
    let outdated = |m: &&(i64, Key, &Rc<Pod>)| revision_of(m.2) != Some(&status.update_revision);
    let old = members.iter().filter(outdated).count() as i64;
    match &set.strategy {
        UpdateStrategy::OnDelete if old > 0 => {
            let top = members.iter().rfind(outdated);
            let text = say!(
                "% % of an older revision: with OnDelete each is updated when it is deleted.",
                &numbers,
                &many(old, "pod")
            );
            let delete = top.and_then(|m| kubectl(&meta.namespace, say!("delete pod %", &m.2.meta.name)));
            Answer::new(Mood::Waiting, text).command(delete)
        }
        UpdateStrategy::RollingUpdate { partition, .. } if old > 0 && *partition > 0 => {
            let text = say!(
                "% % of an older revision: the partition is %, and only that ordinal and those above are updated.",
                &numbers,
                &many(old, "pod"),
                *partition
            );
            let patch = r#" -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'"#;
            let lower = kubectl(&meta.namespace, say!("patch statefulset %%", &meta.name, patch));
            Answer::new(Mood::Waiting, text).command(lower)
        }
        _ if old > 0 => Answer::new(
            Mood::Waiting,
            say!(
                "% % of an older revision, to be replaced one at a time, from the highest ordinal down.",
                &numbers,
                &many(old, "pod")
            ),
        ),
        _ => Answer::new(Mood::Well, say!("%", &numbers)),
    }
}

/// The answer for a StatefulSet's pod that is wanted and not there.
pub fn missing_ordinal(w: Why, namespace: &str, name: &str) -> Option<Answer> {
    let (parent, ordinal) = name.rsplit_once('-')?;
    let ordinal: i64 = ordinal.parse().ok()?;
    let key = w.cx.store.find(Kind::StatefulSet, namespace, parent)?;
    let set = w.cx.store.get::<StatefulSet>(key)?;
    let wanted = set.start..set.start + set.replicas;
    if !wanted.contains(&ordinal) || set.meta.deleting() {
        return None;
    }
    let below = members(w, set).into_iter().find(|m| m.0 < ordinal && (m.2.meta.deleting() || !m.2.is_ready()));
    if let Some((_, key, lower)) = below.filter(|_| !set.parallel) {
        let text = say!("% is not there yet: it waits for every lower ordinal to be Ready.", name);
        return Some(because(w, Answer::new(Mood::Waiting, text), Some((key, lower))));
    }
    let mut answer = stateful_set(w, key, set);
    answer.text = say!("% is not there. %", name, &answer.text);
    answer.focus = answer.focus.or(Some(Focus::Last(key)));
    Some(answer)
}
