//! What to create, repair and delete, and in which order.

use super::revision::{self, Revisions};
use super::{Failure, Member, claims, pods, status};
use crate::api::Context;
use crate::object::{IntOrPercent, Key, Phase, StatefulSet, StatefulSetStatus, UpdateStrategy};
use crate::time::SimTime;
use crate::trace::Note;
use podscope_schema::sorted::SortedMap;
use std::ops::Range;

/// Beyond this, a batch does not double any more.
// upstream: statefulset/stateful_set_control.go MaxBatchSize
const MAX_BATCH: usize = 500;

/// Whether to go on, or to wait for what was seen or done.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Wait,
}

/// The pods of a set by what is to become of them.
struct Plan<'a> {
    key: Key,
    set: &'a StatefulSet,
    revisions: &'a Revisions,
    /// By ordinal from `set.start`; none where a pod is missing.
    replicas: Vec<Option<&'a Member>>,
    /// Beyond the range, highest ordinal first.
    condemned: Vec<&'a Member>,
    now: SimTime,
}

/// Does what can be done now, and writes the status.
// upstream: statefulset/stateful_set_control.go UpdateStatefulSet, performUpdate
pub(super) fn update(
    cx: &mut Context,
    key: Key,
    set: &StatefulSet,
    members: &[Member],
) -> Result<StatefulSetStatus, Failure> {
    let Some(revisions) = revision::resolve(cx, set) else { return Err(Failure("no revision".to_owned())) };
    let mut status = status::count(set, &revisions, members, cx.now());
    let result = if set.meta.deleting() {
        Ok(())
    } else {
        Plan::new(key, set, &revisions, members, cx.now()).run(cx, &mut status)
    };
    status::write(cx, key, set, &mut status);
    revision::truncate(cx, set, members, &revisions);
    result.map(|()| status)
}

impl<'a> Plan<'a> {
    fn new(key: Key, set: &'a StatefulSet, revisions: &'a Revisions, members: &'a [Member], now: SimTime) -> Self {
        let mut replicas = vec![None; usize::try_from(set.replicas).unwrap_or(0)];
        let mut condemned = Vec::new();
        for member in members {
            let slot = usize::try_from(member.ordinal - set.start).ok().and_then(|i| replicas.get_mut(i));
            match slot {
                Some(slot) => *slot = Some(member),
                None => condemned.push(member),
            }
        }
        condemned.reverse();
        Self { key, set, revisions, replicas, condemned, now }
    }

    /// Not available, or on its way out, or not there.
    // upstream: statefulset/stateful_set_utils.go isUnavailable
    fn is_unavailable(&self, member: Option<&Member>) -> bool {
        member.is_none_or(|m| m.pod.meta.deleting() || !m.pod.is_available(self.set.min_ready, self.now))
    }

    fn is_outdated(&self, member: &Member) -> bool {
        pods::revision_of(&member.pod) != Some(&self.revisions.update.meta.name)
    }

    // upstream: statefulset/stateful_set_control.go updateStatefulSet
    fn run(&self, cx: &mut Context, status: &mut StatefulSetStatus) -> Result<(), Failure> {
        let lowest_unavailable_condemned = self.lowest_unavailable_condemned();
        let in_order = !self.set.parallel;
        if for_all(in_order, self.replicas.len(), |batch| self.replicas(cx, batch))? == Next::Wait {
            return Ok(());
        }
        for member in &self.condemned {
            if !claims::match_retention(cx, self.set, member.ordinal, Some(&member.pod)) {
                claims::apply_retention(cx, self.key, self.set, member.ordinal, Some(&member.pod));
            }
        }
        // Of a batch, what was begun last tends to get through first.
        let condemn = |batch: Range<usize>| {
            all(batch.rev().map(|i| Ok(self.condemn(cx, self.condemned[i], lowest_unavailable_condemned))))
        };
        if for_all(in_order, self.condemned.len(), condemn)? == Next::Wait {
            return Ok(());
        }
        if let UpdateStrategy::RollingUpdate { partition, max_unavailable } = &self.set.strategy {
            let first = usize::try_from(*partition).unwrap_or(0);
            if cx.config.max_unavailable_stateful_set {
                self.roll_several(cx, status, first, max_unavailable.as_ref());
            } else {
                self.roll_one(cx, status, first);
            }
        }
        Ok(())
    }

    /// The first unavailable pod of all, if it is a condemned one.
    fn lowest_unavailable_condemned(&self) -> Option<Key> {
        if self.replicas.iter().any(|m| self.is_unavailable(*m)) {
            return None;
        }
        self.condemned.iter().rev().find(|m| self.is_unavailable(Some(m))).map(|m| m.key)
    }

    /// Makes sure of the claims of a batch, then of its pods: upstream works on all of a batch at the same time.
    fn replicas(&self, cx: &mut Context, batch: Range<usize>) -> Result<Next, Failure> {
        if !self.set.parallel {
            return self.replica(cx, batch.start, None);
        }
        let missing = |i: &usize| self.replicas[*i].is_none();
        let mut prepared = SortedMap::new();
        for i in batch.clone().filter(missing) {
            let ordinal = self.set.start + i as i64;
            if !claims::is_stale(cx, self.set, ordinal) {
                prepared.insert(i, claims::create_missing(cx, self.key, self.set, ordinal));
            }
        }
        all(batch.map(|i| self.replica(cx, i, prepared.remove(&i))))
    }

