//! A console's cluster on its own, for programs without a page: time goes where they say.

use crate::Host;
use podscope_engine::api::apply;
use podscope_engine::time::SimTime;
use podscope_schema::Value;

impl Host {
    /// The present instant.
    pub const fn now(&self) -> SimTime {
        self.cluster().now()
    }

    /// Runs to an instant, at most `events` of what is due. Says whether it got there; call again when not.
    pub fn advance(&mut self, to: SimTime, events: usize) -> bool {
        self.cluster_mut().advance_to(to, events)
    }

    /// Runs until something is written, or to an instant; at most `events` of what is due. Says whether something was
    /// written; nothing when it came to neither: call again.
    pub fn onward(&mut self, to: SimTime, events: usize) -> Option<bool> {
        let cluster = self.cluster_mut();
        let before = cluster.version();
        for _ in 0..events {
            // Through one instant at most, so as not to pass the one of a change.
            let next = cluster.cx.next_time().map_or(to, |next| next.min(to));
            let arrived = cluster.advance_to(next, 1) && next == to;
            if cluster.version() != before {
                return Some(true);
            }
            if arrived {
                return Some(false);
            }
        }
        None
    }

    /// Applies manifests: `{applied: […]}`, or `{errors: […]}` and nothing was done.
    pub fn apply(&mut self, yaml: &str) -> Value {
        apply::told(self.cluster_mut().apply(yaml))
    }

    /// What gives the same run again: all that was asked, and after how many reconciles it is now.
    pub fn past(&self) -> Value {
        let cx = &self.cluster().cx;
        let after = i64::try_from(cx.reconciles()).unwrap_or(i64::MAX);
        Value::object([("after", Value::from(after)), ("inputs", Value::array(cx.inputs.iter().map(|i| i.to_value())))])
    }
}
