//! JSONPath templates, as kubectl knows them: text with `{…}` in it.
// upstream: client-go/util/jsonpath

use super::read::scalar;
use podscope_schema::Value;
use std::iter::Peekable;
use std::str::Chars;

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// The values that these steps lead to, joined by blanks.
    Path(Vec<Step>),
    /// `{range …}…{end}`
    Range(Vec<Step>, Vec<Node>),
}

/// A step from values to values.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `.name`, `['name']`
    Field(String),
    /// `..name`
    Deep(String),
    /// `[*]`, `.*`
    All,
    /// `[from:to:step]`, and `[n]` as a slice of one.
    Slice(Option<i64>, Option<i64>, i64, bool),
    /// `[?(@.a == "b")]`
    Filter(Vec<Step>, String, Option<Operand>),
    /// `['a','b']`
    Union(Vec<String>),
}

/// What a filter compares with.
#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(String),
    Path(Vec<Step>),
}

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Node>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in client-go's words where it has some.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let (nodes, ended) = nodes(&mut rest)?;
        if ended { Err("not in range, nothing to end".into()) } else { Ok(Self(nodes)) }
    }

    /// Reads a path that may stand without braces and without a dot in front, as `--sort-by` and columns take it.
    ///
    /// # Errors
    /// As [`Template::parse`].
    // upstream: kubectl/pkg/cmd/get RelaxedJSONPathExpression
    pub fn relaxed(path: &str) -> Result<Self, String> {
        let bare = path.trim();
        if bare.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let bare = bare.strip_prefix('{').map_or(bare, |b| b.strip_suffix('}').unwrap_or(b));
        if bare.starts_with('.') { Self::parse(&format!("{{{bare}}}")) } else { Self::parse(&format!("{{.{bare}}}")) }
    }

    /// All values that its paths lead to.
    pub fn values(&self, root: &Value) -> Vec<Value> {
        let paths = self.0.iter().filter_map(|n| if let Node::Path(steps) = n { Some(steps) } else { None });
        paths.flat_map(|steps| walk(vec![root.clone()], steps, root)).collect()
    }

    /// The text that it makes of `root`. A field that is not there makes nothing, or with `strict` an error.
    ///
    /// # Errors
    /// `x is not found`
    pub fn text(&self, root: &Value, strict: bool) -> Result<String, String> {
        let mut out = String::new();
        write(&self.0, root, root, strict, &mut out)?;
        Ok(out)
    }
}

fn write(nodes: &[Node], current: &Value, root: &Value, strict: bool, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Path(steps) => {
                let found = walk(vec![current.clone()], steps, root);
                if strict && found.is_empty() {
                    let last = steps.iter().rev().find_map(|s| if let Step::Field(f) = s { Some(f) } else { None });
                    if let Some(name) = last {
                        return Err(format!("{name} is not found"));
                    }
                }
                let texts: Vec<String> = found.iter().map(shown).collect();
                out.push_str(&texts.join(" "));
            }
            Node::Range(steps, body) => {
                for item in walk(vec![current.clone()], steps, root) {
                    write(body, &item, root, strict, out)?;
                }
            }
        }
    }
    Ok(())
}

/// Scalars as text, lists and objects as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => super::get::sorted(value).to_json(),
        other => scalar(other),
    }
}

fn walk(mut values: Vec<Value>, steps: &[Step], root: &Value) -> Vec<Value> {
    for step in steps {
        values = values.iter().flat_map(|v| take(v, step, root)).collect();
    }
    values
}

fn take(value: &Value, step: &Step, root: &Value) -> Vec<Value> {
    match step {
        Step::Field(name) => value.get(name).cloned().into_iter().collect(),
        Step::Union(names) => names.iter().filter_map(|n| value.get(n).cloned()).collect(),
        Step::All => children(value),
        Step::Deep(name) => {
            let mut out = Vec::new();
            deep(value, name, &mut out);
            out
        }
        Step::Slice(from, to, by, single) => slice(value.items(), *from, *to, *by, *single),
        Step::Filter(left, operator, right) => {
            let keep = |item: &&Value| {
                let mine = walk(vec![(*item).clone()], left, root);
                let Some(right) = right else { return !mine.is_empty() };
                let Some(mine) = mine.first() else { return false };
                let other = match right {
                    Operand::Literal(text) => text.clone(),
                    Operand::Path(steps) => match walk(vec![(*item).clone()], steps, root).first() {
                        Some(value) => shown(value),
                        None => return false,
                    },
                };
                compare(&shown(mine), operator, &other)
            };
            let items = if value.items().is_empty() { children(value) } else { value.items().to_vec() };
            items.iter().filter(keep).cloned().collect()
        }
    }
}

