//! The same input gives the same run, to the byte, on every machine: the digests of random runs, of every recorded case and
//! of every scenario are part of the repository, and are compared natively, in Node, and in Chromium, Firefox and WebKit.
//!
//! When the engine's behaviour changes on purpose: `PODSCOPE_BLESS=1 cargo test -p podscope-proof --test digest`.

use podscope_engine::Config;
use podscope_proof::case::{self, Case};
use podscope_proof::plan::Plan;
use podscope_proof::run::play;
use podscope_scenario::{Options, parse, run};

// CASES and SCENARIOS: all files, by name, each with its text.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// As many runs as take a second or two unoptimised.
const RUNS: u64 = 64;
const GOLDEN: &str = include_str!("digests.txt");

fn same(kind: &str, digests: impl Iterator<Item = (String, u64)>) {
    let is: Vec<_> = digests.map(|(name, digest)| format!("{kind} {name} {digest:016x}")).collect();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("PODSCOPE_BLESS").is_some() {
        bless(kind, &is);
        return;
    }
    let was: Vec<_> = GOLDEN.lines().filter(|l| l.starts_with(kind)).collect();
    let differs = is.iter().zip(&was).find(|(is, was)| is != was);
    assert!(is == was, "{kind}: the engine behaves differently: see the head of this file: {differs:?}");
}

/// Writes this kind's lines anew.
#[cfg(not(target_arch = "wasm32"))]
fn bless(kind: &str, is: &[String]) {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digests.txt");
    let text = std::fs::read_to_string(path).expect("digests.txt can be read");
    let mut lines: Vec<_> = text.lines().filter(|l| !l.starts_with(kind)).map(str::to_owned).collect();
    lines.extend(is.iter().cloned());
    // Each test's lines stay in its own order.
    lines.sort_by_key(|l| ["run", "case", "scenario"].iter().position(|k| l.starts_with(k)));
    std::fs::write(path, lines.join("\n") + "\n").expect("digests.txt can be written");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn random_runs_have_the_digests_that_were_committed() {
    same("run", (1..=RUNS).map(|seed| (seed.to_string(), play(&Plan::random(seed)).digest)));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn recorded_cases_have_the_digests_that_were_committed() {
    let digest = |text| case::play(&Case::read(text)?).map(|played| played.cluster.cx.trace.digest());
    let digests = CASES.iter().map(|(name, text)| match digest(text) {
        Ok(digest) => ((*name).to_owned(), digest),
        Err(e) => panic!("{name}: {e}"),
    });
    same("case", digests);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn scenarios_have_the_digests_that_were_committed() {
    let digests = SCENARIOS.iter().map(|(name, text)| {
        let scenario = parse(text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        let ended = run(&scenario, Options { config: Config::default(), on: &mut |_| {} });
        ((*name).to_owned(), ended.unwrap_or_else(|e| panic!("{name}: {e:?}")).cx.trace.digest())
    });
    same("scenario", digests);
}
