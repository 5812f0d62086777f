//! The kubectl line: what is typed, what was printed, and what could come next.

use super::console::Candidate;
use super::shell::{Entry, Shell};
use crate::part::part;
use std::rc::Rc;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// How many candidates are listed.
const LISTED: usize = 40;

/// What [`Terminal`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TerminalProps {
    /// Whose commands.
    pub shell: Shell,
}

/// The line's text, and what is open beside it.
#[derive(Clone, Default, PartialEq)]
struct Typing {
    text: String,
    /// How far back in the history; the text that was typed before.
    back: Option<(usize, String)>,
    candidates: Rc<Vec<Candidate>>,
    /// Which candidate is chosen.
    at: Option<usize>,
    /// Tab asked for them: they are not only what might be meant.
    asked: bool,
    /// The list was closed, so that Tab leaves the line.
    closed: bool,
    /// Tab was pressed while kubectl was on its way: it is done when that is there.
    tab: bool,
}

/// A log of commands above a line for the next one.
#[component]
pub fn Terminal(props: &TerminalProps) -> Html {
    let shell = &props.shell;
    let update = use_force_update();
    use_effect_with(shell.clone(), move |shell| {
        let subscription = shell.follow(Callback::from(move |()| update.force_update()));
        move || drop(subscription)
    });
    let typing = use_state_eq(Typing::default);
    // What another module printed is shown at once.
    let open = use_state_eq(|| !shell.entries().is_empty());
    let area = use_node_ref();
    let log = use_node_ref();
    let entries = shell.entries();
    {
        // The newest output stays in sight.
        let log = log.clone();
        let printed: usize = entries.iter().flat_map(|e| &e.printed).map(|(_, text)| text.len()).sum();
        use_effect_with((entries.len(), printed, *open), move |_| {
            if let Some(log) = log.cast::<web_sys::Element>() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    }
    {
        // A text that was put in place is edited at its end.
        let (area, text) = (area.clone(), typing.text.clone());
        use_effect_with(typing.text.clone(), move |_| {
            if let Some(area) = area.cast::<HtmlTextAreaElement>()
                && area.value() == text
                && area.selection_start().ok().flatten() == Some(0)
            {
                let end = text.encode_utf16().count() as u32;
                let _ = area.set_selection_range(end, end);
            }
        });
    }
    {
        let (area, typing, shell) = (area.clone(), typing.clone(), shell.clone());
        use_effect_with((typing.tab, shell.coming()), move |(tab, coming)| {
            if let Some(area) = area.cast::<HtmlTextAreaElement>().filter(|_| *tab && !*coming) {
                // When it did not come, the next Tab leaves the line.
                let next = if shell.there() {
                    completed(&shell, &area.value(), caret(&area))
                } else {
                    Typing { text: area.value(), closed: true, ..Typing::default() }
                };
                area.set_value(&next.text);
                typing.set(next);
            }
        });
    }
    let busy = shell.busy(shell.tab());

    let oninput = {
        let (typing, shell) = (typing.clone(), shell.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                typing.set(meant(&shell, area.value(), caret(&area)));
            }
        })
    };
    let onblur = {
        let typing = typing.clone();
        Callback::from(move |_: FocusEvent| typing.set(Typing { text: typing.text.clone(), ..Typing::default() }))
    };
    let onfocus = {
        let shell = shell.clone();
        Callback::from(move |_: FocusEvent| shell.want())
    };
    let onkeydown = {
        let (typing, shell, open) = (typing.clone(), shell.clone(), open.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() else { return };
            if event.is_composing() {
                return;
            }
            if let Some(next) = key(&event, &area, &typing, &shell, &open) {
                event.prevent_default();
                if next.text != area.value() {
                    area.set_value(&next.text);
                }
                typing.set(next);
            }
        })
    };
    let take = {
        let (typing, area) = (typing.clone(), area.clone());
        Callback::from(move |word: String| {
            let Some(area) = area.cast::<HtmlTextAreaElement>() else { return };
            let text = put(&typing.text, caret(&area), &word, true);
            area.set_value(&text);
            let _ = area.focus();
            typing.set(Typing { text, ..Typing::default() });
        })
    };
    let on_toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let on_stop = {
        let shell = shell.clone();
        Callback::from(move |_: MouseEvent| {
            shell.interrupt();
        })
    };
    let listed = typing.candidates.len().min(LISTED);
    let rows = typing.text.lines().count().clamp(1, 6);
    html! {
        <section class={classes!("terminal", open.then_some("open"), entries.is_empty().then_some("fresh"))} aria-label="kubectl">
            // `static/kubectl` fills it.
            <div class="shells" role="group" aria-label="Tabs of kubectl"></div>
            <div class="log" ref={log} role="log" aria-live="polite" aria-label="Output of kubectl" tabindex="0">
                { for entries.iter().map(|entry| part!(Shown,
                    key = entry.id; entry: entry.clone(), shell: shell.clone())) }
            </div>
            <div class="prompt">
                if listed > 0 {
                    <ul class="candidates" id="kubectl-candidates" role="listbox" aria-label="Completions">
                        { for typing.candidates.iter().take(LISTED).enumerate().map(|(at, candidate)| {
                            let (take, word) = (take.clone(), candidate.text.clone());
                            let chosen = typing.at == Some(at);
                            html! {
                                <li key={candidate.text.clone()} id={format!("kubectl-candidate-{at}")} role="option" aria-selected={chosen.to_string()}
                                    onmousedown={move |event: MouseEvent| { event.prevent_default(); take.emit(word.clone()); }}>
                                    <b>{ &candidate.text }</b><span>{ &candidate.help }</span>
                                </li>
                            }
                        }) }
                    </ul>
                }
                <label for="kubectl-line">{ "$ kubectl" }</label>
                <textarea id="kubectl-line" ref={area} rows={rows.to_string()} wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off"
                    aria-label="kubectl command" aria-autocomplete="list" aria-controls={(listed > 0).then_some("kubectl-candidates")}
                    aria-activedescendant={typing.at.map(|at| format!("kubectl-candidate-{at}"))}
                    placeholder={if busy { "runs · Ctrl+C or Esc stops it" } else { "get pods" }}
                    {oninput} {onkeydown} {onfocus} {onblur} />
                if busy {
                    <button type="button" class="stop" onclick={on_stop}>{ "Stop" }</button>
                }
                <button type="button" class="fold" onclick={on_toggle} aria-expanded={open.to_string()} aria-label="More output" title="More or less output">
                    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M5 12l5-5 5 5" /></svg>
                </button>
            </div>
            <p class="read-out" role="status">{ match (listed, typing.at.and_then(|at| typing.candidates.get(at))) {
                (0, _) => String::new(),
                (_, None) if !typing.asked => String::new(),
                (_, Some(candidate)) => format!("{} {}", candidate.text, candidate.help),
                (n, None) => format!("{n} completions"),
            } }</p>
        </section>
    }
}