fn compare(left: &str, operator: &str, right: &str) -> bool {
    let order = match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b),
        _ => Some(left.cmp(right)),
    };
    match operator {
        "==" => left == right || order == Some(std::cmp::Ordering::Equal),
        "!=" => left != right,
        "<" => order == Some(std::cmp::Ordering::Less),
        ">" => order == Some(std::cmp::Ordering::Greater),
        "<=" => order.is_some_and(std::cmp::Ordering::is_le),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(_) => value.items().to_vec(),
        Value::Object(map) => map.iter().map(|(_, v)| v.clone()).collect(),
        _ => Vec::new(),
    }
}

fn deep(value: &Value, name: &str, out: &mut Vec<Value>) {
    if name.is_empty() {
        out.push(value.clone());
    } else if let Some(found) = value.get(name) {
        out.push(found.clone());
    }
    for child in children(value) {
        deep(&child, name, out);
    }
}

fn slice(items: &[Value], from: Option<i64>, to: Option<i64>, by: i64, single: bool) -> Vec<Value> {
    let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let place = |n: i64| if n < 0 { n + len } else { n };
    let start = place(from.unwrap_or(0)).max(0);
    let end = if single { start + 1 } else { place(to.unwrap_or(len)) }.min(len);
    if single && from.is_some_and(|n| place(n) < 0) {
        return Vec::new();
    }
    let step = usize::try_from(by.max(1)).unwrap_or(1);
    (start..end).step_by(step).filter_map(|n| items.get(usize::try_from(n).ok()?).cloned()).collect()
}

/// Reads nodes up to the end or to `{end}`; says whether that came.
fn nodes(rest: &mut &str) -> Result<(Vec<Node>, bool), String> {
    let mut out = Vec::new();
    while !rest.is_empty() {
        let Some(open) = rest.find('{') else {
            out.push(Node::Text((*rest).to_owned()));
            *rest = "";
            break;
        };
        if open > 0 {
            out.push(Node::Text(rest[..open].to_owned()));
        }
        let body = &rest[open + 1..];
        let close = closing(body).ok_or("unclosed action")?;
        let action = body[..close].trim();
        *rest = &body[close + 1..];
        if action == "end" {
            return Ok((out, true));
        } else if let Some(path) = action.strip_prefix("range ") {
            let steps = steps(path.trim())?;
            let (body, ended) = nodes(rest)?;
            if !ended {
                return Err("unterminated range".into());
            }
            out.push(Node::Range(steps, body));
        } else {
            action_nodes(action, &mut out)?;
        }
    }
    Ok((out, false))
}

/// The brace that closes an action, past quoted text.
fn closing(body: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in body.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '}' => return Some(at),
            _ => {}
        }
    }
    None
}

/// An action: quoted text and paths, several after one another.
fn action_nodes(action: &str, out: &mut Vec<Node>) -> Result<(), String> {
    let mut rest = action;
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        if let Some(quote) = quote {
            let mut chars = rest[1..].char_indices();
            let mut text = String::new();
            let end = loop {
                match chars.next() {
                    None => return Err("unterminated quoted string".into()),
                    Some((at, c)) if c == quote => break at + 2,
                    Some((_, '\\')) => match chars.next() {
                        Some((_, 'n')) => text.push('\n'),
                        Some((_, 't')) => text.push('\t'),
                        Some((_, c)) => text.push(c),
                        None => return Err("unterminated quoted string".into()),
                    },
                    Some((_, c)) => text.push(c),
                }
            };
            out.push(Node::Text(text));
            rest = rest[end..].trim_start();
        } else {
            out.push(Node::Path(steps(rest)?));
            break;
        }
    }
    Ok(())
}

/// Reads `.a.b[0]['c'][?(@.d=="e")]`, with `@` or `$` in front or without.
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut out = Vec::new();
    let mut chars = path.trim().chars().peekable();
    if matches!(chars.peek(), Some('@' | '$')) {
        chars.next();
    }
    if chars.peek().is_some_and(|c| !matches!(c, '.' | '[')) {
        let first: String = chars.collect();
        return Err(format!("unrecognized identifier {first}"));
    }
    while let Some(c) = chars.next() {
        match c {
            '.' => {
                let deep = chars.peek() == Some(&'.');
                if deep {
                    chars.next();
                }
                match chars.peek() {
                    Some('*') => {
                        chars.next();
                        if deep {
                            out.push(Step::Deep(String::new()));
                        }
                        out.push(Step::All);
                        continue;
                    }
                    Some('[') => continue,
                    _ => {}
                }
                let name = identifier(&mut chars);
                if deep {
                    out.push(Step::Deep(name));
                } else if !name.is_empty() {
                    out.push(Step::Field(name));
                }
            }
            '[' => out.push(bracket(&mut chars)?),
            c if c.is_whitespace() => {}
            c => return Err(format!("unrecognized character in action: U+{:04X} {c:?}", u32::from(c))),
        }
    }
    Ok(out)
}

