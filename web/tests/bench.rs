//! How fast the engine is in a browser. `cargo xtask bench` runs it, built as the page is; the tests leave it out.
#![cfg(target_arch = "wasm32")]

#[path = "../../crates/engine/benches/workload/mod.rs"]
mod workload;

use podscope_engine::Cluster;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};
use workload::{BUSY_SECONDS, busy, deploy, deployment, nodes, run_for};

wasm_bindgen_test_configure!(run_in_browser);

/// 1,000 pods, from apply to Available, in milliseconds.
const TARGET: f64 = 60.0;

/// 2,000 requests a second through 100 pods, in simulated seconds a second.
const TARGET_TRAFFIC: f64 = 50.0;

/// The fastest of several runs, in milliseconds.
fn fastest(runs: usize, run: impl Fn() -> Cluster) -> f64 {
    let once = |_| {
        let before = podscope_web::dom::milliseconds();
        let after = run();
        let took = podscope_web::dom::milliseconds() - before;
        drop(after);
        took
    };
    let least = (0..runs).map(once).fold(f64::MAX, f64::min);
    assert!(least > 0.0, "the browser has no clock");
    least
}

fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "missed" }
}

#[wasm_bindgen_test]
#[ignore = "a measurement"]
fn a_thousand_pods() {
    let empty = nodes();
    let yaml = deployment(1000, "nginx:1.29");
    let took = fastest(10, || deploy(empty.clone(), &yaml));
    console_log!(
        "Deployment of 1,000 in Chromium, apply to Available: {took:.1} ms (target {TARGET:.0} ms: {})",
        verdict(took <= TARGET)
    );
}

#[wasm_bindgen_test]
#[ignore = "a measurement"]
fn requests() {
    let cluster = busy();
    let took = fastest(3, || {
        let mut cluster = cluster.clone();
        run_for(&mut cluster, BUSY_SECONDS);
        cluster
    });
    let speed = BUSY_SECONDS as f64 * 1000.0 / took;
    console_log!(
        "2,000 requests a second through 100 pods in Chromium: {speed:.0} times real time (target {TARGET_TRAFFIC:.0}: {})",
        verdict(speed >= TARGET_TRAFFIC)
    );
}
