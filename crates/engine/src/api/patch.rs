//! Patches: strategic merge, JSON merge (RFC 7386), JSON patch (RFC 6902).

use super::ApiError;
use podscope_schema::table::{field, type_at};
use podscope_schema::{Shape, Type, Value, lookup_kind};

/// The content types of `PATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// `application/strategic-merge-patch+json`
    Strategic,
    /// `application/merge-patch+json`
    Merge,
    /// `application/json-patch+json`
    Json,
}

/// The type of what stands under `key` in a `ty`, and the key by which it merges if it is a list: `""` for a set. None
/// when a patch replaces it.
// upstream: patchMergeKey and patchStrategy tags of k8s.io/api
fn below(ty: Type, key: &str) -> (Option<Type>, Option<&'static str>) {
    match ty.shape() {
        Shape::Map(inner) => (Some(inner), None),
        Shape::Struct(name) => field(name, key).map_or((None, None), |f| match f.ty.shape() {
            Shape::List(inner) => (Some(inner), f.merge_key),
            _ => (Some(f.ty), None),
        }),
        _ => (None, None),
    }
}

/// The type of an object; none when its kind is not known, which only merges as JSON.
fn root(object: &Value) -> Option<Type> {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    type_at(lookup_kind(text("apiVersion"), text("kind"))?, &[])
}

/// Whether two elements of a list that merges by this key are the same one.
fn same(a: &Value, b: &Value, by: &str) -> bool {
    if by.is_empty() { a == b } else { a.get(by).is_some() && a.get(by) == b.get(by) }
}

/// Applies `patch` to `base`.
///
/// # Errors
/// `Invalid` when a JSON patch does not fit.
pub fn apply(kind: PatchKind, base: &Value, patch: &Value) -> Result<Value, ApiError> {
    let mut out = base.clone();
    match kind {
        PatchKind::Strategic => merge(&mut out, patch, root(base)),
        PatchKind::Merge => merge(&mut out, patch, None),
        PatchKind::Json => {
            for operation in patch.items() {
                operate(&mut out, operation).map_err(|m| ApiError::new(422, "Invalid", m))?;
            }
        }
    }
    Ok(out)
}

