//! One change of a manifest's text: comments, order and style stay as they are wherever they can.

use podscope_schema::yaml::{Node, NodeKind, PathSeg};
use podscope_schema::{Document, Map, Value, parse, to_yaml};

/// The text with the value at a path of its document number `at` set, or taken away. A text that cannot be read stays.
pub fn put(text: &str, at: usize, path: &[PathSeg], value: Option<&Value>) -> String {
    let Ok(documents) = parse(text) else { return text.to_owned() };
    let Some(document) = documents.get(at) else { return text.to_owned() };
    let mut wanted = document.root.to_value();
    with(&mut wanted, path, value);
    if wanted == document.root.to_value() {
        return text.to_owned();
    }
    let reads = |text: &str| parse(text).ok().and_then(|d| Some(d.get(at)?.root.to_value() == wanted)).unwrap_or(false);
    // The least change that says what is wanted.
    let whole = || {
        let (start, end) = lines_of(text, document);
        splice(text, start, end, &to_yaml(&wanted))
    };
    let way = way(document, path);
    let tried = in_place(text, &way, path, value).filter(|text| reads(text));
    let tried = tried.or_else(|| attempt(text, document, path, value, &wanted).filter(|text| reads(text)));
    tried.unwrap_or_else(whole)
}

/// The text without its document number `at`.
pub fn without(text: &str, at: usize) -> String {
    let Ok(documents) = parse(text) else { return text.to_owned() };
    let Some(document) = documents.get(at) else { return text.to_owned() };
    let (start, mut end) = lines_of(text, document);
    let lines: Vec<&str> = text.lines().collect();
    let mut start = start;
    if end < lines.len() {
        end += 1;
    } else {
        start = start.saturating_sub(1);
    }
    splice(text, start, end, "")
}

/// Sets what is at a path, or takes it away.
fn with(value: &mut Value, path: &[PathSeg], new: Option<&Value>) {
    match (path, new) {
        ([], Some(new)) => *value = new.clone(),
        ([], None) => *value = Value::Null,
        ([PathSeg::Key(key)], None) => _ = value.make_map().remove(key),
        ([PathSeg::Key(key), rest @ ..], _) => {
            let map = value.make_map();
            if map.get(key).is_none() {
                if new.is_none() {
                    return;
                }
                map.insert(key.as_str(), Value::Null);
            }
            if let Some(inner) = map.get_mut(key) {
                with(inner, rest, new);
            }
        }
        ([PathSeg::Index(i), rest @ ..], _) => {
            let items = value.make_array();
            if rest.is_empty() && new.is_none() {
                if *i < items.len() {
                    items.remove(*i);
                }
                return;
            }
            if *i == items.len() && new.is_some() {
                items.push(Value::Null);
            }
            if let Some(inner) = items.get_mut(*i) {
                with(inner, rest, new);
            }
        }
    }
}

/// What stands at a path.
fn at<'a>(value: &'a Value, path: &[PathSeg]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, seg| match seg {
        PathSeg::Key(key) => value.get(key),
        PathSeg::Index(i) => value.items().get(*i),
    })
}

/// The nodes on the way to a path, as far as they are there, the root first.
fn way<'a>(document: &'a Document, path: &[PathSeg]) -> Vec<&'a Node> {
    let mut found = vec![&document.root];
    for seg in path {
        let node = found[found.len() - 1];
        let next = match seg {
            PathSeg::Key(key) => node.entry(key).map(|e| &e.value),
            PathSeg::Index(i) => node.items().get(*i),
        };
        let Some(next) = next else { break };
        found.push(next);
    }
    found
}

/// Where braces or brackets begin on the way.
fn flow(text: &str, way: &[&Node]) -> Option<usize> {
    way.iter().position(|n| !matches!(n.kind, NodeKind::Scalar(_)) && text[offset(text, n)..].starts_with(['{', '[']))
}

/// One word in the place of another.
fn in_place(text: &str, way: &[&Node], path: &[PathSeg], value: Option<&Value>) -> Option<String> {
    let value = value.filter(|v| !matches!(v, Value::Array(_) | Value::Object(_)))?;
    let node = way.get(path.len())?;
    let NodeKind::Scalar(old) = &node.kind else { return None };
    let (start, end) = scalar(text, node, flow(text, way).is_some())?;
    let quoted = text[start..].starts_with('"') && old.as_str().is_some() && value.as_str().is_some();
    let new = if quoted { value.to_json() } else { to_yaml(value).trim_end().to_owned() };
    Some([&text[..start], &new, &text[end..]].concat())
}

