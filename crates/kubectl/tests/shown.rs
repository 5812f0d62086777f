//! Objects of a cluster that ran here have the fields that Kubernetes was recorded to give them, with the same values
//! where these do not depend on chance or time.

use podscope_engine::convert::epoch_micros;
use podscope_engine::{Cluster, Config};
use podscope_schema::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Fields whose values are made of chance, time or addresses.
const CHANCE: [&str; 27] = [
    "clusterIP",
    "clusterIPs",
    "addresses",
    "containerID",
    "controller-revision-hash",
    "controller.kubernetes.io/hash",
    "creationTimestamp",
    "currentRevision",
    "endpoints.kubernetes.io/last-change-trigger-time",
    "hostIP",
    "imageID",
    "ip",
    "kubectl.kubernetes.io/last-applied-configuration",
    "lastTransitionTime",
    "lastUpdateTime",
    "nodeName",
    "pod-template-hash",
    "podIP",
    "resourceVersion",
    "startTime",
    "startedAt",
    "topology.kubernetes.io/zone",
    "uid",
    "updateRevision",
    "volumeName",
    "volume.kubernetes.io/selected-node",
    "zone",
];

/// What the recorded cluster had beyond Kubernetes: a second certificate in the token's volume, and a provisioner of
/// its own.
const BEYOND: [&str; 2] = ["sources.3", "storage-provisioner"];

fn flatten(value: &Value, path: &str, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(k, v)| flatten(v, &format!("{path}.{k}"), out));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(i, v)| flatten(v, &format!("{path}.{i}"), out));
        }
        other => _ = out.insert(path.to_owned(), other.to_json()),
    }
}

fn by_chance(path: &str) -> bool {
    CHANCE.iter().any(|c| path.ends_with(&format!(".{c}")) || path.contains(&format!(".{c}.")))
}

/// The words of a text, but those that are drawn or hashes: of five letters or more, all of the alphabet of names.
fn without_suffixes(text: &str) -> Vec<&str> {
    let drawn = |w: &&str| w.len() >= 5 && w.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c));
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !drawn(w)).collect()
}

/// How `have` differs from `want`.
fn differences(kind: &str, want: &Value, have: &Value) -> Vec<String> {
    let (mut a, mut b) = (BTreeMap::new(), BTreeMap::new());
    flatten(want, "", &mut a);
    flatten(have, "", &mut b);
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let mut out = Vec::new();
    for path in paths {
        if BEYOND.iter().any(|b| path.contains(b)) {
            continue;
        }
        match (a.get(path), b.get(path)) {
            (Some(_), Some(_)) if by_chance(path) => {}
            (Some(a), Some(b)) if a == b || without_suffixes(a) == without_suffixes(b) => {}
            (a, b) => out.push(format!("{kind}{path}: want {a:?}, have {b:?}")),
        }
    }
    out
}

fn recorded() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/kubectl/healthy.json");
    let file = Value::from_json(&std::fs::read_to_string(path).expect("recorded commands")).expect("JSON");
    let first = file.get("commands").map_or(&[][..], Value::items)[0].clone();
    first.at(&["stateDelta", "set"]).map_or(&[][..], Value::items).to_vec()
}

/// The recorded manifests, applied here; then the same new image.
fn cluster(state: &[Value]) -> Cluster {
    let stamp = "2026-11-22T23:18:37Z";
    let config = Config { epoch: epoch_micros(stamp).expect("an instant") / 1_000_000, ..Config::default() };
    let mut cluster = Cluster::with_nodes(config, podscope_engine::topology::lab_nodes());
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: g-healthy}}").expect("a namespace");
    let mut seen = BTreeSet::new();
    for object in state.iter().filter(|o| o.str_at(&["kind"]) != Some("ControllerRevision")) {
        let applied =
            object.at(&["metadata", "annotations"]).and_then(|a| a.str_at(&[podscope_engine::convert::LAST_APPLIED]));
        if let Some(text) = applied.filter(|t| seen.insert((*t).to_owned())) {
            cluster.apply(text).expect("recorded manifests apply");
        }
    }
    let until = cluster.now() + Duration::from_secs(30);
    while !cluster.advance_to(until, 10_000) {}
    let out = podscope_kubectl::run(&mut cluster, "g-healthy", "set image deployment/web app=app:v2", "");
    assert!(out.ok(), "{out:?}");
    let until = cluster.now() + Duration::from_mins(2);
    while !cluster.advance_to(until, 10_000) {}
    cluster
}

fn get(cluster: &mut Cluster, what: &str) -> Value {
    let out = podscope_kubectl::run(cluster, "g-healthy", &format!("get {what} -o json"), "");
    assert!(out.ok(), "{what}: {out:?}");
    let value = Value::from_json(&out.stdout).expect("JSON");
    value.get("items").map_or_else(|| value.clone(), |items| items.items()[0].clone())
}

#[test]
fn objects_have_the_fields_that_were_recorded() {
    let state = recorded();
    let mut cluster = cluster(&state);
    let mut all = Vec::new();
    for (kind, want, have) in [
        ("Deployment", "web", "deployment/web"),
        ("ReplicaSet", "web-5f676d8954", "rs -l app=web --field-selector=status.replicas=3"),
        ("Pod", "web-5f676d8954-96jsb", "pods -l app=web"),
        ("StatefulSet", "db", "sts/db"),
        ("Pod", "db-0", "pod/db-0"),
        ("ControllerRevision", "db-54654db9d4", "controllerrevisions"),
        ("Service", "web", "svc/web"),
        ("Service", "db", "svc/db"),
        ("EndpointSlice", "db-ns4xg", "endpointslices -l kubernetes.io/service-name=db"),
        ("PersistentVolumeClaim", "data-db-0", "pvc/data-db-0"),
        ("PodDisruptionBudget", "web", "pdb/web"),
    ] {
        let is = |o: &&Value| o.str_at(&["kind"]) == Some(kind) && o.str_at(&["metadata", "name"]) == Some(want);
        let want = state.iter().find(is).expect("recorded");
        all.extend(differences(&format!("{kind} {have}: "), want, &get(&mut cluster, have)));
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}