fn identifier(chars: &mut Peekable<Chars>) -> String {
    let mut name = String::new();
    while let Some(&c) = chars.peek() {
        match c {
            '\\' => {
                chars.next();
                name.extend(chars.next());
            }
            '.' | '[' | ' ' | '|' | ')' | '=' | '!' | '<' | '>' | '\t' => break,
            _ => {
                name.push(c);
                chars.next();
            }
        }
    }
    name
}

/// What stands between brackets.
fn bracket(chars: &mut Peekable<Chars>) -> Result<Step, String> {
    let mut body = String::new();
    let (mut quote, mut depth) = (None, 0);
    loop {
        let c = chars.next().ok_or("unterminated array")?;
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth > 0 => depth -= 1,
            (None, ']') => break,
            _ => {}
        }
        body.push(c);
    }
    let body = body.trim();
    if let Some(filter) = body.strip_prefix("?(").and_then(|f| f.strip_suffix(')')) {
        return filter_step(filter.trim());
    }
    if body == "*" {
        return Ok(Step::All);
    }
    if body.starts_with(['\'', '"']) {
        let names: Vec<String> = body.split(',').map(|n| n.trim().trim_matches(['\'', '"']).to_owned()).collect();
        return Ok(if names.len() == 1 { Step::Field(names[0].clone()) } else { Step::Union(names) });
    }
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        n => n.parse::<i64>().map(Some).map_err(|_| format!("invalid array index {n}")),
    };
    let parts: Vec<&str> = body.split(':').collect();
    match parts[..] {
        [one] => Ok(Step::Slice(number(one)?, None, 1, true)),
        [from, to] => Ok(Step::Slice(number(from)?, number(to)?, 1, false)),
        [from, to, by] => Ok(Step::Slice(number(from)?, number(to)?, number(by)?.unwrap_or(1), false)),
        _ => Err(format!("invalid array index {body}")),
    }
}

fn filter_step(filter: &str) -> Result<Step, String> {
    let operators = ["==", "!=", "<=", ">=", "<", ">"];
    let found = operators.iter().filter_map(|o| Some((filter.find(o)?, *o))).min_by_key(|(at, o)| (*at, 2 - o.len()));
    let Some((at, operator)) = found else { return Ok(Step::Filter(steps(filter)?, String::new(), None)) };
    let right = filter[at + operator.len()..].trim();
    let operand = if right.starts_with(['@', '$']) {
        Operand::Path(steps(right)?)
    } else {
        Operand::Literal(right.trim_matches(['\'', '"']).to_owned())
    };
    Ok(Step::Filter(steps(&filter[..at])?, operator.to_owned(), Some(operand)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_make_text() {
        let json = r#"{"items":[{"metadata":{"name":"a","labels":{"x.y/z":"1"}},"n":1,"on":true},
            {"metadata":{"name":"b"},"n":2,"c":[{"t":"Ready","s":"True"},{"t":"Other","s":"No"}]}]}"#;
        let root = Value::from_json(json).expect("valid JSON");
        for (template, want) in [
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].metadata.name}", "a"),
            ("{.items[-1:].metadata.name}", "b"),
            ("{.items[-1].metadata.name}", "b"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.n}{\"\\n\"}{end}", "a\t1\nb\t2\n"),
            ("{.items[?(@.metadata.name==\"b\")].n}", "2"),
            ("{.items[?(@.n>1)].metadata.name}", "b"),
            ("{.items[1].c[?(@.t=='Ready')].s}", "True"),
            ("{.items[0].metadata.labels.x\\.y/z}", "1"),
            ("{.items[0].metadata.labels['x.y/z']}", "1"),
            ("{..name}", "a b"),
            ("{.items[0].metadata}", r#"{"labels":{"x.y/z":"1"},"name":"a"}"#),
            ("n={.items[0].n}, {.missing}.", "n=1, ."),
            ("{.items[0].on}", "true"),
            ("{$.items[0:2].n}", "1 2"),
            ("{.items[0]['n','on']}", "1 true"),
        ] {
            let parsed = Template::parse(template).expect(template);
            assert_eq!(parsed.text(&root, false).as_deref(), Ok(want), "{template}");
        }
    }

    #[test]
    fn wrong_templates_are_refused() {
        for template in ["{.a", "{range .items[*]}x", "{end}", "{.a[}", "{\"x}", "{.a[x]}"] {
            assert!(Template::parse(template).is_err(), "{template}");
        }
    }
}
