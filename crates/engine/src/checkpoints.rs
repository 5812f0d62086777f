//! [`Checkpoints`]: copies of a cluster at instants of its past, which a look back begins at.

use crate::Cluster;
use crate::time::SimTime;
use std::time::Duration;

/// At the least so long lies between two checkpoints.
const CLOSEST: Duration = Duration::from_secs(2);
/// How many are kept. One more, and every second one goes, and they lie twice as far apart.
const MOST: usize = 128;

/// A cluster's past. A copy shares with the others all that did not change between them.
#[derive(Clone)]
pub struct Checkpoints {
    kept: Vec<Cluster>,
    apart: Duration,
}

impl Checkpoints {
    /// The past of a run that begins with this cluster.
    pub fn new(first: &Cluster) -> Self {
        Self { kept: vec![first.clone()], apart: CLOSEST }
    }

    /// Keeps a copy when the last one lies far enough back.
    pub fn note(&mut self, cluster: &Cluster) {
        let now = cluster.now();
        if self.kept.last().is_some_and(|last| now < last.now() + self.apart) {
            return;
        }
        self.kept.push(cluster.clone());
        if self.kept.len() > MOST {
            self.apart *= 2;
            let mut odd = false;
            self.kept.retain(|_| {
                odd = !odd;
                odd
            });
        }
    }

    /// The last copy that is not beyond `to`; the first one when all are.
    pub fn before(&self, to: SimTime) -> Option<&Cluster> {
        self.kept.iter().rfind(|c| c.now() <= to).or(self.kept.first())
    }

    /// The beginning.
    pub fn first(&self) -> Option<&Cluster> {
        self.kept.first()
    }

    /// Forgets what is beyond `now`, and what had more than `known` inputs.
    pub fn truncate(&mut self, now: SimTime, known: usize) {
        self.kept.retain(|c| c.now() <= now && c.cx.inputs.len() <= known);
    }
}
