//! Namespaces, ConfigMaps, Secrets, and all kinds without a description of their own.

use super::World;
use super::text::{Text, date};
use crate::print::read::{NONE, list, members, name, text, text_or};
use podscope_schema::Value;

/// A namespace, with its quotas.
pub fn namespace(w: &mut Text, o: &Value, world: &World) {
    w.row(0, "Name", name(o));
    w.labels_and_annotations(o);
    w.row(0, "Status", text(o, &["status", "phase"]));
    w.line(0, "");
    let quotas = world.list("resourcequotas", Some(&name(o)));
    if quotas.is_empty() {
        w.line(0, "No resource quota.");
    } else {
        w.line(0, "Resource Quotas");
    }
    for quota in &quotas {
        w.line(1, format!("Name:\t{}", name(quota)));
        w.line(1, "Resource\tUsed\tHard");
        w.line(1, "--------\t---\t---");
        for (resource, hard) in members(quota, &["status", "hard"]) {
            w.line(1, format!("{resource}\t{}\t{hard}", text_or(quota, &["status", "used", &resource], "0")));
        }
    }
    w.line(0, "");
    w.line(0, "No LimitRange resource.");
}

/// A ConfigMap.
pub fn config_map(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    w.line(0, "\nData\n====");
    for (key, value) in members(o, &["data"]) {
        w.line(0, format!("{key}:\n----\n{value}\n"));
    }
    w.line(0, "\nBinaryData\n====");
    for (key, value) in members(o, &["binaryData"]) {
        w.line(0, format!("{key}: {} bytes", bytes(&value)));
    }
    w.line(0, "");
}

/// How many bytes base64 text stands for.
fn bytes(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

/// A Secret: how long its values are, not what they are.
pub fn secret(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    w.line(0, format!("\nType:\t{}", text(o, &["type"])));
    w.line(0, "\nData\n====");
    for (key, value) in members(o, &["data"]) {
        w.row(0, &key, format!("{} bytes", bytes(&value)));
    }
}

/// A ServiceAccount.
pub fn service_account(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    for (title, field) in
        [("Image pull secrets", "imagePullSecrets"), ("Mountable secrets", "secrets"), ("Tokens", "tokens")]
    {
        let all: Vec<String> = list(o, &[field]).iter().map(|s| text(s, &["name"])).collect();
        w.row(0, title, if all.is_empty() { NONE.into() } else { all.join("\n\t") });
    }
}

/// A PriorityClass.
pub fn priority_class(w: &mut Text, o: &Value) {
    w.row(0, "Name", name(o));
    w.row(0, "Value", text(o, &["value"]));
    w.row(0, "GlobalDefault", text_or(o, &["globalDefault"], "false"));
    w.row(0, "PreemptionPolicy", text(o, &["preemptionPolicy"]));
    w.row(0, "Description", text(o, &["description"]));
    let all = members(o, &["metadata", "annotations"]);
    let all: Vec<String> = all.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    w.row(0, "Annotations", if all.is_empty() { NONE.into() } else { all.join(",") });
}

/// Any other kind: its fields, as words.
// upstream: genericDescriber, printUnstructuredContent
pub fn generic(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    let skip = |path: &str| {
        matches!(
            path,
            ".metadata.name"
                | ".metadata.namespace"
                | ".metadata.labels"
                | ".metadata.annotations"
                | ".metadata.managedFields"
        )
    };
    content(w, 0, &crate::print::get::sorted(o), "", &skip);
}

fn content(w: &mut Text, level: usize, value: &Value, path: &str, skip: &dyn Fn(&str) -> bool) {
    for (key, item) in value.as_map().into_iter().flat_map(podscope_schema::Map::iter) {
        let path = format!("{path}.{key}");
        if skip(&path) {
            continue;
        }
        let title = title(key);
        match item {
            Value::Object(_) => {
                w.line(level, format!("{title}:"));
                content(w, level + 1, item, &path, skip);
            }
            Value::Array(items) => {
                w.line(level, format!("{title}:"));
                for one in items.iter() {
                    match one {
                        Value::Object(_) => content(w, level + 1, one, &path, skip),
                        other => w.line(level + 1, crate::print::read::scalar(other)),
                    }
                }
            }
            other => {
                let text = crate::print::read::scalar(other);
                let text =
                    if path == ".metadata.creationTimestamp" && text.is_empty() { date(value, &[key]) } else { text };
                w.row(level, &title, text);
            }
        }
    }
}

/// `apiVersion` as `API Version`.
// upstream: smartLabelFor
fn title(field: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for c in field.chars() {
        if c.is_ascii_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut() {
            last.push(c);
        }
    }
    let acronyms = ["api", "url", "uid", "osb", "guid"];
    let one = |word: &String| {
        if acronyms.contains(&&*word.to_lowercase()) {
            return word.to_uppercase();
        }
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    words.iter().map(one).collect::<Vec<_>>().join(" ")
}
