//! The store: objects by key, and the indexes that spare reconciles a scan.

use super::names::Names;
use crate::object::{Key, Kind, Object, Pod, Resource, Str, Uid};
use podscope_schema::sorted::{SortedMap, SortedSet};
use std::rc::Rc;

pub use super::names::Name;

static NO_KEYS: SortedSet<Key> = SortedSet::new();

/// All objects. Cloning is shallow in the objects.
#[derive(Clone, Debug, Default)]
pub struct Store {
    names: Names,
    slots: Vec<Option<Object>>,
    by_kind: SortedMap<Kind, SortedSet<Key>>,
    by_namespace: SortedMap<(Kind, Str), SortedSet<Key>>,
    by_owner: SortedMap<Uid, SortedSet<Key>>,
    by_node: SortedMap<Str, SortedSet<Key>>,
    orphans: SortedMap<(Kind, Str), SortedSet<Key>>,
}

impl Store {
    /// The key of this name, made now if it is new.
    pub fn intern(&mut self, kind: Kind, namespace: &Str, name: &Str) -> Key {
        let key = self.names.intern(kind, namespace, name);
        self.slots.resize(self.names.len(), None);
        key
    }

    /// The key of this name, if any object ever had it.
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<Key> {
        self.names.find(kind, namespace, name)
    }

    /// What `key` stands for.
    pub fn name(&self, key: Key) -> &Name {
        self.names.of(key)
    }

    /// The object at `key`.
    pub fn object(&self, key: Key) -> Option<&Object> {
        self.slots.get(key.0 as usize)?.as_ref()
    }

    /// The object at `key`, if it is a `T`.
    pub fn get<T: Resource>(&self, key: Key) -> Option<&Rc<T>> {
        T::of(self.object(key)?)
    }

    /// The object of this name, if it is there and a `T`.
    pub fn lookup<T: Resource>(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Rc<T>> {
        self.get(self.find(kind, namespace, name)?)
    }

    /// Keys of all objects of a kind, in the order in which their names first came up.
    pub fn of_kind(&self, kind: Kind) -> &SortedSet<Key> {
        self.by_kind.get(&kind).unwrap_or(&NO_KEYS)
    }

    /// Keys of all objects of a kind in a namespace.
    pub fn in_namespace(&self, kind: Kind, namespace: &Str) -> &SortedSet<Key> {
        self.by_namespace.get(&(kind, Rc::clone(namespace))).unwrap_or(&NO_KEYS)
    }

    /// Keys of all objects that name this uid among their owners.
    pub fn owned_by(&self, owner: Uid) -> &SortedSet<Key> {
        self.by_owner.get(&owner).unwrap_or(&NO_KEYS)
    }

    /// Keys of the pods, ReplicaSets or ControllerRevisions in a namespace that no controller owns: what may be adopted.
    pub fn orphans(&self, kind: Kind, namespace: &Str) -> &SortedSet<Key> {
        self.orphans.get(&(kind, Rc::clone(namespace))).unwrap_or(&NO_KEYS)
    }

    /// Keys of all pods bound to a node.
    pub fn on_node(&self, node: &Str) -> &SortedSet<Key> {
        self.by_node.get(node).unwrap_or(&NO_KEYS)
    }

    /// All objects of type `T` and this kind, by key.
    pub fn list<T: Resource>(&self, kind: Kind) -> impl Iterator<Item = (Key, &Rc<T>)> {
        self.of_kind(kind).iter().filter_map(|&key| Some((key, self.get::<T>(key)?)))
    }

    /// The pods that `owner` controls, by key.
    pub fn pods_of(&self, owner: Uid) -> impl Iterator<Item = (Key, &Rc<Pod>)> {
        let mine = move |pod: &Pod| pod.meta.controller().is_some_and(|o| o.uid == owner);
        self.owned_by(owner).iter().filter_map(move |&key| self.get::<Pod>(key).filter(|p| mine(p)).map(|p| (key, p)))
    }

    /// Puts `new` at `key` (or clears it) and keeps the indexes true; gives what was there.
    pub(super) fn replace(&mut self, key: Key, new: Option<Object>) -> Option<Object> {
        let old = std::mem::replace(&mut self.slots[key.0 as usize], new);
        let new = self.slots[key.0 as usize].as_ref();
        if old.is_some() != new.is_some() {
            let Name { kind, namespace, .. } = self.names.of(key);
            let all = self.by_kind.entry(*kind).or_default();
            let near = self.by_namespace.entry((*kind, Rc::clone(namespace))).or_default();
            if new.is_some() {
                all.insert(key);
                near.insert(key);
            } else {
                all.remove(&key);
                near.remove(&key);
            }
        }
        let (before, after) = (old.as_ref().map(Object::meta), new.map(Object::meta));
        if before.map(|m| &m.owners) != after.map(|m| &m.owners) {
            for owner in before.iter().flat_map(|m| &m.owners) {
                if let Some(set) = self.by_owner.get_mut(&owner.uid) {
                    set.remove(&key);
                    if set.is_empty() {
                        self.by_owner.remove(&owner.uid);
                    }
                }
            }
            for owner in after.iter().flat_map(|m| &m.owners) {
                self.by_owner.entry(owner.uid).or_default().insert(key);
            }
        }
        let alone = |o: Option<&Object>| {
            o.is_some_and(|o| {
                matches!(o.kind(), Kind::Pod | Kind::ReplicaSet | Kind::ControllerRevision)
                    && o.meta().controller().is_none()
            })
        };
        let (was, is) = (alone(old.as_ref()), alone(new));
        if was != is {
            let Name { kind, namespace, .. } = self.names.of(key);
            let set = self.orphans.entry((*kind, Rc::clone(namespace))).or_default();
            if is {
                set.insert(key);
            } else {
                set.remove(&key);
            }
        }
        let node = |o: Option<&Object>| o.and_then(Pod::of).and_then(|p| p.node.clone());
        let (was, is) = (node(old.as_ref()), node(new));
        if was != is {
            if let Some(set) = was.and_then(|n| self.by_node.get_mut(&n)) {
                set.remove(&key);
            }
            if let Some(n) = is {
                self.by_node.entry(n).or_default().insert(key);
            }
        }
        old
    }
}
