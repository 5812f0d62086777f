//! The field tree of the supported Kubernetes kinds: YAML with marks, strict decoding, completion.
//!
//! This crate depends on nothing else of Podscope. [`Value`] is the JSON-shaped tree that the other
//! crates exchange.

mod json;
mod value;

pub use json::JsonError;
pub use value::{Map, Value};
