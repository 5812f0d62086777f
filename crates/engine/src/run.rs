//! [`Run`]: a cluster whose time can be turned back, and who did what when, so that another can be tried instead.

use crate::Cluster;
use crate::api::input::{Input, Inputs};
use crate::checkpoints::Checkpoints;
use crate::time::SimTime;
use std::mem;
use std::rc::Rc;

/// How many branches are kept besides the present one; the oldest goes first.
const BRANCHES: usize = 8;
/// How much of what is due runs between two looks at where time is.
const EVENTS: usize = 256;

/// One course of events: what was done, and how far it went.
#[derive(Clone)]
struct Course {
    number: u32,
    inputs: Inputs,
    end: SimTime,
    /// Where it left the course before it.
    forked: SimTime,
    past: Checkpoints,
}

/// What is told of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its number, from 1.
    pub number: u32,
    /// Where it left another one; the beginning, for the first.
    pub forked: SimTime,
    /// How far it went.
    pub end: SimTime,
    /// Whether it is the present one.
    pub present: bool,
}

/// A cluster with its past: inputs and checkpoints. Whatever is done in the past begins another branch.
#[derive(Clone)]
pub struct Run {
    cluster: Cluster,
    course: Course,
    others: Vec<Course>,
    next_number: u32,
}

impl Run {
    /// A run that begins with this cluster as it is.
    pub fn new(cluster: Cluster) -> Self {
        let (at, inputs) = (cluster.now(), Rc::clone(&cluster.cx.inputs));
        let course = Course { number: 1, inputs, end: at, forked: at, past: Checkpoints::new(&cluster) };
        Self { cluster, course, others: Vec::new(), next_number: 2 }
    }

    /// A run that begins with this cluster and these inputs, at its beginning.
    pub fn with_inputs(cluster: Cluster, inputs: Vec<Input>, end: SimTime) -> Self {
        let mut run = Self::new(cluster);
        let known = run.course.inputs.iter().cloned();
        run.course.inputs = Rc::new(known.chain(inputs.into_iter().map(Rc::new)).collect());
        run.course.end = run.course.inputs.last().map_or(end, |last| end.max(last.at));
        run
    }

    /// The cluster as it is at the present instant.
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// How far the present branch went.
    pub fn end(&self) -> SimTime {
        self.course.end.max(self.cluster.now())
    }

    /// All inputs of the present branch, those still to come included.
    pub const fn inputs(&self) -> &Inputs {
        &self.course.inputs
    }

    /// The next input that is still to come.
    fn coming(&self) -> Option<Rc<Input>> {
        self.course.inputs.get(self.cluster.cx.inputs.len()).cloned()
    }

    /// Lets time run until `until`, doing again what was done then; at most `max_events` of what is due. Says whether it
    /// got there; call again when not.
    pub fn advance_to(&mut self, until: SimTime, max_events: usize) -> bool {
        let done = match self.coming() {
            Some(input) if input.at <= until => {
                self.cluster.repeat(&input, max_events);
                false
            }
            _ => self.cluster.advance_to(until, max_events),
        };
        self.note();
        done
    }

    /// Runs until something was written, and through what is due at that same instant. False when nothing is due.
    pub fn step(&mut self) -> bool {
        let coming = self.coming();
        // What is due at the very instant of an input comes partly before it, partly after it.
        let limit = coming.as_ref().map_or(SimTime::MAX, |input| SimTime(input.at.0.saturating_sub(1)));
        let mut stepped = self.cluster.step_by(limit);
        if let Some(input) = coming.filter(|_| !stepped) {
            while !self.cluster.repeat(&input, EVENTS) {}
            while !self.advance_to(input.at, EVENTS) {}
            stepped = true;
        }
        self.note();
        stepped
    }

    /// Does something to the cluster. When that asks for anything before the end of the branch, another one begins.
    pub fn act<T>(&mut self, action: impl FnOnce(&mut Cluster) -> T) -> T {
        let known = self.cluster.cx.inputs.len();
        let result = action(&mut self.cluster);
        self.acted(known);
        result
    }

    /// Takes over what was asked of the cluster after the first `known` inputs.
    fn acted(&mut self, known: usize) {
        let now = self.cluster.now();
        if self.cluster.cx.inputs.len() == known {
            return;
        }
        if known < self.course.inputs.len() || now < self.course.end {
            self.leave();
            self.course.past.truncate(now, known);
        }
        self.course.end = now;
        self.course.inputs = Rc::clone(&self.cluster.cx.inputs);
    }

