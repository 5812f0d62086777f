//! [`Traffic`]: requests in numbers, of one Service or pod, or of all Services.

use crate::hooks::{use_now_and_then, use_view};
use crate::number::{Tenths, px};
use crate::part::part;
use crate::session::Session;
use crate::stage::per_second;
use crate::subject::Subject;
use podscope_engine::object::Kind;
use podscope_engine::view::{Requests, Text};
use std::time::Duration;
use yew::prelude::*;

/// How many seconds are drawn.
const SECONDS: usize = 60;
/// How requests end, as [`Requests`] counts them.
const ENDS: [&str; 4] = ["served", "refused", "reset", "timed out"];

/// What [`Traffic`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TrafficProps {
    /// Whose requests.
    pub session: Session,
    /// The Service or the pod.
    pub subject: Subject,
}

/// What became of the requests to a Service, or of those that a pod got; nothing when there were none.
#[component]
pub fn Traffic(props: &TrafficProps) -> Html {
    use_now_and_then(&props.session);
    let Subject { kind, namespace, name } = &props.subject;
    let kind = if &**kind == "Service" { Kind::Service } else { Kind::Pod };
    let Some(requests) = props.session.read(|cluster| cluster.requests(kind, namespace, name)) else {
        return Html::default();
    };
    let (served, lost) = requests.rates();
    let [p50, p95, p99] = requests.percentiles.map(milliseconds);
    let most = requests.seconds.iter().map(|s| s.iter().sum::<u32>()).max().unwrap_or_default();
    let spoken = format!("Requests of the last seconds: at most {most} a second, {} lost in all", requests.lost());
    html! {
        <section class="traffic" aria-label="Traffic">
            <h3>{ "Traffic" }</h3>
            <p class="now">
                <b>{ per_second(served) }</b>{ " served " }
                <span class={(lost > 0.0).then_some("bad")}><b>{ per_second(lost) }</b>{ " lost" }</span>
            </p>
            <svg class="spark" viewBox="0 0 240 44" preserveAspectRatio="none" role="img" aria-label={spoken}>{ spark(&requests, most) }</svg>
            <dl>
                <dt>{ "p50/95/99" }</dt><dd>{ format!("{p50} / {p95} / {p99} ms") }</dd>
                { for ENDS.iter().zip(requests.totals).filter(|(_, n)| *n > 0).map(|(end, n)| html! { <><dt>{ *end }</dt><dd>{ n }</dd></> }) }
            </dl>
        </section>
    }
}

/// A bar for each whole second: what was served, and on it what was not.
fn spark(requests: &Requests, most: u32) -> Html {
    let whole = &requests.seconds[..requests.seconds.len().saturating_sub(1)];
    let unit = 40.0 / f64::from(most.max(1));
    let wide = 240.0 / SECONDS as f64;
    let left = 240.0 - wide * whole.len() as f64;
    let (mut good, mut bad) = (String::new(), String::new());
    let bar = |at: usize, bottom: f64, high: f64| {
        let high = high * unit;
        let x = Tenths(left + wide * at as f64);
        format!(
            "M{x} {}h{}v-{}h-{}z",
            Tenths(44.0 - bottom * unit),
            Tenths(wide - 0.6),
            Tenths(high),
            Tenths(wide - 0.6)
        )
    };
    for (at, [served, rest @ ..]) in whole.iter().enumerate() {
        let (served, lost) = (f64::from(*served), f64::from(rest.iter().sum::<u32>()));
        good += &bar(at, 0.0, served);
        if lost > 0.0 {
            bad += &bar(at, served, lost);
        }
    }
    html! { <><path class="good" d={good} /><path class="bad" d={bad} /><path class="axis" d={format!("M0 {}H240", px(43.6))} /></> }
}

/// Whole milliseconds, or a dash.
fn milliseconds(took: Duration) -> String {
    if took.is_zero() { "–".into() } else { took.as_millis().to_string() }
}

/// What [`AllTraffic`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct AllTrafficProps {
    /// Whose requests.
    pub session: Session,
}

/// The same for each Service that has clients.
#[component]
pub fn AllTraffic(props: &AllTrafficProps) -> Html {
    let view = use_view(&props.session);
    let busy = view.services.iter().filter(|service| service.clients > 0.0);
    busy.map(|service| {
        let subject = Subject::new("Service", &service.namespace, &service.name);
        html! {
            <div key={key(&service.namespace, &service.name)} class="one-service">
                <h2>{ &*service.name }<em>{ "Service" }</em></h2>
                { part!(Traffic, session: props.session.clone(), subject) }
            </div>
        }
    })
    .collect()
}

fn key(namespace: &Text, name: &Text) -> String {
    [&**namespace, "/", &**name].concat()
}
