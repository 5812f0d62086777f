//! [`Database`]: what is known of the database that an object belongs to. `crates/console` knows it, and
//! `static/stage/database.js` draws it; both are loaded when there is one to be shown.

use super::shell::Shell;
use crate::hooks::use_now_and_then;
use crate::session::Session;
use crate::subject::Subject;
use podscope_engine::Cluster;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `static/later.js`
    #[wasm_bindgen(js_name = podscopeDatabase, catch)]
    fn draw(place: &web_sys::Element, text: &str) -> Result<JsValue, JsValue>;
}

/// What [`Database`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct DatabaseProps {
    /// Whose databases.
    pub session: Session,
    /// What asks the other module.
    pub shell: Shell,
    /// Its pod, what owns its pods, or a Service in front of them.
    pub subject: Subject,
}

/// The panel; empty for what belongs to no database.
#[component]
pub fn Database(props: &DatabaseProps) -> Html {
    use_now_and_then(&props.session);
    let place = use_node_ref();
    let is_any = !props.session.read(Cluster::data).databases.is_empty();
    let text = if is_any { props.shell.database(&props.subject) } else { String::new() };
    use_effect_with((text, place.clone()), |(text, place)| {
        if let Some(place) = place.cast::<web_sys::Element>() {
            // Without the script there is no panel.
            let _ = draw(&place, text);
        }
    });
    html! { <section ref={place} class="database" aria-label="Database"></section> }
}
