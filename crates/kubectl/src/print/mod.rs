//! The verbs that only print: `get`, `describe`, `events`, `top`, `explain`, `api-resources`, `api-versions`.

pub mod get;
mod jsonpath;
mod kinds;
mod network;
mod other;
mod output;
mod pod;
mod read;
mod sort;
mod storage;
mod table;
pub mod template;
mod workload;

use crate::Failure;
use crate::flag::{Flag, Takes, flag};
use crate::flags::{EVERYWHERE, FILES, OUTPUT, SELECT};
use crate::verb::{Verb, Words};
use podscope_schema::Value;

const GET: &[Flag] = &[
    flag("watch", 'w', Takes::Switch, "false", "Go on and print each change."),
    flag("watch-only", ' ', Takes::Switch, "false", "Print changes, but not what is there now."),
    flag("no-headers", ' ', Takes::Switch, "false", "Leave the line of column names out."),
    flag("show-labels", ' ', Takes::Switch, "false", "Print the labels as last column."),
    flag("show-kind", ' ', Takes::Switch, "false", "Print the kind in front of the name."),
    flag("label-columns", 'L', Takes::List, "", "Print these labels as columns."),
    flag("sort-by", ' ', Takes::Text, "", "Sort by a field, such as .metadata.name."),
    flag("ignore-not-found", ' ', Takes::Switch, "false", "Succeed when an object is not there."),
    flag("chunk-size", ' ', Takes::Int, "500", "Read and ignored: lists come whole."),
    flag("output-watch-events", ' ', Takes::Switch, "false", "Print what kind of change each is."),
    flag("raw", ' ', Takes::Text, "", "Print what the API server answers to this path."),
    flag("server-print", ' ', Takes::Switch, "true", "Read and ignored."),
    flag("subresource", ' ', Takes::Text, "", "status or scale."),
];

/// The verbs that only print.
pub const VERBS: &[Verb] = &[Verb {
    name: "get",
    aliases: &[],
    help: "Print objects.",
    usage: "(TYPE[,TYPE...] [NAME... | -l SELECTOR] | TYPE/NAME...)",
    flags: &[GET, SELECT, EVERYWHERE, FILES, OUTPUT],
    words: Words::Objects(&[]),
    run: Some(get::run),
}];

pub use get::sorted;

/// One object as `-o` asks for it.
///
/// # Errors
/// When no printer is called so.
pub fn object(_args: &crate::Args, output: &str, value: &Value) -> Result<String, Failure> {
    match output {
        "yaml" => Ok(podscope_schema::to_yaml(&sorted(value))),
        "json" => Ok(format!("{}\n", sorted(value).to_json())),
        other => Err(format!("error: unable to match a printer suitable for the output format {other:?}")),
    }
}

/// What a path such as `{.status.phase}` leads to.
///
/// # Errors
/// What is wrong with the path.
pub fn path_values(root: &Value, path: &str) -> Result<Vec<Value>, Failure> {
    let inner = path.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
    let inner = inner.ok_or_else(|| format!("error: unrecognized path {path}"))?;
    let parts: Vec<&str> = inner.split('.').filter(|p| !p.is_empty()).collect();
    Ok(root.at(&parts).cloned().into_iter().collect())
}
