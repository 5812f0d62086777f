//! The API server: the only door to the world. Every write lands in the trace with its cause and wakes those who watch.

pub mod apply;
mod hash;
pub mod input;
mod load;
mod names;
mod patch;
pub mod patch_refusal;
mod request;
pub mod rest;
mod store;
mod told;
pub mod validation;

pub use store::{Name, Store};
pub use told::Events;

use crate::config::Config;
use crate::controller::{self, Controller, Memory};
use crate::object::{Deletion, Event, EventType, Key, Kind, Object, Pod, Resource, Str, Uid};
use crate::time::{Agenda, Rng, SimTime};
use crate::trace::{Actor, Entry, Note, Trace, TraceId, Verb};
use hash::Lookup;
use std::rc::Rc;
use std::time::Duration;

/// A refusal, as the API server words it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The HTTP status code.
    pub code: u16,
    /// `reason`, such as `NotFound`.
    pub reason: &'static str,
    /// `message`
    pub message: String,
    /// `details.causes`: reason, message, field.
    pub causes: Vec<(String, String, String)>,
}

impl ApiError {
    /// A refusal without causes.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), causes: Vec::new() }
    }
}

/// How a deletion spreads to what the object owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// The object first, what it owns after.
    #[default]
    Background,
    /// What it owns first.
    Foreground,
    /// What it owns stays.
    Orphan,
}

/// How to delete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// `propagationPolicy`
    pub propagation: Propagation,
    /// `gracePeriodSeconds`; none means the pod's own.
    pub grace_seconds: Option<i64>,
}

/// One write, with the object before and after it: what a watch would show.
#[derive(Clone, Debug)]
pub struct Write {
    /// Its trace entry.
    pub entry: TraceId,
    /// The object's key.
    pub key: Key,
    /// The object before; none when it was created.
    pub old: Option<Object>,
    /// The object after; none when it is gone.
    pub new: Option<Object>,
    /// The Event, when the write is one.
    pub event: Option<Event>,
}

/// All that a reconcile may use: the store behind its write methods, time, chance, and the controllers' own memory.
#[derive(Clone)]
pub struct Context {
    /// What the cluster was made with.
    pub config: Rc<Config>,
    /// The objects, to read.
    pub store: Store,
    /// All writes.
    pub trace: Trace,
    /// Chance.
    pub rng: Rng,
    /// What controllers remember between reconciles, besides objects.
    pub memory: Memory,
    /// All Events, oldest first.
    pub events: Events,
    /// Writes with their objects, kept when [`Config::record`] is set.
    pub recorded: Vec<Write>,
    /// Files that people wrote.
    pub disks: crate::disk::Disks,
    /// What users asked for.
    pub inputs: input::Inputs,
    /// Who writes now.
    pub actor: Actor,
    /// What led to what is done now.
    pub cause: TraceId,
    /// What the deletion that is being written is noted with.
    note: (Note, Key),
    pub(crate) now: SimTime,
    /// How far time may go at present.
    pub(crate) until: SimTime,
    pub(crate) agenda: Agenda,
    queued: Lookup<(Controller, Key), SimTime>,
    /// How many reconciles there were, those of clients' requests aside.
    reconciles: u64,
    /// Whether a user's request is being answered.
    asking: bool,
    resource_version: u64,
    next_uid: u64,
    next_ip: u32,
    loaded: Rc<load::Loaded>,
}

impl Context {
    /// An empty world.
    pub fn new(config: Config) -> Self {
        let seed = config.seed;
        Self {
            config: Rc::new(config),
            store: Store::default(),
            trace: Trace::default(),
            rng: Rng::new(seed),
            memory: Memory::default(),
            events: Events::default(),
            recorded: Vec::new(),
            disks: crate::disk::Disks::default(),
            inputs: Rc::default(),
            actor: Actor::User,
            cause: TraceId::default(),
            note: Default::default(),
            now: SimTime::ZERO,
            until: SimTime::ZERO,
            agenda: Agenda::default(),
            queued: Lookup::default(),
            reconciles: 0,
            asking: false,
            resource_version: 0,
            next_uid: seed << 32,
            next_ip: 0x0af4_0000,
            loaded: Rc::default(),
        }
    }

    /// The present instant.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// The object at `key`, shared.
    pub fn get<T: Resource>(&self, key: Key) -> Option<Rc<T>> {
        self.store.get(key).cloned()
    }

    /// The resourceVersion of the last write: it changes with every write.
    pub const fn resource_version(&self) -> u64 {
        self.resource_version
    }

    /// A pod address that was not given out before.
    pub const fn next_pod_ip(&mut self) -> u32 {
        self.next_ip += 1;
        // Neither .0 nor .255.
        if matches!(self.next_ip.to_be_bytes()[3], 0 | 255) {
            self.next_ip = (self.next_ip | 0xff) + 2;
        }
        self.next_ip
    }

