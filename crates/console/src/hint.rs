//! What may be written at a place of a manifest, and what stands there. The text is being written, so it is read line by
//! line, by its indentation: it need not be YAML yet.

use podscope_schema::table::{Field, KindInfo, Shape, Type, fields, kinds, type_at};
use podscope_schema::yaml::PathSeg;
use podscope_schema::{Value, lookup_kind};

/// One line a field: the type that has it, its name, and what it is for. In alphabetical order of types.
const ABOUT: &str = include_str!("about.txt");
/// Under this name [`ABOUT`] has the annotations.
const ANNOTATION: &str = "annotation";

/// Where a cursor is.
#[derive(Debug, Default, PartialEq)]
struct Place {
    /// The keys and indexes above it.
    path: Vec<PathSeg>,
    /// The key whose value it is in; none when it is in a key.
    key: Option<String>,
    /// Where the word under it begins, in characters.
    from: usize,
    /// How far the mapping that it is in is indented.
    indent: usize,
    api_version: String,
    kind: String,
}

/// A key of a line, with its value, and where both begin: `- name: web` has one at 2.
struct Pair<'a> {
    indent: usize,
    key: &'a str,
    value: &'a str,
    value_at: usize,
}

/// The indentation of a line, and of what follows its dashes. None for what is empty or a comment.
fn dashes(line: &str) -> Option<(Vec<usize>, usize, &str)> {
    let mut rest = line.trim_start_matches(' ');
    let mut at = line.len() - rest.len();
    if rest.is_empty() || rest.starts_with('#') {
        return None;
    }
    let mut found = Vec::new();
    while rest == "-" || rest.starts_with("- ") {
        found.push(at);
        let next = rest[1..].trim_start_matches(' ');
        at += rest.len() - next.len();
        rest = next;
    }
    Some((found, at, rest))
}

fn pair(rest: &str, indent: usize) -> Option<Pair<'_>> {
    let (key, value) = match rest.split_once(": ") {
        Some(found) => found,
        None => (rest.trim_end().strip_suffix(':')?, ""),
    };
    let key = key.trim().trim_matches(['"', '\'']);
    (!key.is_empty() && !key.contains(['{', '['])).then(|| {
        let value_at = indent + rest.len() - value.len();
        Pair { indent, key, value: plain(value), value_at }
    })
}

/// A value without its comment and its quotes.
fn plain(value: &str) -> &str {
    value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\''])
}

/// The lines of the document that a line (from 1) is in, and the number of the first.
fn document(text: &str, line: u32) -> (Vec<&str>, usize) {
    let lines: Vec<&str> = text.split('\n').map(|l| l.trim_end_matches('\r')).collect();
    let ends = |l: &&str| l.starts_with("---") || l.starts_with("...");
    let line = (line as usize).clamp(1, lines.len());
    let start = lines[..line].iter().rposition(ends).map_or(0, |at| at + 1);
    let end = lines[line..].iter().position(ends).map_or(lines.len(), |at| at + line);
    (lines[start.min(end)..end].to_vec(), start + 1)
}

/// Where the cursor is, at a line (from 1) and a column (from 0, in UTF-16 units).
fn place(text: &str, line: u32, column: u32) -> Place {
    let (lines, first) = document(text, line);
    let mut place = Place::default();
    for line in &lines {
        match pair(line, 0) {
            Some(Pair { key: "apiVersion", value, .. }) => value.clone_into(&mut place.api_version),
            Some(Pair { key: "kind", value, .. }) => value.clone_into(&mut place.kind),
            _ => {}
        }
    }
    let mut above: Vec<(usize, PathSeg)> = Vec::new();
    // A text over several lines: what is further in belongs to it.
    let mut within = None::<usize>;
    let here = (line as usize).saturating_sub(first);
    for (number, line) in lines.iter().enumerate().take(here + 1) {
        let cut = if number == here { before(line, column) } else { line };
        let at = cut.len() - cut.trim_start_matches(' ').len();
        if within.is_some_and(|indent| at > indent || cut.trim().is_empty() && number < here) {
            continue;
        }
        within = None;
        let Some((dashes, indent, rest)) = dashes(cut) else {
            if number == here {
                above.retain(|(i, _)| *i < at);
                place.from = at;
                place.indent = at;
            }
            continue;
        };
        for dash in dashes {
            let same = |seg: &PathSeg| matches!(seg, PathSeg::Index(_));
            above.retain(|(i, seg)| *i < dash || *i == dash && !same(seg));
            above.push((dash, PathSeg::Index(0)));
        }
        above.retain(|(i, _)| *i < indent);
        let pair = pair(rest, indent);
        if number == here {
            place.indent = indent;
            place.from = indent;
            if let Some(pair) = pair {
                place.from = pair.value_at;
                place.key = Some(pair.key.to_owned());
            }
        } else if let Some(pair) = pair {
            if pair.value.starts_with(['|', '>']) {
                within = Some(indent);
            }
            above.push((pair.indent, PathSeg::Key(pair.key.to_owned())));
        }
    }
    place.path = above.into_iter().map(|(_, seg)| seg).collect();
    place
}

