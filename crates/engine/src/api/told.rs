//! All Events that were told.

use crate::object::{Event, Key, Str};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// How many Events copies of a cluster share until one of the copies changes one of them.
const CHUNK: usize = 64;
/// How many of the last Events about an object a new one is compared with.
const LATEST: usize = 16;

/// An Event, and the one about the same object before it (plus one; 0 for none).
#[derive(Clone, Debug)]
struct Told(Event, u32);

/// Events, in the order in which they were first told.
#[derive(Clone, Debug, Default)]
pub struct Events {
    chunks: Vec<Rc<Vec<Told>>>,
    /// By object: its last Event (plus one; 0 for none).
    last: Vec<u32>,
    /// By reason: the last message, which the next Event of that reason shares when it says the same.
    words: SortedMap<&'static str, Str>,
}

impl Events {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// All of them but the first `skip`, oldest first.
    pub fn from(&self, skip: usize) -> impl Iterator<Item = &Event> {
        let chunks = self.chunks.iter().skip(skip / CHUNK);
        chunks.flat_map(|chunk| chunk.iter()).skip(skip % CHUNK).map(|told| &told.0)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.from(0)
    }

    fn told(&self, at: u32) -> Option<&Told> {
        let at = at.checked_sub(1)? as usize;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// The numbers of those about an object, the newest first.
    fn numbers(&self, key: Key) -> impl Iterator<Item = u32> {
        let mut next = self.last.get(key.0 as usize).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let (at, told) = (next, self.told(next)?);
            next = told.1;
            Some(at)
        })
    }

    /// Those about an object, oldest first.
    pub fn about(&self, key: Key) -> impl Iterator<Item = &Event> {
        let mut numbers: Vec<u32> = self.numbers(key).collect();
        numbers.reverse();
        numbers.into_iter().filter_map(|at| self.told(at)).map(|told| &told.0)
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

    /// Adds an Event; a repetition raises the count of the first. Gives it as it is now.
    pub(super) fn tell(&mut self, event: Event) -> Event {
        let same = |at: &u32| {
            self.told(*at).is_some_and(|Told(e, _)| {
                e.reason == event.reason && e.message == event.message && e.actor == event.actor
            })
        };
        let known = self.numbers(event.about).take(LATEST).find(same);
        if let Some(Told(known, _)) = known.and_then(|at| self.told_mut(at)) {
            known.count += 1;
            (known.last, known.entry) = (event.last, event.entry);
            return known.clone();
        }
        let about = event.about.0 as usize;
        if self.last.len() <= about {
            self.last.resize(about + 1, 0);
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Rc::new(Vec::with_capacity(CHUNK)));
        }
        let before = self.last[about];
        if let Some(chunk) = self.chunks.last_mut() {
            Rc::make_mut(chunk).push(Told(event.clone(), before));
        }
        self.last[about] = self.len() as u32;
        event
    }

    fn told_mut(&mut self, at: u32) -> Option<&mut Told> {
        let at = at.checked_sub(1)? as usize;
        Rc::make_mut(self.chunks.get_mut(at / CHUNK)?).get_mut(at % CHUNK)
    }
}
