//! The same plan gives the same run, to the byte, on every machine: the digests of random runs are part of the
//! repository, and are compared natively, in Node, and in Chromium, Firefox and WebKit.
//!
//! When the engine's behaviour changes on purpose: `PODSCOPE_BLESS=1 cargo test -p podscope-proof --test digest`.

use podscope_proof::plan::Plan;
use podscope_proof::run::play;

/// As many runs as take a second or two unoptimised.
const RUNS: u64 = 64;
const GOLDEN: &str = include_str!("digests.txt");

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn digests_are_the_ones_that_were_committed() {
    let digest = |seed| format!("{seed} {:016x}", play(&Plan::random(seed)).digest);
    let digests = (1..=RUNS).map(digest).collect::<Vec<_>>().join("\n") + "\n";
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("PODSCOPE_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digests.txt");
        std::fs::write(path, &digests).expect("digests.txt can be written");
        return;
    }
    let differs = digests.lines().zip(GOLDEN.lines()).find(|(is, was)| is != was);
    assert!(digests == GOLDEN, "the engine behaves differently: see the head of this file: {differs:?}");
}
