//! The play bar: back to the beginning, play, one event, the time and the speed.

use crate::hooks::{use_clock, use_topic};
use crate::part::part;
use crate::scrub::Scrub;
use crate::session::{SPEEDS, Session, Topic};
use yew::prelude::*;

/// What [`PlayBar`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct PlayBarProps {
    /// What is played.
    pub session: Session,
    /// Shown at the right.
    #[prop_or_default]
    pub children: Html,
}

/// The controls of simulated time.
#[component]
pub fn PlayBar(props: &PlayBarProps) -> Html {
    let session = &props.session;
    use_topic(session, Topic::Pace);
    let playing = session.playing();
    let act = |action: fn(&Session)| {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| action(&session))
    };
    let on_speed = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<web_sys::HtmlSelectElement>().map(|s| s.value());
            if let Some((speed, _)) = SPEEDS.iter().find(|(_, text)| chosen.as_deref() == Some(text)) {
                session.set_speed(*speed);
            }
        })
    };
    html! {
        <div class="playbar" role="toolbar" aria-label="Simulated time">
            <button type="button" class="reset" onclick={act(Session::reset)} aria-label="Back to the beginning" title="Back to the beginning (Home)">
                { icon("M5 4v12M16 4 8 10l8 6z") }
            </button>
            <button type="button" class="play" onclick={act(Session::toggle)} aria-label={if playing { "Pause" } else { "Play" }}
                title="Play or pause (space)">
                { icon(if playing { "M6 4h3v12H6zM11 4h3v12h-3z" } else { "M6 3.5 16 10 6 16.5z" }) }
            </button>
            <button type="button" class="step" onclick={act(Session::step)} aria-label="Step one event" title="Step one event (→)">
                { icon("M4 4l8 6-8 6zM15 4v12") }
            </button>
            { part!(Clock, session: session.clone()) }
            { part!(Scrub, session: session.clone()) }
            <select class="speed" aria-label="Speed" onchange={on_speed}>
                { for SPEEDS.iter().map(|(speed, text)| html! {
                    <option value={*text} selected={(session.speed() - speed).abs() < 1e-9}>{ format!("{text}×") }</option>
                }) }
            </select>
            { props.children.clone() }
        </div>
    }
}

/// What [`Clock`] needs.
#[derive(Clone, PartialEq, Properties)]
struct ClockProps {
    session: Session,
}

/// Simulated time, in tenths of a second.
#[component]
fn Clock(props: &ClockProps) -> Html {
    let tenths = use_clock(&props.session, |session| session.now().0 / 100_000);
    html! { <span class="clock" role="timer" aria-live="off" aria-label="Simulated time">{ clock(tenths) }</span> }
}

/// `mm:ss.t`, with hours in front when there are any.
pub(crate) fn clock(tenths: u64) -> String {
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (minutes, second) = (seconds / 60, seconds % 60);
    match minutes / 60 {
        0 => format!("{minutes:02}:{second:02}.{tenth}"),
        hours => format!("{hours}:{:02}:{second:02}.{tenth}", minutes % 60),
    }
}

/// A small drawing that says nothing to a screen reader: its path, in a square of 20.
pub fn icon(path: &'static str) -> Html {
    html! { <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d={path} /></svg> }
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn the_clock_shows_hours_only_when_there_are_any() {
        assert_eq!(clock(124), "00:12.4");
        assert_eq!(clock(36_000 + 655), "1:01:05.5");
    }
}
