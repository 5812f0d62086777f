//! One Service.

use super::hit::hit;
use super::layout::{Area, ServicePlace};
use super::moved::Moved;
use crate::hooks::use_now_and_then;
use crate::number::{Tenths, px, whole};
use crate::part::part;
use crate::session::Session;
use crate::subject::{Mark, Subject};
use podscope_engine::object::Kind;
use podscope_engine::view::{ServiceView, View};
use std::rc::Rc;
use yew::prelude::*;

/// What [`Service`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ServiceProps {
    /// The Service and its place.
    pub place: ServicePlace,
    /// Whose requests are counted.
    pub session: Session,
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
    let crowded = w < 180.0 || service.clients > 0.0 || format!("{ready}/{}", service.total).len() > 4;
    let address = match (crowded, service.address.is_empty()) {
        (false, _) => address,
        (true, true) => service.kind.to_string(),
        (true, false) => service.address.to_string(),
    };
    let busy = service.clients > 0.0;
    let name = format!("Service {}, {}, {ready} of {} endpoints ready", service.name, service.kind, service.total);
    part!(Moved, at: (x, y), class: if ready == 0 { "service none" } else { "service" }, children: html! { <>
            { hit(name,
                Subject::new("Service", &service.namespace, &service.name), props.mark, props.on_select.clone(),
                html! { <>
                <rect class="halo" x="-5" y="-5" width={px(w + 10.0)} height={px(h + 10.0)} rx="27" />
                <rect class="pill" width={px(w)} height={px(h)} rx="22" />
            </> }) }
            <g class="ink" aria-hidden="true">
                <text class="title" x="20" y="20">{ &*service.name }</text>
                <text class="sub" x="20" y="35">{ address }</text>
                <text class="count" x={px(w - 20.0)} y={if busy { "20" } else { "27" }}>{ format!("{ready}/{}", service.total) }</text>
            </g>
            if busy {
                { part!(Rates, session: props.session.clone(), service: service.clone(), w, h) }
            }
        </> })
}

/// What [`Rates`] needs.
#[derive(Clone, PartialEq, Properties)]
struct RatesProps {
    session: Session,
    service: Rc<ServiceView>,
    w: f64,
    h: f64,
}

/// How many requests a second are served, and on the lower edge how many are not.
#[component]
fn Rates(props: &RatesProps) -> Html {
    use_now_and_then(&props.session);
    let RatesProps { session, service, w, h } = props;
    let requests = session.read(|cluster| cluster.requests(Kind::Service, &service.namespace, &service.name));
    let (served, lost) = requests.unwrap_or_default().rates();
    html! {
        <g class="ink" aria-hidden="true">
            <text class="sub rate" x={px(w - 20.0)} y="36">{ per_second(served) }</text>
            if lost > 0.0 {
                <g class="lost" transform={format!("translate({} {})", Tenths(w - 48.0), Tenths(h + 3.0))}>
                    <rect x="-44" y="-9" width="88" height="18" rx="9" />
                    <path d="M-36-4l8 8M-28-4l-8 8" />
                    <text x="-22" y="4">{ format!("{} lost", per_second(lost)) }</text>
                </g>
            }
        </g>
    }
}

/// `4.2/s`, `120/s`
pub fn per_second(rate: f64) -> String {
    if rate < 9.95 { format!("{}/s", Tenths(rate)) } else { format!("{}/s", whole(rate)) }
}

/// What is written on the clients: how many requests a second they send in all.
pub fn clients(view: &View) -> String {
    let rate: f64 = view.services.iter().map(|service| service.clients).sum();
    if rate > 0.0 { format!("clients · {}", per_second(rate)) } else { "clients".into() }
}
