//! Whether a whole history can be explained by one register that does one thing at a time.
//!
//! All writes write different values, so that each read names the write that it saw. A write and its reads then have to come one
//! after another with no other write between: they are a block. Such a register explains the history when its blocks can be put in
//! an order that keeps, for linearizability, that what ended before another began comes first (Gibbons and Korach, Testing Shared
//! Memories, 1997), and, for sequential consistency, only each client's own order.

use podscope_schema::sort::sort_by_key;
use podscope_schema::sorted::SortedMap;

/// An operation as the checks see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The client, which does one thing at a time.
    pub who: (u32, u32),
    /// When it began.
    pub start: u64,
    /// When it was answered; the greatest number when it never was.
    pub end: u64,
    /// Whether it is a write.
    pub write: bool,
    /// What was written or read; 0 is what was there at the beginning.
    pub value: u32,
}

/// The calls of one value.
#[derive(Clone, Debug, Default)]
struct Block {
    write: Option<Call>,
    /// The one that ended first, and the one that began last.
    first: Option<Call>,
    last: Option<Call>,
}

/// Blocks by value, in order; a write that nobody saw and that was never answered need not have been.
fn blocks(calls: &[Call]) -> SortedMap<u32, Block> {
    let mut blocks: SortedMap<u32, Block> = SortedMap::new();
    for call in calls {
        let block = blocks.entry(call.value).or_default();
        if call.write {
            block.write = Some(*call);
        }
        if block.first.is_none_or(|f| call.end < f.end) {
            block.first = Some(*call);
        }
        if block.last.is_none_or(|l| call.start > l.start) {
            block.last = Some(*call);
        }
    }
    blocks.retain(|_, b| b.write.is_none_or(|w| w.end != u64::MAX || b.first.is_some_and(|f| !f.write)));
    blocks
}

/// The calls that no linearizable register can explain together; none when all can be.
pub fn linearizable(calls: &[Call]) -> Option<Vec<Call>> {
    // (end of the first, start of the last, the two calls)
    let mut zones: Vec<(u64, u64, Call, Call)> = Vec::new();
    let mut initial = None;
    for (value, block) in &blocks(calls) {
        let (Some(first), Some(last)) = (block.first, block.last) else { continue };
        if *value == 0 {
            initial = Some(last);
            continue;
        }
        let Some(write) = block.write else { return Some(vec![last]) };
        if first.end < write.start {
            return Some(vec![first, write]); // read before it was written
        }
        zones.push((first.end, last.start, first, last));
    }
    sort_by_key(&mut zones, |z| z.0);
    if let (Some(late), Some(zone)) = (initial, zones.first())
        && zone.0 < late.start
    {
        return Some(vec![zone.2, late]); // the beginning was read after something had been written
    }
    // Of those whose first end comes up to each, the one that reaches furthest.
    let mut reach: Vec<usize> = Vec::with_capacity(zones.len());
    for (i, zone) in zones.iter().enumerate() {
        let best = reach.last().copied().filter(|&b| zones[b].1 >= zone.1);
        reach.push(best.unwrap_or(i));
    }
    for (i, &(end, start, first, last)) in zones.iter().enumerate() {
        // Another block that has to come both before and after this one: it ends something before this one's last began, and
        // begins something after this one's first ended.
        let before = zones[..i].partition_point(|z| z.0 < start);
        if let Some(other) = before.checked_sub(1).map(|at| &zones[reach[at]])
            && other.1 > end
        {
            return Some(vec![other.2, last, first, other.3]);
        }
    }
    None
}

/// The calls that no sequentially consistent register can explain together; none when all can be.
pub fn sequential(calls: &[Call]) -> Option<Vec<Call>> {
    let blocks = blocks(calls);
    let kept = |c: &Call| blocks.contains_key(&c.value);
    let mut by_client: Vec<Call> = calls.iter().copied().filter(kept).collect();
    sort_by_key(&mut by_client, |c| (c.who, c.start));
    // From each value to those that some client came to next.
    let mut next: SortedMap<u32, Vec<(u32, Call, Call)>> = SortedMap::new();
    let mut incoming: SortedMap<u32, usize> = blocks.keys().map(|v| (*v, 0)).collect();
    for pair in by_client.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if a.who != b.who {
            continue;
        }
        if a.value == b.value {
            if b.write && !a.write {
                return Some(vec![a, b]);
            }
            continue;
        }
        if b.value == 0 {
            return Some(vec![a, b]);
        }
        next.entry(a.value).or_default().push((b.value, a, b));
        *incoming.entry(b.value).or_default() += 1;
    }
    if let Some(call) = calls.iter().find(|c| c.value != 0 && blocks.get(&c.value).is_some_and(|b| b.write.is_none())) {
        return Some(vec![*call]);
    }
    let mut ready: Vec<u32> = incoming.iter().filter(|(_, n)| **n == 0).map(|(v, _)| *v).collect();
    while let Some(value) = ready.pop() {
        incoming.remove(&value);
        for (to, ..) in next.get(&value).into_iter().flatten() {
            if let Some(n) = incoming.get_mut(to) {
                *n -= 1;
                if *n == 0 {
                    ready.push(*to);
                }
            }
        }
    }
    let begin = *incoming.keys().next()?;
    // What is left leads round: go back until somewhere comes again.
    let mut back: SortedMap<u32, (u32, Call, Call)> = SortedMap::new();
    for (from, list) in next.iter().filter(|(v, _)| incoming.contains_key(v)) {
        for (to, a, b) in list {
            back.insert(*to, (*from, *a, *b));
        }
    }
    let (mut at, mut path) = (begin, Vec::new());
    while !path.contains(&at) {
        path.push(at);
        at = back.get(&at)?.0;
    }
    let from = path.iter().position(|v| *v == at)?;
    let mut proof = Vec::new();
    for value in path[from..].iter().rev() {
        let (_, a, b) = back.get(value)?;
        proof.extend([*a, *b]);
    }
    Some(proof)
}

