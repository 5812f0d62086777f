//! `digest.rs` again, in a browser: `tests/browser/digest.mjs` opens it in Chromium, Firefox and WebKit.
#![cfg(target_arch = "wasm32")]

mod digest;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
