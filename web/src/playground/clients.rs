//! [`Clients`]: how many requests a second a Service's clients send.

use super::action::{Action, act};
use super::shell::Shell;
use crate::stage::per_second;
use crate::subject::Subject;
use podscope_engine::view::ServiceView;
use podscope_schema::Value;
use std::rc::Rc;
use yew::prelude::*;

/// The annotation that the engine reads.
const ANNOTATION: &str = "podscope.dev/clients";
/// The rates that the slider has.
const RATES: [u16; 12] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

/// What [`Clients`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ClientsProps {
    /// Where it is done.
    pub shell: Shell,
    /// The Service.
    pub service: Rc<ServiceView>,
}

/// A slider; what it is set to is written as an annotation of the Service.
#[component]
pub fn Clients(props: &ClientsProps) -> Html {
    let service = &props.service;
    let at = RATES.iter().rposition(|rate| f64::from(*rate) <= service.clients * 1.001).unwrap_or_default();
    let onchange = {
        let props = props.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<web_sys::HtmlInputElement>().and_then(|i| i.value().parse().ok());
            if let Some(rate) = chosen.and_then(|at: usize| RATES.get(at)) {
                set(&props, *rate);
            }
        })
    };
    let words = if service.clients > 0.0 { per_second(service.clients) } else { "none".into() };
    html! {
        <label class="line clients-rate"><span>{ "clients" }</span>
            <input type="range" min="0" max={(RATES.len() - 1).to_string()} value={at.to_string()} {onchange}
                aria-label={format!("Requests a second to {}", service.name)} aria-valuetext={words.clone()} />
            <b>{ words }</b>
        </label>
    }
}

fn set(props: &ClientsProps, rate: u16) {
    let value = if rate == 0 { Value::default() } else { format!("{rate}/s").as_str().into() };
    let mut patch = Value::default();
    patch.set_at(&["metadata", "annotations", ANNOTATION], value);
    let ServiceView { namespace, name, .. } = &*props.service;
    // A Service that is gone has no card any more.
    let _ = act(&props.shell, &Action::Patch(Subject::new("Service", namespace, name), patch));
}