fn attempt(text: &str, document: &Document, path: &[PathSeg], value: Option<&Value>, wanted: &Value) -> Option<String> {
    let way = way(document, path);
    // In braces or brackets the outermost of them is written anew.
    let flow = flow(text, &way);
    if let Some(depth) = flow.filter(|depth| *depth > 0) {
        let start = offset(text, way[depth]);
        let end = closing(text, start)?;
        let new = at(wanted, path.get(..depth)?)?;
        return Some([&text[..start], &flowing(new), &text[end..]].concat());
    }
    if way.len() > path.len() {
        return replace(text, document, &way, path, value);
    }
    add(text, document, &way, path, value?)
}

/// Replaces or takes away what is there, in block style.
fn replace(text: &str, document: &Document, way: &[&Node], path: &[PathSeg], value: Option<&Value>) -> Option<String> {
    let (last, above) = path.split_last()?;
    let parent = way[above.len()];
    let lines: Vec<&str> = text.lines().collect();
    let (line, column, value_is_list, rendered) = match last {
        PathSeg::Key(key) => {
            let entry = parent.entry(key)?;
            if value.is_none() && parent.entries().len() == 1 {
                return attempt(text, document, above, Some(&Value::from(Map::new())), &Value::Null);
            }
            let rendered = value.map(|v| to_yaml(&Value::object([(key.as_str(), v.clone())])));
            (entry.line, entry.column, matches!(entry.value.kind, NodeKind::Sequence(_)), rendered)
        }
        PathSeg::Index(i) => {
            let item = parent.items().get(*i)?;
            (item.line, item.column, false, value.map(to_yaml))
        }
    };
    let start = line as usize - 1;
    let prefix = lines.get(start)?.get(..column as usize - 1)?;
    if let (PathSeg::Index(_), None) = (last, value) {
        if parent.items().len() == 1 {
            return attempt(text, document, above, Some(&Value::array([])), &Value::Null);
        }
        let dash = prefix.trim_end().strip_suffix('-').filter(|before| before.trim().is_empty())?.len();
        return Some(splice(text, start, end_of(&lines, start, dash, false), ""));
    }
    let end = end_of(&lines, start, column as usize - 1, value_is_list);
    match rendered {
        Some(rendered) => Some(splice(text, start, end, &indented(&rendered, prefix, column as usize - 1))),
        // The first of an element stands behind its dash.
        None if prefix.trim().is_empty() => Some(splice(text, start, end, "")),
        None => None,
    }
}

/// Puts in what is not there yet.
fn add(text: &str, document: &Document, way: &[&Node], path: &[PathSeg], value: &Value) -> Option<String> {
    let depth = way.len() - 1;
    let parent = way[depth];
    let mut new = Value::Null;
    with(&mut new, &path[depth..], Some(value));
    let lines: Vec<&str> = text.lines().collect();
    match (&parent.kind, &path[depth]) {
        (NodeKind::Mapping(entries), PathSeg::Key(_)) if !entries.is_empty() => {
            let indent = entries[0].column as usize - 1;
            let last = entries.iter().max_by_key(|e| e.line)?;
            let list = matches!(last.value.kind, NodeKind::Sequence(_));
            let end = end_of(&lines, last.line as usize - 1, indent, list);
            Some(splice(text, end, end, &indented(&to_yaml(&new), &" ".repeat(indent), indent)))
        }
        (NodeKind::Sequence(items), PathSeg::Index(_)) if !items.is_empty() => {
            let last = items.last()?;
            let dash = lines.get(last.line as usize - 1)?.get(..last.column as usize - 1)?.rfind('-')?;
            let end = end_of(&lines, last.line as usize - 1, dash, false);
            let mut item = Value::Null;
            with(&mut item, path.get(depth + 1..)?, Some(value));
            let prefix = [&" ".repeat(dash), "- "].concat();
            Some(splice(text, end, end, &indented(&to_yaml(&item), &prefix, dash + 2)))
        }
        // Nothing, or nothing in it: it becomes what holds the rest.
        _ if depth > 0 => replace(text, document, way, &path[..depth], Some(&new)),
        _ => None,
    }
}

