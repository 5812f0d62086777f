//! One pod.

use super::hit::hit;
use super::layout::{Density, PodPlace};
use super::set_place;
use crate::dom;
use crate::hooks::use_topic;
use crate::number::{Tenths, px, translate, whole};
use crate::part::part;
use crate::session::{Session, Topic};
use crate::subject::{Mark, Subject};
use podscope_engine::time::SimTime;
use podscope_engine::view::PodState;
use yew::prelude::*;

/// What [`Pod`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct PodProps {
    /// The pod and its place.
    pub place: PodPlace,
    /// Whose clock a back-off is counted by.
    pub session: Session,
    /// How it is marked.
    pub mark: Mark,
    /// Called when it is chosen.
    pub on_select: Callback<Subject>,
    /// Whether it is gone, and fades.
    #[prop_or_default]
    pub leaving: bool,
}

/// A pod: round, or square with its number; its state is drawn.
#[component]
pub fn Pod(props: &PodProps) -> Html {
    let PodPlace { pod, at, from, density, old, square } = &props.place;
    let node = use_node_ref();
    let first = use_mut_ref(|| true);
    {
        let node = node.clone();
        let (at, from) = (*at, *from);
        // Before the browser paints: a new pod sets out from its owner, an old one travels.
        use_effect_with((at.0.to_bits(), at.1.to_bits()), move |_| {
            if first.replace(false)
                && let Some(element) = node.cast::<web_sys::Element>()
            {
                dom::set_style(
                    &element,
                    "--from",
                    &format!("translate({}px,{}px) scale(.3)", Tenths(from.0), Tenths(from.1)),
                );
            }
            set_place(&node, at);
        });
    }
    let shape = if *square { "square" } else { "round" };
    let class = classes!("pod", shape, pod.state.word(), old.then_some("old"), props.leaving.then_some("leaving"));
    html! {
        <g ref={node} {class} transform={translate(*at)} aria-hidden={props.leaving.then_some("true")}>
            if props.leaving {
                { body(density.radius(*square), *square) }
            } else {
                { hit(pod.spoken(),
                    Subject::pod(pod), props.mark, props.on_select.clone(),
                    html! { { body(density.radius(*square), *square) } }) }
            }
            if *density == Density::Full {
                { mark(pod.state, *square) }
                if *square {
                    <text class="ordinal" y="9" aria-hidden="true">{ pod.ordinal.unwrap_or_default() }</text>
                }
                if let Some(until) = pod.back_off_until {
                    { part!(BackOff, session: props.session.clone(), until, y: if *square { 0.0 } else { 5.0 }) }
                }
                <text class="name" aria-hidden="true" y={if *square { "45" } else { "36" }}>
                    { if *square { &*pod.name } else { &*pod.short } }
                </text>
            } else if *square && *density == Density::Small {
                <text class="ordinal small" y="4" aria-hidden="true">{ pod.ordinal.unwrap_or_default() }</text>
            }
        </g>
    }
}

/// The shape, and the ring that turns while containers are created.
fn body(r: f64, square: bool) -> Html {
    let outer = px(r + 5.0);
    let r_text = px(r);
    if square {
        let (start, side) = (px(-r), px(2.0 * r));
        let (focus, focus_side) = (px(-r - 5.0), px(2.0 * r + 10.0));
        let round = px((r * 0.37).max(1.5));
        html! {
            <>
                <rect class="halo" x={focus.clone()} y={focus} width={focus_side.clone()} height={focus_side} rx="14" />
                <rect class="body" x={start.clone()} y={start.clone()} width={side.clone()} height={side.clone()} rx={round.clone()} />
                <rect class="ring" x={start.clone()} y={start} width={side.clone()} height={side} rx={round} pathLength="100" />
            </>
        }
    } else {
        html! {
            <>
                <circle class="halo" r={outer} />
                <circle class="body" r={r_text.clone()} />
                <circle class="ring" r={r_text} pathLength="100" />
            </>
        }
    }
}

/// The mark of a pod that is not well.
fn mark(state: PodState, square: bool) -> Html {
    let sign = match state {
        PodState::Failed | PodState::CrashLoop | PodState::ImagePull => "!",
        PodState::Unknown => "?",
        PodState::Succeeded => "✓",
        _ => return Html::default(),
    };
    let at = if square { "translate(25 -25)" } else { "translate(16 -16)" };
    html! {
        <g class="mark" transform={at} aria-hidden="true"><circle r="9" /><text y="4.5">{ sign }</text></g>
    }
}

/// What [`BackOff`] needs.
#[derive(Clone, PartialEq, Properties)]
struct BackOffProps {
    session: Session,
    until: SimTime,
    y: f64,
}

/// Whole seconds until a back-off ends.
#[component]
fn BackOff(props: &BackOffProps) -> Html {
    use_topic(&props.session, Topic::Clock);
    let left = props.until.since(props.session.now()).as_secs_f64().ceil();
    html! { <text class="backoff" aria-hidden="true" y={px(props.y - 8.0)}>{ format!("{} s", whole(left)) }</text> }
}
