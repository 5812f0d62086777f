//! The page's components in a browser.
#![cfg(target_arch = "wasm32")]

use podscope_web::playground::{App, AppProps, EXAMPLE};
use podscope_web::session::Session;
use podscope_web::{EmbedOptions, mount_embed};
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Document, Element, HtmlElement, HtmlTextAreaElement};

wasm_bindgen_test_configure!(run_in_browser);

fn document() -> Document {
    podscope_web::dom::document().expect("a document")
}

fn root() -> Element {
    let root = document().create_element("div").expect("an element");
    document().body().expect("a body").append_child(&root).expect("appended");
    root
}

/// A page on the example, `seconds` after its beginning, and paused.
async fn page(seconds: u64) -> (Element, Session) {
    let session = Session::new(EXAMPLE);
    run(&session, seconds);
    let root = root();
    let props = AppProps { session: Some(session.clone()), ..AppProps::default() };
    yew::Renderer::<App>::with_root_and_props(root.clone(), props).render();
    yew::scheduler::flush().await;
    (root, session)
}

fn run(session: &Session, seconds: u64) {
    let until = session.now() + Duration::from_secs(seconds);
    session.act(|cluster| while !cluster.advance_to(until, 1000) {});
}

fn find(root: &Element, selector: &str) -> Element {
    root.query_selector(selector).expect("a selector").unwrap_or_else(|| panic!("no {selector}"))
}

fn names(root: &Element) -> Vec<String> {
    let pods = root.query_selector_all(".pod [role=button]").expect("a selector");
    let name = |i| pods.get(i).and_then(|p| p.dyn_into::<Element>().ok()?.get_attribute("aria-label"));
    (0..pods.length()).filter_map(name).collect()
}

#[wasm_bindgen_test]
async fn the_stage_names_every_pod() {
    let (root, _session) = page(120).await;
    let names = names(&root);
    assert_eq!(names.len(), 6, "{names:?}");
    for ordinal in 0..3 {
        let start = format!("db-{ordinal}, Running, Ready, node-");
        assert!(names.iter().any(|name| name.starts_with(&start)), "{names:?}");
    }
}

#[wasm_bindgen_test]
async fn the_stepper_scales() {
    let (root, session) = page(120).await;
    find(&root, "[aria-label='More replicas of web']").unchecked_into::<HtmlElement>().click();
    run(&session, 60);
    yew::scheduler::flush().await;
    assert_eq!(names(&root).len(), 7);
}

#[wasm_bindgen_test]
async fn an_error_is_listed_with_its_line() {
    let (root, _session) = page(1).await;
    let text = find(&root, ".editor textarea").unchecked_into::<HtmlTextAreaElement>();
    text.set_value(&EXAMPLE.replacen("replicas: 3", "replica: 3", 1));
    let line = EXAMPLE.lines().position(|l| l.contains("replicas: 3")).expect("a line") + 1;
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("input", &init).expect("an event");
    text.dispatch_event(&event).expect("dispatched");
    yew::scheduler::flush().await;
    find(&root, ".apply .primary").unchecked_into::<HtmlElement>().click();
    yew::scheduler::flush().await;
    let place = find(&root, ".errors .place").text_content().unwrap_or_default();
    assert!(place.starts_with(&format!("{line}:")), "{place}");
    assert_eq!(find(&root, ".gutter .bad").text_content().unwrap_or_default(), line.to_string());
}

#[wasm_bindgen_test]
async fn what_is_clicked_appears_as_the_command_that_would_have_done_it() {
    let (root, _session) = page(120).await;
    find(&root, "[aria-label='More replicas of db']").unchecked_into::<HtmlElement>().click();
    yew::scheduler::flush().await;
    let log = find(&root, ".terminal .log").text_content().unwrap_or_default();
    assert!(log.contains("kubectl scale statefulset/db --replicas=4"), "{log}");
    assert!(log.contains("statefulset.apps/db scaled"), "{log}");
}

#[wasm_bindgen_test]
async fn whatever_is_chosen_is_inspected() {
    let (root, _session) = page(120).await;
    for name in ["Deployment web", "Service db", "Volume claim data-db-0", "Node node-a", "db-1"] {
        let thing = find(&root, &format!(".stage [role=button][aria-label^='{name},']"));
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        let click = web_sys::Event::new_with_event_init_dict("click", &init).expect("an event");
        thing.dispatch_event(&click).expect("dispatched");
        yew::scheduler::flush().await;
        let title = find(&root, ".pod-title").text_content().unwrap_or_default();
        let last = name.rsplit(' ').next().unwrap_or(name);
        assert!(title.contains(last), "{name}: {title}");
        assert_eq!(thing.get_attribute("aria-pressed").as_deref(), Some("true"), "{name}");
    }
}

// Keys are pressed for real in tests/browser/page.test.mjs.

#[wasm_bindgen_test]
async fn an_embed_is_a_stage_and_a_play_bar() {
    let root = root();
    let handle = mount_embed(EXAMPLE, EmbedOptions::default()).expect("a document");
    root.append_child(handle.root()).expect("appended");
    yew::scheduler::flush().await;
    find(&root, ".stage svg");
    find(&root, ".playbar .play");
    assert!(root.query_selector(".editor").expect("a selector").is_none());
    handle.destroy();
    yew::scheduler::flush().await;
    assert_eq!(root.child_element_count(), 0);
}
