//! Whatever happens, every object that is or was has an explanation: a sentence, and causes in order that begin with what
//! somebody did. What the explanations say is tested with kubectl, which the commands in them need.
// No page loads a test.
#![allow(clippy::disallowed_types)]

use podscope_engine::object::Kind;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, kubelet};
use std::collections::BTreeSet;
use std::time::Duration;

const EXAMPLE: &str = include_str!("../../../static/example.yaml");
const BATCH: &str = include_str!("../../../tests/manifests/batch.yaml");

/// Every kind and name that the trace knows, with whether an object of a simulated kind is there.
fn all(cluster: &Cluster) -> BTreeSet<(Kind, String, String)> {
    let names = cluster.cx.trace.entries().map(|e| cluster.cx.store.name(e.key));
    let known = names.filter(|n| n.kind != Kind::Other);
    known.map(|n| (n.kind, n.namespace.to_string(), n.name.to_string())).collect()
}

fn check(cluster: &Cluster, when: &str) {
    for (kind, namespace, name) in all(cluster) {
        let answer = cluster.explain(kind.name(), &namespace, &name);
        let told = format!("{when}: {} {name}: {answer:#?}", kind.name());
        let text = &answer.sentence;
        assert!(text.len() > 10 && text.ends_with('.'), "{told}");
        assert!(!["..", "; ;", ". ;", "%", "  ", " ."].iter().any(|bad| text.contains(bad)), "{told}");
        assert!((1..=6).contains(&answer.chain.len()), "{told}");
        let ordered = answer.chain.windows(2).all(|w| w[0].entry < w[1].entry && w[0].at <= w[1].at);
        assert!(ordered && answer.chain[0].actor == "kubectl", "{told}");
        assert!(answer.until.is_none_or(|at| at >= cluster.now()), "{told}");
        assert!(answer.command.iter().all(|c| c.starts_with("kubectl ")), "{told}");
    }
}

fn run(cluster: &mut Cluster, seconds: u64, what: &str) {
    for second in 0..seconds {
        let end = cluster.now() + Duration::from_secs(1);
        while !cluster.advance_to(end, 10_000) {}
        // At each of the first seconds, when most happens, and then now and then.
        if second < 12 || second % 29 == 0 {
            check(cluster, &format!("{what}, at {}", cluster.now()));
        }
    }
}

#[test]
fn everything_has_an_explanation() {
    for manifests in [EXAMPLE, BATCH] {
        let mut cluster = Cluster::new(Config::default());
        cluster.apply(manifests).unwrap_or_else(|e| panic!("{e:?}"));
        check(&cluster, "applied");
        run(&mut cluster, 60, "created");
        let workloads: Vec<(Kind, String, String)> = all(&cluster)
            .into_iter()
            .filter(|(kind, ..)| matches!(kind, Kind::Deployment | Kind::StatefulSet))
            .collect();
        for (kind, namespace, name) in &workloads {
            cluster.scale(kind.name(), namespace, name, 5).unwrap_or_else(|e| panic!("{e}"));
        }
        run(&mut cluster, 60, "scaled up");
        for (kind, namespace, name) in &workloads {
            cluster.scale(kind.name(), namespace, name, 2).unwrap_or_else(|e| panic!("{e}"));
        }
        run(&mut cluster, 40, "scaled down");
        for (kind, namespace, name) in &workloads {
            let view = cluster.view();
            let workload = view.workloads.iter().find(|w| *w.name == **name);
            let container = workload.and_then(|w| w.containers.first()).map(|c| c.0.to_string());
            let container = container.expect("a container");
            let done = cluster.set_image(kind.name(), namespace, name, &container, "registry/none:typo");
            done.unwrap_or_else(|e| panic!("{e}"));
        }
        run(&mut cluster, 60, "a bad image");
        assert!(kubelet::fail_node(&mut cluster.cx, "node-a"));
        run(&mut cluster, 420, "a lost node");
        assert!(kubelet::recover_node(&mut cluster.cx, "node-a"));
        run(&mut cluster, 60, "a node that came back");
    }
}

#[test]
fn asking_changes_nothing() {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(EXAMPLE).unwrap_or_else(|e| panic!("{e:?}"));
    let mut silent = cluster.clone();
    for tenth in 1..200 {
        let end = SimTime::from_millis(tenth * 100);
        while !cluster.advance_to(end, 1000) {}
        check(&cluster, "asked");
    }
    while !silent.advance_to(cluster.now(), 1000) {}
    assert_eq!(cluster.cx.trace.digest(), silent.cx.trace.digest());
}
