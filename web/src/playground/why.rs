//! The answer to *why*: a sentence, the causes that led here, and the command that would help.

use super::shell::Shell;
use crate::dom;
use crate::hooks::use_clock;
use crate::session::Session;
use crate::subject::Subject;
use podscope_engine::explain::{Explanation, Link, Mood};
use podscope_engine::time::SimTime;
use yew::prelude::*;

/// What [`Why`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct WhyProps {
    /// Whose cluster.
    pub session: Session,
    /// Where a command is run.
    pub shell: Shell,
    /// The answer.
    pub answer: Explanation,
    /// Called with the cause that is pointed at, and with nothing when none is.
    pub on_point: Callback<Option<(Subject, SimTime)>>,
    /// Called when a cause's object is chosen.
    pub on_select: Callback<Subject>,
}

/// Why an object is as it is.
#[component]
pub fn Why(props: &WhyProps) -> Html {
    let Explanation { mood, sentence, facts, chain, until, .. } = &props.answer;
    let now = use_clock(&props.session, |session| SimTime(session.now().0 / 1_000_000 * 1_000_000));
    let mood = match mood {
        Mood::Well => "well",
        Mood::Waiting => "waiting",
        Mood::Stuck => "stuck",
        Mood::Leaving | Mood::Gone => "leaving",
    };
    let left = until.filter(|at| *at > now).map(|at| at.since(now).as_secs());
    html! {
        <section class={classes!("why", mood)} aria-label="Why">
            <h3>{ "Why" }</h3>
            <p class="answer">{ sentence }</p>
            if let Some(seconds) = left {
                <p class="quiet">{ format!("By itself in {seconds} s.") }</p>
            }
            if !facts.is_empty() {
                <dl>{ for facts.iter().map(|fact| html! { <><dt>{ &fact.of }</dt><dd>{ &fact.text }</dd></> }) }</dl>
            }
            if let Some(command) = &props.answer.command {
                <Suggestion command={command.clone()} shell={props.shell.clone()} />
            }
            if !chain.is_empty() {
                <h3>{ "What led to it" }</h3>
                <ol class="chain">{ for chain.iter().map(|link| cause(link, props)) }</ol>
            }
        </section>
    }
}

fn cause(link: &Link, props: &WhyProps) -> Html {
    let subject = Subject::new(link.kind, &link.namespace, &link.name);
    let point = |to: Option<(Subject, SimTime)>| {
        let on_point = props.on_point.clone();
        move || on_point.emit(to.clone())
    };
    let (enter, leave) = (point(Some((subject.clone(), link.at))), point(None));
    let (onmouseenter, onfocus) = (
        {
            let f = enter.clone();
            move |_: MouseEvent| f()
        },
        move |_: FocusEvent| enter(),
    );
    let (onmouseleave, onblur) = (
        {
            let f = leave.clone();
            move |_: MouseEvent| f()
        },
        move |_: FocusEvent| leave(),
    );
    let onclick = {
        let on_select = props.on_select.clone();
        move |_: MouseEvent| on_select.emit(subject.clone())
    };
    html! {
        <li key={link.entry}>
            <time>{ super::events::tenths(link.at) }</time>
            <button type="button" {onclick} {onmouseenter} {onmouseleave} {onfocus} {onblur}>
                <span>{ format!("{} {} ", link.actor, link.verb) }</span><b>{ format!("{} {}", link.kind, link.name) }</b>
            </button>
        </li>
    }
}

/// What [`Suggestion`] needs.
#[derive(Clone, PartialEq, Properties)]
struct SuggestionProps {
    command: String,
    shell: Shell,
}

/// A command, to copy or to run.
#[component]
fn Suggestion(props: &SuggestionProps) -> Html {
    let copied = use_state_eq(|| None::<String>);
    let on_copy = {
        let (command, copied) = (props.command.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            if dom::copy(&command) {
                copied.set(Some(command.clone()));
            }
        })
    };
    let on_run = {
        let (command, shell) = (props.command.clone(), props.shell.clone());
        Callback::from(move |_: MouseEvent| {
            shell.run(&command);
        })
    };
    let done = copied.as_ref() == Some(&props.command);
    html! {
        <div class="command">
            <code>{ &props.command }</code>
            <button type="button" class="run" onclick={on_run}>{ "Run it" }</button>
            <button type="button" onclick={on_copy}>{ if done { "Copied" } else { "Copy" } }</button>
        </div>
    }
}
