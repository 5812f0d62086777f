//! Resource arguments: `deployment/web`, `pods -l app=web`, `sts db`.

use crate::{Args, Failure, Session};
use podscope_engine::object::{Key, Kind, Object, Operator, Requirement, Selector};

/// Singular, short names and plural of the simulated kinds, with what follows the dot.
const NAMES: [(Kind, &str, &[&str], &str); 14] = [
    (Kind::Pod, "pod", &["po"], ""),
    (Kind::ReplicaSet, "replicaset", &["rs"], "apps"),
    (Kind::ReplicationController, "replicationcontroller", &["rc"], ""),
    (Kind::Deployment, "deployment", &["deploy"], "apps"),
    (Kind::StatefulSet, "statefulset", &["sts"], "apps"),
    (Kind::ControllerRevision, "controllerrevision", &[], "apps"),
    (Kind::Service, "service", &["svc"], ""),
    (Kind::EndpointSlice, "endpointslice", &[], "discovery.k8s.io"),
    (Kind::PersistentVolumeClaim, "persistentvolumeclaim", &["pvc"], ""),
    (Kind::PersistentVolume, "persistentvolume", &["pv"], ""),
    (Kind::Node, "node", &["no"], ""),
    (Kind::HorizontalPodAutoscaler, "horizontalpodautoscaler", &["hpa"], "autoscaling"),
    (Kind::PodDisruptionBudget, "poddisruptionbudget", &["pdb"], "policy"),
    (Kind::ResourceQuota, "resourcequota", &["quota"], ""),
];

/// The kind that a resource argument names.
pub fn kind(word: &str) -> Result<Kind, Failure> {
    let lower = word.to_lowercase();
    let bare = lower.split('.').next().unwrap_or_default();
    NAMES
        .iter()
        .find(|(_, singular, short, _)| {
            bare == *singular || short.contains(&bare) || bare.strip_suffix('s') == Some(singular)
        })
        .map(|(kind, ..)| *kind)
        .ok_or_else(|| format!("error: the server doesn't have a resource type \"{word}\""))
}

/// `deployment.apps`, `pod`: how kubectl prefixes names in its answers.
pub fn prefix(kind: Kind) -> String {
    match NAMES.iter().find(|(k, ..)| *k == kind) {
        Some((_, singular, _, "")) => (*singular).to_owned(),
        Some((_, singular, _, group)) => format!("{singular}.{group}"),
        None => kind.name().to_lowercase(),
    }
}

/// `deployments.apps`: how the API server names the resource in errors.
pub fn plural(kind: Kind) -> String {
    match NAMES.iter().find(|(k, ..)| *k == kind) {
        Some((_, singular, _, "")) => format!("{singular}s"),
        Some((_, singular, _, group)) => format!("{singular}s.{group}"),
        None => kind.name().to_lowercase(),
    }
}

/// Whether a selector argument such as `app=web,tier!=front,x in (a,b)` selects these labels.
pub fn selector(text: &str) -> Selector {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    let mut selector = Selector::default();
    for part in parts.into_iter().map(str::trim).filter(|p| !p.is_empty()) {
        let set = |at: &str, operator| {
            part.split_once(at).map(|(key, values)| Requirement {
                key: key.trim().into(),
                operator,
                values: values.trim().trim_matches(['(', ')']).split(',').map(|v| v.trim().into()).collect(),
            })
        };
        let requirement = set(" notin ", Operator::NotIn)
            .or_else(|| set(" in ", Operator::In))
            .or_else(|| set("!=", Operator::NotIn))
            .or_else(|| set("==", Operator::In))
            .or_else(|| set("=", Operator::In))
            .unwrap_or_else(|| match part.strip_prefix('!') {
                Some(key) => {
                    Requirement { key: key.trim().into(), operator: Operator::DoesNotExist, values: Vec::new() }
                }
                None => Requirement { key: part.into(), operator: Operator::Exists, values: Vec::new() },
            });
        selector.match_expressions.push(requirement);
    }
    selector
}

impl Session<'_> {
    /// The object at `key`.
    pub fn object(&self, key: Key) -> Option<&Object> {
        self.cluster.cx.store.object(key)
    }

    /// `kind/name` of the object at `key`, as kubectl prints it.
    pub fn shown(&self, key: Key) -> String {
        let name = self.cluster.cx.store.name(key);
        format!("{}/{}", prefix(name.kind), name.name)
    }

    /// The key of one object.
    pub fn find(&self, kind: Kind, name: &str) -> Result<Key, Failure> {
        let namespace = if kind.namespaced() { &*self.namespace } else { "" };
        let store = &self.cluster.cx.store;
        store
            .find(kind, namespace, name)
            .filter(|k| store.object(*k).is_some())
            .ok_or_else(|| format!("Error from server (NotFound): {} \"{name}\" not found", plural(kind)))
    }

    /// All objects that the words name: `kind/name…`, `kind name…`, or `kind` with a selector or `--all`.
    /// Words with `=` or a trailing `-` after the first are left to the verb.
    pub fn targets(&self, words: &[String], args: &Args) -> Result<(Kind, Vec<Key>), Failure> {
        let first = words.first().ok_or("error: You must provide one or more resources by argument or filename.")?;
        if first.contains('/') {
            let mut keys = Vec::new();
            let mut last = Kind::Pod;
            for word in words {
                let (k, name) = word.split_once('/').ok_or("error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form")?;
                last = kind(k)?;
                keys.push(self.find(last, name)?);
            }
            return Ok((last, keys));
        }
        let kind = kind(first)?;
        if words.len() > 1 {
            let keys = words[1..].iter().map(|name| self.find(kind, name)).collect::<Result<_, _>>()?;
            return Ok((kind, keys));
        }
        let chosen = args.value("selector").map(selector);
        let everywhere = args.on("all-namespaces") || !kind.namespaced();
        let store = &self.cluster.cx.store;
        let mut keys: Vec<Key> = store
            .of_kind(kind)
            .iter()
            .copied()
            .filter(|&k| everywhere || *store.name(k).namespace == *self.namespace)
            .filter(|&k| store.object(k).is_some_and(|o| chosen.as_ref().is_none_or(|s| s.matches(&o.meta().labels))))
            .collect();
        keys.sort_by(|a, b| store.name(*a).cmp(store.name(*b)));
        Ok((kind, keys))
    }
}
