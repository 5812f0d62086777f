//! Go templates, as `-o go-template` takes them.
// upstream: text/template, cli-runtime/pkg/printers GoTemplatePrinter

mod function;
mod parse;

use super::golang::{members, plain, quote};
use function::{call, truth};
use podscope_schema::Value;

/// A part of a template.
#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Action(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    Break,
    Continue,
}

/// Commands, each of which gets what the one before made; and the variables that keep the result.
#[derive(Clone, Debug)]
struct Pipe {
    names: Vec<String>,
    /// `=` rather than `:=`.
    sets: bool,
    commands: Vec<Command>,
    at: usize,
}

#[derive(Clone, Debug)]
struct Command {
    terms: Vec<Term>,
    at: usize,
    text: String,
}

#[derive(Clone, Debug)]
struct Term {
    kind: Kind,
    at: usize,
    text: String,
}

#[derive(Clone, Debug)]
enum Kind {
    Dot,
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Function(String),
    Value(Value),
    Pipe(Pipe, Vec<String>),
}

/// A parsed template.
#[derive(Clone, Debug)]
pub struct GoTemplate {
    text: String,
    nodes: Vec<Node>,
}

/// What a command makes: nothing is what a key leads to that is not there.
type Made = Option<Value>;

/// How a part of a template ended.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl GoTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), nodes: parse::parse(text)? })
    }

    /// The text that it makes of `root`, as far as it came, and why it did not come further. With `strict`, keys must be
    /// there.
    pub fn text(&self, root: &Value, strict: bool) -> (String, Option<String>) {
        let root = as_decoded(root);
        let variables = vec![("$".to_owned(), Some(root.clone()))];
        let mut run = Run { text: &self.text, strict, variables, out: String::new() };
        let failure = run.nodes(&self.nodes, &Some(root)).err();
        (run.out, failure)
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.text
    }
}

/// As Go decodes JSON into what has no type: every number is a float.
pub fn as_decoded(value: &Value) -> Value {
    match value {
        Value::Int(number) => Value::Float(*number as f64),
        Value::Array(items) => Value::array(items.iter().map(as_decoded)),
        Value::Object(map) => Value::object(map.iter().map(|(k, v)| (k.to_string(), as_decoded(v)))),
        other => other.clone(),
    }
}

struct Run<'a> {
    text: &'a str,
    strict: bool,
    variables: Vec<(String, Made)>,
    out: String,
}

