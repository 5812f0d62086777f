//! From saphyr's events to a tree with marks, within bounds.

use super::{Document, Duplicate, Entry, Node, NodeKind, ParseError, scalar};
use crate::Value;
use crate::sorted::SortedMap;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::fmt::Write as _;
use std::rc::Rc;

/// Longer texts are refused.
const MAX_BYTES: usize = 10_000_000;
/// Deeper nesting is refused.
const MAX_DEPTH: usize = 100;
/// A text that has more values than this, aliases written out, is refused.
const MAX_NODES: usize = 1_000_000;

type Result<T> = std::result::Result<T, ParseError>;

/// Reads a stream of YAML (or JSON) documents as kubectl does. Empty documents are left out.
///
/// # Errors
/// The first problem, in kubectl's words, with its line and column.
pub fn parse(text: &str) -> Result<Vec<Document>> {
    if text.len() > MAX_BYTES {
        return Err(fail(1, 1, "yaml: the text is longer than 10 MB".into()));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    printable(text)?;
    let mut builder = Builder {
        text,
        parser: Parser::new_from_str(text),
        anchors: SortedMap::new(),
        nodes: 0,
        expanded: 0,
        duplicates: Vec::new(),
        path: Vec::new(),
    };
    let result = builder.documents();
    if result.is_err() && text.trim_start().starts_with(['{', '[']) {
        // JSON that YAML does not read, such as surrogate escapes: no marks but the first line's.
        if let Ok(value) = Value::from_json(text) {
            return Ok(vec![Document { root: unmarked(&value), duplicates: Vec::new() }]);
        }
    }
    result
}

fn unmarked(value: &Value) -> Node {
    let kind = match value {
        Value::Array(items) => NodeKind::Sequence(Rc::new(items.iter().map(unmarked).collect())),
        Value::Object(map) => {
            let entry = |(key, value): (&Rc<str>, &Value)| Entry {
                key: Rc::clone(key),
                line: 1,
                column: 1,
                value: unmarked(value),
            };
            NodeKind::Mapping(Rc::new(map.iter().map(entry).collect()))
        }
        other => NodeKind::Scalar(other.clone()),
    };
    Node { kind, line: 1, column: 1 }
}

fn fail(line: usize, column: usize, message: String) -> ParseError {
    ParseError { message, line: line as u32, column: column as u32 }
}

fn printable(text: &str) -> Result<()> {
    let (mut line, mut column) = (1, 1);
    for c in text.chars() {
        let fine = matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..);
        if !fine {
            return Err(fail(line, column, "yaml: control characters are not allowed".into()));
        }
        column += 1;
        if c == '\n' {
            (line, column) = (line + 1, 1);
        }
    }
    Ok(())
}

/// A problem of the scanner, in the words and with the line count of kubectl's YAML library.
fn scan_error(error: &ScanError, text: &str) -> ParseError {
    let (line, column) = (error.marker().line(), error.marker().col() + 1);
    let info = error.info();
    // (part of our scanner's words, kubectl's words, whether kubectl counts this line from 0)
    const WORDS: [(&str, &str, bool); 19] = [
        ("recursion limit", "exceeded max depth of 100", false),
        ("tab", "found character that cannot start any token", false),
        ("unexpected character", "found character that cannot start any token", false),
        ("mapping values are not allowed", "mapping values are not allowed in this context", false),
        ("block sequence entries are not allowed", "block sequence entries are not allowed in this context", false),
        ("unexpected end of stream", "found unexpected end of stream", false),
        ("simple key expect", "could not find expected ':'", false),
        ("escape", "found unknown escape character", false),
        ("quoted scalar", "found unexpected end of stream", false),
        ("expected ',' or ']'", "did not find expected ',' or ']'", true),
        ("expected ',' or '}'", "did not find expected ',' or '}'", true),
        ("expected node content", "did not find expected node content", true),
        ("expected '-' indicator", "did not find expected '-' indicator", true),
        ("expected key", "did not find expected key", true),
        ("invalid indentation", "did not find expected key", true),
        ("<document start>", "did not find expected <document start>", true),
        ("illegal placement of ':'", "did not find expected ',' or ']'", true),
        ("unclosed bracket", "did not find expected ',' or ']'", true),
        ("misplaced bracket", "did not find expected node content", true),
    ];
    if info.contains("unknown anchor") {
        return fail(line, column, format!("yaml: unknown anchor '{}' referenced", anchor_name(text, line, column)));
    }
    if info.contains("plain scalar, found a tab") {
        // Our scanner tells where the scalar began.
        let tab = text.lines().skip(line).position(|l| l.trim_start_matches(' ').starts_with('\t'));
        let line = line + 1 + tab.unwrap_or_default();
        return fail(line, 1, format!("yaml: line {line}: found a tab character that violates indentation"));
    }
    let (words, zero) = WORDS.iter().find(|w| info.contains(w.0)).map_or((info, false), |w| (w.1, w.2));
    let counted = match words {
        "found unexpected end of stream" => text.split('\n').count(),
        _ if zero => line - 1,
        _ => line,
    };
    let message =
        if counted > usize::from(!zero) { format!("yaml: line {counted}: {words}") } else { format!("yaml: {words}") };
    fail(line, column, message)
}

