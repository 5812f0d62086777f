//! Strict decoding: whether a value fits its kind, in the API server's words.
//!
//! The API server decodes with Go's JSON package, strictly. A value of the wrong type, an amount or a
//! time that cannot be read refuses the whole object with one message; unknown and repeated fields are
//! collected into one.

use crate::base64;
use crate::quantity::Quantity;
use crate::table::{self, KindInfo, Shape, Type, bare};
use crate::time;
use crate::yaml::Document;
use crate::{Map, Value};
use std::fmt::Write as _;

/// How an error stops decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An unknown or repeated field: they are reported together when nothing worse is found.
    Strict,
    /// A value of the wrong type: the first is reported.
    Mistyped,
    /// A value that its own type cannot read, such as an amount: reported before any other.
    Unreadable,
}

/// A way in which a value does not fit its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The field, such as `spec.template.spec.containers[0].imagee`.
    pub path: String,
    /// The API server's words about it, such as `unknown field "spec.foo"`.
    pub message: String,
    /// How it stops decoding.
    pub severity: Severity,
}

/// How many unknown fields the API server lists.
const MAX_STRICT: usize = 100;

/// All errors of an object of a kind, in the order of its fields. kubectl sends fields sorted by name,
/// so [`Value::sorted`] gives its order.
pub fn check(kind: &KindInfo, value: &Value) -> Vec<SchemaError> {
    let mut checker = Checker {
        errors: Vec::new(),
        path: String::new(),
        go_path: String::new(),
        owner: bare(kind.root.unwrap_or(kind.kind)),
    };
    match (kind.root, value) {
        (Some(root), value) => checker.value(Type(root), value),
        (None, Value::Object(map)) => {
            for (name, ty) in [("apiVersion", "s"), ("kind", "s"), ("metadata", "ObjectMeta")] {
                if let Some(value) = map.get(name) {
                    checker.step(name, |c| c.value(Type(ty), value));
                }
            }
        }
        (None, _) => {}
    }
    checker.errors
}

/// The API server's message for an object that was checked, `None` when there is no error.
pub fn refusal(kind: &KindInfo, errors: &[SchemaError]) -> Option<String> {
    let worst = errors.iter().map(|e| e.severity).max()?;
    let mut text = format!("{0} in version \"{1}\" cannot be handled as a {0}: ", kind.kind, kind.version);
    if worst == Severity::Strict {
        text.push_str("strict decoding error: ");
        let strict: Vec<&str> = errors.iter().take(MAX_STRICT).map(|e| e.message.as_str()).collect();
        text.push_str(&strict.join(", "));
    } else if let Some(error) = errors.iter().find(|e| e.severity == worst) {
        text.push_str(&error.message);
    }
    Some(text)
}

impl Document {
    /// The API server's error for keys written twice: for YAML in the words of its YAML library, for
    /// JSON one `duplicate field` each. They go before the errors of [`check`].
    pub fn duplicate_errors(&self, json: bool) -> Vec<SchemaError> {
        let error = |path: String, message| SchemaError { path, message, severity: Severity::Strict };
        if json {
            return self
                .duplicates
                .iter()
                .map(|d| error(d.path.clone(), format!("duplicate field \"{}\"", d.path)))
                .collect();
        }
        let first = self.duplicates.first().map(|d| d.path.clone()).unwrap_or_default();
        self.duplicate_error().map(|message| error(first, message)).into_iter().collect()
    }
}

impl Value {
    /// The same value with the members of every object sorted by name, as kubectl sends it.
    pub fn sorted(&self) -> Self {
        match self {
            Self::Array(items) => Self::array(items.iter().map(Self::sorted)),
            Self::Object(map) => {
                let mut map: Map = map.iter().map(|(k, v)| (k.clone(), v.sorted())).collect();
                map.sort_keys();
                map.into()
            }
            other => other.clone(),
        }
    }
}

