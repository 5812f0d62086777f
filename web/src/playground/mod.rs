//! The playground: the whole page around the stage.

pub mod action;
mod app;
mod branches;
mod breakpoints;
mod bridge;
mod build;
mod clients;
mod code;
mod console;
mod database;
mod draft;
mod editor;
mod events;
mod facts;
mod file;
mod header;
mod inspector;
pub mod larger;
mod legend;
mod problems;
mod scenery;
mod script;
pub mod share;
mod shell;
mod stepper;
mod terminal;
mod traffic;
mod typed;
mod undo;
mod why;

pub use app::{App, AppProps};
pub use draft::kept as kept_manifest;
pub use editor::{Editor, EditorProps};
pub use shell::{HISTORY_KEY, Shell};

/// The manifest that the page opens with.
pub const EXAMPLE: &str = include_str!("../../../static/example.yaml");
/// Where the manifest is kept.
pub const MANIFEST_KEY: &str = "podscope/manifest";
/// Where the theme is kept.
pub const THEME_KEY: &str = "podscope/theme";
