//! What must hold in every run of the engine, and random runs that look for the opposite.
//!
//! [`Judge`] reads each write as it happens, and compares it with what the cluster was just before: `rule/` holds one
//! file for each family of rules. [`settled`] says what must be so once nothing happens any more. [`plan`] makes random
//! runs, [`run`] plays them, [`shrink`] makes those that fail small, and [`scenario`] writes them down.
//! [`case`] plays what was recorded of Kubernetes.

pub mod case;
pub mod fuzz;
pub mod judge;
pub mod lab;
pub mod plan;
mod rule;
pub mod run;
pub mod scenario;
pub mod shrink;
mod world;

pub use judge::{Broken, Extra, Judge};
pub use podscope_scenario::settled;

/// A manifest with most of what rules are about: what they and fuzz targets are tried on.
pub const BASE: &str = include_str!("base.yaml");

/// What every write is held against, by what each rule promises.
pub fn rules() -> impl Iterator<Item = &'static str> {
    rule::RULES.iter().map(|(name, _)| *name)
}
