//! Requests, as plain data.
//!
//! Like [`DataView`](super::DataView) they change without any write to an object: read them as often as they are drawn.

use super::{Memo, Text};
use crate::cluster::Cluster;
use crate::network::traffic;
use crate::object::{Key, Kind, Pod, Service};
use std::time::Duration;

pub use crate::network::traffic::How;

/// What became of the requests to a Service, or of those that a pod got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// Since the beginning: served, refused, reset, timed out.
    pub totals: [u64; 4],
    /// The same for each of the last seconds (60 of a Service, 10 of a pod), oldest first; the last one is the present one.
    pub seconds: Vec<[u32; 4]>,
    /// How long half, 95 % and 99 % of those took that were served in the last 5 to 10 seconds; zero when there were none.
    pub percentiles: [Duration; 3],
}

impl Requests {
    /// How many a second were served and how many were not, over the last whole seconds, of which there are at most five.
    pub fn rates(&self) -> (f64, f64) {
        let whole = self.seconds.len().saturating_sub(1);
        let last = &self.seconds[whole.saturating_sub(5)..whole];
        let over = last.len().max(1) as f64;
        let sum = |of: fn(&[u32; 4]) -> u32| last.iter().map(|s| f64::from(of(s))).sum::<f64>() / over;
        (sum(|s| s[0]), sum(|s| s[1] + s[2] + s[3]))
    }

    /// All that did not get an answer.
    pub fn lost(&self) -> u64 {
        self.totals[1..].iter().sum()
    }
}

/// One request that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// The namespace and the name of the Service that it was sent to.
    pub service: (Text, Text),
    /// The uid of the pod that was to answer; none when there was none, or when that is gone.
    pub pod: Option<Text>,
    /// How it ended.
    pub how: How,
}

impl Cluster {
    /// What became of the requests to a Service, or of those that a pod got; nothing when there were none.
    pub fn requests(&self, kind: Kind, namespace: &str, name: &str) -> Option<Requests> {
        if !crate::TRAFFIC {
            return None;
        }
        let key = self.cx.store.find(kind, namespace, name)?;
        let tally = match kind {
            Kind::Service => traffic::of_service(&self.cx, key),
            _ => traffic::of_pod(&self.cx, key),
        }?;
        let (seconds, latency) = tally.recent.read(self.now());
        Some(Requests {
            totals: [tally.served, tally.refused, tally.reset, tally.timed_out],
            seconds,
            percentiles: [50, 95, 99].map(|percent| latency.percentile(percent)),
        })
    }

    /// How many requests ended since the beginning.
    pub fn requests_ended(&self) -> u64 {
        traffic::journal(&self.cx).count
    }

    /// The requests that ended after the first `seen`, oldest first; when there were very many, the last of them.
    pub fn requests_since(&self, seen: u64, memo: &Memo) -> Vec<RequestView> {
        let store = &self.cx.store;
        let view = |ended: &traffic::Ended| {
            let service = store.get::<Service>(ended.service)?;
            let uid = |key: Key| Some(memo.uid(key, store.get::<Pod>(key)?));
            Some(RequestView {
                service: (service.meta.namespace.clone(), service.meta.name.clone()),
                pod: ended.pod.and_then(uid),
                how: ended.how,
            })
        };
        traffic::journal(&self.cx).since(seen).filter_map(view).collect()
    }
}
