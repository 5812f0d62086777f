//! The cluster as of one write: a mirror that is made of nothing but the writes.

use podscope_engine::api::Write;
use podscope_engine::object::{Key, Kind, Object, Pod, Resource, Str, Uid};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All objects as they were after one write.
#[derive(Default)]
pub struct World {
    objects: BTreeMap<Key, Object>,
    uids: BTreeMap<Uid, Key>,
    owned: BTreeMap<Uid, BTreeSet<Key>>,
    kinds: BTreeMap<Kind, BTreeSet<Key>>,
    nodes: BTreeMap<Str, BTreeSet<Key>>,
}

impl World {
    /// Takes a write in.
    pub fn take(&mut self, write: &Write) {
        let key = write.key;
        if let Some(old) = &write.old {
            self.index(key, old, false);
            self.objects.remove(&key);
        }
        if let Some(new) = &write.new {
            self.index(key, new, true);
            self.objects.insert(key, new.clone());
        }
    }

    fn index(&mut self, key: Key, object: &Object, there: bool) {
        let meta = object.meta();
        put(&mut self.kinds, object.kind(), key, there);
        for owner in &meta.owners {
            put(&mut self.owned, owner.uid, key, there);
        }
        if let Some(node) = Pod::of(object).and_then(|p| p.node.clone()) {
            put(&mut self.nodes, node, key, there);
        }
        if there {
            self.uids.insert(meta.uid, key);
        } else {
            self.uids.remove(&meta.uid);
        }
    }

    /// The object with this uid.
    pub fn by_uid(&self, uid: Uid) -> Option<&Object> {
        self.objects.get(self.uids.get(&uid)?)
    }

    /// The object with this uid, if it is a `T`.
    pub fn get<T: Resource>(&self, uid: Uid) -> Option<&Rc<T>> {
        T::of(self.by_uid(uid)?)
    }

    /// The object that controls this one, if it is a `T`.
    pub fn controller<T: Resource>(&self, of: &Object) -> Option<&Rc<T>> {
        self.get(of.meta().controller()?.uid)
    }

    /// All objects of type `T` that this owner controls.
    pub fn controlled<T: Resource>(&self, owner: Uid) -> impl Iterator<Item = &Rc<T>> {
        let keys = self.owned.get(&owner).into_iter().flatten();
        keys.filter_map(|k| T::of(self.objects.get(k)?))
            .filter(move |o| o.meta().controller().is_some_and(|c| c.uid == owner))
    }

    /// All objects of type `T` and this kind.
    pub fn list<T: Resource>(&self, kind: Kind) -> impl Iterator<Item = &Rc<T>> {
        self.kinds.get(&kind).into_iter().flatten().filter_map(|k| T::of(self.objects.get(k)?))
    }

    /// The object of this type, kind and name.
    pub fn named<T: Resource>(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Rc<T>> {
        self.list::<T>(kind).find(|o| &*o.meta().name == name && &*o.meta().namespace == namespace)
    }

    /// The pods that are bound to a node.
    pub fn on_node(&self, node: &str) -> impl Iterator<Item = &Rc<Pod>> {
        self.nodes.get(node).into_iter().flatten().filter_map(|k| Pod::of(self.objects.get(k)?))
    }
}

fn put<K: Ord>(index: &mut BTreeMap<K, BTreeSet<Key>>, at: K, key: Key, there: bool) {
    let set = index.entry(at).or_default();
    if there {
        set.insert(key);
    } else {
        set.remove(&key);
    }
}
