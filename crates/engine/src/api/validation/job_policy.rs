//! The policies of a Job: which failures count, when it has succeeded, and when a pod is replaced.

use super::container::there;
use super::{Errors, child};
use crate::convert::read;
use podscope_schema::{Value, names};

/// So many rules, and patterns, a policy may have.
const MOST: usize = 20;
/// So many exit codes a rule may have.
const MOST_CODES: usize = 255;

/// A list that is too long.
fn too_many(errors: &mut Errors, at: &str, count: usize, most: usize) {
    if count > most {
        errors.push("FieldValueTooMany", at, format!("Too many: {count}: must have at most {most} items"));
    }
}

/// One of these words. That it is missing is told in other words than that it is another.
fn word(errors: &mut Errors, value: &Value, at: &str, key: &str, known: &[&str]) {
    let (text, at) = (value.str_at(&[key]).unwrap_or_default(), child(at, key));
    if text.is_empty() {
        let known: Vec<String> = known.iter().map(|k| format!("\"{k}\"")).collect();
        errors.required(&at, &format!("valid values: [{}]", known.join(" ")));
    } else if !known.contains(&text) {
        errors.unsupported(&at, &Value::from(text).to_json(), known);
    }
}

// upstream: pkg/apis/batch/validation validatePodFailurePolicy
pub(super) fn failure(errors: &mut Errors, spec: &Value, at: &str) {
    let rules = read::list(read::field(spec, "podFailurePolicy"), "rules");
    let at = child(at, "rules");
    too_many(errors, &at, rules.len(), MOST);
    for (i, rule) in rules.iter().enumerate() {
        let at = format!("{at}[{i}]");
        if rule.str_at(&["action"]) != Some("FailIndex") {
            word(errors, rule, &at, "action", &["Count", "FailIndex", "FailJob", "Ignore"]);
        } else if there(spec, "backoffLimitPerIndex").is_none() {
            let why = "requires the backoffLimitPerIndex to be set";
            errors.invalid(&child(&at, "action"), &"FailIndex".into(), why);
        }
        let (codes, conditions) = (there(rule, "onExitCodes"), read::list(rule, "onPodConditions"));
        if let Some(codes) = codes {
            exit_codes(errors, spec, codes, &child(&at, "onExitCodes"));
        }
        let patterns = child(&at, "onPodConditions");
        too_many(errors, &patterns, conditions.len(), MOST);
        for (j, pattern) in conditions.iter().enumerate() {
            let at = format!("{patterns}[{j}]");
            let kind = pattern.str_at(&["type"]).unwrap_or_default();
            errors.names(&child(&at, "type"), kind, names::qualified_name(kind));
            word(errors, pattern, &at, "status", &["False", "True", "Unknown"]);
        }
        let why = match (codes.is_some(), !conditions.is_empty()) {
            (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
            (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
            _ => continue,
        };
        // The value is left out.
        errors.push("FieldValueInvalid", &at, format!("Invalid value: {why}"));
    }
}

// upstream: validatePodFailurePolicyRuleOnExitCodes
fn exit_codes(errors: &mut Errors, spec: &Value, rule: &Value, at: &str) {
    word(errors, rule, at, "operator", &["In", "NotIn"]);
    if let Some(name) = there(rule, "containerName") {
        let template = read::field(read::field(spec, "template"), "spec");
        let all = ["containers", "initContainers"].into_iter().flat_map(|list| read::list(template, list));
        if !all.into_iter().any(|c| c.get("name") == Some(name)) {
            let why = "must be one of the container or initContainer names in the pod template";
            errors.invalid(&child(at, "containerName"), name, why);
        }
    }
    let (values, at) = (read::field(rule, "values"), child(at, "values"));
    let codes: Vec<i64> = values.items().iter().filter_map(Value::as_i64).collect();
    if codes.is_empty() {
        errors.invalid(&at, values, "at least one value is required");
    }
    too_many(errors, &at, codes.len(), MOST_CODES);
    for (j, code) in codes.iter().enumerate() {
        let at = format!("{at}[{j}]");
        if *code == 0 && rule.str_at(&["operator"]) == Some("In") {
            errors.invalid(&at, &0.into(), "must not be 0 for the In operator");
        }
        if codes[..j].contains(code) {
            errors.duplicate(&at, &code.to_string());
        }
    }
    if !codes.is_sorted() {
        errors.invalid(&at, values, "must be ordered");
    }
}

// upstream: validateSuccessPolicy, validateSuccessPolicyRule
pub(super) fn success(errors: &mut Errors, spec: &Value, at: &str) {
    let Some(policy) = there(spec, "successPolicy") else { return };
    let completions = read::number(spec, "completions", 0);
    let rules = read::list(policy, "rules");
    if spec.str_at(&["completionMode"]) != Some("Indexed") {
        // Go prints its own struct here.
        let part = |rule: &Value, key: &str| there(rule, key).map_or_else(|| "null".into(), Value::to_json);
        let rule = |r: &Value| {
            let (indexes, count) = (part(r, "succeededIndexes"), part(r, "succeededCount"));
            format!("{{\"SucceededIndexes\":{indexes},\"SucceededCount\":{count}}}")
        };
        let shown: Vec<String> = rules.iter().map(rule).collect();
        let shown = format!("{{\"Rules\":[{}]}}", shown.join(","));
        return errors.invalid_text(at, &shown, "requires indexed completion mode");
    }
    let at = child(at, "rules");
    if rules.is_empty() {
        errors.required(&at, "at least one rules must be specified when the successPolicy is specified");
    }
    too_many(errors, &at, rules.len(), MOST);
    for (i, rule) in rules.iter().enumerate() {
        let at = format!("{at}[{i}]");
        let (indexes, count) = (rule.str_at(&["succeededIndexes"]), rule.get("succeededCount").and_then(Value::as_i64));
        if indexes.is_none() && count.is_none() {
            errors.required(&at, "at least one of succeededCount or succeededIndexes must be specified");
        }
        let total = indexes.map_or(Ok(0), |text| total(text, completions));
        if let (Some(text), Err(why)) = (indexes, &total) {
            let why = format!("error parsing succeededIndexes: {why}");
            errors.invalid(&child(&at, "succeededIndexes"), &text.into(), &why);
        }
        errors.nonnegative(rule, &at, "succeededCount");
        let Some(count) = count else { continue };
        let mut at_most = |most: i64, of: &str| {
            if count > most {
                let why = format!("must be less than or equal to {most} (the number of {of})");
                errors.invalid(&child(&at, "succeededCount"), &count.into(), &why);
            }
        };
        at_most(completions, "specified completions");
        if indexes.is_some() {
            at_most(total.unwrap_or(0), "indexes in the specified succeededIndexes field");
        }
    }
}

/// How many indexes `0,2-4` names.
// upstream: validateIndexesFormat, parseIndexInterval
fn total(text: &str, completions: i64) -> Result<i64, String> {
    let (mut last, mut total) = (None, 0);
    for interval in text.split(',').filter(|_| !text.is_empty()) {
        let mut limits = [None; 2];
        for (i, limit) in interval.split('-').enumerate() {
            let Some(place) = limits.get_mut(i) else {
                return Err(format!(
                    "the fragment {interval:?} violates the requirement that an index interval can have at most two \
                     parts separated by '-'"
                ));
            };
            let n: i64 = limit.parse().map_err(|_| format!("cannot convert string to integer for index: {limit:?}"))?;
            if n >= completions {
                return Err(format!("too large index: {limit:?}"));
            }
            *place = Some(n);
        }
        let from = limits[0].unwrap_or(0);
        let to = limits[1].unwrap_or(from);
        let wrong = if limits[1].is_some_and(|to| from >= to) { Some((from, to)) } else { None };
        if let Some((a, b)) = wrong.or(last.filter(|last| *last >= from).map(|last| (last, from))) {
            return Err(format!("non-increasing order, previous: {a}, current: {b}"));
        }
        (last, total) = (Some(to), total + to - from + 1);
    }
    Ok(total)
}

// upstream: validatePodReplacementPolicy
pub(super) fn replacement(errors: &mut Errors, spec: &Value, at: &str) {
    let Some(policy) = spec.str_at(&["podReplacementPolicy"]) else { return };
    let known: &[&str] =
        if there(spec, "podFailurePolicy").is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    if !known.contains(&policy) {
        errors.unsupported(at, &Value::from(policy).to_json(), known);
    }
}
