//! The chosen object: its state, why it is so, what it is, and its events.

use super::action::{Action, act};
use super::database::Database;
use super::events::{EventLog, line};
use super::facts::facts;
use super::shell::Shell;
use super::traffic::{AllTraffic, Traffic};
use super::why::Why;
use crate::hooks::{use_clock, use_view};
use crate::part::part;
use crate::session::Session;
use crate::subject::Subject;
use podscope_engine::time::SimTime;
use yew::prelude::*;

/// What [`Inspector`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct InspectorProps {
    /// Whose cluster.
    pub session: Session,
    /// Where commands are run.
    pub shell: Shell,
    /// What is chosen.
    pub selected: Option<Subject>,
    /// Called with the cause that is pointed at.
    pub on_point: Callback<Option<(Subject, SimTime)>>,
    /// Called with what is chosen here; with the chosen object again to let it go.
    pub on_select: Callback<Subject>,
}

/// The chosen object; the cluster's events when there is none.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let Some(subject) = props.selected.clone() else {
        return html! {
            <>
                <p class="hint">{ "Choose anything on the stage to see what it is and " }<b>{ "why" }</b>{ "." }</p>
                { part!(AllTraffic, session: props.session.clone()) }
                <div class="wide-only all-events">{ part!(EventLog, session: props.session.clone()) }</div>
            </>
        };
    };
    part!(Details, subject, props: props.clone())
}

/// What [`Details`] needs.
#[derive(Clone, PartialEq, Properties)]
struct DetailsProps {
    subject: Subject,
    props: InspectorProps,
}

#[component]
fn Details(props: &DetailsProps) -> Html {
    let DetailsProps { subject, props } = props;
    let Subject { kind, namespace, name } = subject;
    let session = &props.session;
    let view = use_view(session);
    let now = use_clock(session, |session| session.now().0 / 1_000_000);
    let last = use_mut_ref(|| None);
    let found = facts(&view, subject);
    let gone = found.is_none();
    if found.is_some() {
        last.replace(Some((subject.clone(), found.clone())));
    }
    // What is gone is still shown as it was.
    let kept = last.borrow().clone().filter(|(of, _)| of == subject).and_then(|(_, facts)| facts);
    let facts = found.or(kept).unwrap_or_default();
    let answer = props.shell.why(subject);
    let regarding = format!("{kind}/{name}");
    let events = session.events(2000);
    let mine = events.iter().rev().filter(|e| *e.regarding == *regarding && e.namespace == *namespace).take(12);
    let mut mine: Vec<_> = mine.collect();
    mine.reverse();
    let on_delete = {
        let (shell, action) = (props.shell.clone(), Action::Delete(subject.clone()));
        Callback::from(move |_: MouseEvent| {
            // What is refused is told in the kubectl panel.
            _ = act(&shell, &action);
        })
    };
    let on_close = {
        let (on_select, subject) = (props.on_select.clone(), subject.clone());
        Callback::from(move |_: MouseEvent| on_select.emit(subject.clone()))
    };
    let age = (facts.created > SimTime(0) && !gone).then(|| now.saturating_sub(facts.created.0 / 1_000_000));
    let class = if gone { "terminating" } else { facts.class };
    html! {
        <>
            <div class="subject">
                <h2 class="pod-title">{ &**name }<em>{ &**kind }</em></h2>
                <button type="button" class="close" onclick={on_close} aria-label="Let it go" title="Let it go">
                    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M5 5l10 10M15 5L5 15" /></svg>
                </button>
            </div>
            <p class={classes!("state", facts.stateful.then_some("stateful"), class)}>
                <i></i>{ if gone { "Gone" } else { facts.state.as_str() } }
            </p>
            { part!(Why,
                session: session.clone(), shell: props.shell.clone(), answer, on_point: props.on_point.clone(),
                on_select: props.on_select.clone()) }
            if matches!(&**kind, "Service" | "Pod") {
                { part!(Traffic, session: session.clone(), subject: subject.clone()) }
            }
            { part!(Database, session: session.clone(), shell: props.shell.clone(), subject: subject.clone()) }
            <h3>{ "What it is" }</h3>
            <dl>
                if &**namespace != "default" && !namespace.is_empty() {
                    <dt>{ "namespace" }</dt><dd>{ &**namespace }</dd>
                }
                { for facts.rows.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| html! { <><dt>{ *name }</dt><dd>{ value }</dd></> }) }
                if let Some(age) = age {
                    <dt>{ "age" }</dt><dd>{ format!("{age} s") }</dd>
                }
            </dl>
            if !facts.remark.is_empty() {
                <p class="quiet">{ facts.remark }</p>
            }
            if &**kind == "Pod" && !gone {
                <div class="actions"><button type="button" class="danger" onclick={on_delete}>{ "Delete pod" }</button></div>
            }
            if matches!(&**kind, "Pod" | "Node" | "PersistentVolumeClaim") && !gone {
                // static/build/faults.js fills it.
                <details key={&*regarding} class="faults" data-kind={kind.clone()} data-namespace={namespace.clone()}
                    data-name={name.clone()}></details>
            }
            if !mine.is_empty() {
                <h3>{ "Events" }</h3>
                <ul class="events">{ for mine.into_iter().map(|event| line(event, false)) }</ul>
            }
        </>
    }
}
