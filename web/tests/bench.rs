//! How fast the engine is in a browser. `cargo xtask bench` runs it, built as the page is; the tests leave it out.
#![cfg(target_arch = "wasm32")]

#[path = "../../crates/engine/benches/workload/mod.rs"]
mod workload;

use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};
use workload::{deploy, deployment, nodes};

wasm_bindgen_test_configure!(run_in_browser);

/// 1,000 pods, from apply to Available, in milliseconds.
const TARGET: f64 = 60.0;

#[wasm_bindgen_test]
#[ignore = "a measurement"]
fn a_thousand_pods() {
    let empty = nodes();
    let yaml = deployment(1000, "nginx:1.29");
    let once = |_| {
        let before = podscope_web::dom::milliseconds();
        let full = deploy(empty.clone(), &yaml);
        let took = podscope_web::dom::milliseconds() - before;
        drop(full);
        took
    };
    let fastest = (0..10).map(once).fold(f64::MAX, f64::min);
    let verdict = if fastest <= TARGET { "met" } else { "missed" };
    console_log!(
        "Deployment of 1,000 in Chromium, apply to Available: {fastest:.1} ms (target {TARGET:.0} ms: {verdict})"
    );
    assert!(fastest > 0.0, "the browser has no clock");
}
