//! Files as charts, tutorials and editors leave them: applied, run, applied again, exported with nothing lost.

use podscope_engine::api::apply::Change;
use podscope_engine::object::{DaemonSet, Deployment, Job, Kind, ReplicaSet, StatefulSet};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_schema::Value;
use std::fs;
use std::path::Path;

/// Each file of `tests/manifests`, by name.
fn files() -> Vec<(String, String)> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/manifests");
    let entries = fs::read_dir(&place).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
    let mut files: Vec<(String, String)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.to_owned(), fs::read_to_string(&path).ok()?))
        })
        .collect();
    files.sort();
    assert!(files.len() >= 7, "the files are gone: {files:?}");
    files
}

/// The objects of a file, those of Lists one by one, in an order of their own.
fn objects(text: &str) -> Vec<String> {
    let all = podscope_engine::api::apply::objects(text).unwrap_or_else(|e| panic!("{e:?}"));
    let mut all: Vec<String> = all.iter().map(Value::to_json).collect();
    all.sort();
    all
}

fn run(name: &str, text: &str) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    let applied = cluster.apply(text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    assert_eq!(applied.len(), objects(text).len(), "{name}");
    while !cluster.advance_to(SimTime::from_millis(180_000), 10_000) {}
    cluster
}

#[test]
fn they_run() {
    for (name, text) in files() {
        let cluster = run(&name, &text);
        let store = &cluster.cx.store;
        for (_, d) in store.list::<Deployment>(Kind::Deployment) {
            assert_eq!(d.status.available, d.replicas, "{name}: Deployment {}", d.meta.name);
        }
        for (_, s) in store.list::<StatefulSet>(Kind::StatefulSet) {
            assert_eq!(s.status.available, s.replicas, "{name}: StatefulSet {}", s.meta.name);
        }
        for (_, r) in store.list::<ReplicaSet>(Kind::ReplicationController) {
            assert_eq!(r.status.available, r.replicas, "{name}: ReplicationController {}", r.meta.name);
        }
        for (_, d) in store.list::<DaemonSet>(Kind::DaemonSet) {
            assert_eq!(d.status.available, d.status.desired, "{name}: DaemonSet {}", d.meta.name);
        }
        let ended = store.list::<Job>(Kind::Job).filter(|(_, j)| j.meta.owners.is_empty() && &*j.meta.name != "flaky");
        for (_, job) in ended {
            assert!(job.finished().is_some_and(|c| c.kind == "Complete"), "{name}: {:?}", job.status);
        }
    }
}

#[test]
fn nothing_is_lost() {
    for (name, text) in files() {
        let cluster = run(&name, &text);
        let export = cluster.export();
        assert_eq!(objects(&export), objects(&text), "{name}");
        // What was exported is a file like any other.
        let again = run(&name, &export);
        assert_eq!(objects(&again.export()), objects(&text), "{name}, exported");
    }
}

#[test]
fn applied_again_nothing_changes() {
    for (name, text) in files() {
        let mut cluster = run(&name, &text);
        let again = cluster.apply(&text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        // What has no name of its own is made anew each time.
        let changed = again.iter().filter(|a| a.what != Change::Unchanged && !a.name.is_empty());
        let changed: Vec<String> = changed.map(|a| format!("{} {}: {:?}", a.kind, a.name, a.what)).collect();
        assert!(changed.is_empty(), "{name}: {changed:?}");
    }
}
