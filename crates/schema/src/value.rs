//! A JSON-shaped tree that is cheap to clone and keeps the order of its keys.

use crate::sort::sort_by;
use std::rc::Rc;

/// A JSON value. Cloning shares strings, arrays and objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Rc<str>),
    /// An array.
    Array(Rc<Vec<Value>>),
    /// An object, in the order of its keys' insertion.
    Object(Rc<Map>),
}

/// An object's members in insertion order. Kubernetes objects have few members, so look-ups scan.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Rc<str>, Value)>,
}

// JSON has no NaN. And what is `Eq` is compared by address first where it is shared: most comparisons are of a value
// with itself.
impl Eq for Value {}
impl Eq for Map {}

impl PartialEq for Map {
    /// Equal when the same keys have the same values, in whatever order.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(k, v)| other.get(k) == Some(v))
    }
}

impl Map {
    /// An empty map.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The member named `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(k, _)| &**k == key).map(|(_, v)| v)
    }

    /// The member named `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|(k, _)| &**k == key).map(|(_, v)| v)
    }

    /// Sets `key`, in place when it is there and at the end when not; gives the value it replaces.
    pub fn insert(&mut self, key: impl Into<Rc<str>>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        if let Some(slot) = self.get_mut(&key) {
            return Some(std::mem::replace(slot, value));
        }
        self.entries.push((key, value));
        None
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(k, _)| &**k == key)?;
        Some(self.entries.remove(at).1)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.entries.iter().map(|(k, v)| (k, v))
    }

    /// The members in order, their values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Rc<str>, &mut Value)> {
        self.entries.iter_mut().map(|(k, v)| (&*k, v))
    }

    /// Sorts members by key, as the API server prints maps.
    pub fn sort_keys(&mut self) {
        sort_by(&mut self.entries, |a, b| a.0.cmp(&b.0));
    }
}

impl FromIterator<(Rc<str>, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(iter: I) -> Self {
        let mut map = Self::new();
        for (k, v) in iter {
            map.insert(k, v);
        }
        map
    }
}

impl Value {
    /// An object of these members.
    pub fn object<K: Into<Rc<str>>>(members: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::from(members.into_iter().map(|(k, v)| (k.into(), v)).collect::<Map>())
    }

    /// An array of these values.
    pub fn array(values: impl IntoIterator<Item = Value>) -> Self {
        Self::Array(Rc::new(values.into_iter().collect()))
    }

    /// The text, of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(s) = self { Some(s) } else { None }
    }

    /// The shared text, of a string.
    pub fn as_rc_str(&self) -> Option<&Rc<str>> {
        if let Self::Str(s) = self { Some(s) } else { None }
    }

    /// The number, of a whole number.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(i) = self { Some(*i) } else { None }
    }

    /// The truth value, of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// The elements, of an array; nothing otherwise.
    pub fn items(&self) -> &[Value] {
        if let Self::Array(a) = self { a } else { &[] }
    }

    /// The members, of an object.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Object(m) = self { Some(m) } else { None }
    }

    /// The members of an object, to change; anything else becomes an empty object first.
    pub fn make_map(&mut self) -> &mut Map {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Rc::default());
        }
        match self {
            Self::Object(m) => Rc::make_mut(m),
            _ => unreachable!("just made an object"),
        }
    }

    /// The elements of an array, to change; anything else becomes an empty array first.
    pub fn make_array(&mut self) -> &mut Vec<Value> {
        if !matches!(self, Self::Array(_)) {
            *self = Self::Array(Rc::default());
        }
        match self {
            Self::Array(a) => Rc::make_mut(a),
            _ => unreachable!("just made an array"),
        }
    }

    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value under a path of object keys, such as `["spec", "replicas"]`.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |v, key| v.get(key))
    }

    /// The string under a path of object keys.
    pub fn str_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// Sets the value under a path of object keys, making the objects on the way.
    pub fn set_at(&mut self, path: &[&str], value: impl Into<Value>) {
        match path {
            [] => *self = value.into(),
            [key, rest @ ..] => {
                let map = self.make_map();
                if map.get(key).is_none() {
                    map.insert(*key, Value::Null);
                }
                if let Some(slot) = map.get_mut(key) {
                    slot.set_at(rest, value);
                }
            }
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Self::Int(i)
    }
}
impl From<i32> for Value {
    fn from(i: i32) -> Self {
        Self::Int(i.into())
    }
}
impl From<u32> for Value {
    fn from(i: u32) -> Self {
        Self::Int(i.into())
    }
}
impl From<f64> for Value {
    fn from(f: f64) -> Self {
        Self::Float(f)
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Str(s.into())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::Str(s.into())
    }
}
impl From<Rc<str>> for Value {
    fn from(s: Rc<str>) -> Self {
        Self::Str(s)
    }
}
impl From<&Rc<str>> for Value {
    fn from(s: &Rc<str>) -> Self {
        Self::Str(Rc::clone(s))
    }
}
impl From<Map> for Value {
    fn from(m: Map) -> Self {
        Self::Object(Rc::new(m))
    }
}
impl From<Vec<Value>> for Value {
    fn from(a: Vec<Value>) -> Self {
        Self::Array(Rc::new(a))
    }
}
