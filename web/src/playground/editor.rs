//! The manifest as text, with its errors at their lines: in a text field, and in the code editor once that is loaded.

use super::code::{Code, Hooks, load};
use super::draft::Kept;
use super::file;
use super::larger;
use super::problems;
use super::share::Then;
use crate::cluster::{Applied, ManifestError};
use crate::session::Session;
use std::rc::Rc;
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
    /// Where the text is kept.
    #[prop_or_default]
    pub kept: Kept,
    /// Whether it is in sight: the code editor is loaded when it first is.
    #[prop_or_default]
    pub shown: bool,
    /// Whether it is applied at once.
    #[prop_or_default]
    pub apply: bool,
}

/// How many lines have a number.
const NUMBERED: usize = 4000;
/// How many errors are listed.
const LISTED: usize = 30;

/// What came of what was done last.
#[derive(Clone, Default)]
enum Outcome {
    #[default]
    None,
    Applied(Vec<Applied>),
    Refused(Vec<ManifestError>),
    /// A file was not read.
    Unread(&'static str),
}

/// What the code editor calls, which outlives any one rendering.
#[derive(Clone)]
struct Latest {
    session: Session,
    on_text: Callback<String>,
    apply: Callback<()>,
}

/// A place to write in, Apply, and what the API server says.
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    let outcome = use_state(Outcome::default);
    let gutter = use_node_ref();
    let area = use_node_ref();
    let host = use_node_ref();
    let picker = use_node_ref();
    // The code editor, when it is there.
    let code = use_mut_ref(|| None::<Rc<Code>>);
    let rich = use_state_eq(|| false);
    let loading = use_mut_ref(|| None);
    let reading = use_mut_ref(|| None);

    let apply = {
        let (session, text, outcome) = (props.session.clone(), props.text.clone(), outcome.clone());
        let (area, code) = (area.clone(), code.clone());
        Callback::from(move |()| {
            if larger::wanted(&text) && larger::go_on(&session, &text, &[], Then::ApplyText) {
                return;
            }
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
            if let Some(code) = &*code.borrow() {
                code.check();
            }
        })
    };
    use_effect_with((), {
        let (apply, at_once) = (apply.clone(), props.apply);
        move |()| {
            if at_once {
                apply.emit(());
            }
        }
    });
    let latest = use_mut_ref(|| None::<Latest>);
    *latest.borrow_mut() =
        Some(Latest { session: props.session.clone(), on_text: props.on_text.clone(), apply: apply.clone() });
    use_effect_with(props.shown, {
        let (loading, rich) = (loading.clone(), rich.setter());
        move |shown| {
            if *shown && loading.borrow().is_none() {
                *loading.borrow_mut() = load(move || rich.set(true));
            }
        }
    });
    use_effect_with((*rich, props.text.clone()), {
        let (host, code, rich) = (host.clone(), code.clone(), rich.clone());
        move |(ready, text)| {
            let opened = code.borrow().clone();
            match (opened, host.cast::<web_sys::Element>()) {
                (Some(code), _) => code.put(text),
                (None, Some(host)) if *ready => {
                    let opened = Code::open(&host, text, "Manifest", hooks(&latest)).map(Rc::new);
                    rich.set(opened.is_some());
                    *code.borrow_mut() = opened;
                }
                _ => {}
            }
        }
    });

