//! [`podscope_page`]: how scripts that load later work on the page: lessons (`static/lesson`) and what builds (`static/build`).

use super::action::{Action, act};
use super::larger;
use super::share::Then;
use super::shell::Shell;
use crate::session::{Session, Subscription, Topic};
use crate::subject::Subject;
use podscope_schema::Value;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use yew::Callback;

thread_local! {
    static SHELL: RefCell<Option<(Shell, Callback<String>)>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// `static/later.js`
    #[wasm_bindgen(js_name = podscopeDone, catch)]
    fn done() -> Result<(), JsValue>;
}

/// Has scripts work on this shell and its session; `on_text` is given another text for the editor.
pub fn offer(shell: &Shell, on_text: Callback<String>) {
    SHELL.set(Some((shell.clone(), on_text)));
}

/// Tells scripts when anything was done, or was done in another branch that is shown now.
pub fn watch(session: &Session) -> Subscription {
    let seen = RefCell::new(session.inputs());
    let from = session.clone();
    let look = move |()| {
        let inputs = from.inputs();
        if !Rc::ptr_eq(&inputs, &seen.replace(inputs.clone())) {
            let _ = done();
        }
    };
    session.subscribe(Topic::View, Callback::from(look))
}

/// Does what the first letter of `what` says, and gives the instant in microseconds: `b`egins with an empty cluster, has
/// the console `f`ollow (negative while it is on its way), `t`ypes the rest, `r`uns it whatever else runs, `p`lays, at the
/// speed `s`; shows `k`ubectl's tab of a number, `c`lears the one that is shown; `need` and a lesson's text has the page begin again (negative) when it cannot simulate all of it.
#[wasm_bindgen(js_name = podscopePage)]
pub fn podscope_page(what: &str, speed: f64) -> f64 {
    let Some((shell, _)) = SHELL.with_borrow(Clone::clone) else { return -1.0 };
    let session = shell.session();
    match what.as_bytes().first() {
        Some(b'b') => {
            shell.clear();
            session.restart("");
        }
        Some(b'k') => shell.pick(what[1..].parse().unwrap_or(1)),
        Some(b'c') => shell.clear(),
        Some(b'f') if !shell.follows() => return -1.0,
        Some(b'n') if larger::mentioned(what) && larger::go_on(session, &shell.manifest(), &[], Then::Nothing) => {
            return -1.0;
        }
        Some(b't') => shell.typed(&what[1..]),
        Some(b'r') => shell.given(&what[1..]),
        Some(b'p') => session.play(),
        Some(b's') => session.set_speed(speed),
        _ => {}
    }
    session.now().0 as f64
}

/// What kubectl printed, for the module that goes on with the run.
#[wasm_bindgen(js_name = podscopePrinted)]
pub fn podscope_printed() -> String {
    SHELL.with_borrow(|there| there.as_ref().map(|(shell, _)| shell.printed())).unwrap_or_default()
}

/// Patches an object, as a strategic merge patch; gives what the API server refuses.
#[wasm_bindgen(js_name = podscopePatch)]
pub fn podscope_patch(kind: &str, namespace: &str, name: &str, patch: &str) -> String {
    let Some((shell, _)) = SHELL.with_borrow(Clone::clone) else { return String::new() };
    let of = Subject::new(kind, &namespace.into(), &name.into());
    let patch = Value::from_json(patch).unwrap_or_default();
    act(&shell, &Action::Patch(of, patch)).err().unwrap_or_default()
}

/// The text in the editor; `other` takes its place, when that is given.
#[wasm_bindgen(js_name = podscopeText)]
pub fn podscope_text(other: Option<String>) -> String {
    let Some((shell, on_text)) = SHELL.with_borrow(Clone::clone) else { return String::new() };
    if let Some(other) = other {
        on_text.emit(other);
    }
    shell.manifest()
}
