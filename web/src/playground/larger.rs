//! The module that simulates all kinds, which a page loads instead of this one once there is one of them.

use super::share::{Shared, Then, hand_over};
use crate::session::Session;
use podscope_engine::api::input::{Input, Inputs};
use podscope_engine::object::Kind;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `static/later.js`
    #[wasm_bindgen(js_name = podscopeLarger, catch)]
    fn load_larger() -> Result<js_sys::Promise, JsValue>;
}

thread_local! {
    /// It could not be loaded: such kinds are kept, and nothing acts on them.
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a text, YAML or JSON, has a kind that this module does not simulate.
pub fn wanted(text: &str) -> bool {
    !cfg!(feature = "more") && !FAILED.get() && names(text)
}

/// Whether a run that waits is one that [`go_on`] handed over.
pub fn left(run: &str) -> bool {
    !cfg!(feature = "more") && Shared::from_json(run).is_some_and(|run| run.own)
}

/// Whether a lesson comes to have such a kind: it may be made by a command that does not name it so.
pub fn mentioned(lesson: &str) -> bool {
    let mut words = lesson.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(Kind::from_name);
    !cfg!(feature = "more") && !FAILED.get() && words.any(Kind::is_more)
}

fn names(text: &str) -> bool {
    let kind = |after: &str| {
        let rest = after.trim_start_matches(['"', '\'', ' ']).strip_prefix(':')?;
        let word = rest.trim_start_matches(['"', '\'', ' ']);
        let end = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
        Kind::from_name(&word[..end])
    };
    text.split("kind").skip(1).filter_map(kind).any(Kind::is_more)
}

/// Loads it; it begins with what waits for the page. When that cannot be, `otherwise` is called.
pub fn load(otherwise: impl FnOnce() + 'static) {
    let otherwise = move || {
        FAILED.set(true);
        otherwise();
    };
    let Ok(promise) = load_larger() else { return otherwise() };
    let failed = Closure::once(move |_: JsValue| otherwise());
    let _ = promise.catch(&failed);
    // It is called once, or never.
    failed.forget();
}

/// Has the larger module go on with this run, in which this is done next; false when that cannot be.
pub fn go_on(session: &Session, yaml: &str, inputs: &[Input], then: Then) -> bool {
    let mut run = super::share::of(session, yaml);
    if !inputs.is_empty() {
        // What was still to come happens no more.
        run.inputs = session.read(|cluster| cluster.cx.inputs.iter().map(|i| (**i).clone()).collect());
        run.inputs.extend_from_slice(inputs);
        run.end = run.now;
    }
    (run.own, run.playing, run.then) = (true, session.playing(), then);
    run.branches = session.courses();
    for (branch, told) in &mut run.branches {
        // The run itself says what was done in the present one.
        if branch.present {
            *told = Inputs::default();
        }
    }
    hand_over(&run.to_json())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn kinds_are_found_as_people_write_them() {
        for text in [
            "apiVersion: batch/v1\nkind: Job\n",
            "{\"kind\":\"HorizontalPodAutoscaler\",\"spec\":{}}",
            "kind: Deployment\n---\nkind:   'DaemonSet' # each node\n",
            "{\"what\":{\"object\":{\"kind\": \"CronJob\"}}}",
        ] {
            assert!(names(text), "{text}");
        }
        for text in ["", "kind: Deployment", "kinds of Job", "kind: Jobs", "a Job of that kind", "kind", "kind:"] {
            assert!(!names(text), "{text}");
        }
    }
}
