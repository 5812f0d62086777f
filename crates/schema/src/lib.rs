//! The field tree of the supported Kubernetes kinds: YAML with marks, strict decoding, completion.
//!
//! This crate depends on nothing else of Podscope. [`Value`] is the JSON-shaped tree that the other
//! crates exchange; [`yaml`] reads and prints it as kubectl does.

pub mod base64;
mod check;
mod float;
mod json;
pub mod names;
pub mod quantity;
pub mod sort;
pub mod sorted;
pub mod table;
mod time;
mod value;
pub mod yaml;

pub use check::{SchemaError, Severity, check, refusal};
pub use json::JsonError;
pub use quantity::Quantity;
pub use table::{Field, KindInfo, Shape, Type, fields, kinds, lookup_kind, lookup_resource, merge_key};
pub use value::{Map, Value};
pub use yaml::{Document, ParseError, parse, to_yaml};
