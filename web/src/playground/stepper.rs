//! A number with a button on either side.

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
    // What is typed stays while the cluster goes on changing.
    let draft = use_state_eq(|| None::<String>);
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            draft.set(event.target_dyn_into::<web_sys::HtmlInputElement>().map(|input| input.value()));
        })
    };
    let onchange = {
        let (on_change, draft) = (props.on_change.clone(), draft.clone());
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                draft.set(None);
                if let Some(value) = input.value().trim().parse().ok().filter(|value| (0..=5000).contains(value)) {
                    on_change.emit(value);
                }
            }
        })
    };
    html! {
        <span class="stepper">
            <button type="button" aria-label={format!("Fewer {}", props.of)} disabled={props.value <= 0} onclick={to((props.value - 1).max(0))}>{ "−" }</button>
            <input type="text" inputmode="numeric" aria-label={props.of.clone()} value={(*draft).clone().unwrap_or_else(|| props.value.to_string())} {oninput} {onchange} />
            <button type="button" aria-label={format!("More {}", props.of)} onclick={to(props.value + 1)}>{ "+" }</button>
        </span>
    }
}
