//! Hooks that tie a component to a session.

use crate::dom::Listener;
use crate::session::{Session, Topic};
use podscope_engine::time::SimTime;
use podscope_engine::view::View;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use yew::prelude::*;

/// The shortest time between two renderings of what need not follow every frame, in milliseconds.
const PAUSE_MS: f64 = 200.0;
/// What shift and an arrow go by.
const SECOND: Duration = Duration::from_secs(1);

/// The session's view, now and whenever it changes.
#[hook]
pub fn use_view(session: &Session) -> Rc<View> {
    use_topic(session, Topic::View);
    session.view()
}

/// Renders the component again whenever `topic` changed.
#[hook]
pub fn use_topic(session: &Session, topic: Topic) {
    let update = use_force_update();
    let seen = session.version();
    use_effect_with(session.clone(), move |session| {
        // What changed before it listened was told to nobody.
        if session.version() != seen {
            update.force_update();
        }
        let subscription = session.subscribe(topic, Callback::from(move |()| update.force_update()));
        move || drop(subscription)
    });
}

/// A value that is read at every tick of the clock; the component renders again only when it differs.
#[hook]
pub fn use_clock<T: Clone + PartialEq + 'static>(session: &Session, read: fn(&Session) -> T) -> T {
    let state = use_state_eq(|| read(session));
    let set = state.setter();
    use_effect_with(session.clone(), move |session| {
        set.set(read(session));
        let from = session.clone();
        let subscription = session.subscribe(Topic::Clock, Callback::from(move |()| set.set(read(&from))));
        move || drop(subscription)
    });
    (*state).clone()
}

/// Renders the component again while time runs, but no more than a few times a second; and at once when it stands still.
#[hook]
pub fn use_now_and_then(session: &Session) {
    let update = use_force_update();
    use_effect_with(session.clone(), move |session| {
        let last = Rc::new(Cell::new(f64::MIN));
        let from = session.clone();
        let look = Callback::from(move |()| {
            let now = crate::dom::milliseconds();
            if !from.playing() || now - last.get() >= PAUSE_MS {
                last.set(now);
                update.force_update();
            }
        });
        let both = [Topic::Clock, Topic::Pace].map(|topic| session.subscribe(topic, look.clone()));
        move || drop(both)
    });
}

/// Space plays and pauses; the arrows step one event, with shift one second, brackets go to what was done, unless the focus is where keys mean something else.
pub fn on_key(session: &Session, event: &web_sys::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
        return;
    }
    let key = event.key();
    if crate::dom::takes_keys(event, key == " ") {
        return;
    }
    match key.as_str() {
        " " => session.toggle(),
        "ArrowRight" if event.shift_key() => session.seek(session.now() + SECOND),
        "ArrowLeft" if event.shift_key() => {
            session.seek(SimTime(session.now().0.saturating_sub(SECOND.as_micros() as u64)));
        }
        "ArrowRight" => session.step(),
        "ArrowLeft" => session.step_back(),
        "]" => session.jump(true),
        "[" => session.jump(false),
        "Home" => session.reset(),
        _ => return,
    }
    event.prevent_default();
}

/// Listens for the session's keys on the whole page.
#[hook]
pub fn use_page_keys(session: &Session) {
    use_effect_with(session.clone(), |session| {
        let session = session.clone();
        let listener = crate::dom::window().map(|window| {
            Listener::new(&window, "keydown", move |event| {
                if let Some(event) = wasm_bindgen::JsCast::dyn_ref::<web_sys::KeyboardEvent>(&event) {
                    on_key(&session, event);
                }
            })
        });
        move || drop(listener)
    });
}
