//! Links that hold a whole run: its seed, what was done when, the manifest as it is written, and the instant.

use crate::session::Session;
use podscope_engine::api::input::{Input, Inputs};
use podscope_engine::run::Branch;
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use yew::Callback;

/// What a link's fragment begins with: the version of what follows.
pub const PREFIX: &str = "#v1.";
/// The longest link that is given, in bytes. What is longer is given as a file.
const LONGEST: usize = 8000;
/// How far a run of a link may go, in microseconds: two hours.
const FARTHEST: u64 = 7_200_000_000;
/// How much may have been done in it.
const MOST: usize = 20_000;

#[wasm_bindgen]
extern "C" {
    /// `static/share.js`
    #[wasm_bindgen(js_name = podscopeShare, catch)]
    fn give(text: &str, prefix: &str, longest: usize) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(js_name = podscopeUnpack, catch)]
    fn unpack(word: &str) -> Result<js_sys::Promise, JsValue>;
}

/// A run as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The seed of the cluster.
    pub seed: u64,
    /// The text in the editor.
    pub yaml: String,
    /// What was done.
    pub inputs: Vec<Input>,
    /// The instant that is shown.
    pub now: SimTime,
    /// How far the run went.
    pub end: SimTime,
    /// Whether it is the reader's own run, which goes on: what is written in it is kept in place of what was.
    pub own: bool,
    /// Whether it plays.
    pub playing: bool,
    /// What is done first.
    pub then: Then,
    /// All branches of a run that goes on, the present one too, where there are others.
    pub branches: Vec<(Branch, Inputs)>,
}

/// What is done in a run that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Then {
    /// Nothing.
    #[default]
    Nothing,
    /// What is written in the editor is applied.
    ApplyText,
    /// This is applied.
    Apply(String),
}

fn number(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

impl Shared {
    /// The run of a session.
    pub fn of(session: &Session, yaml: &str) -> Self {
        let seed = session.read(|cluster| cluster.cx.config.seed);
        let inputs = session.inputs().iter().map(|i| (**i).clone()).collect();
        let (now, end) = (session.now(), session.end());
        let branches = Vec::new();
        Self {
            seed,
            yaml: yaml.to_owned(),
            inputs,
            now,
            end,
            own: false,
            playing: false,
            then: Then::Nothing,
            branches,
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let inputs = Value::array(self.inputs.iter().map(Input::to_value));
        let branches = self.branches.iter().map(|(b, inputs)| {
            let inputs = Value::array(inputs.iter().map(|i| i.to_value()));
            Value::array([number(b.number.into()), number(b.forked.0), number(b.end.0), b.present.into(), inputs])
        });
        Value::object([
            ("branches", Value::array(branches)),
            ("podscope", Value::from(1)),
            ("seed", number(self.seed)),
            ("yaml", self.yaml.as_str().into()),
            ("inputs", inputs),
            ("now", number(self.now.0)),
            ("end", number(self.end.0)),
            ("own", self.own.into()),
            ("playing", self.playing.into()),
            (
                "then",
                match &self.then {
                    Then::Nothing => Value::Null,
                    Then::ApplyText => true.into(),
                    Then::Apply(text) => text.as_str().into(),
                },
            ),
        ])
        .to_json()
    }

    /// What [`Shared::to_json`] wrote; nothing when it is something else, or too much.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::from_json(text).ok()?;
        let number = |name: &str| value.get(name).and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok());
        let inputs: Option<Vec<Input>> = value.get("inputs")?.items().iter().map(Input::from_value).collect();
        let inputs = inputs.filter(|all| all.len() <= MOST && all.is_sorted_by_key(|i| (i.at, i.after)))?;
        let (now, end) = (number("now")?, number("end")?);
        let last = inputs.last().map_or(0, |i| i.at.0);
        let fits = number("podscope")? == 1 && now.max(end).max(last) <= FARTHEST;
        fits.then(|| Self {
            seed: number("seed").unwrap_or_default(),
            yaml: value.str_at(&["yaml"]).unwrap_or_default().to_owned(),
            inputs,
            now: SimTime(now),
            end: SimTime(end),
            own: value.get("own") == Some(&Value::Bool(true)),
            playing: value.get("playing") == Some(&Value::Bool(true)),
            then: match value.get("then") {
                Some(Value::Bool(true)) => Then::ApplyText,
                Some(Value::Str(text)) => Then::Apply(text.to_string()),
                _ => Then::Nothing,
            },
            branches: value.get("branches").map_or(&[][..], Value::items).iter().filter_map(branch).collect(),
        })
    }

    /// A session that shows it.
    pub fn open(&self) -> Session {
        let session = Session::with_inputs(self.seed, &self.yaml, self.inputs.clone(), self.end);
        session.take_up(self.branches.clone());
        session.seek(self.now.min(session.end()));
        if self.playing {
            session.play();
        }
        session
    }
}

/// One of [`Shared::branches`], as it was written.
fn branch(value: &Value) -> Option<(Branch, Inputs)> {
    let [number, forked, end, present, inputs] = value.items() else { return None };
    let instant =
        |value: &Value| value.as_i64().and_then(|n| u64::try_from(n).ok()).filter(|n| *n <= FARTHEST).map(SimTime);
    let number = u32::try_from(number.as_i64()?).ok()?;
    let inputs: Option<Vec<_>> = inputs.items().iter().map(|i| Input::from_value(i).map(Rc::new)).collect();
    let present = *present == Value::Bool(true);
    Some((Branch { number, forked: instant(forked)?, end: instant(end)?, present }, Rc::new(inputs?)))
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
        let shared = Shared::of(&session, "# mine");
        let text = shared.to_json();
        assert_eq!(Shared::from_json(&text).as_ref(), Some(&shared));
        let again = shared.open();
        assert_eq!(again.now(), session.now());
        assert_eq!(again.end(), session.end());
        let digest = |s: &Session| s.read(|c| c.cx.trace.digest());
        assert_eq!(digest(&again), digest(&session));
        for wrong in ["", "{}", "[]", "{\"podscope\":2}", &text.replace("\"end\":6", "\"end\":99999996")] {
            assert_eq!(Shared::from_json(wrong), None, "{wrong}");
        }
    }
}
