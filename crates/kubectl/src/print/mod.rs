//! The verbs that only print: `get`, `describe`, `events`, `top`, `explain`, `api-resources`, `api-versions`.

mod api;
mod events;
mod explain;
pub mod get;
mod golang;
mod gosort;
mod gotemplate;
mod jsonpath;
mod kinds;
mod network;
pub mod other;
mod output;
mod pod;
pub mod read;
pub mod sort;
mod storage;
pub mod table;
mod top;
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
    NO_HEADERS,
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

const DESCRIBE: &[Flag] = &[
    flag("show-events", ' ', Takes::Switch, "true", "Print the Events of each object, too."),
    flag("chunk-size", ' ', Takes::Int, "500", "Read and ignored: lists come whole."),
];

const EVENTS: &[Flag] = &[
    flag("for", ' ', Takes::Text, "", "Only Events about this object: TYPE/NAME."),
    flag("types", ' ', Takes::List, "", "Only Events of these types: Normal, Warning."),
    flag("watch", 'w', Takes::Switch, "false", "Go on and print each new Event."),
    NO_HEADERS,
    flag("chunk-size", ' ', Takes::Int, "500", "Read and ignored: lists come whole."),
];

const RESOURCES: &[Flag] = &[
    flag("api-group", ' ', Takes::Text, "", "Only kinds of this group."),
    flag(
        "namespaced",
        ' ',
        Takes::Switch,
        "true",
        "Only kinds that live in namespaces, or with =false those that do not.",
    ),
    flag("verbs", ' ', Takes::List, "", "Only kinds that understand all of these verbs."),
    flag("sort-by", ' ', Takes::Text, "", "name or kind."),
    flag("cached", ' ', Takes::Switch, "false", "Read and ignored."),
    flag("categories", ' ', Takes::List, "", "Only kinds of these categories: all, api-extensions."),
    flag("output", 'o', Takes::Text, "", "wide or name."),
    NO_HEADERS,
];

const EXPLAIN: &[Flag] = &[
    flag("recursive", ' ', Takes::Switch, "false", "Print the fields of fields, too."),
    flag("api-version", ' ', Takes::Text, "", "Read and ignored: each kind has one version."),
    flag("output", ' ', Takes::Text, "plaintext", "Read and ignored."),
];

const TOP: &[Flag] = &[
    flag("sort-by", ' ', Takes::Text, "", "cpu sorts by that."),
    NO_HEADERS,
    flag("containers", ' ', Takes::Switch, "false", "Read and ignored."),
];

const NO_HEADERS: Flag = flag("no-headers", ' ', Takes::Switch, "false", "Leave the line of column names out.");

const OBJECTS: &str = "(TYPE[,TYPE...] [NAME... | -l SELECTOR] | TYPE/NAME...)";

const fn verb(
    name: &'static str,
    help: &'static str,
    usage: &'static str,
    flags: &'static [&'static [Flag]],
    words: Words,
    run: Option<crate::verb::Run>,
) -> Verb {
    Verb { name, aliases: &[], help, usage, flags, words, run }
}

/// The verbs that only print.
pub const VERBS: &[Verb] = &[
    verb("api-resources", "Print the kinds that the API knows.", "", &[RESOURCES], Words::Free, Some(api::resources)),
    verb("api-versions", "Print the versions that the API knows.", "", &[], Words::Free, Some(api::versions)),
    verb(
        "describe",
        "Print objects in words, with what belongs to them and their Events.",
        OBJECTS,
        &[DESCRIBE, SELECT, EVERYWHERE, FILES],
        Words::Objects(&[]),
        Some(crate::describe::run),
    ),
    verb("events", "Print Events, the latest last.", "", &[EVENTS, EVERYWHERE, OUTPUT], Words::Free, Some(events::run)),
    verb("explain", "Print the fields of a kind.", "TYPE[.FIELD...]", &[EXPLAIN], Words::Kinds, Some(explain::run)),
    verb(
        "get",
        "Print objects.",
        OBJECTS,
        &[GET, SELECT, EVERYWHERE, FILES, OUTPUT],
        Words::Objects(&[]),
        Some(get::run),
    ),
    verb("top", "Print what pods and nodes use.", "", &[], Words::Free, None),
    verb(
        "top nodes",
        "Print what nodes use.",
        "[NAME | -l SELECTOR]",
        &[TOP, SELECT],
        Words::Names("nodes"),
        Some(top::nodes),
    ),
    verb(
        "top pods",
        "Print what pods use.",
        "[NAME | -l SELECTOR]",
        &[TOP, SELECT, EVERYWHERE],
        Words::Names("pods"),
        Some(top::pods),
    ),
];

pub use get::sorted;

/// One object as `-o` asks for it.
///
/// # Errors
/// When no printer is called so, or a template does not fit.
pub fn object(args: &Args, found: &Found) -> Result<String, Failure> {
    let mut out = String::new();
    output::print(&output::Format::of(args)?, std::slice::from_ref(found), true, args, &mut out)?;
    Ok(out)
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