/// What of a line is before a column of UTF-16 units.
fn before(line: &str, column: u32) -> &str {
    let mut units = 0;
    let end = line.char_indices().find(|(_, c)| {
        let there = units >= column as usize;
        units += c.len_utf16();
        there
    });
    &line[..end.map_or(line.len(), |(at, _)| at)]
}

/// The keys beside the cursor's, in the same mapping.
fn beside(text: &str, line: u32, indent: usize) -> Vec<String> {
    let (lines, first) = document(text, line);
    let here = (line as usize).saturating_sub(first);
    let mut found = Vec::new();
    let mut look = |line: &str, up: bool| -> bool {
        let Some((dashes, at, rest)) = dashes(line) else { return true };
        let fresh = !dashes.is_empty();
        if at == indent && (up || !fresh) {
            found.extend(pair(rest, at).map(|p| p.key.to_owned()));
        }
        // A dash begins another element.
        at > indent && dashes.first().is_none_or(|d| *d >= indent) || at == indent && !fresh
    };
    let fresh = lines.get(here).is_some_and(|l| l.trim_start().starts_with("- "));
    if !fresh {
        _ = lines[..here.min(lines.len())].iter().rev().all(|l| look(l, true));
    }
    _ = lines.iter().skip(here + 1).all(|l| look(l, false));
    found
}

/// What is said of a field of a type.
fn about(of: &str, field: &str) -> &'static str {
    let of = of.split('~').next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
    let line =
        ABOUT.lines().find_map(|l| l.strip_prefix(of)?.strip_prefix(' ')?.strip_prefix(field)?.strip_prefix(' '));
    line.unwrap_or_default()
}

/// The name of the type at a path; of its elements, for a list.
fn owner(kind: &KindInfo, path: &[PathSeg]) -> &'static str {
    let mut ty = type_at(kind, path);
    while let Some(Shape::List(inner)) = ty.map(Type::shape) {
        ty = Some(inner);
    }
    match ty.map(Type::shape) {
        Some(Shape::Struct(name)) => name,
        _ => "",
    }
}

fn is_annotations(path: &[PathSeg]) -> bool {
    matches!(path.last(), Some(PathSeg::Key(key)) if key == "annotations")
}

fn option(label: &str, ty: &str, text: &str, apply: Option<String>, rank: i64) -> Value {
    let mut option = Value::object([("label", Value::from(label)), ("type", ty.into()), ("text", text.into())]);
    option.set_at(&["rank"], rank);
    if let Some(apply) = apply {
        option.set_at(&["apply"], apply);
    }
    option
}

/// A field, with what is written for it: its key, and where its value goes.
fn offered(field: &Field, of: &str, indent: usize) -> Value {
    let deeper = " ".repeat(indent + 2);
    let tail = match field.ty.shape() {
        Shape::List(_) => format!(":\n{deeper}- "),
        Shape::Struct(_) | Shape::Map(_) => format!(":\n{deeper}"),
        _ => ": ".to_owned(),
    };
    let text = about(of, field.name);
    // What is required comes first, then what is told of.
    let rank = if field.required { 2 } else { i64::from(!text.is_empty()) };
    option(field.name, &typed(field), text, Some([field.name, &tail].concat()), rank)
}

