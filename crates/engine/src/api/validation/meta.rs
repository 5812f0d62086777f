//! Metadata and label selectors.

use super::{Errors, child};
use crate::object::{Labels, Object};
use podscope_schema::{Map, Value, names};

// upstream: apimachinery/pkg/api/validation ValidateObjectMeta
pub(super) fn check(errors: &mut Errors, object: &Object) {
    let meta = object.meta();
    let by_label = matches!(object, Object::StatefulSet(_) | Object::Service(_));
    let rule = if by_label { names::label_name } else { names::object_name };
    if let Some(prefix) = meta.generate_name.as_ref().filter(|p| !p.is_empty()) {
        errors.names("metadata.generateName", prefix, rule(prefix, true));
    }
    if meta.name.is_empty() {
        if meta.generate_name.is_none() {
            errors.required("metadata.name", "name or generateName is required");
        }
    } else if by_label && matches!(object, Object::StatefulSet(_)) && meta.name.contains('.') {
        errors.invalid("metadata.name", &Value::from(&meta.name), "must not contain dots");
    } else if !matches!(object, Object::Other(_)) {
        // Kinds that are not simulated have rules of their own; many allow more.
        errors.names("metadata.name", &meta.name, rule(&meta.name, false));
    }
    labels(errors, &meta.labels, "metadata.labels");
    annotations(errors, &meta.annotations, "metadata.annotations");
    if crate::STRICT {
        finalizers(errors, object);
    }
}

/// What an update may have brought.
// upstream: ValidateObjectMetaUpdate
pub(super) fn check_update(errors: &mut Errors, object: &Object) {
    let meta = object.meta();
    labels(errors, &meta.labels, "metadata.labels");
    annotations(errors, &meta.annotations, "metadata.annotations");
    finalizers(errors, object);
}

// upstream: ValidateFinalizers, core ValidateObjectMeta
fn finalizers(errors: &mut Errors, object: &Object) {
    for finalizer in &object.meta().finalizers {
        errors.names("metadata.finalizers", finalizer, names::qualified_name(finalizer));
    }
    for (i, finalizer) in object.meta().finalizers.iter().enumerate().filter(|_| crate::RARE) {
        let known = matches!(&**finalizer, "kubernetes" | "orphan" | "foregroundDeletion");
        if !finalizer.contains('/') && !known {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&format!("metadata.finalizers[{i}]"), &Value::from(finalizer), why);
        }
    }
}

/// Owners that a user names.
// upstream: ValidateOwnerReferences
pub(super) fn owners(errors: &mut Errors, list: &[Value]) {
    let path = "metadata.ownerReferences";
    let mut first: Option<String> = None;
    for owner in list {
        let text = |key: &str| owner.str_at(&[key]).unwrap_or_default();
        for key in ["apiVersion", "kind", "name", "uid"] {
            let (missing, why) = match key {
                "apiVersion" => (text(key).rsplit('/').next() == Some(""), "version must not be empty"),
                _ => (text(key).is_empty(), "must not be empty"),
            };
            if missing {
                errors.invalid(&child(path, key), &text(key).into(), why);
            }
        }
        if (text("apiVersion"), text("kind")) == ("v1", "Event") {
            errors.invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.get("controller").and_then(Value::as_bool) == Some(true) {
            let current = format!("{}/{}", text("kind"), text("name"));
            if let Some(first) = &first {
                let why = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {current}"
                );
                errors.invalid(path, &Value::array(list.iter().cloned()), &why);
            }
            first.get_or_insert(current);
        }
    }
}

// upstream: apimachinery/pkg/apis/meta/v1/validation ValidateLabels
fn labels(errors: &mut Errors, labels: &Labels, path: &str) {
    for (key, value) in labels.iter() {
        errors.names(path, key, names::qualified_name(key));
        errors.names(path, value, names::label_value(value));
    }
}

// upstream: ValidateAnnotations: keys are qualified names of any case, and all together have a limit
pub(super) fn annotations(errors: &mut Errors, annotations: &Labels, path: &str) {
    const LIMIT: usize = 256 * 1024;
    let mut size = 0;
    // Two letters beyond ASCII are ASCII in small.
    let small = |c: char| match c {
        '\u{212a}' => 'k',
        '\u{130}' => 'i',
        c => c.to_ascii_lowercase(),
    };
    for (key, value) in annotations.iter() {
        let lower: String = key.chars().map(small).collect();
        errors.names(path, key, names::qualified_name(&lower));
        size += key.len() + value.len();
    }
    if size > LIMIT {
        errors.push("FieldValueTooLong", path, format!("Too long: may not be more than {LIMIT} bytes"));
    }
}

/// Labels as they stand in a template or a selector.
pub(super) fn label_map(errors: &mut Errors, value: &Value, path: &str) {
    for (key, value) in value.as_map().into_iter().flat_map(Map::iter) {
        errors.names(path, key, names::qualified_name(key));
        let value = value.as_str().unwrap_or_default();
        errors.names(path, value, names::label_value(value));
    }
}

/// Checks a selector; false when it cannot select.
// upstream: metav1validation.ValidateLabelSelector, then metav1.LabelSelectorAsSelector
pub(super) fn selector(errors: &mut Errors, value: &Value, path: &str) -> bool {
    let mut usable = true;
    if let Some(map) = value.get("matchLabels") {
        let before = errors.0.len();
        label_map(errors, map, &child(path, "matchLabels"));
        usable &= errors.0.len() == before;
    }
    for (i, expression) in value.get("matchExpressions").map_or(&[][..], Value::items).iter().enumerate() {
        let at = format!("{path}.matchExpressions[{i}]");
        let values = expression.get("values").map_or(&[][..], Value::items);
        let before = errors.0.len();
        match expression.str_at(&["operator"]).unwrap_or_default() {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(&child(&at, "values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "In" | "NotIn" => {}
            "Exists" | "DoesNotExist" if !values.is_empty() => errors
                .forbidden(&child(&at, "values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
            "Exists" | "DoesNotExist" => {}
            other => errors.invalid(&child(&at, "operator"), &other.into(), "not a valid selector operator"),
        }
        let key = expression.str_at(&["key"]).unwrap_or_default();
        errors.names(&child(&at, "key"), key, names::qualified_name(key));
        for (n, value) in values.iter().enumerate() {
            let text = value.as_str().unwrap_or_default();
            errors.names(&format!("{at}.values[{n}]"), text, names::label_value(text));
        }
        usable &= errors.0.len() == before;
    }
    usable
}
