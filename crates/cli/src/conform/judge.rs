//! Compares projections with a case's `expected` and `observed`.

use super::Case;
use serde_json::{Map, Value as Json};

/// What differs, a line each; empty when the case conforms.
pub fn compare(case: &Case, got: &Map<String, Json>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, want) in &case.expected {
        let mut have = got.get(name).cloned().unwrap_or_default();
        // What differed between recordings is judged below, by itself.
        if let (Some(Json::Object(varied)), Json::Object(have)) = (case.observed.get(name), &mut have) {
            have.retain(|key, _| !varied.contains_key(key));
        }
        differ(name, want, &have, &mut lines);
    }
    for (name, varied) in &case.observed {
        let have = got.get(name).unwrap_or(&Json::Null);
        match varied {
            Json::Object(by_key) => {
                for (key, variants) in by_key {
                    let have = have.get(key).unwrap_or(&Json::Null);
                    one_of(name, &format!("{name}.{key}"), variants, have, &mut lines);
                }
            }
            variants => one_of(name, name, variants, have, &mut lines),
        }
    }
    lines
}

fn one_of(name: &str, path: &str, variants: &Json, have: &Json, lines: &mut Vec<String>) {
    let variants: Vec<Json> = variants.as_array().into_iter().flatten().map(masked).collect();
    let have = &masked(have);
    let within = matches!(name, "scale" | "pods") && variants.iter().any(|v| ends_alike(v, have));
    if !variants.contains(have) && !within {
        lines.push(format!("{path}: none of the {} variants seen: {have}", variants.len()));
        if let Some(first) = variants.first() {
            differ(path, first, have, lines);
        }
    }
}

/// Whether both lists begin and end alike: a rolling update may batch its steps otherwise.
fn ends_alike(variant: &Json, have: &Json) -> bool {
    let ends = |v: &Json| v.as_array().map(|l| (l.first().cloned(), last_values(l)));
    have.is_array() && ends(variant) == ends(have)
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

/// Without what is different each time by its nature: the date of a recording, the random end of a name that has no
/// alias because its object was refused.
fn masked(value: &Json) -> Json {
    match value {
        Json::Object(map) => Json::Object(
            map.iter().filter(|(k, _)| *k != "lastScaleTime").map(|(k, v)| (k.clone(), masked(v))).collect(),
        ),
        Json::Array(list) => Json::Array(list.iter().map(masked).collect()),
        Json::String(text) => Json::String(text.split(' ').map(mask_name).collect::<Vec<_>>().join(" ")),
        other => other.clone(),
    }
}

fn mask_name(word: &str) -> String {
    match word.trim_end_matches('"').rsplit_once('-') {
        Some((set, end)) if set.contains("#rs") && end.len() == 5 => format!("{set}-*"),
        _ => word.to_owned(),
    }
}
