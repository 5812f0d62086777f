//! One Service.

use super::layout::{Area, ServicePlace};
use super::set_place;
use crate::number::Tenths;
use yew::prelude::*;

/// What [`Service`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ServiceProps {
    /// The Service and its place.
    pub place: ServicePlace,
}

/// A Service's pill: its name, its address, and how many of its pods are ready endpoints.
#[component]
pub fn Service(props: &ServiceProps) -> Html {
    let ServicePlace { service, area } = &props.place;
    let Area { x, y, w, h } = *area;
    let node = use_placed((x, y));
    let address = if service.address.is_empty() {
        format!("{} · {}-0.{} …", service.kind, service.name, service.name)
    } else {
        format!("{} {}", service.kind, service.address)
    };
    let ready = service.ready.len();
    let crowded = w < 180.0 || format!("{ready}/{}", service.total).len() > 4;
    let address = match (crowded, service.address.is_empty()) {
        (false, _) => address,
        (true, true) => service.kind.to_string(),
        (true, false) => service.address.to_string(),
    };
    html! {
        <g ref={node} class="service moves" transform={format!("translate({} {})", Tenths(x), Tenths(y))} role="img"
            aria-label={format!("Service {}, {}, {ready} of {} endpoints ready", service.name, service.kind, service.total)}>
            <rect width={format!("{}", Tenths(w))} height={format!("{}", Tenths(h))} rx="22" />
            <text class="title" x="18" y="20">{ &*service.name }</text>
            <text class="sub" x="18" y="35">{ address }</text>
            <text class="count" x={format!("{}", Tenths(w - 18.0))} y="27">{ format!("{ready}/{}", service.total) }</text>
        </g>
    }
}

/// A reference to an element that stands at `at`, and travels when that changes.
#[hook]
pub fn use_placed(at: (f64, f64)) -> NodeRef {
    let node = use_node_ref();
    let placed = node.clone();
    use_effect_with((at.0.to_bits(), at.1.to_bits()), move |_| set_place(&placed, at));
    node
}
