//! A number with a button on either side.

use super::typed::Typed;
use yew::prelude::*;

/// What [`Stepper`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct StepperProps {
    /// What is counted, for the buttons' names.
    pub of: AttrValue,
    /// The number.
    pub value: i64,
    /// Called with the number that is wanted.
    pub on_change: Callback<i64>,
}

/// Fewer, the number, more.
#[component]
pub fn Stepper(props: &StepperProps) -> Html {
    let to = |value: i64| {
        let on_change = props.on_change.clone();
        Callback::from(move |_: MouseEvent| on_change.emit(value))
    };
    let on_typed = {
        let on_change = props.on_change.clone();
        Callback::from(move |text: String| {
            if let Some(value) = text.parse().ok().filter(|value| (0..=5000).contains(value)) {
                on_change.emit(value);
            }
        })
    };
    html! {
        <span class="stepper">
            <button type="button" aria-label={format!("Fewer {}", props.of)} disabled={props.value <= 0} onclick={to((props.value - 1).max(0))}>{ "−" }</button>
            <Typed label={props.of.clone()} number=true value={props.value.to_string()} on_change={on_typed} />
            <button type="button" aria-label={format!("More {}", props.of)} onclick={to(props.value + 1)}>{ "+" }</button>
        </span>
    }
}
