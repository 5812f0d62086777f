//! What is being deleted, and what is gone.

use super::{Answer, Focus, Mood, Why, chain, kubectl, pod::silent_node, seconds, word, workload};
use crate::controller::{claim, garbage};
use crate::kubelet;
use crate::object::{Key, Kind, Meta, Object, Pod};
use crate::trace::{Actor, Entry, Note, Verb};

/// A pod that is being deleted: by whom, and what it still waits for.
pub fn pod(w: Why, key: Key, pod: &Pod) -> Answer {
    let (name, ns) = (&pod.meta.name, &pod.meta.namespace);
    let fate = chain::deletion(w.cx, key).map(|(_, e)| fate(w, &e)).unwrap_or_default();
    let Some(deletion) = pod.meta.deletion else { return Answer::default() };
    let answer = if let Some(node) = silent_node(w, pod) {
        let text = say!(
            "% is Terminating since %, and % does not answer: nobody confirms that its containers have ended, so the object stays until the node is back or the pod is deleted by force.",
            name,
            &seconds(deletion.requested),
            &node.meta.name
        );
        let force = kubectl(ns, say!("delete pod % --grace-period=0 --force", name));
        Answer::new(Mood::Stuck, text).command(force)
    } else if !pod.meta.finalizers.is_empty() && (pod.is_terminal() || pod.node.is_none() || deletion.at <= w.now()) {
        held(w, key, &pod.meta, Kind::Pod)
    } else {
        let end = kubelet::killed_at(w.cx, pod).filter(|at| *at > w.now());
        let by = match end {
            Some(at) => say!("are killed % at the latest", &w.at(at)),
            None => "are being killed".to_owned(),
        };
        let grace = deletion.grace_seconds;
        let text =
            say!("% is Terminating: its containers were told to end, and % (grace period % s).", name, &by, grace);
        Answer::new(Mood::Leaving, text).until(end)
    };
    answer.fact("why", fate).focus(Focus::Deletion(key))
}

/// Any other object that is being deleted.
pub fn object(w: Why, key: Key, object: &Object) -> Answer {
    held(w, key, object.meta(), object.kind()).focus(Focus::Deletion(key))
}

/// What holds an object that is being deleted.
pub fn held(w: Why, key: Key, meta: &Meta, kind: Kind) -> Answer {
    let name = &meta.name;
    let Some(finalizer) = meta.finalizers.first() else {
        return Answer::new(Mood::Leaving, say!("% is being deleted.", name));
    };
    let begin = say!("% is Terminating: the finalizer % holds it", name, &**finalizer);
    match &**finalizer {
        garbage::FOREGROUND => {
            let left = w.cx.store.owned_by(meta.uid).len();
            let text = say!("% until what it owns is gone: % left.", &begin, left as i64);
            Answer::new(Mood::Leaving, text)
        }
        "kubernetes.io/pvc-protection" => {
            let user = claim::users(w.cx, key).map(|(_, p)| &p.meta.name).next();
            let Some(user) = user else { return Answer::new(Mood::Leaving, say!("%.", &begin)) };
            let text = say!("% while pod % mounts it.", &begin, user);
            let delete = kubectl(&meta.namespace, say!("delete pod %", user));
            Answer::new(Mood::Stuck, text).command(delete)
        }
        _ => {
            let patch = r#" --type=merge -p '{"metadata":{"finalizers":null}}'"#;
            let text = say!("%; whoever set it has to take it off.", &begin);
            let take = kubectl(&meta.namespace, say!("patch % %%", word(kind), name, patch));
            Answer::new(Mood::Stuck, text).command(take)
        }
    }
}

/// An object that was, and is no more.
pub fn gone(w: Why, key: Key) -> Answer {
    let name = w.cx.store.name(key).clone();
    if name.kind == Kind::Pod
        && let Some(answer) = workload::missing_ordinal(w, &name.namespace, &name.name)
    {
        return answer;
    }
    let Some((_, end)) = chain::last(w.cx, key, |e| e.verb == Verb::Remove) else {
        return Answer::new(Mood::Gone, say!("There is no % %.", name.kind.name(), &name.name));
    };
    let why = chain::deletion(w.cx, key).map(|(_, e)| fate(w, &e)).unwrap_or_default();
    let text = say!("% is gone since %: %", &name.name, &seconds(end.at), &why);
    Answer::new(Mood::Gone, text).focus(Focus::Last(key))
}

/// Why an object was deleted, and why just this one: a sentence's end.
pub fn fate(w: Why, entry: &Entry) -> String {
    let by = match (entry.actor, entry.note) {
        (_, Note::Evicted) => "it was evicted, and its disruption budget allowed it.",
        (Actor::User, _) => "it was deleted by hand.",
        (Actor::ReplicaSet, Note::All) => "its ReplicaSet was scaled to 0.",
        (Actor::ReplicaSet, _) => return ranked(w, entry),
        (_, Note::Ordinal) => "its StatefulSet was scaled down, which begins with the highest ordinal.",
        (_, Note::Outdated) => "its StatefulSet replaces pods of older revisions, from the highest ordinal down.",
        (_, Note::Ended) => "it had ended, and its StatefulSet wants the ordinal anew.",
        (Actor::TaintEviction, _) => "its node has a NoExecute taint that it did not tolerate any longer.",
        (Actor::Garbage, _) => "what owned it is gone.",
        (Actor::PodGc, _) => "its node is gone or out of service.",
        (Actor::Deployment, _) => "it was beyond revisionHistoryLimit.",
        _ => return say!("it was deleted by %.", entry.actor.component()),
    };
    by.to_owned()
}

/// The rule by which a scale-down chose a pod.
// upstream: controller_utils ActivePodsWithRanks
fn ranked(w: Why, entry: &Entry) -> String {
    let rule = match entry.note {
        Note::Unassigned => "it had no node yet",
        Note::Phase => "it was not Running yet",
        Note::NotReady => "it was not Ready",
        Note::DeletionCost => "its pod-deletion-cost was lower",
        Note::Crowded => "it shared its node with more pods of its set",
        Note::ReadyTime => "it had been Ready for a shorter time",
        Note::Restarts => "it had restarted more often",
        Note::Age => "it was younger",
        _ => "nothing but its uid told them apart",
    };
    let rival = &w.cx.store.name(entry.rival).name;
    say!("its ReplicaSet was scaled down, and it went before % because %.", rival, rule)
}
