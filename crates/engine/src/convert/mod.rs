//! Between API values and typed objects: defaulting on the way in, the whole object on the way out.

use crate::api::{ApiError, Context};
use crate::object::{Key, Object};
use podscope_schema::Value;

/// Reads a manifest that passed strict decoding, with defaults filled in.
///
/// # Errors
/// When a field cannot be read.
pub fn from_value(_cx: &Context, _value: &Value) -> Result<Object, ApiError> {
    Err(ApiError::new(501, "NotImplemented", "not yet"))
}

/// The whole object as the API server would give it.
pub fn to_value(_cx: &Context, _key: Key) -> Option<Value> {
    None
}
