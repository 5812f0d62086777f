//! `digest.rs` again, in a browser: `cargo xtask test` runs it in Chromium.
#![cfg(target_arch = "wasm32")]

mod digest;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
