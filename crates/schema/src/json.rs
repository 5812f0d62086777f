//! JSON in and out of [`Value`], small enough for the browser.

use crate::{Map, Value};
use std::fmt;

/// Where and why a JSON text could not be read. `offset` counts bytes from the start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at offset {offset}")]
pub struct JsonError {
    /// What was wrong.
    pub message: &'static str,
    /// Bytes from the start of the text.
    pub offset: usize,
}

/// Nesting beyond this is refused, so that hostile input cannot exhaust the stack.
const MAX_DEPTH: usize = 128;

impl Value {
    /// Reads one JSON value.
    ///
    /// # Errors
    /// [`JsonError`] with the offset at which the text stops being JSON.
    pub fn from_json(text: &str) -> Result<Self, JsonError> {
        let mut p = Parser { text: text.as_bytes(), at: 0 };
        let value = p.value(0)?;
        p.space();
        if p.at < p.text.len() { p.fail("trailing characters") } else { Ok(value) }
    }

    /// Compact JSON, keys in their order.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write_json(&mut out, self);
        out
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

fn write_json(out: &mut String, value: &Value) {
    use fmt::Write as _;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(i) => _ = write!(out, "{i}"),
        Value::Float(f) => out.push_str(&crate::float::plain(*f)),
        Value::Str(s) => write_str(out, s),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_str(out, key);
                out.push(':');
                write_json(out, item);
            }
            out.push('}');
        }
    }
}

fn write_str(out: &mut String, text: &str) {
    use fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => _ = write!(out, "\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn fail<T>(&self, message: &'static str) -> Result<T, JsonError> {
        Err(JsonError { message, offset: self.at })
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let hit = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(hit);
        hit
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, JsonError> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            self.fail("invalid literal")
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        self.space();
        match self.text.get(self.at) {
            None => self.fail("unexpected end of input"),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'"') => Ok(self.string()?.into()),
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                if self.eat(b']') {
                    return Ok(items.into());
                }
                loop {
                    items.push(self.value(depth + 1)?);
                    if self.eat(b']') {
                        return Ok(items.into());
                    }
                    if !self.eat(b',') {
                        return self.fail("expected , or ]");
                    }
                }
            }
            Some(b'{') => {
                self.at += 1;
                let mut map = Map::new();
                if self.eat(b'}') {
                    return Ok(map.into());
                }
                loop {
                    self.space();
                    if self.text.get(self.at) != Some(&b'"') {
                        return self.fail("expected a key");
                    }
                    let key = self.string()?;
                    if !self.eat(b':') {
                        return self.fail("expected :");
                    }
                    let value = self.value(depth + 1)?;
                    map.insert(key, value);
                    if self.eat(b'}') {
                        return Ok(map.into());
                    }
                    if !self.eat(b',') {
                        return self.fail("expected , or }");
                    }
                }
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.fail("unexpected character"),
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        while matches!(self.text.get(self.at), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        if let Ok(i) = text.parse::<i64>() {
            return Ok(Value::Int(i));
        }
        match crate::float::parse(text) {
            // What is beyond range could not be written again.
            Some(f) if f.is_finite() => Ok(Value::Float(f)),
            _ => self.fail("invalid number"),
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let Some(&byte) = self.text.get(self.at) else { return self.fail("unterminated string") };
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    let Some(&escape) = self.text.get(self.at) else { return self.fail("unterminated string") };
                    self.at += 1;
                    let c = match escape {
                        b'n' => '\n',
                        b't' => '\t',
                        b'r' => '\r',
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'u' => self.unicode()?,
                        b'"' | b'\\' | b'/' => escape as char,
                        _ => return self.fail("invalid escape"),
                    };
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => out.push(byte),
            }
        }
        match String::from_utf8(out) {
            Ok(text) => Ok(text),
            Err(_) => self.fail("invalid UTF-8"),
        }
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let mut unit = || -> Option<u32> {
            let hex = std::str::from_utf8(self.text.get(self.at..self.at + 4)?).ok()?;
            self.at += 4;
            u32::from_str_radix(hex, 16).ok()
        };
        let Some(high) = unit() else { return self.fail("invalid escape") };
        if (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let hex = self.text.get(self.at..self.at + 4).and_then(|h| std::str::from_utf8(h).ok());
            let Some(low) = hex.and_then(|h| u32::from_str_radix(h, 16).ok()) else {
                return self.fail("invalid escape");
            };
            self.at += 4;
            let code = 0x1_0000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
            return Ok(char::from_u32(code).unwrap_or('\u{FFFD}'));
        }
        Ok(char::from_u32(high).unwrap_or('\u{FFFD}'))
    }
}

impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => s.serialize_unit(),
            Self::Bool(b) => s.serialize_bool(*b),
            Self::Int(i) => s.serialize_i64(*i),
            Self::Float(f) => s.serialize_f64(*f),
            Self::Str(t) => s.serialize_str(t),
            Self::Array(items) => s.collect_seq(items.iter()),
            Self::Object(map) => s.collect_map(map.iter().map(|(k, v)| (&**k, v))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_survives_a_round_trip() {
        let text = r#"{"b":[1,-2.5,"a\"\u00e9\n",null,true],"a":{}}"#;
        let value = Value::from_json(text).expect("valid");
        assert_eq!(value.to_json(), "{\"b\":[1,-2.5,\"a\\\"é\\n\",null,true],\"a\":{}}");
        assert_eq!(Value::from_json(&value.to_json()).as_ref(), Ok(&value));
    }

    #[test]
    fn numbers_beyond_range_are_refused() {
        for text in ["1e999", "[-1e999]", "92233E203685477808"] {
            assert_eq!(Value::from_json(text).expect_err("too large").message, "invalid number", "{text}");
        }
        assert_eq!(Value::from_json("1e308").as_ref(), Ok(&Value::Float(1e308)));
    }

    #[test]
    fn deep_nesting_is_refused_not_fatal() {
        let error = Value::from_json(&"[".repeat(1_000_000)).expect_err("too deep");
        assert_eq!(error.message, "nested too deeply");
    }
}
