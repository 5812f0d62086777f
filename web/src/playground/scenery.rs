//! [`Scenery`]: the stage and what is around it: its arrangement, how near it is, which part of it is shown.

use super::legend::legend;
use crate::hooks::use_view;
use crate::part::part;
use crate::session::Session;
use crate::stage::Stage;
use crate::subject::{Marked, Subject};
use podscope_engine::view::WorkloadView;
use std::rc::Rc;
use yew::prelude::*;

/// What [`Scenery`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct SceneryProps {
    /// Whose cluster.
    pub session: Session,
    /// What is chosen, and what is pointed at.
    pub marked: Marked,
    /// Called with what the user chooses.
    pub on_select: Callback<Subject>,
}

/// The stage with its tools.
#[component]
pub fn Scenery(props: &SceneryProps) -> Html {
    let by_node = use_state_eq(|| false);
    let alone = use_state_eq(|| None::<Subject>);
    let view = use_view(&props.session);
    // A workload that is gone is not looked for any more.
    let there = |of: &Subject| view.workloads.iter().any(|w| of.is(&w.kind, &w.namespace, &w.name));
    let focus = (*alone).clone().filter(there);
    let arrange = |to: bool, name: &'static str| {
        let set = by_node.setter();
        html! {
            <button type="button" aria-pressed={(*by_node == to).to_string()} onclick={move |_| set.set(to)}>{ name }</button>
        }
    };
    let on_focus = {
        let (alone, view) = (alone.setter(), view.clone());
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<web_sys::HtmlSelectElement>().map(|s| s.value());
            alone.set(view.workloads.iter().find(|w| chosen.as_ref() == Some(&key(w))).map(subject));
        })
    };
    html! {
        <div class="scene">
            <div class="stage-tools" role="toolbar" aria-label="Stage">
                <span class="pair" role="group" aria-label="Arrangement">
                    { arrange(false, "By workload") }
                    { arrange(true, "By node") }
                </span>
                if view.workloads.len() > 1 {
                    <select class="focus" aria-label="Workload shown" onchange={on_focus}>
                        <option value="" selected={focus.is_none()}>{ "all workloads" }</option>
                        { for view.workloads.iter().map(|w| html! {
                            <option value={key(w)} selected={focus.as_ref().is_some_and(|f| f.is(&w.kind, &w.namespace, &w.name))}>
                                { format!("only {}", w.name) }
                            </option>
                        }) }
                    </select>
                }
            </div>
            { part!(Stage,
                session: props.session.clone(), marked: props.marked.clone(), on_select: props.on_select.clone(),
                by_node: *by_node, focus) }
            { legend() }
        </div>
    }
}

fn key(workload: &Rc<WorkloadView>) -> String {
    [&*workload.kind, "/", &*workload.namespace, "/", &*workload.name].concat()
}

fn subject(workload: &Rc<WorkloadView>) -> Subject {
    Subject::new(&workload.kind, &workload.namespace, &workload.name)
}
