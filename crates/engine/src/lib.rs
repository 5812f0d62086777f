//! A deterministic model of the Kubernetes control plane: no browser, no clock, no threads, no I/O.
//!
//! [`Cluster`] is the whole public face. Inside, everything changes the world through [`api::Context`]; see
//! `docs/architecture.md`.

pub mod api;
pub mod app;
pub mod checkpoints;
mod chunked;
pub mod config;
pub mod controller;
pub mod convert;
pub mod disk;
pub mod explain;
pub mod fault;
pub mod kubelet;
pub mod network;
pub mod object;
pub mod run;
pub mod scheduler;
pub mod shared;
mod slots;
pub mod time;
pub mod topology;
pub mod trace;
pub mod view;

mod cluster;
#[cfg(test)]
mod table;

/// Whether the kinds of the feature `more` are simulated. A constant, so that what acts on them is left out with it.
pub(crate) const MORE: bool = cfg!(feature = "more");

/// Whether rules are checked that few manifests break.
pub(crate) const STRICT: bool = cfg!(feature = "strict");

/// Whether rules are checked that hardly any manifest breaks.
pub(crate) const RARE: bool = cfg!(feature = "rare");

/// Whether what runs inside pods is simulated.
pub(crate) const DATA: bool = cfg!(feature = "data");

/// Whether the API server's answers tell at length what differs. What is compared with them word for word has it.
pub(crate) const EXACT: bool = cfg!(feature = "exact");

/// Whether clients' requests are simulated: they come with either feature.
pub(crate) const TRAFFIC: bool = MORE || DATA;

pub use cluster::Cluster;
pub use config::Config;
pub use run::Run;
pub use view::View;
