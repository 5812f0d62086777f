//! The branches of a run: what was done in the past begins another one.

use super::Session;
#[cfg(feature = "playground")]
use super::{Topic, undo};
#[cfg(feature = "playground")]
use podscope_engine::api::input::Inputs;
use podscope_engine::run::Branch;
#[cfg(feature = "playground")]
use podscope_engine::time::SimTime;
use std::time::Duration;

/// How finely a run that was not watched is looked at.
const RETRACED: Duration = Duration::from_millis(100);

impl Session {
    /// The branches of the run.
    pub fn branches(&self) -> Vec<Branch> {
        self.0.run.borrow().branches()
    }

    /// The number of the present branch.
    pub fn branch(&self) -> u32 {
        self.0.run.borrow().branch()
    }

    /// Goes on in another branch.
    #[cfg(feature = "playground")]
    pub fn switch(&self, number: u32) {
        let before = self.branch();
        if !self.0.run.borrow_mut().switch(number) {
            return;
        }
        self.0.pasts.borrow_mut().switch(before, number);
        *self.0.done.borrow_mut() = undo::Done::default();
        self.0.last_frame.set(None);
        // Another branch may have had just as many writes.
        self.0.version.set(u64::MAX);
        self.refresh();
        self.tell(Topic::Branch);
    }

    /// All branches, and what was done in each.
    #[cfg(feature = "playground")]
    pub fn courses(&self) -> Vec<(Branch, Inputs)> {
        self.0.run.borrow().courses()
    }

    /// Takes up the branches of the run that this one goes on with.
    #[cfg(feature = "playground")]
    pub fn take_up(&self, all: Vec<(Branch, Inputs)>) {
        let others: Vec<u32> = all.iter().filter(|(b, _)| !b.present).map(|(b, _)| b.number).collect();
        if others.is_empty() {
            return;
        }
        self.0.run.borrow_mut().take_up(all);
        let present = self.branch();
        for number in others {
            self.switch(number);
            self.seek(SimTime::ZERO);
            self.retrace();
        }
        self.switch(present);
    }

    /// Another branch as a session of its own, at the same instant, to be compared with.
    pub fn beside(&self, number: u32) -> Option<Self> {
        let run = self.0.run.borrow().beside(number)?;
        Some(Self::of(run, &self.0.yaml.borrow()))
    }

    /// Runs to the end of what is known, noting what each pod goes through.
    pub(super) fn retrace(&self) {
        /// After so many steps only the end is shown.
        const STEPS: usize = 20_000;
        let end = self.end();
        for _ in 0..STEPS {
            if self.now() >= end {
                return;
            }
            let next = (self.now() + RETRACED).min(end);
            self.0.run.borrow_mut().seek(next);
            self.refresh();
        }
        self.seek(end);
    }
}

#[cfg(test)]
mod tests {
    use crate::session::Session;
    use podscope_engine::time::SimTime;

    /// How many replicas of `web` the view says are wanted.
    fn wanted(session: &Session) -> i64 {
        let view = session.view();
        view.workloads.iter().find(|w| &*w.name == "web").map_or(-1, |w| w.desired)
    }

    fn scale(session: &Session, replicas: i64) {
        assert!(session.act(|c| c.scale("Deployment", "default", "web", replicas)).is_ok());
    }

    #[test]
    fn a_branch_that_had_as_many_writes_is_still_another_one() {
        let session = Session::new(crate::playground::EXAMPLE);
        session.seek(SimTime::from_millis(30_000));
        scale(&session, 5);
        session.seek(SimTime::from_millis(29_999));
        scale(&session, 7);
        session.seek(SimTime::from_millis(30_000));
        assert_eq!((session.branch(), wanted(&session)), (2, 7));
        session.switch(1);
        assert_eq!((session.branch(), wanted(&session)), (1, 5));
        session.switch(2);
        assert_eq!((session.branch(), wanted(&session)), (2, 7));
    }

    #[test]
    fn the_past_of_branches_that_were_dropped_is_dropped_too() {
        let session = Session::new(crate::playground::EXAMPLE);
        for replicas in 1..20 {
            session.seek(SimTime::from_millis(20_000));
            session.seek(SimTime::from_millis(10_000));
            scale(&session, replicas);
        }
        let branches = session.branches().len();
        assert!(branches < 15, "{branches}");
        assert_eq!(session.0.pasts.borrow().others(), branches - 1);
    }
}
