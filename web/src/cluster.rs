//! What the front end takes from the engine.

pub use podscope_engine::api::apply::{Applied, ManifestError};
pub use podscope_engine::{Cluster, Config};
