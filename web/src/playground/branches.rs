//! [`Branches`]: what else was tried, to go back to or to see beside.

use super::app::Compared;
use crate::hooks::use_topic;
use crate::part::part;
use crate::playbar::clock;
use crate::session::{Session, Topic};
use crate::stage::Stage;
use crate::subject::{Marked, Subject};
use podscope_engine::time::SimTime;
use yew::prelude::*;

/// What [`Branches`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct BranchesProps {
    /// Whose branches.
    pub session: Session,
    /// What is shown beside.
    pub compared: Compared,
    /// Called to show a branch beside, or none.
    pub on_compare: Callback<Compared>,
}

fn at(instant: SimTime) -> String {
    clock(instant.0 / 100_000)
}

/// The branches of the run, once there are several.
#[component]
pub fn Branches(props: &BranchesProps) -> Html {
    let session = &props.session;
    use_topic(session, Topic::Branch);
    let all = session.branches();
    let present = session.branch();
    if all.len() < 2 {
        return html! {};
    }
    let number = |event: &Event| {
        let select = event.target_dyn_into::<web_sys::HtmlSelectElement>()?;
        select.value().parse::<u32>().ok()
    };
    let on_switch = {
        let (session, on_compare) = (session.clone(), props.on_compare.clone());
        Callback::from(move |event: Event| {
            if let Some(number) = number(&event) {
                on_compare.emit(None);
                session.switch(number);
            }
        })
    };
    let on_compare = {
        let on_compare = props.on_compare.clone();
        Callback::from(move |event: Event| on_compare.emit(number(&event).filter(|n| *n > 0)))
    };
    let said = all
        .iter()
        .find(|b| b.present && b.number > 1)
        .map(|b| format!("Branch {} left the past at {}: what was is kept.", b.number, at(b.forked)));
    html! {
        <span class="branches">
            <select aria-label="Branch" title="Acting in the past begins a branch; all are kept" onchange={on_switch}>
                { for all.iter().map(|b| html! {
                    <option key={b.number} value={b.number.to_string()} selected={b.present}>
                        { if b.number == 1 { "branch 1".to_owned() } else { format!("branch {} from {}", b.number, at(b.forked)) } }
                    </option>
                }) }
            </select>
            <select aria-label="Compare with" title="Another branch beside this one, at the same instant" onchange={on_compare}>
                <option value="0" selected={props.compared.is_none()}>{ "compare …" }</option>
                { for all.iter().filter(|b| b.number != present).map(|b| html! {
                    <option key={b.number} value={b.number.to_string()} selected={props.compared == Some(b.number)}>
                        { format!("beside branch {}", b.number) }
                    </option>
                }) }
            </select>
            <span class="read-out" role="status">{ said.unwrap_or_default() }</span>
        </span>
    }
}

/// What [`Beside`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct BesideProps {
    /// Whose clock is followed.
    pub session: Session,
    /// The branch that is shown.
    pub number: u32,
}

/// The stage of another branch, by the clock of the present one.
#[component]
pub fn Beside(props: &BesideProps) -> Html {
    let key = (props.session.clone(), props.number);
    let other = use_memo(key, |(session, number)| session.beside(*number));
    use_effect_with((props.session.clone(), props.number), {
        let other = other.clone();
        move |(session, _)| {
            let from = session.clone();
            let follow = move |()| {
                if let Some(other) = &*other {
                    other.seek(from.now());
                }
            };
            let subscription = session.subscribe(Topic::Clock, Callback::from(follow));
            move || drop(subscription)
        }
    });
    let Some(other) = &*other else { return html! {} };
    html! {
        <section class="beside" aria-label={format!("Branch {}", props.number)}>
            <h2>{ format!("branch {}", props.number) }</h2>
            { part!(Stage, session: other.clone(), marked: Marked::default(), on_select: Callback::<Subject>::noop()) }
        </section>
    }
}
