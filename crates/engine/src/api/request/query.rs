//! Lists, and what the query of a request asks for: selectors, options, where to go on.

use super::{Answer, Request, bad};
use crate::api::{ApiError, Context};
use crate::convert;
use crate::object::{Key, Kind};
use podscope_schema::Value;

impl Request<'_> {
    pub(super) fn list(&self, cx: &Context) -> Answer {
        let selector = self.options(cx)?;
        let prefix = self.stored("");
        let mine = |k: &Key| {
            let name = cx.store.name(*k);
            (self.namespace.is_empty() || &*name.namespace == self.namespace)
                && (self.kind() != Kind::Other || name.name.starts_with(&prefix))
        };
        let chosen = |k: &Key| {
            let labels = cx.store.object(*k).map(|o| &o.meta().labels);
            selector.iter().all(|(key, value)| {
                let have = labels.and_then(|l| l.get(key)).map(|v| &**v);
                have.is_some() && value.as_deref().is_none_or(|v| have == Some(v))
            })
        };
        let keys = cx.store.of_kind(self.kind()).iter().copied().filter(mine).filter(chosen);
        let fields = self.fields();
        let has = |v: &Value| {
            fields.iter().all(|(path, want)| v.str_at(&path.split('.').collect::<Vec<_>>()).unwrap_or_default() == want)
        };
        let items = keys.filter_map(|k| convert::to_value(cx, k)).filter(has);
        let meta = Value::object([("resourceVersion", Value::from(cx.resource_version().to_string()))]);
        Ok((
            200,
            Value::object([
                ("kind", Value::from(format!("{}List", self.info.kind))),
                ("apiVersion", self.info.api_version().into()),
                ("metadata", meta),
                ("items", Value::array(items)),
            ]),
        ))
    }

    /// The field selector: paths and the text that must stand there.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let chosen = self.query.split('&').filter_map(|p| p.strip_prefix("fieldSelector="));
        let terms = chosen.flat_map(|s| unescape(s).split(',').map(str::to_owned).collect::<Vec<_>>());
        let pair = |t: String| t.split_once('=').map(|(k, v)| (k.to_owned(), v.trim_start_matches('=').to_owned()));
        terms.filter_map(pair).collect()
    }

    /// Reads a list's options; gives the label selector.
    pub(super) fn options(&self, cx: &Context) -> Result<Vec<(String, Option<String>)>, ApiError> {
        let options: Vec<(&str, String)> =
            self.query.split('&').filter_map(|p| p.split_once('=')).map(|(k, v)| (k, unescape(v))).collect();
        let option = |name: &str| options.iter().find(|(k, _)| *k == name).map(|(_, v)| v.as_str());
        if let Some(version) = option("resourceVersion") {
            let Ok(version) = version.parse::<u64>() else {
                let message = format!(
                    "resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax"
                );
                return Err(ApiError::new(500, "", message));
            };
            if option("resourceVersionMatch") == Some("Exact") && version != cx.resource_version() {
                let message = "The resourceVersion for the provided list is too old.";
                return Err(ApiError::new(410, "Expired", message));
            }
        }
        if let Some(token) = option("continue") {
            // No list is cut short here, so no token is a real one.
            let first = base64_start(token).map(char::from).filter(|c| *c != '{');
            let why = first.map_or_else(
                || "continue key is not valid".to_owned(),
                |c| format!("continue key is not valid: invalid character '{c}' looking for beginning of value"),
            );
            return Err(bad(format!("invalid continue token: {why}")));
        }
        for term in option("fieldSelector").unwrap_or_default().split(',').filter(|t| !t.is_empty()) {
            let field = term.split(['=', '!']).next().unwrap_or_default();
            let known = ["metadata.name", "metadata.namespace"].contains(&field)
                || (self.info.kind == "Pod"
                    && ["spec.nodeName", "spec.restartPolicy", "status.phase", "status.podIP"].contains(&field));
            if !known {
                return Err(bad(format!("field label not supported: {field}")));
            }
        }
        let fields = option("fieldSelector").unwrap_or_default();
        if fields.contains("!=") {
            return Err(bad(format!("the simulation does not read this field selector: {fields}")));
        }
        let mut terms = Vec::new();
        for term in option("labelSelector").unwrap_or_default().split(',').map(str::trim).filter(|t| !t.is_empty()) {
            match term.split_once('=') {
                Some((key, value)) if !key.ends_with('!') => {
                    terms.push((key.trim().to_owned(), Some(value.trim_start_matches('=').trim().to_owned())));
                }
                _ => {
                    if let [_, word, ..] = term.split_whitespace().collect::<Vec<_>>()[..]
                        && !matches!(word, "in" | "notin")
                    {
                        return Err(bad(format!(
                            "unable to parse requirement: found '{word}', expected: in, notin, =, ==, !=, gt, lt"
                        )));
                    }
                    if term.contains([' ', '!', '(']) {
                        return Err(bad(format!("the simulation does not read this label selector: {term}")));
                    }
                    terms.push((term.to_owned(), None));
                }
            }
        }
        Ok(terms)
    }
}

/// Undoes `%20` and `+` of a query.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The first byte that a base64 text stands for.
fn base64_start(text: &str) -> Option<u8> {
    let digit = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'-' | b'+' => Some(62),
        b'_' | b'/' => Some(63),
        _ => None,
    };
    let bytes = text.as_bytes();
    let (first, second) = (digit(*bytes.first()?)?, digit(*bytes.get(1)?)?);
    Some(first << 2 | second >> 4)
}
