//! One Service.

use super::hit::Hit;
use super::layout::{Area, ServicePlace};
use super::moved::Moved;
use crate::number::px;
use crate::subject::{Mark, Subject};
use yew::prelude::*;

/// What [`Service`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ServiceProps {
    /// The Service and its place.
    pub place: ServicePlace,
    /// How it is marked.
    pub mark: Mark,
    /// Called when it is chosen.
    pub on_select: Callback<Subject>,
}

/// A Service's pill: its name, its address, and how many of its pods are ready endpoints.
#[component]
pub fn Service(props: &ServiceProps) -> Html {
    let ServicePlace { service, area } = &props.place;
    let Area { x, y, w, h } = *area;
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
    let name = format!("Service {}, {}, {ready} of {} endpoints ready", service.name, service.kind, service.total);
    html! {
        <Moved at={(x, y)} class={if ready == 0 { "service none" } else { "service" }}>
            <Hit {name} subject={Subject::new("Service", &service.namespace, &service.name)} mark={props.mark}
                on_select={props.on_select.clone()}>
                <rect class="halo" x="-5" y="-5" width={px(w + 10.0)} height={px(h + 10.0)} rx="27" />
                <rect class="pill" width={px(w)} height={px(h)} rx="22" />
            </Hit>
            <g class="ink" aria-hidden="true">
                <text class="title" x="20" y="20">{ &*service.name }</text>
                <text class="sub" x="20" y="35">{ address }</text>
                <text class="count" x={px(w - 20.0)} y="27">{ format!("{ready}/{}", service.total) }</text>
            </g>
        </Moved>
    }
}
