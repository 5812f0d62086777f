//! The manifest's text and what runs, brought together: what was done to an object is written into its document.

use crate::patch::{put, without};
use podscope_engine::convert::{to_manifest, to_value};
use podscope_engine::object::{Key, Kind};
use podscope_engine::{Cluster, Config};
use podscope_schema::yaml::PathSeg;
use podscope_schema::{Value, parse, to_yaml};
use std::rc::Rc;

/// Which object a manifest is of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Id {
    kind: Rc<str>,
    namespace: Rc<str>,
    name: Rc<str>,
}

/// What was so when text and cluster were last brought together.
#[derive(Default)]
pub struct Memory {
    seen: Vec<(Id, Value)>,
    /// What was written into the text because somebody added it otherwise.
    added: Vec<Id>,
    /// What was taken out of the text: the text before, and after. It is put back as it was when the deletion is undone.
    taken: Vec<(Id, String, String)>,
}

fn id_of(value: &Value) -> Option<Id> {
    let text = |path: &[&str]| value.str_at(path).map(Rc::from);
    Some(Id {
        kind: text(&["kind"])?,
        namespace: text(&["metadata", "namespace"]).unwrap_or_else(|| "default".into()),
        name: text(&["metadata", "name"])?,
    })
}

fn find(cluster: &Cluster, of: &Id) -> Option<Key> {
    let kind = Kind::from_name(&of.kind)?;
    let found = |namespace: &str| cluster.cx.store.find(kind, namespace, &of.name);
    found(&of.namespace)
        .or_else(|| found(""))
        .filter(|key| cluster.cx.store.object(*key).is_some_and(|o| o.meta().deletion.is_none()))
}

/// What of a live object somebody may have written: its spec, its labels, and our annotations.
fn written(cluster: &Cluster, of: &Id) -> Option<Value> {
    let live = to_value(&cluster.cx, find(cluster, of)?)?;
    let mut kept = Value::default();
    for part in ["spec", "data"] {
        if let Some(value) = live.get(part) {
            kept.set_at(&[part], value.clone());
        }
    }
    if let Some(labels) = live.at(&["metadata", "labels"]) {
        kept.set_at(&["metadata", "labels"], labels.clone());
    }
    for (key, value) in live.at(&["metadata", "annotations"]).and_then(Value::as_map).iter().flat_map(|m| m.iter()) {
        if key.starts_with("podscope.dev/") {
            kept.set_at(&["metadata", "annotations", key], value.clone());
        }
    }
    Some(kept)
}

/// Whether an autoscaler sets its replicas.
fn scaled(cluster: &Cluster, of: &Id) -> bool {
    let cx = &cluster.cx;
    cx.store.of_kind(Kind::HorizontalPodAutoscaler).iter().any(|key| {
        *cx.store.name(*key).namespace == *of.namespace
            && to_value(cx, *key).is_some_and(|v| {
                let target = |name| v.str_at(&["spec", "scaleTargetRef", name]);
                target("kind") == Some(&of.kind) && target("name") == Some(&of.name)
            })
    })
}

/// What a manifest would be if it were applied to nothing.
fn fresh(manifest: &Value, of: &Id) -> Option<Value> {
    let mut cluster = Cluster::new(Config::default());
    let namespace = ["apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ", &of.namespace, "\n---\n"].concat();
    let before = if &*of.namespace == "default" { "" } else { &namespace };
    cluster.apply(&[before, &to_yaml(manifest)].concat()).ok()?;
    written(&cluster, of)
}

/// The kinds whose specs are people's alone.
fn followed(of: &Id) -> bool {
    const KINDS: [&str; 8] = [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "CronJob",
        "ConfigMap",
    ];
    KINDS.contains(&&*of.kind)
}

/// What tells an element of a list from the others.
fn key_of(element: &Value) -> Option<&Value> {
    ["name", "port", "containerPort"].into_iter().find_map(|key| element.get(key))
}

