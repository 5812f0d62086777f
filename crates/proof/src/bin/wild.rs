//! Manifests that nobody here wrote: `wild LIST FOLDER`. The list names a repository, a commit and files in it; the
//! folder holds each repository under its name, with `+` for the slash. Each file is applied, run, and exported, and the
//! export applied and run in its turn.

use podscope_engine::api::apply::Change;
use podscope_engine::object::{DaemonSet, Deployment, Kind, ReplicaSet, StatefulSet};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_proof::Judge;
use podscope_schema::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// So much simulated time is enough for what these files start.
const MINUTES: u64 = 15;

/// Files that are applied together, and what they are known to wait for: nothing, as a rule.
struct Entry {
    paths: Vec<PathBuf>,
    name: String,
    waits: Option<String>,
}

fn entries(list: &str, folder: &Path) -> Vec<Entry> {
    let (mut all, mut repository) = (Vec::new(), String::new());
    for line in list.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split('@').next()) {
            repository = name.replace('/', "+");
            continue;
        }
        let (name, waits) = line.split_once(" waits: ").map_or((line, None), |(n, w)| (n, Some(w.to_owned())));
        let paths = name.split(" + ").map(|n| folder.join(&repository).join(n)).collect();
        all.push(Entry { paths, name: name.to_owned(), waits });
    }
    all
}

/// The objects of a file, those of Lists one by one, in an order of their own.
fn objects(text: &str) -> Result<Vec<Value>, String> {
    let mut all = podscope_engine::api::apply::objects(text).map_err(|e| e.message)?;
    all.sort_by_key(Value::to_json);
    Ok(all)
}

/// A cluster that has the namespaces which the objects name, as they would be there where these are applied.
fn cluster(objects: &[Value]) -> Cluster {
    let mut cluster = Cluster::new(Config { record: true, ..Config::default() });
    let mut names: Vec<&str> = objects.iter().filter_map(|o| o.str_at(&["metadata", "namespace"])).collect();
    names.sort_unstable();
    names.dedup();
    let own = |n: &&str| {
        !objects.iter().any(|o| o.str_at(&["kind"]) == Some("Namespace") && o.str_at(&["metadata", "name"]) == Some(n))
    };
    for name in names.into_iter().filter(own) {
        podscope_kubectl::run(&mut cluster, "default", &format!("kubectl create namespace {name}"), "");
    }
    cluster
}

/// Applies and runs a text; gives its export and what was wrong with the run.
fn run(text: &str) -> Result<(String, Vec<String>), String> {
    let objects = objects(text)?;
    let mut cluster = cluster(&objects);
    let mut judge = Judge::default();
    let applied = cluster.apply(text).map_err(|e| format!("refused: {}", e.first().map_or("", |e| &*e.message)))?;
    let mut wrong = Vec::new();
    if applied.len() != objects.len() {
        wrong.push(format!("{} of {} objects applied", applied.len(), objects.len()));
    }
    judge.drain(&mut cluster.cx);
    while !cluster.advance_to(SimTime::from_millis(MINUTES * 60_000), 1) {
        judge.drain(&mut cluster.cx);
    }
    wrong.extend(judge.broken.iter().map(ToString::to_string));
    let again = cluster.apply(text).map_err(|e| format!("refused when applied again: {:?}", e.first()))?;
    // What was gone by then, as a Job with a time to live, is made anew.
    for a in again.iter().filter(|a| a.what == Change::Configured && !a.name.is_empty()) {
        wrong.push(format!("applied again, {} {} changed", a.kind, a.name));
    }
    wrong.extend(waiting(&cluster));
    Ok((cluster.export(), wrong))
}

/// Workloads that lack pods, each with why.
fn waiting(cluster: &Cluster) -> Vec<String> {
    let store = &cluster.cx.store;
    let mut short: Vec<(Kind, String, String, i64, i64)> = Vec::new();
    let mut add = |kind, meta: &podscope_engine::object::Meta, have, want| {
        if have != want {
            short.push((kind, meta.namespace.to_string(), meta.name.to_string(), have, want));
        }
    };
    for (_, d) in store.list::<Deployment>(Kind::Deployment) {
        add(Kind::Deployment, &d.meta, d.status.available, d.replicas);
    }
    for (_, s) in store.list::<StatefulSet>(Kind::StatefulSet) {
        add(Kind::StatefulSet, &s.meta, s.status.available, s.replicas);
    }
    for (_, r) in store.list::<ReplicaSet>(Kind::ReplicationController) {
        add(Kind::ReplicationController, &r.meta, r.status.available, r.replicas);
    }
    for (_, d) in store.list::<DaemonSet>(Kind::DaemonSet) {
        add(Kind::DaemonSet, &d.meta, d.status.available, d.status.desired);
    }
    for (_, p) in store.list::<podscope_engine::object::Pod>(Kind::Pod) {
        let alone = p.meta.owners.is_empty() && !p.is_terminal();
        add(Kind::Pod, &p.meta, i64::from(!alone || p.is_ready()), 1);
    }
    let why = |(kind, ns, name, have, want): (Kind, String, String, i64, i64)| {
        let why = cluster.explain(kind.name(), &ns, &name).sentence;
        format!("waits: {} {name} has {have} of {want}: {why}", kind.name())
    };
    short.into_iter().map(why).collect()
}

fn check(entry: &Entry) -> Vec<String> {
    let mut texts = Vec::new();
    for path in &entry.paths {
        match std::fs::read_to_string(path) {
            Ok(text) => texts.push(text),
            Err(e) => return vec![format!("{}: {e}", path.display())],
        }
    }
    let text = texts.join("\n---\n");
    let outcome = run(&text).and_then(|(export, mut wrong)| {
        let (before, after) = (objects(&text)?, objects(&export)?);
        for lost in before.iter().filter(|o| !after.contains(o)) {
            wrong.push(format!("not exported as written: {}", lost.to_json()));
        }
        let (again, worse) = run(&export).map_err(|e| format!("the export is {e}"))?;
        wrong.extend(worse.iter().filter(|w| !wrong.contains(w)).map(|w| format!("exported: {w}")).collect::<Vec<_>>());
        if objects(&again)? != after {
            wrong.push("its export is exported otherwise".to_owned());
        }
        Ok(wrong)
    });
    let mut wrong = outcome.unwrap_or_else(|e| vec![e]);
    if let Some(known) = &entry.waits {
        let before = wrong.len();
        wrong.retain(|w| !(w.contains("waits: ") && w.contains(known.as_str())));
        if wrong.len() == before {
            wrong.push(format!("is listed to wait ({known}), and does not"));
        }
    }
    wrong
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [list, folder] = &args[..] else {
        eprintln!("wild LIST FOLDER");
        return ExitCode::FAILURE;
    };
    let text = std::fs::read_to_string(list).unwrap_or_default();
    let entries = entries(&text, Path::new(folder));
    let (mut good, mut bad) = (0, 0);
    for entry in &entries {
        let wrong = check(entry);
        if wrong.is_empty() {
            good += 1;
            continue;
        }
        bad += 1;
        println!("{}:", entry.name);
        for line in wrong.iter().take(4) {
            println!("    {line}");
        }
    }
    println!("{good} of {} files apply, run, settle and export again", entries.len());
    ExitCode::from(u8::from(bad > 0 || entries.is_empty()))
}