    /// Has `controller` look at `key` after `delay`. A look that is already due no later stands for both.
    // upstream: client-go workqueue, which deduplicates by key and keeps the earliest time
    pub fn enqueue_after(&mut self, controller: Controller, key: Key, delay: Duration) {
        let at = self.now + delay;
        let slot = self.queued.entry((controller, key)).or_insert(SimTime::MAX);
        if at < *slot {
            *slot = at;
            self.agenda.push(at, controller, key, self.cause);
        }
    }

    /// Has `controller` look at `key` as soon as its watch has told it.
    pub fn enqueue(&mut self, controller: Controller, key: Key) {
        self.enqueue_after(controller, key, self.config.watch_latency);
    }

    /// Takes the next due thing, if it is due by `until`, and moves time to it.
    pub(crate) fn next_due(&mut self, until: SimTime) -> Option<(Controller, Key)> {
        self.until = until;
        self.peek_due(until)?;
        let due = self.agenda.pop()?;
        self.queued.remove(&(due.controller, due.key));
        self.reconciles += u64::from(due.controller != Controller::Traffic);
        self.now = due.at;
        self.cause = due.cause;
        Some((due.controller, due.key))
    }

    /// Who has something due next, if it is due by `until`.
    pub(crate) fn peek_due(&mut self, until: SimTime) -> Option<Controller> {
        while let Some(due) = self.agenda.peek().copied() {
            // An entry that an earlier one replaced is stale.
            if self.queued.get(&(due.controller, due.key)) == Some(&due.at) {
                return (due.at <= until).then_some(due.controller);
            }
            self.agenda.pop();
        }
        None
    }

    /// When `controller` looks at the object at `key` next, if it is going to.
    pub fn due(&self, controller: Controller, key: Key) -> Option<SimTime> {
        self.queued.get(&(controller, key)).copied()
    }

    /// When the next thing is due.
    pub fn next_time(&self) -> Option<SimTime> {
        self.agenda.peek().map(|due| due.at)
    }

    /// Creates an object: gives it uid, resourceVersion, time and, from `generateName`, a name.
    ///
    /// # Errors
    /// `AlreadyExists`, or what admission says (quota).
    pub fn create(&mut self, object: impl Into<Object>) -> Result<Key, ApiError> {
        self.create_object(object.into())
    }

    fn create_object(&mut self, mut object: Object) -> Result<Key, ApiError> {
        let kind = object.kind();
        if object.meta().name.is_empty()
            && let Some(prefix) = object.meta().generate_name.clone()
        {
            let name = loop {
                let name: Str = format!("{prefix}{}", self.rng.suffix(5)).into();
                if self.store.find(kind, &object.meta().namespace, &name).and_then(|k| self.store.object(k)).is_none() {
                    break name;
                }
            };
            object.meta_mut().name = name;
        }
        let meta = object.meta();
        let stored_name = stored_name(&object);
        let key = self.store.intern(kind, &Rc::clone(&meta.namespace), &stored_name);
        if self.store.object(key).is_some() {
            let (resource, name) = (controller::resource_name(&object), &object.meta().name);
            return Err(ApiError::new(409, "AlreadyExists", format!("{resource} \"{name}\" already exists")));
        }
        controller::claim::prepare(&self.store, &mut object);
        controller::admit(self, &object)?;
        self.next_uid += 1;
        let (uid, now) = (Uid(self.next_uid), self.now);
        let meta = object.meta_mut();
        meta.uid = uid;
        meta.created = now;
        meta.generation = meta.generation.max(1);
        controller::complete(self, &mut object);
        self.commit(key, Verb::Create, Some(object));
        Ok(key)
    }

    /// Changes the object at `key` outside its spec (status, metadata). Writes, and says so, only if something changed.
    pub fn update<T: Resource>(&mut self, key: Key, change: impl FnOnce(&mut T)) -> bool {
        self.change(key, change, false)
    }

    /// Changes the spec of the object at `key`: as [`Context::update`], and raises its generation.
    pub fn update_spec<T: Resource>(&mut self, key: Key, change: impl FnOnce(&mut T)) -> bool {
        self.change(key, change, true)
    }

    fn change<T: Resource>(&mut self, key: Key, change: impl FnOnce(&mut T), spec: bool) -> bool {
        let Some(old) = self.store.get::<T>(key) else { return false };
        let mut new = T::clone(old);
        change(&mut new);
        if new == **old {
            return false;
        }
        if spec {
            new.meta_mut().generation += 1;
        }
        self.put(key, Rc::new(new).wrap());
        true
    }

