//! The stage: the cluster as a drawing, read from the top down.

mod block;
mod bodies;
#[cfg(feature = "playground")]
mod by_node;
#[cfg(feature = "data")]
mod data;
mod frame;
mod hit;
mod layout;
mod moved;
mod node;
#[cfg(feature = "data")]
mod particles;
mod pod;
mod service;
mod wires;

use crate::dom;
use crate::hooks::use_view;
use crate::number::{Tenths, px, translate, whole};
use crate::part::part;
use crate::session::Session;
use crate::subject::{Mark, Marked, Subject};
use block::Block;
#[cfg(feature = "data")]
use data::Data;
use frame::{Frame, Labels};
use layout::BlockPlace;
use layout::{Density, PodPlace};
pub use layout::{Scene, lay_out};
use node::Node;
#[cfg(feature = "data")]
use particles::Particles;
use pod::Pod;
use podscope_engine::view::{PodView, View};
use service::Service;
pub use service::per_second;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

/// What [`Stage`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct StageProps {
    /// Whose cluster.
    pub session: Session,
    /// What is chosen, and what is pointed at.
    #[prop_or_default]
    pub marked: Marked,
    /// Whether pods stand on their nodes; otherwise with their workloads.
    #[prop_or_default]
    pub by_node: bool,
    /// The only workload that is shown; all when there is none.
    #[prop_or_default]
    pub focus: Option<Subject>,
    /// Called with what the user chooses.
    #[prop_or_default]
    pub on_select: Callback<Subject>,
}

/// A scene, and how it differs from the one before.
#[derive(PartialEq)]
struct Shown {
    scene: Rc<Scene>,
    /// Pods that are gone since.
    leaving: Vec<PodPlace>,
    /// Whether the place became wider or narrower: then nothing travels.
    still: bool,
}

/// The most pods that leave one by one.
const LEAVING: usize = 40;

/// The drawing of a session's cluster, as wide as its place.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let view = use_view(&props.session);
    let place = use_node_ref();
    let width = use_width(&place);
    let before = use_mut_ref(|| (Rc::new(Scene::default()), 0));
    let shown = use_memo((view.clone(), width, props.by_node, props.focus.clone()), |(view, width, by_node, focus)| {
        let scene = Rc::new(arranged(view, f64::from(*width), *by_node, focus.as_ref()));
        let (old, old_width) = before.replace((scene.clone(), *width));
        Shown { leaving: leaving(&old, &scene), still: old_width != *width, scene }
    });
    let scene = &*shown.scene;
    let (w, h) = scene.size;
    let (marked, on_select) = (&props.marked, &props.on_select);
    // Each list is a node of its own: what `for` puts in place would be one list without keys, and made anew at each change.
    // And each is an element of its own, which is always there: a part's first drawing is put in place only after its parent's,
    // and what then stands behind it may be gone.
    html! {
        <div ref={place} class="stage" role="region" aria-label="Cluster" tabindex="0">
            { particles(&props.session, &shown.scene) }
            <svg viewBox={format!("0 0 {} {}", whole(w), whole(h))} preserveAspectRatio="xMidYMin" role="group" aria-label="Pods, Services and nodes"
                class={shown.still.then_some("still")}>
                { drawn(scene, false) }
                if let Some((x, y)) = scene.clients {
                    <g class="clients" transform={translate((x, y))}>
                        <rect x="-62" y="-16" width="124" height="32" rx="16" />
                        <text y="4.5">{ service::clients(&view) }</text>
                    </g>
                }
                <g>{ scene.services.iter().map(|place| part!(Service,
                    key = format!("{}/{}", place.service.namespace, place.service.name); place: place.clone(),
                    session: props.session.clone(),
                    mark: marked.of("Service", &place.service.namespace, &place.service.name),
                    on_select: on_select.clone())).collect::<Html>() }</g>
                <g>{ scene.frames.iter().map(|place| part!(Frame,
                    key = key(place); place: place.clone(), marked: marked.clone(), on_select: on_select.clone())).collect::<Html>() }</g>
                <g>{ scene.nodes.iter().map(|place| part!(Node,
                    key = &*place.node.name; place: place.clone(), mark: marked.of("Node", "", &place.node.name),
                    on_select: on_select.clone())).collect::<Html>() }</g>
                { drawn(scene, true) }
                <g>{ scene.frames.iter().map(|place| part!(Labels,
                    key = key(place); place: place.clone(), marked: marked.clone(), on_select: on_select.clone())).collect::<Html>() }</g>
                <g>{ scene.blocks.iter().map(|place| part!(Block,
                    key = place.key.clone(); place: place.clone(), on_select: on_select.clone(),
                    selected: marked.selected.as_ref().and_then(|subject| found(place, subject)))).collect::<Html>() }</g>
                <g>{ shown.leaving.iter().map(|place| part!(Pod,
                    key = format!("leaving/{}", place.pod.uid); place: place.clone(),
                    session: props.session.clone(), leaving: true, mark: Mark::default(),
                    on_select: Callback::noop())).collect::<Html>() }</g>
                <g>{ scene.pods.iter().map(|place| part!(Pod,
                    key = &*place.pod.uid; place: place.clone(), session: props.session.clone(),
                    mark: marked.of("Pod", &place.pod.namespace, &place.pod.name), on_select: on_select.clone())).collect::<Html>() }</g>
                <g>{ data(&props.session, &shown.scene) }</g>
                <g>{ scene.frames.iter().map(frame::note).collect::<Html>() }</g>
                if let Some((text, y)) = &scene.kept {
                    <text class="sub kept" x={px(w / 2.0)} y={px(*y)}>{ text }</text>
                }
            </svg>
            if scene.frames.is_empty() && scene.services.is_empty() {
                <p class="empty">{ "The cluster is empty. Apply a manifest, and watch what becomes of it." }</p>
            }
        </div>
    }
}

