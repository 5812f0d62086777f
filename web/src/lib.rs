//! The stage and the play bar; with the feature `playground`, the whole page.

pub mod cluster;
pub mod dom;
pub mod embed;
mod frames;
pub mod hooks;
#[cfg(feature = "playground")]
pub mod lanes;
mod number;
pub mod panics;
mod part;
pub mod playbar;
#[cfg(feature = "playground")]
pub mod playground;
mod pods;
mod scrub;
pub mod session;
pub mod stage;
#[cfg(feature = "playground")]
pub mod stops;
pub mod subject;
#[cfg(feature = "playground")]
mod timeline;

pub use embed::{Controls, EmbedHandle, EmbedOptions, mount_embed};
