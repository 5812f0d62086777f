//! What a database's clients did and saw, and what in it was wrong.
//!
//! Every write has a number of its own, and a read gives the number of the last write that it sees, so that a database is a
//! register whose values are all different. What is wrong is told only where times prove it: a write that was answered before
//! another began came before it.

use super::check::Call;
use crate::chunked::Chunked;
use crate::object::{Key, Str};
use crate::time::SimTime;
use crate::view::Operations;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// How many operations are remembered.
pub const WINDOW: usize = 16_384;
/// How many proofs of each kind are kept: the first ones.
const PROOFS: usize = 8;

/// How an operation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    #[default]
    Pending,
    /// Answered.
    Done,
    /// Nobody was there, or it went down.
    Failed,
    /// It takes no writes.
    ReadOnly,
    /// Its volume is full.
    NoSpace,
    /// No answer in time. It may have been done all the same.
    TimedOut,
}

/// An operation of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// When it began.
    pub start: SimTime,
    /// When it was answered; the end of time when it never was.
    pub end: SimTime,
    /// Whose clients, and which of them.
    pub who: (u32, u32),
    /// Whether it is a write.
    pub write: bool,
    /// What was written, or read; 0 when there was nothing.
    pub value: u32,
    /// The pod that it went to.
    pub pod: Key,
    /// How it ended.
    pub outcome: Outcome,
    /// A write that was answered and is gone.
    pub lost: bool,
    /// The newest write that was answered before this read began.
    seen: u32,
}

impl Op {
    /// One that begins.
    pub const fn new(start: SimTime, who: (u32, u32), write: bool, pod: Key) -> Self {
        Self { start, end: SimTime::MAX, who, write, value: 0, pod, outcome: Outcome::Pending, lost: false, seen: 0 }
    }
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Finding {
    /// A write was answered and is on no primary any more.
    Lost,
    /// A read did not see what had been answered before it began.
    Stale,
    /// A client read less than it had read before.
    Backward,
    /// A process wrote over what another had written in the same files.
    Corrupted,
}

/// What was wrong, with the operations that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What.
    pub finding: Finding,
    /// The operations, in the order in which they are told.
    pub ops: Vec<Op>,
}

/// What clients did.
#[derive(Clone, Debug, Default)]
pub struct History {
    ops: Chunked<Op>,
    /// Where each write is, by its number less one.
    writes: Chunked<u32>,
    /// Reads, then writes.
    counts: [Operations; 2],
    /// The answered write that began last.
    newest: u32,
    /// What each client read last.
    read: SortedMap<(u32, u32), u32>,
    found: [u64; 4],
    proofs: Vec<Proof>,
    /// What people wrote with statements: the table, and the values.
    pub rows: SortedMap<u32, (Str, Rc<[Str]>)>,
    /// The columns of tables, as far as they were named.
    pub columns: SortedMap<Str, Vec<Str>>,
}

impl History {
    /// An operation begins; gives its place.
    pub fn begin(&mut self, mut op: Op) -> usize {
        op.seen = self.newest;
        self.ops.push(op);
        self.ops.forget(WINDOW);
        self.writes.forget(WINDOW);
        self.ops.len() - 1
    }

    /// The operation at a place.
    pub fn get(&self, at: usize) -> Option<&Op> {
        self.ops.get(at)
    }

    /// A write is committed; gives its number.
    pub fn number(&mut self, at: usize, _now: SimTime) -> u32 {
        self.writes.push(at as u32);
        let value = self.writes.len() as u32;
        if let Some(op) = self.ops.get_mut(at) {
            op.value = value;
        }
        value
    }

    /// The write of a number, while it is remembered.
    pub fn write(&self, value: u32) -> Option<&Op> {
        self.ops.get(*self.writes.get((value as usize).checked_sub(1)?)? as usize)
    }

    /// Where the write of a number is.
    fn place(&self, value: u32) -> Option<usize> {
        self.writes.get((value as usize).checked_sub(1)?).map(|at| *at as usize)
    }

    /// When a write was answered, as far as that is known: what is forgotten, long ago.
    fn answered(&self, value: u32) -> SimTime {
        match self.write(value) {
            Some(op) if op.outcome == Outcome::Done => op.end,
            Some(_) => SimTime::MAX,
            None => SimTime::ZERO,
        }
    }

