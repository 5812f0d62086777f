//! YAML as `kubectl -o yaml` prints it: its choice of quotes, its folding at 80 columns.

use super::scalar::{is_base60, reads_as_other};
use crate::{Map, Value};
use std::fmt::Write as _;

/// Where kubectl folds long lines, at the next space.
const WIDTH: usize = 80;
/// A longer key is written as `? key`.
const MAX_SIMPLE_KEY: usize = 128;

/// Prints `value` as `kubectl -o yaml` does. Keys keep their order: sort them first if need be.
pub fn to_yaml(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0 };
    match value {
        Value::Object(map) if !map.is_empty() => writer.map(map, 0),
        Value::Array(items) if !items.is_empty() => writer.list(items, 0),
        other => writer.scalar(other, 0, false),
    }
    writer.end_line();
    writer.out
}

struct Writer {
    out: String,
    /// Characters on the current line.
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn end_line(&mut self) {
        if self.column > 0 {
            self.line(0);
        }
    }

    /// Begins a new line, indented.
    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.column = 0;
        self.indent(indent);
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column += indent;
    }

    /// Members at column `indent`; the first goes on the current line when that column is reached.
    fn map(&mut self, map: &Map, indent: usize) {
        for (i, (key, value)) in map.iter().enumerate() {
            self.start(i, indent);
            if key.len() > MAX_SIMPLE_KEY || key.contains('\n') {
                self.put("? ");
                self.text(key, indent + 2, false);
                self.end_line();
                self.indent(indent);
                self.put(":");
            } else {
                self.text(key, indent, true);
                self.put(":");
            }
            self.value(value, indent);
        }
    }

    fn start(&mut self, i: usize, indent: usize) {
        if i > 0 {
            self.end_line();
        }
        if self.column < indent {
            let missing = indent - self.column;
            self.indent(missing);
        }
    }

    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.end_line();
                self.map(map, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                self.end_line();
                self.list(items, indent);
            }
            other => {
                self.put(" ");
                self.scalar(other, indent + 2, false);
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize) {
        for (i, item) in items.iter().enumerate() {
            self.start(i, indent);
            self.put("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.map(map, indent + 2),
                Value::Array(inner) if !inner.is_empty() => self.list(inner, indent + 2),
                other => self.scalar(other, indent + 2, false),
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize, key: bool) {
        match value {
            Value::Str(text) => self.text(text, indent, key),
            Value::Array(_) => self.put("[]"),
            Value::Object(_) => self.put("{}"),
            Value::Float(f) => self.put(&crate::float::go(*f)),
            other => self.put(&other.to_json()),
        }
    }

    fn text(&mut self, text: &str, indent: usize, key: bool) {
        let allowed = Analysis::of(text);
        if text.contains('\n') {
            if allowed.block && !key {
                return self.literal(text, indent);
            }
        } else if text != "<<" && (reads_as_other(text) || is_base60(text)) {
            // Double quotes.
        } else if allowed.plain {
            return self.folded(text, indent, key, true);
        } else if allowed.single {
            self.put("'");
            self.folded(&text.replace('\'', "''"), indent, key, false);
            return self.put("'");
        }
        self.double(text, indent, key);
    }

    /// Writes text, going to a new line at a single space beyond the width.
    fn folded(&mut self, text: &str, indent: usize, key: bool, plain: bool) {
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            let inside = plain || (i > 0 && i + 1 < text.len());
            let next_is_space = chars.peek().is_some_and(|n| n.1 == ' ');
            if c == ' ' && !key && !spaces && self.column > WIDTH && inside && !next_is_space {
                self.line(indent);
            } else {
                self.out.push(c);
                self.column += 1;
            }
            spaces = c == ' ';
        }
    }

    fn double(&mut self, text: &str, indent: usize, key: bool) {
        self.put("\"");
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if c == ' ' && !key && !spaces && self.column > WIDTH && i > 0 && i + 1 < text.len() {
                self.line(indent);
                if chars.peek().is_some_and(|n| n.1 == ' ') {
                    self.put("\\");
                }
            } else {
                self.escaped(c);
            }
            spaces = c == ' ';
        }
        self.put("\"");
    }

    fn escaped(&mut self, c: char) {
        let before = self.out.len();
        match c {
            '"' => self.out.push_str("\\\""),
            '\\' => self.out.push_str("\\\\"),
            '\0' => self.out.push_str("\\0"),
            '\u{7}' => self.out.push_str("\\a"),
            '\u{8}' => self.out.push_str("\\b"),
            '\t' => self.out.push_str("\\t"),
            '\n' => self.out.push_str("\\n"),
            '\u{b}' => self.out.push_str("\\v"),
            '\u{c}' => self.out.push_str("\\f"),
            '\r' => self.out.push_str("\\r"),
            '\u{1b}' => self.out.push_str("\\e"),
            '\u{85}' => self.out.push_str("\\N"),
            '\u{2028}' => self.out.push_str("\\L"),
            '\u{2029}' => self.out.push_str("\\P"),
            c if printable(c) => {
                self.out.push(c);
                self.column += 1;
                return;
            }
            c if (c as u32) < 0x100 => _ = write!(self.out, "\\x{:02X}", c as u32),
            c if (c as u32) < 0x1_0000 => _ = write!(self.out, "\\u{:04X}", c as u32),
            c => _ = write!(self.out, "\\U{:08X}", c as u32),
        }
        self.column += self.out.len() - before;
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.line(0);
            if !line.is_empty() {
                self.indent(indent);
                self.put(line);
            }
        }
        if self.column == 0 {
            self.out.push('\n');
        }
    }
}

/// What kubectl's YAML library prints as it is.
fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Which styles can hold a string.
struct Analysis {
    plain: bool,
    single: bool,
    block: bool,
}

impl Analysis {
    fn of(text: &str) -> Self {
        let is_break = |c: char| matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let blank_after = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']) || rest.starts_with(is_break);
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut breaks, mut space_break, mut break_space) = (false, false, false, false);
        let mut before = None::<char>;
        for (i, c) in text.char_indices() {
            let rest = &text[i + c.len_utf8()..];
            if i == 0 {
                indicators |= match c {
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                        true
                    }
                    '?' | ':' | '-' => blank_after(rest),
                    _ => false,
                };
            } else {
                indicators |= c == ':' && blank_after(rest);
                indicators |= c == '#' && before.is_some_and(|b| b == ' ' || b == '\t' || is_break(b));
            }
            special |= !printable(c) || !c.is_ascii() && c as u32 >= 0x1_0000;
            breaks |= is_break(c);
            space_break |= is_break(c) && before == Some(' ');
            break_space |= c == ' ' && before.is_some_and(is_break);
            before = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let hard = space_break || special;
        Self {
            plain: !(text.is_empty() || edges || breaks || indicators || hard),
            single: !(break_space || hard),
            block: !(text.ends_with(' ') || hard),
        }
    }
}
