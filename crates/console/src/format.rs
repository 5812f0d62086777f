//! A manifest's layout: two spaces a level, one after a dash, none at the ends of lines. Comments stay where they are.

use podscope_schema::parse;

/// The text laid out; as it is when that would change what it says. None when it cannot be read.
pub fn format(text: &str) -> Option<String> {
    let read = |text: &str| parse(text).ok().map(|all| all.iter().map(|d| d.root.to_value()).collect::<Vec<_>>());
    let before = read(text)?;
    let new = laid_out(text);
    Some(if read(&new).is_some_and(|after| after == before) { new } else { text.to_owned() })
}

fn laid_out(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    // How far something was indented, and how far it is now.
    let mut levels: Vec<(usize, usize)> = Vec::new();
    // Comments go with what follows them.
    let mut waiting: Vec<String> = Vec::new();
    // A text over several lines: how far its key was indented, and by how much its lines move.
    let mut within: Option<(usize, Option<isize>, usize)> = None;
    for line in text.lines() {
        let line = line.trim_end();
        let rest = line.trim_start_matches(' ');
        let indent = line.len() - rest.len();
        if let Some((key, moved, to)) = within {
            if rest.is_empty() {
                out.push(String::new());
                continue;
            }
            if indent > key {
                let moved = moved.unwrap_or(to as isize + 2 - indent as isize);
                within = Some((key, Some(moved), to));
                out.push([&" ".repeat(indent.saturating_add_signed(moved)), rest].concat());
                continue;
            }
            within = None;
        }
        if rest.is_empty() || rest.starts_with('#') {
            waiting.push(rest.to_owned());
            continue;
        }
        if line.starts_with("---") || line.starts_with("...") {
            levels.clear();
            out.append(&mut waiting);
            out.push(line.to_owned());
            continue;
        }
        let mut at = level(&mut levels, indent);
        let mut new = " ".repeat(at);
        let (mut from, mut rest) = (indent, rest);
        for comment in waiting.drain(..) {
            out.push(if comment.is_empty() { comment } else { [&new, &comment[..]].concat() });
        }
        while let Some(inner) = rest.strip_prefix("- ") {
            let inner = inner.trim_start_matches(' ');
            from += rest.len() - inner.len();
            rest = inner;
            new += "- ";
            at += 2;
            levels.push((from, at));
        }
        new += rest;
        out.push(new);
        let value = rest.rsplit([' ', ':']).next().unwrap_or_default();
        if value.starts_with(['|', '>']) && value.len() <= 3 {
            within = Some((from, None, at));
        }
    }
    out.append(&mut waiting);
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.join("\n") + "\n"
}

/// How far what is indented by `indent` is indented now.
fn level(levels: &mut Vec<(usize, usize)>, indent: usize) -> usize {
    while levels.last().is_some_and(|(from, _)| *from > indent) {
        levels.pop();
    }
    match levels.last() {
        Some((from, to)) if *from == indent => *to,
        Some((_, to)) => {
            let to = to + 2;
            levels.push((indent, to));
            to
        }
        None => {
            levels.push((indent, 0));
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn a_layout_keeps_comments_and_what_is_said() {
        let table = [
            (
                "a:\n    b: 1   \n    # so\n    c:\n        -   d: 1\n            e: 2\n\n\n",
                "a:\n  b: 1\n  # so\n  c:\n    - d: 1\n      e: 2\n",
            ),
            ("a:\n- b: 1\n  c: 2\n- d\n", "a:\n- b: 1\n  c: 2\n- d\n"),
            ("a:\n   t: |\n       x\n         y\n\n       z\n   u: 1", "a:\n  t: |\n    x\n      y\n\n    z\n  u: 1\n"),
            ("a: 1\n---\nb:\n      c: 1 # c\n", "a: 1\n---\nb:\n  c: 1 # c\n"),
            ("a: [1,\n   2]\n", "a: [1,\n  2]\n"),
        ];
        for (text, expected) in table {
            assert_eq!(format(text).as_deref(), Some(expected));
            assert_eq!(format(expected).as_deref(), Some(expected));
        }
        assert_eq!(format("a: {"), None);
    }
}
