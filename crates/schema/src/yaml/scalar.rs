//! What a plain scalar means in YAML 1.1, as kubectl's YAML library reads it.

use crate::Value;

/// The longest number that is looked at; longer ones are strings.
const MAX_NUMBER: usize = 400;

/// The meaning of an unquoted scalar.
pub(super) fn resolve(text: &str) -> Value {
    let Some(first) = text.bytes().next() else { return Value::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Value::Float(f64::INFINITY),
            _ => go_float(text).map_or_else(|| text.into(), float_value),
        },
        b'+' | b'-' | b'0'..=b'9' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
            _ => number(text).unwrap_or_else(|| text.into()),
        },
        _ => text.into(),
    }
}

fn word(text: &str) -> Value {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => text.into(),
    }
}

fn number(text: &str) -> Option<Value> {
    if text.len() > MAX_NUMBER {
        return None;
    }
    let plain = text.replace('_', "");
    if let Some(i) = integer(&plain) {
        return Some(i);
    }
    go_float(&plain).map(float_value)
}

/// `strconv.ParseInt(text, 0, 64)`: the prefix tells the base.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.get(..2).unwrap_or_default();
    let (radix, body) = match lower {
        "0x" | "0X" => (16, &digits[2..]),
        "0o" | "0O" => (8, &digits[2..]),
        "0b" | "0B" => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from_str_radix(body, radix).ok()?;
    let value = if negative { -magnitude } else { magnitude };
    Some(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
}

fn go_float(text: &str) -> Option<f64> {
    if text.len() > MAX_NUMBER {
        return None;
    }
    crate::float::parse(text).filter(|f| f.is_finite())
}

/// JSON has one kind of number, so `1.0` is 1.
fn float_value(f: f64) -> Value {
    if f.fract() == 0.0 && f.abs() < 9.0e18 { Value::Int(f as i64) } else { Value::Float(f) }
}

/// A scalar as the key of a JSON object; `None` for null, which cannot be one.
pub(super) fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Str(s) => Some(s.to_string()),
        other => Some(other.to_json()),
    }
}

/// Whether an unquoted `text` would be read as something else than this string: kubectl quotes it.
pub(super) fn reads_as_other(text: &str) -> bool {
    resolve(text).as_str() != Some(text) || is_timestamp(text)
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`, a number in YAML 1.1 that old readers know.
pub(super) fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !body.starts_with(|c: char| c.is_ascii_digit()) || !body.contains(':') {
        return false;
    }
    let (body, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut parts = body.split(':');
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let head = parts.next().is_some_and(digits);
    let minute = |s: &str| match s.as_bytes() {
        [b] => b.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    };
    head && digits(fraction) && parts.all(minute)
}

/// The forms that kubectl's YAML library takes for a time.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    let number = |s: &str, low: u32, high: u32| {
        (1..=2).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_digit())
            && s.parse().is_ok_and(|n: u32| (low..=high).contains(&n))
    };
    let Some((month, rest)) = rest.split_once('-') else { return false };
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) || !number(month, 1, 12) {
        return false;
    }
    let Some(split) = rest.find(['T', 't', ' ']) else { return number(rest, 1, 31) };
    let (day, clock, zoned) = (&rest[..split], &rest[split + 1..], !rest[split..].starts_with(' '));
    let clock = if zoned {
        match clock.strip_suffix('Z') {
            Some(clock) => clock,
            None => match clock.rfind(['+', '-']) {
                Some(i)
                    if clock[i + 1..].split_once(':').is_some_and(|(h, m)| number(h, 0, 23) && number(m, 0, 59)) =>
                {
                    &clock[..i]
                }
                _ => return false,
            },
        }
    } else {
        clock
    };
    let mut parts = clock.splitn(3, ':');
    let (Some(h), Some(m), Some(s)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let (s, fraction) = s.split_once('.').unwrap_or((s, "0"));
    let fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    number(day, 1, 31) && number(h, 0, 23) && number(m, 0, 59) && number(s, 0, 59) && fraction
}
