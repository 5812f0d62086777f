//! What the API server would say of a text, for the editor to show while it is written.

use crate::session::Session;
use podscope_schema::Value;

/// Longer texts are checked when they are applied.
const LONGEST: usize = 300_000;

/// `[{line, message}]`: the refusals of an apply that is only tried.
pub fn json(session: &Session, text: &str) -> String {
    if text.len() > LONGEST || text.trim().is_empty() {
        return "[]".into();
    }
    let tried = session.read(|cluster| cluster.clone().apply(text));
    let errors = tried.err().unwrap_or_default();
    let told =
        errors.into_iter().map(|e| Value::object([("line", Value::from(e.line)), ("message", e.message.into())]));
    Value::array(told).to_json()
}
