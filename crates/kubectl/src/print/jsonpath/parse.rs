//! The parser of JSONPath templates.
// upstream: client-go/util/jsonpath Parser

use super::super::golang::unquote;
use super::{Node, Step};

/// Reads a template: text, and between braces what is done to the values so far.
///
/// # Errors
/// What is wrong with it, in client-go's words.
pub fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { input: text.chars().collect(), at: 0 };
    let mut out = Vec::new();
    let mut plain = String::new();
    while let Some(c) = parser.next() {
        if c != '{' {
            plain.push(c);
            continue;
        }
        if !plain.is_empty() {
            out.push(Node::Text(std::mem::take(&mut plain)));
        }
        out.push(Node::Action(parser.action()?));
    }
    if !plain.is_empty() {
        out.push(Node::Text(plain));
    }
    Ok(out)
}

/// The steps of a piece of an action.
fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut parser = Parser { input: text.chars().chain(['}']).collect(), at: 0 };
    parser.action()
}

struct Parser {
    input: Vec<char>,
    at: usize,
}

/// Whether a name ends here.
// upstream: jsonpath isTerminator
const fn ends(c: Option<char>) -> bool {
    matches!(c, None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'))
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.input.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn sees(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(i, c)| self.input.get(self.at + i) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn from(&self, start: usize) -> String {
        self.input[start..self.at].iter().collect()
    }

    // upstream: Parser.parseInsideAction
    fn action(&mut self) -> Result<Vec<Step>, String> {
        let mut out = Vec::new();
        loop {
            if self.sees("[?(") {
                out.push(self.filter()?);
                continue;
            }
            if self.sees("..") {
                if matches!(out.last(), Some(Step::Deep)) {
                    return Err("invalid multiple recursive descent".into());
                }
                out.push(Step::Deep);
                if self.peek().is_some_and(|c| c == '_' || c.is_alphanumeric()) {
                    out.push(self.field());
                }
                continue;
            }
            let start = self.at;
            match self.next() {
                Some('}') => return Ok(out),
                None | Some('\r' | '\n') => return Err("unclosed action".into()),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut out)?,
                Some(quote @ ('"' | '\'')) => out.push(self.quoted(quote)?),
                Some('.') => out.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_ascii_digit() => {
                    while self.peek().is_some_and(|c| c == '.' || c.is_ascii_digit()) {
                        self.at += 1;
                    }
                    let text = self.from(start);
                    out.push(match (text.parse(), text.parse()) {
                        (Ok(whole), _) => Step::Int(whole),
                        (_, Ok(number)) => Step::Float(number),
                        _ => return Err(format!("cannot parse number {text}")),
                    });
                }
                Some(c) if c == '_' || c.is_alphanumeric() => {
                    while !ends(self.peek()) {
                        self.at += 1;
                    }
                    out.push(match &*self.from(start) {
                        "true" => Step::Bool(true),
                        "false" => Step::Bool(false),
                        word => Step::Word(word.to_owned()),
                    });
                }
                Some(c) => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c))),
            }
        }
    }

    fn field(&mut self) -> Step {
        let start = self.at;
        while !ends(self.peek()) {
            let escaped = self.next() == Some('\\');
            self.at += usize::from(escaped && self.at < self.input.len());
        }
        match self.from(start) {
            all if all == "*" => Step::All,
            name => Step::Field(name.replace('\\', "")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Step, String> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".into()),
                Some(c) if c == quote && self.input[self.at - 2] != '\\' => break,
                Some(_) => {}
            }
        }
        let whole = self.from(start);
        let text = &whole[..whole.len() - 1];
        let read =
            unquote(text, quote).ok_or_else(|| format!("unquote string {quote}{text}{quote} error invalid syntax"))?;
        Ok(Step::Text(read))
    }

    // upstream: Parser.parseArray
    fn array(&mut self, out: &mut Vec<Step>) -> Result<(), String> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".into()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text: String = self.input[start..self.at - 1].iter().collect();
        if text.contains(',') {
            let parts = text.split(',').map(|part| steps(&format!("[{}]", part.trim_matches(' '))));
            out.push(Step::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        // A key in quotes is read as a field: dots in it part fields, too, unless they are escaped.
        if let Some(key) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).filter(|k| !k.contains('\'')) {
            out.extend(steps(&format!(".{key}"))?);
            return Ok(());
        }
        out.push(slice(if text == "*" { ":" } else { &text })?);
        Ok(())
    }

    // upstream: Parser.parseFilter
    fn filter(&mut self) -> Result<Step, String> {
        let start = self.at;
        let (mut quote, mut closed) = (None, false);
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".into()),
                Some(c @ ('"' | '\'')) => match quote {
                    None => quote = Some(c),
                    Some(q) => closed |= q == c && self.input[self.at - 2] != '\\',
                },
                Some(')') if quote.is_some() == closed => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".into());
        }
        let text: String = self.input[start..self.at - 2].iter().collect();
        let operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let parts = text.find(operator).filter(|at| *at > 0).and_then(|at| {
            let rest = &text[at..];
            let end = rest.find(|c| !operator(c))?;
            Some((&text[..at], &rest[..end], &rest[end..]))
        });
        let Some((left, operator, right)) = parts else {
            return Ok(Step::Filter(steps(&text)?, String::new(), Vec::new()));
        };
        Ok(Step::Filter(steps(left)?, operator.to_owned(), steps(right)?))
    }
}

/// `[from:to:by]`; a single index is a slice of one.
fn slice(text: &str) -> Result<Step, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &&str| part.strip_prefix('-').unwrap_or(part).chars().all(|c| c.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(digits) {
        return Err(format!("invalid array index {text}"));
    }
    let mut bounds = [None; 3];
    for (bound, part) in bounds.iter_mut().zip(&parts) {
        if !part.is_empty() {
            *bound = Some(part.parse::<i64>().map_err(|_| format!("array index {part} is not a number"))?);
        }
    }
    Ok(Step::Slice(bounds, parts.len() == 1))
}
