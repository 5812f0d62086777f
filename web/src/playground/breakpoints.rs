//! [`Breakpoints`]: the menu of what time is to stop at, and what it stopped at.

use super::stepper::stepper;
use crate::hooks::{use_topic, use_view};
use crate::session::{Session, Topic};
use crate::stops::When;
use crate::subject::Subject;
use yew::prelude::*;

/// What [`Breakpoints`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct BreakpointsProps {
    /// Whose time.
    pub session: Session,
}

/// A menu at the play bar.
#[component]
pub fn Breakpoints(props: &BreakpointsProps) -> Html {
    let session = &props.session;
    use_topic(session, Topic::Pace);
    let view = use_view(session);
    let when = session.stops_when();
    let set = {
        let session = session.clone();
        move |when: When| session.stop_when(when)
    };
    let check = |checked: bool, words: &'static str, to: When| {
        let set = set.clone();
        html! {
            <label><input type="checkbox" {checked} onchange={move |_: Event| set(to.clone())} />{ words }</label>
        }
    };
    let unready = check(when.unready, "a pod is Ready no more", When { unready: !when.unready, ..when.clone() });
    let fails = check(when.fails, "anything fails", When { fails: !when.fails, ..when.clone() });
    let on_workload = {
        let (set, when, view) = (set.clone(), when.clone(), view.clone());
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<web_sys::HtmlSelectElement>().map_or(0, |s| s.selected_index());
            let workload = usize::try_from(chosen - 1).ok().and_then(|at| view.workloads.get(at));
            // As it is asked for, until another number is.
            let fewer = workload.map(|w| {
                (Subject::new(&w.kind, &w.namespace, &w.name), usize::try_from(w.desired).unwrap_or_default())
            });
            set(When { fewer, ..when.clone() });
        })
    };
    let least = when.fewer.clone().map(|(subject, least)| {
        let (set, when) = (set.clone(), when.clone());
        let to = Callback::from(move |least: i64| {
            let fewer = Some((subject.clone(), usize::try_from(least).unwrap_or_default()));
            set(When { fewer, ..when.clone() });
        });
        html! { <>{ "fewer than" }{ stepper("Ready pods at least".into(), least as i64, &to) }{ "are Ready" }</> }
    });
    let is = |w: &podscope_engine::view::WorkloadView| {
        when.fewer.as_ref().is_some_and(|(of, _)| of.is(&w.kind, &w.namespace, &w.name))
    };
    let said = session.stopped_at().map(|why| ["Paused: ", &why].concat());
    html! {
        <span class="breakpoints">
            <details>
                <summary class={when.is_set().then_some("on")} title="Breakpoints: when to pause">{ "Pause when …" }</summary>
                <div class="menu" role="group" aria-label="Pause when">
                    { unready }
                    { fails }
                    <p>
                        { "of" }
                        <select aria-label="Pause when a workload has too few Ready pods" onchange={on_workload}>
                            <option selected={when.fewer.is_none()}>{ "no workload" }</option>
                            { for view.workloads.iter().map(|w| html! { <option selected={is(w)}>{ &*w.name }</option> }) }
                        </select>
                        { least }
                    </p>
                </div>
            </details>
            <span class="paused" role="status">{ said }</span>
        </span>
    }
}
