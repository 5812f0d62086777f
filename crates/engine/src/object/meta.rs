//! Metadata, labels, owners and selectors.

use super::Str;
use crate::time::SimTime;
use std::rc::Rc;

/// A unique id; printed as a UUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u64);

impl std::fmt::Display for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Spread the counter over the digits, so that ids look and sort like random ones.
        let n = crate::time::Rng::new(self.0).next_u64();
        let m = crate::time::Rng::new(!self.0).next_u64();
        write!(
            f,
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            n >> 32,
            n >> 16 & 0xffff,
            n & 0xfff,
            m >> 48 & 0xfff,
            m & 0xffff_ffff_ffff
        )
    }
}

/// Labels or annotations, sorted by key, shared between objects of one template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Option<Rc<Vec<(Str, Str)>>>);

impl Labels {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Str> {
        self.iter().find(|(k, _)| &**k == key).map(|(_, v)| v)
    }

    /// Sets `key`, keeping the order.
    pub fn set(&mut self, key: impl Into<Str>, value: impl Into<Str>) {
        let (key, value) = (key.into(), value.into());
        let list = Rc::make_mut(self.0.get_or_insert_default());
        match list.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(at) => list[at].1 = value,
            Err(at) => list.insert(at, (key, value)),
        }
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Str> {
        let list = self.0.as_mut()?;
        let at = list.iter().position(|(k, _)| &**k == key)?;
        let value = Rc::make_mut(list).remove(at).1;
        if list.is_empty() {
            self.0 = None;
        }
        Some(value)
    }

    /// All pairs by key.
    pub fn iter(&self) -> impl Iterator<Item = &(Str, Str)> {
        self.0.iter().flat_map(|list| list.iter())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether both are the very same list: cheap, and false for equal lists that are not shared.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl<K: Into<Str>, V: Into<Str>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        let mut labels = Self::default();
        for (k, v) in iter {
            labels.set(k, v);
        }
        labels
    }
}

/// An owner reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRef {
    /// `apiVersion`
    pub api_version: Str,
    /// `kind`
    pub kind: Str,
    /// `name`
    pub name: Str,
    /// `uid`
    pub uid: Uid,
    /// `controller`
    pub controller: bool,
    /// `blockOwnerDeletion`
    pub block_owner_deletion: bool,
}

/// Owner references, shared between objects that have the same ones until one of them changes its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(Rc<Vec<OwnerRef>>);

impl std::ops::Deref for Owners {
    type Target = Vec<OwnerRef>;

    fn deref(&self) -> &Vec<OwnerRef> {
        &self.0
    }
}

impl std::ops::DerefMut for Owners {
    fn deref_mut(&mut self) -> &mut Vec<OwnerRef> {
        Rc::make_mut(&mut self.0)
    }
}

impl From<Vec<OwnerRef>> for Owners {
    fn from(list: Vec<OwnerRef>) -> Self {
        Self(Rc::new(list))
    }
}

impl<'a> IntoIterator for &'a Owners {
    type Item = &'a OwnerRef;
    type IntoIter = std::slice::Iter<'a, OwnerRef>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// A deletion that was asked for and is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// `deletionTimestamp`: when the grace period ends.
    pub at: SimTime,
    /// When it was asked for.
    pub requested: SimTime,
    /// `deletionGracePeriodSeconds`
    pub grace_seconds: i64,
}

/// Object metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// `namespace`; empty for cluster-scoped kinds.
    pub namespace: Str,
    /// `name`
    pub name: Str,
    /// `generateName`, from which the API server makes a name when there is none.
    pub generate_name: Option<Str>,
    /// `uid`
    pub uid: Uid,
    /// `resourceVersion`
    pub resource_version: u64,
    /// `generation`, raised by each change of the spec.
    pub generation: i64,
    /// `creationTimestamp` (Kubernetes shows whole seconds).
    pub created: SimTime,
    /// Set once a deletion was asked for.
    pub deletion: Option<Deletion>,
    /// `labels`
    pub labels: Labels,
    /// `annotations`
    pub annotations: Labels,
    /// `ownerReferences`
    pub owners: Owners,
    /// `finalizers`
    pub finalizers: Vec<Str>,
}

impl Meta {
    /// Metadata with a name in a namespace and nothing else.
    pub fn named(namespace: impl Into<Str>, name: impl Into<Str>) -> Self {
        Self { namespace: namespace.into(), name: name.into(), ..Self::default() }
    }

    /// The owner that is its controller.
    pub fn controller(&self) -> Option<&OwnerRef> {
        self.owners.iter().find(|o| o.controller)
    }

    /// Whether deletion was asked for.
    pub const fn deleting(&self) -> bool {
        self.deletion.is_some()
    }
}

/// One `matchExpressions` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: Str,
    /// How it is compared.
    pub operator: Operator,
    /// With which values.
    pub values: Vec<Str>,
}

/// Operators of label and node selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// One of the values.
    In,
    /// None of the values, or no such label.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
    /// Greater, as whole numbers (node selectors only).
    Gt,
    /// Less, as whole numbers (node selectors only).
    Lt,
}

impl Requirement {
    /// Whether `labels` meet it.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|v| self.values.contains(v)),
            Operator::NotIn => value.is_none_or(|v| !self.values.contains(v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt | Operator::Lt => {
                let number = |s: &Str| s.parse::<i64>().ok();
                let (Some(have), Some(want)) = (value.and_then(number), self.values.first().and_then(number)) else {
                    return false;
                };
                if self.operator == Operator::Gt { have > want } else { have < want }
            }
        }
    }
}

/// A label selector. An empty one matches everything; an absent one (`Option::None`) nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// `matchLabels`
    pub match_labels: Labels,
    /// `matchExpressions`
    pub match_expressions: Vec<Requirement>,
}

impl Selector {
    /// Whether `labels` are selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.match_labels.iter().all(|(k, v)| labels.get(k) == Some(v))
            && self.match_expressions.iter().all(|r| r.matches(labels))
    }

    /// Whether it names nothing and so matches everything.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

/// Remembers what a test said of label lists that objects share, so that each list is tested once.
#[derive(Debug, Default)]
pub struct Tested(Vec<(Labels, bool)>);

impl Tested {
    /// What `test` says, or said of this very list before.
    pub fn check(&mut self, labels: &Labels, test: impl FnOnce(&Labels) -> bool) -> bool {
        if let Some((_, said)) = self.0.iter().find(|(known, _)| known.same(labels)) {
            return *said;
        }
        let said = test(labels);
        // A template's pods share a list per zone; pods labelled one by one gain nothing from a longer memory.
        if self.0.len() < 8 {
            self.0.push((labels.clone(), said));
        }
        said
    }
}
