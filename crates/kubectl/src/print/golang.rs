//! Values as Go's `fmt` prints them: `%v`, `%#v` and `%q`.

use podscope_schema::Value;
use std::fmt::Write as _;

/// `%v`: what columns and templates show of a value that is no text.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Str(text) => text.to_string(),
        Value::Float(number) => float(*number),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Object(_) => {
            let parts: Vec<String> = members(value).iter().map(|(k, v)| format!("{k}:{}", plain(v))).collect();
            format!("map[{}]", parts.join(" "))
        }
        other => other.to_json(),
    }
}

/// `%#v`: a value as Go source.
pub fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Str(text) => quote(text),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(_) => {
            let parts: Vec<String> =
                members(value).iter().map(|(k, v)| format!("{}:{}", quote(k), syntax(v))).collect();
            format!("map[string]interface {{}}{{{}}}", parts.join(", "))
        }
        other => plain(other),
    }
}

/// The type of a value that was decoded from JSON.
pub const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "interface {}",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// The members of an object, sorted by name, as maps are printed.
pub fn members(value: &Value) -> Vec<(String, Value)> {
    let map = value.as_map();
    let mut out: Vec<_> =
        map.into_iter().flat_map(podscope_schema::Map::iter).map(|(k, v)| (k.to_string(), v.clone())).collect();
    podscope_schema::sort::sort_by(&mut out, |a, b| a.0.cmp(&b.0));
    out
}

/// `%q`
pub fn quote(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if (c as u32) < 32 || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A number as Go's shortest `%g` writes it: with an exponent from a million on.
// upstream: strconv FormatFloat 'g', -1
fn float(number: f64) -> String {
    let text = format!("{number:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    match exponent.parse::<i32>() {
        Ok(e) if (-4..6).contains(&e) => format!("{number}"),
        Ok(e) => format!("{digits}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs()),
        Err(_) => text,
    }
}

/// Text in quotes as Go reads it, without them; `None` when an escape is unknown.
// upstream: jsonpath UnquoteExtend, strconv UnquoteChar
pub fn unquote(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            '\\' => out.push('\\'),
            c if c == quote => out.push(c),
            c @ ('x' | 'u' | 'U') => {
                let length = match c {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = chars.by_ref().take(length).collect();
                out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
            }
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        let value = Value::from_json(r#"{"b":[1,"x",null],"a":{"k":true},"c":0.5}"#).expect("valid JSON");
        assert_eq!(plain(&value), "map[a:map[k:true] b:[1 x <nil>] c:0.5]");
        assert_eq!(
            syntax(&value),
            "map[string]interface {}{\"a\":map[string]interface {}{\"k\":true}, \
             \"b\":[]interface {}{1, \"x\", interface {}(nil)}, \"c\":0.5}"
        );
    }

    #[test]
    fn numbers_get_an_exponent_as_in_go() {
        for (number, want) in [
            (3.0, "3"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (26_784_728.0, "2.6784728e+07"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.0, "0"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(plain(&Value::Float(number)), want);
        }
    }
}
