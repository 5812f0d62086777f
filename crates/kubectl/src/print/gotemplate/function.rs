//! The functions that Go templates know.
// upstream: text/template/funcs.go; fmt.Sprintf

use super::super::golang::{members, plain, quote, syntax, type_of};
use super::Made;
use podscope_schema::Value;
use std::cmp::Ordering;

/// Whether a value counts as true.
// upstream: text/template IsTrue
pub fn truth(value: &Made) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(on)) => *on,
        Some(Value::Int(number)) => *number != 0,
        Some(Value::Float(number)) => *number != 0.0,
        Some(Value::Str(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

/// Calls a function.
///
/// # Errors
/// In Go's words.
pub fn call(name: &str, values: Vec<Made>) -> Result<Made, String> {
    let least = match name {
        "and" | "or" | "eq" | "index" | "slice" | "not" | "len" | "printf" | "base64decode" | "exists" => 1,
        "print" | "println" => 0,
        _ => 2,
    };
    if values.len() < least {
        return Err(format!("wrong number of args for {name}: want at least {least} got {}", values.len()));
    }
    let on = |on: bool| Ok(Some(Value::Bool(on)));
    let text = |text: String| Ok(Some(Value::from(&*text)));
    match name {
        // What settles them early, their caller looks at.
        "and" | "or" => Ok(values.into_iter().next_back().flatten()),
        "not" => on(!truth(&values[0])),
        "eq" => {
            if values.len() == 1 {
                return Err("missing argument for comparison".into());
            }
            for other in &values[1..] {
                if equal(&values[0], other)? {
                    return on(true);
                }
            }
            on(false)
        }
        "ne" => on(!equal(&values[0], &values[1])?),
        "lt" => on(order(&values[0], &values[1])?.is_lt()),
        "le" => on(order(&values[0], &values[1])?.is_le()),
        "gt" => on(order(&values[0], &values[1])?.is_gt()),
        "ge" => on(order(&values[0], &values[1])?.is_ge()),
        "len" => match &values[0] {
            Some(Value::Str(text)) => Ok(Some(Value::Int(text.len() as i64))),
            Some(Value::Array(items)) => Ok(Some(Value::Int(items.len() as i64))),
            Some(Value::Object(map)) => Ok(Some(Value::Int(map.len() as i64))),
            None | Some(Value::Null) => Err("len of nil pointer".into()),
            Some(other) => Err(format!("len of type {}", type_of(other))),
        },
        "index" => {
            let mut value = values[0].clone();
            for key in &values[1..] {
                value = index(value, key)?;
            }
            Ok(value)
        }
        "slice" => cut(&values),
        "exists" => {
            let mut value = values[0].clone();
            for key in &values[1..] {
                value = match (&value, key) {
                    (Some(map @ Value::Object(_)), Some(Value::Str(key))) => map.get(key).cloned(),
                    (Some(Value::Array(_)), Some(Value::Int(_))) => index(value, key).unwrap_or(None),
                    _ => None,
                };
            }
            on(value.is_some())
        }
        "print" => {
            let mut out = String::new();
            for (i, value) in values.iter().enumerate() {
                let words = |v: &Made| matches!(v, Some(Value::Str(_)));
                if i > 0 && !words(value) && !words(&values[i - 1]) {
                    out.push(' ');
                }
                out.push_str(&shown(value));
            }
            text(out)
        }
        "println" => text(values.iter().map(shown).collect::<Vec<_>>().join(" ") + "\n"),
        "printf" => match &values[0] {
            Some(Value::Str(format)) => text(printf(format, &values[1..])),
            other => Err(format!("wrong type for value; expected string; got {}", kind(other))),
        },
        "base64decode" => match &values[0] {
            Some(Value::Str(coded)) => decode(coded).map(|t| Some(Value::from(&*t))),
            other => Err(format!("wrong type for value; expected string; got {}", kind(other))),
        },
        other => Err(format!("function {} not defined", quote(other))),
    }
}

fn shown(value: &Made) -> String {
    value.as_ref().map_or("<nil>".to_owned(), plain)
}

fn kind(value: &Made) -> &'static str {
    value.as_ref().map_or("interface {}", type_of)
}

fn basic(value: &Made) -> bool {
    !matches!(value, None | Some(Value::Null | Value::Array(_) | Value::Object(_)))
}

fn equal(a: &Made, b: &Made) -> Result<bool, String> {
    let nil = |v: &Made| matches!(v, None | Some(Value::Null));
    match (a, b) {
        (a, b) if nil(a) || nil(b) => Ok(nil(a) && nil(b)),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => Ok(a == b),
        (a, b) if basic(a) && basic(b) => Ok(order(a, b)?.is_eq()),
        (Some(x), Some(y)) if !basic(a) && !basic(b) => {
            Err(format!("non-comparable types {}: {}, {}: {}", plain(x), type_of(x), type_of(y), plain(y)))
        }
        _ => Err("incompatible types for comparison".into()),
    }
}

fn order(a: &Made, b: &Made) -> Result<Ordering, String> {
    match (a, b) {
        (Some(Value::Int(a)), Some(Value::Int(b))) => Ok(a.cmp(b)),
        (Some(Value::Float(a)), Some(Value::Float(b))) => Ok(a.partial_cmp(b).unwrap_or(Ordering::Less)),
        (Some(Value::Str(a)), Some(Value::Str(b))) => Ok(a.cmp(b)),
        (a, b) if !basic(a) || !basic(b) => Err("invalid type for comparison".into()),
        (Some(Value::Bool(_)), Some(Value::Bool(_))) => Err("invalid type for comparison".into()),
        _ => Err("incompatible types for comparison".into()),
    }
}

// upstream: funcs.go index, indexArg
fn index(value: Made, key: &Made) -> Result<Made, String> {
    match (value, key) {
        (None | Some(Value::Null), _) => Err("index of untyped nil".into()),
        (Some(Value::Object(map)), Some(Value::Str(key))) => Ok(Some(map.get(key).cloned().unwrap_or_default())),
        (Some(Value::Object(_)), key) => Err(format!("value has type {}; should be string", kind(key))),
        (Some(Value::Array(items)), Some(Value::Int(at))) => {
            let place = usize::try_from(*at).ok().filter(|at| *at <= items.len());
            let place = place.ok_or_else(|| format!("index out of range: {at}"))?;
            items.get(place).cloned().map(Some).ok_or_else(|| "reflect: slice index out of range".to_owned())
        }
        (Some(Value::Array(_)), None | Some(Value::Null)) => Err("cannot index slice/array with nil".into()),
        (Some(Value::Array(_)), key) => Err(format!("cannot index slice/array with type {}", kind(key))),
        (Some(other), _) => Err(format!("can't index item of type {}", type_of(&other))),
    }
}

fn cut(values: &[Made]) -> Result<Made, String> {
    let length = match &values[0] {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Str(text)) => text.len(),
        None | Some(Value::Null) => return Err("slice of untyped nil".into()),
        Some(other) => return Err(format!("can't slice item of type {}", type_of(other))),
    };
    let mut bounds = [0, length];
    for (bound, value) in bounds.iter_mut().zip(&values[1..]) {
        let Some(Value::Int(at)) = value else {
            return Err(format!("cannot index slice/array with type {}", kind(value)));
        };
        *bound = usize::try_from(*at).ok().filter(|at| *at <= length).ok_or(format!("index out of range: {at}"))?;
    }
    let [from, to] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    Ok(match &values[0] {
        Some(Value::Array(items)) => Some(Value::array(items[from..to].iter().cloned())),
        Some(Value::Str(text)) => Some(Value::from(&*String::from_utf8_lossy(&text.as_bytes()[from..to]))),
        _ => None,
    })
}

