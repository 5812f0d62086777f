//! The embed: only the stage and the play bar, in an element of somebody else's page.

use crate::dom;
use crate::hooks::{on_key, use_view};
use crate::part::{self, part};
use crate::playbar::PlayBar;
use crate::session::Session;
use crate::stage::Stage;
use crate::subject::{Marked, Subject};
use podscope_engine::api::apply::ManifestError;
use podscope_engine::view::{View, WorkloadView};
use std::cell::{Cell, RefCell};
use web_sys::Element;
use yew::prelude::*;

/// Which of its controls an embed shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// None.
    None,
    /// Those of simulated time.
    Time,
    /// Those, and those that change the cluster and ask about it.
    #[default]
    All,
}

/// How an embed begins. Time stands still until [`Session::play`].
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedOptions {
    /// Simulated seconds a second.
    pub speed: f64,
    /// Seeds all chance.
    pub seed: u64,
    /// What can be done.
    pub controls: Controls,
    /// What is chosen at first.
    pub focus: Option<Subject>,
    /// Called with a workload, when its reader asks why it is as it is.
    pub on_why: Option<Callback<Subject>>,
}

impl Default for EmbedOptions {
    fn default() -> Self {
        Self { speed: 1.0, seed: 1, controls: Controls::Time, focus: None, on_why: None }
    }
}

/// A place on a page, and what Yew shows in it.
struct Place {
    root: Element,
    app: yew::AppHandle<Shown>,
}

thread_local! {
    /// Places that nothing is shown in. Yew never lets go of a root's listeners, so roots are used again.
    static FREE: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
    /// Tells one embed of a place from the next.
    static MOUNTED: Cell<u32> = const { Cell::new(0) };
}

/// A mounted embed.
pub struct EmbedHandle {
    place: Place,
    session: Session,
    wrong: Vec<ManifestError>,
}

impl EmbedHandle {
    /// The session behind it.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What is wrong with the manifest that it began with.
    pub fn wrong(&self) -> &[ManifestError] {
        &self.wrong
    }

    /// The element that it is shown in.
    pub const fn root(&self) -> &Element {
        &self.place.root
    }

    /// Stops it and takes its elements away.
    pub fn destroy(mut self) {
        self.session.pause();
        self.place.app.update(ShownProps::default());
        self.place.root.remove();
        FREE.with_borrow_mut(|free| free.push(self.place));
    }
}

/// Shows a cluster with `yaml` applied in an element that is the caller's to put on the page, in a shadow tree too.
/// `static/podscope.css` must be there. Nothing, where there are no elements.
pub fn mount_embed(yaml: &str, options: EmbedOptions) -> Option<EmbedHandle> {
    let (session, wrong) = Session::opening(yaml, options.seed);
    session.set_speed(options.speed);
    let number = MOUNTED.get() + 1;
    MOUNTED.set(number);
    let props = EmbedProps {
        session: session.clone(),
        controls: options.controls,
        focus: options.focus,
        on_why: options.on_why,
    };
    let shown = ShownProps { number, embed: Some(props) };
    let place = if let Some(mut place) = FREE.with_borrow_mut(Vec::pop) {
        place.app.update(shown);
        place
    } else {
        let root = dom::document()?.create_element("div").ok()?;
        root.set_class_name("ps-embed");
        let app = yew::Renderer::<Shown>::with_root_and_props(root.clone(), shown).render();
        Place { root, app }
    };
    Some(EmbedHandle { place, session, wrong })
}

/// What [`Shown`] needs.
#[derive(Clone, Default, PartialEq, Properties)]
struct ShownProps {
    number: u32,
    embed: Option<EmbedProps>,
}

/// An embed, or nothing.
#[component]
fn Shown(props: &ShownProps) -> Html {
    let Some(embed) = props.embed.clone() else { return Html::default() };
    part::of::<Embed>(Some(props.number.into()), embed)
}

/// What [`Embed`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct EmbedProps {
    /// What is shown.
    pub session: Session,
    /// What can be done.
    pub controls: Controls,
    /// What is chosen at first.
    pub focus: Option<Subject>,
    /// Called with a workload, when its reader asks why it is as it is.
    pub on_why: Option<Callback<Subject>>,
}