/// The byte at which a node begins.
fn offset(text: &str, node: &Node) -> usize {
    let start: usize = text.split_inclusive('\n').take(node.line as usize - 1).map(str::len).sum();
    let line = &text[start..];
    start + line.char_indices().nth(node.column as usize - 1).map_or(line.len(), |(at, _)| at)
}

/// From where to where a value on one line goes; none when it is not on one line, or not there.
fn scalar(text: &str, node: &Node, flow: bool) -> Option<(usize, usize)> {
    let start = offset(text, node);
    let rest = &text[start..];
    let first = rest.chars().next()?;
    let end = match first {
        '"' | '\'' => quoted(rest)?,
        '|' | '>' | '&' | '!' | '*' | '\n' | '\r' | '#' => return None,
        _ => {
            let line = rest.lines().next()?;
            let line = line.split(" #").next()?;
            let end = if flow { line.find([',', ']', '}']).unwrap_or(line.len()) } else { line.len() };
            line[..end].trim_end().len()
        }
    };
    (end > 0).then_some((start, start + end))
}

/// The length of a quoted text.
fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next()?;
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' || c == '\'' && quote == c && chars.peek().is_some_and(|(_, next)| *next == c) {
            chars.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}

/// Where what is opened at `start` is closed.
fn closing(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut at) = (0, start);
    while let Some(c) = text[at..].chars().next() {
        let mut step = c.len_utf8();
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            '"' | '\'' if text[..at].ends_with([' ', ',', '{', '[']) => step = quoted(&text[at..])?,
            _ => {}
        }
        at += step;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// In braces and brackets.
fn flowing(value: &Value) -> String {
    let word = |text: String| {
        if text.contains([',', '[', ']', '{', '}', '\n', '#']) { Value::from(text).to_json() } else { text }
    };
    match value {
        Value::Object(map) => {
            let parts: Vec<String> = map
                .iter()
                .map(|(k, v)| [&word(to_yaml(&Value::from(k)).trim_end().to_owned()), ": ", &flowing(v)].concat())
                .collect();
            ["{", &parts.join(", "), "}"].concat()
        }
        Value::Array(items) => ["[", &items.iter().map(flowing).collect::<Vec<_>>().join(", "), "]"].concat(),
        other => match other.as_str() {
            Some(text) if text.contains([',', '[', ']', '{', '}', '\n', '#']) => other.to_json(),
            _ => to_yaml(other).trim_end().to_owned(),
        },
    }
}

/// The line after the last one of what begins at `start` and is indented by `indent`.
fn end_of(lines: &[&str], start: usize, indent: usize, list: bool) -> usize {
    let mut end = start + 1;
    for (at, line) in lines.iter().enumerate().skip(start + 1) {
        let content = line.trim_start_matches(' ');
        let deep = line.len() - content.len();
        if line.starts_with("---") || line.starts_with("...") {
            break;
        }
        if content.trim().is_empty() || content.starts_with('#') && deep <= indent {
            continue;
        }
        if deep > indent || list && deep == indent && (content == "-" || content.starts_with("- ")) {
            end = at + 1;
        } else {
            break;
        }
    }
    end
}

/// The first line behind `prefix`, the others indented.
fn indented(rendered: &str, prefix: &str, indent: usize) -> String {
    let mut out = String::new();
    for (at, line) in rendered.trim_end().lines().enumerate() {
        if at == 0 {
            out += prefix;
        } else if !line.is_empty() {
            out += &" ".repeat(indent);
        }
        out += line;
        out.push('\n');
    }
    out
}

/// The lines from `start` to `end` replaced.
fn splice(text: &str, start: usize, end: usize, with: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out: String = lines[..start.min(lines.len())].concat();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out += with;
    out += &lines[end.min(lines.len())..].concat();
    out
}