    /// Takes back what was done last, all but the first `keep` inputs: goes to just before it. What was known to come after
    /// the present instant is kept in a branch of its own. Gives what was taken back; nothing when there is nothing, or it
    /// belongs to the beginning of the run.
    pub fn undo(&mut self, keep: usize) -> Vec<Rc<Input>> {
        let done = Rc::clone(&self.cluster.cx.inputs);
        let undone = done.get(keep..).unwrap_or_default().to_vec();
        let (Some(first), Some(begun)) = (undone.first(), self.course.past.first()) else { return Vec::new() };
        if keep < begun.cx.inputs.len() {
            return Vec::new();
        }
        let (at, after) = (first.at, first.after);
        let earlier = SimTime(at.0.saturating_sub(1)).max(begun.now());
        if done.len() < self.course.inputs.len() {
            self.leave();
        }
        self.course.inputs = Rc::new(done.iter().take(keep).cloned().collect());
        self.course.past.truncate(earlier, keep);
        if let Some(before) = self.course.past.before(at) {
            self.cluster = before.clone();
        }
        while let Some(input) = self.coming() {
            while !self.cluster.repeat(&input, EVENTS) {}
            self.note();
        }
        while !self.cluster.reach(at, after, EVENTS) {}
        self.course.end = at;
        undone
    }

    /// Whether there is anything to take back.
    pub fn undoable(&self) -> bool {
        self.course.past.first().is_some_and(|first| first.cx.inputs.len() < self.cluster.cx.inputs.len())
    }

    /// Begins another branch at the present instant; the one that is left is kept.
    fn leave(&mut self) {
        let mut left = self.course.clone();
        let now = self.cluster.now();
        self.course.number = self.next_number;
        self.next_number += 1;
        self.course.forked = now;
        left.end = left.end.max(now);
        self.others.push(left);
        let spare = self.others.len().saturating_sub(BRANCHES);
        self.others.drain(..spare);
    }

    /// Goes to an instant, back or ahead.
    pub fn seek(&mut self, to: SimTime) {
        if to < self.cluster.now() {
            self.course.end = self.end();
            if let Some(before) = self.course.past.before(to) {
                self.cluster = before.clone();
            }
        } else if let Some(nearer) = self.course.past.before(to).filter(|c| c.now() > self.cluster.now()) {
            self.cluster = nearer.clone();
        }
        while !self.advance_to(to, EVENTS) {}
    }

    /// The number of the present branch.
    pub const fn branch(&self) -> u32 {
        self.course.number
    }

    /// The branches, in the order in which they began.
    pub fn branches(&self) -> Vec<Branch> {
        let told = |c: &Course, end, present| Branch { number: c.number, forked: c.forked, end, present };
        let mut all: Vec<Branch> = self.others.iter().map(|c| told(c, c.end, false)).collect();
        all.push(told(&self.course, self.end(), true));
        podscope_schema::sort::sort_by_key(&mut all, |b| b.number);
        all
    }

    /// All branches, and what was done in each.
    pub fn courses(&self) -> Vec<(Branch, Inputs)> {
        let of = |b: Branch| {
            let other = self.others.iter().find(|c| c.number == b.number);
            (b, Rc::clone(&other.unwrap_or(&self.course).inputs))
        };
        self.branches().into_iter().map(of).collect()
    }

    /// Takes up the branches of the run that this one goes on with; the present one keeps its own inputs.
    pub fn take_up(&mut self, all: Vec<(Branch, Inputs)>) {
        let Some(first) = self.course.past.first().cloned() else { return };
        for (Branch { number, forked, end, present }, inputs) in all {
            self.next_number = self.next_number.max(number.saturating_add(1));
            if present {
                (self.course.number, self.course.forked) = (number, forked);
            } else {
                self.others.push(Course { number, inputs, end, forked, past: Checkpoints::new(&first) });
            }
        }
    }

    /// Goes on in the branch of this number, at the same instant or where it ended. False when there is none.
    pub fn switch(&mut self, number: u32) -> bool {
        let Some(at) = self.others.iter().position(|c| c.number == number) else { return false };
        let now = self.cluster.now();
        self.course.end = self.end();
        mem::swap(&mut self.course, &mut self.others[at]);
        let to = now.min(self.course.end);
        if let Some(before) = self.course.past.before(to) {
            self.cluster = before.clone();
        }
        while !self.advance_to(to, EVENTS) {}
        true
    }

    /// The run of another branch beside this one, to be compared.
    pub fn beside(&self, number: u32) -> Option<Self> {
        let mut other = self.clone();
        other.switch(number).then_some(other)
    }

    /// Keeps a checkpoint when the last one lies far enough back.
    fn note(&mut self) {
        self.course.past.note(&self.cluster);
    }
}