#[cfg(test)]
mod tests {
    use super::{Call, linearizable, sequential};
    use crate::time::Rng;
    use stateright::semantics::register::{Register, RegisterOp, RegisterRet};
    use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialConsistencyTester};

    /// A random history of a few clients, each of which does one thing at a time. No two things happen at the same instant. Reads see
    /// what somebody wrote at some time, or nothing: rarely at random, mostly something that was there a moment ago.
    fn history(rng: &mut Rng) -> Vec<Call> {
        let clients = 1 + rng.below(3);
        let (mut calls, mut open): (Vec<Call>, Vec<Option<usize>>) = (Vec::new(), vec![None; clients as usize]);
        let (mut written, mut gone) = (vec![0_u32], vec![false; clients as usize]);
        for now in 1..=4 + rng.below(14) {
            let client = rng.below(clients) as usize;
            if gone[client] {
                continue;
            }
            let Some(at) = open[client].take() else {
                let write = rng.below(5) < 2;
                let value = written.len() as u32;
                if write {
                    written.push(value);
                }
                open[client] = Some(calls.len());
                let call = Call { who: (1, client as u32), start: now, end: u64::MAX, write, value };
                calls.push(call);
                continue;
            };
            if calls[at].write && rng.below(8) == 0 {
                // It is never answered, and its client does nothing more.
                gone[client] = true;
                continue;
            }
            calls[at].end = now;
            if !calls[at].write {
                let last = written.len() as u64;
                let back = if rng.below(4) == 0 { rng.below(last) } else { rng.below(last.min(2)) };
                calls[at].value = written[(last - 1 - back) as usize];
            }
        }
        // What a read would have seen that was never answered is not known.
        calls.retain(|c| c.write || c.end != u64::MAX);
        calls
    }

    fn judged<T: ConsistencyTester<u32, Register<u32>>>(mut tester: T, calls: &[Call]) -> bool {
        let mut events: Vec<(u64, bool, &Call)> = Vec::new();
        for call in calls {
            events.push((call.start, true, call));
            if call.end != u64::MAX {
                events.push((call.end, false, call));
            }
        }
        events.sort_by_key(|e| e.0);
        for (_, begins, call) in events {
            let done = match (begins, call.write) {
                (true, true) => tester.on_invoke(call.who.1, RegisterOp::Write(call.value)).map(drop),
                (true, false) => tester.on_invoke(call.who.1, RegisterOp::Read).map(drop),
                (false, true) => tester.on_return(call.who.1, RegisterRet::WriteOk).map(drop),
                (false, false) => tester.on_return(call.who.1, RegisterRet::ReadOk(call.value)).map(drop),
            };
            assert_eq!(done, Ok(()), "{calls:?}");
        }
        tester.is_consistent()
    }

    #[test]
    fn verdicts_are_those_of_stateright() {
        let mut rng = Rng::new(1);
        let mut seen = [[0_u32; 2]; 2];
        for _ in 0..20_000 {
            let calls = history(&mut rng);
            let linear = judged(LinearizabilityTester::new(Register(0)), &calls);
            let in_order = judged(SequentialConsistencyTester::new(Register(0)), &calls);
            assert_eq!(linearizable(&calls).is_none(), linear, "linearizable: {calls:#?}");
            assert_eq!(sequential(&calls).is_none(), in_order, "sequentially consistent: {calls:#?}");
            seen[usize::from(linear)][usize::from(in_order)] += 1;
        }
        // Neither; only the weaker; both. The fourth cannot be.
        assert!(seen[0][0] > 500 && seen[0][1] > 500 && seen[1][1] > 500, "{seen:?}");
        assert_eq!(seen[1][0], 0);
    }

    #[test]
    fn what_is_said_to_prove_it_does() {
        let mut rng = Rng::new(2);
        for _ in 0..5000 {
            let calls = history(&mut rng);
            for (proof, linear) in [(linearizable(&calls), true), (sequential(&calls), false)] {
                let Some(proof) = proof else { continue };
                // The calls that are named, with the writes of what they read, are wrong on their own.
                let values: Vec<u32> = proof.iter().map(|c| c.value).collect();
                let few: Vec<Call> = calls
                    .iter()
                    .filter(|c| proof.contains(c) || c.write && values.contains(&c.value))
                    .copied()
                    .collect();
                let consistent = if linear {
                    judged(LinearizabilityTester::new(Register(0)), &few)
                } else {
                    judged(SequentialConsistencyTester::new(Register(0)), &few)
                };
                assert!(!consistent, "{proof:#?}\nof {few:#?}");
            }
        }
    }
}
