//! JSONPath templates, as kubectl knows them: text with `{…}` in it.
// upstream: client-go/util/jsonpath

mod parse;

use super::golang::{members, plain, type_of};
use super::read::scalar;
use podscope_schema::Value;

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// What stands between braces.
    Action(Vec<Step>),
}

/// A step from values to values.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// Text in quotes.
    Text(String),
    /// `.name`, `['name']`
    Field(String),
    /// `..`: a value and all that it holds.
    Deep,
    /// `.*`
    All,
    /// `[from:to:by]`, and `[n]` as a slice of one.
    Slice([Option<i64>; 3], bool),
    /// `[?(@.a == "b")]`; without an operator: what is there.
    Filter(Vec<Step>, String, Vec<Step>),
    /// `['a','b']`
    Union(Vec<Vec<Step>>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `range`, `end`, and what is wrong.
    Word(String),
}

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Node>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in client-go's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self)
    }

    /// Reads a path that may stand without braces and without a dot in front, as `--sort-by` and columns take it.
    ///
    /// # Errors
    /// As [`Template::parse`].
    // upstream: kubectl/pkg/cmd/get RelaxedJSONPathExpression
    pub fn relaxed(path: &str) -> Result<Self, String> {
        if path.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let inner = path.strip_prefix('{').and_then(|p| p.strip_suffix('}')).unwrap_or(path);
        let inner = inner.strip_prefix('.').unwrap_or(inner);
        if inner.is_empty() || inner.contains(['{', '}']) {
            return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                        '{.name1.name2}'"
                .into());
        }
        Self::parse(&format!("{{.{inner}}}"))
    }

    /// What each part of the template leads to. A field that is not there leads to nothing, or with `strict` to an error.
    ///
    /// # Errors
    /// `x is not found`, an index out of bounds, a comparison of what cannot be compared.
    pub fn results(&self, root: &Value, strict: bool) -> Result<Vec<Vec<Value>>, String> {
        let mut run = Run { strict, ..Run::default() };
        run.find(&self.0, 0, Some(root))
    }

    /// All values that its paths lead to, or nothing when one leads nowhere.
    pub fn values(&self, root: &Value) -> Vec<Value> {
        self.results(root, false).unwrap_or_default().into_iter().flatten().collect()
    }

    /// The text that it makes of `root`.
    ///
    /// # Errors
    /// As [`Template::results`].
    // upstream: JSONPath.Execute, PrintResults
    pub fn text(&self, root: &Value, strict: bool) -> Result<String, String> {
        let texts = |found: &Vec<Value>| found.iter().map(printed).collect::<Vec<_>>().join(" ");
        Ok(self.results(root, strict)?.iter().map(texts).collect())
    }
}

/// Scalars as text, lists and objects as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => super::get::sorted(value).to_json(),
        other => scalar(other),
    }
}

/// As a template prints it: Go keeps JSON safe inside of HTML.
fn printed(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => super::output::html_safe(&shown(value)),
        other => {
            if other.is_null() {
                "null".to_owned()
            } else {
                plain(other)
            }
        }
    }
}

/// A template on its way through a value.
#[derive(Default)]
struct Run {
    strict: bool,
    /// Loops whose start, and whose end, was just met.
    begins: usize,
    ends: usize,
    /// Loops that this is in.
    inside: usize,
    /// Where the last loop ended.
    last_end: Option<usize>,
}

impl Run {
    // upstream: JSONPath.FindResults
    fn find(&mut self, nodes: &[Node], from: usize, data: Option<&Value>) -> Result<Vec<Vec<Value>>, String> {
        let mut out = Vec::new();
        let mut at = from;
        while let Some(node) = nodes.get(at) {
            let found = match node {
                Node::Text(text) => vec![Value::from(&**text)],
                Node::Action(steps) => self.walk(data.cloned().into_iter().collect(), steps)?,
            };
            if self.ends > 0 && self.ends <= self.inside {
                self.ends -= 1;
                self.last_end = Some(at);
                break;
            }
            if self.begins > 0 {
                self.begins -= 1;
                self.inside += 1;
                for value in &found {
                    out.extend(self.find(nodes, at + 1, Some(value))?);
                }
                if found.is_empty() {
                    // What is in the loop is passed over, to find its end.
                    self.find(nodes, at + 1, None)?;
                }
                self.inside -= 1;
                at = self.last_end.filter(|end| *end > at).unwrap_or(at) + 1;
                continue;
            }
            out.push(found);
            at += 1;
        }
        Ok(out)
    }

