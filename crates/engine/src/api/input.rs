//! What came from outside, so that a run can be done again: each request that a user made of the API server, as data.

use super::apply::apply;
use super::rest::{patch_status, replace, scale};
use super::{ApiError, Context, DeleteOptions, Propagation, rest};
use crate::controller::{Controller, disruption};
use crate::object::{Key, Kind};
use crate::time::SimTime;
use crate::trace::{Actor, TraceId};
use podscope_schema::Value;
use std::rc::Rc;

/// One request, when it was made, and after how much of what was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// When it was made.
    pub at: SimTime,
    /// After how many reconciles. Others may be due at the same instant and come after it.
    pub after: u64,
    /// What was asked, as [`Context::perform`] understands it.
    pub what: Value,
}

impl Input {
    /// As a value: what links and other modules carry.
    pub fn to_value(&self) -> Value {
        let number = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
        Value::object([("at", number(self.at.0)), ("after", number(self.after)), ("what", self.what.clone())])
    }

    /// What [`Input::to_value`] gave; nothing when it is not of that form.
    pub fn from_value(value: &Value) -> Option<Self> {
        let number = |name| value.get(name).and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok());
        Some(Self { at: SimTime(number("at")?), after: number("after")?, what: value.get("what")?.clone() })
    }
}

/// All requests of a run, oldest first. Copies share them.
pub type Inputs = Rc<Vec<Rc<Input>>>;

/// A request as a value: its verb, and its parts by name.
pub(crate) fn asked<const N: usize>(verb: &str, parts: [(&str, Value); N]) -> Value {
    let mut value = Value::object([("do", Value::from(verb))]);
    for (name, part) in parts {
        value.set_at(&[name], part);
    }
    value
}

impl Context {
    /// Does what a user asked, and remembers that it was asked. What that asks for in its turn is part of it, and what
    /// the control plane itself does is no request.
    pub(crate) fn ask<T>(&mut self, what: impl FnOnce(&Self) -> Value, answer: impl FnOnce(&mut Self) -> T) -> T {
        if self.asking || self.actor != Actor::User {
            return answer(self);
        }
        let input = Input { at: self.now, after: self.reconciles, what: what(self) };
        Rc::make_mut(&mut self.inputs).push(Rc::new(input));
        self.asking = true;
        // Nothing in the cluster led to it.
        self.cause = TraceId::default();
        let result = answer(self);
        self.asking = false;
        result
    }

    /// How many reconciles there were, those of clients' requests aside.
    pub const fn reconciles(&self) -> u64 {
        self.reconciles
    }

    /// The object at `key` as a request names it.
    pub(crate) fn target(&self, key: Key) -> Value {
        let name = self.store.name(key);
        Value::array([name.kind.name(), &*name.namespace, &*name.name].map(Value::from))
    }

    fn targeted(&mut self, what: &Value) -> Option<Key> {
        let [kind, namespace, name] = what.get("of")?.items() else { return None };
        let kind = match kind.as_str()? {
            // Those that are not simulated share one.
            other if other == Kind::Other.name() => Kind::Other,
            kind => Kind::from_name(kind)?,
        };
        // An answer to a request about nothing may still give out a key.
        Some(self.store.intern(kind, &namespace.as_str()?.into(), &name.as_str()?.into()))
    }

    /// Does again what [`Input::what`] says.
    ///
    /// # Errors
    /// What the API server says; `BadRequest` when it is nothing that can be asked.
    pub fn perform(&mut self, what: &Value) -> Result<(), ApiError> {
        let text = |name: &str| what.str_at(&[name]).unwrap_or_default();
        let number = |name: &str| what.get(name).and_then(Value::as_i64);
        let object = || what.get("object").cloned().unwrap_or_default();
        let done = match text("do") {
            "apply" => Some(apply(self, text("namespace"), &object()).map(drop)),
            "create" => Some(rest::create(self, text("namespace"), &object()).map(drop)),
            "fault" if crate::DATA => Some(match crate::fault::Fault::parse(text("fault")) {
                Ok(fault) => self.fault(text("namespace"), &fault),
                Err(why) => Err(ApiError::new(400, "BadRequest", why)),
            }),
            "write" => {
                self.write_file(text("disk"), text("path"), what.str_at(&["text"]));
                Some(Ok(()))
            }
            verb => self.targeted(what).and_then(|key| match verb {
                "replace" => Some(replace(self, key, &object()).map(drop)),
                "query" if crate::DATA => {
                    // Refused again, if it was.
                    _ = self.query(key, text("host"), text("statement"));
                    Some(Ok(()))
                }
                "scale" => Some(scale(self, key, number("replicas").unwrap_or_default()).map(drop)),
                "status" => Some(patch_status(self, key, &object()).map(drop)),
                "evict" => Some(disruption::evict(self, key, number("grace"))),
                "delete" => {
                    let propagation = match text("propagation") {
                        "Foreground" => Propagation::Foreground,
                        "Orphan" => Propagation::Orphan,
                        _ => Propagation::Background,
                    };
                    Some(self.delete(key, DeleteOptions { propagation, grace_seconds: number("grace") }))
                }
                _ => None,
            }),
        };
        done.unwrap_or_else(|| Err(ApiError::new(400, "BadRequest", "this is no request")))
    }

    /// Writes a file on a disk, or takes it away. False when no space is left.
    pub fn write_file(&mut self, disk: &str, path: &str, text: Option<&str>) -> bool {
        let what = |_: &Self| {
            let text = text.map_or(Value::Null, Value::from);
            asked("write", [("disk", disk.into()), ("path", path.into()), ("text", text)])
        };
        self.ask(what, |cx| cx.disks.write(disk, path, text))
    }
}

impl DeleteOptions {
    pub(crate) fn asked(self, target: Value) -> Value {
        let propagation = match self.propagation {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        };
        let grace = self.grace_seconds.map_or(Value::Null, Value::from);
        asked("delete", [("of", target), ("propagation", propagation.into()), ("grace", grace)])
    }
}

impl crate::Cluster {
    /// Runs to the instant of `input`, through just what had run when it was made, and makes it again; at most
    /// `max_events` of what is due. Says whether that is done; call again when not.
    pub fn repeat(&mut self, input: &Input, max_events: usize) -> bool {
        let there = self.reach(input.at, input.after, max_events);
        if there {
            let known = self.cx.inputs.len();
            // Refused again, if it was.
            _ = self.cx.perform(&input.what);
            // What is no request at all leaves nothing behind. It counts as done, or what comes after it would wait for ever.
            if self.cx.inputs.len() == known {
                Rc::make_mut(&mut self.cx.inputs).push(Rc::new(input.clone()));
            }
        }
        there
    }

    /// Runs to the instant `at`, through `after` reconciles since the beginning and no more; at most `max_events` of what
    /// is due. Says whether it got there; call again when not.
    pub fn reach(&mut self, at: SimTime, after: u64, max_events: usize) -> bool {
        let cx = &mut self.cx;
        for _ in 0..max_events {
            // Requests of clients are due whenever the clock stops: how often they ran says nothing.
            if cx.peek_due(at).is_none_or(|c| c != Controller::Traffic && cx.reconciles >= after) {
                cx.now = cx.now.max(at);
                return true;
            }
            if let Some((worker, key)) = cx.next_due(at) {
                crate::controller::reconcile(cx, worker, key);
            }
        }
        false
    }
}
