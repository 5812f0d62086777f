//! What JavaScript is told, as JSON.

use podscope_engine::Cluster;
use podscope_engine::api::ApiError;
use podscope_engine::api::apply::{Applied, ManifestError};
use podscope_schema::Value;

/// What applying did.
pub fn applied(result: Result<Vec<Applied>, Vec<ManifestError>>) -> String {
    match result {
        Ok(all) => Value::object([("applied", Value::array(all.into_iter().map(one)))]).to_json(),
        Err(errors) => refused(&errors),
    }
}

/// Why nothing was applied.
pub fn refused(errors: &[ManifestError]) -> String {
    Value::object([("errors", Value::array(errors.iter().map(refusal)))]).to_json()
}

fn one(a: Applied) -> Value {
    Value::object([
        ("apiVersion", Value::from(a.api_version)),
        ("kind", a.kind.into()),
        ("namespace", a.namespace.into()),
        ("name", a.name.into()),
        ("what", a.what.word().into()),
        ("simulated", a.simulated.into()),
    ])
}

fn refusal(e: &ManifestError) -> Value {
    let number = |n: u32| Value::from(i64::from(n));
    Value::object([("line", number(e.line)), ("column", number(e.column)), ("message", e.message.clone().into())])
}

/// A refusal of the API server.
pub fn error(e: &ApiError) -> String {
    let parts = [
        ("status", Value::from(i64::from(e.code))),
        ("code", e.reason.into()),
        ("message", Value::from(e.message.clone())),
    ];
    Value::object(parts).to_json()
}

/// The requests from the `from`th on.
pub fn inputs(cluster: &Cluster, from: usize) -> String {
    Value::array(cluster.cx.inputs.iter().skip(from).map(|i| i.to_value())).to_json()
}
