//! Reading objects as printers do: what is not there is empty, zero or nothing.

use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;
use podscope_schema::sort::{sort, sort_by};
use std::fmt::Write as _;

/// What stands for nothing.
pub const NONE: &str = "<none>";
/// What stands for a field that is not set.
pub const UNSET: &str = "<unset>";
/// What stands for something that is not known.
pub const UNKNOWN: &str = "<unknown>";

/// A scalar as text: numbers and booleans as they are written, nothing for what is not there.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Str(text) => text.to_string(),
        other => other.to_json(),
    }
}

/// The scalar at a path, as text.
pub fn text(object: &Value, path: &[&str]) -> String {
    object.at(path).map(scalar).unwrap_or_default()
}

/// The scalar at a path, or `fallback` when there is none or it is empty.
pub fn text_or(object: &Value, path: &[&str], fallback: &str) -> String {
    Some(text(object, path)).filter(|t| !t.is_empty()).unwrap_or_else(|| fallback.to_owned())
}

/// The number at a path, or 0.
pub fn number(object: &Value, path: &[&str]) -> i64 {
    object.at(path).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether the switch at a path is on.
pub fn is_true(object: &Value, path: &[&str]) -> bool {
    object.at(path).and_then(Value::as_bool) == Some(true)
}

/// The list at a path.
pub fn list<'a>(object: &'a Value, path: &[&str]) -> &'a [Value] {
    object.at(path).map_or(&[], Value::items)
}

/// The members at a path, sorted by name.
pub fn members(object: &Value, path: &[&str]) -> Vec<(String, String)> {
    let map = object.at(path).and_then(Value::as_map);
    let mut out: Vec<_> =
        map.into_iter().flat_map(podscope_schema::Map::iter).map(|(k, v)| (k.to_string(), scalar(v))).collect();
    sort(&mut out);
    out
}

/// `name`
pub fn name(object: &Value) -> String {
    text(object, &["metadata", "name"])
}

/// Whether it is being deleted.
pub fn deleting(object: &Value) -> bool {
    object.at(&["metadata", "deletionTimestamp"]).is_some_and(|v| !v.is_null())
}

/// `a=1,b=2`, or `<none>`.
// upstream: apimachinery/pkg/labels FormatLabels
pub fn labels(object: &Value, path: &[&str]) -> String {
    let all: Vec<String> = members(object, path).into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    if all.is_empty() { NONE.to_owned() } else { all.join(",") }
}

/// A label selector with expressions, as text.
// upstream: apimachinery/pkg/apis/meta/v1 FormatLabelSelector
pub fn selector(object: &Value, path: &[&str]) -> String {
    let Some(found) = object.at(path) else { return NONE.to_owned() };
    let mut parts: Vec<(String, String)> =
        members(found, &["matchLabels"]).into_iter().map(|(k, v)| (k.clone(), format!("{k}={v}"))).collect();
    for expression in list(found, &["matchExpressions"]) {
        let key = text(expression, &["key"]);
        let mut values: Vec<String> = list(expression, &["values"]).iter().map(scalar).collect();
        sort(&mut values);
        let values = values.join(",");
        let part = match &*text(expression, &["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.clone(),
        };
        parts.push((key, part));
    }
    sort_by(&mut parts, |a, b| a.0.cmp(&b.0));
    if parts.is_empty() { NONE.to_owned() } else { parts.into_iter().map(|p| p.1).collect::<Vec<_>>().join(",") }
}

/// Names and images of a pod spec's containers, each joined by commas.
pub fn containers(spec: &Value) -> (String, String) {
    let all = list(spec, &["containers"]);
    let join = |key: &str| all.iter().map(|c| text(c, &[key])).collect::<Vec<_>>().join(",");
    (join("name"), join("image"))
}

/// Whether a condition of this type is `True`.
pub fn condition(object: &Value, kind: &str) -> bool {
    list(object, &["status", "conditions"])
        .iter()
        .any(|c| c.str_at(&["type"]) == Some(kind) && c.str_at(&["status"]) == Some("True"))
}

/// The owner that controls it.
pub fn controller(object: &Value) -> Option<&Value> {
    list(object, &["metadata", "ownerReferences"]).iter().find(|o| is_true(o, &["controller"]))
}

/// `RWO,ROX`
// upstream: core/helper GetAccessModesAsString
pub fn access_modes(object: &Value, path: &[&str]) -> String {
    let has = |mode: &str| list(object, path).iter().any(|m| m.as_str() == Some(mode));
    let known =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    known.iter().filter(|(mode, _)| has(mode)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

/// How long ago, in kubectl's rounding.
// upstream: apimachinery/pkg/util/duration HumanDuration
pub fn human(micros: i64) -> String {
    // Go truncates towards zero.
    let seconds = micros / 1_000_000;
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    if seconds < 0 {
        return "0s".to_owned();
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |big: i64, unit: char, small: i64, rest: char| {
        let mut out = format!("{big}{unit}");
        if small != 0 {
            _ = write!(out, "{small}{rest}");
        }
        out
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(hours / 24, 'd', hours % 24, 'h'),
        () if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        () if hours < 24 * 365 * 8 => two(hours / 24 / 365, 'y', hours / 24 % 365, 'd'),
        () => format!("{}y", hours / 24 / 365),
    }
}

/// How long ago the instant at a path was, at `now` (microseconds since 1970).
pub fn since(object: &Value, path: &[&str], now: i64) -> String {
    match object.str_at(path).and_then(epoch_micros) {
        Some(at) => human(now - at),
        None => UNKNOWN.to_owned(),
    }
}

/// `AGE`
pub fn age(object: &Value, now: i64) -> String {
    since(object, &["metadata", "creationTimestamp"], now)
}

#[cfg(test)]
mod tests {
    use super::human;

    // upstream: apimachinery/pkg/util/duration TestHumanDuration
    #[test]
    fn durations_are_rounded_as_kubectl_rounds() {
        let (sec, min, hour, day) = (1_i64, 60, 3600, 86_400);
        let year = 365 * day;
        for (seconds, want) in [
            (sec, "1s"),
            (70 * sec, "70s"),
            (190 * sec, "3m10s"),
            (70 * min, "70m"),
            (47 * hour, "47h"),
            (49 * hour, "2d1h"),
            (8 * day + 2 * hour, "8d"),
            (367 * day, "367d"),
            (2 * year + 25 * hour, "2y1d"),
            (8 * year + 2 * day, "8y"),
            (-sec, "0s"),
            (-2 * sec, "<invalid>"),
            (2 * min, "2m"),
            (10 * min, "10m"),
            (3 * hour, "3h"),
            (7 * hour + 59 * min, "7h59m"),
            (8 * hour, "8h"),
            (2 * day, "2d"),
        ] {
            assert_eq!(human(seconds * 1_000_000), want, "{seconds} s");
        }
    }
}
