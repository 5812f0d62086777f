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

use crate::flag::{Flag, Takes, flag};
use crate::flags::{EVERYWHERE, FILES, OUTPUT, SELECT};
use crate::resource::Found;
use crate::verb::{Verb, Words};
use crate::{Args, Failure};
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
/// When no printer is called so, or a template does not fit.
pub fn object(args: &Args, found: &Found) -> Result<String, Failure> {
    output::print(&output::Format::of(args)?, std::slice::from_ref(found), true, args)
}

/// What a path such as `{.status.phase}` leads to.
///
/// # Errors
/// What is wrong with the path.
pub fn path_values(root: &Value, path: &str) -> Result<Vec<Value>, Failure> {
    let template =
        jsonpath::Template::relaxed(path).map_err(|e| format!("error: error parsing jsonpath {path}, {e}"))?;
    Ok(template.values(root))
}
