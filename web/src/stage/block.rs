//! Many pods of one workload, drawn as dots: one shape for each state instead of one for each pod.

use super::layout::BlockPlace;
use crate::number::Tenths;
use crate::subject::Subject;
use podscope_engine::view::PodState;
use std::fmt::Write;
use yew::prelude::*;

/// The states in the order in which they are drawn.
const STATES: [PodState; 10] = [
    PodState::Pending,
    PodState::Creating,
    PodState::NotReady,
    PodState::Ready,
    PodState::Terminating,
    PodState::Failed,
    PodState::CrashLoop,
    PodState::ImagePull,
    PodState::Unknown,
    PodState::Succeeded,
];

/// What [`Block`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct BlockProps {
    /// The pods and their place.
    pub place: BlockPlace,
    /// Which of them is selected.
    pub selected: Option<usize>,
    /// Called with a pod when it is chosen.
    pub on_select: Callback<Subject>,
}

/// Some rows of dots. It is one button, whose name is that of the pod that the arrow keys have come to.
#[component]
pub fn Block(props: &BlockProps) -> Html {
    let BlockPlace { key: _, pods, at: (x, y), columns, old, square } = &props.place;
    let cursor = use_state_eq(|| 0_usize);
    let here = (*cursor).min(pods.len().saturating_sub(1));
    let (w, h) = props.place.size();
    let cell = f64::from(BlockPlace::CELL);
    let choose = {
        let (on_select, pods) = (props.on_select.clone(), pods.clone());
        move |at: usize| {
            if let Some(pod) = pods.get(at).and_then(Option::as_ref) {
                on_select.emit(Subject::pod(pod));
            }
        }
    };
    let onclick = {
        let (choose, cursor, columns) = (choose.clone(), cursor.setter(), *columns);
        Callback::from(move |event: MouseEvent| {
            let Some(target) = event.target_dyn_into::<web_sys::Element>() else { return };
            // The drawing is scaled, so the place is found as a share of the grid.
            let area = target.get_bounding_client_rect();
            let share = |offset: f64, of: f64| if of > 0.0 { offset / of } else { 0.0 };
            let column = share(f64::from(event.client_x()) - area.left(), area.width()) * w / cell;
            let row = share(f64::from(event.client_y()) - area.top(), area.height()) * h / cell;
            let at = row.max(0.0) as usize * columns + (column.max(0.0) as usize).min(columns - 1);
            cursor.set(at);
            choose(at);
        })
    };
    let onkeydown = {
        let (cursor, columns, last) = (cursor.setter(), *columns, pods.len().saturating_sub(1));
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "Enter" | " " => choose(here),
                "ArrowRight" => cursor.set((here + 1).min(last)),
                "ArrowLeft" => cursor.set(here.saturating_sub(1)),
                "ArrowDown" => cursor.set((here + columns).min(last)),
                "ArrowUp" => cursor.set(here.saturating_sub(columns)),
                "Home" => cursor.set(0),
                "End" => cursor.set(last),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let shape = if *square { "square" } else { "round" };
    let paths = STATES.iter().map(|&state| {
        let d = path(&props.place, state);
        if d.is_empty() {
            return Html::default();
        }
        let class = classes!("pod", "dots", shape, state.word(), old.then_some("old"));
        html! { <path key={state.word()} {class} {d} /> }
    });
    let name = pods.get(here).and_then(Option::as_ref).map_or_else(|| "no pod".to_owned(), |pod| pod.spoken());
    let label = format!("{name} ({} of {}; arrow keys go to the others)", here + 1, pods.len());
    let ring = |at: usize, class: &'static str| {
        let (cx, cy) = props.place.middle(at);
        html! { <circle {class} cx={Tenths(cx - x).to_string()} cy={Tenths(cy - y).to_string()} r="7" /> }
    };
    html! {
        <g class="block" transform={format!("translate({} {})", Tenths(*x), Tenths(*y))}>
            { paths.collect::<Html>() }
            if let Some(at) = props.selected {
                { ring(at, "chosen") }
            }
            <g class="hit" role="button" tabindex="0" aria-label={label}
                aria-pressed={(props.selected == Some(here)).to_string()} {onclick} {onkeydown}>
                { ring(here, "halo") }
                <rect width={Tenths(w).to_string()} height={Tenths(h).to_string()} />
            </g>
        </g>
    }
}

/// The dots of all pods in this state.
fn path(place: &BlockPlace, state: PodState) -> String {
    let mut d = String::new();
    for (at, _) in place.pods.iter().enumerate().filter(|(_, pod)| pod.as_ref().is_some_and(|p| p.state == state)) {
        let (column, row) = (at % place.columns, at / place.columns);
        let (x, y) = (column * usize::from(BlockPlace::CELL) + 2, row * usize::from(BlockPlace::CELL) + 2);
        let written = if place.square {
            write!(d, "M{x} {y}h8v8h-8z")
        } else {
            write!(d, "M{x} {}a4 4 0 1 0 8 0a4 4 0 1 0-8 0", y + 4)
        };
        // Writing to a string does not fail.
        debug_assert!(written.is_ok());
    }
    d
}
