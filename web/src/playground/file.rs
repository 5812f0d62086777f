//! Files: handed to the user, and taken from them.

use super::share;
use crate::dom::{self, Listener};
use wasm_bindgen::JsCast;
use yew::Callback;

/// Larger files are no manifests.
const MOST_BYTES: f64 = 10_000_000.0;

/// Hands a text to the user as a file.
pub fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/yaml");
    let Ok(blob) = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    let link = dom::document().and_then(|d| d.create_element("a").ok());
    if let Some(link) = link.and_then(|l| l.dyn_into::<web_sys::HtmlAnchorElement>().ok()) {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}

/// A file that is being read.
pub struct Reading {
    _listener: Listener,
}

/// Reads the first of these files; `then` gets its text, or why there is none.
pub fn read(files: Option<web_sys::FileList>, then: Callback<Result<String, &'static str>>) -> Option<Reading> {
    let file = files?.get(0)?;
    if file.size() > MOST_BYTES {
        then.emit(Err("This file is larger than 10 MB."));
        return None;
    }
    let reader = web_sys::FileReader::new().ok()?;
    let listener = Listener::new(&reader.clone(), "loadend", {
        let reader = reader.clone();
        move |_| {
            let text = reader.result().ok().and_then(|text| text.as_string());
            // A run is shown by a page that begins with it.
            if text.as_deref().is_some_and(share::hand_over) {
                return;
            }
            // What is no UTF-8 has characters that stand for what could not be read.
            then.emit(match text {
                Some(text) if !text.contains(['\0', '\u{fffd}']) => Ok(text),
                _ => Err("This file is no text."),
            });
        }
    });
    reader.read_as_text(&file).ok()?;
    Some(Reading { _listener: listener })
}
