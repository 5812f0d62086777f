//! Where a pod may go: affinity and spread.

use super::container::{needs, one_of, there};
use super::{Errors, child, meta};
use crate::convert::read;
use podscope_schema::{Value, names};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

// upstream: validateAffinity
pub(super) fn affinity(errors: &mut Errors, affinity: &Value, path: &str) {
    if let Some(nodes) = there(affinity, "nodeAffinity") {
        let path = child(path, "nodeAffinity");
        if let Some(required) = there(nodes, REQUIRED) {
            node_selector(errors, required, &child(&path, REQUIRED));
        }
        for (i, term) in read::list(nodes, PREFERRED).iter().enumerate() {
            let at = format!("{path}.{PREFERRED}[{i}]");
            weight(errors, term, &at);
            node_term(errors, read::field(term, "preference"), &child(&at, "preference"), false);
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(pods) = there(affinity, kind) else { continue };
        for (i, term) in read::list(pods, REQUIRED).iter().enumerate() {
            pod_term(errors, term, &format!("{path}.{kind}.{REQUIRED}[{i}]"));
        }
        for (i, term) in read::list(pods, PREFERRED).iter().enumerate() {
            let at = format!("{path}.{kind}.{PREFERRED}[{i}]");
            weight(errors, term, &at);
            pod_term(errors, read::field(term, "podAffinityTerm"), &child(&at, "podAffinityTerm"));
        }
    }
}

// upstream: ValidateNodeSelector
pub(super) fn node_selector(errors: &mut Errors, selector: &Value, path: &str) {
    let at = child(path, "nodeSelectorTerms");
    let terms = read::list(selector, "nodeSelectorTerms");
    if terms.is_empty() {
        errors.required(&at, "must have at least one node selector term");
    }
    for (i, term) in terms.iter().enumerate() {
        node_term(errors, term, &format!("{at}[{i}]"), true);
    }
}

// upstream: validateCSIPersistentVolumeSource
pub(super) fn csi(errors: &mut Errors, source: &Value, at: &str) {
    if needs(errors, source, at, "driver") {
        let driver = source.str_at(&["driver"]).unwrap_or_default();
        errors.names(&child(at, "driver"), driver, names::dns1123_subdomain(&driver.to_lowercase()));
    }
    needs(errors, source, at, "volumeHandle");
}

fn weight(errors: &mut Errors, term: &Value, at: &str) {
    let weight = read::number(term, "weight", 0);
    if !(1..=100).contains(&weight) {
        errors.invalid(&child(at, "weight"), &weight.into(), "must be in the range 1-100");
    }
}

// upstream: ValidateNodeSelectorRequirement
fn node_term(errors: &mut Errors, term: &Value, path: &str, strict: bool) {
    for (i, rule) in read::list(term, "matchExpressions").iter().enumerate() {
        let at = format!("{path}.matchExpressions[{i}]");
        let values = read::list(rule, "values");
        match rule.str_at(&["operator"]).unwrap_or_default() {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(&child(&at, "values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => errors
                .forbidden(&child(&at, "values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
            "Gt" | "Lt" if values.len() != 1 => {
                let why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&child(&at, "values"), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => errors.invalid(&child(&at, "operator"), &other.into(), "not a valid selector operator"),
        }
        let key = rule.str_at(&["key"]).unwrap_or_default();
        errors.names(&child(&at, "key"), key, names::qualified_name(key));
        for (n, value) in values.iter().enumerate().filter(|_| strict) {
            let text = value.as_str().unwrap_or_default();
            errors.names(&format!("{at}.values[{n}]"), text, names::label_value(text));
        }
    }
}

// upstream: validatePodAffinityTerm
fn pod_term(errors: &mut Errors, term: &Value, at: &str) {
    for key in ["labelSelector", "namespaceSelector"] {
        meta::selector(errors, read::field(term, key), &child(at, key));
    }
    let key = term.str_at(&["topologyKey"]).unwrap_or_default();
    let at = child(at, "topologyKey");
    if key.is_empty() {
        errors.required(&at, "can not be empty");
    }
    errors.names(&at, key, names::qualified_name(key));
}

// upstream: validateTopologySpreadConstraints
pub(super) fn spread(errors: &mut Errors, list: &[Value], path: &str) {
    for (i, rule) in list.iter().enumerate() {
        let at = format!("{path}[{i}]");
        let skew = read::number(rule, "maxSkew", 0);
        if skew <= 0 {
            errors.invalid(&child(&at, "maxSkew"), &skew.into(), "must be greater than zero");
        }
        let (key, action) = (read::text(rule, "topologyKey"), read::text(rule, "whenUnsatisfiable"));
        if key.is_empty() {
            errors.required(&child(&at, "topologyKey"), "can not be empty");
        }
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        if !actions.contains(&&*action) {
            errors.unsupported(&child(&at, "whenUnsatisfiable"), &Value::from(&action).to_json(), &actions);
        }
        let same = |r: &Value| read::text(r, "topologyKey") == key && read::text(r, "whenUnsatisfiable") == action;
        if list[i + 1..].iter().any(same) {
            let shown = Value::from(format!("{{{key}, {action}}}")).to_json();
            errors.duplicate(&child(&at, "{topologyKey, whenUnsatisfiable}"), &shown);
        }
        if let Some(least) = rule.get("minDomains").and_then(Value::as_i64) {
            let at = child(&at, "minDomains");
            if least <= 0 {
                errors.invalid(&at, &least.into(), "must be greater than zero");
            }
            if &*action != "DoNotSchedule" {
                let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                errors.invalid(&at, &least.into(), &why);
            }
        }
        for key in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            one_of(errors, rule, &at, key, &["Honor", "Ignore"]);
        }
        meta::selector(errors, read::field(rule, "labelSelector"), &child(&at, "labelSelector"));
    }
}

/// Sources of volumes that need something said.
// upstream: validateConfigMapVolumeSource, validateSecretVolumeSource, validateHostPathVolumeSource …
pub(super) fn volume_source(errors: &mut Errors, kind: &str, source: &Value, at: &str) {
    let keys: &[&str] = match kind {
        "configMap" => &["name"],
        "secret" => &["secretName"],
        "hostPath" => &["path"],
        "nfs" => &["server", "path"],
        "persistentVolumeClaim" => &["claimName"],
        "csi" => &["driver"],
        _ => &[],
    };
    let mut complete = true;
    for key in keys {
        complete &= needs(errors, source, at, key);
    }
    let path = source.str_at(&["path"]).unwrap_or_default();
    if kind == "nfs" && !path.starts_with('/') {
        errors.invalid(&child(at, "path"), &path.into(), "must be an absolute path");
    }
    if kind == "hostPath" && complete {
        super::container::descending(errors, path, &child(at, "path"), false);
        let known =
            ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
        one_of(errors, source, at, "type", &known);
    }
    mode(errors, source, at, "defaultMode");
    if !crate::RARE {
        return;
    }
    if kind == "emptyDir" {
        let limit = read::field(source, "sizeLimit").as_str().map(podscope_schema::Quantity::parse);
        if limit.is_some_and(|l| l.is_ok_and(|l| l.nano() < 0)) {
            errors.forbidden(&child(at, "sizeLimit"), "SizeLimit field must be a valid resource quantity");
        }
    }
    if kind == "ephemeral" && there(source, "volumeClaimTemplate").is_none() {
        errors.required(&child(at, "volumeClaimTemplate"), "");
    }
    for (i, item) in read::list(source, "items").iter().enumerate().filter(|_| kind != "downwardAPI") {
        item_path(errors, item, &format!("{at}.items[{i}]"));
    }
    for (i, part) in read::list(source, "sources").iter().enumerate().filter(|_| kind == "projected") {
        for kind in ["secret", "configMap"] {
            let Some(part) = there(part, kind) else { continue };
            let at = format!("{at}.sources[{i}].{kind}");
            needs(errors, part, &at, "name");
            for (n, item) in read::list(part, "items").iter().enumerate() {
                item_path(errors, item, &format!("{at}.items[{n}]"));
            }
        }
    }
}

fn mode(errors: &mut Errors, source: &Value, at: &str, key: &str) {
    let mode = source.get(key).and_then(Value::as_i64);
    if let Some(mode) = mode.filter(|m| !(0..=0o777).contains(m)) {
        let why = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.invalid(&child(at, key), &mode.into(), why);
    }
}

// upstream: validateKeyToPath
fn item_path(errors: &mut Errors, item: &Value, at: &str) {
    needs(errors, item, at, "key");
    needs(errors, item, at, "path");
    let (path, field) = (item.str_at(&["path"]).unwrap_or_default(), child(at, "path"));
    super::container::descending(errors, path, &field, true);
    if path.starts_with("..") && !path.split('/').any(|part| part == "..") {
        errors.invalid(&field, &path.into(), "must not start with '..'");
    }
    mode(errors, item, at, "mode");
}