    fn walk(&mut self, mut values: Vec<Value>, steps: &[Step]) -> Result<Vec<Value>, String> {
        for step in steps {
            values = self.take(values, step)?;
        }
        Ok(values)
    }

    fn take(&mut self, input: Vec<Value>, step: &Step) -> Result<Vec<Value>, String> {
        let each = |value: Value| Ok(vec![value; input.len()]);
        match step {
            Step::Text(text) => Ok(vec![Value::from(&**text)]),
            Step::Int(number) => each(Value::Int(*number)),
            Step::Float(number) => each(Value::Float(*number)),
            Step::Bool(on) => each(Value::Bool(*on)),
            Step::Word(word) => match &**word {
                "range" => {
                    self.begins += 1;
                    Ok(input)
                }
                "end" if self.inside > 0 => {
                    self.ends += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".into()),
                other => Err(format!("unrecognized identifier {other}")),
            },
            Step::Field(name) => {
                let found: Vec<Value> = input.iter().filter_map(|v| v.get(name).cloned()).collect();
                if found.is_empty() && self.strict && !input.is_empty() {
                    return Err(format!("{name} is not found"));
                }
                Ok(found)
            }
            Step::All => Ok(input.iter().flat_map(children).collect()),
            Step::Deep => {
                let mut out = Vec::new();
                for value in &input {
                    deep(value, &mut out);
                }
                Ok(out)
            }
            Step::Union(parts) => {
                let mut out = Vec::new();
                for part in parts {
                    out.extend(self.walk(input.clone(), part)?);
                }
                Ok(out)
            }
            Step::Slice(bounds, single) => {
                let mut out = Vec::new();
                for value in input.iter().filter(|v| !v.is_null()) {
                    slice(value, *bounds, *single, &mut out)?;
                }
                Ok(out)
            }
            Step::Filter(left, operator, right) => {
                let mut out = Vec::new();
                for value in &input {
                    if !matches!(value, Value::Array(_)) {
                        return Err(format!("{} is not array or slice and cannot be filtered", plain(value)));
                    }
                    for item in value.items() {
                        if self.keeps(item, left, operator, right)? {
                            out.push(item.clone());
                        }
                    }
                }
                Ok(out)
            }
        }
    }

    // upstream: JSONPath.evalFilter
    fn keeps(&mut self, item: &Value, left: &[Step], operator: &str, right: &[Step]) -> Result<bool, String> {
        let found = self.walk(vec![item.clone()], left);
        if operator.is_empty() {
            return Ok(found.is_ok_and(|f| !f.is_empty()));
        }
        let one = |found: Vec<Value>| match found.len() {
            0 | 1 => Ok(found.into_iter().next()),
            _ => Err("can only compare one element at a time".to_owned()),
        };
        let Some(left) = one(found?)? else { return Ok(false) };
        let Some(right) = one(self.walk(vec![item.clone()], right)?)? else { return Ok(false) };
        compare(&left, operator, &right)
    }
}

// upstream: client-go/third_party/forked/golang/template Equal, Less
fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    use std::cmp::Ordering;
    let order = match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Less),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) if matches!(operator, "==" | "!=") => a.cmp(b),
        (Value::Bool(_), Value::Bool(_)) => return Err("invalid type for comparison".into()),
        _ => {
            let basic = |v: &Value| !matches!(v, Value::Null | Value::Array(_) | Value::Object(_));
            let what = if basic(left) && basic(right) { "incompatible types" } else { "invalid type" };
            return Err(format!("{what} for comparison"));
        }
    };
    match operator {
        "==" => Ok(order.is_eq()),
        "!=" => Ok(order.is_ne()),
        "<" => Ok(order.is_lt()),
        ">" => Ok(order.is_gt()),
        "<=" => Ok(order.is_le()),
        ">=" => Ok(order.is_ge()),
        other => Err(format!("unrecognized filter operator {other}")),
    }
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(_) => value.items().to_vec(),
        Value::Object(_) => members(value).into_iter().map(|(_, v)| v).collect(),
        _ => Vec::new(),
    }
}