    /// Replaces the object at `key`; it goes when it is being deleted and its last finalizer was taken.
    pub fn put(&mut self, key: Key, object: Object) {
        let was = self.store.object(key).map(Object::meta);
        let had_finalizer = was.is_some_and(|m| !m.finalizers.is_empty());
        let marked = was.is_some_and(|m| !m.deleting()) && object.meta().deleting();
        let done = object.meta().deleting() && object.meta().finalizers.is_empty() && had_finalizer;
        let verb = if marked { Verb::MarkDeleted } else { Verb::Update };
        self.commit(key, verb, Some(object));
        if done
            && !self
                .store
                .get::<Pod>(key)
                .is_some_and(|p| p.node.is_some() && p.meta.deletion.is_some_and(|d| d.grace_seconds > 0))
        {
            self.remove(key);
        }
    }

    /// Asks for the deletion of the object at `key`. A bound pod terminates gracefully; finalizers hold the object back.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete(&mut self, key: Key, options: DeleteOptions) -> Result<(), ApiError> {
        self.ask(|cx| options.asked(cx.target(key)), |cx| controller::delete(cx, key, options))
    }

    /// As [`Context::delete`], noting why just this object, and which one was next.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_noted(&mut self, key: Key, options: DeleteOptions, note: Note, rival: Key) -> Result<(), ApiError> {
        self.note = (note, rival);
        let result = self.delete(key, options);
        self.note = Default::default();
        result
    }

    /// Sets the deletion timestamp `grace` from now (or brings it forward), if that changes anything.
    pub fn mark_deleted(&mut self, key: Key, grace_seconds: i64) {
        let now = self.now;
        let Some(object) = self.store.object(key) else { return };
        let mut object = object.clone();
        let at = now + Duration::from_secs(grace_seconds.max(0) as u64);
        let requested = match object.meta().deletion {
            Some(d) if d.at <= at => return,
            Some(d) => d.requested,
            None => now,
        };
        let meta = object.meta_mut();
        meta.deletion = Some(Deletion { at, requested, grace_seconds });
        meta.generation += 1;
        self.put(key, object);
    }

    /// Removes the object at `key` for good.
    pub fn remove(&mut self, key: Key) {
        if self.store.object(key).is_some() {
            self.commit(key, Verb::Remove, None);
        }
    }

    /// Tells an Event about the object at `key`; a repetition raises the count of the first.
    pub fn event(&mut self, about: Key, kind: EventType, reason: &'static str, message: impl Into<Box<str>>) {
        self.tell(about, kind, reason, &message.into());
    }

    fn tell(&mut self, about: Key, kind: EventType, reason: &'static str, message: &str) {
        let (now, actor) = (self.now, self.actor);
        let uid = self.store.object(about).map(|o| o.meta().uid).or_else(|| self.events.last_uid(about));
        let uid = uid.unwrap_or_default();
        let topic = told::Topic { about, uid, actor, kind, reason };
        let combined = self.events.combines(topic, message, now);
        let Some(full) = self.events.spend(topic, now) else { return };
        let entry = self.trace.push(self.entry(Verb::Event, about), reason);
        self.resource_version += 1;
        let message =
            if combined { [told::COMBINED, message].concat().into() } else { self.events.words(reason, message) };
        let event = Event { about, actor, kind, reason, message, first: now, last: now, count: 1, entry };
        let event = self.events.tell(event, uid, combined, full);
        if self.config.record {
            self.recorded.push(Write { entry, key: about, old: None, new: None, event: Some(event) });
        }
    }

    /// The Events about an object, oldest first.
    pub fn events_about(&self, key: Key) -> impl Iterator<Item = &Event> {
        self.events.about(key)
    }

    fn entry(&self, verb: Verb, key: Key) -> Entry {
        let deletes = matches!(verb, Verb::MarkDeleted | Verb::Remove);
        let (note, rival) = if deletes { self.note } else { Default::default() };
        Entry { at: self.now, actor: self.actor, verb, key, cause: self.cause, note, rival }
    }

    fn commit(&mut self, key: Key, verb: Verb, mut new: Option<Object>) {
        self.resource_version += 1;
        if let Some(object) = &mut new {
            object.meta_mut().resource_version = self.resource_version;
        }
        let entry = self.entry(verb, key);
        let id = self.trace.push(entry, &self.store.name(key).name);
        let shared = new.clone();
        let old = self.store.replace(key, new);
        // What this write wakes was caused by it.
        let before = std::mem::replace(&mut self.cause, id);
        controller::observe(self, key, old.as_ref(), shared.as_ref());
        self.cause = before;
        if self.config.record {
            self.recorded.push(Write { entry: id, key, old, new: shared, event: None });
        }
    }
}

/// The name under which an object is stored: kinds that are not simulated share one key space, kept apart by kind.
pub fn stored_name(object: &Object) -> Str {
    match object {
        Object::Other(o) => format!("{}/{}/{}", o.api_version, o.kind, o.meta.name).into(),
        _ => Rc::clone(&object.meta().name),
    }
}

/// The kind of an object's owner reference, as the API names kinds.
pub fn owner_kind(kind: Kind) -> Str {
    kind.name().into()
}