/// From which line to which a document goes, without the lines that part it from others.
fn lines_of(text: &str, document: &Document) -> (usize, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let ends = |l: &&str| l.starts_with("---") || l.starts_with("...");
    let line = (document.root.line as usize).clamp(1, lines.len().max(1)) - 1;
    let start = lines[..line].iter().rposition(ends).map_or(0, |at| at + 1);
    let end = lines[line..].iter().position(ends).map_or(lines.len(), |at| at + line);
    (start, end)
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::{put, without};
    use podscope_schema::yaml::PathSeg;
    use podscope_schema::{Value, parse};

    fn path(text: &str) -> Vec<PathSeg> {
        let seg = |s: &str| s.parse().map_or_else(|_| PathSeg::Key(s.to_owned()), PathSeg::Index);
        text.split('.').map(seg).collect()
    }

    #[test]
    fn one_change_leaves_the_rest_as_it_was() {
        let web = "# mine\nkind: A # a kind\nspec:\n  # how many\n  replicas: 3 # three\n  sel: {matchLabels: {app: web}, m: [1, 2]}\n\n  list:\n  - name: a\n    image: \"nginx:1\"\n  - name: b # second\n  text: |\n    one\n    two\n# the end\n";
        let change = |from: &str, to: &str| web.replace(from, to);
        let table = [
            ("spec.replicas", "5", change("replicas: 3", "replicas: 5")),
            ("spec.list.0.image", r#""nginx:2""#, change("nginx:1", "nginx:2")),
            ("spec.list.1.image", r#""c""#, change("b # second\n", "b # second\n    image: c\n")),
            ("spec.sel.matchLabels.app", r#""x""#, change("app: web", "app: x")),
            ("spec.sel.matchLabels.tier", r#""x""#, change("{app: web}", "{app: web, tier: x}")),
            ("spec.text", r#""x""#, change("text: |\n    one\n    two", "text: x")),
            ("spec.paused", "true", change("    two\n", "    two\n  paused: true\n")),
            ("spec.strategy.type", r#""Recreate""#, change("    two\n", "    two\n  strategy:\n    type: Recreate\n")),
            ("spec.list.2", r#"{"name":"c"}"#, change("b # second\n", "b # second\n  - name: c\n")),
            (
                "spec.list",
                "[1]",
                change("  list:\n  - name: a\n    image: \"nginx:1\"\n  - name: b # second\n", "  list:\n  - 1\n"),
            ),
            ("spec.replicas", "null", change("  replicas: 3 # three\n", "")),
            ("spec.list.0", "null", change("  - name: a\n    image: \"nginx:1\"\n", "")),
            ("spec.list.1", "null", change("  - name: b # second\n", "")),
            ("spec.nothing.there", "null", web.to_owned()),
            ("spec.replicas", "3", web.to_owned()),
            ("spec.list.0.image", "null", change("    image: \"nginx:1\"\n", "")),
            ("spec.sel.m", "null", change(", m: [1, 2]", "")),
            ("metadata.name", r#""x""#, change("# the end", "metadata:\n  name: x\n# the end")),
        ];
        for (at, value, expected) in table {
            let value = Value::from_json(value).expect("JSON");
            assert_eq!(put(web, 0, &path(at), (!value.is_null()).then_some(&value)), expected, "{at}");
        }
    }

    #[test]
    fn what_cannot_be_done_in_place_is_written_anew_and_is_still_right() {
        let table = [
            ("a: &x {b: 1}\nc: *x\n", "c.b", "2"),
            ("{\"a\": {\"b\": 1}}", "a.b", "2"),
            ("a:\n  b: 1", "a.c.d", "[1]"),
            ("a:\n  - b: 1\n    c: 2\n", "a.0.b", "null"),
            ("a: {}\n", "a.b", "1"),
            ("a:\n", "a.b", "1"),
            ("a: 'it''s' # so\n", "a", "\"x: y\""),
            ("a: x\n  y\n", "a", "1"),
            ("a:\n  b: 1\n", "a.b", "null"),
        ];
        for (text, at, value) in table {
            let value = Value::from_json(value).expect("JSON");
            let new = put(text, 0, &path(at), (!value.is_null()).then_some(&value));
            let root = parse(&new).expect("it is YAML").remove(0).root.to_value();
            assert_eq!(super::at(&root, &path(at)), (!value.is_null()).then_some(&value), "{new}");
        }
    }

    #[test]
    fn documents_keep_apart() {
        let text = "# first\na: 1\n---\nb: 1 # b\n---\nc: 1\n";
        assert_eq!(put(text, 1, &path("b"), Some(&Value::from(2))), text.replace("b: 1", "b: 2"));
        assert_eq!(put(text, 0, &path("z"), Some(&Value::from(2))), text.replace("a: 1\n", "a: 1\nz: 2\n"));
        assert_eq!(without(text, 1), "# first\na: 1\n---\nc: 1\n");
        assert_eq!(without(text, 2), "# first\na: 1\n---\nb: 1 # b\n");
        assert_eq!(without(text, 0), "b: 1 # b\n---\nc: 1\n");
    }
}