fn told_apart(list: &[Value]) -> bool {
    list.iter()
        .enumerate()
        .all(|(i, one)| key_of(one).is_some_and(|key| list.iter().take(i).all(|other| key_of(other) != Some(key))))
}

/// By what two values differ: what is to be set or taken away, and where.
fn differences(from: &Value, to: &Value, path: &mut Vec<PathSeg>, found: &mut Vec<(Vec<PathSeg>, Option<Value>)>) {
    match (from, to) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, old) in a.iter() {
                path.push(PathSeg::Key(key.to_string()));
                match b.get(key) {
                    Some(new) => differences(old, new, path, found),
                    None => found.push((path.clone(), None)),
                }
                path.pop();
            }
            for (key, new) in b.iter().filter(|(key, _)| a.get(key).is_none()) {
                path.push(PathSeg::Key(key.to_string()));
                found.push((path.clone(), Some(new.clone())));
                path.pop();
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (old, new)) in a.iter().zip(b.iter()).enumerate() {
                path.push(PathSeg::Index(i));
                differences(old, new, path, found);
                path.pop();
            }
        }
        (Value::Array(a), Value::Array(b)) if told_apart(a) && told_apart(b) => {
            let stays = |old: &Value| b.iter().position(|new| key_of(new) == key_of(old));
            let left: Vec<&Value> = a.iter().filter(|old| stays(old).is_some()).collect();
            if left.iter().enumerate().any(|(i, old)| stays(old) != Some(i)) {
                found.push((path.clone(), Some(to.clone())));
                return;
            }
            let mut at = |i: usize, value: Option<&Value>, found: &mut Vec<_>| {
                path.push(PathSeg::Index(i));
                match (left.get(i), value) {
                    (Some(old), Some(new)) => differences(old, new, path, found),
                    _ => found.push((path.clone(), value.cloned())),
                }
                path.pop();
            };
            for (i, _) in a.iter().enumerate().rev().filter(|(_, old)| stays(old).is_none()) {
                at(i, None, found);
            }
            for (i, new) in b.iter().enumerate() {
                at(i, Some(new), found);
            }
        }
        (a, b) if a == b => {}
        _ => found.push((path.clone(), Some(to.clone()))),
    }
}

/// The text with the differences between two states of an object written into its document, as far as it does not say them
/// already. The number of its replicas stays where that is an autoscaler's.
fn carry(
    cluster: &Cluster,
    text: String,
    (number, of, manifest): &(usize, Id, Value),
    from: &Value,
    to: &Value,
) -> String {
    let mut found = Vec::new();
    differences(from, to, &mut Vec::new(), &mut found);
    if found.is_empty() {
        return text;
    }
    if let Some(says) = fresh(manifest, of) {
        let mut unsaid = Vec::new();
        differences(&says, to, &mut Vec::new(), &mut unsaid);
        found.retain(|one| unsaid.contains(one));
    }
    if scaled(cluster, of) {
        let replicas = [PathSeg::Key("spec".into()), PathSeg::Key("replicas".into())];
        found.retain(|(path, _)| *path != replicas);
    }
    found.into_iter().fold(text, |text, (path, value)| put(&text, *number, &path, value.as_ref()))
}

/// The objects of a text, by the number of their documents.
fn objects(text: &str) -> Vec<(usize, Id, Value)> {
    let documents = parse(text).unwrap_or_default();
    let named = documents.iter().map(|d| d.root.to_value()).enumerate();
    named.filter_map(|(i, value)| Some((i, id_of(&value)?, value))).collect()
}

/// The text as it would be if it said what runs: what `kubectl diff` compares with.
pub fn running(cluster: &Cluster, text: &str) -> String {
    let mut text = text.to_owned();
    for one in objects(&text).into_iter().rev() {
        let (number, of, manifest) = &one;
        if find(cluster, of).is_none() {
            if Kind::from_name(&of.kind).is_some() {
                text = without(&text, *number);
            }
        } else if let (true, Some(from), Some(to)) = (followed(of), fresh(manifest, of), written(cluster, of)) {
            text = carry(cluster, text, &one, &from, &to);
        }
    }
    text
}

