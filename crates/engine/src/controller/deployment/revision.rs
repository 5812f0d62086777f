//! Which ReplicaSet is the present one, and the history of the others.

use super::scale::{DESIRED, MAX, max_surge};
use super::{Set, Sets, owner_ref, rolling, scaled_event};
use crate::api::Context;
use crate::object::{Condition, Deployment, Key, Meta, PodTemplate, ReplicaSet, ReplicaSetStatus, Str};
use podscope_schema::Value;
use podscope_schema::sort::sort_by_key;
use std::rc::Rc;

/// The annotation with a set's, and its Deployment's, revision.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The label with the hash of a set's template.
pub const HASH_LABEL: &str = "pod-template-hash";

/// Whether a missing new set is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// It is not.
    No,
    /// It is, and the Progressing condition says so.
    Yes,
    /// It is, but the condition stays as it was.
    Silently,
}

/// A set's revision, 0 when it has none.
pub fn number(set: &ReplicaSet) -> i64 {
    set.meta.annotations.get(REVISION).and_then(|r| r.parse().ok()).unwrap_or_default()
}

/// Whether two templates are the same but for the hash label.
// upstream: deployment/util EqualIgnoreHash
pub fn equal_ignoring_hash(a: &PodTemplate, b: &PodTemplate) -> bool {
    let bare = |t: &PodTemplate| {
        let mut labels = t.labels.clone();
        labels.remove(HASH_LABEL);
        labels
    };
    a.annotations == b.annotations && (Rc::ptr_eq(&a.spec, &b.spec) || a.spec.raw == b.spec.raw) && bare(a) == bare(b)
}

/// Sorts a Deployment's sets into the new one and the old ones; makes the new one, if it is not there and `create` says so.
/// Keeps revision annotations true on the way.
// upstream: deployment getAllReplicaSetsAndSyncRevision
pub fn sort(cx: &mut Context, key: Key, d: &Deployment, list: &[Set], create: Create) -> Sets {
    let mut list: Vec<Set> = list.iter().filter_map(|(k, _)| Some((*k, cx.get::<ReplicaSet>(*k)?))).collect();
    sort_by_key(&mut list, |(k, s)| (s.meta.created, *k));
    let found = list.iter().position(|(_, s)| equal_ignoring_hash(&s.template, &d.template));
    let new = found.map(|at| list.remove(at));
    let next = list.iter().map(|(_, s)| number(s)).max().unwrap_or_default() + 1;
    let new = match new {
        Some((set, _)) => adopt(cx, key, d, set, next),
        None if create == Create::No => None,
        None => make(cx, key, d, &list, next, create == Create::Yes),
    };
    Sets { new, old: list }
}

/// The new set is there: its annotations are brought up to date.
fn adopt(cx: &mut Context, key: Key, d: &Deployment, set: Key, next: i64) -> Option<Set> {
    cx.update::<ReplicaSet>(set, |s| annotate(&mut s.meta, d, next));
    cx.update_spec::<ReplicaSet>(set, |s| s.min_ready = d.min_ready);
    let set = (set, cx.get::<ReplicaSet>(set)?);
    let message = format!("Found new replica set \"{}\"", set.1.meta.name);
    note(cx, key, &set.1, "FoundNewReplicaSet", message, false);
    Some(set)
}

/// Writes the revision on the Deployment, and how it came to its new set when nothing was said yet (or `anew`).
fn note(cx: &mut Context, key: Key, set: &ReplicaSet, reason: &str, message: String, anew: bool) {
    let now = cx.now();
    let revision = set.meta.annotations.get(REVISION).cloned();
    cx.update::<Deployment>(key, |d| {
        if let Some(revision) = revision {
            d.meta.annotations.set(REVISION, revision);
        }
        let said = d.status.conditions.iter().any(|c| c.kind == "Progressing");
        if d.progress_deadline.is_some() && (anew || !said) {
            super::progress::set_condition(
                &mut d.status.conditions,
                condition("Progressing", Some(true), reason, message, now),
            );
        }
    });
}

