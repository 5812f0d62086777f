//! [`process`]: the book as mdBook hands it over, with its fences turned into clusters.

use crate::fence;
use podscope_schema::Value;
use std::rc::Rc;

/// Where the script is below the book's folder, unless `book.toml` says otherwise: what `cargo xtask package` packs, put into
/// `src/podscope`, is there.
const SCRIPT: &str = "podscope/podscope.js";

/// Reads `[context, book]` and gives the changed book, both JSON.
///
/// # Errors
/// What is wrong with the input.
pub fn process(input: &str) -> Result<String, String> {
    let input = Value::from_json(input).map_err(|e| format!("what mdBook sent is no JSON: {e}"))?;
    let [context, book] = input.items() else {
        return Err("mdBook sent no context and book".into());
    };
    let option = |name: &str| context.str_at(&["config", "preprocessor", "podscope", name]).map(str::to_owned);
    let settings = Settings {
        script: option("script").unwrap_or_else(|| SCRIPT.to_owned()),
        attributes: option("attributes").unwrap_or_default(),
    };
    Ok(changed(book, &settings).to_json())
}

/// What `[preprocessor.podscope]` says.
struct Settings {
    /// `script`: where `podscope.js` is, below the book's folder, or an absolute path.
    script: String,
    /// `attributes`: what every cluster has that does not say it itself, such as `autoplay speed=2`.
    attributes: String,
}

/// The same, with the chapters in it changed. mdBook 0.4 calls a book's list `sections`, mdBook 0.5 `items`.
fn changed(value: &Value, settings: &Settings) -> Value {
    if let Value::Array(list) = value {
        return Value::array(list.iter().map(|one| changed(one, settings)));
    }
    let Some(map) = value.as_map() else { return value.clone() };
    let path = map.get("path").and_then(Value::as_str);
    Value::object(map.iter().map(|(name, one)| {
        let new = match (&**name, one.as_str()) {
            ("content", Some(text)) => page(text, path.unwrap_or_default(), settings).into(),
            ("sub_items" | "sections" | "items" | "Chapter", _) => changed(one, settings),
            _ => one.clone(),
        };
        (Rc::clone(name), new)
    }))
}

/// A chapter's text; `path` is that of its Markdown below the book's folder.
fn page(text: &str, path: &str, settings: &Settings) -> String {
    let (text, any) = fence::replace(text, &settings.attributes);
    if !any {
        return text;
    }
    let up = if settings.script.starts_with('/') { 0 } else { path.matches(['/', '\\']).count() };
    let script = fence::escaped(&["../".repeat(up), settings.script.clone()].concat());
    format!("{}\n\n<script type=\"module\" src=\"{script}\"></script>\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::process;
    use podscope_schema::Value;

    /// What becomes of a book with this one chapter, in `path`, and one below it.
    fn chapters(config: &str, path: &str, content: &str) -> Vec<String> {
        let text = Value::from(content).to_json();
        let input = format!(
            r#"[{{"root":"/b","config":{{"preprocessor":{{"podscope":{config}}}}},"renderer":"html","mdbook_version":"0.4.52"}},
            {{"sections":[{{"PartTitle":"One"}},{{"Chapter":{{"name":"A","content":{text},"number":[1],"path":"{path}","parent_names":[],
            "sub_items":["Separator",{{"Chapter":{{"name":"B","content":{text},"number":null,"path":"{path}","sub_items":[]}}}}]}}}}],
            "__non_exhaustive":null}}]"#
        );
        let book = Value::from_json(&process(&input).expect("a book")).expect("JSON");
        let section = &book.get("sections").expect("a list").items()[1];
        let outer = section.get("Chapter").expect("a chapter");
        let inner = outer.get("sub_items").expect("a list").items()[1].get("Chapter");
        let text = |chapter: &Value| chapter.str_at(&["content"]).unwrap_or_default().to_owned();
        vec![text(outer), text(inner.expect("a chapter"))]
    }

    #[test]
    fn a_page_with_a_cluster_loads_the_script_from_where_it_is() {
        let fence = "# T\n\n```podscope\na: 1\n```\n";
        for (config, path, script) in [
            ("{}", "a.md", "podscope/podscope.js"),
            ("{}", "guide/deep/a.md", "../../podscope/podscope.js"),
            (r#"{"script":"js/p.js"}"#, "guide/a.md", "../js/p.js"),
            (r#"{"script":"/p.js"}"#, "guide/a.md", "/p.js"),
        ] {
            for page in chapters(config, path, fence) {
                let end = format!("\n\n<script type=\"module\" src=\"{script}\"></script>\n");
                assert!(page.ends_with(&end), "{path}: {page}");
                assert_eq!(page.matches("<script").count(), 1);
            }
        }
        assert_eq!(chapters("{}", "a.md", "# No cluster\n"), ["# No cluster\n"; 2]);
        let page = &chapters(r#"{"attributes":"autoplay"}"#, "a.md", fence)[0];
        assert!(page.contains("<pod-scope autoplay>"), "{page}");
    }

    #[test]
    fn what_is_no_book_is_refused() {
        for input in ["", "{", "{}", "[]", "[1]"] {
            assert!(process(input).is_err(), "{input}");
        }
        assert_eq!(process("[{}, {\"items\": [], \"x\": null}]").as_deref(), Ok("{\"items\":[],\"x\":null}"));
    }
}
