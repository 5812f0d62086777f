//! What a database's clients saw, judged: as plain data.

use super::check::{Call, linearizable, sequential};
use super::history::{Finding, Op, Outcome};
use super::replicate::members;
use crate::api::Context;
use crate::chunked::Chunked;
use crate::cluster::Cluster;
use crate::object::{Key, Kind};
use crate::time::SimTime;
use crate::view::Text;

/// What is wrong with what the clients of a database saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// How many operations were judged: the last ones.
    pub operations: usize,
    /// Whether those are all.
    pub all: bool,
    /// Operations that no single copy can explain, in the order of real time; empty when one can.
    pub not_linearizable: Vec<OpView>,
    /// Operations that no order can explain which keeps each client's own; empty when one can.
    pub not_sequential: Vec<OpView>,
    /// Writes that were answered and are on no primary any more.
    pub lost_writes: u64,
    /// Reads that did not see what had been answered before they began.
    pub stale_reads: u64,
    /// Reads of a client that saw less than it had seen before.
    pub backward_reads: u64,
    /// Writes over another process' write in the same files.
    pub corrupted: u64,
    /// The first of each of these four, with the operations that prove it.
    pub proofs: Vec<(Finding, Vec<OpView>)>,
    /// Members whose logs contradict each other.
    pub diverged: Vec<Divergence>,
}

/// Two members whose logs contradict each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// Their pods.
    pub pods: (Text, Text),
    /// The position at which they differ first.
    pub at: usize,
    /// The writes that they have there; 0 when a log has ended and the other's rest was never replicated to it.
    pub writes: (u32, u32),
}

/// An operation of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct OpView {
    /// The client: whose, such as `svc/db` (here `db`), and its number.
    pub client: (Text, u32),
    /// Whether it is a write.
    pub write: bool,
    /// What was written or read: the number of the write; 0 for an empty table.
    pub value: u32,
    /// The pod that it went to; empty when there was none.
    pub pod: Text,
    /// When it began.
    pub start: SimTime,
    /// When it was answered.
    pub end: Option<SimTime>,
    /// How it ended.
    pub outcome: Outcome,
}

impl OpView {
    /// In words, such as `client 3 of db wrote 17 at db-0, 12.004 to 12.007`.
    pub fn said(&self) -> String {
        let (name, number) = &self.client;
        let did = match (self.write, self.outcome) {
            (true, Outcome::Done) => "wrote",
            (true, _) => "tried to write",
            (false, _) => "read",
        };
        let end = self.end.map_or_else(|| "never answered".to_owned(), |end| format!("to {end}"));
        format!("client {number} of {name} {did} {} at {}, {} {end}", self.value, self.pod, self.start)
    }
}

impl Cluster {
    /// Judges what the clients of a database saw. Its owner is named as in [`DatabaseView`](crate::view::DatabaseView).
    pub fn verdict(&self, kind: &str, namespace: &str, name: &str) -> Option<Verdict> {
        let cx = &self.cx;
        let key = cx.store.find(Kind::from_name(kind)?, namespace, name)?;
        let history = &cx.memory.app.databases.get(&key)?.history;
        let calls = history.calls();
        let views = |proof: Option<Vec<Call>>| {
            let proof = proof.unwrap_or_default();
            let find = |c: &Call| history.ops().find(|o| o.who == c.who && o.start.0 == c.start && o.write == c.write);
            proof.iter().filter_map(find).map(|op| self.op(op)).collect()
        };
        Some(Verdict {
            operations: calls.len(),
            all: history.is_whole(),
            not_linearizable: views(linearizable(&calls)),
            not_sequential: views(sequential(&calls)),
            lost_writes: history.found(Finding::Lost),
            stale_reads: history.found(Finding::Stale),
            backward_reads: history.found(Finding::Backward),
            corrupted: history.found(Finding::Corrupted),
            proofs: history
                .proofs()
                .iter()
                .map(|p| (p.finding, p.ops.iter().map(|op| self.op(op)).collect()))
                .collect(),
            diverged: divergence(cx, key),
        })
    }

    fn op(&self, op: &Op) -> OpView {
        let name = |key: Key| if key == Key::default() { "".into() } else { self.cx.store.name(key).name.clone() };
        OpView {
            client: (if op.who.0 == 0 { "kubectl".into() } else { name(Key(op.who.0)) }, op.who.1),
            write: op.write,
            value: op.value,
            pod: name(op.pod),
            start: op.start,
            end: (op.end != SimTime::MAX).then_some(op.end),
            outcome: op.outcome,
        }
    }
}

/// The pairs of members whose logs contradict each other.
pub(super) fn divergence(cx: &Context, database: Key) -> Vec<Divergence> {
    let logs = members(cx, database).filter_map(|(_, m)| Some((m, &cx.disks.store(&m.disk)?.log)));
    let logs: Vec<_> = logs.collect();
    let mut out = Vec::new();
    for (i, (a, x)) in logs.iter().enumerate() {
        for (b, y) in &logs[i + 1..] {
            let at = |log: &Chunked<u32>, at: usize| log.get(at).copied().unwrap_or(0);
            if let Some(place) = x.parts_from(y).filter(|_| a.disk != b.disk) {
                let pods = (a.name.clone(), b.name.clone());
                out.push(Divergence { pods, at: place, writes: (at(x, place), at(y, place)) });
            }
        }
    }
    out
}