    let go_to = {
        let (area, code) = (area.clone(), code.clone());
        Callback::from(move |line: usize| {
            if let Some(code) = &*code.borrow() {
                code.go_to(line as u32);
            } else if let Some(area) = area.cast::<web_sys::HtmlTextAreaElement>() {
                let text = area.value();
                let start: usize =
                    text.lines().take(line.saturating_sub(1)).map(|l| l.encode_utf16().count() + 1).sum();
                let length = text.lines().nth(line.saturating_sub(1)).map_or(0, |l| l.encode_utf16().count());
                let _ = area.focus();
                let _ = area.set_selection_range(start as u32, (start + length) as u32);
            }
        })
    };
    let take = {
        let (reading, on_text, outcome) = (reading.clone(), props.on_text.clone(), outcome.setter());
        Callback::from(move |files: Option<web_sys::FileList>| {
            let (on_text, outcome) = (on_text.clone(), outcome.clone());
            let then = Callback::from(move |text: Result<String, &'static str>| match text {
                Ok(text) => {
                    outcome.set(Outcome::None);
                    on_text.emit(text);
                }
                Err(why) => outcome.set(Outcome::Unread(why)),
            });
            *reading.borrow_mut() = file::read(files, then);
        })
    };
    let on_pick = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                take.emit(input.files());
                input.set_value("");
            }
        })
    };
    let on_drop = {
        let take = take.clone();
        Callback::from(move |event: DragEvent| {
            let files = event.data_transfer().and_then(|d| d.files()).filter(|files| files.length() > 0);
            if files.is_some() {
                event.prevent_default();
                take.emit(files);
            }
        })
    };
    let on_save = {
        let text = props.text.clone();
        Callback::from(move |_: MouseEvent| file::download("manifest.yaml", &text))
    };
    let on_open = {
        let picker = picker.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(picker) = picker.cast::<web_sys::HtmlElement>() {
                picker.click();
            }
        })
    };
    let errors = if let Outcome::Refused(errors) = &*outcome { errors.as_slice() } else { &[] };
    html! {
        <>
            <h2 class="read-out">{ "Manifest" }</h2>
            <div class="tools" role="group" aria-label="Manifest file">
                <button type="button" onclick={on_open}>{ "Open" }</button>
                <button type="button" onclick={on_save}>{ "Save" }</button>
                // `web/editor/tools.js` fills it.
                <span class="more"></span>
                <input ref={picker} type="file" accept=".yaml,.yml,.json,.txt" hidden=true onchange={on_pick} aria-label="Manifest file" />
            </div>
            <div class={classes!("editor", rich.then_some("rich"))} ondrop={on_drop} ondragover={Callback::from(|event: DragEvent| event.prevent_default())}>
                <div class="code" ref={host} hidden={!*rich}></div>
                if !*rich {
                    { plain(props, errors, gutter, area, &apply) }
                }
            </div>
            if *props.kept.words() != *"" {
                <p class="problem" role="status">{ props.kept.words() }</p>
            }
            <div class="apply">
                <button type="button" class="primary" onclick={move |_| apply.emit(())}>{ "Apply" }</button>
                <span class="quiet">{ "Ctrl+Enter · what runs goes on running" }</span>
            </div>
            <div class="outcome" id="manifest-outcome" role="status">{ said(&outcome, &go_to) }</div>
        </>
    }
}

/// What the code editor asks and tells.
fn hooks(latest: &Rc<std::cell::RefCell<Option<Latest>>>) -> Hooks {
    let now = |latest: &Rc<std::cell::RefCell<Option<Latest>>>| {
        let latest = latest.clone();
        move || latest.borrow().clone()
    };
    let (changed, apply, check) = (now(latest), now(latest), now(latest));
    Hooks {
        changed: Box::new(move |text| {
            if let Some(now) = changed() {
                now.on_text.emit(text);
            }
        }),
        apply: Box::new(move || {
            if let Some(now) = apply() {
                now.apply.emit(());
            }
        }),
        check: Box::new(move |text| check().map_or_else(String::new, |now| problems::json(&now.session, &text))),
    }
}

/// A text field with line numbers.
fn plain(props: &EditorProps, errors: &[ManifestError], gutter: NodeRef, area: NodeRef, apply: &Callback<()>) -> Html {
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
    let on_key = {
        let apply = apply.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                apply.emit(());
            }
        })
    };
    // A manifest of ten megabytes may be pasted; beyond these lines there are no numbers.
    let lines = props.text.split('\n').take(NUMBERED).count();
    let number = |line: usize| {
        let bad = errors.iter().any(|e| e.line as usize == line);
        html! { <li class={if bad { "bad" } else { "" }}>{ line }</li> }
    };
    html! {
        <>
            <ol class="gutter" ref={gutter} aria-hidden="true">{ for (1..=lines).map(number) }</ol>
            <textarea ref={area} aria-label="Manifest" aria-invalid={(!errors.is_empty()).to_string()}
                aria-describedby="manifest-outcome" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"
                value={props.text.clone()} oninput={on_input} onscroll={on_scroll} onkeydown={on_key} />
        </>
    }
}

/// What the API server says.
fn said(outcome: &Outcome, go_to: &Callback<usize>) -> Html {
    match outcome {
        Outcome::None => Html::default(),
        Outcome::Unread(why) => html! { <p class="problem">{ *why }</p> },
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
                    <li>{ format!("{}/{} {}{}", one.kind.to_ascii_lowercase(), one.name, one.what.word(), if one.simulated { "" } else { " (kept, not simulated)" }) }</li>
                }) }
            </ul>
        },
    }
}