fn typed(field: &Field) -> String {
    let mut words = field.ty.describe();
    if field.required {
        words += ", required";
    }
    words
}

/// What may be written where the cursor is: `{from, options: [{label, type, text, apply, rank}]}`, or null.
pub fn complete(text: &str, line: u32, column: u32) -> Value {
    let place = place(text, line, column);
    let options = match &place.key {
        Some(key) => values(&place, key),
        None => keys(&place, &beside(text, line, place.indent)),
    };
    if options.is_empty() {
        return Value::Null;
    }
    Value::object([("from", Value::from(place.from as i64)), ("options", Value::array(options))])
}

fn keys(place: &Place, there: &[String]) -> Vec<Value> {
    let fresh = |name: &str| !there.iter().any(|key| key == name);
    let Some(kind) = lookup_kind(&place.api_version, &place.kind) else {
        let first = ["apiVersion", "kind"].into_iter().filter(|name| place.path.is_empty() && fresh(name));
        return first.map(|name| option(name, "string, required", "", Some([name, ": "].concat()), 2)).collect();
    };
    if is_annotations(&place.path) {
        let lines = ABOUT.lines().filter_map(|l| l.strip_prefix(ANNOTATION)?.trim_start().split_once(' '));
        let fresh = lines.filter(|(name, _)| fresh(name));
        return fresh.map(|(name, text)| option(name, "string", text, Some([name, ": "].concat()), 0)).collect();
    }
    let of = owner(kind, &place.path);
    let all = fields(kind, &place.path);
    all.iter().filter(|f| fresh(f.name) && f.name != "status").map(|f| offered(f, of, place.indent)).collect()
}

fn values(place: &Place, key: &str) -> Vec<Value> {
    if place.path.is_empty() && matches!(key, "kind" | "apiVersion") {
        let mut names: Vec<(String, String)> = Vec::new();
        for info in kinds() {
            let (version, kind) = (info.api_version(), info.kind.to_owned());
            let (name, other) = if key == "kind" { (kind, version) } else { (version, kind) };
            let given = if key == "kind" { &place.api_version } else { &place.kind };
            let fits = given.is_empty()
                || *given == other
                || !kinds().iter().any(|k| k.kind == given || k.api_version() == *given);
            if fits && !names.iter().any(|(n, _)| *n == name) {
                names.push((name, if key == "kind" { other } else { String::new() }));
            }
        }
        return names.iter().map(|(name, detail)| option(name, detail, "", None, 0)).collect();
    }
    let Some(kind) = lookup_kind(&place.api_version, &place.kind) else { return Vec::new() };
    let Some(field) = fields(kind, &place.path).into_iter().find(|f| f.name == key) else { return Vec::new() };
    let truth = if field.ty.shape() == Shape::Bool { "false,true" } else { "" };
    field.choices().chain(truth.split(',').filter(|t| !t.is_empty())).map(|c| option(c, "", "", None, 0)).collect()
}

/// What stands where the cursor is: `{title, type, text}`, or null.
pub fn hover(text: &str, line: u32, column: u32) -> Value {
    let (lines, first) = document(text, line);
    let Some(whole) = lines.get((line as usize).saturating_sub(first)) else { return Value::Null };
    let Some((_, indent, rest)) = dashes(whole) else { return Value::Null };
    let Some(found) = pair(rest, indent) else { return Value::Null };
    let at = before(whole, column).len();
    if at < indent || at > indent + found.key.len() {
        return Value::Null;
    }
    let mut place = place(text, line, indent as u32);
    let Some(kind) = lookup_kind(&place.api_version, &place.kind) else { return Value::Null };
    let told = |ty: &str, text: &str, path: &[PathSeg]| {
        Value::object([("title", Value::from(dotted(path))), ("type", ty.into()), ("text", text.into())])
    };
    let of = owner(kind, &place.path);
    let field = fields(kind, &place.path).into_iter().find(|f| f.name == found.key);
    let note = is_annotations(&place.path);
    place.path.push(PathSeg::Key(found.key.to_owned()));
    match field {
        Some(field) => told(&typed(&field), about(of, field.name), &place.path),
        None if note => told("string", about(ANNOTATION, found.key), &place.path),
        None => Value::Null,
    }
}

