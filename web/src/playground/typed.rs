//! [`Typed`]: a text field whose text is taken on Enter, or when the field is left.

use yew::prelude::*;

/// What [`Typed`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TypedProps {
    /// Its name.
    pub label: AttrValue,
    /// What it is about, in a sentence.
    #[prop_or_default]
    pub help: Option<AttrValue>,
    /// Its style class.
    #[prop_or_default]
    pub class: &'static str,
    /// Whether it takes digits.
    #[prop_or_default]
    pub number: bool,
    /// What is so now.
    pub value: AttrValue,
    /// Called with what is wanted, trimmed. When that changes nothing, the field shows again what is so.
    pub on_change: Callback<String>,
}

/// A field in which what is typed stays while the cluster goes on changing.
#[component]
pub fn Typed(props: &TypedProps) -> Html {
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
                on_change.emit(input.value().trim().to_owned());
            }
        })
    };
    html! {
        <input class={props.class} type="text" inputmode={props.number.then_some("numeric")} spellcheck="false" autocomplete="off"
            aria-label={props.label.clone()} aria-description={props.help.clone()}
            value={draft.as_ref().map_or_else(|| props.value.clone(), |text| text.clone().into())} {oninput} {onchange} />
    }
}
