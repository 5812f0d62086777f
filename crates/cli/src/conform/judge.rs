//! Compares projections with a case's `expected` and `observed`.

use super::Case;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

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
    let within = matches!(name, "scale" | "pods") && keeps_bounds(&variants, have);
    if !variants.contains(have) && !within {
        lines.push(format!("{path}: none of the {} variants seen: {have}", variants.len()));
        if let Some(first) = variants.first() {
            differ(path, first, have, lines);
        }
    }
}

/// Whether a rolling update batched its steps otherwise than in the recordings, within the same bounds.
///
/// The lists do not hold `maxSurge` and `maxUnavailable`, and a step may change `replicas`; the recordings kept those
/// bounds, so the highest and the lowest total that any of them reached stand for `desired + surge` and
/// `desired - unavailable`. Whether pods are available cannot be seen in a list of scales; their number can.
fn keeps_bounds(variants: &[Json], have: &Json) -> bool {
    let Some(have) = Path::read(have) else { return false };
    let recorded: Vec<Path> = variants.iter().filter_map(Path::read).collect();
    let most = recorded.iter().map(|p| p.most).max();
    let least = recorded.iter().map(|p| p.least).min();
    recorded.iter().any(|r| r.first == have.first && r.last == have.last && r.turns == have.turns)
        && most.is_some_and(|most| have.most <= most)
        && least.is_some_and(|least| have.least >= least)
}

/// The path of a rolling update: a list of `name=replicas`, or of `create xN`, `delete ready xN` and `delete unready xN`.
#[derive(Debug, Default, PartialEq)]
struct Path {
    /// The first step.
    first: String,
    /// Where each name ends: its replicas, or how often the verb was seen.
    last: BTreeMap<String, i64>,
    /// For each name, whether it grew or shrank, as often as that changed: an old ReplicaSet that only shrinks has one turn.
    turns: BTreeMap<String, Vec<bool>>,
    /// The highest and lowest total; the lowest counts from when the total was highest first.
    most: i64,
    least: i64,
}

impl Path {
    fn read(list: &Json) -> Option<Self> {
        let steps: Vec<&str> = list.as_array()?.iter().filter_map(Json::as_str).collect();
        let mut path = Self { first: (*steps.first()?).to_owned(), ..Self::default() };
        let mut totals = Vec::new();
        for step in steps {
            if let Some((name, value)) = step.split_once('=') {
                path.step(name, value.parse().ok()?);
                totals.push(path.last.values().sum::<i64>());
            } else {
                let (verb, count) = step.rsplit_once(" x")?;
                let verb = verb.split(' ').next()?;
                *path.last.entry(verb.to_owned()).or_default() += count.parse::<i64>().ok()?;
                let of = |verb: &str| path.last.get(verb).copied().unwrap_or_default();
                totals.push(of("create") - of("delete"));
            }
        }
        path.most = totals.iter().copied().max()?;
        // ReplicaSets are listed from what they had; pods from none, so their low counts only once they are most.
        let top = if path.turns.is_empty() { totals.iter().position(|t| *t == path.most)? } else { 0 };
        path.least = totals[top..].iter().copied().min()?;
        Some(path)
    }

    fn step(&mut self, name: &str, value: i64) {
        let before = self.last.insert(name.to_owned(), value).unwrap_or_default();
        let turns = self.turns.entry(name.to_owned()).or_default();
        let grew = value > before;
        if value != before && turns.last() != Some(&grew) {
            turns.push(grew);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn another_batching_is_accepted_and_a_broken_bound_is_not() {
        // Ten replicas, surge 3, unavailable 2: two recordings.
        let recorded = [
            json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=5", "rs2=8", "rs1=3", "rs2=10", "rs1=0"]),
            json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=2", "rs1=0"]),
        ];
        for (have, want) in [
            (json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=6", "rs2=7", "rs1=3", "rs2=10", "rs1=1", "rs1=0"]), true),
            // 8 + 6 is more than ten and three.
            (json!(["rs1=10", "rs2=3", "rs1=8", "rs2=6", "rs1=3", "rs2=10", "rs1=0"]), false),
            // 3 + 4 is less than ten without two.
            (json!(["rs1=10", "rs2=3", "rs1=8", "rs2=4", "rs1=3", "rs2=10", "rs1=0"]), false),
            // The old one grows again.
            (json!(["rs1=10", "rs2=3", "rs1=7", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=0"]), false),
            // Only two are left, before the total is highest.
            (json!(["rs1=10", "rs1=2", "rs2=10", "rs1=0"]), false),
            // It ends elsewhere.
            (json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=1"]), false),
            // It begins elsewhere.
            (json!(["rs1=9", "rs2=3", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=0"]), false),
            (json!([]), false),
        ] {
            assert_eq!(keeps_bounds(&recorded, &have), want, "{have}");
        }
    }

    #[test]
    fn pods_are_counted() {
        let recorded = [json!(["create x4", "create x1", "delete ready x1", "create x3", "delete ready x3"])];
        for (have, want) in [
            (
                json!([
                    "create x4",
                    "create x1",
                    "delete ready x1",
                    "create x1",
                    "delete ready x1",
                    "create x2",
                    "delete ready x2"
                ]),
                true,
            ),
            (json!(["create x4", "create x4", "delete ready x4"]), false),
            (json!(["create x4", "create x1", "delete ready x1", "create x2", "delete ready x2"]), false),
        ] {
            assert_eq!(keeps_bounds(&recorded, &have), want, "{have}");
        }
    }
}
