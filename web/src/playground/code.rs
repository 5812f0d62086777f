//! [`Code`]: the code editor, a script of its own that is loaded when it is first wanted.

use crate::dom::{self, Listener};
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// Where the build puts it.
const SCRIPT: &str = "editor/editor.js";

#[wasm_bindgen]
extern "C" {
    type Handle;
    #[wasm_bindgen(catch, js_namespace = podscopeEditor)]
    fn open(host: &Element, text: &str, label: &str, hooks: &js_sys::Object) -> Result<Handle, JsValue>;
    #[wasm_bindgen(method)]
    fn put(this: &Handle, text: &str);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &Handle, line: u32);
    #[wasm_bindgen(method)]
    fn check(this: &Handle);
}

/// What the editor asks and tells. Lines count from 1; answers are JSON.
pub struct Hooks {
    /// The text was changed by whoever writes.
    pub changed: Box<dyn Fn(String)>,
    /// The text is to be applied.
    pub apply: Box<dyn Fn()>,
    /// What is wrong with a text: `[{line, message}]`.
    pub check: Box<dyn Fn(String) -> String>,
}

/// An open editor.
pub struct Code {
    handle: Handle,
    /// What the editor calls.
    _hooks: Vec<Box<dyn std::any::Any>>,
}

impl Code {
    /// Opens it in this element; none when its script does not do what it should.
    pub fn open(host: &Element, text: &str, label: &str, hooks: Hooks) -> Option<Self> {
        let object = js_sys::Object::new();
        let mut kept: Vec<Box<dyn std::any::Any>> = Vec::new();
        macro_rules! hook {
            ($name:ident) => {
                let closure = Closure::wrap(hooks.$name);
                js_sys::Reflect::set(&object, &stringify!($name).into(), closure.as_ref()).ok()?;
                kept.push(Box::new(closure));
            };
        }
        hook!(changed);
        hook!(apply);
        hook!(check);
        let handle = open(host, text, label, &object).ok()?;
        Some(Self { handle, _hooks: kept })
    }

    /// Shows this text, unless it is shown already.
    pub fn put(&self, text: &str) {
        self.handle.put(text);
    }

    /// Goes to a line, and selects it.
    pub fn go_to(&self, line: u32) {
        self.handle.go_to(line);
    }

    /// Asks anew what is wrong.
    pub fn check(&self) {
        self.handle.check();
    }
}

/// A script on its way. Nobody is told any more when this is dropped.
pub struct Loading {
    _listeners: [Listener; 1],
}

/// Loads the script. `then` is called when it is there; when it cannot be had, never.
pub fn load(then: impl Fn() + 'static) -> Option<Loading> {
    let document = dom::document()?;
    let script = document.create_element("script").ok()?;
    script.set_attribute("type", "module").ok()?;
    script.set_attribute("src", SCRIPT).ok()?;
    let listener = Listener::new(&script, "load", move |_| then());
    document.head()?.append_child(&script).ok()?;
    Some(Loading { _listeners: [listener] })
}
