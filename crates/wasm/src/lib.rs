//! The JavaScript API: a translation layer and nothing else.

#![deny(clippy::unwrap_used, clippy::expect_used)]

use podscope_web::{EmbedHandle, EmbedOptions, mount_embed};
use wasm_bindgen::prelude::*;

/// A mounted stage with its play bar.
#[wasm_bindgen]
pub struct Player(Option<EmbedHandle>);

#[wasm_bindgen]
impl Player {
    /// Simulated seconds per second.
    pub fn set_speed(&self, speed: f64) {
        if let Some(handle) = &self.0 {
            handle.session().set_speed(speed);
        }
    }

    /// Takes the stage off the page and frees what it held.
    pub fn destroy(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.destroy();
        }
    }
}

/// Mounts the stage and a play bar into `root` (which may be in a shadow tree) and applies `yaml`.
#[wasm_bindgen]
pub fn mount(root: web_sys::Element, yaml: &str, autoplay: bool, speed: f64) -> Player {
    let options = EmbedOptions { autoplay, speed, ..EmbedOptions::default() };
    Player(Some(mount_embed(root, yaml, options)))
}
