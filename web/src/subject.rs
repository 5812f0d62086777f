//! [`Subject`]: an object that can be chosen, whatever its kind.

use podscope_engine::view::{PodView, Text};

/// An object, by kind, namespace and name: what is chosen stays chosen when a pod of the same name takes its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its kind.
    pub kind: Text,
    /// Its namespace; or empty.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl Subject {
    /// The object of this kind and name.
    pub fn new(kind: &str, namespace: &Text, name: &Text) -> Self {
        Self { kind: kind.into(), namespace: namespace.clone(), name: name.clone() }
    }

    /// A pod.
    pub fn pod(pod: &PodView) -> Self {
        Self::new("Pod", &pod.namespace, &pod.name)
    }

    /// Whether it is this one.
    pub fn is(&self, kind: &str, namespace: &str, name: &str) -> bool {
        *self.name == *name && *self.kind == *kind && *self.namespace == *namespace
    }
}

/// What is chosen, and what is pointed at from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The chosen object.
    pub selected: Option<Subject>,
    /// The object that a cause names.
    pub lit: Option<Subject>,
}

impl Marked {
    /// The style classes of an object, and whether it is chosen.
    pub fn of(&self, kind: &str, namespace: &str, name: &str) -> Mark {
        let is = |subject: &Option<Subject>| subject.as_ref().is_some_and(|s| s.is(kind, namespace, name));
        Mark { selected: is(&self.selected), lit: is(&self.lit) }
    }
}

/// How one object is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// It is chosen.
    pub selected: bool,
    /// A cause names it.
    pub lit: bool,
}

impl Mark {
    /// The style class.
    pub const fn class(self) -> &'static str {
        match (self.selected, self.lit) {
            (_, true) => "lit",
            (true, false) => "selected",
            (false, false) => "",
        }
    }
}
