//! How requests ended: counts since the beginning, of the last seconds, and the last of them one by one.

use super::Histogram;
use crate::object::Key;
use crate::time::SimTime;
use std::collections::VecDeque;
use std::time::Duration;

/// Over how long percentiles of the present are read: this window and the one before it.
const WINDOW: u64 = 5;
/// How many requests are kept one by one.
const LAST: usize = 256;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Answered in time.
    Served,
    /// Nobody was there to take it.
    Refused,
    /// The pod ended while it worked on it.
    Reset,
    /// No answer in time.
    TimedOut,
}

/// How requests ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered in time.
    pub served: u64,
    /// Nobody was there to take them.
    pub refused: u64,
    /// The pod ended while it worked on them.
    pub reset: u64,
    /// No answer in time.
    pub timed_out: u64,
    /// How long the answered ones took.
    pub latency: Histogram,
    /// Those of the last seconds.
    pub recent: Recent,
}

/// How the requests of the last seconds ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// The second that is counted now, and how many seconds are kept.
    second: u64,
    keep: u64,
    /// By how they ended, for each second since the first that was counted, oldest first.
    seconds: VecDeque<[u32; 4]>,
    /// How long the answered ones took, in this window and in the one before.
    latency: [Histogram; 2],
}

impl Tally {
    /// A tally that remembers so many seconds one by one.
    pub fn keeping(seconds: u64) -> Self {
        Self { recent: Recent { keep: seconds, ..Recent::default() }, ..Self::default() }
    }

    /// All that did not get an answer.
    pub const fn lost(&self) -> u64 {
        self.refused + self.reset + self.timed_out
    }

    /// Counts one.
    pub(super) fn count(&mut self, now: SimTime, how: How, took: Duration) {
        let recent = &mut self.recent;
        recent.turn(now);
        if let Some(last) = recent.seconds.back_mut() {
            last[how as usize] += 1;
        }
        *match how {
            How::Served => &mut self.served,
            How::Refused => &mut self.refused,
            How::Reset => &mut self.reset,
            How::TimedOut => &mut self.timed_out,
        } += 1;
        if how == How::Served {
            self.latency.add(took);
            self.recent.latency[0].add(took);
        }
    }
}

impl Recent {
    fn turn(&mut self, now: SimTime) {
        let second = now.0 / 1_000_000;
        if self.seconds.is_empty() {
            self.second = second;
            self.seconds.push_back([0; 4]);
        }
        match second / WINDOW - self.second / WINDOW {
            0 => {}
            1 => self.latency = [Histogram::default(), std::mem::take(&mut self.latency[0])],
            _ => self.latency = <[Histogram; 2]>::default(),
        }
        for _ in 0..(second - self.second).min(self.keep) {
            self.seconds.push_back([0; 4]);
        }
        while self.seconds.len() as u64 > self.keep {
            self.seconds.pop_front();
        }
        self.second = second;
    }

    /// The seconds that are over and the present one, oldest first, and how long the answered ones of some seconds took.
    pub fn read(&self, now: SimTime) -> (Vec<[u32; 4]>, Histogram) {
        let mut turned = self.clone();
        if !turned.seconds.is_empty() {
            turned.turn(now);
        }
        let [mut latency, before] = turned.latency;
        latency.merge(&before);
        (turned.seconds.into(), latency)
    }
}

/// A request that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// To which Service it was sent.
    pub service: Key,
    /// Which pod was to answer; none when there was none.
    pub pod: Option<Key>,
    /// How it ended.
    pub how: How,
}

/// The last requests that ended.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// How many ended since the beginning.
    pub count: u64,
    last: VecDeque<Ended>,
}

impl Journal {
    pub(super) fn push(&mut self, ended: Ended) {
        self.count += 1;
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(ended);
    }

    /// Those that came after the first `seen`, as far as they are kept, oldest first.
    pub fn since(&self, seen: u64) -> impl Iterator<Item = &Ended> {
        let new = self.count.saturating_sub(seen).min(self.last.len() as u64);
        self.last.iter().skip(self.last.len() - new as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_millis(seconds * 1000 + 500)
    }

    #[test]
    fn seconds_are_kept_as_long_as_asked_and_quiet_ones_count() {
        let mut tally = Tally::keeping(4);
        for (second, how) in [(10, How::Served), (10, How::Refused), (12, How::Reset), (13, How::TimedOut)] {
            tally.count(at(second), how, Duration::from_millis(20));
        }
        let (seconds, latency) = tally.recent.read(at(13));
        assert_eq!(seconds, [[1, 1, 0, 0], [0; 4], [0, 0, 1, 0], [0, 0, 0, 1]]);
        assert!(latency.percentile(50) > Duration::from_millis(15));
        let (seconds, _) = tally.recent.read(at(15));
        assert_eq!(seconds, [[0, 0, 1, 0], [0, 0, 0, 1], [0; 4], [0; 4]]);
        let (seconds, latency) = tally.recent.read(at(100));
        assert_eq!((seconds, latency.percentile(50)), (vec![[0; 4]; 4], Duration::ZERO));
        assert_eq!((tally.served, tally.lost()), (1, 3));
    }

    #[test]
    fn the_journal_gives_what_is_new_and_still_there() {
        let mut journal = Journal::default();
        for n in 0..300 {
            journal.push(Ended { service: Key(n), pod: None, how: How::Served });
        }
        let new = |seen| journal.since(seen).map(|e| e.service.0).collect::<Vec<_>>();
        assert_eq!(new(298), [298, 299]);
        assert_eq!(new(0), (44..300).collect::<Vec<_>>());
        assert!(new(300).is_empty() && new(900).is_empty());
    }
}
