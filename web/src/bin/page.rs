//! The playground's entry point.

use podscope_web::dom;
use podscope_web::playground::share::{self, Shared};
use podscope_web::playground::{App, AppProps};
use yew::Callback;

fn main() {
    podscope_web::panics::report();
    let hash = dom::window().and_then(|w| w.location().hash().ok()).unwrap_or_default();
    if let Some(run) = share::handed_over() {
        show(Some(Ok(run)));
    } else if hash.starts_with(share::PREFIX) {
        share::read(&hash, Callback::from(|read: Result<Shared, String>| show(Some(read))));
    } else {
        show(None);
    }
}

fn show(shared: Option<Result<Shared, String>>) {
    let root = dom::document().and_then(|d| d.get_element_by_id("podscope"));
    if let Some(root) = root {
        // What the page says while it loads gives way.
        root.set_text_content(None);
        let props = AppProps { session: None, shared };
        yew::Renderer::<App>::with_root_and_props(root, props).render();
    }
}
