//! The selected pod: its state, its identity, its events.

use super::events::{EventLog, line};
use crate::hooks::{use_clock, use_view};
use crate::lanes::for_each_pod;
use crate::session::Session;
use podscope_engine::view::{PodView, Text};
use std::rc::Rc;
use yew::prelude::*;

/// What [`Inspector`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct InspectorProps {
    /// Whose cluster.
    pub session: Session,
    /// The uid of the selected pod.
    pub selected: Option<Text>,
}

/// The selected pod; the cluster's events when there is none.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let view = use_view(&props.session);
    let last = use_mut_ref(|| None::<(Rc<PodView>, bool)>);
    let mut found = None;
    if let Some(uid) = &props.selected {
        for_each_pod(&view, |pod, stateful| {
            if pod.uid == *uid {
                found = Some((pod.clone(), stateful));
            }
        });
    }
    let gone = found.is_none();
    if found.is_some() {
        last.borrow_mut().clone_from(&found);
    }
    let remembered = last.borrow().clone().filter(|(pod, _)| props.selected.as_ref() == Some(&pod.uid));
    let Some((pod, stateful)) = found.or(remembered) else {
        return html! {
            <>
                <p class="quiet narrow-only">{ "Choose a pod on the stage to see what it is and why." }</p>
                <div class="wide-only">
                    <p class="quiet">{ "Choose a pod to see what it is and why." }</p>
                    <EventLog session={props.session.clone()} />
                </div>
            </>
        };
    };
    html! { <Details session={props.session.clone()} {pod} {stateful} {gone} /> }
}

/// What [`Details`] needs.
#[derive(Clone, PartialEq, Properties)]
struct DetailsProps {
    session: Session,
    pod: Rc<PodView>,
    stateful: bool,
    gone: bool,
}

#[component]
fn Details(props: &DetailsProps) -> Html {
    let DetailsProps { session, pod, stateful, gone } = props;
    let now = use_clock(session, |session| session.now().0 / 1_000_000);
    let on_delete = {
        let (session, pod) = (session.clone(), pod.clone());
        Callback::from(move |_: MouseEvent| {
            // Whoever deletes a pod that is gone already has what they wanted.
            let _ = session.act(|cluster| cluster.delete_pod(&pod.namespace, &pod.name));
        })
    };
    let regarding = format!("Pod/{}", pod.name);
    let events = session.events(2000);
    let mine: Vec<_> = events
        .iter()
        .rev()
        .filter(|e| *e.regarding == *regarding && e.namespace == pod.namespace && e.time >= pod.created)
        .take(30)
        .collect();
    let row = |name: &'static str, value: &str| {
        if value.is_empty() {
            Html::default()
        } else {
            html! { <><dt>{ name }</dt><dd>{ value }</dd></> }
        }
    };
    let age = now.saturating_sub(pod.created.0 / 1_000_000);
    let restarts = if pod.restarts == 0 { String::new() } else { pod.restarts.to_string() };
    html! {
        <>
            <h2 class="pod-title">{ &*pod.name }<em>{ "Pod" }</em></h2>
            <p class={classes!("state", stateful.then_some("stateful"), pod.state.word())}>
                <i></i>{ if *gone { "Deleted" } else { pod.state.words() } }
            </p>
            if !pod.message.is_empty() && !gone {
                <p class="why">{ &*pod.message }</p>
            }
            if !gone {
                <div class="actions"><button type="button" class="danger" onclick={on_delete}>{ "Delete pod" }</button></div>
            }
            <h3>{ "Identity" }</h3>
            <dl>
                { row("name", &pod.name) }
                { row("DNS", pod.dns.as_deref().unwrap_or_default()) }
                { row("volume", &pod.claims.join(", ")) }
                { row("node", pod.node.as_deref().unwrap_or("none yet")) }
                { row("IP", &pod.ip) }
                { row("image", &pod.image) }
                { row("age", &format!("{age} s")) }
                { row("restarts", &restarts) }
            </dl>
            <p class="quiet">
                { if *stateful { "Its name, its volume and its DNS name outlive it: the next pod of this ordinal takes them over." }
                  else { "One of several that are alike: when it goes, another takes its place under another name." } }
            </p>
            <h3>{ "Events" }</h3>
            <ul class="events">{ for mine.into_iter().map(|event| line(event, false)) }</ul>
        </>
    }
}
