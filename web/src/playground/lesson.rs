//! [`podscope_page`]: how the scripts of lessons, which load when one is opened, work on the page.

use super::larger;
use super::share::Then;
use super::shell::Shell;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

thread_local! {
    static SHELL: RefCell<Option<Shell>> = const { RefCell::new(None) };
}

/// Has lessons work on this shell, and its session.
pub fn offer(shell: &Shell) {
    SHELL.set(Some(shell.clone()));
}

/// Does what the first letter of `what` says, and gives the instant in microseconds: `b`egins with an empty cluster, has
/// the console `f`ollow (negative while it is on its way), `t`ypes the rest, `p`lays, at the speed `s`; `need` and a lesson's text
/// has the page begin again (negative) when it cannot simulate all of it.
#[wasm_bindgen(js_name = podscopePage)]
pub fn podscope_page(what: &str, speed: f64) -> f64 {
    let Some(shell) = SHELL.with_borrow(Clone::clone) else { return -1.0 };
    let session = shell.session();
    match what.as_bytes().first() {
        Some(b'b') => {
            shell.clear();
            session.restart("");
        }
        Some(b'f') if !shell.follows() => return -1.0,
        Some(b'n') if larger::mentioned(what) && larger::go_on(session, &shell.manifest(), &[], Then::Nothing) => {
            return -1.0;
        }
        Some(b't') => shell.typed(&what[1..]),
        Some(b'p') => session.play(),
        Some(b's') => session.set_speed(speed),
        _ => {}
    }
    session.now().0 as f64
}
