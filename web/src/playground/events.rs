//! What happened, as Kubernetes Events; and the summary that is read out.

use crate::dom;
use crate::embed::summary;
use crate::hooks::use_now_and_then;
use crate::session::{Session, Topic};
use podscope_engine::time::SimTime;
use podscope_engine::view::EventView;
use std::cell::Cell;
use yew::prelude::*;

/// How many events are listed.
const SHOWN: usize = 100;
/// How near to its end the list counts as being there, in pixels.
const NEAR: i32 = 24;
/// How often a screen reader is told, at most, in milliseconds.
const QUIET_MS: f64 = 4000.0;

/// What [`EventLog`] and [`Live`] need.
#[derive(Clone, PartialEq, Properties)]
pub struct EventsProps {
    /// Whose cluster.
    pub session: Session,
}

/// The cluster's events, the newest last: so that nothing that is read moves. The list stays at its end until somebody
/// goes elsewhere in it.
#[component]
pub fn EventLog(props: &EventsProps) -> Html {
    use_now_and_then(&props.session);
    let events = props.session.events(SHOWN);
    let list = use_node_ref();
    // Where its end was when it was last gone to.
    let end = use_mut_ref(|| 0);
    let elsewhere = use_mut_ref(|| false);
    let onscroll = {
        let (list, end, elsewhere) = (list.clone(), end.clone(), elsewhere.clone());
        move |_: Event| {
            if let Some(list) = list.cast::<web_sys::Element>() {
                elsewhere.replace(list.scroll_top() + NEAR < *end.borrow());
            }
        }
    };
    {
        let list = list.clone();
        let last = events.last().map(|event| (event.time, event.regarding.clone(), event.count));
        use_effect_with((events.len(), last), move |_| {
            if let Some(list) = list.cast::<web_sys::Element>().filter(|_| !*elsewhere.borrow()) {
                list.set_scroll_top(list.scroll_height());
                end.replace(list.scroll_top());
            }
        });
    }
    html! {
        <>
            <h3>{ "Events" }</h3>
            if events.is_empty() {
                <p class="quiet">{ "Nothing has happened yet. Play." }</p>
            }
            <div class="event-list" ref={list} {onscroll} role="group" aria-label="All events" tabindex="0">
                <ul class="events">{ for events.iter().map(|event| line(event, true)) }</ul>
            </div>
        </>
    }
}

/// One event: when, of what, what.
pub fn line(event: &EventView, with_object: bool) -> Html {
    let (kind, name) = event.regarding.split_once('/').unwrap_or(("", &event.regarding));
    // `Started: Container started` says it twice.
    let twice =
        event.message.len() < 24 && event.message.to_ascii_lowercase().contains(&event.reason.to_ascii_lowercase());
    html! {
        <li key={[&*tenths(event.time), &event.regarding, &event.message].concat()} class={if event.warning { "warning" } else { "" }}>
            <time>{ tenths(event.time) }</time>
            <span title={event.message.to_string()}>
                if with_object { <b>{ if kind == "Pod" { name.to_owned() } else { format!("{kind} {name}") } }</b> }
                <em>{ event.reason }</em>
                if !twice { { format!(" {}", event.message) } }
                if event.count > 1 { <small>{ format!(" ×{}", event.count) }</small> }
            </span>
        </li>
    }
}

/// Seconds since the beginning, to a tenth.
pub fn tenths(at: SimTime) -> String {
    format!("{}.{}", at.0 / 1_000_000, at.0 / 100_000 % 10)
}

/// Tells a screen reader how things stand, now and then.
#[component]
pub fn Live(props: &EventsProps) -> Html {
    let text = use_state_eq(String::new);
    let set = text.setter();
    use_effect_with(props.session.clone(), move |session| {
        let last = Cell::new(f64::MIN);
        let from = session.clone();
        let tell = move |()| {
            let now = dom::milliseconds();
            if now - last.get() >= QUIET_MS {
                last.set(now);
                set.set(summary(&from.view()));
            }
        };
        let subscription = session.subscribe(Topic::Clock, Callback::from(tell));
        move || drop(subscription)
    });
    html! { <p class="read-out" role="log" aria-live="polite" aria-label="Summary">{ (*text).clone() }</p> }
}
