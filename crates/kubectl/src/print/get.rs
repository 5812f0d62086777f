//! `get`.
// upstream: kubectl/pkg/cmd/get

use super::output::{self, Format};
use super::{kinds, read, sort, table};
use crate::flag::Args;
use crate::resource::{Bare, Found, Selection};
use crate::{Failure, Next, Progress, Session, Wait};
use podscope_schema::{KindInfo, Map, Value};

/// The same value with all keys sorted, as kubectl prints it.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(sorted)),
        Value::Object(map) => {
            let mut map: Map = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            map.sort_keys();
            map.into()
        }
        other => other.clone(),
    }
}

/// Microseconds since 1970.
pub fn present(s: &Session) -> i64 {
    s.cluster.cx.config.epoch * 1_000_000 + s.now().0 as i64
}

const NO_KIND: &str = "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.

error: Required resource not specified.
Use \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples";

/// `get KIND [NAME…] [-o …]`
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let format = Format::of(args)?;
    if args.words.is_empty() && args.files().is_empty() {
        return Err(NO_KIND.to_owned());
    }
    let mut selection = s.targets(args, &args.words, Bare::All)?;
    if args.on("ignore-not-found") {
        selection.errors.clear();
    }
    let path = args.value("sort-by");
    if !path.is_empty() && !selection.found.is_empty() {
        sort::by(&mut selection.found, path)?;
    }
    if selection.kinds.iter().any(|k| k.kind == "Endpoints") {
        s.warn("Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    let watch = args.on("watch") || args.on("watch-only");
    let look = Look::new(&selection, args, &format);
    if !format.is_table() {
        let nothing = selection.found.is_empty() && selection.named;
        if !nothing && !args.on("watch-only") {
            output::print(&format, &selection.found, selection.single, args, &mut s.out.stdout)?;
        }
    } else if selection.found.is_empty() && selection.errors.is_empty() {
        if !watch && !args.on("ignore-not-found") {
            let everywhere = args.on("all-namespaces") || selection.kinds.iter().all(|k| !k.namespaced);
            let text = if everywhere {
                "No resources found".to_owned()
            } else {
                format!("No resources found in {} namespace.", s.namespace)
            };
            s.warn(text);
        }
    } else if !args.on("watch-only") {
        let text = look.tables(&selection.found, present(s));
        s.out.stdout.push_str(&text);
    }
    if watch && selection.errors.is_empty() {
        return Ok(Some(Box::new(Watch::new(selection, args, format, look))));
    }
    selection.failure().map_or(Ok(None), Err)
}

/// How tables look.
#[derive(Debug)]
struct Look {
    wide: bool,
    headers: bool,
    namespaces: bool,
    kinds: bool,
    labels: bool,
    columns: Vec<String>,
}

impl Look {
    fn new(selection: &Selection, args: &Args, format: &Format) -> Self {
        Self {
            wide: matches!(format, Format::Table(true)),
            headers: !args.on("no-headers"),
            namespaces: args.on("all-namespaces"),
            kinds: args.on("show-kind") || selection.kinds.len() > 1,
            labels: args.on("show-labels"),
            columns: args.list("label-columns").into_iter().map(str::to_owned).collect(),
        }
    }

    fn header(&self, info: &KindInfo) -> Vec<String> {
        let mut line = Vec::new();
        if self.namespaces && info.namespaced {
            line.push("NAMESPACE".to_owned());
        }
        let columns = kinds::of(info).columns.iter();
        line.extend(columns.filter(|c| self.wide || !c.starts_with('+')).map(|c| c.trim_start_matches('+').to_owned()));
        // upstream: cli-runtime/pkg/printers formatLabelHeaders
        line.extend(self.columns.iter().map(|l| l.rsplit('/').next().unwrap_or(l).to_uppercase()));
        if self.labels {
            line.push("LABELS".to_owned());
        }
        line
    }

    fn row(&self, found: &Found, now: i64) -> Vec<String> {
        let kind = kinds::of(found.info);
        let mut line = Vec::new();
        if self.namespaces && found.info.namespaced {
            line.push(found.namespace.to_string());
        }
        let cells = (kind.cells)(&found.value, now);
        let named = kind.columns.iter().position(|c| *c == "NAME");
        for (i, (cell, column)) in cells.iter().zip(kind.columns).enumerate() {
            if self.wide || !column.starts_with('+') {
                let prefix = if self.kinds && Some(i) == named {
                    format!("{}/", crate::resource::resource(found.info))
                } else {
                    String::new()
                };
                line.push(table::cell(&format!("{prefix}{cell}")));
            }
        }
        let have = read::members(&found.value, &["metadata", "labels"]);
        for wanted in &self.columns {
            let value = have.iter().find(|(k, _)| k == wanted).map(|(_, v)| v.clone());
            line.push(value.unwrap_or_else(|| read::NONE.to_owned()));
        }
        if self.labels {
            line.push(read::labels(&found.value, &["metadata", "labels"]));
        }
        line
    }

    /// A table for each run of objects of one kind, a blank line between them.
    fn tables(&self, found: &[Found], now: i64) -> String {
        let mut out = String::new();
        for (i, group) in found.chunk_by(|a, b| std::ptr::eq(a.info, b.info)).enumerate() {
            if i > 0 {
                out.push('\n');
            }
            let mut lines = Vec::new();
            if self.headers {
                lines.push(self.header(group[0].info));
            }
            lines.extend(group.iter().map(|f| self.row(f, now)));
            out.push_str(&table::lay_out(&lines));
        }
        out
    }
}

/// `-w`: prints each change of what was selected.
struct Watch {
    words: Vec<String>,
    args: Args,
    format: Format,
    look: Look,
    /// What was seen last: the object, and its version.
    seen: Vec<(Found, String)>,
    /// The lines so far, by which columns stay aligned.
    lines: Vec<Vec<String>>,
    started: bool,
}

fn version(found: &Found) -> String {
    read::text(&found.value, &["metadata", "resourceVersion"])
}

/// Objects, each with its version.
fn seen(found: Vec<Found>) -> Vec<(Found, String)> {
    let versions: Vec<String> = found.iter().map(version).collect();
    found.into_iter().zip(versions).collect()
}

fn same(a: &Found, b: &Found) -> bool {
    let uid = |f: &Found| read::text(&f.value, &["metadata", "uid"]);
    std::ptr::eq(a.info, b.info) && a.namespace == b.namespace && a.name == b.name && uid(a) == uid(b)
}

impl Watch {
    fn new(selection: Selection, args: &Args, format: Format, look: Look) -> Self {
        let seen = seen(selection.found);
        Self { words: args.words.clone(), args: args.clone(), format, look, seen, lines: Vec::new(), started: false }
    }

    /// Prints one object, aligned with what was printed before.
    fn show(&mut self, s: &mut Session, found: &Found) -> Result<(), Failure> {
        let now = present(s);
        if !self.format.is_table() {
            return output::print(&self.format, std::slice::from_ref(found), true, &self.args, &mut s.out.stdout);
        }
        if self.lines.is_empty() && self.look.headers {
            self.lines.push(self.look.header(found.info));
            if self.seen.is_empty() || self.args.on("watch-only") {
                let text = table::lay_out(&self.lines);
                s.out.stdout.push_str(&text);
            }
        }
        self.lines.push(self.look.row(found, now));
        let text = table::lay_out(&self.lines);
        s.say(text.lines().last().unwrap_or_default());
        Ok(())
    }
}

impl Wait for Watch {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        if !std::mem::replace(&mut self.started, true) {
            let now = present(s);
            if let Some((first, _)) = self.seen.first() {
                self.lines.push(self.look.header(first.info));
                let rows: Vec<_> = self.seen.iter().map(|(f, _)| self.look.row(f, now)).collect();
                self.lines.extend(rows);
                if self.args.on("watch-only") {
                    self.lines.clear();
                }
            }
        }
        let selection = s.targets(&self.args, &self.words, Bare::All)?;
        let gone: Vec<Found> =
            self.seen.iter().map(|(f, _)| f).filter(|f| !selection.found.iter().any(|n| same(f, n))).cloned().collect();
        for found in &gone {
            self.show(s, found)?;
        }
        for found in &selection.found {
            let known = self.seen.iter().find(|(f, _)| same(f, found));
            if known.is_none_or(|(_, v)| *v != version(found)) {
                self.show(s, found)?;
            }
        }
        self.seen = seen(selection.found);
        Ok(Progress::Endless)
    }
}
