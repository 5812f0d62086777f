//! The stage: the cluster as a drawing, read from the top down.

mod block;
mod bodies;
mod frame;
mod layout;
mod node;
mod pod;
mod service;
mod wires;

use crate::dom;
use crate::hooks::use_view;
use crate::number::{Tenths, whole};
use crate::session::Session;
use block::Block;
use frame::Frame;
use layout::BlockPlace;
pub use layout::{Scene, lay_out};
use node::Node;
use pod::Pod;
use podscope_engine::view::Text;
use service::Service;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

/// What [`Stage`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct StageProps {
    /// Whose cluster.
    pub session: Session,
    /// The uid of the selected pod.
    #[prop_or_default]
    pub selected: Option<Text>,
    /// Called with the uid of the pod that the user selects.
    #[prop_or_default]
    pub on_select: Callback<Text>,
}

/// The drawing of a session's cluster, as wide as its place.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let view = use_view(&props.session);
    let place = use_node_ref();
    let width = use_width(&place);
    let scene = use_memo((view.clone(), width), |(view, width)| lay_out(view, f64::from(*width)));
    let (w, h) = scene.size;
    html! {
        <div ref={place} class="stage" role="region" aria-label="Cluster" tabindex="0">
            <svg viewBox={format!("0 0 {} {}", whole(w), whole(h))} role="group" aria-label="Pods, Services and nodes">
                { drawn(&scene, false) }
                if let Some((x, y)) = scene.clients {
                    <g class="clients" transform={format!("translate({} {})", Tenths(x), Tenths(y))}>
                        <rect x="-46" y="-16" width="92" height="32" rx="16" />
                        <text y="4.5">{ "clients" }</text>
                    </g>
                }
                { for scene.services.iter().map(|place| html! {
                    <Service key={format!("{}/{}", place.service.namespace, place.service.name)} place={place.clone()} />
                }) }
                { for scene.frames.iter().map(|place| html! {
                    <Frame key={format!("{}/{}/{}", place.workload.kind, place.workload.namespace, place.workload.name)}
                        place={place.clone()} />
                }) }
                { drawn(&scene, true) }
                { for scene.blocks.iter().map(|place| html! {
                    <Block key={place.key.clone()} place={place.clone()} on_select={props.on_select.clone()}
                        selected={props.selected.as_ref().and_then(|uid| found(place, uid))} />
                }) }
                { for scene.pods.iter().map(|place| html! {
                    <Pod key={&*place.pod.uid} place={place.clone()} session={props.session.clone()}
                        selected={props.selected.as_ref() == Some(&place.pod.uid)} on_select={props.on_select.clone()} />
                }) }
                { for scene.frames.iter().map(frame::note) }
                { for scene.nodes.iter().map(|place| html! { <Node key={&*place.node.name} place={place.clone()} /> }) }
                if let Some((text, y)) = &scene.kept {
                    <text class="sub kept" x={format!("{}", whole(w / 2.0))} y={format!("{}", whole(*y))}>{ text }</text>
                }
            </svg>
            if scene.frames.is_empty() && scene.services.is_empty() {
                <p class="empty">{ "The cluster is empty. Apply a manifest, and watch what becomes of it." }</p>
            }
        </div>
    }
}

/// Which pod of a block has this uid.
fn found(place: &BlockPlace, uid: &Text) -> Option<usize> {
    place.pods.iter().position(|pod| pod.as_ref().is_some_and(|pod| pod.uid == *uid))
}

fn drawn(scene: &Scene, thin: bool) -> Html {
    let wires = scene.wires.iter().filter(|wire| wire.thin == thin);
    let class = if thin { "wire thin" } else { "wire" };
    html! {
        <g aria-hidden="true">
            { for wires.map(|wire| html! { <path key={wire.key.clone()} class={class} d={wire.path.clone()} /> }) }
        </g>
    }
}

/// The width of an element in CSS pixels, followed as it changes.
#[hook]
fn use_width(place: &NodeRef) -> i32 {
    let width = use_state_eq(|| 900);
    let set = width.setter();
    use_effect_with(place.clone(), move |place| {
        let element = place.cast::<web_sys::Element>();
        let watched = element.clone();
        let measure = move || {
            if let Some(w) = watched.as_ref().map(web_sys::Element::client_width).filter(|w| *w > 0) {
                set.set(w);
            }
        };
        measure();
        let closure = Rc::new(Closure::<dyn Fn()>::new(measure));
        let observer = web_sys::ResizeObserver::new(wasm_bindgen::JsCast::unchecked_ref((*closure).as_ref())).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(closure);
        }
    });
    *width
}

/// Moves an SVG element by the style's object model, which every browser animates.
pub(crate) fn set_place(node: &NodeRef, (x, y): (f64, f64)) {
    if let Some(element) = node.cast::<web_sys::Element>() {
        dom::set_style(&element, "transform", &format!("translate({}px,{}px)", Tenths(x), Tenths(y)));
    }
}
