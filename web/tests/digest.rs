//! The same scenario gives the same trace in the browser as natively (`crates/engine/tests/digest.rs`).
#![cfg(target_arch = "wasm32")]

#[path = "../../crates/engine/tests/scenario/mod.rs"]
mod scenario;

use podscope_engine::{Cluster, Config};
use scenario::{EXAMPLE, GOLDEN, run_to, scenario};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn the_digest_is_the_native_one() {
    assert_eq!(scenario(1), GOLDEN.trim());
}

#[wasm_bindgen_test]
fn a_run_in_slices_is_the_same_run() {
    let begin = || {
        let mut cluster = Cluster::new(Config::default());
        cluster.apply(EXAMPLE).expect("the example is valid");
        cluster
    };
    let mut whole = begin();
    run_to(&mut whole, 30);
    // As the page runs it: a few events at a time, up to instants that frames happen to have.
    let mut sliced = begin();
    let mut at = 0;
    while at < 30_000 {
        at = (at + 17).min(30_000);
        while !sliced.advance_to(podscope_engine::time::SimTime::from_millis(at), 3) {}
    }
    assert_eq!(sliced.cx.trace.digest(), whole.cx.trace.digest());
}
