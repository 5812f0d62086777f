//! The parser of Go templates.
// upstream: text/template/parse

use super::super::golang::unquote;
use super::{Command, Kind, Node, Pipe, Term};
use podscope_schema::Value;

/// Functions that templates know, with kubectl's own.
const FUNCTIONS: &str = " and base64decode eq exists ge gt index le len lt ne not or print printf println slice ";

/// How deep blocks and parentheses may stand in each other.
const DEEPEST: usize = 100;

/// What an action is made of.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A keyword or the name of a function.
    Word(String),
    /// `.name`, and `.` itself without a name.
    Field(String),
    /// `$name`
    Variable(String),
    Text(String),
    Number(Value),
    /// `|`, `(`, `)`, `,`, `:=`, `=`
    Sign(&'static str),
    Space,
    /// The end of an action.
    Close,
}

/// Reads a template.
///
/// # Errors
/// What is wrong with it, in Go's words.
pub fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut parser =
        Parser { text, at: 0, tokens: Vec::new(), next: 0, scope: vec!["$".to_owned()], loops: 0, depth: 0 };
    let (nodes, end) = parser.nodes(false)?;
    match end {
        Stop::Eof => Ok(nodes),
        Stop::End => Err(parser.error("unexpected {{end}}")),
        Stop::Else => Err(parser.error("unexpected {{else}}")),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Stop {
    Eof,
    End,
    Else,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// The action at hand, with the place of each token.
    tokens: Vec<(usize, Token)>,
    next: usize,
    /// Variables that are known here.
    scope: Vec<String>,
    loops: usize,
    /// How deep blocks and parentheses stand in each other.
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, what: &str) -> String {
        let at = self.tokens.get(self.next.min(self.tokens.len().saturating_sub(1))).map_or(self.at, |t| t.0);
        let line = 1 + self.text[..at.min(self.text.len())].matches('\n').count();
        format!("template: output:{line}: {what}")
    }

    fn nodes(&mut self, inside: bool) -> Result<(Vec<Node>, Stop), String> {
        let mut out = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(open) = rest.find("{{") else {
                if !rest.is_empty() {
                    out.push(Node::Text(rest.to_owned()));
                }
                self.at = self.text.len();
                self.tokens.clear();
                self.next = 0;
                return if inside { Err(self.error("unexpected EOF")) } else { Ok((out, Stop::Eof)) };
            };
            let before = &rest[..open];
            let mut start = self.at + open + 2;
            let trims = |text: &str| text.starts_with('-') && text[1..].starts_with([' ', '\t', '\r', '\n']);
            let mut before = before;
            if trims(&self.text[start..]) {
                before = before.trim_end_matches([' ', '\t', '\r', '\n']);
                start += 1;
            }
            if !before.is_empty() {
                out.push(Node::Text(before.to_owned()));
            }
            self.at = start;
            let inner = self.text[start..].trim_start();
            if inner.starts_with("/*") {
                let begin = self.text.len() - inner.len();
                let end = self.text[begin..].find("*/").ok_or_else(|| self.error("unclosed comment"))? + begin + 2;
                let rest = &self.text[end..];
                let trimmed = rest.trim_start().strip_prefix("-}}");
                self.at = match (rest.strip_prefix("}}"), trimmed) {
                    (Some(after), _) => self.text.len() - after.len(),
                    (None, Some(after)) => self.text.len() - after.trim_start().len(),
                    _ => return Err(self.error("comment ends before closing delimiter")),
                };
                continue;
            }
            self.lex()?;
            self.skip();
            match self.peek().clone() {
                Token::Word(word) => match &*word {
                    "end" => return Ok((out, Stop::End)),
                    "else" => return Ok((out, Stop::Else)),
                    "if" | "range" | "with" => {
                        self.next += 1;
                        out.push(self.block(&word)?);
                    }
                    "break" | "continue" => {
                        if self.loops == 0 {
                            return Err(self.error(&format!("{{{{{word}}}}} outside {{{{range}}}}")));
                        }
                        out.push(if word == "break" { Node::Break } else { Node::Continue });
                    }
                    "define" | "template" | "block" => {
                        return Err(self.error(&format!("{{{{{word}}}}} is not simulated")));
                    }
                    _ => out.push(Node::Action(self.pipe("command")?)),
                },
                _ => out.push(Node::Action(self.pipe("command")?)),
            }
        }
    }

    // upstream: Tree.parseControl
    fn block(&mut self, word: &str) -> Result<Node, String> {
        self.deeper()?;
        let known = self.scope.len();
        let pipe = self.pipe(word)?;
        self.loops += usize::from(word == "range");
        let (body, end) = self.nodes(true)?;
        self.loops -= usize::from(word == "range");
        let mut other = Vec::new();
        if end == Stop::Else {
            self.next += 1;
            self.skip();
            match self.peek().clone() {
                Token::Word(again) if again == word && word != "range" => {
                    self.next += 1;
                    other.push(self.block(word)?);
                }
                Token::Close => {
                    let (nodes, end) = self.nodes(true)?;
                    if end == Stop::Else {
                        return Err(self.error("expected end; found {{else}}"));
                    }
                    other = nodes;
                }
                token => return Err(self.error(&format!("unexpected {} in else", shown(&token)))),
            }
        }
        self.scope.truncate(known);
        self.depth -= 1;
        Ok(match word {
            "if" => Node::If(pipe, body, other),
            "with" => Node::With(pipe, body, other),
            _ => Node::Range(pipe, body, other),
        })
    }

    /// Refuses what would take too much of the stack.
    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.error("max expression depth exceeded")) } else { Ok(()) }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::Close, |t| &t.1)
    }

    fn skip(&mut self) {
        while *self.peek() == Token::Space {
            self.next += 1;
        }
    }

    /// A pipeline, up to the end of the action or a closing parenthesis.
    // upstream: Tree.pipeline
    fn pipe(&mut self, context: &str) -> Result<Pipe, String> {
        self.skip();
        let place = self.tokens.get(self.next).map_or(self.at, |t| t.0);
        let mut pipe = Pipe { names: Vec::new(), sets: false, commands: Vec::new(), at: place };
        let start = self.next;
        let mut names = Vec::new();
        while let Token::Variable(name) = self.peek().clone() {
            self.next += 1;
            self.skip();
            names.push(name);
            if *self.peek() == Token::Sign(",") && context == "range" && names.len() < 2 {
                self.next += 1;
                self.skip();
            } else {
                break;
            }
        }
        match self.peek() {
            Token::Sign(sign @ (":=" | "=")) if !names.is_empty() => {
                pipe.sets = *sign == "=";
                pipe.names = names;
                self.next += 1;
            }
            _ => self.next = start,
        }
        loop {
            let command = self.command()?;
            if !command.terms.is_empty() {
                pipe.commands.push(command);
            } else if *self.peek() == Token::Sign("|") || !pipe.commands.is_empty() {
                return Err(self.error(&format!("missing value for {context}")));
            }
            match self.peek().clone() {
                Token::Sign("|") => self.next += 1,
                Token::Close | Token::Sign(")") => break,
                token => return Err(self.error(&format!("unexpected {} in operand", shown(&token)))),
            }
        }
        if pipe.commands.is_empty() {
            return Err(self.error(&format!("missing value for {context}")));
        }
        if !pipe.sets {
            self.scope.extend(pipe.names.iter().cloned());
        }
        Ok(pipe)
    }

    fn command(&mut self) -> Result<Command, String> {
        self.skip();
        let at = self.tokens.get(self.next).map_or(self.at, |t| t.0);
        let mut command = Command { terms: Vec::new(), at, text: String::new() };
        while let Some(term) = self.term()? {
            command.terms.push(term);
            if !matches!(self.peek(), Token::Space | Token::Close | Token::Sign(")" | "|")) {
                return Err(self.error(&format!("unexpected {} in operand", shown(self.peek()))));
            }
            self.skip();
        }
        let texts: Vec<&str> = command.terms.iter().map(|t| &*t.text).collect();
        command.text = texts.join(" ");
        Ok(command)
    }

    // upstream: Tree.operand, Tree.term
    fn term(&mut self) -> Result<Option<Term>, String> {
        self.skip();
        let Some((at, token)) = self.tokens.get(self.next).cloned() else { return Ok(None) };
        let (kind, text) = match token {
            Token::Word(word) => match &*word {
                "true" | "false" => (Kind::Value(Value::Bool(word == "true")), word),
                "nil" => (Kind::Value(Value::Null), word),
                _ if FUNCTIONS.contains(&format!(" {word} ")) => (Kind::Function(word.clone()), word),
                _ => return Err(self.error(&format!("function {} not defined", super::quote(&word)))),
            },
            Token::Field(name) if name.is_empty() => (Kind::Dot, ".".to_owned()),
            Token::Field(name) => (Kind::Field(vec![name.clone()]), format!(".{name}")),
            Token::Variable(name) => {
                if !self.scope.contains(&name) {
                    return Err(self.error(&format!("undefined variable {}", super::quote(&name))));
                }
                (Kind::Variable(name.clone(), Vec::new()), name)
            }
            Token::Text(text) => {
                let shown = super::quote(&text);
                (Kind::Value(Value::from(&*text)), shown)
            }
            Token::Number(number) => {
                let shown = number.to_json();
                (Kind::Value(number), shown)
            }
            Token::Sign("(") => {
                self.next += 1;
                self.deeper()?;
                let pipe = self.pipe("parenthesized pipeline")?;
                self.depth -= 1;
                if *self.peek() != Token::Sign(")") {
                    return Err(self.error("unclosed left paren"));
                }
                let texts: Vec<String> = pipe.commands.iter().map(|c| c.text.clone()).collect();
                let text = format!("({})", texts.join(" | "));
                (Kind::Pipe(pipe, Vec::new()), text)
            }
            _ => return Ok(None),
        };
        self.next += 1;
        let mut term = Term { kind, at, text };
        let mut followed = false;
        // Fields that follow without a blank belong to it.
        while let Some((at, Token::Field(name))) = self.tokens.get(self.next).cloned() {
            if name.is_empty() {
                break;
            }
            match &mut term.kind {
                Kind::Field(path) | Kind::Variable(_, path) | Kind::Pipe(_, path) => path.push(name.clone()),
                Kind::Dot => return Err(self.error(&format!("unexpected <.{name}> in operand"))),
                _ => return Err(self.error(&format!("unexpected . after term {}", super::quote(&term.text)))),
            }
            // Go tells the place of the first field that follows.
            if !std::mem::replace(&mut followed, true) {
                term.at = at;
            }
            term.text.push('.');
            term.text.push_str(&name);
            self.next += 1;
        }
        Ok(Some(term))
    }

    /// Cuts the next action into tokens, and goes past its end.
    // upstream: text/template/parse lexer
    fn lex(&mut self) -> Result<(), String> {
        self.tokens.clear();
        self.next = 0;
        let text = self.text;
        loop {
            let rest = &text[self.at..];
            if let Some(after) = rest.strip_prefix("}}") {
                self.tokens.push((self.at, Token::Close));
                self.at = text.len() - after.len();
                return Ok(());
            }
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            if blank > 0 && rest[blank..].starts_with("-}}") {
                self.tokens.push((self.at, Token::Close));
                self.at = text.len() - rest[blank + 3..].trim_start_matches([' ', '\t', '\r', '\n']).len();
                return Ok(());
            }
            if blank > 0 {
                self.tokens.push((self.at, Token::Space));
                self.at += blank;
                continue;
            }
            let word =
                |text: &str| text.len() - text.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric()).len();
            let Some(c) = rest.chars().next() else { return Err(self.error("unclosed action")) };
            let (token, length) = match c {
                '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                    let length = word(&rest[1..]);
                    (Token::Field(rest[1..=length].to_owned()), length + 1)
                }
                '$' => {
                    let length = word(&rest[1..]) + 1;
                    (Token::Variable(rest[..length].to_owned()), length)
                }
                '"' => {
                    let end = quoted(rest).ok_or_else(|| self.error("unterminated quoted string"))?;
                    let inner = unquote(&rest[1..end], '"').ok_or_else(|| self.error("invalid syntax"))?;
                    (Token::Text(inner), end + 1)
                }
                '`' => {
                    let end = rest[1..].find('`').ok_or_else(|| self.error("unterminated raw quoted string"))? + 1;
                    (Token::Text(rest[1..end].to_owned()), end + 1)
                }
                ':' if rest.starts_with(":=") => (Token::Sign(":="), 2),
                '=' => (Token::Sign("="), 1),
                '|' => (Token::Sign("|"), 1),
                '(' => (Token::Sign("("), 1),
                ')' => (Token::Sign(")"), 1),
                ',' => (Token::Sign(","), 1),
                '+' | '-' | '.' | '0'..='9' => {
                    let length = 1 + rest[1..].len()
                        - rest[1..].trim_start_matches(|c: char| c == '.' || c.is_ascii_alphanumeric()).len();
                    let digits = rest[..length].trim_start_matches('+');
                    let number = match (digits.parse(), digits.parse()) {
                        (Ok(whole), _) => Value::Int(whole),
                        (_, Ok(number)) => Value::Float(number),
                        _ => {
                            let bad = format!("bad number syntax: {}", super::quote(&rest[..length]));
                            return Err(self.error(&bad));
                        }
                    };
                    (Token::Number(number), length)
                }
                c if c == '_' || c.is_alphabetic() => {
                    let length = word(rest);
                    (Token::Word(rest[..length].to_owned()), length)
                }
                c => {
                    let what = format!("unexpected {} in command", super::quote(&c.to_string()));
                    return Err(self.error(&what));
                }
            };
            self.tokens.push((self.at, token));
            self.at += length;
        }
    }
}

/// Where text in quotes ends.
fn quoted(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return None,
            '"' if !escaped => return Some(at),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(text) | Token::Variable(text) => format!("<{text}>"),
        Token::Field(name) => format!("<.{name}>"),
        Token::Text(text) => super::quote(&super::quote(text)),
        Token::Number(number) => super::quote(&number.to_json()),
        Token::Sign(sign) => super::quote(sign),
        Token::Space => "\" \"".to_owned(),
        Token::Close => "\"}}\"".to_owned(),
    }
}
