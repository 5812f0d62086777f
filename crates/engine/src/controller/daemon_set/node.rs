//! Which nodes a set runs on, and the pods that it makes for them.

use super::super::owned;
use super::HASH_LABEL;
use crate::convert::pod;
use crate::object::{DaemonSet, Kind, Meta, Node, OwnerRef, Pod, Str, Taint, TaintEffect};
use crate::scheduler::{node_matches, tolerates};
use podscope_schema::{Map, Value};
use std::rc::Rc;

/// Taints that every daemon pod tolerates; the last one when it uses the node's network.
// upstream: daemon/util AddOrUpdateDaemonPodTolerations
const TOLERATED: [(&str, TaintEffect); 7] = [
    ("not-ready", TaintEffect::NoExecute),
    ("unreachable", TaintEffect::NoExecute),
    ("disk-pressure", TaintEffect::NoSchedule),
    ("memory-pressure", TaintEffect::NoSchedule),
    ("pid-pressure", TaintEffect::NoSchedule),
    ("unschedulable", TaintEffect::NoSchedule),
    ("network-unavailable", TaintEffect::NoSchedule),
];

/// What a set's pods are made from.
pub(super) struct Mold {
    /// A pod that is meant for no node yet.
    pod: Pod,
    /// Its spec as YAML would have it.
    raw: Value,
    hash: Str,
    generate_name: Str,
    owner: OwnerRef,
    /// Whether more than one pod may be on a node during an update.
    // upstream: daemon/util AllowsSurge
    pub surges: bool,
}

impl Mold {
    /// From a set's template, and the hash of its present revision.
    // upstream: daemon/util CreatePodTemplate
    pub fn new(set: &DaemonSet, hash: &Str) -> Self {
        let mut raw = set.template.spec.raw.clone();
        tolerate(raw.make_map());
        let mut meta = Meta::named(Rc::clone(&set.meta.namespace), "");
        meta.labels = set.template.labels.clone();
        meta.labels.set(HASH_LABEL, Rc::clone(hash));
        meta.annotations = set.template.annotations.clone();
        let spec = Rc::new(pod::spec(&raw, &meta.annotations));
        Self {
            pod: Pod::new(meta, spec),
            raw,
            hash: Rc::clone(hash),
            generate_name: format!("{}-", set.meta.name).into(),
            owner: owned::owner_ref(Kind::DaemonSet, &set.meta),
            surges: set.rolling.as_ref().is_some_and(|(surge, _)| surge.of(1, true) > 0),
        }
    }

    /// Whether a pod should come to be on this node, and whether one that is there may stay.
    // upstream: daemon_controller NodeShouldRunDaemonPod
    pub fn fits(&self, node: &Node) -> (bool, bool) {
        let pod = &self.pod;
        let named = pod.spec.node_name.as_ref().is_none_or(|name| *name == node.meta.name);
        if !named || !node_matches(pod, node) {
            return (false, false);
        }
        let tolerated = |effect: TaintEffect| {
            let kept_out = |t: &&Taint| t.effect == effect && !tolerates(pod, t);
            !node.taints.iter().any(|t| kept_out(&t))
        };
        let may_stay = tolerated(TaintEffect::NoExecute);
        (may_stay && tolerated(TaintEffect::NoSchedule), may_stay)
    }

    /// Whether a pod was made from this very mold.
    // upstream: daemon/util IsPodUpdated
    pub fn made(&self, pod: &Pod) -> bool {
        pod.meta.labels.get(HASH_LABEL) == Some(&self.hash)
    }

    /// A pod that only this node can take.
    // upstream: daemon/util ReplaceDaemonSetPodNodeNameNodeAffinity
    pub fn cast(&self, node: &Str) -> Pod {
        let field = Value::object([
            ("key", Value::from("metadata.name")),
            ("operator", "In".into()),
            ("values", Value::array([Value::from(node)])),
        ]);
        let term = Value::object([("matchFields", Value::array([field]))]);
        let mut raw = self.raw.clone();
        let path = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
        raw.set_at(&path, Value::array([term]));
        let mut pod = self.pod.clone();
        pod.spec = Rc::new(pod::spec(&raw, &pod.meta.annotations));
        pod.meta.generate_name = Some(Rc::clone(&self.generate_name));
        pod.meta.owners.push(self.owner.clone());
        pod
    }
}

/// Adds what daemon pods tolerate, in place of what is there for the same taints.
fn tolerate(spec: &mut Map) {
    let all = if spec.get("hostNetwork").and_then(Value::as_bool) == Some(true) { 7 } else { 6 };
    let mut list = spec.get("tolerations").map(|t| t.items().to_vec()).unwrap_or_default();
    for (key, effect) in &TOLERATED[..all] {
        let key = format!("node.kubernetes.io/{key}");
        let same = |t: &Value| {
            t.str_at(&["key"]) == Some(&key)
                && t.str_at(&["effect"]) == Some(effect.name())
                && t.str_at(&["operator"]) == Some("Exists")
                && t.str_at(&["value"]).unwrap_or_default().is_empty()
        };
        let new = Value::object([
            ("effect", Value::from(effect.name())),
            ("key", Value::from(key.as_str())),
            ("operator", "Exists".into()),
        ]);
        match list.iter().position(same) {
            Some(at) => list[at] = new,
            None => list.push(new),
        }
    }
    spec.insert("tolerations", list);
}

/// The node that a daemon pod is on or meant for.
// upstream: daemon/util GetTargetNodeName
pub(super) fn target(pod: &Pod) -> Option<Str> {
    let meant = || {
        let fields = pod.spec.affinity.node_required.iter().flat_map(|t| &t.fields);
        fields.filter(|f| &*f.key == "metadata.name").find_map(|f| f.values.first().cloned())
    };
    pod.node.clone().or_else(meant)
}
