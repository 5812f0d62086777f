//! ControllerRevisions: the templates that a set has had.

use super::{Member, owner_of};
use crate::api::Context;
use crate::object::{ControllerRevision, Key, Kind, Labels, Meta, PodTemplate, StatefulSet};
use podscope_schema::Value;
use podscope_schema::sort::sort_by;
use std::rc::Rc;

/// The label with a revision's hash.
const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The history of a set, and which of it counts.
pub(super) struct Revisions {
    /// What the set had before, oldest first; the update revision is not in it when it was just made.
    pub history: Vec<(Key, Rc<ControllerRevision>)>,
    /// What pods below the partition have.
    pub current: Rc<ControllerRevision>,
    /// What pods shall have.
    pub update: Rc<ControllerRevision>,
    /// `status.collisionCount`
    pub collisions: i64,
}

/// Makes the set the owner of matching revisions that have none.
// upstream: statefulset/stateful_set.go adoptOrphanRevisions
pub(super) fn adopt_orphans(cx: &mut Context, set: &StatefulSet) {
    if set.meta.deleting() {
        return;
    }
    let orphans: Vec<Key> = cx
        .store
        .orphans(Kind::ControllerRevision, &set.meta.namespace)
        .iter()
        .copied()
        .filter(|&k| selected(cx, set, k))
        .collect();
    for key in orphans {
        cx.update::<ControllerRevision>(key, |r| r.meta.owners.push(owner_of(set)));
    }
}

fn selected(cx: &Context, set: &StatefulSet, key: Key) -> bool {
    cx.store.get::<ControllerRevision>(key).is_some_and(|r| set.selector.matches(&r.meta.labels))
}

/// The set's revisions by number, age and name.
// upstream: history ListControllerRevisions, SortControllerRevisions
fn list(cx: &Context, set: &StatefulSet) -> Vec<(Key, Rc<ControllerRevision>)> {
    let mine = |r: &ControllerRevision| {
        r.meta.controller().is_some_and(|o| o.uid == set.meta.uid) && set.selector.matches(&r.meta.labels)
    };
    let mut revisions: Vec<_> = cx
        .store
        .owned_by(set.meta.uid)
        .iter()
        .filter_map(|&key| cx.get::<ControllerRevision>(key).filter(|r| mine(r)).map(|r| (key, r)))
        .collect();
    sort_by(&mut revisions, |(_, a), (_, b)| {
        (a.revision, a.meta.created, &a.meta.name).cmp(&(b.revision, b.meta.created, &b.meta.name))
    });
    revisions
}

fn same(a: &Rc<PodTemplate>, b: &Rc<PodTemplate>) -> bool {
    Rc::ptr_eq(a, b) || a == b
}

/// Finds or makes the revision of the set's present template, and finds the current one.
// upstream: statefulset/stateful_set_control.go getStatefulSetRevisions
pub(super) fn resolve(cx: &mut Context, set: &StatefulSet) -> Option<Revisions> {
    let history = list(cx, set);
    let next = history.last().map_or(1, |(_, r)| r.revision + 1);
    let mut collisions = set.status.collisions;
    let equal = history.iter().rev().find(|(_, r)| same(&r.template, &set.template));
    let newest_equals = history.last().is_some_and(|(_, r)| same(&r.template, &set.template));
    let update = match equal {
        Some((_, revision)) if newest_equals => Rc::clone(revision),
        Some(&(key, _)) => {
            cx.update::<ControllerRevision>(key, |r| r.revision = next);
            cx.get::<ControllerRevision>(key)?
        }
        None => create(cx, set, next, &mut collisions)?,
    };
    let named = |r: &&(Key, Rc<ControllerRevision>)| r.1.meta.name == set.status.current_revision;
    let current = history.iter().find(named).map_or_else(|| Rc::clone(&update), |(_, r)| Rc::clone(r));
    Some(Revisions { history, current, update, collisions })
}

