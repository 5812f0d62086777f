//! The manifest that is being written, kept in the browser: it is there again after a reload and after a crash.

use super::{HISTORY_KEY, MANIFEST_KEY};
use crate::dom;

/// Where a text is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// In the browser.
    #[default]
    Browser,
    /// Only until its tab is closed: the browser's storage is full or forbidden.
    Tab,
    /// Nowhere.
    Nowhere,
}

impl Kept {
    /// What is said of it; nothing when all is well.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Browser => "",
            Self::Tab => "The browser's storage is full: kept only until this tab is closed. Save it as a file.",
            Self::Nowhere => "The browser keeps nothing: this text is lost when the page is closed. Save it as a file.",
        }
    }
}

/// Keeps the text, as well as the browser lets it.
pub fn keep(text: &str) -> Kept {
    let mut kept = dom::store(MANIFEST_KEY, text);
    if !kept && dom::load(HISTORY_KEY).is_some_and(|history| !history.is_empty()) {
        // The text is worth more than the command lines of earlier visits.
        dom::store(HISTORY_KEY, "");
        kept = dom::store(MANIFEST_KEY, text);
    }
    let tab = dom::window().and_then(|w| w.session_storage().ok().flatten());
    if kept {
        if let Some(tab) = tab {
            // Or else an older text would come back.
            _ = tab.remove_item(MANIFEST_KEY);
        }
        return Kept::Browser;
    }
    if tab.is_some_and(|tab| tab.set_item(MANIFEST_KEY, text).is_ok()) { Kept::Tab } else { Kept::Nowhere }
}

/// Where a text is set aside while a link shows another.
const ASIDE_KEY: &str = "podscope/before-link";

/// Sets the text that was kept aside, since `other` is about to be shown and edited in its place.
pub fn set_aside(other: &str) {
    if let Some(text) = kept().filter(|text| text != other && dom::load(ASIDE_KEY).is_none()) {
        dom::store(ASIDE_KEY, &text);
    }
}

/// Keeps again what was set aside.
pub fn take_back() {
    if let Some(text) = dom::load(ASIDE_KEY)
        && keep(&text) != Kept::Nowhere
        && let Some(storage) = dom::window().and_then(|w| w.local_storage().ok().flatten())
    {
        _ = storage.remove_item(ASIDE_KEY);
    }
}

/// The text that was kept last.
pub fn kept() -> Option<String> {
    let tab = dom::window().and_then(|w| w.session_storage().ok().flatten());
    let text = tab.and_then(|tab| tab.get_item(MANIFEST_KEY).ok().flatten()).or_else(|| dom::load(MANIFEST_KEY));
    text.filter(|text| !text.trim().is_empty())
}
