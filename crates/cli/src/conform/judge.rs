//! Compares projections with a case's `expected` and `observed`.

use super::Run;
use podscope_proof::case::Case;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What differs, a line each; empty when the case conforms.
pub fn compare(case: &Case, run: &Run) -> Vec<String> {
    let (got, mut lines) = (&run.projections, Vec::new());
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
                    let rolls = matches!(&**name, "scale" | "pods") && run.rollouts.keeps_bounds(key);
                    one_of(rolls, &format!("{name}.{key}"), variants, have, &mut lines);
                }
            }
            variants => one_of(false, name, variants, have, &mut lines),
        }
    }
    lines
}

/// `rolls` says that the path is one of a rolling update that kept its Deployment's bounds, so that it may have other steps.
fn one_of(rolls: bool, path: &str, variants: &Json, have: &Json, lines: &mut Vec<String>) {
    let variants: Vec<Json> = variants.as_array().into_iter().flatten().map(masked).collect();
    let have = &masked(have);
    if !(variants.contains(have) || rolls && is_another_batching(&variants, have)) {
        lines.push(format!("{path}: none of the {} variants seen: {have}", variants.len()));
        if let Some(first) = variants.first() {
            differ(path, first, have, lines);
        }
    }
}

/// Whether a path begins and ends as a recorded one did, each ReplicaSet growing and shrinking as it did there.
fn is_another_batching(variants: &[Json], have: &Json) -> bool {
    Path::read(have).is_some_and(|have| variants.iter().any(|v| Path::read(v).as_ref() == Some(&have)))
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
}

impl Path {
    fn read(list: &Json) -> Option<Self> {
        let steps: Vec<&str> = list.as_array()?.iter().filter_map(Json::as_str).collect();
        let mut path = Self { first: (*steps.first()?).to_owned(), ..Self::default() };
        for step in steps {
            if let Some((name, value)) = step.split_once('=') {
                path.step(name, value.parse().ok()?);
            } else {
                let (verb, count) = step.rsplit_once(" x")?;
                let verb = verb.split(' ').next()?;
                *path.last.entry(verb.to_owned()).or_default() += count.parse::<i64>().ok()?;
            }
        }
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
    fn another_batching_begins_ends_and_turns_as_a_recorded_one() {
        // Ten replicas, surge 3, unavailable 2: two recordings.
        let recorded = [
            json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=5", "rs2=8", "rs1=3", "rs2=10", "rs1=0"]),
            json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=2", "rs1=0"]),
        ];
        for (have, want) in [
            (json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=6", "rs2=7", "rs1=3", "rs2=10", "rs1=1", "rs1=0"]), true),
            // The old one grows again.
            (json!(["rs1=10", "rs2=3", "rs1=7", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=0"]), false),
            // It ends elsewhere.
            (json!(["rs1=10", "rs2=3", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=1"]), false),
            // It begins elsewhere.
            (json!(["rs1=9", "rs2=3", "rs1=8", "rs2=5", "rs1=3", "rs2=10", "rs1=0"]), false),
            (json!([]), false),
        ] {
            assert_eq!(is_another_batching(&recorded, &have), want, "{have}");
        }
    }

    #[test]
    fn pods_are_counted() {
        let recorded = [json!(["create x4", "create x1", "delete ready x1", "create x3", "delete ready x3"])];
        for (have, want) in [
            (json!(["create x4", "create x2", "delete ready x1", "create x2", "delete ready x3"]), true),
            (json!(["create x4", "create x4", "delete ready x5"]), false),
            (json!(["create x3", "create x5", "delete ready x4"]), false),
        ] {
            assert_eq!(is_another_batching(&recorded, &have), want, "{have}");
        }
    }

    #[test]
    fn only_a_rolling_update_within_bounds_may_batch_otherwise() {
        let variants = json!([["rs1=4", "rs2=1", "rs1=3", "rs2=4", "rs1=0"]]);
        let have = json!(["rs1=4", "rs2=1", "rs1=3", "rs2=2", "rs1=2", "rs2=4", "rs1=0"]);
        for (rolls, want) in [(true, 0), (false, 2)] {
            let mut lines = Vec::new();
            one_of(rolls, "scale.web", &variants, &have, &mut lines);
            assert_eq!(lines.len(), want, "{lines:?}");
        }
    }
}
