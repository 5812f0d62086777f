//! The stage and the playground.