/// `Sprintf`, with the verbs that values from JSON can be shown by.
fn printf(format: &str, values: &[Made]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(f) = chars.next_if(|c| matches!(c, '-' | '+' | ' ' | '#' | '0')) {
            flags.push(f);
        }
        let mut number = || {
            let mut digits = String::new();
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                digits.push(d);
            }
            digits.parse::<usize>().ok().map(|n| n.min(1000))
        };
        let width = number().unwrap_or(0);
        let exact = chars.next_if_eq(&'.').map(|_| {
            let mut digits = String::new();
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                digits.push(d);
            }
            digits.parse::<usize>().unwrap_or(0).min(1000)
        });
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = values.next() else {
            out.push_str(&format!("%!{verb}(MISSING)")[..]);
            continue;
        };
        let nothing = Value::Null;
        let value = value.as_ref().unwrap_or(&nothing);
        let text = match (verb, value) {
            ('v', v) if flags.contains('#') => syntax(v),
            ('v', v) => plain(v),
            ('T', v) => type_of(v).replace("interface {}", "<nil>"),
            ('s', Value::Str(text)) => match exact {
                Some(length) => text.chars().take(length).collect(),
                None => text.to_string(),
            },
            ('q', Value::Str(text)) => quote(text),
            ('t', Value::Bool(on)) => on.to_string(),
            ('d', Value::Int(number)) => number.to_string(),
            ('f' | 'F', Value::Float(number)) => format!("{number:.*}", exact.unwrap_or(6)),
            ('g', v @ Value::Float(_)) => plain(v),
            ('s' | 'd' | 'q', Value::Array(items)) => {
                let parts: Vec<String> =
                    items.iter().map(|item| printf(&format!("%{verb}"), &[Some(item.clone())])).collect();
                format!("[{}]", parts.join(" "))
            }
            ('s' | 'd' | 'q', map @ Value::Object(_)) => {
                let show = |v: &Value| printf(&format!("%{verb}"), &[Some(v.clone())]);
                let parts: Vec<String> =
                    members(map).iter().map(|(k, v)| format!("{}:{}", show(&Value::from(&**k)), show(v))).collect();
                format!("map[{}]", parts.join(" "))
            }
            (verb, Value::Null) => format!("%!{verb}(<nil>)"),
            (verb, other) => format!("%!{verb}({}={})", type_of(other), plain(other)),
        };
        let missing = width.saturating_sub(text.chars().count());
        let fill = if flags.contains('0') && !flags.contains('-') && verb != 's' { "0" } else { " " };
        if flags.contains('-') {
            out.push_str(&text);
            out.push_str(&" ".repeat(missing));
        } else {
            out.push_str(&fill.repeat(missing));
            out.push_str(&text);
        }
    }
    let left: Vec<String> = values.map(|v| format!("{}={}", kind(v), shown(v))).collect();
    if !left.is_empty() {
        out.push_str("%!(EXTRA ");
        out.push_str(&left.join(", "));
        out.push(')');
    }
    out
}

fn decode(text: &str) -> Result<String, String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    let wrong = |at: usize| format!("base64 decode failed: illegal base64 data at input byte {at}");
    let coded = text.trim_end_matches('=');
    for (at, byte) in coded.bytes().enumerate().filter(|(_, b)| !matches!(b, b'\n' | b'\r')) {
        let six = ALPHABET.iter().position(|a| *a == byte).ok_or_else(|| wrong(at))?;
        bits = (bits << 6) | six as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    if !text.len().is_multiple_of(4) {
        return Err(wrong(text.len()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
