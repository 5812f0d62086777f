//! What must not fail whatever it is given: the targets of `fuzz/`, and of the test that plays their corpus.

// A target that panics has found something.
#![allow(clippy::missing_panics_doc)]

use crate::{BASE, Judge};
use podscope_engine::api::rest::request_text;
use podscope_engine::fault::Fault;
use podscope_engine::shared::Shared;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, Run};

/// A name, and a target.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("manifest", manifest),
    ("kubectl", kubectl),
    ("request", request),
    ("scenario", scenario),
    ("fault", fault),
    ("link", link),
];

/// A cluster that has run for half a minute, made once.
fn lab() -> Cluster {
    thread_local! {
        static LAB: Cluster = {
            let mut cluster = Cluster::new(Config { record: true, ..Config::default() });
            let applied = cluster.apply(BASE);
            assert!(applied.is_ok(), "{applied:?}");
            while !cluster.advance_to(SimTime::from_millis(30_000), 1000) {}
            cluster
        };
    }
    LAB.with(Clone::clone)
}

/// Lets a little time pass, and holds what was written against the rules.
fn run_on(mut cluster: Cluster) {
    let end = cluster.now() + std::time::Duration::from_secs(20);
    // Whatever is asked for, a few thousand events are enough to see it begin.
    for _ in 0..20 {
        if cluster.advance_to(end, 100) {
            break;
        }
    }
    let mut judge = Judge::default();
    judge.drain(&mut cluster.cx);
    assert!(judge.broken.is_empty(), "{}", judge.broken[0]);
}

/// A manifest is refused, or applied, run, and exported as something that can be applied.
pub fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut cluster = Cluster::new(Config { record: true, ..Config::default() });
    if cluster.apply(text).is_err() {
        return;
    }
    let export = cluster.export();
    let again = Cluster::new(Config::default()).apply(&export);
    // What has no name of its own, or lives in what was there before, cannot be applied alone.
    assert!(again.is_ok() || export.is_empty() || text.contains("amespace"), "{again:?}\n{export}");
    run_on(cluster);
}

/// A command line ends, and the cluster goes on.
pub fn kubectl(data: &[u8]) {
    let Ok(line) = std::str::from_utf8(data) else { return };
    let mut cluster = lab();
    _ = podscope_kubectl::complete(&mut cluster, "default", line, line.len());
    let output = podscope_kubectl::run(&mut cluster, "default", line, BASE);
    assert!(
        output.exit == 0 || !output.stderr.is_empty() || !output.stdout.is_empty(),
        "{line:?} failed without a word"
    );
    run_on(cluster);
}

/// A request: its first line is method, path and content type, the rest is its body.
pub fn request(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut cluster = lab();
    let (status, _) = request_text(&mut cluster.cx, method, path, words.next().unwrap_or("application/json"), body);
    assert!((200..600).contains(&status), "{status}");
    run_on(cluster);
}

/// A scenario is read, or said what is wrong with.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(problems) = podscope_scenario::parse(text) {
        assert!(!problems.is_empty(), "refused without a reason");
    }
}

/// A fault that can be read is written as it was read.
pub fn fault(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(fault) = Fault::parse(text) {
        assert_eq!(Fault::parse(&fault.text()).as_ref(), Ok(&fault), "{text:?}");
        let mut cluster = lab();
        _ = cluster.fault("default", &fault);
        run_on(cluster);
    }
}

/// A run of a link is refused, or read, written as it was read, and played.
pub fn link(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(shared) = Shared::from_json(text) else { return };
    // As text: 80.0 is written as 80.
    let written = shared.to_json();
    assert_eq!(Shared::from_json(&written).map(|again| again.to_json()), Some(written), "{text:?}");
    // As far as it is soon played: what is far away is not read otherwise.
    let near = |at: SimTime| at.min(SimTime::from_millis(60_000));
    let cluster = Cluster::new(Config { seed: shared.seed, ..Config::default() });
    let mut run = Run::with_inputs(cluster, shared.inputs, near(shared.end));
    run.take_up(shared.branches);
    for _ in 0..40 {
        if run.advance_to(near(shared.end), 100) {
            break;
        }
    }
    run.seek(near(shared.now).min(run.cluster().now()));
}
