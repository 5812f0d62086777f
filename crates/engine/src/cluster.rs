//! [`Cluster`]: what everyone outside the engine uses.

use crate::api::Context;
use crate::config::Config;
use crate::controller;
use crate::time::SimTime;

/// A simulated cluster. Cloning is cheap: objects are shared until they change.
#[derive(Clone)]
pub struct Cluster {
    /// The world: read through its store, change it through its write methods.
    pub cx: Context,
}

impl Cluster {
    /// A cluster without nodes.
    pub fn empty(config: Config) -> Self {
        Self { cx: Context::new(config) }
    }

    /// The present instant.
    pub const fn now(&self) -> SimTime {
        self.cx.now()
    }

    /// Changes with every write.
    pub const fn version(&self) -> u64 {
        self.cx.resource_version()
    }

    /// Runs what is due until `until`, at most `max_events` of it. Says whether it got there; call again when not.
    pub fn advance_to(&mut self, until: SimTime, max_events: usize) -> bool {
        for _ in 0..max_events {
            let Some((worker, key)) = self.cx.next_due(until) else {
                self.cx.now = self.cx.now.max(until);
                return true;
            };
            controller::reconcile(&mut self.cx, worker, key);
        }
        false
    }

    /// Runs until something was written, and through what is due at that same instant. False when nothing is due.
    pub fn step(&mut self) -> bool {
        let before = self.version();
        while let Some((worker, key)) = self.cx.next_due(SimTime::MAX) {
            controller::reconcile(&mut self.cx, worker, key);
            if self.version() != before {
                let now = self.now();
                while self.cx.next_time() == Some(now) && !self.advance_to(now, 1000) {}
                return true;
            }
        }
        false
    }
}