/// The name behind the `*` or `&` at a position.
fn anchor_name(text: &str, line: usize, column: usize) -> String {
    let line = text.lines().nth(line - 1).unwrap_or_default();
    line.chars().skip(column).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect()
}

struct Builder<'a> {
    text: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    /// What each anchor names, and how many values it holds; `None` while it is being read.
    anchors: SortedMap<usize, Option<(Node, usize)>>,
    nodes: usize,
    expanded: usize,
    duplicates: Vec<Duplicate>,
    path: Vec<Step>,
}

/// A step of the path to the value being read.
enum Step {
    Key(Rc<str>),
    Index(usize),
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(scan_error(&error, self.text)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn documents(&mut self) -> Result<Vec<Document>> {
        let mut documents = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(documents),
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    let root = self.node(event, span, 0)?;
                    let duplicates = std::mem::take(&mut self.duplicates);
                    if root.kind != NodeKind::Scalar(Value::Null) {
                        documents.push(Document { root, duplicates });
                    }
                    self.anchors.clear();
                }
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                _ => return Err(at(span, "yaml: did not find expected <document start>")),
            }
        }
    }

    fn count(&mut self, span: Span, values: usize, expanded: bool) -> Result<()> {
        self.nodes += values;
        if expanded {
            self.expanded += values;
        }
        if self.nodes <= MAX_NODES && (self.expanded <= 1000 || self.expanded * 100 <= self.nodes * 99) {
            return Ok(());
        }
        let aliases = self.expanded > 1000;
        Err(at(
            span,
            if aliases { "yaml: document contains excessive aliasing" } else { "yaml: document has too many values" },
        ))
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node> {
        if depth > MAX_DEPTH {
            return Err(at(span, "yaml: exceeded max depth of 100"));
        }
        let before = self.nodes;
        let marked = |kind| Node { kind, line: span.start.line() as u32, column: span.start.col() as u32 + 1 };
        let (anchor, node) = match event {
            Event::Alias(id) => {
                let (node, size) = match self.anchors.get(&id) {
                    Some(Some(known)) => known.clone(),
                    other => {
                        let name = anchor_name(self.text, span.start.line(), span.start.col() + 1);
                        let inside = other.is_some();
                        return Err(at(
                            span,
                            &if inside {
                                format!("yaml: anchor '{name}' value contains itself")
                            } else {
                                format!("yaml: unknown anchor '{name}' referenced")
                            },
                        ));
                    }
                };
                self.count(span, size, true)?;
                return Ok(marked(node.kind));
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.count(span, 1, false)?;
                (anchor, marked(NodeKind::Scalar(tagged(&text, style, tag.as_deref(), span)?)))
            }
            Event::SequenceStart(anchor, _) => {
                self.count(span, 1, false)?;
                self.open(anchor);
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        break;
                    }
                    self.path.push(Step::Index(items.len()));
                    items.push(self.node(event, span, depth + 1)?);
                    self.path.pop();
                }
                (anchor, marked(NodeKind::Sequence(Rc::new(items))))
            }
            Event::MappingStart(anchor, _) => {
                self.count(span, 1, false)?;
                self.open(anchor);
                (anchor, marked(NodeKind::Mapping(Rc::new(self.mapping(depth)?))))
            }
            _ => return Err(at(span, "yaml: did not find expected node content")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, Some((node.clone(), self.nodes - before)));
        }
        Ok(node)
    }

    fn open(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => _ = write!(text, ".{key}"),
                Step::Index(i) => _ = write!(text, "[{i}]"),
            }
        }
        text
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Entry>> {
        let mut fields = Fields::default();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(fields.entries);
            }
            let merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, span, depth + 1)?;
            let name = match &key.kind {
                NodeKind::Scalar(scalar) => scalar::key_text(scalar),
                _ => None,
            };
            let name: Rc<str> = name.unwrap_or_default().into();
            let (event, value_span) = self.next()?;
            self.path.push(Step::Key(Rc::clone(&name)));
            let value = self.node(event, value_span, depth + 1)?;
            if merge {
                fields.merge(&value, value_span)?;
                self.path.pop();
                continue;
            }
            match &key.kind {
                NodeKind::Scalar(Value::Null) => return Err(at(span, "unsupported map key of type: %!s(<nil>)")),
                NodeKind::Scalar(_) => {}
                _ => return Err(at(span, "yaml: invalid map key")),
            }
            if fields.set(Entry { key: Rc::clone(&name), line: key.line, column: key.column, value }, false) {
                let path = self.path_text();
                self.duplicates.push(Duplicate { key: name, path, line: key.line, column: key.column });
            }
            self.path.pop();
        }
    }
}

