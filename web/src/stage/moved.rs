//! What travels to its place.

use super::set_place;
use crate::number::translate;
use yew::prelude::*;

/// What [`Moved`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct MovedProps {
    /// Where it stands.
    pub at: (f64, f64),
    /// Its style classes.
    #[prop_or_default]
    pub class: Classes,
    /// What it is to a screen reader.
    #[prop_or_default]
    pub role: Option<&'static str>,
    /// What a screen reader says.
    #[prop_or_default]
    pub name: Option<AttrValue>,
    /// Its drawing, around its own origin.
    pub children: Html,
}

/// A part of the drawing that stands at `at`, and travels when that changes.
#[component]
pub fn Moved(props: &MovedProps) -> Html {
    let MovedProps { at, class, role, name, children } = props;
    let node = use_node_ref();
    let (placed, at) = (node.clone(), *at);
    use_effect_with((at.0.to_bits(), at.1.to_bits()), move |_| set_place(&placed, at));
    html! {
        <g ref={node} class={classes!("moves", class.clone())} transform={translate(at)}
            role={*role} aria-label={name.clone()}>
            { children.clone() }
        </g>
    }
}
