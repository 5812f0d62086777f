//! How long requests took: counts in buckets that grow, from which percentiles are read.

use std::time::Duration;

/// Buckets a doubling; the answer is off by at most a sixth of itself.
const PER_DOUBLING: u32 = 4;
/// The upper bound of the first bucket, in microseconds, as a power of two.
const FIRST: u32 = 6;
const BUCKETS: usize = 80;

/// Counts of durations between 64 µs and a minute, and beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: [u32; BUCKETS],
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; BUCKETS], total: 0 }
    }
}

/// The bucket of a number of microseconds: the place of its highest bit, and the two bits below it.
fn bucket(micros: u64) -> usize {
    let n = micros.max(1 << FIRST);
    let top = n.ilog2();
    let below = (n >> (top - 2)) & 3;
    ((top - FIRST) * PER_DOUBLING + below as u32).min(BUCKETS as u32 - 1) as usize
}

/// The middle of a bucket, in microseconds.
fn middle(bucket: usize) -> u64 {
    let (top, below) = (bucket as u32 / PER_DOUBLING + FIRST, bucket as u64 % u64::from(PER_DOUBLING));
    let width = 1u64 << (top - 2);
    (1u64 << top) + below * width + width / 2
}

impl Histogram {
    /// Counts one duration.
    pub fn add(&mut self, took: Duration) {
        let slot = &mut self.counts[bucket(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))];
        *slot = slot.saturating_add(1);
        self.total += 1;
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
        self.total += other.total;
    }

    /// The duration that `percent` of all stay below, to within a sixth; zero when nothing was counted.
    pub fn percentile(&self, percent: u64) -> Duration {
        let rank = (self.total * percent).div_ceil(100);
        let mut seen = 0;
        for (i, &count) in self.counts.iter().enumerate() {
            seen += u64::from(count);
            if seen >= rank && count > 0 {
                return Duration::from_micros(middle(i));
            }
        }
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Histogram::default().percentile(99), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn percentiles_are_within_a_sixth(mut micros in prop::collection::vec(64_u64..60_000_000, 1..300), percent in 1_u64..=100) {
            let mut histogram = Histogram::default();
            for &n in &micros {
                histogram.add(Duration::from_micros(n));
            }
            micros.sort_unstable();
            let rank = (micros.len() as u64 * percent).div_ceil(100).max(1) as usize;
            let exact = micros[rank - 1] as f64;
            let read = histogram.percentile(percent).as_micros() as f64;
            prop_assert!((read - exact).abs() <= exact / 6.0 + 1.0, "{read} for {exact}");
        }
    }
}