/// The entries of a mapping being read, with an index once they are many.
#[derive(Default)]
struct Fields {
    entries: Vec<Entry>,
    index: SortedMap<Rc<str>, (usize, bool)>,
}

impl Fields {
    /// Sets an entry; tells whether its key was set before, and not by a merge.
    fn set(&mut self, entry: Entry, merged: bool) -> bool {
        if let Some((slot, was_merged)) = self.index.get_mut(&entry.key) {
            let twice = !*was_merged && !merged;
            *was_merged = merged;
            self.entries[*slot] = entry;
            return twice;
        }
        self.index.insert(Rc::clone(&entry.key), (self.entries.len(), merged));
        self.entries.push(entry);
        false
    }

    /// `<<`: what it brings wins over what came before, and of several the first wins.
    fn merge(&mut self, value: &Node, span: Span) -> Result<()> {
        match &value.kind {
            NodeKind::Mapping(entries) => {
                for entry in entries.iter() {
                    self.set(entry.clone(), true);
                }
                Ok(())
            }
            NodeKind::Sequence(maps) if maps.iter().all(|m| matches!(m.kind, NodeKind::Mapping(_))) => {
                maps.iter().rev().try_for_each(|map| self.merge(map, span))
            }
            _ => Err(at(span, "yaml: map merge requires map or sequence of maps as the value")),
        }
    }
}

fn at(span: Span, message: &str) -> ParseError {
    fail(span.start.line(), span.start.col() + 1, message.into())
}

fn tagged(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Value> {
    let plain = style == ScalarStyle::Plain;
    let core = tag.filter(|t| t.is_yaml_core_schema()).map(|t| t.suffix.as_str());
    let value = match (core, tag) {
        (Some("str" | "binary"), _) => Value::from(text),
        (Some(kind @ ("int" | "float" | "bool" | "null")), _) => {
            let value = scalar::resolve(text);
            let fits = match &value {
                Value::Int(_) => matches!(kind, "int" | "float"),
                Value::Float(_) => kind == "float",
                Value::Bool(_) => kind == "bool",
                Value::Null => kind == "null",
                _ => false,
            };
            if !fits {
                return Err(at(span, &format!("yaml: cannot decode !!str `{text}` as a !!{kind}")));
            }
            value
        }
        (_, Some(_)) => Value::from(text),
        (_, None) if plain => scalar::resolve(text),
        (_, None) => Value::from(text),
    };
    match value {
        Value::Float(f) if !f.is_finite() => {
            let name = if f.is_nan() {
                "NaN"
            } else if f > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            Err(at(span, &format!("json: unsupported value: {name}")))
        }
        value => Ok(value),
    }
}
