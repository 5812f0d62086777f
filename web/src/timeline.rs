//! The time line: a lane for each pod.

use crate::hooks::use_now_and_then;
use crate::lanes::Lane;
use crate::number::{Tenths, px, within};
use crate::session::Session;
use podscope_engine::object::Kind;
use podscope_engine::time::SimTime;
use podscope_engine::view::Text;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// How many simulated seconds are shown.
const SPAN: f64 = 60.0;
/// How much of that is still to come, once the beginning has left the picture.
const AHEAD: f64 = 9.0;
/// For how many seconds it is known what became of requests.
const SECONDS: usize = 60;
/// The most lanes that are drawn.
const MOST: usize = 60;

/// What [`Timeline`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TimelineProps {
    /// Whose time.
    pub session: Session,
    /// An instant that is pointed at.
    #[prop_or_default]
    pub lit: Option<SimTime>,
    /// The pod whose lane is pointed at.
    #[prop_or_default]
    pub chosen: Option<Text>,
}

/// What every pod has been through, and where now is.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    use_now_and_then(&props.session);
    let now = props.session.now().as_secs_f64();
    let end = props.session.end().as_secs_f64();
    // The end stays in the picture, unless now lies so far back that both do not fit.
    let from = (end - (SPAN - AHEAD)).min(now - AHEAD).max(0.0);
    let at = |t: f64| within((t - from) / SPAN * 1000.0, 0.0, 1000.0);
    let rows = props.session.with_lanes(|lanes| {
        let shown = lanes.all().iter().filter(|lane| lane.end.is_none_or(|end| end.as_secs_f64() > from));
        let count = shown.clone().count();
        shown.skip(count.saturating_sub(MOST)).map(|lane| row(lane, end, &at, props.chosen.as_ref())).collect::<Html>()
    });
    // Where a pointer is, as an instant: lanes begin right of the names.
    let drag = {
        let session = props.session.clone();
        Callback::from(move |event: PointerEvent| {
            let pressed = event.buttons() & 1 == 1;
            let Some(list) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
            let track = list.query_selector("svg:not(.playhead)").ok().flatten();
            let Some(track) = track.filter(|_| pressed) else { return };
            let place = track.get_bounding_client_rect();
            let x = f64::from(event.client_x()) - place.left();
            if x < 0.0 || place.width() <= 0.0 {
                return;
            }
            event.prevent_default();
            session.pause();
            let to = from + within(x / place.width(), 0.0, 1.0) * SPAN;
            session.seek(SimTime((to * 1e6) as u64).min(session.end()));
        })
    };
    html! {
        <div class="timeline" role="region" aria-label="Time line of the pods" tabindex="0"
            onpointerdown={drag.clone()} onpointermove={drag}>
            <ul>{ lost(&props.session, now, &at) }{ rows }</ul>
            <svg class="playhead" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                { props.session.stops().iter().filter(|(stop, _)| stop.as_secs_f64() > from).map(|(stop, _)| html! {
                    <rect class="stop" x={px(at(stop.as_secs_f64()) - 2.0)} width="4" height="10" />
                }).collect::<Html>() }
                <rect x={px(at(now) - 1.0)} width="2" height="10" />
                if let Some(lit) = props.lit {
                    <rect class="lit" x={px(at(lit.as_secs_f64()) - 1.5)} width="3" height="10" />
                }
            </svg>
        </div>
    }
}

/// Which share of the requests to all Services got no answer, second by second; nothing when there were none.
fn lost(session: &Session, now: f64, at: &impl Fn(f64) -> f64) -> Html {
    // All, and those without an answer; the present second comes first.
    let mut seconds = [(0_u32, 0_u32); SECONDS];
    for service in &session.view().services {
        let of = session.read(|cluster| cluster.requests(Kind::Service, &service.namespace, &service.name));
        for (sum, [served, rest @ ..]) in seconds.iter_mut().zip(of.iter().flat_map(|of| of.seconds.iter().rev())) {
            let lost: u32 = rest.iter().sum();
            *sum = (sum.0 + served + lost, sum.1 + lost);
        }
    }
    if seconds.iter().all(|(all, _)| *all == 0) {
        return Html::default();
    }
    let (mut any, mut bad) = (String::new(), String::new());
    for (back, (all, lost)) in seconds.iter().enumerate().filter(|(_, (all, _))| *all > 0) {
        let since = now as u64 as f64 - back as f64;
        let (x1, x2) = (Tenths(at(since)), Tenths(at((since + 1.0).min(now))));
        let bar = |top: f64| format!("M{x1} 9.5H{x2}V{}H{x1}z", Tenths(top));
        any += &bar(0.5);
        bad += &bar(9.5 - 9.0 * f64::from(*lost) / f64::from(*all));
    }
    let (all, lost) = seconds.iter().take(6).fold((0, 0), |sum, s| (sum.0 + s.0, sum.1 + s.1));
    let words = format!("{} % lost", (lost * 100).div_ceil(all.max(1)));
    html! {
        <li key="lost" class="lost">
            <span class="mono">{ words }</span>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="Share of requests without an answer, second by second">
                <rect class="track" y="0.5" width="1000" height="9" />
                <path class="any" d={any} /><path class="bad" d={bad} />
            </svg>
        </li>
    }
}

fn row(lane: &Lane, known: f64, at: &impl Fn(f64) -> f64, chosen: Option<&Text>) -> Html {
    let end = lane.end.map_or(known, SimTime::as_secs_f64);
    let mut spans = Vec::new();
    for (index, (since, state)) in lane.states.iter().enumerate() {
        let until = lane.states.get(index + 1).map_or(end, |(next, _)| next.as_secs_f64());
        let (x1, x2) = (at(since.as_secs_f64()), at(until));
        if x2 > x1 {
            let class = classes!("span", state.word());
            spans.push(html! {
                <rect {class} x={px(x1)} y="0.5" width={px(x2 - x1)} height="9" />
            });
        }
    }
    html! {
        <li key={&*lane.uid} class={classes!(lane.stateful.then_some("stateful"), (chosen == Some(&lane.name)).then_some("chosen"))}>
            <span class="mono">{ &*lane.name }</span>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" y="0.5" width="1000" height="9" />
                { for spans }
            </svg>
        </li>
    }
}
