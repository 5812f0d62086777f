//! The page.

use super::action::{Action, act};
use super::branches::{Beside, Branches};
use super::breakpoints::Breakpoints;
use super::bridge;
use super::build::Build;
use super::editor::Editor;
use super::events::{EventLog, Live};
use super::header::Header;
use super::inspector::Inspector;
use super::scenery::Scenery;
use super::share::{Shared, Then};
use super::shell::Shell;
use super::terminal::Terminal;
use super::undo::Undo;
use super::{EXAMPLE, draft};
use crate::dom;
use crate::hooks::use_page_keys;
use crate::part::part;
use crate::playbar::PlayBar;
use crate::session::Session;
use crate::subject::{Marked, Subject};
use crate::timeline::Timeline;
use podscope_engine::time::SimTime;
use yew::prelude::*;

/// What [`App`] needs.
#[derive(Clone, Default, PartialEq, Properties)]
pub struct AppProps {
    /// A session to show; the page makes its own when there is none.
    #[prop_or_default]
    pub session: Option<Session>,
    /// The run of a link, or why the link cannot be read.
    #[prop_or_default]
    pub shared: Option<Result<Shared, String>>,
}

/// The number of the branch that is shown beside the present one.
pub type Compared = Option<u32>;

/// A panel, of which a narrow page shows one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
    Build,
    Yaml,
    Lessons,
    Inspect,
    Events,
    Kubectl,
    /// Nothing but the stage.
    None,
}

const PANELS: [(Panel, &str); 6] = [
    (Panel::Build, "Build"),
    (Panel::Yaml, "YAML"),
    (Panel::Lessons, "Lessons"),
    (Panel::Inspect, "Why"),
    (Panel::Events, "Events"),
    (Panel::Kubectl, "kubectl"),
];

/// Where panels are sheets under the stage, as in `playground.css`.
const SMALL: &str = "(max-width: 760px)";