#[cfg(feature = "playground")]
fn arranged(view: &View, width: f64, by_node: bool, focus: Option<&Subject>) -> Scene {
    let alone = focus.map(|subject| focused(view, subject));
    let view = alone.as_ref().unwrap_or(view);
    if by_node { by_node::lay_out(view, width) } else { lay_out(view, width) }
}

/// One workload with its Services.
#[cfg(feature = "playground")]
fn focused(view: &View, subject: &Subject) -> View {
    let is = |w: &podscope_engine::view::WorkloadView| subject.is(&w.kind, &w.namespace, &w.name);
    let at = view.workloads.iter().position(|w| is(w));
    let mut alone = View { bare: Vec::new(), others: Vec::new(), ..view.clone() };
    alone.workloads.retain(|w| is(w));
    alone.services.retain(|service| service.workload.is_some() && service.workload == at);
    use podscope_engine::view::Body;
    let mut own: Vec<podscope_engine::view::Text> = match alone.workloads.first().map(|w| &w.body) {
        Some(Body::Groups(groups)) => groups.iter().flat_map(|g| &g.pods).map(|pod| pod.uid.clone()).collect(),
        Some(Body::Bays(bays)) => bays.iter().filter_map(|bay| bay.pod.as_ref()).map(|pod| pod.uid.clone()).collect(),
        None => Vec::new(),
    };
    podscope_schema::sort::sort(&mut own);
    // Of the nodes, those that its pods are on, with its pods alone.
    for node in &mut alone.nodes {
        Rc::make_mut(node).pods.retain(|(uid, _)| own.binary_search(uid).is_ok());
    }
    alone.nodes.retain(|node| !node.pods.is_empty());
    for service in &mut alone.services {
        Rc::make_mut(service).workload = Some(0);
    }
    alone
}

#[cfg(feature = "data")]
fn particles(session: &Session, scene: &Rc<Scene>) -> Html {
    part!(Particles, session: session.clone(), scene: scene.clone())
}

/// No requests are simulated.
#[cfg(not(feature = "data"))]
fn particles(_: &Session, _: &Rc<Scene>) -> Html {
    Html::default()
}

#[cfg(feature = "data")]
fn data(session: &Session, scene: &Rc<Scene>) -> Html {
    part!(Data, session: session.clone(), scene: scene.clone())
}

/// Nothing runs inside pods.
#[cfg(not(feature = "data"))]
fn data(_: &Session, _: &Rc<Scene>) -> Html {
    Html::default()
}

/// An embed has the one arrangement.
#[cfg(not(feature = "playground"))]
fn arranged(view: &View, width: f64, _: bool, _: Option<&Subject>) -> Scene {
    lay_out(view, width)
}

fn key(place: &layout::FramePlace) -> String {
    format!("{}/{}/{}", place.workload.kind, place.workload.namespace, place.workload.name)
}

/// The pods of a scene that the next one has not; none when they are very many.
fn leaving(old: &Scene, new: &Scene) -> Vec<PodPlace> {
    let full = |place: &&PodPlace| place.density == Density::Full;
    if old.pods.iter().filter(full).count() > 4 * LEAVING {
        return Vec::new();
    }
    let gone = |place: &&PodPlace| new.pods.iter().all(|other| other.pod.uid != place.pod.uid);
    old.pods.iter().filter(full).filter(gone).take(LEAVING).cloned().collect()
}

/// Which pod of a block is chosen.
fn found(place: &BlockPlace, subject: &Subject) -> Option<usize> {
    let is = |pod: &Rc<PodView>| subject.is("Pod", &pod.namespace, &pod.name);
    (&*subject.kind == "Pod").then(|| place.pods.iter().position(|pod| pod.as_ref().is_some_and(is))).flatten()
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