struct Checker {
    errors: Vec<SchemaError>,
    /// Where we are, as strict errors tell it: with indexes and map keys.
    path: String,
    /// Where we are, as Go tells it: fields only.
    go_path: String,
    /// The type that has the field at hand.
    owner: &'static str,
}

impl Checker {
    fn push(&mut self, severity: Severity, message: String) {
        self.errors.push(SchemaError { path: self.path.clone(), message, severity });
    }

    fn step(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        let (path, go_path) = (self.path.len(), self.go_path.len());
        for text in [&mut self.path, &mut self.go_path] {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        }
        inner(self);
        self.path.truncate(path);
        self.go_path.truncate(go_path);
    }

    /// `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`
    fn mismatch(&mut self, severity: Severity, value: &Value, ty: &str) {
        let what = match value {
            Value::Int(_) | Value::Float(_) if matches!(ty, "int32" | "int64") => format!("number {value}"),
            Value::Null => "null".into(),
            Value::Bool(_) => "bool".into(),
            Value::Int(_) | Value::Float(_) => "number".into(),
            Value::Str(_) => "string".into(),
            Value::Array(_) => "array".into(),
            Value::Object(_) => "object".into(),
        };
        let place = match self.go_path.as_str() {
            "" => "value".into(),
            path => format!("struct field {}.{path}", self.owner),
        };
        self.push(severity, format!("json: cannot unmarshal {what} into Go {place} of type {ty}"));
    }

    fn value(&mut self, ty: Type, value: &Value) {
        if value.is_null() {
            return;
        }
        match (ty.shape(), value) {
            (Shape::Raw, _) => {}
            (Shape::Struct(name), Value::Object(map)) => self.object(name, map),
            (Shape::List(inner), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    let length = self.path.len();
                    _ = write!(self.path, "[{i}]");
                    self.value(inner, item);
                    self.path.truncate(length);
                }
            }
            (Shape::Map(inner), Value::Object(map)) => {
                for (key, item) in map.iter() {
                    let length = self.path.len();
                    _ = write!(self.path, ".{key}");
                    self.value(inner, item);
                    self.path.truncate(length);
                }
            }
            (Shape::String, Value::Str(_)) | (Shape::Bool, Value::Bool(_)) | (Shape::Int64, Value::Int(_)) => {}
            (Shape::Number, Value::Int(_) | Value::Float(_)) | (Shape::IntOrString, Value::Str(_)) => {}
            (Shape::Int32, Value::Int(i)) if i32::try_from(*i).is_ok() => {}
            (Shape::IntOrString, Value::Int(i)) if i32::try_from(*i).is_ok() => {}
            (Shape::IntOrString, _) => self.mismatch(Severity::Unreadable, value, "int32"),
            (Shape::Quantity, _) => {
                let text = value.as_str().map_or_else(|| value.to_json(), str::to_owned);
                if let Err(error) = Quantity::parse(text.trim()) {
                    self.push(Severity::Unreadable, error.to_string());
                }
            }
            (shape @ (Shape::Time | Shape::MicroTime), Value::Str(text)) => {
                if let Err(message) = time::check(text, shape == Shape::MicroTime) {
                    self.push(Severity::Unreadable, message);
                }
            }
            (Shape::Time | Shape::MicroTime, _) => self.mismatch(Severity::Unreadable, value, "string"),
            (Shape::Bytes, Value::Str(text)) => {
                if let Err(at) = base64::decode(text) {
                    self.push(Severity::Mistyped, format!("illegal base64 data at input byte {at}"));
                }
            }
            _ => self.mismatch(Severity::Mistyped, value, &ty.go_name()),
        }
    }

    fn object(&mut self, name: &'static str, map: &Map) {
        let outer = self.owner;
        for (key, value) in map.iter() {
            self.owner = bare(name);
            match table::field(name, key) {
                Some(field) => self.step(key, |c| c.value(field.ty, value)),
                None => self.step(key, |c| {
                    let message = format!("unknown field \"{}\"", c.path);
                    c.push(Severity::Strict, message);
                }),
            }
        }
        self.owner = outer;
    }
}