/// What a field of a kind is: `{type, text, choices}`, or null. The path's keys and numbers are those of a value.
pub fn field(kind: &str, path: &Value) -> Value {
    let Some(kind) = kinds().iter().find(|k| k.kind == kind) else { return Value::Null };
    let seg = |part: &Value| part.as_str().map_or(PathSeg::Index(0), |key| PathSeg::Key(key.to_owned()));
    let path: Vec<PathSeg> = path.items().iter().map(seg).collect();
    let Some((PathSeg::Key(name), within)) = path.split_last() else { return Value::Null };
    let told = |ty: &str, text: &str, choices: Value| {
        Value::object([("type", Value::from(ty)), ("text", text.into()), ("choices", choices)])
    };
    if is_annotations(within) {
        return told("string", about(ANNOTATION, name), Value::Null);
    }
    let here = fields(kind, within).into_iter().find(|f| f.name == name);
    // What is an entry of a map is told of by the map.
    let said = (1..=path.len()).rev().find_map(|end| {
        let (last, above) = path[..end].split_last()?;
        let PathSeg::Key(last) = last else { return None };
        Some(about(owner(kind, above), last)).filter(|text| !text.is_empty())
    });
    let ty = type_at(kind, &path).map_or_else(String::new, Type::describe);
    let choices = here.as_ref().map(|f| Value::array(f.choices().map(Value::from)));
    told(&ty, said.unwrap_or_default(), choices.unwrap_or_default())
}

