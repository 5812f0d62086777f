//! The page's head: what this is, and what can be done with the manifest.

use super::file::download;
use super::share::{self, Shared};
use super::{THEME_KEY, draft};
use crate::dom;
use crate::session::Session;
use yew::prelude::*;

/// What [`Header`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct HeaderProps {
    /// Whose manifest is exported.
    pub session: Session,
    /// The text in the editor.
    pub text: String,
    /// Why the link that led here cannot be shown.
    pub trouble: Option<String>,
    /// Whether a run of somebody else is shown.
    pub foreign: bool,
}

/// Says how a link was given; what is too long for one is given as a file.
fn offered(shared: &Shared, made: Result<String, String>) -> String {
    match made {
        Ok(said) if said.is_empty() => {
            download("podscope-run.json", &shared.to_json());
            "Too long for a link: saved as a file, to open in the editor.".into()
        }
        Ok(said) => said,
        Err(why) => format!("No link: {why}."),
    }
}

/// The page's head.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let copied = use_state_eq(|| false);
    let dark = use_state_eq(|| match dom::load(THEME_KEY).as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => dom::media("(prefers-color-scheme: dark)"),
    });
    use_effect_with(*dark, |dark| {
        if let Some(root) = dom::document().and_then(|d| d.document_element()) {
            let _ = root.set_attribute("data-theme", if *dark { "dark" } else { "light" });
        }
    });
    let on_theme = {
        let dark = dark.clone();
        Callback::from(move |_: MouseEvent| {
            let _ = dom::store(THEME_KEY, if *dark { "light" } else { "dark" });
            dark.set(!*dark);
        })
    };
    let on_copy = {
        let (session, copied) = (props.session.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            if dom::copy(&session.export()) {
                copied.set(true);
            }
        })
    };
    let said = use_state_eq(String::new);
    let on_share = {
        let (session, text, said) = (props.session.clone(), props.text.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            let shared = share::of(&session, &text);
            let said = said.clone();
            share::link(
                &shared.clone(),
                Callback::from(move |made: Result<String, String>| said.set(offered(&shared, made))),
            );
        })
    };
    let on_leave = Callback::from(|_: MouseEvent| {
        draft::take_back();
        if let Some(window) = dom::window() {
            let _ = window.location().set_hash("");
            let _ = window.location().reload();
        }
    });
    let notice = match &props.trouble {
        Some(why) => format!("This link cannot be shown: {why}."),
        _ => (*said).clone(),
    };
    let on_export = {
        let session = props.session.clone();
        Callback::from(move |_: MouseEvent| download("podscope.yaml", &session.export()))
    };
    html! {
        <header class="head">
            <p class="claim"><b>{ "A simulator: it runs no containers." }</b><span>{ " Nothing leaves this tab. " }</span>
                <a href="fidelity.md">{ "How right it is" }</a></p>
            <h1 class="logo">
                <svg viewBox="-12 -12 24 24" aria-hidden="true"><circle r="10" /><circle class="core" r="3.2" /><circle class="moon" cx="8.7" cy="-5" r="2.2" /></svg>
                { "Podscope" }
            </h1>
            <span class="space"></span>
            <span class="said" role="status">{ notice }</span>
            if props.foreign || props.trouble.is_some() {
                <button type="button" class="leave" onclick={on_leave} title="Leave the shared run: what you wrote before is there again">{ "My manifest" }</button>
            }
            <button type="button" class="share" onclick={on_share} title="A link that holds this run">{ "Share" }</button>
            <button type="button" class="copy" onclick={on_copy}>{ if *copied { "Copied" } else { "Copy YAML" } }</button>
            <button type="button" onclick={on_export}>{ "Export" }<span class="wide-only">{ " YAML" }</span></button>
            <button type="button" class="theme" onclick={on_theme} aria-pressed={dark.to_string()} aria-label="Dark theme" title="Light or dark">
                <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><circle class="outline" cx="10" cy="10" r="7" /><path d="M10 3a7 7 0 0 1 0 14z" /></svg>
            </button>
        </header>
    }
}
