//! The playground's entry point.

use podscope_web::playground::{App, AppProps};

fn main() {
    podscope_web::panics::report();
    let root = podscope_web::dom::document().and_then(|d| d.get_element_by_id("podscope"));
    if let Some(root) = root {
        // What the page says while it loads gives way.
        root.set_text_content(None);
        yew::Renderer::<App>::with_root_and_props(root, AppProps::default()).render();
    }
}
