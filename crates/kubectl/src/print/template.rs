//! A pod template, described.

use podscope_schema::Value;

/// `Pod Template:` and what is in it.
// upstream: kubectl/pkg/describe DescribePodTemplate
pub fn describe(_template: &Value) -> String {
    String::from("Pod Template:")
}
