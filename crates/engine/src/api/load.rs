//! Objects that are put into the store as they are, with all that another cluster made of them.
//!
//! What was loaded is shown as it was loaded until something changes it: the typed objects keep only what the
//! simulation knows.

use super::{ApiError, Context, stored_name};
use crate::controller;
use crate::convert;
use crate::object::{Key, Uid};
use podscope_schema::Value;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// What was loaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Loaded {
    /// Objects, with the resourceVersion at which they are still what was loaded.
    objects: SortedMap<Key, (u64, Value)>,
    events: Vec<Value>,
    uids: SortedMap<Rc<str>, Uid>,
}

impl Context {
    /// Puts an object into the store as it is: no defaulting, no admission, no trace entry, and nobody is told.
    /// [`Context::wake`] has controllers go on from what was loaded.
    ///
    /// # Errors
    /// `BadRequest` when it has no kind.
    pub fn load(&mut self, value: &Value) -> Result<(), ApiError> {
        let loaded = Rc::make_mut(&mut self.loaded);
        if value.str_at(&["kind"]) == Some("Event") {
            loaded.events.push(value.clone());
            return Ok(());
        }
        let object = convert::load(self, value)?;
        let meta = object.meta();
        let version = meta.resource_version;
        let key = self.store.intern(object.kind(), &Rc::clone(&meta.namespace), &stored_name(&object));
        self.store.replace(key, Some(object));
        Rc::make_mut(&mut self.loaded).objects.insert(key, (version, value.clone()));
        self.resource_version = self.resource_version.max(version);
        Ok(())
    }

    /// Tells those who watch of everything that was loaded.
    pub fn wake(&mut self) {
        let keys: Vec<Key> = self.loaded.objects.keys().copied().collect();
        for key in keys {
            let object = self.store.object(key).cloned();
            controller::observe(self, key, None, object.as_ref());
        }
    }

    /// The uid that stands for one that was loaded.
    pub(crate) fn loaded_uid(&mut self, text: &str) -> Uid {
        if let Some(known) = self.loaded.uids.get(text) {
            return *known;
        }
        self.next_uid += 1;
        let uid = Uid(self.next_uid);
        Rc::make_mut(&mut self.loaded).uids.insert(text.into(), uid);
        uid
    }

    /// The object at `key` as it was loaded, if nothing has changed it since.
    pub(crate) fn loaded_value(&self, key: Key) -> Option<&Value> {
        let (version, value) = self.loaded.objects.get(&key)?;
        (self.store.object(key)?.meta().resource_version == *version).then_some(value)
    }

    /// The Events that were loaded.
    pub(crate) fn loaded_events(&self) -> &[Value] {
        &self.loaded.events
    }
}
