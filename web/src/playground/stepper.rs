//! A number with a button on either side.

use super::typed::Typed;
use crate::part::part;
use yew::prelude::*;

/// Fewer, the number, more: `of` is what is counted, for the buttons' names; `on_change` is called with the number that
/// is wanted.
pub fn stepper(of: AttrValue, value: i64, on_change: &Callback<i64>) -> Html {
    let to = |value: i64| {
        let on_change = on_change.clone();
        Callback::from(move |_: MouseEvent| on_change.emit(value))
    };
    let on_typed = {
        let on_change = on_change.clone();
        Callback::from(move |text: String| {
            if let Some(value) = text.parse().ok().filter(|value| (0..=5000).contains(value)) {
                on_change.emit(value);
            }
        })
    };
    html! {
        <span class="stepper">
            <button type="button" aria-label={format!("Fewer {of}")} disabled={value <= 0} onclick={to((value - 1).max(0))}>{ "−" }</button>
            { part!(Typed, label: of.clone(), number: true, value: value.to_string(), on_change: on_typed) }
            <button type="button" aria-label={format!("More {of}")} onclick={to(value + 1)}>{ "+" }</button>
        </span>
    }
}
