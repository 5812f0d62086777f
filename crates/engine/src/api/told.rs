//! All Events that were told, after what client-go does to keep them few.

use crate::chunked::Chunked;
use crate::object::{Event, EventType, Key, Str, Uid};
use crate::time::SimTime;
use crate::trace::Actor;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// So many Events one source may tell of an object and type at once, and one more in each of these intervals.
// upstream: record/events_cache.go defaultSpamBurst, defaultSpamQPS
const BURST: u32 = 25;
const REFILL: Duration = Duration::from_mins(5);
/// From so many different messages for one reason on, with pauses no longer than this, they are told as one.
// upstream: record/events_cache.go defaultAggregateMaxEvents, defaultAggregateIntervalInSeconds
const SIMILAR: usize = 10;
const PAUSE: Duration = Duration::from_mins(10);
pub(super) const COMBINED: &str = "(combined from similar events): ";

/// An Event that was told.
#[derive(Clone, Debug)]
struct Told {
    event: Event,
    /// The one about the same object before it (plus one; 0 for none).
    before: u32,
    /// The object, which may have followed another of the same name.
    uid: Uid,
    /// When its source's bucket of tokens for the object will be full again.
    full: SimTime,
}

/// Who tells what of which object.
#[derive(Clone, Copy)]
pub(super) struct Topic {
    pub about: Key,
    pub uid: Uid,
    pub actor: Actor,
    pub kind: EventType,
    pub reason: &'static str,
}

/// Events, in the order in which they were first told.
#[derive(Clone, Debug, Default)]
pub struct Events {
    told: Chunked<Told>,
    /// By object: its last Event (plus one; 0 for none).
    last: Vec<u32>,
    /// By reason: the last message, which the next Event of that reason shares when it says the same.
    words: SortedMap<&'static str, Str>,
}

impl Events {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.told.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// All of them but the first `skip`, oldest first.
    pub fn from(&self, skip: usize) -> impl Iterator<Item = &Event> {
        self.told.iter_from(skip).map(|(_, told)| &told.event)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.from(0)
    }

    fn told(&self, at: u32) -> Option<&Told> {
        self.told.get(at.checked_sub(1)? as usize)
    }

    /// The numbers of those about an object, the newest first.
    fn numbers(&self, key: Key) -> impl Iterator<Item = u32> {
        let mut next = self.last.get(key.0 as usize).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let (at, told) = (next, self.told(next)?);
            next = told.before;
            Some(at)
        })
    }

    /// Those about an object, oldest first.
    pub fn about(&self, key: Key) -> impl Iterator<Item = &Event> {
        let mut numbers: Vec<u32> = self.numbers(key).collect();
        numbers.reverse();
        numbers.into_iter().filter_map(|at| self.told(at)).map(|told| &told.event)
    }

    /// The message as it is kept.
    pub(super) fn words(&mut self, reason: &'static str, message: &str) -> Str {
        match self.words.get(reason) {
            Some(last) if **last == *message => Rc::clone(last),
            _ => {
                let new: Str = message.into();
                self.words.insert(reason, Rc::clone(&new));
                new
            }
        }
    }

    /// The Events of one source about an object, of one type, the newest first.
    fn of(&self, topic: Topic) -> impl Iterator<Item = (u32, &Told)> {
        let all = self.numbers(topic.about).filter_map(|at| Some((at, self.told(at)?)));
        all.take_while(move |(_, t)| t.uid == topic.uid)
            .filter(move |(_, t)| t.event.actor == topic.actor && t.event.kind == topic.kind)
    }

    /// Whether a message is told together with others like it.
    // upstream: record/events_cache.go EventAggregate
    pub(super) fn combines(&self, topic: Topic, message: &str, now: SimTime) -> bool {
        let (mut since, mut count) = (now, 1);
        for (_, Told { event, .. }) in self.of(topic).filter(|(_, t)| t.event.reason == topic.reason) {
            if since.since(event.last) > PAUSE {
                break;
            }
            since = since.min(event.first);
            if *event.message == *message {
                return false;
            }
            count += usize::from(!event.message.starts_with(COMBINED));
        }
        topic.actor != Actor::Scheduler && count >= SIMILAR
    }

    /// When the source's bucket would be full again after one more Event; none when there is no token for it.
    // upstream: record/events_cache.go EventSourceObjectSpamFilter.Filter; the scheduler's recorder is another, without it
    pub(super) fn spend(&self, topic: Topic, now: SimTime) -> Option<SimTime> {
        let full = self.of(topic).map(|(_, t)| t.full).max().unwrap_or_default().max(now) + REFILL;
        (topic.actor == Actor::Scheduler || full - now <= REFILL * BURST).then_some(full)
    }

    /// Adds an Event; a repetition raises the count of the first. Gives it as it is now.
    pub(super) fn tell(&mut self, event: Event, uid: Uid, combined: bool, full: SimTime) -> Event {
        let Event { about, actor, kind, reason, .. } = event;
        let same = |(_, t): &(u32, &Told)| {
            let said = &t.event;
            said.reason == reason && (said.message == event.message || combined && said.message.starts_with(COMBINED))
        };
        let known = self.of(Topic { about, uid, actor, kind, reason }).find(same).map(|(at, _)| at);
        if let Some(told) = known.and_then(|at| self.told_mut(at)) {
            let known = &mut told.event;
            known.count += 1;
            (known.last, known.entry, known.message) = (event.last, event.entry, event.message);
            told.full = full;
            return known.clone();
        }
        let about = about.0 as usize;
        if self.last.len() <= about {
            self.last.resize(about + 1, 0);
        }
        let before = self.last[about];
        self.told.push(Told { event: event.clone(), before, uid, full });
        self.last[about] = self.len() as u32;
        event
    }

    /// The object that the last Event about this name was about.
    pub(super) fn last_uid(&self, about: Key) -> Option<Uid> {
        self.numbers(about).next().and_then(|at| self.told(at)).map(|t| t.uid)
    }

    fn told_mut(&mut self, at: u32) -> Option<&mut Told> {
        self.told.get_mut(at.checked_sub(1)? as usize)
    }
}