// upstream: history CreateControllerRevision
fn create(cx: &mut Context, set: &StatefulSet, number: i64, collisions: &mut i64) -> Option<Rc<ControllerRevision>> {
    loop {
        let hash = hash(&set.template, *collisions);
        let mut meta = Meta::named(Rc::clone(&set.meta.namespace), format!("{}-{hash}", set.meta.name));
        meta.labels = set.template.labels.clone();
        meta.labels.set(HASH_LABEL, hash);
        meta.annotations = set.meta.annotations.clone();
        meta.owners.push(owner_of(set));
        let name = Rc::clone(&meta.name);
        let revision = ControllerRevision { meta, revision: number, template: Rc::clone(&set.template) };
        if let Ok(key) = cx.create(revision) {
            return cx.get(key);
        }
        let exists =
            cx.store.lookup::<ControllerRevision>(Kind::ControllerRevision, &set.meta.namespace, &name).cloned()?;
        if same(&exists.template, &set.template) {
            return Some(exists);
        }
        *collisions += 1;
    }
}

/// Deletes the oldest revisions that nothing uses, beyond the history limit.
// upstream: statefulset/stateful_set_control.go truncateHistory
pub(super) fn truncate(cx: &mut Context, set: &StatefulSet, members: &[Member], revisions: &Revisions) {
    if set.history_limit < 0 || revisions.history.len() as i64 <= set.history_limit {
        return;
    }
    let live = |r: &ControllerRevision| {
        r.meta.name == revisions.current.meta.name
            || r.meta.name == revisions.update.meta.name
            || members.iter().any(|m| m.pod.meta.labels.get(super::pods::REVISION_LABEL) == Some(&r.meta.name))
    };
    let unused: Vec<Key> = revisions.history.iter().filter(|(_, r)| !live(r)).map(|&(key, _)| key).collect();
    let surplus = unused.len().saturating_sub(set.history_limit as usize);
    for &key in &unused[..surplus] {
        // It may be gone already, which is what was wanted.
        _ = cx.delete(key, crate::api::DeleteOptions::default());
    }
}

/// The hash that names a revision: FNV-1 over the JSON of the patch that restores the template, then the collisions.
// upstream: history HashControllerRevision, statefulset getPatch
fn hash(template: &PodTemplate, collisions: i64) -> String {
    let text = |labels: &Labels| Value::object(labels.iter().map(|(k, v)| (Rc::clone(k), Value::from(Rc::clone(v)))));
    let mut metadata = Vec::new();
    if !template.annotations.is_empty() {
        metadata.push(("annotations", text(&template.annotations)));
    }
    if !template.labels.is_empty() {
        metadata.push(("labels", text(&template.labels)));
    }
    let template = Value::object([
        ("$patch", Value::from("replace")),
        ("metadata", Value::object(metadata)),
        ("spec", sorted(&template.spec.raw)),
    ]);
    let patch = Value::object([("spec", Value::object([("template", template)]))]);
    let mut hash: u32 = 0x811c_9dc5;
    for byte in go_json(&patch).bytes().chain(collisions.to_string().bytes()) {
        hash = hash.wrapping_mul(0x0100_0193) ^ u32::from(byte);
    }
    safe_encode(&hash.to_string())
}

/// Go's encoder escapes what HTML would read as markup.
fn go_json(value: &Value) -> String {
    value.to_json().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().map(|(k, v)| (Rc::clone(k), sorted(v))).collect();
            sort_by(&mut members, |a, b| a.0.cmp(&b.0));
            Value::object(members)
        }
        Value::Array(items) => Value::array(items.iter().map(sorted)),
        other => other.clone(),
    }
}

// upstream: apimachinery/pkg/util/rand SafeEncodeString
fn safe_encode(text: &str) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    text.bytes().map(|b| ALPHABET[usize::from(b) % 27] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::PodSpec;

    /// The name that Kubernetes 1.36.2 gave to the first revision of the recorded set `db`.
    #[test]
    fn hashes_as_kubernetes_does() {
        let spec = r#"{"containers":[{"name":"db","image":"db:v1","imagePullPolicy":"IfNotPresent","resources":{},
            "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",
            "volumeMounts":[{"name":"data","mountPath":"/data"}]}],"restartPolicy":"Always","dnsPolicy":"ClusterFirst",
            "schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}"#;
        let raw = Value::from_json(spec).expect("valid JSON");
        let template = PodTemplate {
            labels: [("app", "db")].into_iter().collect(),
            annotations: Labels::default(),
            spec: Rc::new(PodSpec { raw, ..PodSpec::default() }),
        };
        assert_eq!(hash(&template, 0), "54654db9d4");
    }
}