/// Merges as JSON, or strategically when the type is known.
fn merge(base: &mut Value, patch: &Value, ty: Option<Type>) {
    let Value::Object(members) = patch else {
        *base = patch.clone();
        return;
    };
    if ty.is_some() && members.get("$patch").and_then(Value::as_str) == Some("replace") {
        let mut whole = (**members).clone();
        whole.remove("$patch");
        *base = whole.into();
        return;
    }
    let map = base.make_map();
    for (key, value) in members.iter() {
        if key.starts_with('$') {
            continue;
        }
        let (inner, by) = ty.map_or((None, None), |ty| below(ty, key));
        match (value, by) {
            (Value::Null, _) => {
                map.remove(key);
            }
            (Value::Object(_), _) => {
                if map.get(key).is_none_or(|v| v.as_map().is_none()) {
                    map.insert(key.clone(), Value::object::<&str>([]));
                }
                if let Some(slot) = map.get_mut(key) {
                    merge(slot, value, inner);
                }
            }
            (Value::Array(items), Some(by)) => {
                if map.get(key).is_none() {
                    map.insert(key.clone(), Vec::new());
                }
                if let Some(slot) = map.get_mut(key) {
                    merge_list(slot.make_array(), items, by, inner);
                }
            }
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}

fn merge_list(base: &mut Vec<Value>, items: &[Value], by: &str, ty: Option<Type>) {
    for (i, item) in items.iter().enumerate() {
        // Two ports of one number are two elements with one key: what was the second before stays the second.
        let before = items[..i].iter().filter(|b| same(b, item, by)).count();
        let mut alike = base.iter().enumerate().filter(|(_, b)| same(b, item, by)).map(|(at, _)| at);
        let first = alike.next();
        let at = if before > 0 { alike.nth(before - 1).or(first) } else { first };
        let gone = item.str_at(&["$patch"]) == Some("delete");
        match at {
            Some(at) if gone => {
                base.remove(at);
            }
            Some(at) => merge(&mut base[at], item, ty),
            None if gone => {}
            None => base.push(item.clone()),
        }
    }
}

fn operate(root: &mut Value, operation: &Value) -> Result<(), String> {
    let path = operation.str_at(&["path"]).unwrap_or_default();
    let parts: Vec<String> = path.split('/').skip(1).map(|p| p.replace("~1", "/").replace("~0", "~")).collect();
    let verb = operation.str_at(&["op"]).unwrap_or_default();
    // What does not fit is not told any closer.
    // upstream: apimachinery NewGenericServerResponse
    let missing = || "the server rejected our request due to an error in our request".to_owned();
    let (last, parents) = parts.split_last().ok_or_else(missing)?;
    let mut at = root;
    for part in parents {
        at = match at {
            Value::Object(_) => at.make_map().get_mut(part).ok_or_else(missing)?,
            Value::Array(_) => {
                let index: usize = part.parse().map_err(|_| missing())?;
                at.make_array().get_mut(index).ok_or_else(missing)?
            }
            _ => return Err(missing()),
        };
    }
    let value = operation.get("value").cloned().unwrap_or_default();
    if matches!(at, Value::Array(_)) {
        let list = at.make_array();
        let index = if last == "-" { list.len() } else { last.parse().map_err(|_| missing())? };
        match verb {
            "add" if index <= list.len() => list.insert(index, value),
            "replace" if index < list.len() => list[index] = value,
            "remove" if index < list.len() => {
                list.remove(index);
            }
            "test" if list.get(index) == Some(&value) => {}
            _ => return Err(missing()),
        }
        return Ok(());
    }
    let map = at.make_map();
    match verb {
        "add" => {
            map.insert(last.as_str(), value);
        }
        "replace" if map.get(last).is_some() => {
            map.insert(last.as_str(), value);
        }
        "remove" => {
            map.remove(last).ok_or_else(missing)?;
        }
        "test" if map.get(last) == Some(&value) => {}
        _ => return Err(missing()),
    }
    Ok(())
}

/// What changes `live` into what `new` asks for, given that `last` was asked for before: kubectl's three-way merge.
// upstream: apimachinery/pkg/util/strategicpatch CreateThreeWayMergePatch
pub fn three_way(last: &Value, new: &Value, live: &Value) -> Value {
    let mut out = live.clone();
    remove_dropped(&mut out, last, new, root(live), None);
    merge(&mut out, new, root(live));
    out
}

/// Takes out of `live` what was in `last` and is not in `new`.
fn remove_dropped(live: &mut Value, last: &Value, new: &Value, ty: Option<Type>, by: Option<&str>) {
    match (last, new) {
        (Value::Object(last), Value::Object(new)) if live.as_map().is_some() => {
            let map = live.make_map();
            for (key, was) in last.iter() {
                match new.get(key) {
                    None => {
                        map.remove(key);
                    }
                    Some(is) => {
                        if let Some(slot) = map.get_mut(key) {
                            let (inner, by) = ty.map_or((None, None), |ty| below(ty, key));
                            remove_dropped(slot, was, is, inner, by);
                        }
                    }
                }
            }
        }
        (Value::Array(last), Value::Array(new)) => {
            let Some(by) = by else { return };
            let held = live.make_array();
            for was in last.iter() {
                let Some(at) = held.iter().position(|v| same(v, was, by)) else { continue };
                match new.iter().find(|v| same(v, was, by)) {
                    None => {
                        held.remove(at);
                    }
                    Some(is) => remove_dropped(&mut held[at], was, is, ty, None),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_merge_by_the_keys_of_their_types() {
        let spec = |kind: &str, version: &str, spec: &str| {
            let text = format!("{{\"apiVersion\":\"{version}\",\"kind\":\"{kind}\",\"spec\":{spec}}}");
            Value::from_json(&text).expect("valid JSON")
        };
        // Kind, version, what is there, the patch, and what comes of it.
        let rows = [
            (
                "Service",
                "v1",
                r#"{"ports":[{"port":80,"name":"a"}]}"#,
                r#"{"ports":[{"port":80,"nodePort":1}]}"#,
                r#"{"ports":[{"port":80,"name":"a","nodePort":1}]}"#,
            ),
            (
                "Pod",
                "v1",
                r#"{"containers":[{"name":"a","ports":[{"containerPort":1}]}]}"#,
                r#"{"containers":[{"name":"a","ports":[{"containerPort":1,"name":"x"},{"containerPort":2}]}]}"#,
                r#"{"containers":[{"name":"a","ports":[{"containerPort":1,"name":"x"},{"containerPort":2}]}]}"#,
            ),
            (
                "Pod",
                "v1",
                r#"{"containers":[{"name":"a"},{"name":"b"}]}"#,
                r#"{"containers":[{"name":"a","$patch":"delete"}]}"#,
                r#"{"containers":[{"name":"b"}]}"#,
            ),
            (
                "Pod",
                "v1",
                r#"{"containers":[{"name":"a","command":["x"]}]}"#,
                r#"{"containers":[{"name":"a","command":["y"]}]}"#,
                r#"{"containers":[{"name":"a","command":["y"]}]}"#,
            ),
            (
                "Service",
                "v1",
                r#"{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}]}"#,
                r#"{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}]}"#,
                r#"{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}]}"#,
            ),
            (
                "Pod",
                "v1",
                r#"{"tolerations":[{"key":"a"}]}"#,
                r#"{"tolerations":[{"key":"b"}]}"#,
                r#"{"tolerations":[{"key":"b"}]}"#,
            ),
            (
                "Pod",
                "v1",
                r#"{"nodeSelector":{"a":"1","b":"2"}}"#,
                r#"{"nodeSelector":{"a":null,"c":"3"}}"#,
                r#"{"nodeSelector":{"b":"2","c":"3"}}"#,
            ),
            (
                "Pod",
                "v1",
                r#"{"nodeSelector":{"a":"1"}}"#,
                r#"{"nodeSelector":{"$patch":"replace","c":"3"}}"#,
                r#"{"nodeSelector":{"c":"3"}}"#,
            ),
            (
                "Own",
                "example.com/v1",
                r#"{"containers":[{"name":"a"}]}"#,
                r#"{"containers":[{"name":"b"}]}"#,
                r#"{"containers":[{"name":"b"}]}"#,
            ),
        ];
        for (kind, version, live, patch, merged) in rows {
            let patch = Value::object([("spec", Value::from_json(patch).expect("valid JSON"))]);
            let out = apply(PatchKind::Strategic, &spec(kind, version, live), &patch).expect("fits");
            assert_eq!(out, spec(kind, version, merged), "{kind} {patch}");
        }
        let held = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"finalizers":["a"]}}"#;
        let more = r#"{"metadata":{"finalizers":["a","b"]}}"#;
        let parsed = |text: &str| Value::from_json(text).expect("valid JSON");
        let out = apply(PatchKind::Strategic, &parsed(held), &parsed(more)).expect("fits");
        assert_eq!(out.at(&["metadata", "finalizers"]).map(Value::to_json).as_deref(), Some(r#"["a","b"]"#));
    }
}
