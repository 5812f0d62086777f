//! The answer to *why*: a sentence, the causes that led here, and the command that would help.

use super::shell::Shell;
use crate::dom;
use crate::hooks::use_clock;
use crate::part::part;
use crate::session::Session;
use crate::subject::Subject;
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use yew::prelude::*;

/// Why an object is as it is: an [`Explanation`](podscope_engine::explain::Explanation) as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Its style class: `well`, `waiting`, `stuck` or `leaving`.
    mood: String,
    sentence: String,
    /// Of what, and what there is to say.
    facts: Vec<(String, String)>,
    /// What led to it, oldest first.
    chain: Vec<Link>,
    /// The command that would help.
    command: Option<String>,
    /// When it changes by itself.
    until: Option<SimTime>,
}

/// One cause.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    entry: u64,
    at: SimTime,
    /// Who did what: `kubectl created`.
    deed: String,
    subject: Subject,
}

impl Answer {
    /// No answer, and why there is none.
    pub fn none(sentence: &str) -> Self {
        Self { sentence: sentence.to_owned(), ..Self::default() }
    }

    /// The answer of `crates/console`.
    pub fn from_json(text: &str) -> Self {
        let answer = Value::from_json(text).unwrap_or_default();
        let words = |name| answer.str_at(&[name]).unwrap_or_default().to_owned();
        let rows = |name| answer.get(name).map_or(&[][..], Value::items).iter().map(Value::items);
        let text = |row: &[Value], at: usize| row.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |value: Option<&Value>| value.and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok());
        Self {
            mood: words("mood"),
            sentence: words("sentence"),
            facts: rows("facts").map(|row| (text(row, 0), text(row, 1))).collect(),
            chain: rows("chain")
                .map(|row| Link {
                    entry: number(row.first()).unwrap_or_default(),
                    at: SimTime(number(row.get(1)).unwrap_or_default()),
                    deed: [text(row, 2), text(row, 3), String::new()].join(" "),
                    subject: Subject::new(&text(row, 4), &text(row, 5).into(), &text(row, 6).into()),
                })
                .collect(),
            command: answer.str_at(&["command"]).map(str::to_owned),
            until: number(answer.get("until")).map(SimTime),
        }
    }
}

/// What [`Why`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct WhyProps {
    /// Whose cluster.
    pub session: Session,
    /// Where a command is run.
    pub shell: Shell,
    /// The answer.
    pub answer: Answer,
    /// Called with the cause that is pointed at, and with nothing when none is.
    pub on_point: Callback<Option<(Subject, SimTime)>>,
    /// Called when a cause's object is chosen.
    pub on_select: Callback<Subject>,
}

/// Why an object is as it is.
#[component]
pub fn Why(props: &WhyProps) -> Html {
    let Answer { mood, sentence, facts, chain, command, until } = &props.answer;
    let now = use_clock(&props.session, |session| SimTime(session.now().0 / 1_000_000 * 1_000_000));
    let left = until.filter(|at| *at > now).map(|at| at.since(now).as_secs());
    html! {
        <section class={classes!("why", mood.clone())} aria-label="Why">
            <h3>{ "Why" }</h3>
            <p class="answer">{ sentence }</p>
            if let Some(seconds) = left {
                <p class="quiet">{ format!("By itself in {seconds} s.") }</p>
            }
            if !facts.is_empty() {
                <dl>{ for facts.iter().map(|fact| html! { <><dt>{ &fact.0 }</dt><dd>{ &fact.1 }</dd></> }) }</dl>
            }
            if let Some(command) = command {
                { part!(Suggestion, command: command.clone(), shell: props.shell.clone()) }
            }
            if !chain.is_empty() {
                <h3>{ "What led to it" }</h3>
                <ol class="chain">{ for chain.iter().map(|link| cause(link, props)) }</ol>
            }
        </section>
    }
}

fn cause(link: &Link, props: &WhyProps) -> Html {
    let subject = link.subject.clone();
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
                <span>{ &link.deed }</span><b>{ format!("{} {}", link.subject.kind, link.subject.name) }</b>
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
