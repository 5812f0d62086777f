//! When time stops by itself, and why it did.

use super::{Session, Topic};
use crate::stops::When;
use podscope_engine::time::SimTime;
use podscope_engine::view::View;

impl Session {
    pub(super) fn reached(&self, before: &View, after: &View) -> bool {
        let found = self.0.when.borrow().reached(before, after);
        found.map(|why| self.0.stops.borrow_mut().push((after.now, why))).is_some()
    }

    /// When time is to stop by itself.
    pub fn stops_when(&self) -> When {
        self.0.when.borrow().clone()
    }

    /// Sets when time is to stop by itself.
    pub fn stop_when(&self, when: When) {
        *self.0.when.borrow_mut() = when;
        self.tell(Topic::Pace);
    }

    /// Where time stopped by itself, and why.
    pub fn stops(&self) -> std::cell::Ref<'_, Vec<(SimTime, String)>> {
        self.0.stops.borrow()
    }

    /// Why time stands still here, when it stopped by itself.
    pub fn stopped_at(&self) -> Option<String> {
        let (now, stops) = (self.now(), self.stops());
        let last = stops.last().filter(|(at, _)| *at == now && !self.playing());
        last.map(|(_, why)| why.clone())
    }
}
