//! [`replace`]: fences that say `podscope` as elements.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use std::ops::Range;

/// Text with each ```` ```podscope ```` and ```` ```yaml podscope ```` as a `<pod-scope>` around the YAML, and whether there was
/// any. Words after that are its attributes (`autoplay speed=4`); `defaults` are those that it has when it does not say them.
pub fn replace(text: &str, defaults: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, info, yaml) in fences(text) {
        let Some(own) = options(&info) else { continue };
        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        out.push_str(&text[done..range.start]);
        out.push_str(&element(&attributes(own, defaults), &yaml, &margin(&text[start..range.start])));
        done = range.end;
    }
    out.push_str(&text[done..]);
    (out, done > 0)
}

/// The fenced blocks: where they are, what stands after their fence, and their text.
fn fences(text: &str) -> Vec<(Range<usize>, String, String)> {
    let mut found = Vec::new();
    let mut open = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => open = Some((info.to_string(), String::new())),
            Event::Text(part) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&part);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(open.take().map(|(info, text)| (range, info, text))),
            _ => {}
        }
    }
    found
}

/// What stands after `podscope` in a fence's words; nothing when it is another's fence.
fn options(info: &str) -> Option<&str> {
    let separators = [' ', '\t', ','];
    let cut = |text| str::split_once(text, separators).unwrap_or((text, ""));
    let (first, rest) = cut(info.trim());
    match first {
        "podscope" => Some(rest),
        "yaml" | "yml" => {
            let (second, rest) = cut(rest.trim_start_matches(separators));
            (second == "podscope").then_some(rest)
        }
        _ => None,
    }
}

/// Names and values: `autoplay`, `speed=4`, `start-at="1m 30s"`. What is no name of an attribute is left out, and so is what
/// would be a script.
fn words(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        let value = rest.strip_prefix('=').map(|after| {
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inside = quote.map_or(after, |_| &after[1..]);
            let end = quote.map_or_else(|| inside.find([' ', '\t', ',']), |quote| inside.find(quote));
            let end = end.unwrap_or(inside.len());
            rest = inside[end..].trim_start_matches(['"', '\'']);
            &inside[..end]
        });
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if is_name && !name.starts_with("on") {
            found.push((name, value));
        }
        rest = rest.trim_start_matches([' ', '\t', ',']);
    }
    found
}

/// The attributes as HTML, each once.
fn attributes(own: &str, defaults: &str) -> String {
    let own = words(own);
    let others = words(defaults).into_iter().filter(|(name, _)| own.iter().all(|(other, _)| other != name));
    let mut html = String::new();
    for (name, value) in own.iter().copied().chain(others) {
        html.push(' ');
        html.push_str(name);
        if let Some(value) = value {
            html += &["=\"", &escaped(value), "\""].concat();
        }
    }
    html
}

/// What a line of a list or of a quotation begins with after its first.
fn margin(before: &str) -> String {
    before.chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect()
}

/// A block of HTML. It ends at an empty line, so that the YAML's own line ends are written as references.
fn element(attributes: &str, yaml: &str, margin: &str) -> String {
    let yaml = escaped(yaml).replace('\r', "").replace('\n', "&#10;");
    format!("<pod-scope{attributes}>\n{margin}<pre>{yaml}</pre>\n{margin}</pod-scope>\n{margin}")
}

/// Text as HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{attributes, replace};
    use pulldown_cmark::{Event, Parser};

    /// What is HTML in the result, as a renderer passes it on.
    fn html(text: &str) -> String {
        let (text, _) = replace(text, "");
        let parts = Parser::new(&text).filter_map(|event| match event {
            Event::Html(part) | Event::InlineHtml(part) => Some(part.to_string()),
            _ => None,
        });
        parts.collect()
    }

    #[test]
    fn fences_become_elements_whose_text_is_left_alone() {
        let yaml = "a: <b>\n\n\n---\n# *c* & \"d\"\n";
        let expected = "<pre>a: &lt;b&gt;&#10;&#10;&#10;---&#10;# *c* &amp; &quot;d&quot;&#10;</pre>\n</pod-scope>\n";
        for (info, tag) in [
            ("podscope", "<pod-scope>"),
            ("podscope autoplay", "<pod-scope autoplay>"),
            ("yaml podscope speed=4 autoplay", "<pod-scope speed=\"4\" autoplay>"),
            ("yaml,podscope,height=300", "<pod-scope height=\"300\">"),
        ] {
            let text = format!("Before\n\n```{info}\n{yaml}```\n\nAfter *it*\n");
            assert_eq!(html(&text), format!("{tag}\n{expected}"), "{info}");
            assert!(replace(&text, "").0.ends_with("\n\nAfter *it*\n"));
        }
    }

    #[test]
    fn other_fences_stay_as_they_are() {
        for text in
            ["```yaml\na: 1\n```\n", "```podscopes\na\n```\n", "    ```podscope\n    a\n    ```\n", "`podscope`\n", ""]
        {
            assert_eq!(replace(text, "autoplay"), (text.to_owned(), false));
        }
        let shown = "````md\n```podscope\na: 1\n```\n````\n";
        assert_eq!(replace(shown, ""), (shown.to_owned(), false), "a fence that shows a fence");
    }

    #[test]
    fn a_list_or_a_quotation_goes_on() {
        for (text, start) in [
            ("- one\n\n  ```podscope\n  a:\n\n    b: 1\n  ```\n- two\n", "- two"),
            ("> ```podscope\n> a: 1\n> ```\n>\n> more\n", "> more"),
        ] {
            let (new, any) = replace(text, "");
            assert!(any && new.contains(start), "{new}");
            assert!(html(text).contains("</pre>\n</pod-scope>"), "{new}: {}", html(text));
        }
    }

    #[test]
    fn attributes_are_escaped_and_defaults_give_way() {
        for (own, defaults, expected) in [
            ("", "", ""),
            ("speed=4", "autoplay speed=1", " speed=\"4\" autoplay"),
            ("start-at=\"1m 30s\" view='both'", "", " start-at=\"1m 30s\" view=\"both\""),
            ("src=a\"b&c", "", " src=\"a&quot;b&amp;c\""),
            ("onload=alert(1) ON=2 <x> height=", "", " height=\"\""),
        ] {
            assert_eq!(attributes(own, defaults), expected, "{own}");
        }
    }
}
