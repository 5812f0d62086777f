//! The playground's entry point.

use podscope_web::dom;
use podscope_web::playground::share::{self, Shared};
use podscope_web::playground::{App, AppProps, kept_manifest, larger};
use yew::Callback;

fn main() {
    podscope_web::panics::report();
    let hash = dom::window().and_then(|w| w.location().hash().ok()).unwrap_or_default();
    if let Some(text) = share::waiting() {
        run(larger::wanted(&text) || larger::left(&text), || show(share::handed_over().map(Ok)));
    } else if hash.starts_with(share::PREFIX) {
        share::read(
            &hash,
            Callback::from(|read: Result<Shared, String>| {
                let text = read.as_ref().map(Shared::to_json).unwrap_or_default();
                run(larger::wanted(&text), || show(Some(read)));
            }),
        );
    } else {
        run(larger::wanted(&kept_manifest().unwrap_or_default()), || show(None));
    }
}

/// Shows the page, unless the larger module is to, which then begins as this one did.
fn run(larger: bool, show: impl FnOnce() + 'static) {
    if larger { larger::load(show) } else { show() }
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
