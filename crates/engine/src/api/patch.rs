//! Patches: strategic merge, JSON merge (RFC 7386), JSON patch (RFC 6902).

use super::ApiError;
use podscope_schema::Value;

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

/// The key by which a list under this name merges, or none when a patch replaces it.
// upstream: patchMergeKey tags of k8s.io/api
fn merge_key(list: &str, element: &Value) -> Option<&'static str> {
    Some(match list {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => "name",
        "ports" if element.get("containerPort").is_some() => "containerPort",
        "ports" => "port",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "conditions" => "type",
        "ownerReferences" => "uid",
        "topologySpreadConstraints" => "topologyKey",
        "hostAliases" | "podIPs" => "ip",
        "taints" => "key",
        _ => return None,
    })
}

/// Applies `patch` to `base`.
///
/// # Errors
/// `Invalid` when a JSON patch does not fit.
pub fn apply(kind: PatchKind, base: &Value, patch: &Value) -> Result<Value, ApiError> {
    let mut out = base.clone();
    match kind {
        PatchKind::Strategic => merge(&mut out, patch, true),
        PatchKind::Merge => merge(&mut out, patch, false),
        PatchKind::Json => {
            for operation in patch.items() {
                operate(&mut out, operation).map_err(|m| ApiError::new(422, "Invalid", m))?;
            }
        }
    }
    Ok(out)
}

fn merge(base: &mut Value, patch: &Value, strategic: bool) {
    let Value::Object(members) = patch else {
        *base = patch.clone();
        return;
    };
    if strategic && members.get("$patch").and_then(Value::as_str) == Some("replace") {
        let mut whole = (**members).clone();
        whole.remove("$patch");
        *base = whole.into();
        return;
    }
    let map = base.make_map();
    for (key, value) in members.iter() {
        match value {
            Value::Null => {
                map.remove(key);
            }
            Value::Object(_) => {
                if map.get(key).is_none_or(|v| v.as_map().is_none()) {
                    map.insert(key.clone(), Value::object::<&str>([]));
                }
                if let Some(slot) = map.get_mut(key) {
                    merge(slot, value, strategic);
                }
            }
            Value::Array(items) if strategic && items.first().and_then(|i| merge_key(key, i)).is_some() => {
                let by = items.first().and_then(|i| merge_key(key, i)).unwrap_or("name");
                if map.get(key).is_none() {
                    map.insert(key.clone(), Vec::new());
                }
                if let Some(slot) = map.get_mut(key) {
                    merge_list(slot.make_array(), items, by);
                }
            }
            _ if key.starts_with('$') => {}
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}

fn merge_list(base: &mut Vec<Value>, items: &[Value], by: &str) {
    for item in items {
        let at = base.iter().position(|b| b.get(by).is_some() && b.get(by) == item.get(by));
        let gone = item.str_at(&["$patch"]) == Some("delete");
        match at {
            Some(at) if gone => {
                base.remove(at);
            }
            Some(at) => merge(&mut base[at], item, true),
            None if gone => {}
            None => base.push(item.clone()),
        }
    }
}

fn operate(root: &mut Value, operation: &Value) -> Result<(), String> {
    let path = operation.str_at(&["path"]).unwrap_or_default();
    let parts: Vec<String> = path.split('/').skip(1).map(|p| p.replace("~1", "/").replace("~0", "~")).collect();
    let verb = operation.str_at(&["op"]).unwrap_or_default();
    let missing = || {
        format!(
            "the server rejected our request due to an error in our request: {verb} operation does not apply: doc is missing path: {path}"
        )
    };
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
    remove_dropped(&mut out, last, new, "");
    merge(&mut out, new, true);
    out
}

/// Takes out of `live` what was in `last` and is not in `new`.
fn remove_dropped(live: &mut Value, last: &Value, new: &Value, name: &str) {
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
                            remove_dropped(slot, was, is, key);
                        }
                    }
                }
            }
        }
        (Value::Array(last), Value::Array(new)) => {
            let Some(by) = last.first().and_then(|i| merge_key(name, i)) else { return };
            let find = |list: &[Value], id: Option<&Value>| list.iter().position(|v| v.get(by) == id);
            let held = live.make_array();
            for was in last.iter() {
                let id = was.get(by);
                let Some(at) = find(held, id) else { continue };
                match find(new, id) {
                    None => {
                        held.remove(at);
                    }
                    Some(is) => remove_dropped(&mut held[at], was, &new[is], ""),
                }
            }
        }
        _ => {}
    }
}
