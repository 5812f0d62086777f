//! The persistent volume controller and the dynamic provisioner: binds claims to volumes.

use crate::api::Context;
use crate::object::{Key, Object};

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory;

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(_cx: &mut Context, _key: Key, _old: Option<&Object>, _new: Option<&Object>) {}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(_cx: &mut Context, _key: Key) {}
