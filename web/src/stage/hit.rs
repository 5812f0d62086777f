//! What can be chosen on the stage, by mouse and by keyboard.

use crate::subject::{Mark, Subject};
use yew::prelude::*;

/// A button within the drawing, around `children`: `name` is what a screen reader says, `subject` is what is chosen.
pub fn hit(
    name: impl Into<AttrValue>,
    subject: Subject,
    mark: Mark,
    on_select: Callback<Subject>,
    children: Html,
) -> Html {
    button(name.into(), subject, mark, on_select, children)
}

fn button(name: AttrValue, subject: Subject, mark: Mark, on_select: Callback<Subject>, children: Html) -> Html {
    let onclick = {
        let (on_select, subject) = (on_select.clone(), subject.clone());
        move |_: MouseEvent| on_select.emit(subject.clone())
    };
    let onkeydown = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            on_select.emit(subject.clone());
        }
    };
    html! {
        <g class={classes!("hit", mark.class())} role="button" tabindex="0" aria-label={name}
            aria-pressed={mark.selected.to_string()} {onclick} {onkeydown}>
            { children }
        </g>
    }
}