    /// An operation ended. `value` is what was read.
    pub fn finish(&mut self, at: usize, now: SimTime, outcome: Outcome, value: Option<u32>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        op.outcome = outcome;
        if outcome != Outcome::TimedOut {
            op.end = now;
        }
        if let Some(value) = value {
            op.value = value;
        }
        let op = op.clone();
        let count = &mut self.counts[usize::from(op.write)];
        match outcome {
            Outcome::Done => count.done += 1,
            Outcome::TimedOut => count.timed_out += 1,
            _ => count.failed += 1,
        }
        count.no_space += u64::from(outcome == Outcome::NoSpace);
        if outcome != Outcome::Done {
            return;
        }
        if op.write {
            let newest = self.write(self.newest).map_or(SimTime::ZERO, |w| w.start);
            if self.newest == 0 || op.start > newest {
                self.newest = op.value;
            }
            return;
        }
        if self.before(op.value, op.seen) {
            let ops = [op.seen, op.value].map(|v| self.write(v).cloned());
            self.prove(Finding::Stale, ops.into_iter().flatten().chain([op.clone()]).collect());
        }
        let last = self.read.insert(op.who, op.value).unwrap_or(0);
        if self.before(op.value, last) {
            let ops = [last, op.value].map(|v| self.write(v).cloned());
            self.prove(Finding::Backward, ops.into_iter().flatten().chain([op]).collect());
        }
    }

    /// Whether the write `a` was over before the write `b` began; 0 is the beginning.
    fn before(&self, a: u32, b: u32) -> bool {
        b != 0 && a != b && (a == 0 || self.write(b).is_some_and(|b| self.answered(a) < b.start))
    }

    fn prove(&mut self, finding: Finding, ops: Vec<Op>) {
        self.found[finding as usize] += 1;
        if self.found[finding as usize] <= PROOFS as u64 {
            self.proofs.push(Proof { finding, ops });
        }
    }

    /// The places of the writes that were answered and are not known to be lost.
    pub fn acknowledged(&self) -> Vec<usize> {
        let good = |op: &Op| op.write && op.outcome == Outcome::Done && !op.lost;
        self.ops.iter_from(0).filter(|(_, op)| good(op)).map(|(at, _)| at).collect()
    }

    /// A write that was answered is gone.
    pub fn lose(&mut self, at: usize, finding: Finding) {
        let Some(op) = self.ops.get_mut(at) else { return };
        op.lost = true;
        let op = op.clone();
        self.prove(finding, vec![op]);
    }

    /// As [`History::lose`], by its number, if it was answered and not yet lost.
    pub fn lose_write(&mut self, value: u32) {
        let good = |op: &Op| op.outcome == Outcome::Done && !op.lost;
        if let Some(at) = self.place(value).filter(|at| self.get(*at).is_some_and(good)) {
            self.lose(at, Finding::Lost);
        }
    }

    /// A write went over another one.
    pub fn destroyed(&mut self, old: u32, by: u32) {
        let ops: Vec<Op> = [old, by].into_iter().filter_map(|v| self.write(v).cloned()).collect();
        self.prove(Finding::Corrupted, ops);
        self.lose_write(old);
    }

    /// How often something was wrong.
    pub const fn found(&self, finding: Finding) -> u64 {
        self.found[finding as usize]
    }

    /// What proves it.
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// How writes, or reads, ended.
    pub const fn counts(&self, writes: bool) -> Operations {
        self.counts[if writes { 1 } else { 0 }]
    }

    /// All operations that are remembered, oldest first.
    pub fn ops(&self) -> impl Iterator<Item = &Op> {
        self.ops.iter_from(0).map(|(_, op)| op)
    }

    /// Whether nothing was forgotten.
    pub const fn is_whole(&self) -> bool {
        self.ops.start() == 0
    }

    /// What the checks of whole histories need: reads that were answered, and writes that were or that were read. Of reads only those
    /// whose write is remembered too.
    pub fn calls(&self) -> Vec<Call> {
        let whole = self.ops.start() == 0;
        let known = |v: u32| if v == 0 { whole } else { self.write(v).is_some() };
        let keep = |op: &&Op| match op.outcome {
            Outcome::Done => op.write || known(op.value),
            Outcome::TimedOut | Outcome::Pending => op.write && op.value != 0,
            _ => false,
        };
        let call = |op: &Op| Call { who: op.who, start: op.start.0, end: op.end.0, write: op.write, value: op.value };
        self.ops().filter(keep).map(call).collect()
    }
}