    /// Makes sure of one replica. `prepared` says how the creation of its claims went, if that was tried.
    // upstream: statefulset/stateful_set_control.go processReplica
    fn replica(&self, cx: &mut Context, index: usize, prepared: Option<Result<(), Failure>>) -> Result<Next, Failure> {
        let (key, set, revisions) = (self.key, self.set, self.revisions);
        let Some(member) = self.replicas[index] else {
            let ordinal = set.start + index as i64;
            if claims::is_stale(cx, set, ordinal) {
                return Ok(Next::Wait);
            }
            let claims = prepared.unwrap_or_else(|| claims::create_missing(cx, key, set, ordinal));
            pods::create(cx, key, set, &revisions.current, &revisions.update, ordinal, claims)?;
            return Ok(if set.parallel { Next::GoOn } else { Next::Wait });
        };
        let pod = &member.pod;
        if pod.is_terminal() {
            if !pod.meta.deleting() {
                pods::delete(cx, key, set, member, Note::Ended);
            }
            return Ok(Next::Wait);
        }
        if pod.status.phase == Phase::Pending {
            claims::create_missing(cx, key, set, member.ordinal)?;
            claims::apply_retention(cx, key, set, member.ordinal, Some(pod));
        }
        let done = !pod.meta.deleting() && pods::is_running_and_ready(pod) && pod.is_available(set.min_ready, self.now);
        if !set.parallel && !done {
            return Ok(Next::Wait);
        }
        pods::repair(cx, key, set, member)?;
        Ok(Next::GoOn)
    }

    /// Deletes one pod too many, if it is its turn.
    // upstream: statefulset/stateful_set_control.go processCondemned
    fn condemn(&self, cx: &mut Context, member: &Member, lowest_unavailable: Option<Key>) -> Next {
        let in_order = !self.set.parallel;
        let pod = &member.pod;
        if pod.meta.deleting() {
            return if in_order { Next::Wait } else { Next::GoOn };
        }
        let well = pods::is_running_and_ready(pod) && pod.is_available(self.set.min_ready, self.now);
        if in_order && !well && lowest_unavailable != Some(member.key) {
            return Next::Wait;
        }
        pods::delete(cx, self.key, self.set, member, Note::Ordinal);
        Next::Wait
    }

    /// Replaces the highest outdated pod once all above it are well.
    // upstream: statefulset/stateful_set_control.go updateStatefulSet, its last part
    fn roll_one(&self, cx: &mut Context, status: &mut StatefulSetStatus, first: usize) {
        for &slot in self.replicas.iter().skip(first).rev() {
            if let Some(member) = slot
                && self.is_outdated(member)
                && !member.pod.meta.deleting()
            {
                pods::delete(cx, self.key, self.set, member, Note::Outdated);
                status.current -= 1;
                return;
            }
            if self.is_unavailable(slot) {
                return;
            }
        }
    }

    /// Replaces the highest outdated pods, as many as may be unavailable.
    // upstream: statefulset/stateful_set_control.go updateStatefulSetAfterInvariantEstablished
    fn roll_several(
        &self,
        cx: &mut Context,
        status: &mut StatefulSetStatus,
        first: usize,
        max_unavailable: Option<&IntOrPercent>,
    ) {
        let allowed = max_unavailable.map_or(1, |m| m.of(self.set.replicas, false)).max(1);
        let unavailable = self.replicas.iter().filter(|m| self.is_unavailable(**m)).count() as i64;
        let room = usize::try_from(allowed - unavailable).unwrap_or(0);
        let outdated = |m: &&Member| self.is_outdated(m) && !m.pod.meta.deleting();
        for member in self.replicas.iter().skip(first).rev().filter_map(|m| *m).filter(outdated).take(room) {
            pods::delete(cx, self.key, self.set, member, Note::Outdated);
            status.current -= 1;
        }
    }
}

/// Does `work` for each index: in order until one says to wait, or for all in batches of 1, 2, 4 … until one fails.
// upstream: statefulset/stateful_set_control.go runForAll, slowStartBatch
fn for_all(
    in_order: bool,
    count: usize,
    mut work: impl FnMut(Range<usize>) -> Result<Next, Failure>,
) -> Result<Next, Failure> {
    let (mut done, mut batch) = (0, 1);
    while done < count {
        let size = batch.min(count - done);
        if work(done..done + size)? == Next::Wait && in_order {
            return Ok(Next::Wait);
        }
        done += size;
        if !in_order {
            batch = (batch * 2).min(MAX_BATCH);
        }
    }
    Ok(Next::GoOn)
}

/// Goes through all of a batch, whatever fails, and gives the last word of those that went well.
fn all(results: impl Iterator<Item = Result<Next, Failure>>) -> Result<Next, Failure> {
    let (mut next, mut failures) = (Next::GoOn, Vec::new());
    for result in results {
        match result {
            Ok(n) => next = n,
            Err(Failure(text)) => failures.push(text),
        }
    }
    if failures.is_empty() { Ok(next) } else { Err(Failure(failures.join(", "))) }
}
