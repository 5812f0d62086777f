//! [`Scrub`]: the whole run as a line, on which the present instant can be dragged.

use crate::hooks::{use_clock, use_topic};
use crate::number::{px, within};
use crate::playbar::clock;
use crate::session::{Session, Topic};
use podscope_engine::time::SimTime;
use yew::prelude::*;

/// What [`Scrub`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ScrubProps {
    /// Whose time.
    pub session: Session,
}

/// A slider from the beginning to a little beyond the end, with a mark for everything that was done.
#[component]
pub fn Scrub(props: &ScrubProps) -> Html {
    let session = &props.session;
    use_topic(session, Topic::View);
    use_topic(session, Topic::Branch);
    let tenths = use_clock(session, |session| session.now().0 / 100_000);
    // Dragging stops time; it goes on when the hand is taken off.
    let went_on = use_mut_ref(|| false);
    let oninput = {
        let (session, went_on) = (session.clone(), went_on.clone());
        Callback::from(move |event: InputEvent| {
            let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() else { return };
            if session.playing() {
                *went_on.borrow_mut() = true;
                session.pause();
            }
            session.seek(instant(input.value_as_number()).min(session.end()));
        })
    };
    let onchange = {
        let (session, went_on) = (session.clone(), went_on);
        Callback::from(move |_: Event| {
            if went_on.replace(false) {
                session.play();
            }
        })
    };
    let end = session.end().as_secs_f64();
    let whole = span(end);
    let at = |t: f64| within(t / whole * 1000.0, 0.0, 1000.0);
    let now = tenths as f64 / 10.0;
    let mut marks: Vec<u64> = session.inputs().iter().map(|i| i.at.0 / 100_000).filter(|t| *t > 0).collect();
    marks.dedup();
    html! {
        <span class="scrub">
            <svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" y="6" width="1000" height="4" />
                <rect class="known" y="6" width={px(at(end))} height="4" />
                <rect class="past" y="6" width={px(at(now))} height="4" />
                { for marks.iter().map(|t| html! { <rect class="mark" x={px(at(*t as f64 / 10.0) - 1.5)} y="2" width="3" height="12" /> }) }
            </svg>
            <input type="range" min="0" max={px(whole)} step="0.1" value={px(now)} aria-label="Instant"
                aria-valuetext={clock(tenths)} {oninput} {onchange} />
        </span>
    }
}

fn instant(seconds: f64) -> SimTime {
    SimTime((within(seconds, 0.0, 1e9) * 1e6) as u64)
}

/// How many seconds the line stands for: room is left for what comes.
fn span(end: f64) -> f64 {
    [30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0].into_iter().find(|s| end < *s).unwrap_or(end * 1.1)
}
