//! Compares projections with a case's `expected` and `observed`.

use super::Case;
use serde_json::{Map, Value as Json};

/// What differs, a line each; empty when the case conforms.
pub fn compare(case: &Case, got: &Map<String, Json>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, want) in &case.expected {
        let have = got.get(name).unwrap_or(&Json::Null);
        differ(name, want, have, &mut lines);
    }
    for (name, variants) in &case.observed {
        let have = got.get(name).unwrap_or(&Json::Null);
        let seen = variants.as_array().is_some_and(|v| v.contains(have));
        let within = matches!(&**name, "scale" | "pods")
            && variants.as_array().is_some_and(|v| v.iter().any(|v| ends_alike(v, have)));
        if !seen && !within {
            lines.push(format!("{name}: none of the variants seen: {have}"));
            if let Some(first) = variants.as_array().and_then(|v| v.first()) {
                differ(name, first, have, &mut lines);
            }
        }
    }
    lines
}

/// Whether every list begins and ends as in `variant`: a rolling update may batch its steps otherwise.
fn ends_alike(variant: &Json, have: &Json) -> bool {
    let (Some(a), Some(b)) = (variant.as_object(), have.as_object()) else { return false };
    let ends = |v: &Json| v.as_array().map(|l| (l.first().cloned(), last_values(l)));
    a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| ends(v) == ends(w)))
}

/// The last value of each `name=value` in a scale list; the totals per verb in a pods list.
fn last_values(list: &[Json]) -> std::collections::BTreeMap<String, i64> {
    let mut out = std::collections::BTreeMap::new();
    for text in list.iter().filter_map(Json::as_str) {
        if let Some((name, value)) = text.split_once('=') {
            out.insert(name.to_owned(), value.parse().unwrap_or(-1));
        } else if let Some((verb, count)) = text.rsplit_once(" x") {
            let verb = verb.split(' ').next().unwrap_or_default();
            *out.entry(verb.to_owned()).or_default() += count.parse::<i64>().unwrap_or(1);
        } else {
            *out.entry(text.to_owned()).or_default() += 1;
        }
    }
    out
}

fn differ(path: &str, want: &Json, have: &Json, lines: &mut Vec<String>) {
    match (want, have) {
        (Json::Object(a), Json::Object(b)) => {
            for (key, value) in a {
                differ(&format!("{path}.{key}"), value, b.get(key).unwrap_or(&Json::Null), lines);
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                lines.push(format!("{path}.{key}: not expected: {value}"));
            }
        }
        _ if want != have => lines.push(format!("{path}:\n          want {want}\n          have {have}")),
        _ => {}
    }
}
