//! ConfigMaps and Secrets.

use super::Errors;
use crate::object::Other;
use podscope_schema::{Map, Value, names};

/// The keys of a ConfigMap or a Secret, and what Secrets of the known types must have.
// upstream: pkg/apis/core/validation ValidateConfigMap, ValidateSecret
pub(super) fn keys(errors: &mut Errors, other: &Other) {
    let raw = &other.raw;
    let bag = |name: &str| raw.get(name).and_then(Value::as_map).into_iter().flat_map(Map::iter);
    for name in ["data", "binaryData"] {
        for (key, _) in bag(name) {
            let at = format!("{name}[{key}]");
            errors.names(&at, key, names::config_map_key(key));
            if crate::RARE && name == "data" && bag("binaryData").any(|(other, _)| other == key) {
                let why = "duplicate of key present in binaryData";
                errors.invalid(&at, &(&**key).into(), why);
            }
        }
    }
    if !crate::RARE || &*other.kind != "Secret" {
        return;
    }
    let has = |key: &str| bag("data").any(|(k, _)| &**k == key);
    let needed: &[&str] = match raw.str_at(&["type"]).unwrap_or_default() {
        "kubernetes.io/service-account-token" => {
            let key = "kubernetes.io/service-account.name";
            if !other.meta.annotations.iter().any(|(k, v)| &**k == key && !v.is_empty()) {
                errors.required(&format!("metadata.annotations[{key}]"), "");
            }
            return;
        }
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/basic-auth" if has("username") || has("password") => &[],
        "kubernetes.io/basic-auth" => &["username", "password"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in needed.iter().filter(|k| !has(k)) {
        errors.required(&format!("data[{key}]"), "");
    }
}

// upstream: ValidateConfigMapUpdate, ValidateSecretUpdate
pub(super) fn update(errors: &mut Errors, old: &Other, new: &Other) {
    let secret = &*new.kind == "Secret";
    let kind = |o: &Other| o.raw.str_at(&["type"]).unwrap_or("Opaque").to_owned();
    if secret && kind(old) != kind(new) {
        errors.invalid("type", &kind(new).into(), "field is immutable");
    }
    let fixed = |o: &Other| o.raw.get("immutable") == Some(&Value::Bool(true));
    if !fixed(old) {
        return;
    }
    let why = "field is immutable when `immutable` is set";
    if !fixed(new) {
        errors.forbidden("immutable", why);
    }
    for key in ["data", "binaryData"].into_iter().filter(|k| !secret || *k == "data") {
        if old.raw.get(key) != new.raw.get(key) {
            errors.forbidden(key, why);
        }
    }
}
