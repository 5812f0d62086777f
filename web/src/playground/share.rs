//! Links that hold a whole run, and runs that wait for the page to begin anew.

use crate::session::Session;
use wasm_bindgen::prelude::*;
use yew::Callback;

pub use podscope_engine::shared::{Shared, Then};

/// What a link's fragment begins with: the version of what follows.
pub const PREFIX: &str = "#v1.";
/// The longest link that is given, in bytes. What is longer is given as a file.
const LONGEST: usize = 8000;

#[wasm_bindgen]
extern "C" {
    /// `static/share.js`
    #[wasm_bindgen(js_name = podscopeShare, catch)]
    fn give(text: &str, prefix: &str, longest: usize) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(js_name = podscopeUnpack, catch)]
    fn unpack(word: &str) -> Result<js_sys::Promise, JsValue>;
}

/// The run of a session.
pub fn of(session: &Session, yaml: &str) -> Shared {
    let seed = session.read(|cluster| cluster.cx.config.seed);
    let inputs = session.inputs().iter().map(|i| (**i).clone()).collect();
    let (now, end) = (session.now(), session.end());
    let branches = Vec::new();
    Shared { seed, yaml: yaml.to_owned(), inputs, now, end, own: false, playing: false, then: Then::Nothing, branches }
}

/// A session that shows it.
pub fn open(shared: &Shared) -> Session {
    let session = Session::with_inputs(shared.seed, &shared.yaml, shared.inputs.clone(), shared.end);
    session.take_up(shared.branches.clone());
    session.seek(shared.now.min(session.end()));
    if shared.playing {
        session.play();
    }
    session
}

/// Where a run waits for the page to begin with it.
const WAITING: &str = "podscope/run";

/// Has the page begin again with the run that this text is; false when it is none.
pub fn hand_over(text: &str) -> bool {
    if Shared::from_json(text).is_none() {
        return false;
    }
    let Some(window) = crate::dom::window() else { return false };
    let stored = window.session_storage().ok().flatten().is_some_and(|s| s.set_item(WAITING, text).is_ok());
    if stored {
        let _ = window.location().reload();
    }
    stored
}

/// The run that waits, as it is written.
pub fn waiting() -> Option<String> {
    crate::dom::window()?.session_storage().ok()??.get_item(WAITING).ok()?
}

/// The run that waits; it waits no longer.
pub fn handed_over() -> Option<Shared> {
    let text = waiting()?;
    let storage = crate::dom::window()?.session_storage().ok()??;
    let _ = storage.remove_item(WAITING);
    Shared::from_json(&text)
}

/// Gives a link to this run by way of the address bar and the clipboard; says so. Says nothing when it is too long.
pub fn link(shared: &Shared, then: Callback<Result<String, String>>) {
    answer(give(&shared.to_json(), PREFIX, LONGEST), then);
}

/// Reads the fragment of a link.
pub fn read(fragment: &str, then: Callback<Result<Shared, String>>) {
    let Some(word) = fragment.strip_prefix(PREFIX) else {
        return then.emit(Err("it is of another version".into()));
    };
    let read = |text: Result<String, String>| {
        Shared::from_json(&text?).ok_or_else(|| "it holds no run that can be shown".to_owned())
    };
    answer(unpack(word), then.reform(read));
}

/// Gives what a promise of a text becomes.
fn answer(promise: Result<js_sys::Promise, JsValue>, then: Callback<Result<String, String>>) {
    let promise = match promise {
        Ok(promise) => promise,
        Err(why) => return then.emit(Err(words(&why))),
    };
    let done = then.clone();
    let ready = Closure::once(move |text: JsValue| done.emit(text.as_string().ok_or_else(String::new)));
    let failed = Closure::once(move |why: JsValue| then.emit(Err(words(&why))));
    let _ = promise.then2(&ready, &failed);
    // One of them is called, once.
    ready.forget();
    failed.forget();
}

fn words(why: &JsValue) -> String {
    why.dyn_ref::<js_sys::Error>().map_or_else(|| "it cannot be read".into(), |e| String::from(e.message()))
}

#[cfg(test)]
mod tests {
    use super::Shared;
    use crate::session::Session;

    #[test]
    fn a_run_is_read_as_it_was_written_and_nothing_else_is() {
        let session = Session::new(super::super::EXAMPLE);
        session.seek(podscope_engine::time::SimTime::from_millis(30_000));
        let _ = session.act(|c| c.scale("Deployment", "default", "web", 5));
        session.seek(podscope_engine::time::SimTime::from_millis(60_000));
        session.seek(podscope_engine::time::SimTime::from_millis(45_500));
        let shared = super::of(&session, "# mine");
        let text = shared.to_json();
        assert_eq!(Shared::from_json(&text).as_ref(), Some(&shared));
        let again = super::open(&shared);
        assert_eq!(again.now(), session.now());
        assert_eq!(again.end(), session.end());
        let digest = |s: &Session| s.read(|c| c.cx.trace.digest());
        assert_eq!(digest(&again), digest(&session));
        for wrong in ["", "{}", "[]", "{\"podscope\":2}", &text.replace("\"end\":6", "\"end\":99999996")] {
            assert_eq!(Shared::from_json(wrong), None, "{wrong}");
        }
    }
}
