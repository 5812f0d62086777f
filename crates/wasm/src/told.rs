//! What JavaScript is told, as JSON.

use podscope_engine::Cluster;
use podscope_engine::api::ApiError;
use podscope_schema::Value;

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
