//! The names of all objects that ever were, and their numbers.

use super::hash::Quick;
use crate::object::{Key, Kind, Str};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The kind. Objects of [`Kind::Other`] carry `Kind/` in front of their name.
    pub kind: Kind,
    /// The namespace, or empty.
    pub namespace: Str,
    /// The name.
    pub name: Str,
}

/// Names by key, and keys by name. A name is never forgotten, so the table by name needs no more than the keys, in open addressing:
/// a map from names would hold each of them a second time.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    all: Vec<Name>,
    /// A power of two of places, at least twice as many as there are names: a key plus one, or 0 for none.
    table: Vec<u32>,
}

impl Names {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.all.len()
    }

    /// The name of a key.
    pub fn of(&self, key: Key) -> &Name {
        &self.all[key.0 as usize]
    }

    /// The key of a name, if it was ever interned.
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<Key> {
        let place = self.place((kind, namespace, name))?;
        self.table[place].checked_sub(1).map(Key)
    }

    /// The key of a name, made now if it is new.
    pub fn intern(&mut self, kind: Kind, namespace: &Str, name: &Str) -> Key {
        if let Some(key) = self.find(kind, namespace, name) {
            return key;
        }
        self.all.push(Name { kind, namespace: Rc::clone(namespace), name: Rc::clone(name) });
        if self.all.len() * 2 > self.table.len() {
            self.table = vec![0; (self.table.len() * 2).max(64)];
            (0..self.all.len()).for_each(|at| self.enter(at));
        } else {
            self.enter(self.all.len() - 1);
        }
        Key(self.all.len() as u32 - 1)
    }

    fn enter(&mut self, at: usize) {
        let Name { kind, namespace, name } = &self.all[at];
        if let Some(place) = self.place((*kind, namespace, name)) {
            self.table[place] = at as u32 + 1;
        }
    }

    /// Where a name stands in the table, or would stand. None while there is no table.
    fn place(&self, wanted: (Kind, &str, &str)) -> Option<usize> {
        let last = self.table.len().checked_sub(1)?;
        let mut hasher = Quick::default();
        wanted.hash(&mut hasher);
        let mut place = hasher.finish() as usize & last;
        while let Some(at) = self.table[place].checked_sub(1) {
            let Name { kind, namespace, name } = &self.all[at as usize];
            if (*kind, &**namespace, &**name) == wanted {
                break;
            }
            place = (place + 1) & last;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Kind, Names, Str};

    #[test]
    fn names_keep_their_keys_while_the_table_grows() {
        let mut names = Names::default();
        let space = Str::from("default");
        let of = |i: usize| Str::from(format!("web-{i}"));
        assert_eq!(names.find(Kind::Pod, "default", "web-0"), None);
        for i in 0..1000 {
            assert_eq!(names.intern(Kind::Pod, &space, &of(i)), Key(i as u32));
            assert_eq!(names.intern(Kind::Pod, &space, &of(i / 2)), Key(i as u32 / 2), "known");
        }
        for i in 0..1000 {
            assert_eq!(names.find(Kind::Pod, "default", &of(i)), Some(Key(i as u32)));
            assert_eq!(names.find(Kind::Service, "default", &of(i)), None);
            assert_eq!(&*names.of(Key(i as u32)).name, &*of(i));
        }
        assert_eq!(names.len(), 1000);
    }
}
