//! The cards: each workload's replicas and images, to change while it runs.

use super::action::{Action, act};
use super::clients::Clients;
use super::shell::Shell;
use super::stepper::stepper;
use super::typed::Typed;
use crate::hooks::use_view;
use crate::part::part;
use crate::session::Session;
use crate::subject::Subject;
use podscope_engine::view::{ServiceView, Text, WorkloadView};
use std::rc::Rc;
use yew::prelude::*;

/// What [`Build`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct BuildProps {
    /// Whose cluster.
    pub session: Session,
    /// Where what is done here is done, as commands.
    pub shell: Shell,
    /// Called with the object whose name is chosen.
    pub on_select: Callback<Subject>,
}

/// A card for each workload and each Service.
#[component]
pub fn Build(props: &BuildProps) -> Html {
    let view = use_view(&props.session);
    let problem = use_state_eq(|| None::<String>);
    let on_problem = {
        let problem = problem.clone();
        Callback::from(move |text| problem.set(text))
    };
    html! {
        <>
            if let Some(text) = &*problem {
                <p class="problem" role="alert">{ text }</p>
            }
            { view.workloads.iter().map(|workload| part!(Card,
                key = format!("{}/{}/{}", workload.kind, workload.namespace, workload.name);
                shell: props.shell.clone(), workload: workload.clone(), on_problem: on_problem.clone(),
                on_select: props.on_select.clone())).collect::<Html>() }
            { view.services.iter().map(|service| service_card(service, &props.shell, &on_problem, &props.on_select)).collect::<Html>() }
            <div class="rules"></div>
            <div class="palette"></div>
            if view.workloads.is_empty() {
                <p class="quiet">{ "Nothing runs. Add something, or write a manifest under YAML and apply it." }</p>
            }
        </>
    }
}

fn service_card(
    service: &Rc<ServiceView>,
    shell: &Shell,
    on_problem: &Callback<Option<String>>,
    on_select: &Callback<Subject>,
) -> Html {
    let of = Subject::new("Service", &service.namespace, &service.name);
    html! {
        <article class="card service" key={format!("service/{}/{}", service.namespace, service.name)}>
            <h2><i></i>{ title("Service", &service.namespace, &service.name, on_select) }<em>{ &*service.kind }</em>
                { more(&of) }{ remove(shell, &of, on_problem) }</h2>
            <div class="line"><span>{ "ready endpoints" }</span><b>{ format!("{} of {}", service.ready.len(), service.total) }</b></div>
            { part!(Clients, shell: shell.clone(), service: service.clone()) }
            { fields(&of) }
        </article>
    }
}

/// What [`Card`] needs.
#[derive(Clone, PartialEq, Properties)]
struct CardProps {
    shell: Shell,
    workload: Rc<WorkloadView>,
    on_problem: Callback<Option<String>>,
    on_select: Callback<Subject>,
}

/// One workload.
#[component]
fn Card(props: &CardProps) -> Html {
    let WorkloadView { kind, name, namespace, desired, strategy, containers, .. } = &*props.workload;
    let on_scale = {
        let props = props.clone();
        Callback::from(move |replicas| {
            let of = Subject::new(&props.workload.kind, &props.workload.namespace, &props.workload.name);
            props.on_problem.emit(act(&props.shell, &Action::Scale(of, replicas)).err());
        })
    };
    let on_image = |container: &Text, before: &Text| {
        let (props, container, before) = (props.clone(), container.clone(), before.clone());
        Callback::from(move |image: String| {
            if !image.is_empty() && image != *before {
                let of = Subject::new(&props.workload.kind, &props.workload.namespace, &props.workload.name);
                props.on_problem.emit(act(&props.shell, &Action::SetImage(of, container.to_string(), image)).err());
            }
        })
    };
    let scalable = matches!(&**kind, "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController");
    let rollable = matches!(&**kind, "Deployment" | "StatefulSet");
    let of = Subject::new(kind, namespace, name);
    html! {
        <article class={if &**kind == "StatefulSet" { "card stateful" } else { "card" }}>
            <h2><i></i>{ title(kind, namespace, name, &props.on_select) }<em>{ &**kind }</em>
                { more(&of) }{ remove(&props.shell, &of, &props.on_problem) }</h2>
            if &**namespace != "default" {
                <div class="line"><span>{ "namespace" }</span><b>{ &**namespace }</b></div>
            }
            if scalable {
                <div class="line"><span>{ "replicas" }</span>{ stepper(format!("replicas of {name}").into(), *desired, &on_scale) }</div>
            }
            if rollable {
                { containers.iter().map(|(container, image)| html! {
                    <div class="line" key={&**container}>
                        <span>{ if containers.len() == 1 { "image".to_owned() } else { container.to_string() } }</span>
                        { part!(Typed,
                            class: "image", label: format!("Image of {container} in {name}"),
                            value: image.to_string(), on_change: on_image(container, image)) }
                    </div>
                }).collect::<Html>() }
            }
            if let Some((how, amounts)) = strategy.split_once(' ').filter(|(how, _)| *how == "RollingUpdate") {
                <div class="line"><span>{ "strategy" }</span><b>{ how }</b></div>
                <div class="line"><span>{ "surge / unavailable" }</span><b>{ amounts }</b></div>
            } else {
                <div class="line"><span>{ "strategy" }</span><b>{ &**strategy }</b></div>
            }
            { fields(&of) }
        </article>
    }
}

/// Where `static/build` puts what else can be done with an object.
fn more(of: &Subject) -> Html {
    html! { <span class="more" data-kind={of.kind.to_string()} data-namespace={of.namespace.to_string()} data-name={of.name.to_string()}></span> }
}

/// Where `static/build` puts an object's further fields.
fn fields(of: &Subject) -> Html {
    html! {
        <details class="fields" data-kind={of.kind.to_string()} data-namespace={of.namespace.to_string()} data-name={of.name.to_string()}>
            <summary>{ "more fields" }</summary>
        </details>
    }
}

/// A name that chooses its object.
fn title(kind: &str, namespace: &Text, name: &Text, on_select: &Callback<Subject>) -> Html {
    let (subject, on_select) = (Subject::new(kind, namespace, name), on_select.clone());
    html! { <button type="button" class="name" onclick={move |_| on_select.emit(subject.clone())}>{ &**name }</button> }
}

/// A button that deletes an object. `on_problem` is called with what the API server refuses.
fn remove(shell: &Shell, of: &Subject, on_problem: &Callback<Option<String>>) -> Html {
    let onclick = {
        let (shell, of, on_problem) = (shell.clone(), of.clone(), on_problem.clone());
        move |_: MouseEvent| on_problem.emit(act(&shell, &Action::Delete(of.clone())).err())
    };
    html! {
        <button type="button" class="close" {onclick} title="Delete" aria-label={["Delete ", &*of.kind, " ", &*of.name].concat()}>
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M5 5l10 10M15 5L5 15" /></svg>
        </button>
    }
}