/// The whole page.
#[component]
pub fn App(props: &AppProps) -> Html {
    let (given, shared) = (props.session.clone(), props.shared.clone());
    let session = use_memo((), move |()| match (given, shared) {
        (Some(session), _) => session,
        (None, Some(Ok(shared))) => super::share::open(&shared),
        _ => begin(),
    });
    let session = (*session).clone();
    let manifest = use_state_eq(|| match &props.shared {
        Some(Ok(shared)) if shared.own => shared.yaml.clone(),
        Some(Ok(shared)) => {
            draft::set_aside(&shared.yaml);
            shared.yaml.clone()
        }
        _ => draft::kept().unwrap_or_else(|| EXAMPLE.into()),
    });
    let kept = use_state_eq(draft::Kept::default);
    let shell = use_memo(session.clone(), |session| Shell::new(session.clone()));
    let shell = (*shell).clone();
    let selected = use_state_eq(|| None::<Subject>);
    // The cause that is pointed at.
    let lit = use_state_eq(|| None::<(Subject, SimTime)>);
    // What a narrow page shows under the stage, and what a wide one shows at its left.
    let first = || match &props.shared {
        Some(Ok(Shared { then: Then::ApplyText, .. })) => Panel::Yaml,
        _ => Panel::Build,
    };
    let panel = use_state_eq(first);
    let left = use_state_eq(first);
    let compared = use_state_eq(|| Compared::None);
    let on_compare = {
        let compared = compared.clone();
        Callback::from(move |with| compared.set(with))
    };
    use_page_keys(&session);
    let then = props.shared.as_ref().and_then(|s| s.as_ref().ok()).map(|s| s.then.clone()).unwrap_or_default();
    use_effect_with((), {
        let (shell, then) = (shell.clone(), then.clone());
        move |()| {
            if let Then::Apply(text) = then {
                // What is refused is told in the kubectl panel.
                _ = act(&shell, &Action::Apply(text));
            }
        }
    });

    use_effect_with(shell.clone(), {
        let manifest = manifest.clone();
        move |shell| shell.set_manifest(&manifest)
    });
    let on_text = {
        let (manifest, shell, kept) = (manifest.clone(), shell.clone(), kept.clone());
        Callback::from(move |text: String| {
            shell.set_manifest(&text);
            kept.set(draft::keep(&text));
            manifest.set(text);
        })
    };
    bridge::offer(&shell, on_text.clone());
    use_effect_with(session.clone(), |session| {
        let watching = bridge::watch(session);
        move || drop(watching)
    });
    let on_select = {
        let (selected, panel, lit) = (selected.clone(), panel.clone(), lit.clone());
        Callback::from(move |subject: Subject| {
            let again = selected.as_ref() == Some(&subject);
            selected.set((!again).then_some(subject));
            lit.set(None);
            if !again {
                panel.set(Panel::Inspect);
            }
        })
    };
    let on_point = {
        let lit = lit.clone();
        Callback::from(move |to| lit.set(to))
    };
    let marked = Marked { selected: (*selected).clone(), lit: lit.as_ref().map(|(subject, _)| subject.clone()) };
    let chosen = selected.as_ref().filter(|s| &*s.kind == "Pod").map(|s| s.name.clone());
    let tab = |which: Panel, name: &'static str| {
        let only_narrow = !matches!(which, Panel::Build | Panel::Yaml | Panel::Lessons);
        let on_left = *left == which;
        let pressed = if only_narrow { *panel == which } else { on_left };
        let class = classes!(
            "tab",
            match which {
                Panel::Kubectl => Some("small-only"),
                _ if only_narrow => Some("narrow-only"),
                _ => None,
            },
            (*panel == which).then_some("on"),
            on_left.then_some("on-left")
        );
        let (panel, left) = (panel.clone(), left.clone());
        let onclick = move |_| {
            // On a small page the open sheet is closed by its own tab.
            let close = *panel == which && dom::media(SMALL);
            panel.set(if close { Panel::None } else { which });
            if !only_narrow {
                left.set(which);
            }
        };
        html! { <button type="button" {class} data-tab={name} aria-pressed={pressed.to_string()} {onclick}>{ name }</button> }
    };
    let shown =
        |which: Panel| classes!("panel", (*panel == which).then_some("on"), (*left == which).then_some("on-left"));
    let page = classes!("podscope", "page", (*left != Panel::Build).then_some("writing"));
    html! {
        <div class={page}>
            { part!(Header,
                session: session.clone(), text: (*manifest).clone(), foreign: props.shared.as_ref().is_some_and(|s| s.as_ref().is_ok_and(|s| !s.own)),
                trouble: props.shared.as_ref().and_then(|s| s.as_ref().err().cloned())) }
            <nav class="tabs" aria-label="Panels">
                { for PANELS.iter().map(|(which, name)| tab(*which, name)) }
            </nav>
            <section class="side left" aria-label="Manifest">
                <div class={shown(Panel::Build)} data-panel="build">
                    { part!(Build, session: session.clone(), shell: shell.clone(), on_select: on_select.clone()) }
                </div>
                <div class={shown(Panel::Yaml)} data-panel="yaml">
                    { part!(Editor,
                        session: session.clone(), text: (*manifest).clone(), on_text, kept: *kept, apply: then == Then::ApplyText,
                        shown: *left == Panel::Yaml || *panel == Panel::Yaml) }
                </div>
                // `static/lesson` fills it.
                <div class={shown(Panel::Lessons)} data-panel="lessons"></div>
            </section>
            <main class="center" aria-label="Simulation">
                { part!(Scenery, session: session.clone(), marked, on_select: on_select.clone()) }
                if let Some(number) = *compared {
                    { part!(Beside, session: session.clone(), number) }
                }
                <div class={shown(Panel::Kubectl)} data-panel="kubectl">{ part!(Terminal, shell: shell.clone()) }</div>
                { part!(PlayBar, session: session.clone(), children: html! { <>
                    { part!(Undo, session: session.clone()) }
                    { part!(Branches, session: session.clone(), compared: *compared, on_compare: on_compare) }
                    { part!(Breakpoints, session: session.clone()) }
                    <span class="hint">{ "space plays · ← → one event" }</span>
                </> }) }
                { part!(Timeline, session: session.clone(), lit: lit.as_ref().map(|(_, at)| *at), chosen) }
            </main>
            <aside class="side right" aria-label="Details">
                <div class={shown(Panel::Inspect)} data-panel="inspect" role="region" aria-label="Inspector" tabindex="0">
                    { part!(Inspector,
                        session: session.clone(), shell, selected: (*selected).clone(), on_point, on_select) }
                </div>
                <div class={shown(Panel::Events)} data-panel="events" role="region" aria-label="Events" tabindex="0">
                    { part!(EventLog, session: session.clone()) }
                </div>
            </aside>
            { part!(Live, session: session.clone()) }
        </div>
    }
}

/// A session with the manifest of the last visit, or the example.
fn begin() -> Session {
    let kept = draft::kept();
    let session = Session::new(kept.as_deref().unwrap_or(EXAMPLE));
    if !dom::reduced_motion() {
        session.play();
    }
    session
}
