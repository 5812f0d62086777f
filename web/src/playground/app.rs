//! The page.

use super::build::Build;
use super::editor::Editor;
use super::events::{EventLog, Live};
use super::header::Header;
use super::inspector::Inspector;
use super::{EXAMPLE, MANIFEST_KEY};
use crate::dom;
use crate::hooks::use_page_keys;
use crate::playbar::PlayBar;
use crate::session::Session;
use crate::stage::Stage;
use crate::timeline::Timeline;
use podscope_engine::view::Text;
use yew::prelude::*;

/// What [`App`] needs.
#[derive(Clone, Default, PartialEq, Properties)]
pub struct AppProps {
    /// A session to show; the page makes its own when there is none.
    #[prop_or_default]
    pub session: Option<Session>,
}

/// A panel, of which a narrow page shows one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
    Build,
    Yaml,
    Inspect,
    Events,
}

const PANELS: [(Panel, &str); 4] =
    [(Panel::Build, "Build"), (Panel::Yaml, "YAML"), (Panel::Inspect, "Pod"), (Panel::Events, "Events")];

/// The whole page.
#[component]
pub fn App(props: &AppProps) -> Html {
    let given = props.session.clone();
    let session = use_memo((), move |()| given.unwrap_or_else(begin));
    let session = (*session).clone();
    let manifest = use_state_eq(|| {
        dom::load(MANIFEST_KEY).filter(|text| !text.trim().is_empty()).unwrap_or_else(|| EXAMPLE.into())
    });
    let selected = use_state_eq(|| None::<Text>);
    // What a narrow page shows under the stage, and what a wide one shows at its left.
    let panel = use_state_eq(|| Panel::Build);
    let left = use_state_eq(|| Panel::Build);
    use_page_keys(&session);

    let on_text = {
        let manifest = manifest.clone();
        Callback::from(move |text: String| {
            // A page whose storage is full or forbidden still works; the text stays in the editor.
            let _ = dom::store(MANIFEST_KEY, &text);
            manifest.set(text);
        })
    };
    let on_select = {
        let (selected, panel) = (selected.clone(), panel.clone());
        Callback::from(move |uid: Text| {
            let again = selected.as_ref() == Some(&uid);
            selected.set((!again).then_some(uid));
            panel.set(Panel::Inspect);
        })
    };
    let tab = |which: Panel, name: &'static str| {
        let only_narrow = matches!(which, Panel::Inspect | Panel::Events);
        let on_left = *left == which;
        let pressed = if only_narrow { *panel == which } else { on_left };
        let class = classes!(
            "tab",
            only_narrow.then_some("narrow-only"),
            (*panel == which).then_some("on"),
            on_left.then_some("on-left")
        );
        let (panel, left) = (panel.clone(), left.clone());
        let onclick = move |_| {
            panel.set(which);
            if !only_narrow {
                left.set(which);
            }
        };
        html! { <button type="button" {class} aria-pressed={pressed.to_string()} {onclick}>{ name }</button> }
    };
    let shown =
        |which: Panel| classes!("panel", (*panel == which).then_some("on"), (*left == which).then_some("on-left"));
    let page = classes!("podscope", "page", (*left == Panel::Yaml).then_some("writing"));
    html! {
        <div class={page}>
            <Header session={session.clone()} />
            <nav class="tabs" aria-label="Panels">
                { for PANELS.iter().map(|(which, name)| tab(*which, name)) }
            </nav>
            <section class="side left" aria-label="Manifest">
                <div class={shown(Panel::Build)} data-panel="build"><Build session={session.clone()} /></div>
                <div class={shown(Panel::Yaml)} data-panel="yaml">
                    <Editor session={session.clone()} text={(*manifest).clone()} {on_text} />
                </div>
            </section>
            <main class="center" aria-label="Simulation">
                <Stage session={session.clone()} selected={(*selected).clone()} {on_select} />
                <PlayBar session={session.clone()}>
                    <span class="hint">{ "space plays · → steps one event" }</span>
                </PlayBar>
                <Timeline session={session.clone()} />
            </main>
            <aside class="side right" aria-label="Details">
                <div class={shown(Panel::Inspect)} data-panel="inspect" role="region" aria-label="Pod" tabindex="0">
                    <Inspector session={session.clone()} selected={(*selected).clone()} />
                </div>
                <div class={shown(Panel::Events)} data-panel="events" role="region" aria-label="Events" tabindex="0"><EventLog session={session.clone()} /></div>
            </aside>
            <Live session={session.clone()} />
        </div>
    }
}

/// A session with the manifest of the last visit, or the example.
fn begin() -> Session {
    let kept = dom::load(MANIFEST_KEY).filter(|text| !text.trim().is_empty());
    let session = Session::new(kept.as_deref().unwrap_or(EXAMPLE));
    if !dom::reduced_motion() {
        session.play();
    }
    session
}
