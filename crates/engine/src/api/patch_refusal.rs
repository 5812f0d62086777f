//! What the API server says when a patch makes something of an object that its kind does not allow: not what it says of a
//! whole object, since it goes from values to the typed object without JSON between them.

use super::ApiError;
use super::patch::PatchKind;
use crate::api::validation::Errors;
use podscope_schema::Severity;
use podscope_schema::{SchemaError, Value};

/// The refusal of a patch whose outcome has these errors; none without errors.
// upstream: apiserver/pkg/endpoints/handlers/patch.go applyPatchToObject, jsonPatcher.applyPatchToCurrentObject
pub fn refusal(kind: PatchKind, patch: &Value, patched: &Value, errors: &[SchemaError]) -> Option<ApiError> {
    let worst = errors.iter().map(|e| e.severity).max()?;
    let why = if worst == Severity::Strict {
        let all: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
        format!("strict decoding error: {}", all.join(", "))
    } else {
        let first = errors.iter().find(|e| e.severity == worst).map(|e| e.message.as_str()).unwrap_or_default();
        if kind == PatchKind::Strategic {
            converted(first).unwrap_or_else(|| first.to_owned())
        } else {
            first.to_owned()
        }
    };
    let shown = if kind == PatchKind::Strategic { go(patch) } else { patched.sorted().to_json() };
    let mut list = Errors::default();
    list.invalid("patch", &shown.into(), &why);
    list.result("", "").err()
}

/// What Go's converter from values says, of what its JSON decoder says.
// upstream: apimachinery/pkg/runtime converter.go fromUnstructured
fn converted(message: &str) -> Option<String> {
    let rest = message.strip_prefix("json: cannot unmarshal ")?;
    let (what, ty) = rest.split_once(" into Go ")?;
    let ty = ty.rsplit_once(" of type ")?.1;
    let from = match what {
        "bool" | "string" => what,
        "array" => "slice",
        "object" => "map",
        number if number.contains('.') => "float64",
        _ => "int64",
    };
    let numeric = |t: &str| matches!(t, "int32" | "int64" | "float64");
    Some(match ty {
        t if t.starts_with("[]") => format!("cannot restore slice from {from}"),
        t if t.starts_with("map[") => format!("cannot restore map from {from}"),
        // In Go, a whole number can become a text of one letter, which is not done, but said in other words.
        t if numeric(from) && numeric(t) || from == "int64" && t == "string" => format!("cannot convert {from} to {t}"),
        t if t.contains('.') => format!("cannot restore struct from: {from}"),
        t => format!("unrecognized type: {t}"),
    })
}

/// A value as Go prints a map.
fn go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::Str(text) => text.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(_) => {
            let sorted = value.sorted();
            let members = sorted.as_map().into_iter().flat_map(podscope_schema::Map::iter);
            let all: Vec<String> = members.map(|(k, v)| format!("{k}:{}", go(v))).collect();
            format!("map[{}]", all.join(" "))
        }
        other => other.to_json(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_the_converter_says() {
        let of = |what: &str, ty: &str| {
            converted(&format!("json: cannot unmarshal {what} into Go struct field A.b of type {ty}"))
        };
        for (what, ty, want) in [
            ("bool", "string", "unrecognized type: string"),
            ("string", "int32", "unrecognized type: int32"),
            ("number 1.5", "int32", "cannot convert float64 to int32"),
            ("number", "string", "cannot convert int64 to string"),
            ("number", "bool", "unrecognized type: bool"),
            ("string", "[]v1.Container", "cannot restore slice from string"),
            ("array", "map[string]string", "cannot restore map from slice"),
            ("array", "v1.PodTemplateSpec", "cannot restore struct from: slice"),
        ] {
            assert_eq!(of(what, ty).as_deref(), Some(want), "{what} as {ty}");
        }
    }

    #[test]
    fn prints_maps_as_go_does() {
        let value = Value::from_json(r#"{"b":[1,"x y",{"c":null}],"a":{"t":true}}"#).expect("JSON");
        assert_eq!(go(&value), "map[a:map[t:true] b:[1 x y map[c:<nil>]]]");
    }
}
