//! Reading fields of API values.

use crate::object::{IntOrPercent, Labels, Meta, Operator, Requirement, Selector, Str};
use podscope_schema::{Map, Quantity, Value};

/// The member `key`, or null.
pub fn field<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(const { &Value::Null })
}

/// The string `key`, or an empty one.
pub fn text(value: &Value, key: &str) -> Str {
    value.get(key).and_then(Value::as_rc_str).cloned().unwrap_or_default()
}

/// The string `key`.
pub fn maybe_text(value: &Value, key: &str) -> Option<Str> {
    value.get(key).and_then(Value::as_rc_str).filter(|s| !s.is_empty()).cloned()
}

/// The whole number `key`, or `default`.
pub fn number(value: &Value, key: &str, default: i64) -> i64 {
    value.get(key).and_then(Value::as_i64).unwrap_or(default)
}

/// The boolean `key`, or false.
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// A map of strings.
pub fn labels(value: &Value) -> Labels {
    let pairs = value.as_map().into_iter().flat_map(Map::iter);
    pairs.map(|(k, v)| (k.clone(), v.as_rc_str().cloned().unwrap_or_else(|| v.to_json().into()))).collect()
}

/// The elements of the array `key`.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).map_or(&[], Value::items)
}

/// A number or a percentage.
pub fn int_or_percent(value: &Value) -> Option<IntOrPercent> {
    match value {
        Value::Int(n) => Some(IntOrPercent::Int(*n)),
        Value::Str(s) => Some(match s.strip_suffix('%') {
            Some(p) => IntOrPercent::Percent(p.parse().ok()?),
            None => IntOrPercent::Int(s.parse().ok()?),
        }),
        _ => None,
    }
}

/// `matchExpressions` entries, of label selectors and node selectors.
pub fn requirements(list: &[Value]) -> Vec<Requirement> {
    let operator = |v: &Value| match &*text(v, "operator") {
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt,
        "Lt" => Operator::Lt,
        _ => Operator::In,
    };
    let values = |v: &Value| self::list(v, "values").iter().filter_map(Value::as_rc_str).cloned().collect();
    list.iter().map(|v| Requirement { key: text(v, "key"), operator: operator(v), values: values(v) }).collect()
}

/// A label selector; `None` when it is absent.
pub fn selector(value: &Value) -> Option<Selector> {
    value.as_map()?;
    Some(Selector {
        match_labels: labels(field(value, "matchLabels")),
        match_expressions: requirements(list(value, "matchExpressions")),
    })
}

/// A quantity in thousandths of its unit, rounded up.
pub fn milli(value: &Value) -> i64 {
    match value {
        Value::Int(i) => i.saturating_mul(1000),
        Value::Str(s) => milli_of(s.trim()),
        Value::Float(_) => milli_of(&value.to_json()),
        _ => 0,
    }
}

fn milli_of(text: &str) -> i64 {
    Quantity::parse(text).map_or(0, Quantity::milli_value)
}

/// A quantity in its unit, rounded up.
pub fn whole(value: &Value) -> i64 {
    milli(value).saturating_add(999).div_euclid(1000)
}

/// Metadata as a user may write it.
pub fn meta(value: &Value, default_namespace: &str, namespaced: bool) -> Meta {
    let m = field(value, "metadata");
    let namespace = if namespaced {
        maybe_text(m, "namespace").unwrap_or_else(|| default_namespace.into())
    } else {
        Str::default()
    };
    Meta {
        namespace,
        name: text(m, "name"),
        generate_name: maybe_text(m, "generateName"),
        labels: labels(field(m, "labels")),
        annotations: labels(field(m, "annotations")),
        finalizers: list(m, "finalizers").iter().filter_map(Value::as_rc_str).cloned().collect(),
        ..Meta::default()
    }
}

/// Sets `key` when it is absent, null, or an empty text.
pub fn default(map: &mut Map, key: &str, value: impl Into<Value>) {
    if map.get(key).is_none_or(|v| v.is_null() || v.as_str() == Some("")) {
        map.insert(key, value);
    }
}
