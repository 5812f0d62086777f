//! Label and field selectors, as they are written on a command line.

use podscope_engine::object::{Labels, Operator, Requirement, Selector};
use podscope_schema::{KindInfo, Value};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(w) => w,
            Self::Sign(s) => s,
            Self::End => "",
        }
    }
}

// upstream: apimachinery/pkg/labels Lexer
fn tokens(text: &str) -> Vec<Token> {
    const SIGNS: [&str; 9] = ["==", "!=", "=", ",", "(", ")", "!", ">", "<"];
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(sign) = SIGNS.into_iter().find(|s| rest.starts_with(s)) {
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "=!(),<>".contains(c)).unwrap_or(rest.len());
            out.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    out.push(Token::End);
    out
}

/// Reads a label selector such as `app=web,tier!=front,x in (a,b),!y`.
///
/// # Errors
/// The API server's words.
// upstream: apimachinery/pkg/labels Parser
pub fn labels(text: &str) -> Result<Selector, String> {
    let tokens = tokens(text);
    let mut at = 0;
    let mut selector = Selector::default();
    loop {
        let mut next = || {
            let token = tokens.get(at).cloned().unwrap_or(Token::End);
            at += 1;
            token
        };
        let (key, negated) = match next() {
            Token::End => return Ok(selector),
            Token::Sign("!") => (next(), true),
            other => (other, false),
        };
        let Token::Word(key) = key else {
            return Err(format!("found '{}', expected: !, identifier, or 'end of string'", key.text()));
        };
        let mut push = |operator, values: Vec<String>| {
            let values = values.into_iter().map(Into::into).collect();
            selector.match_expressions.push(Requirement { key: key.as_str().into(), operator, values });
        };
        let after = if negated {
            push(Operator::DoesNotExist, Vec::new());
            next()
        } else {
            match next() {
                token @ (Token::End | Token::Sign(",")) => {
                    push(Operator::Exists, Vec::new());
                    token
                }
                Token::Sign(sign @ ("=" | "==" | "!=" | ">" | "<")) => {
                    let (value, after) = match next() {
                        Token::Word(value) => (value, next()),
                        token @ (Token::End | Token::Sign(",")) => (String::new(), token),
                        other => return Err(format!("found '{}', expected: identifier", other.text())),
                    };
                    let operator = match sign {
                        "!=" => Operator::NotIn,
                        ">" => Operator::Gt,
                        "<" => Operator::Lt,
                        _ => Operator::In,
                    };
                    push(operator, vec![value]);
                    after
                }
                Token::Word(word) if word == "in" || word == "notin" => {
                    let open = next();
                    if open != Token::Sign("(") {
                        return Err(format!("found '{}' expected: '('", open.text()));
                    }
                    let mut values = Vec::new();
                    loop {
                        match next() {
                            Token::Word(value) => values.push(value),
                            Token::Sign(",") => {}
                            Token::Sign(")") => break,
                            other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
                        }
                    }
                    push(if word == "in" { Operator::In } else { Operator::NotIn }, values);
                    next()
                }
                other => {
                    return Err(format!(
                        "unable to parse requirement: found '{}', expected: in, notin, =, ==, !=, gt, lt",
                        other.text()
                    ));
                }
            }
        };
        match after {
            Token::End => return Ok(selector),
            Token::Sign(",") => {}
            other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
        }
    }
}

/// The labels of an object as the API shows it.
pub fn labels_of(value: &Value) -> Labels {
    let map = value.at(&["metadata", "labels"]).and_then(Value::as_map);
    map.into_iter()
        .flat_map(podscope_schema::Map::iter)
        .map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default()))
        .collect()
}

/// One term of a field selector: the field, whether it must be equal, and to what.
pub type Term = (String, bool, String);

/// Reads a field selector such as `status.phase=Running,spec.nodeName!=`.
///
/// # Errors
/// The API server's words.
// upstream: apimachinery/pkg/fields ParseSelector
pub fn fields(text: &str) -> Result<Vec<Term>, String> {
    let mut terms = Vec::new();
    for part in text.split(',').filter(|p| !p.is_empty()) {
        let (field, equal, value) = if let Some((f, v)) = part.split_once("!=") {
            (f, false, v)
        } else if let Some((f, v)) = part.split_once("==").or_else(|| part.split_once('=')) {
            (f, true, v)
        } else {
            return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
        };
        terms.push((field.to_owned(), equal, value.to_owned()));
    }
    Ok(terms)
}

/// Fields that selectors may name, besides the name and the namespace.
// upstream: the field label conversion functions of pkg/apis
fn known(info: &KindInfo, field: &str) -> bool {
    let more: &[&str] = match info.kind {
        "Pod" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        "Event" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "Node" => &["spec.unschedulable"],
        "Namespace" => &["status.phase"],
        "ReplicaSet" | "ReplicationController" => &["status.replicas"],
        "Job" => &["status.successful"],
        "Secret" => &["type"],
        "Service" => &["spec.clusterIP", "spec.type"],
        _ => &[],
    };
    matches!(field, "metadata.name" | "metadata.namespace") || more.contains(&field)
}

/// Whether an object has the fields; the field that no selector may name otherwise.
pub fn has_fields(info: &KindInfo, terms: &[Term], value: &Value) -> bool {
    terms.iter().all(|(field, equal, want)| {
        let at = match (info.kind, &**field) {
            ("Event", "source") => value.at(&["source", "component"]),
            _ => value.at(&field.split('.').collect::<Vec<_>>()),
        };
        let have = match at {
            None | Some(Value::Null) => {
                let switch = matches!(&**field, "spec.unschedulable" | "spec.hostNetwork");
                if switch { "false".into() } else { String::new() }
            }
            Some(Value::Str(text)) => text.to_string(),
            Some(other) => other.to_json(),
        };
        (have == *want) == *equal
    })
}

/// The first field that a selector on this kind may not name.
pub fn unsupported<'a>(info: &KindInfo, terms: &'a [Term]) -> Option<&'a str> {
    terms.iter().map(|t| &*t.0).find(|f| !known(info, f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors_select() {
        let have: Labels = [("app", "web"), ("tier", "front")].into_iter().collect();
        for (text, want) in [
            ("app=web", true),
            ("app==web,tier!=back", true),
            ("app!=web", false),
            ("app in (web, db)", true),
            ("app notin (web,db)", false),
            ("app", true),
            ("!app", false),
            ("other", false),
            ("other!=x", true),
            ("", true),
            ("other=", false),
        ] {
            assert_eq!(labels(text).map(|s| s.matches(&have)), Ok(want), "{text}");
        }
    }

    #[test]
    fn bad_selectors_are_refused_in_the_servers_words() {
        for (text, want) in [
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ] {
            assert_eq!(labels(text), Err(want.to_owned()), "{text}");
        }
    }
}