#[cfg(test)]
mod tests {
    use crate::api::Context;
    use crate::config::Config;
    use crate::object::{EventType, Key, Kind};
    use crate::time::SimTime;
    use crate::trace::Actor;

    fn tell(cx: &mut Context, about: Key, at: u64, kind: EventType, message: &str) {
        (cx.now, cx.actor) = (SimTime::from_millis(at * 1000), Actor::ReplicaSet);
        cx.event(about, kind, "Reason", message);
    }

    fn told(cx: &Context) -> Vec<(String, u32)> {
        cx.events.iter().map(|e| (e.message.to_string(), e.count)).collect()
    }

    #[test]
    fn from_ten_different_messages_on_they_are_one() {
        let mut cx = Context::new(Config::default());
        let about = cx.store.intern(Kind::ReplicaSet, &"default".into(), &"web".into());
        for n in 0..12 {
            tell(&mut cx, about, 0, EventType::Normal, &format!("made {n}"));
        }
        let all = told(&cx);
        assert_eq!(all.len(), 10);
        assert_eq!(all[8], ("made 8".to_owned(), 1));
        assert_eq!(all[9], ("(combined from similar events): made 11".to_owned(), 3));
        // What was said before is counted where it was said; after a pause all begins anew.
        tell(&mut cx, about, 1, EventType::Normal, "made 3");
        tell(&mut cx, about, 1000, EventType::Normal, "made 99");
        let all = told(&cx);
        assert_eq!((all[3].1, &*all[10].0), (2, "made 99"));
    }

    #[test]
    fn a_source_has_25_for_an_object_and_type_and_one_more_every_five_minutes() {
        let mut cx = Context::new(Config::default());
        let about = cx.store.intern(Kind::ReplicaSet, &"default".into(), &"web".into());
        for _ in 0..40 {
            tell(&mut cx, about, 0, EventType::Normal, "again");
        }
        assert_eq!(told(&cx), [("again".to_owned(), 25)]);
        tell(&mut cx, about, 299, EventType::Normal, "again");
        tell(&mut cx, about, 299, EventType::Warning, "another type");
        tell(&mut cx, about, 301, EventType::Normal, "again");
        tell(&mut cx, about, 302, EventType::Normal, "again");
        assert_eq!(told(&cx), [("again".to_owned(), 26), ("another type".to_owned(), 1)]);
    }
}
