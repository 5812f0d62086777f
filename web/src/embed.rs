//! The embed: only the stage and the play bar, in an element of somebody else's page.

use crate::dom;
use crate::hooks::{on_key, use_view};
use crate::part::part;
use crate::playbar::PlayBar;
use crate::session::Session;
use crate::stage::Stage;
use crate::subject::{Marked, Subject};
use podscope_engine::view::View;
use web_sys::Element;
use yew::prelude::*;

/// How an embed begins.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedOptions {
    /// Whether time runs at once (never when the reader asked for less motion).
    pub autoplay: bool,
    /// Simulated seconds a second.
    pub speed: f64,
    /// `light`, `dark`, or none to follow the reader's system.
    pub theme: Option<String>,
}

impl Default for EmbedOptions {
    fn default() -> Self {
        Self { autoplay: true, speed: 1.0, theme: None }
    }
}

/// A mounted embed.
pub struct EmbedHandle {
    app: yew::AppHandle<Embed>,
    session: Session,
}

impl EmbedHandle {
    /// The session behind it.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Stops it and takes its elements away.
    pub fn destroy(self) {
        self.session.pause();
        self.app.destroy();
    }
}

/// Shows a cluster with `yaml` applied in `root`, which may stand in a shadow tree. `static/podscope.css` must be
/// linked there.
pub fn mount_embed(root: Element, yaml: &str, options: EmbedOptions) -> EmbedHandle {
    let session = Session::new(yaml);
    session.set_speed(options.speed);
    if options.autoplay && !dom::reduced_motion() {
        session.play();
    }
    let props = EmbedProps { session: session.clone(), theme: options.theme.map(AttrValue::from) };
    let app = yew::Renderer::<Embed>::with_root_and_props(root, props).render();
    EmbedHandle { app, session }
}

/// What [`Embed`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct EmbedProps {
    /// What is shown.
    pub session: Session,
    /// `light` or `dark`.
    pub theme: Option<AttrValue>,
}

/// The stage and the play bar.
#[component]
pub fn Embed(props: &EmbedProps) -> Html {
    let session = &props.session;
    let marked = use_state_eq(Marked::default);
    let view = use_view(session);
    let on_select = {
        let marked = marked.clone();
        Callback::from(move |subject: Subject| {
            let again = marked.selected.as_ref() == Some(&subject);
            marked.set(Marked { selected: (!again).then_some(subject), lit: None });
        })
    };
    let onkeydown = {
        let session = session.clone();
        Callback::from(move |event: KeyboardEvent| on_key(&session, &event))
    };
    html! {
        <div class="podscope embed" role="group" aria-label="Podscope: a simulated cluster" data-theme={props.theme.clone()} {onkeydown}>
            { part!(Stage, session: session.clone(), marked: (*marked).clone(), on_select) }
            <p class="caption">{ caption(&view, marked.selected.as_ref()) }</p>
            { part!(PlayBar, session: session.clone()) }
        </div>
    }
}

/// One sentence: the selected pod, or what waits, or how many are Ready.
fn caption(view: &View, selected: Option<&Subject>) -> Html {
    let mut pod = None;
    crate::lanes::for_each_pod(view, |p, _| {
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
