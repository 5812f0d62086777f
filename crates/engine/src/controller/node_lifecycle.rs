//! The node life-cycle controller: marks nodes that are not heard of, and taints them.

use super::Controller;
use crate::api::Context;
use crate::object::{Key, Object};

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(_cx: &mut Context, _key: Key, _old: Option<&Object>, _new: Option<&Object>) {}

/// Has the node at `key` monitored: it failed, or came back.
pub fn watch(cx: &mut Context, key: Key) {
    cx.enqueue(Controller::NodeLifecycle, key);
}

/// Brings what is closer to what is asked for at `key`.
pub fn reconcile(_cx: &mut Context, _key: Key) {}