/// What a key does to the line; nothing when the key keeps its meaning.
fn key(
    event: &KeyboardEvent,
    area: &HtmlTextAreaElement,
    typing: &Typing,
    shell: &Shell,
    open: &UseStateHandle<bool>,
) -> Option<Typing> {
    let listed = typing.candidates.len().min(LISTED);
    let text = &typing.text;
    let caret = caret(area);
    let plain = Typing { text: text.clone(), ..Typing::default() };
    if event.ctrl_key() {
        // With a selection it copies.
        let selected = area.selection_end().ok().flatten() != area.selection_start().ok().flatten();
        return match event.key().as_str() {
            "c" if !selected => {
                shell.interrupt();
                Some(Typing::default())
            }
            "l" => {
                shell.clear();
                Some(plain)
            }
            _ => None,
        };
    }
    match event.key().as_str() {
        "Escape" if listed > 0 => Some(Typing { closed: true, ..plain }),
        "Escape" if shell.interrupt() => Some(plain),
        "Escape" => Some(Typing { closed: true, ..plain }),
        "Enter" if event.shift_key() => None,
        "Enter" | "Tab" if listed > 0 && typing.at.is_some() && !event.shift_key() => {
            let word = &typing.candidates.get(typing.at?)?.text;
            Some(Typing { text: put(text, caret, word, true), ..Typing::default() })
        }
        "Enter" => {
            if !text.trim().is_empty() {
                open.set(true);
                shell.typed(text);
            }
            Some(Typing::default())
        }
        "Tab" if event.shift_key() || typing.closed || text.trim().is_empty() => None,
        "Tab" if listed > 0 && typing.asked => Some(Typing { at: Some(0), ..typing.clone() }),
        "Tab" => Some(completed(shell, text, caret)),
        "ArrowDown" if listed > 0 => {
            Some(Typing { at: Some(typing.at.map_or(0, |at| (at + 1) % listed)), ..typing.clone() })
        }
        // Before one is chosen, it goes to what was typed earlier.
        "ArrowUp" if listed > 0 && (typing.asked || typing.at.is_some()) => {
            Some(Typing { at: Some(typing.at.map_or(listed - 1, |at| (at + listed - 1) % listed)), ..typing.clone() })
        }
        "ArrowUp" if !text.get(..caret)?.contains('\n') => {
            let history = shell.history();
            let (back, draft) = typing.back.clone().unwrap_or_else(|| (0, text.clone()));
            let older = history.len().checked_sub(back + 1)?;
            Some(Typing { text: history.get(older)?.clone(), back: Some((back + 1, draft)), ..Typing::default() })
        }
        "ArrowDown" if !text.get(caret..)?.contains('\n') => {
            let (back, draft) = typing.back.clone()?;
            let history = shell.history();
            Some(match back {
                0 | 1 => Typing { text: draft, ..Typing::default() },
                _ => {
                    let text = history.get(history.len().saturating_sub(back - 1))?.clone();
                    Typing { text, back: Some((back - 1, draft)), ..Typing::default() }
                }
            })
        }
        _ => None,
    }
}

