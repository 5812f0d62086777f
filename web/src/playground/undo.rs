//! [`Undo`]: what was done last, taken back, and done again.

use crate::hooks::use_clock;
use crate::playbar::{clock, icon};
use crate::session::Session;
use podscope_engine::api::input::Input;
use podscope_schema::Value;
use yew::prelude::*;

/// What [`Undo`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct UndoProps {
    /// What was done in it.
    pub session: Session,
}

/// Two buttons, and a word on what they did.
#[component]
pub fn Undo(props: &UndoProps) -> Html {
    let (back, again) = use_clock(&props.session, Session::undoable);
    let said = use_state_eq(String::new);
    let button = |class: &'static str, label: &'static str, title: &'static str, path: &'static str, there: bool| {
        let (session, said, undo) = (props.session.clone(), said.clone(), class == "undo");
        let onclick = move |_: MouseEvent| {
            let done = if undo { session.undo() } else { session.redo() };
            if let Some(input) = done {
                said.set([label, ": ", &words(&input), ", at ", &clock(session.now().0 / 100_000), "."].concat());
            }
        };
        // It keeps the focus when there is no more of it.
        html! { <button type="button" {class} aria-label={label} {title} aria-disabled={(!there).then_some("true")} {onclick}>{ icon(path) }</button> }
    };
    html! {
        <span class="undoing" role="group" aria-label="What was done">
            { button("undo", "Undo", "Back to before what was done last (Ctrl+Z)", "M8 5L4 9l4 4M4 9h8a4 4 0 0 1 0 8h-2", back) }
            { button("redo", "Redo", "Do again, now, what was undone (Ctrl+Shift+Z)", "M12 5l4 4-4 4M16 9H8a4 4 0 0 0 0 8h2", again) }
            <span class="read-out" role="status">{ (*said).clone() }</span>
        </span>
    }
}

/// `scale StatefulSet db`
fn words(input: &Input) -> String {
    let what = &input.what;
    let text = |path: &[&str]| what.str_at(path).unwrap_or_default();
    let (mut kind, mut name) = (text(&["object", "kind"]), text(&["object", "metadata", "name"]));
    if let Some([of, _, named]) = what.get("of").map(Value::items) {
        (kind, name) = (of.as_str().unwrap_or_default(), named.as_str().unwrap_or_default());
    }
    [text(&["do"]), " ", kind, " ", name].concat().trim_end().to_owned()
}