/// A condition that begins now.
pub fn condition(
    kind: &'static str,
    status: Option<bool>,
    reason: &str,
    message: String,
    now: crate::time::SimTime,
) -> Condition {
    Condition { kind, status, reason: reason.into(), message: message.into(), since: now, updated: now }
}

// upstream: deployment/util SetNewReplicaSetAnnotations
fn annotate(meta: &mut Meta, d: &Deployment, next: i64) {
    const OWN: [&str; 6] = [
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        HISTORY,
        DESIRED,
        MAX,
        "deprecated.deployment.rollback.to",
    ];
    for (k, v) in d.meta.annotations.iter().filter(|(k, _)| !OWN.contains(&&**k)) {
        meta.annotations.set(Rc::clone(k), Rc::clone(v));
    }
    let was = meta.annotations.get(REVISION).cloned();
    let number = was.as_ref().and_then(|r| r.parse::<i64>().ok()).unwrap_or_default();
    if number >= next {
        return;
    }
    meta.annotations.set(REVISION, next.to_string());
    if let Some(was) = was {
        let history = match meta.annotations.get(HISTORY) {
            Some(list) => format!("{list},{was}"),
            None => was.to_string(),
        };
        meta.annotations.set(HISTORY, history);
    }
}

/// Makes the new set, as large as the surge allows.
// upstream: deployment getNewReplicaSet
fn make(cx: &mut Context, key: Key, d: &Deployment, old: &[Set], next: i64, tell: bool) -> Option<Set> {
    let hash = hash(&d.template, d.status.collisions);
    let mut template = PodTemplate::clone(&d.template);
    template.labels.set(HASH_LABEL, hash.as_str());
    let mut selector = d.selector.clone();
    selector.match_labels.set(HASH_LABEL, hash.as_str());
    let name: Str = format!("{}-{hash}", d.meta.name).into();
    let mut meta = Meta::named(Rc::clone(&d.meta.namespace), Rc::clone(&name));
    meta.labels = template.labels.clone();
    meta.owners.push(owner_ref(d));
    annotate(&mut meta, d, next);
    meta.annotations.set(DESIRED, d.replicas.to_string());
    meta.annotations.set(MAX, (d.replicas + max_surge(d)).to_string());
    let mut raw = Value::default();
    if let Some(value) = d.raw.get("template") {
        raw.set_at(&["template"], value.clone());
    }
    raw.set_at(&["template", "metadata", "labels", HASH_LABEL], hash.as_str());
    raw.set_at(&["selector"], d.raw.get("selector").cloned().unwrap_or_default());
    raw.set_at(&["selector", "matchLabels", HASH_LABEL], hash.as_str());
    let mut set = ReplicaSet {
        meta,
        legacy: false,
        replicas: 0,
        selector,
        template: Rc::new(template),
        min_ready: d.min_ready,
        status: ReplicaSetStatus::default(),
        raw,
    };
    set.replicas = rolling::new_replicas(d, super::replicas(old), 0);
    let replicas = set.replicas;
    let Ok(made) = cx.create(set) else {
        // Another template has the same hash: the next try gets another.
        cx.update::<Deployment>(key, |d| d.status.collisions += 1);
        return None;
    };
    if replicas > 0 {
        scaled_event(cx, key, &name, 0, replicas);
    }
    let set = (made, cx.get::<ReplicaSet>(made)?);
    note(cx, key, &set.1, "NewReplicaSetCreated", format!("Created new replica set \"{name}\""), tell);
    Some(set)
}

/// The hash of a template, in the alphabet and of the length that Kubernetes gives it. Its input is the template's
/// JSON, not Go's print of its structure: the same template always has the same hash, not the one of a real cluster.
// upstream: controller_utils ComputeHash, apimachinery/util/rand SafeEncodeString
pub fn hash(template: &PodTemplate, collisions: i64) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash = 0x811c_9dc5_u32;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    };
    for (k, v) in template.labels.iter().chain(template.annotations.iter()) {
        eat(k.as_bytes());
        eat(v.as_bytes());
    }
    eat(template.spec.raw.to_json().as_bytes());
    if collisions > 0 {
        eat(&collisions.to_le_bytes());
    }
    hash.to_string().bytes().map(|b| ALPHABET[usize::from(b) % 27] as char).collect()
}
