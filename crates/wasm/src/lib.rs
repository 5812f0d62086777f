//! The JavaScript API: a translation layer and nothing else.