/// The stage and the play bar.
#[component]
pub fn Embed(props: &EmbedProps) -> Html {
    let session = &props.session;
    let marked = use_state_eq(|| Marked { selected: props.focus.clone(), lit: None });
    let view = use_view(session);
    let on_select = {
        let marked = marked.clone();
        Callback::from(move |subject: Subject| {
            let again = marked.selected.as_ref() == Some(&subject);
            marked.set(Marked { selected: (!again).then_some(subject), lit: None });
        })
    };
    let onkeydown = {
        let (session, active) = (session.clone(), props.controls != Controls::None);
        Callback::from(move |event: KeyboardEvent| {
            if active {
                on_key(&session, &event);
            }
        })
    };
    let selected = marked.selected.as_ref();
    html! {
        <div class="podscope embed" role="group" aria-label="Podscope: a simulated cluster" {onkeydown}>
            { part!(Stage, session: session.clone(), marked: (*marked).clone(), on_select) }
            <p class="caption">{ caption(&view, selected) }</p>
            if props.controls != Controls::None {
                { part!(PlayBar, session: session.clone(), children: html! {
                    if props.controls == Controls::All {
                        { acts(session, &view, selected, props.on_why.as_ref()) }
                    }
                }) }
            }
        </div>
    }
}

/// The workload that the bar acts on: the chosen one, or the first.
fn workload<'a>(view: &'a View, selected: Option<&Subject>) -> Option<&'a WorkloadView> {
    let chosen = selected.and_then(|s| view.workloads.iter().find(|w| s.is(&w.kind, &w.namespace, &w.name)));
    chosen.or(view.workloads.first()).map(|w| &**w)
}

/// Fewer and more replicas, and *why*.
fn acts(session: &Session, view: &View, selected: Option<&Subject>, on_why: Option<&Callback<Subject>>) -> Html {
    let Some(workload) = workload(view, selected) else { return Html::default() };
    let subject = Subject::new(&workload.kind, &workload.namespace, &workload.name);
    let count = |sign: &'static str, to: i64| {
        let (session, subject) = (session.clone(), subject.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            // Whoever was deleted meanwhile is not there to be scaled.
            _ = session.act(|c| c.scale(&subject.kind, &subject.namespace, &subject.name, to));
        });
        html! { <button type="button" aria-label={format!("Scale {} to {to}", workload.name)} disabled={to < 0} {onclick}>{ sign }</button> }
    };
    let why = on_why.map(|on_why| {
        let (on_why, subject) = (on_why.clone(), selected.cloned().unwrap_or_else(|| subject.clone()));
        html! { <button type="button" class="ask" onclick={move |_: MouseEvent| on_why.emit(subject.clone())}>{ "why?" }</button> }
    });
    let scales = matches!(&*workload.kind, "Deployment" | "StatefulSet" | "ReplicaSet");
    html! {
        <span class="acts">
            if scales {
                <span class="scale" title={workload.name.to_string()}>
                    <span class="of">{ "replicas" }</span>
                    { count("−", workload.desired - 1) }<b>{ workload.desired }</b>{ count("+", workload.desired + 1) }
                </span>
            }
            { for why }
        </span>
    }
}

/// One sentence: the selected pod, or what waits, or how many are Ready.
fn caption(view: &View, selected: Option<&Subject>) -> Html {
    let mut pod = None;
    crate::pods::for_each_pod(view, |p, _| {
        if selected.is_some_and(|s| s.is("Pod", &p.namespace, &p.name)) {
            pod = Some(p.clone());
        }
    });
    if let Some(pod) = pod {
        let message = if pod.message.is_empty() { String::new() } else { format!(": {}", pod.message) };
        return html! { <><b>{ &*pod.name }</b>{ format!(" {}{message}", pod.state.words()) }</> };
    }
    let waits: Vec<&str> = view.workloads.iter().filter_map(|w| w.waits.as_deref()).collect();
    if !waits.is_empty() {
        return html! { { waits.join(" · ") } };
    }
    html! { { summary(view) } }
}

/// How many pods of each workload are Ready.
pub fn summary(view: &View) -> String {
    let parts: Vec<String> =
        view.workloads.iter().map(|w| format!("{} {}: {} of {} Ready", w.kind, w.name, w.ready, w.desired)).collect();
    if parts.is_empty() { "The cluster is empty.".into() } else { format!("{}.", parts.join(". ")) }
}
