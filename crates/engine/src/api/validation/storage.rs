//! Claims.

use super::container::{needs, there};
use super::{Errors, child, meta};
use crate::convert::read;
use podscope_schema::{Quantity, Value, names};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// How a claim or a volume may be mounted.
pub(super) fn modes(errors: &mut Errors, spec: &Value, at: &str) {
    let modes = read::list(spec, "accessModes");
    let known = |m: &Value| m.as_str().is_some_and(|m| MODES.contains(&m));
    for mode in modes.iter().filter(|m| !known(m)) {
        errors.unsupported(at, &mode.to_json(), &MODES);
    }
    let alone = |m: &Value| m.as_str() == Some("ReadWriteOncePod");
    if modes.iter().any(alone) && modes.iter().any(|m| known(m) && !alone(m)) {
        errors.forbidden(at, "may not use ReadWriteOncePod with other access modes");
    }
}

// upstream: validateDataSource, validateDataSourceRef
fn source(errors: &mut Errors, spec: &Value, path: &str, key: &str) {
    let Some(source) = there(spec, key) else { return };
    let at = child(path, key);
    needs(errors, source, &at, "name");
    needs(errors, source, &at, "kind");
    let (group, kind) = (read::text(source, "apiGroup"), read::text(source, "kind"));
    if group.is_empty() && &*kind != "PersistentVolumeClaim" {
        let why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.invalid(&at, &Value::from(&kind), why);
    } else if !group.is_empty() {
        errors.names(&child(&at, "apiGroup"), &group, names::dns1123_subdomain(&group));
    }
}

// upstream: pkg/apis/core/validation ValidatePersistentVolumeClaimSpec
pub(super) fn claim(errors: &mut Errors, spec: &Value, path: &str) {
    let modes = read::list(spec, "accessModes");
    let at = child(path, "accessModes");
    if modes.is_empty() {
        errors.required(&at, "at least 1 access mode is required");
    }
    if let Some(selector) = spec.get("selector") {
        meta::selector(errors, selector, &child(path, "selector"));
    }
    self::modes(errors, spec, &at);
    let field = format!("{path}.resources[storage]");
    match spec.at(&["resources", "requests", "storage"]).filter(|v| !v.is_null()) {
        None => errors.required(&field, ""),
        Some(amount) => {
            let text = amount.as_str().map_or_else(|| amount.to_json(), str::to_owned);
            if Quantity::parse(&text).is_ok_and(|q| q.nano() <= 0) {
                let stored = Quantity::stored(&text).unwrap_or(text);
                errors.invalid(&field, &stored.into(), "must be greater than zero");
            }
        }
    }
    if let Some(class) = spec.str_at(&["storageClassName"]).filter(|c| !c.is_empty()) {
        errors.names(&child(path, "storageClassName"), class, names::dns1123_subdomain(class));
    }
    let mode = read::field(spec, "volumeMode");
    if !mode.is_null() && !matches!(mode.as_str(), Some("Block" | "Filesystem")) {
        errors.unsupported(&child(path, "volumeMode"), &mode.to_json(), &["Block", "Filesystem"]);
    }
    if crate::RARE {
        source(errors, spec, path, "dataSource");
        source(errors, spec, path, "dataSourceRef");
        if let Some(class) = spec.str_at(&["volumeAttributesClassName"]).filter(|c| !c.is_empty()) {
            errors.names(&child(path, "volumeAttributesClassName"), class, names::dns1123_subdomain(class));
        }
    }
}