/// `spec.template.spec.containers[].image`
fn dotted(path: &[PathSeg]) -> String {
    let mut text = String::new();
    for seg in path {
        match seg {
            PathSeg::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            PathSeg::Index(_) => text.push_str("[]"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{ABOUT, ANNOTATION, complete, field, hover};
    use podscope_schema::Value;
    use podscope_schema::table::fields_of;

    #[test]
    fn a_field_is_told_of_by_its_path() {
        let table = [
            ("Deployment", r#"["spec","minReadySeconds"]"#, "integer", "How many seconds", "[]"),
            (
                "Deployment",
                r#"["spec","strategy","type"]"#,
                "string",
                "Whether new pods",
                r#"["Recreate","RollingUpdate"]"#,
            ),
            (
                "StatefulSet",
                r#"["spec","template","spec","containers",0,"resources","requests","cpu"]"#,
                "quantity",
                "What is set aside",
                "null",
            ),
            (
                "HorizontalPodAutoscaler",
                r#"["spec","metrics",0,"resource","target","averageUtilization"]"#,
                "integer",
                "How busy",
                "[]",
            ),
            (
                "Service",
                r#"["metadata","annotations","podscope.dev/client-timeout"]"#,
                "string",
                "On a Service",
                "null",
            ),
        ];
        for (kind, path, ty, text, choices) in table {
            let found = field(kind, &Value::from_json(path).unwrap_or_default());
            assert_eq!(found.str_at(&["type"]), Some(ty), "{path}");
            assert!(found.str_at(&["text"]).is_some_and(|t| t.starts_with(text)), "{path}: {}", found.to_json());
            assert_eq!(found.get("choices").map(Value::to_json).as_deref(), Some(choices), "{path}");
        }
        assert_eq!(field("Nope", &Value::Null), Value::Null);
    }

    /// The text without its `|`, and where that was.
    fn at(marked: &str) -> (String, u32, u32) {
        let before = marked.split('|').next().unwrap_or_default();
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count() as u32;
        (marked.replacen('|', "", 1), line, column)
    }

    fn labels(marked: &str) -> Vec<String> {
        let (text, line, column) = at(marked);
        let found = complete(&text, line, column);
        let options = found.get("options").map_or(&[][..], Value::items);
        options.iter().filter_map(|o| o.str_at(&["label"])).map(str::to_owned).collect()
    }

    const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: wéb\nspec:\n";

    #[test]
    fn what_may_be_written_follows_from_where() {
        let table: [(&str, &[&str], &[&str]); 12] = [
            ("|", &["apiVersion", "kind"], &["spec"]),
            ("apiVersion: apps/v1\nkind: |", &["Deployment", "StatefulSet"], &["Service"]),
            ("kind: De|", &["Deployment", "Service"], &[]),
            ("apiVersion: |\nkind: Service", &["v1"], &["apps/v1"]),
            ("WEB  re|", &["replicas", "selector", "template"], &["status"]),
            ("WEB  replicas: 2\n  |", &["selector"], &["replicas"]),
            ("WEB  strategy:\n    type: |", &["Recreate", "RollingUpdate"], &[]),
            ("WEB  paused: |", &["true", "false"], &[]),
            (
                "WEB  template:\n    spec:\n      containers:\n      - name: a\n        im|",
                &["image", "imagePullPolicy"],
                &["name"],
            ),
            ("WEB  template:\n    spec:\n      containers:\n        - |\n          image: a\n", &["name"], &["image"]),
            ("WEB  template:\n    metadata:\n      annotations:\n        pod|", &["podscope.dev/ready-after"], &[]),
            (
                "kind: A\n---\nWEB  template:\n    spec:\n      containers:\n        - name: a\n      |\n---\nkind: B",
                &["nodeSelector"],
                &["containers"],
            ),
        ];
        for (text, has, lacks) in table {
            let text = text.replace("WEB", WEB);
            let found = labels(&text);
            for name in has {
                assert!(found.iter().any(|l| l == name), "{name} is missing of {found:?} in {text}");
            }
            for name in lacks {
                assert!(!found.iter().any(|l| l == name), "{name} is one of {found:?} in {text}");
            }
        }
        assert!(labels(&[WEB, "  template:\n    spec:\n      hostname: |"].concat()).is_empty());
        assert!(labels("apiVersion: v1\nkind: ConfigMap\ndata:\n  text: |\n    kind: ").is_empty());
    }

    #[test]
    fn a_field_brings_what_its_value_needs() {
        let (text, line, column) = at(&[WEB, "  te|"].concat());
        let found = complete(&text, line, column);
        let option = |name: &str| {
            let options = found.get("options").map_or(&[][..], Value::items);
            options
                .iter()
                .find(|o| o.str_at(&["label"]) == Some(name))
                .and_then(|o| o.str_at(&["apply"]))
                .map(str::to_owned)
        };
        assert_eq!(found.get("from").and_then(Value::as_i64), Some(2));
        assert_eq!(option("template").as_deref(), Some("template:\n    "));
        assert_eq!(option("replicas").as_deref(), Some("replicas: "));
    }

    #[test]
    fn what_stands_there_is_told() {
        let table = [
            ("WEB  repl|icas: 3", "spec.replicas", "integer"),
            ("WEB  se|lector: {}", "spec.selector", "LabelSelector, required"),
            (
                "WEB  template:\n    spec:\n      containers:\n        - na|me: a",
                "spec.template.spec.containers[].name",
                "string, required",
            ),
        ];
        for (text, title, ty) in table {
            let (text, line, column) = at(&text.replace("WEB", WEB));
            let told = hover(&text, line, column);
            assert_eq!((told.str_at(&["title"]), told.str_at(&["type"])), (Some(title), Some(ty)), "{text}");
        }
        let (text, line, column) = at(&[WEB, "  replicas: 3|"].concat());
        assert!(hover(&text, line, column).is_null());
    }

    #[test]
    fn what_is_told_of_is_there() {
        let mut seen = "";
        for line in ABOUT.lines() {
            let mut words = line.splitn(3, ' ');
            let (of, field) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let types = [of.to_owned(), format!("v2.{of}")];
            let there = types.iter().any(|t| fields_of(t).any(|f| f.name == field));
            assert!(of == ANNOTATION || there, "{line}");
            assert!(words.next().is_some_and(|text| text.ends_with('.')), "{line}");
            seen = of;
        }
        assert_eq!(seen, ANNOTATION);
    }
}