// upstream: JSONPath.evalRecursive
fn deep(value: &Value, out: &mut Vec<Value>) {
    let inside = children(value);
    if !inside.is_empty() || value.as_str().is_some_and(|s| !s.is_empty()) {
        out.push(value.clone());
        for child in &inside {
            deep(child, out);
        }
    }
}

// upstream: JSONPath.evalArray
fn slice(value: &Value, bounds: [Option<i64>; 3], single: bool, out: &mut Vec<Value>) -> Result<(), String> {
    let Value::Array(items) = value else { return Err(format!("{} is not array or slice", type_of(value))) };
    let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let first = bounds[0].unwrap_or(0);
    let start = if first < 0 { first + len } else { first };
    let end = match bounds[1] {
        _ if single && first == -1 => len,
        _ if single => {
            if first < 0 {
                first + 1 + len
            } else {
                first + 1
            }
        }
        Some(end) if end < 0 => end + len,
        other => other.unwrap_or(len),
    };
    if start == end {
        return Ok(());
    }
    let outside = |index: i64| Err(format!("array index out of bounds: index {index}, length {len}"));
    if start >= len || start < 0 {
        return outside(start);
    }
    if end > len || end < 0 {
        return outside(end - 1);
    }
    if start > end {
        return Err(format!("starting index {start} is greater than ending index {end}"));
    }
    let by = bounds[2].unwrap_or(1);
    if by <= 0 {
        return Err("step must be > 0".into());
    }
    let place = |n: i64| usize::try_from(n).unwrap_or(0);
    out.extend(items[place(start)..place(end)].iter().step_by(place(by)).cloned());
    Ok(())
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
            ("{.items[0].metadata.labels['x\\.y/z']}", "1"),
            ("{.items[0].metadata.labels['x.y/z']}", ""),
            ("{range .missing[*]}x{end}y", "y"),
            ("{range .items[*]}{.n}{range .c[*]}[{.t}]{end};{end}", "1;2[Ready][Other];"),
            ("{range .items[*]}{.n}", "12"),
            ("{.items[?(@.c)].n}", "2"),
            ("{.items[1:1].n}", ""),
            ("{.items[0].n}{'\\''}{true}{3}", "1'true3"),
            ("{.items[*]['metadata.name','n']}", "a b 1 2"),
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
        for (template, want) in [
            ("{.a", "unclosed action"),
            ("{.a[0", "unterminated array"),
            ("{.a[x]}", "invalid array index x"),
            ("{.a[-]}", "array index - is not a number"),
            ("{\"x}", "unterminated quoted string"),
            ("{.a[?(@.b==1}", "unterminated filter"),
            ("{.a|b}", ""),
            ("{....a}", "invalid multiple recursive descent"),
            ("{!}", "unrecognized character in action: U+0021 '!'"),
        ] {
            match Template::parse(template) {
                Ok(_) => assert_eq!(want, "", "{template}"),
                Err(error) => assert_eq!(error, want, "{template}"),
            }
        }
    }

    #[test]
    fn templates_that_do_not_fit_say_why() {
        let root = Value::from_json(r#"{"a":[1,2],"b":{"c":"x"},"d":[{"n":1},{"n":"y"}]}"#).expect("valid JSON");
        for (template, want) in [
            ("{.a[5]}", "array index out of bounds: index 5, length 2"),
            ("{.a[-3]}", "array index out of bounds: index -1, length 2"),
            ("{.a[0:3]}", "array index out of bounds: index 2, length 2"),
            ("{.b[0]}", "map[string]interface {} is not array or slice"),
            ("{.b[?(@.c==1)]}", "map[c:x] is not array or slice and cannot be filtered"),
            ("{.d[?(@.n==1)]}", "incompatible types for comparison"),
            ("{.d[?(@.n==y)]}", "unrecognized identifier y"),
            ("{end}", "not in range, nothing to end"),
            ("{foo}", "unrecognized identifier foo"),
        ] {
            let parsed = Template::parse(template).expect(template);
            assert_eq!(parsed.text(&root, false), Err(want.to_owned()), "{template}");
        }
        let strict = Template::parse("{.b.missing}").expect("parses");
        assert_eq!(strict.text(&root, true), Err("missing is not found".to_owned()));
    }
}