/// The line with what may stand at the caret put in or listed.
fn completed(shell: &Shell, text: &str, caret: usize) -> Typing {
    let plain = Typing { text: text.to_owned(), ..Typing::default() };
    let Some(found) = shell.complete(text, caret) else {
        return Typing { tab: shell.coming(), closed: !shell.coming(), ..plain };
    };
    match found.as_slice() {
        [] => Typing { closed: true, ..plain },
        [one] => Typing { text: put(text, caret, &one.text, true), ..plain },
        [first, rest @ ..] => {
            let shared = rest.iter().fold(first.text.as_str(), |shared, one| common(shared, &one.text));
            let longer = put(text, caret, shared, false);
            let text = if longer.len() > text.len() { longer } else { plain.text };
            Typing { text, candidates: Rc::new(found), asked: true, ..Typing::default() }
        }
    }
}

/// The line as it was typed, beside what might be meant.
fn meant(shell: &Shell, text: String, caret: usize) -> Typing {
    let plain = Typing { text, ..Typing::default() };
    let ends = |after: &str| after.is_empty() || after.starts_with(char::is_whitespace);
    if !shell.there() || plain.text.trim().is_empty() || !plain.text.get(caret..).is_some_and(ends) {
        return plain;
    }
    let found = shell.complete(&plain.text, caret).unwrap_or_default();
    let said = |one: &Candidate| put(&plain.text, caret, &one.text, false) == plain.text;
    // A word that is there already says nothing new.
    if found.iter().all(said) { plain } else { Typing { candidates: Rc::new(found), ..plain } }
}

/// Where the caret is, in bytes.
fn caret(area: &HtmlTextAreaElement) -> usize {
    let units = area.selection_start().ok().flatten().map_or(usize::MAX, |at| at as usize);
    let mut seen = 0;
    let text = area.value();
    for (at, c) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += c.len_utf16();
    }
    text.len()
}

/// The line with the word at the caret replaced.
fn put(text: &str, caret: usize, word: &str, whole: bool) -> String {
    let (before, after) = text.split_at_checked(caret).unwrap_or((text, ""));
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let space = if whole && !word.ends_with(['=', '/', ',']) && !after.starts_with(' ') { " " } else { "" };
    format!("{}{word}{space}{after}", &before[..start])
}

/// How two words begin alike.
fn common<'a>(one: &'a str, two: &str) -> &'a str {
    let end = one
        .char_indices()
        .zip(two.chars())
        .find(|((_, a), b)| a != b)
        .map_or(one.len().min(two.len()), |((at, _), _)| at);
    one.get(..end).unwrap_or(one)
}

/// What [`Shown`] needs.
#[derive(Clone, PartialEq, Properties)]
struct ShownProps {
    entry: Entry,
    shell: Shell,
}

/// One command and what it printed.
#[component]
fn Shown(props: &ShownProps) -> Html {
    let Entry { id, line, printed, running, exit, edit, .. } = &props.entry;
    let area = use_node_ref();
    let class = classes!("entry", running.then_some("running"), exit.is_some_and(|exit| exit != 0).then_some("failed"));
    let on_save = {
        let (shell, area, id) = (props.shell.clone(), area.clone(), *id);
        Callback::from(move |_: MouseEvent| {
            if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                shell.edited(id, &area.value());
            }
        })
    };
    let on_cancel = {
        let (shell, id, text) = (props.shell.clone(), *id, edit.clone());
        Callback::from(move |_: MouseEvent| shell.edited(id, text.as_deref().unwrap_or_default()))
    };
    html! {
        <div {class}>
            <p class="line"><span aria-hidden="true">{ "$ " }</span>{ line }</p>
            <button type="button" class="copy-line" title="Copy this command" aria-label="Copy this command">{ "Copy" }</button>
            { for printed.iter().map(|(error, text)| html! {
                <pre class={if *error { "error" } else { "" }}>{ text }</pre>
            }) }
            if let Some(text) = edit {
                <div class="edit">
                    <textarea ref={area} aria-label="Edit the object" rows="12" wrap="off" spellcheck="false" value={text.clone()} />
                    <button type="button" onclick={on_save}>{ "Save" }</button>
                    <button type="button" onclick={on_cancel}>{ "Leave it as it was" }</button>
                </div>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{common, put};

    #[test]
    fn a_word_is_completed_in_its_place() {
        assert_eq!(put("get po", 6, "pods", true), "get pods ");
        assert_eq!(put("get po -o wide", 6, "pods", true), "get pods -o wide");
        assert_eq!(put("scale sts db --rep", 18, "--replicas=", true), "scale sts db --replicas=");
        assert_eq!(put("", 0, "get", false), "get");
    }

    #[test]
    fn what_words_share_is_their_beginning() {
        assert_eq!(common("web-1", "web-2"), "web-");
        assert_eq!(common("db", "db-0"), "db");
        assert_eq!(common("é", "è"), "");
    }
}
