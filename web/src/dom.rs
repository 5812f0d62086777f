//! Small helpers around the browser's objects, none of which is taken for granted.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Element, EventTarget, Window};

/// The window; there is none in a worker or a native test.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// The document.
pub fn document() -> Option<Document> {
    window()?.document()
}

/// Whether a media query holds.
pub fn media(query: &str) -> bool {
    window().and_then(|w| w.match_media(query).ok().flatten()).is_some_and(|m| m.matches())
}

/// Whether the reader asked for less motion.
pub fn reduced_motion() -> bool {
    media("(prefers-reduced-motion: reduce)")
}

/// Milliseconds of a clock that never goes back; 0 where there is none.
pub fn milliseconds() -> f64 {
    window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// What is kept under this key, if storage may be read at all.
pub fn load(key: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text; says whether it is kept (storage may be full, or forbidden).
pub fn store(key: &str, text: &str) -> bool {
    let storage = window().and_then(|w| w.local_storage().ok().flatten());
    storage.is_some_and(|s| s.set_item(key, text).is_ok())
}

/// Puts a text on the clipboard; says whether there is one (there is none outside a secure context).
pub fn copy(text: &str) -> bool {
    let Some(clipboard) = window().map(|w| w.navigator().clipboard()).filter(|c| !c.is_undefined()) else {
        return false;
    };
    let _ = clipboard.write_text(text);
    true
}

/// Sets a style property through the object model, which a strict `style-src` allows.
pub fn set_style(element: &Element, property: &str, value: &str) {
    // `style` is on HTML and SVG elements alike; `Reflect` avoids a cast that must know which.
    if let Ok(style) = js_sys::Reflect::get(element, &"style".into())
        && let Some(style) = style.dyn_ref::<web_sys::CssStyleDeclaration>()
    {
        let _ = style.set_property(property, value);
    }
}

/// A listener that is removed when this is dropped.
pub struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn Fn(web_sys::Event)>,
}

impl Listener {
    /// Calls `callback` at each event of this name.
    pub fn new(target: &EventTarget, name: &'static str, callback: impl Fn(web_sys::Event) + 'static) -> Self {
        let closure = Closure::<dyn Fn(web_sys::Event)>::new(callback);
        let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), name, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}

/// Whether an event comes from a place where keys mean something already.
pub fn takes_keys(event: &web_sys::Event, space: bool) -> bool {
    let first = event.composed_path().get(0);
    let Some(element) = first.dyn_ref::<Element>() else { return false };
    let field = "input, textarea, select, [contenteditable], [role=tab]";
    let button = "button, a, summary, [role=button]";
    let within = |selector: &str| element.closest(selector).ok().flatten().is_some();
    within(field) || (space && within(button))
}
