//! [`Lanes`]: what each pod has been through, for the time line.

use podscope_engine::time::SimTime;
use podscope_engine::view::{Body, PodState, PodView, Text, View};
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
    lanes: Vec<Lane>,
    index: SortedMap<Text, usize>,
}

impl Lanes {
    /// Notes what a view shows.
    pub fn record(&mut self, view: &View) {
        let mut seen = vec![false; self.lanes.len()];
        for_each_pod(view, |pod, stateful| {
            if let Some(&at) = self.index.get(&pod.uid) {
                if let Some(mark) = seen.get_mut(at) {
                    *mark = true;
                }
                let lane = &mut self.lanes[at];
                if lane.states.last().is_none_or(|(_, state)| *state != pod.state) {
                    lane.states.push((view.now, pod.state));
                }
            } else {
                self.index.insert(pod.uid.clone(), self.lanes.len());
                self.lanes.push(Lane {
                    uid: pod.uid.clone(),
                    name: pod.name.clone(),
                    stateful,
                    states: vec![(view.now, pod.state)],
                    end: None,
                });
            }
        });
        for (lane, seen) in self.lanes.iter_mut().zip(seen) {
            if !seen && lane.end.is_none() {
                lane.end = Some(view.now);
            }
        }
        if self.lanes.len() > MOST && self.lanes.iter().any(|lane| lane.end.is_some()) {
            let mut spare = self.lanes.len() - MOST;
            self.lanes.retain(|lane| {
                let forget = spare > 0 && lane.end.is_some();
                spare -= usize::from(forget);
                !forget
            });
            self.index = self.lanes.iter().enumerate().map(|(at, lane)| (lane.uid.clone(), at)).collect();
        }
    }

    /// The lanes.
    pub fn all(&self) -> &[Lane] {
        &self.lanes
    }
}

/// Calls `f` with every pod, and whether a StatefulSet owns it.
pub fn for_each_pod(view: &View, mut f: impl FnMut(&std::rc::Rc<PodView>, bool)) {
    for workload in &view.workloads {
        match &workload.body {
            Body::Groups(groups) => groups.iter().flat_map(|g| &g.pods).for_each(|pod| f(pod, false)),
            Body::Bays(bays) => bays.iter().filter_map(|b| b.pod.as_ref()).for_each(|pod| f(pod, true)),
        }
    }
    view.bare.iter().for_each(|pod| f(pod, false));
}