impl Run<'_> {
    // upstream: state.errorf, parse.ErrorContext
    fn error<T>(&self, at: usize, context: &str, what: &str) -> Result<T, String> {
        let before = &self.text[..at.min(self.text.len())];
        let column = before.rfind('\n').map_or(at, |line| at - line - 1);
        let line = 1 + before.matches('\n').count();
        let short: String = context.chars().take(20).collect();
        let dots = if short.len() < context.len() { "..." } else { "" };
        Err(format!("template: output:{line}:{column}: executing \"output\" at <{short}{dots}>: {what}"))
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Made) -> Result<Flow, String> {
        for node in nodes {
            let known = self.variables.len();
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Action(pipe) => {
                    let made = self.pipe(pipe, dot)?;
                    if pipe.names.is_empty() {
                        self.out.push_str(&made.as_ref().map_or("<no value>".to_owned(), plain));
                    }
                }
                Node::If(pipe, body, other) | Node::With(pipe, body, other) => {
                    let made = self.pipe(pipe, dot)?;
                    let inner = if matches!(node, Node::With(..)) { &made } else { dot };
                    let flow = if truth(&made) { self.nodes(body, inner) } else { self.nodes(other, dot) }?;
                    self.variables.truncate(known);
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                }
                Node::Range(pipe, body, other) => {
                    let flow = self.range(pipe, body, other, dot)?;
                    self.variables.truncate(known);
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                }
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::On)
    }

    // upstream: state.walkRange
    fn range(&mut self, pipe: &Pipe, body: &[Node], other: &[Node], dot: &Made) -> Result<Flow, String> {
        let plain_pipe = Pipe { names: Vec::new(), ..pipe.clone() };
        let made = self.pipe(&plain_pipe, dot)?;
        let known = self.variables.len();
        let items: Vec<(Value, Value)> = match &made {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(i, v)| (Value::Int(i as i64), v.clone())).collect()
            }
            Some(map @ Value::Object(_)) => members(map).into_iter().map(|(k, v)| (Value::from(&*k), v)).collect(),
            Some(Value::Int(count)) => (0..(*count).min(1 << 20)).map(|i| (Value::Int(i), Value::Int(i))).collect(),
            Some(other) => {
                let texts: Vec<&str> = pipe.commands.iter().map(|c| &*c.text).collect();
                return self.error(pipe.at, &texts.join(" | "), &format!("range can't iterate over {}", plain(other)));
            }
        };
        if items.is_empty() {
            return self.nodes(other, dot);
        }
        for (key, value) in items {
            match &pipe.names[..] {
                [item] => self.set(item, Some(value.clone()), pipe.sets),
                [index, item] => {
                    self.set(index, Some(key), pipe.sets);
                    self.set(item, Some(value.clone()), pipe.sets);
                }
                _ => {}
            }
            let flow = self.nodes(body, &Some(value))?;
            self.variables.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: Made, sets: bool) {
        match self.variables.iter_mut().rev().find(|(n, _)| n == name) {
            Some(variable) if sets => variable.1 = value,
            _ => self.variables.push((name.to_owned(), value)),
        }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Made) -> Result<Made, String> {
        let mut last: Option<Made> = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        let made = last.flatten();
        for name in &pipe.names {
            self.set(name, made.clone(), pipe.sets);
        }
        Ok(made)
    }

    // upstream: state.evalCommand
    fn command(&mut self, command: &Command, dot: &Made, last: Option<Made>) -> Result<Made, String> {
        let Some((first, rest)) = command.terms.split_first() else { return Ok(None) };
        if let Kind::Function(name) = &first.kind {
            // `and` and `or` leave out what does not matter any more.
            let lazy = matches!(&**name, "and" | "or");
            let mut values = Vec::new();
            for term in rest {
                let value = self.term(term, dot)?;
                let settled = lazy && truth(&value) == (name == "or");
                values.push(value);
                if settled {
                    return Ok(values.pop().flatten());
                }
            }
            values.extend(last);
            return call(name, values)
                .or_else(|e| self.error(command.at, &command.text, &format!("error calling {name}: {e}")));
        }
        if !rest.is_empty() || last.is_some() {
            let what = match &first.kind {
                Kind::Field(path) => {
                    let name = path.last().map_or("", |n| n);
                    format!("{name} is not a method but has arguments")
                }
                _ => format!("can't give argument to non-function {}", first.text),
            };
            return self.error(first.at, &first.text, &what);
        }
        self.term(first, dot)
    }

    fn term(&mut self, term: &Term, dot: &Made) -> Result<Made, String> {
        match &term.kind {
            Kind::Dot => Ok(dot.clone()),
            Kind::Field(path) => self.fields(term, dot.clone(), path),
            Kind::Variable(name, path) => {
                let value = self.variables.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| v.clone());
                self.fields(term, value, path)
            }
            Kind::Value(value) => Ok(Some(value.clone())),
            Kind::Function(name) => call(name, Vec::new())
                .or_else(|e| self.error(term.at, &term.text, &format!("error calling {name}: {e}"))),
            Kind::Pipe(pipe, path) => {
                let value = self.pipe(pipe, dot)?;
                self.fields(term, value, path)
            }
        }
    }

    // upstream: state.evalField
    fn fields(&self, term: &Term, mut value: Made, path: &[String]) -> Result<Made, String> {
        for name in path {
            value = match value {
                None if self.strict => {
                    return self.error(term.at, &term.text, &format!("nil data; no entry for key {}", quote(name)));
                }
                None => None,
                Some(Value::Null) => {
                    let what = format!("nil pointer evaluating interface {{}}.{name}");
                    return self.error(term.at, &term.text, &what);
                }
                Some(Value::Object(map)) => match map.get(name) {
                    None if self.strict => {
                        let what = format!("map has no entry for key {}", quote(name));
                        return self.error(term.at, &term.text, &what);
                    }
                    found => found.cloned(),
                },
                Some(_) => {
                    let what = format!("can't evaluate field {name} in type interface {{}}");
                    return self.error(term.at, &term.text, &what);
                }
            };
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
