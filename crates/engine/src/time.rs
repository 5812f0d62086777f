//! Simulated time, the agenda of what is due, and seeded randomness.

use crate::controller::Controller;
use crate::object::Key;
use crate::trace::TraceId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// An instant of simulated time, in microseconds since the cluster began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

impl SimTime {
    /// The instant at which the cluster began.
    pub const ZERO: Self = Self(0);
    /// Later than every other instant.
    pub const MAX: Self = Self(u64::MAX);

    /// This instant as seconds since the cluster began.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Whole seconds since the cluster began: what a Kubernetes timestamp keeps.
    pub const fn secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The instant `millis` milliseconds after the beginning.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1000)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for SimTime {
    type Output = Self;
    fn add(self, d: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(d.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub for SimTime {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000_000, self.0 / 1000 % 1000)
    }
}

/// One thing that is due: `controller` looks at `key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: SimTime,
    /// Breaks ties: what was scheduled first comes first.
    pub seq: u64,
    /// Who.
    pub controller: Controller,
    /// At what.
    pub key: Key,
    /// The trace entry that led to it.
    pub cause: TraceId,
}

/// What is due, in the order of (time, sequence).
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    heap: BinaryHeap<Reverse<Due>>,
    seq: u64,
}

impl Agenda {
    /// Puts one thing on the agenda.
    pub fn push(&mut self, at: SimTime, controller: Controller, key: Key, cause: TraceId) {
        self.seq += 1;
        self.heap.push(Reverse(Due { at, seq: self.seq, controller, key, cause }));
    }

    /// The next thing, without taking it.
    pub fn peek(&self) -> Option<&Due> {
        self.heap.peek().map(|Reverse(due)| due)
    }

    /// Takes the next thing.
    pub fn pop(&mut self) -> Option<Due> {
        self.heap.pop().map(|Reverse(due)| due)
    }

    /// How many things are due.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is due.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

/// A small seeded generator (SplitMix64): the only source of chance in the engine.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The generator of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of a 128-bit product: no modulo bias worth speaking of.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// `len` characters of the alphabet that Kubernetes makes names of.
    // upstream: apimachinery/pkg/util/rand
    pub fn suffix(&mut self, len: usize) -> String {
        const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..len).map(|_| ALPHABET[self.below(27) as usize] as char).collect()
    }
}
