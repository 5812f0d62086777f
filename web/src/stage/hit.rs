//! What can be chosen on the stage, by mouse and by keyboard.

use crate::subject::{Mark, Subject};
use yew::prelude::*;

/// What [`Hit`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct HitProps {
    /// What a screen reader says.
    pub name: AttrValue,
    /// What is chosen.
    pub subject: Subject,
    /// How it is marked.
    pub mark: Mark,
    /// Called when it is chosen.
    pub on_select: Callback<Subject>,
    /// Its drawing.
    pub children: Html,
}

/// A button within the drawing.
#[component]
pub fn Hit(props: &HitProps) -> Html {
    let choose = {
        let (on_select, subject) = (props.on_select.clone(), props.subject.clone());
        Callback::from(move |()| on_select.emit(subject.clone()))
    };
    let onkeydown = {
        let choose = choose.clone();
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                choose.emit(());
            }
        })
    };
    html! {
        <g class={classes!("hit", props.mark.class())} role="button" tabindex="0" aria-label={props.name.clone()}
            aria-pressed={props.mark.selected.to_string()} onclick={move |_| choose.emit(())} {onkeydown}>
            { props.children.clone() }
        </g>
    }
}
