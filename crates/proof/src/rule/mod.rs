//! The rules. Each is a function of one write and of the cluster just after it, and says what breaks it.

mod batch;
mod budget;
mod deployment;
mod meta;
mod pod;
mod service;
mod stateful_set;

use crate::world::World;
use podscope_engine::api::{Context, Write};
use podscope_engine::object::{Object, Resource};
use podscope_engine::trace::{Actor, Entry, Verb};
use std::rc::Rc;

/// One write, and the cluster just after it.
pub struct Step<'a> {
    /// The cluster, for its configuration.
    pub cx: &'a Context,
    /// The write's trace entry.
    pub entry: &'a Entry,
    /// The write.
    pub write: &'a Write,
    /// All objects after it.
    pub world: &'a World,
}

/// What rules remember between writes.
#[derive(Default)]
pub struct Memory {
    budget: budget::Memory,
    chosen: Vec<deployment::Chosen>,
    claim: stateful_set::Memory,
}

type Rule = fn(&Step, &mut Memory) -> Result<(), String>;

/// All rules, by what they promise.
pub const RULES: &[(&str, Rule)] = &[
    ("an object keeps its identity", meta::identity),
    ("time and versions only grow", meta::growth),
    ("owners exist", meta::owners),
    ("a pod only goes forward", pod::forward),
    ("a pod fits on its node", pod::fits),
    ("no two pods have the same address", pod::addresses),
    ("a ReplicaSet creates no pod too many", deployment::created),
    ("a ReplicaSet deletes pods that are not Ready first", deployment::unready_first),
    ("a rollout keeps its surge", deployment::surge),
    ("a rollout keeps its pods available", deployment::available),
    ("Recreate ends the old before the new", deployment::recreate),
    ("one pod per ordinal", stateful_set::one_per_ordinal),
    ("ordinals are created in order", stateful_set::created_in_order),
    ("ordinals are removed and updated from the highest down", stateful_set::from_the_highest),
    ("a claim keeps its ordinal and its volume", stateful_set::claims),
    ("budgets hold", budget::holds),
    ("endpoints name only live pods", service::endpoints),
    ("a Job runs no pod too many", batch::job),
    ("one pod of a DaemonSet per node", batch::daemon),
];

impl<'a> Step<'a> {
    /// Whether it is this actor's write of this verb.
    fn is(&self, actor: Actor, verb: Verb) -> bool {
        self.entry.actor == actor && self.entry.verb == verb
    }

    /// The object after the write, if it is a `T`.
    fn after<T: Resource>(&self) -> Option<&'a Rc<T>> {
        T::of(self.write.new.as_ref()?)
    }

    /// The object before the write, if it is a `T`.
    fn before<T: Resource>(&self) -> Option<&'a Rc<T>> {
        T::of(self.write.old.as_ref()?)
    }

    /// The object after the write, or else before it.
    fn object(&self) -> Option<&'a Object> {
        self.write.new.as_ref().or(self.write.old.as_ref())
    }
}

/// Says what is wrong, unless `ok`.
fn ensure(ok: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if ok { Ok(()) } else { Err(what()) }
}
