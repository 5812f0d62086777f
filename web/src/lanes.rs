//! [`Lanes`]: what each pod has been through, for the time line.

use crate::pods::for_each_pod;
use podscope_engine::run::Branch;
use podscope_engine::time::SimTime;
use podscope_engine::view::{PodState, Text, View};
use podscope_schema::sorted::SortedMap;

/// How many lanes are kept; the oldest pods that are gone are forgotten first.
const MOST: usize = 400;

/// One pod's past.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The pod's uid.
    pub uid: Text,
    /// Its name.
    pub name: Text,
    /// Whether a StatefulSet owns it.
    pub stateful: bool,
    /// When it entered each state.
    pub states: Vec<(SimTime, PodState)>,
    /// When it was gone.
    pub end: Option<SimTime>,
}

/// All pods' pasts, in the order in which the pods appeared.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    all: Vec<Lane>,
    /// The last instant that was noted.
    until: SimTime,
    index: SortedMap<Text, usize>,
}

impl Lanes {
    /// Notes what a view shows. One of an instant that was noted before shows nothing new.
    pub fn record(&mut self, view: &View) {
        if view.now < self.until {
            return;
        }
        self.until = view.now;
        let mut seen = vec![false; self.all.len()];
        for_each_pod(view, |pod, stateful| {
            if let Some(&at) = self.index.get(&pod.uid) {
                if let Some(mark) = seen.get_mut(at) {
                    *mark = true;
                }
                let lane = &mut self.all[at];
                if lane.states.last().is_none_or(|(_, state)| *state != pod.state) {
                    lane.states.push((view.now, pod.state));
                }
            } else {
                self.index.insert(pod.uid.clone(), self.all.len());
                self.all.push(Lane {
                    uid: pod.uid.clone(),
                    name: pod.name.clone(),
                    stateful,
                    states: vec![(view.now, pod.state)],
                    end: None,
                });
            }
        });
        for (lane, seen) in self.all.iter_mut().zip(seen) {
            if !seen && lane.end.is_none() {
                lane.end = Some(view.now);
            }
        }
        if self.all.len() > MOST && self.all.iter().any(|lane| lane.end.is_some()) {
            let mut spare = self.all.len() - MOST;
            self.all.retain(|lane| {
                let forget = spare > 0 && lane.end.is_some();
                spare -= usize::from(forget);
                !forget
            });
            self.index = self.all.iter().enumerate().map(|(at, lane)| (lane.uid.clone(), at)).collect();
        }
    }

    /// Forgets what was after this instant.
    pub fn truncate(&mut self, now: SimTime) {
        self.until = now;
        self.all.retain_mut(|lane| {
            lane.states.retain(|(at, _)| *at <= now);
            lane.end = lane.end.filter(|end| *end <= now);
            !lane.states.is_empty()
        });
        self.index = self.all.iter().enumerate().map(|(at, lane)| (lane.uid.clone(), at)).collect();
    }

    /// The lanes.
    pub fn all(&self) -> &[Lane] {
        &self.all
    }
}

/// What pods have been through in each branch of a run.
#[derive(Debug, Default)]
pub struct Pasts {
    /// In the present branch.
    pub present: Lanes,
    /// In the others, by their number.
    others: Vec<(u32, Lanes)>,
}

impl Pasts {
    /// Another branch began now: what was is kept with the branch that is left, and what was after now has not happened in
    /// the new one. Of the others, those in `kept` are still there.
    pub fn fork(&mut self, left: u32, kept: &[Branch], now: SimTime) {
        self.others.push((left, self.present.clone()));
        self.others.retain(|(number, _)| kept.iter().any(|b| b.number == *number));
        self.present.truncate(now);
    }

    /// Goes from branch `left` to another.
    pub fn switch(&mut self, left: u32, to: u32) {
        let found = self.others.iter().position(|(n, _)| *n == to).map(|at| self.others.remove(at).1);
        self.others.push((left, std::mem::replace(&mut self.present, found.unwrap_or_default())));
    }

    /// How many other branches are known.
    #[cfg(test)]
    pub fn others(&self) -> usize {
        self.others.len()
    }
}
