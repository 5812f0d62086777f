//! YAML as kubectl reads and prints it, with the line and column of every key and value.
//!
//! kubectl and the API server read YAML 1.1 through `sigs.k8s.io/yaml`: `yes`, `on` and `y` are
//! booleans, `010` is eight, and of two equal keys the later wins. The reader here does the same,
//! bounded in size, depth and alias expansion.

mod build;
mod scalar;
mod write;

use crate::{Map, Value};
use std::fmt::Write as _;
use std::rc::Rc;

pub use build::parse;
pub use write::to_yaml;

/// Why and where a YAML text cannot be read. It prints in kubectl's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// kubectl's words, such as `yaml: line 3: did not find expected key`.
    pub message: String,
    /// The line, from 1. It may differ from the one in `message`, which kubectl counts oddly.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is there.
    pub kind: NodeKind,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1, in characters.
    pub column: u32,
}

/// What a [`Node`] holds. Aliases share their children.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A null, boolean, number or string.
    Scalar(Value),
    /// A list.
    Sequence(Rc<Vec<Node>>),
    /// A mapping, in written order, without repeated keys.
    Mapping(Rc<Vec<Entry>>),
}

/// A key of a mapping, where it stands, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Rc<str>,
    /// The key's line, from 1.
    pub line: u32,
    /// The key's column, from 1.
    pub column: u32,
    /// The value.
    pub value: Node,
}

/// A key that a mapping holds twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: Rc<str>,
    /// The field, such as `spec.replicas`.
    pub path: String,
    /// The line of its second occurrence, from 1.
    pub line: u32,
    /// The column of its second occurrence, from 1.
    pub column: u32,
}

/// One document of a YAML stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The document's value.
    pub root: Node,
    /// Keys written twice. kubectl lets the later one win; the API server refuses them.
    pub duplicates: Vec<Duplicate>,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathSeg {
    /// A key of a mapping.
    Key(String),
    /// An index of a list.
    Index(usize),
}

impl Node {
    /// The value without its marks. Repeated aliases are written out.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar(value) => value.clone(),
            NodeKind::Sequence(items) => Value::array(items.iter().map(Node::to_value)),
            NodeKind::Mapping(entries) => {
                Value::from(entries.iter().map(|e| (Rc::clone(&e.key), e.value.to_value())).collect::<Map>())
            }
        }
    }

    /// The entries, of a mapping; nothing otherwise.
    pub fn entries(&self) -> &[Entry] {
        if let NodeKind::Mapping(entries) = &self.kind { entries } else { &[] }
    }

    /// The elements, of a list; nothing otherwise.
    pub fn items(&self) -> &[Node] {
        if let NodeKind::Sequence(items) = &self.kind { items } else { &[] }
    }

    /// The entry named `key` of a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| &*e.key == key)
    }

    /// The string under `key` of a mapping.
    pub fn str_at(&self, key: &str) -> Option<&str> {
        if let NodeKind::Scalar(value) = &self.entry(key)?.value.kind { value.as_str() } else { None }
    }
}

impl Document {
    /// Where the field at `path` stands: its key's line and column, or an element's own. A field that
    /// is absent is placed at its nearest ancestor that is there.
    pub fn position(&self, path: &[PathSeg]) -> (u32, u32) {
        let (mut node, mut at) = (&self.root, (self.root.line, self.root.column));
        for seg in path {
            let step = match seg {
                PathSeg::Key(key) => node.entry(key).map(|e| (&e.value, (e.line, e.column))),
                PathSeg::Index(i) => node.items().get(*i).map(|n| (n, (n.line, n.column))),
            };
            let Some(next) = step else { break };
            (node, at) = next;
        }
        at
    }

    /// As [`Document::position`], for a path as API errors print it: `spec.containers[0].image`,
    /// `metadata.annotations[a.b/c]`. Keys that themselves hold dots are found too.
    pub fn position_of(&self, path: &str) -> (u32, u32) {
        let (mut node, mut at) = (&self.root, (self.root.line, self.root.column));
        let mut rest = path;
        loop {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            if rest.is_empty() {
                return at;
            }
            if let Some(inner) = rest.strip_prefix('[') {
                let (word, tail) = inner.split_once(']').unwrap_or((inner, ""));
                let word = word.trim_matches('"');
                let step = match word.parse::<usize>().ok().and_then(|i| node.items().get(i)) {
                    Some(item) => Some((item, (item.line, item.column))),
                    None => node.entry(word).map(|e| (&e.value, (e.line, e.column))),
                };
                let Some(next) = step else { return at };
                ((node, at), rest) = (next, tail);
                continue;
            }
            // The longest key that the rest begins with, so that dotted keys are found.
            let best = node.entries().iter().filter(|e| {
                rest.strip_prefix(&*e.key).is_some_and(|tail| tail.is_empty() || tail.starts_with(['.', '[']))
            });
            let Some(entry) = best.max_by_key(|e| e.key.len()) else { return at };
            ((node, at), rest) = ((&entry.value, (entry.line, entry.column)), &rest[entry.key.len()..]);
        }
    }

    /// The API server's words for keys written twice, when there are any.
    pub fn duplicate_error(&self) -> Option<String> {
        if self.duplicates.is_empty() {
            return None;
        }
        let mut text = String::from("yaml: unmarshal errors:");
        for d in &self.duplicates {
            _ = write!(text, "\n  line {}: key {:?} already set in map", d.line, &*d.key);
        }
        Some(text)
    }
}
