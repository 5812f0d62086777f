//! The manifest as text, with its errors beside their lines.

use crate::cluster::{Applied, ManifestError};
use crate::session::Session;
use yew::prelude::*;

/// What [`Editor`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct EditorProps {
    /// To what it is applied.
    pub session: Session,
    /// The manifest.
    pub text: String,
    /// Called with every change of it.
    pub on_text: Callback<String>,
}

/// How many lines have a number.
const NUMBERED: usize = 4000;
/// How many errors are listed.
const LISTED: usize = 30;

/// What came of the last Apply.
#[derive(Clone, Default)]
enum Outcome {
    #[default]
    None,
    Applied(Vec<Applied>),
    Refused(Vec<ManifestError>),
}

/// A text field with line numbers, Apply, and what the API server says.
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    let outcome = use_state(Outcome::default);
    let gutter = use_node_ref();
    let area = use_node_ref();
    let on_input = {
        let on_text = props.on_text.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<web_sys::HtmlTextAreaElement>() {
                on_text.emit(area.value());
            }
        })
    };
    let on_scroll = {
        let gutter = gutter.clone();
        Callback::from(move |event: Event| {
            let area = event.target_dyn_into::<web_sys::Element>();
            if let (Some(area), Some(gutter)) = (area, gutter.cast::<web_sys::Element>()) {
                gutter.set_scroll_top(area.scroll_top());
            }
        })
    };
    let apply = {
        let (session, text, outcome) = (props.session.clone(), props.text.clone(), outcome.clone());
        let area = area.clone();
        Callback::from(move |()| {
            outcome.set(match session.act(|cluster| cluster.apply(&text)) {
                Ok(applied) => {
                    session.set_manifest(&text);
                    Outcome::Applied(applied)
                }
                Err(errors) => {
                    if let (Some(first), Some(area)) = (errors.first(), area.cast::<web_sys::Element>()) {
                        // Lines are 18 pixels high; a few are left above.
                        area.set_scroll_top(i32::try_from(first.line).unwrap_or(0).saturating_sub(5).max(0) * 18);
                    }
                    Outcome::Refused(errors)
                }
            });
        })
    };
    let on_key = {
        let apply = apply.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                apply.emit(());
            }
        })
    };
    let go_to = {
        let area = area.clone();
        Callback::from(move |line: usize| {
            if let Some(area) = area.cast::<web_sys::HtmlTextAreaElement>() {
                let text = area.value();
                let start: usize =
                    text.lines().take(line.saturating_sub(1)).map(|l| l.encode_utf16().count() + 1).sum();
                let length = text.lines().nth(line.saturating_sub(1)).map_or(0, |l| l.encode_utf16().count());
                let _ = area.focus();
                let _ = area.set_selection_range(start as u32, (start + length) as u32);
            }
        })
    };
    let errors = if let Outcome::Refused(errors) = &*outcome { errors.as_slice() } else { &[] };
    // A manifest of ten megabytes may be pasted; beyond these lines there are no numbers.
    let lines = props.text.split('\n').take(NUMBERED).count();
    let number = |line: usize| {
        let bad = errors.iter().any(|e| e.line as usize == line);
        html! { <li class={if bad { "bad" } else { "" }}>{ line }</li> }
    };
    html! {
        <>
            <div class="editor">
                <ol class="gutter" ref={gutter} aria-hidden="true">{ for (1..=lines).map(number) }</ol>
                <textarea ref={area} aria-label="Manifest" aria-invalid={(!errors.is_empty()).to_string()}
                    aria-describedby="manifest-outcome" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"
                    value={props.text.clone()} oninput={on_input} onscroll={on_scroll} onkeydown={on_key} />
            </div>
            <div class="apply">
                <button type="button" class="primary" onclick={move |_| apply.emit(())}>{ "Apply" }</button>
                <span class="quiet">{ "Ctrl+Enter · what runs goes on running" }</span>
            </div>
            <div class="outcome" id="manifest-outcome" role="status">{ said(&outcome, &go_to) }</div>
        </>
    }
}

/// What the API server says.
fn said(outcome: &Outcome, go_to: &Callback<usize>) -> Html {
    match outcome {
        Outcome::None => Html::default(),
        Outcome::Refused(errors) => html! {
            <ul class="errors">
                { for errors.iter().take(LISTED).map(|error| {
                    let (go_to, line) = (go_to.clone(), error.line as usize);
                    html! {
                        <li>
                            <button type="button" class="place" onclick={move |_| go_to.emit(line)}
                                aria-label={format!("Go to line {line}, column {}", error.column)}>
                                { format!("{}:{}", error.line, error.column) }
                            </button>
                            <span>{ &error.message }</span>
                        </li>
                    }
                }) }
            </ul>
        },
        Outcome::Applied(applied) => html! {
            <ul class="applied">
                { for applied.iter().map(|one| html! {
                    <li>{ format!("{}/{} {}{}", one.kind.to_lowercase(), one.name, one.what.word(), if one.simulated { "" } else { " (kept, not simulated)" }) }</li>
                }) }
            </ul>
        },
    }
}