impl Memory {
    /// The text with what was done to its objects since the last time, with what was added, and without what was deleted.
    pub fn sync(&mut self, cluster: &Cluster, text: &str) -> String {
        if parse(text).is_err() {
            // Half written: it is for whoever writes.
            return text.to_owned();
        }
        let first = self.seen.is_empty();
        let mut text = text.to_owned();
        let there = objects(&text);
        for one in there.iter().rev().filter(|(_, of, _)| followed(of)) {
            let (number, of, _) = one;
            let seen = self.seen.iter().find(|(name, _)| name == of).map(|(_, value)| value.clone());
            let before = seen.or_else(|| begun(cluster, of).filter(|_| first));
            match (before, written(cluster, of)) {
                (Some(before), Some(now)) => text = carry(cluster, text, one, &before, &now),
                (Some(_), None) if self.gone(cluster, of) => {
                    let less = without(&text, *number);
                    self.taken.retain(|(name, ..)| name != of);
                    self.taken.push((of.clone(), text, less.clone()));
                    text = less;
                }
                _ => {}
            }
        }
        let mut seen = Vec::new();
        for kind in Kind::ALL.iter().copied() {
            for &key in cluster.cx.store.of_kind(kind) {
                let name = cluster.cx.store.name(key);
                let of =
                    Id { kind: kind.name().into(), namespace: Rc::clone(&name.namespace), name: Rc::clone(&name.name) };
                let Some(value) = Some(&of).filter(|of| followed(of)).and_then(|of| written(cluster, of)) else {
                    continue;
                };
                let known =
                    there.iter().any(|(_, name, _)| *name == of) || self.seen.iter().any(|(name, _)| *name == of);
                if !known {
                    text = self.added(cluster, text, &of, first);
                }
                seen.push((of, value));
            }
        }
        self.seen = seen;
        text
    }

    /// The text with an object that it does not have, if somebody added that.
    fn added(&mut self, cluster: &Cluster, text: String, of: &Id, first: bool) -> String {
        if let Some(at) = self.taken.iter().position(|(name, _, after)| name == of && *after == text) {
            return self.taken.remove(at).1;
        }
        let inputs = &cluster.cx.inputs;
        let Some((input, manifest)) = inputs.iter().rev().find_map(|i| Some((i, by_hand(&i.what, of)?))) else {
            return text;
        };
        // Before the first time nothing is known of what was added earlier, and taken out of the text since.
        if first && inputs.last().is_some_and(|last| last.at > input.at) {
            return text;
        }
        self.added.push(of.clone());
        let gap = match text.trim() {
            "" => "",
            _ if text.ends_with('\n') => "---\n",
            _ => "\n---\n",
        };
        [&text, gap, &to_yaml(&manifest)].concat()
    }

    /// Whether somebody deleted what is not there any more, or what added it was undone.
    fn gone(&self, cluster: &Cluster, of: &Id) -> bool {
        let named = |what: &Value| {
            let [kind, namespace, name] = what.get("of")?.items() else { return None };
            Some(kind.as_str()? == &*of.kind && namespace.as_str()? == &*of.namespace && name.as_str()? == &*of.name)
        };
        let deleted = |what: &Value| what.str_at(&["do"]) == Some("delete") && named(what) == Some(true);
        self.added.contains(of) || cluster.cx.inputs.iter().any(|input| deleted(&input.what))
    }
}

/// What a request created or applied, if it is this object.
fn by_hand(what: &Value, of: &Id) -> Option<Value> {
    let mut object = what.get("object").filter(|_| matches!(what.str_at(&["do"]), Some("apply" | "create")))?.clone();
    if object.str_at(&["metadata", "namespace"]).is_none()
        && let Some(namespace) = what.str_at(&["namespace"]).filter(|n| !matches!(*n, "" | "default"))
    {
        object.set_at(&["metadata", "namespace"], namespace);
    }
    Some(object).filter(|object| id_of(object).as_ref() == Some(of))
}

