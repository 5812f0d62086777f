//! Kubernetes Events: what the control plane tells people.

use super::{Key, Str};
use crate::time::SimTime;
use crate::trace::{Actor, TraceId};

/// `Normal` or `Warning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// As it should be.
    Normal,
    /// Worth a look.
    Warning,
}

/// One Event; a repetition of the same raises `count`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The object it is about.
    pub about: Key,
    /// Who tells.
    pub actor: Actor,
    /// `type`
    pub kind: EventType,
    /// `reason`
    pub reason: &'static str,
    /// `message`
    pub message: Str,
    /// When it was first told.
    pub first: SimTime,
    /// When it was last told.
    pub last: SimTime,
    /// How often it was told.
    pub count: u32,
    /// The trace entry of its last telling.
    pub entry: TraceId,
}
