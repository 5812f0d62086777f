//! The chain of causes.

use super::{Focus, Link};
use crate::api::Context;
use crate::object::Key;
use crate::trace::{Actor, Entry, TraceId, Verb};

/// A longer chain loses its middle.
const MOST: usize = 6;

/// The last entry about `key` that fits.
pub fn last(cx: &Context, key: Key, fits: impl Fn(&Entry) -> bool) -> Option<(TraceId, Entry)> {
    let mut later = cx.trace.len() as u32;
    for entry in cx.trace.entries().rev() {
        if entry.key == key && entry.verb != Verb::Event && fits(entry) {
            return Some((TraceId(later), *entry));
        }
        later -= 1;
    }
    None
}

/// What asked for the deletion of `key` that is under way or was the last.
pub fn deletion(cx: &Context, key: Key) -> Option<(TraceId, Entry)> {
    // What was never marked went at once.
    let end = last(cx, key, |e| matches!(e.verb, Verb::MarkDeleted | Verb::Remove | Verb::Create))?;
    if end.1.verb == Verb::Remove
        && let Some(mark) = last(cx, key, |e| matches!(e.verb, Verb::MarkDeleted | Verb::Create))
        && mark.1.verb == Verb::MarkDeleted
    {
        return Some(mark);
    }
    Some(end).filter(|(_, e)| e.verb != Verb::Create)
}

/// What led to it, oldest first. What a person did has no cause: a chain begins there.
pub fn of(cx: &Context, focus: Focus) -> Vec<Link> {
    let start = match focus {
        Focus::Last(key) => last(cx, key, |_| true),
        Focus::Deletion(key) => deletion(cx, key),
    };
    let mut ids: Vec<(TraceId, Entry)> = Vec::new();
    let mut next = start;
    while let Some((id, entry)) = next {
        // Of several alike in a row, the last one counts: a batch after a batch, a status after a status.
        let alike = |(_, later): &(TraceId, Entry)| {
            let kind = |e: &Entry| cx.store.name(e.key).kind;
            (later.actor, later.verb, kind(later)) == (entry.actor, entry.verb, kind(&entry))
        };
        if entry.actor == Actor::User || !ids.last().is_some_and(alike) {
            ids.push((id, entry));
        }
        next = (entry.actor != Actor::User)
            .then(|| cx.trace.get(entry.cause).map(|e| (entry.cause, *e)))
            .flatten()
            // A cause is older: this ends.
            .filter(|(cause, _)| *cause < id);
    }
    if ids.len() > MOST {
        ids.drain(MOST - 1..ids.len() - 1);
    }
    ids.iter().rev().map(|(id, entry)| link(cx, *id, entry)).collect()
}

fn link(cx: &Context, id: TraceId, entry: &Entry) -> Link {
    let name = cx.store.name(entry.key);
    Link {
        entry: id.0,
        at: entry.at,
        actor: entry.actor.component(),
        verb: match entry.verb {
            Verb::Create => "created",
            Verb::MarkDeleted => "deleted",
            Verb::Remove => "removed",
            Verb::Update | Verb::Event => "updated",
        },
        kind: name.kind.name(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
    }
}
