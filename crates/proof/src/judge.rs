//! Holds every write against the rules.

use crate::rule::{self, Step};
use crate::world::World;
use podscope_engine::api::{Context, Write};
use podscope_engine::time::SimTime;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When.
    pub at: SimTime,
    /// Which rule.
    pub rule: &'static str,
    /// By what.
    pub what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {}.{:03} s: {}: {}", self.at.secs(), self.at.0 / 1000 % 1000, self.rule, self.what)
    }
}

/// A rule that is not in the table: what it promises, and what breaks it. Tests have one that is broken.
pub type Extra = (&'static str, fn(&Context, &Write) -> Result<(), String>);

/// Reads the writes of one run, in order, from its first on: the cluster's `Config::record` must be set.
#[derive(Default)]
pub struct Judge {
    world: World,
    memory: rule::Memory,
    /// One more rule.
    pub extra: Option<Extra>,
    /// What was broken so far.
    pub broken: Vec<Broken>,
}

impl Judge {
    /// Holds one write against all rules. `cx` may be further on already.
    pub fn take(&mut self, cx: &Context, write: &Write) {
        let Some(entry) = cx.trace.get(write.entry).filter(|_| write.event.is_none()) else { return };
        self.world.take(write);
        let step = Step { cx, entry, write, world: &self.world };
        for (name, holds) in rule::RULES {
            if let Err(what) = holds(&step, &mut self.memory) {
                self.broken.push(Broken { at: entry.at, rule: name, what });
            }
        }
        if let Some((name, holds)) = self.extra
            && let Err(what) = holds(cx, write)
        {
            self.broken.push(Broken { at: entry.at, rule: name, what });
        }
    }

    /// Takes what the cluster recorded since it was last asked, and holds it against all rules.
    pub fn drain(&mut self, cx: &mut Context) {
        for write in std::mem::take(&mut cx.recorded) {
            self.take(cx, &write);
        }
    }
}
