//! What a work queue does with keys whose reconcile failed.

use super::Controller;
use crate::api::Context;
use crate::object::Key;
use crate::time::SimTime;
use podscope_schema::sorted::SortedMap;
use std::time::Duration;

/// By key: how often in a row it failed, and when it is tried again.
#[derive(Clone, Debug, Default)]
pub struct Retries(SortedMap<Key, (u32, SimTime)>);

impl Retries {
    /// Whether the last reconcile of this key failed.
    pub fn fails(&self, key: Key) -> bool {
        self.0.contains_key(&key)
    }

    /// It succeeded, or is gone.
    // upstream: workqueue Forget
    pub fn forget(&mut self, key: Key) {
        self.0.remove(&key);
    }

    /// Counts one more failure. A retry that is already due earlier stays: what woke the key meanwhile does not replace it.
    // upstream: workqueue ItemExponentialFailureRateLimiter (5 ms, doubled, up to 1,000 s), delayingType insert
    fn add(&mut self, key: Key, now: SimTime) -> Duration {
        let (count, at) = self.0.entry(key).or_default();
        let next = now + Duration::from_millis(5 << (*count).min(18)).min(Duration::from_secs(1000));
        *at = if *at > now { next.min(*at) } else { next };
        *count += 1;
        *at - now
    }
}

/// Has `controller` try `key` again after a pause.
pub fn later(cx: &mut Context, controller: Controller, key: Key, retries: fn(&mut super::Memory) -> &mut Retries) {
    let now = cx.now();
    let wait = retries(&mut cx.memory).add(key, now);
    cx.enqueue_after(controller, key, wait);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_and_an_earlier_retry_stays() {
        let (mut retries, key) = (Retries::default(), Key::default());
        let mut now = SimTime::ZERO;
        // (after so many milliseconds it fails again, and is then tried after so many)
        for (after, want) in [(0, 5), (5, 10), (4, 6), (6, 40), (10, 30), (30, 160), (160, 320)] {
            now = now + Duration::from_millis(after);
            assert_eq!(retries.add(key, now), Duration::from_millis(want), "{now}");
        }
        retries.forget(key);
        assert_eq!(retries.add(key, now), Duration::from_millis(5));
    }
}