/// What an object was when it was first created or applied.
fn begun(cluster: &Cluster, of: &Id) -> Option<Value> {
    let first = cluster.cx.inputs.iter().find_map(|input| by_hand(&input.what, of))?;
    fresh(&first, of)
}

/// The autoscalers and the budgets, which no view draws: each object, why it is as it is, and whether that is well.
pub fn rules(cluster: &Cluster) -> Value {
    let kinds = [Kind::HorizontalPodAutoscaler, Kind::PodDisruptionBudget];
    let keys = kinds.iter().flat_map(|kind| cluster.cx.store.of_kind(*kind));
    Value::array(keys.filter_map(|key| {
        let (value, name) = (to_value(&cluster.cx, *key)?, cluster.cx.store.name(*key));
        let kind = value.str_at(&["kind"])?.to_owned();
        let said = cluster.explain(&kind, &name.namespace, &name.name).sentence;
        Some(Value::object([("value", value), ("said", said.as_str().into())]))
    }))
}

/// A manifest like that of an object under another name, with labels of its own and, where it has one, its own Service.
pub fn copy(cluster: &Cluster, kind: &str, namespace: &str, name: &str, new: &str) -> Option<String> {
    let of = |kind: &str, name: &str| Id { kind: kind.into(), namespace: namespace.into(), name: name.into() };
    let mut manifest = to_manifest(&cluster.cx, find(cluster, &of(kind, name))?)?;
    if let (Some(now), Some(_)) = (
        written(cluster, &of(kind, name)).and_then(|w| w.at(&["spec", "replicas"]).cloned()),
        manifest.at(&["spec", "replicas"]),
    ) {
        manifest.set_at(&["spec", "replicas"], now);
    }
    let governing = manifest.str_at(&["spec", "serviceName"]).map(str::to_owned);
    let mut texts = Vec::new();
    if kind == "StatefulSet"
        && let Some(mut service) = governing.and_then(|g| to_manifest(&cluster.cx, find(cluster, &of("Service", &g))?))
    {
        service.set_at(&["metadata", "name"], new);
        rename(&mut service, &["spec", "selector"], name, new);
        strip(&mut service);
        texts.push(to_yaml(&service));
        manifest.set_at(&["spec", "serviceName"], new);
    }
    manifest.set_at(&["metadata", "name"], new);
    for path in
        [&["metadata", "labels"][..], &["spec", "selector", "matchLabels"], &["spec", "template", "metadata", "labels"]]
    {
        rename(&mut manifest, path, name, new);
    }
    strip(&mut manifest);
    texts.push(to_yaml(&manifest));
    Some(texts.join("---\n"))
}

/// Labels that are named after the object are named after the new one.
fn rename(manifest: &mut Value, path: &[&str], old: &str, new: &str) {
    let Some(mut labels) = manifest.at(path).cloned() else { return };
    for (_, value) in labels.make_map().iter_mut() {
        if value.as_str() == Some(old) {
            *value = new.into();
        }
    }
    manifest.set_at(path, labels);
}

/// Without what only one object can have.
fn strip(manifest: &mut Value) {
    let headless = manifest.str_at(&["spec", "clusterIP"]) == Some("None");
    if let Some(spec) = manifest.make_map().get_mut("spec").map(Value::make_map).filter(|_| !headless) {
        spec.remove("clusterIP");
        spec.remove("clusterIPs");
    }
}

/// An object as it is, without its status.
pub fn value(cluster: &Cluster, kind: &str, namespace: &str, name: &str) -> Value {
    let of = Id { kind: kind.into(), namespace: namespace.into(), name: name.into() };
    let mut value = find(cluster, &of).and_then(|key| to_value(&cluster.cx, key)).unwrap_or_default();
    if value.as_map().is_some() {
        value.make_map().remove("status");
    }
    value
}
