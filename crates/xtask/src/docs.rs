//! The project's own documentation, as an mdBook with living clusters: the pages of `docs`, and the scenarios.

use crate::build::Scenario;
use crate::shell::{Cmd, root};
use crate::{build, parts, sites, tap};
use std::fs;
use std::path::{Path, PathBuf};

/// The pages: what the table of contents calls them, where they are in the repository, and where in the book. What begins with
/// `# ` is a heading of the table.
const PAGES: &[(&str, &str, &str)] = &[
    ("Podscope", "README.md", "index.md"),
    ("Guide", "docs/guide.md", "guide.md"),
    ("# In your documentation", "", ""),
    ("Embedding", "docs/embedding.md", "embedding.md"),
    ("Sites", "docs/sites.md", "sites.md"),
    ("# How it is made", "", ""),
    ("Fidelity", "docs/fidelity.md", "fidelity.md"),
    ("Architecture", "docs/architecture.md", "architecture.md"),
    ("The format of scenarios", "docs/scenarios.md", "scenarios.md"),
    ("Contributing", "CONTRIBUTING.md", "contributing.md"),
    ("Changes", "CHANGELOG.md", "changes.md"),
];
/// Where the scenarios are told in the table, and where they are.
const SCENARIOS: (&str, &str) = ("# In your documentation", "static/scenarios");

/// The only picture, and where it is in the book.
const PICTURE: &str = "docs/playground.png";
const PICTURE_OUT: &str = "playground.png";

/// Runs the command: builds `book/`, and looks at its links.
pub fn main() -> Result<(), String> {
    parts::set_up_for_docs()?;
    let dist = build::all()?;
    build::package(&dist)?;
    let book = build(&dist)?;
    Cmd::new("node").arg("tests/docs/links.mjs").arg(&book).run()?;
    println!("the documentation is in {}", book.display());
    Ok(())
}

/// Builds it and opens it. For `cargo xtask test`, after the package was made.
pub fn test(dist: &Path) -> (bool, String) {
    let book = match build(dist) {
        Ok(book) => book,
        Err(e) => {
            eprintln!("{e}");
            return (false, String::new());
        }
    };
    let chromium = parts::chromium().unwrap_or_default();
    tap::run(&["tests/docs/docs.test.mjs".into()], |node| node.env("PODSCOPE_BOOK", &book).env("CHROMIUM", &chromium))
}

fn build(dist: &Path) -> Result<PathBuf, String> {
    let made = root().join("target/book");
    let from = made.join("src");
    _ = fs::remove_dir_all(&from);
    let scenarios = scenarios()?;
    for (title, page, out) in PAGES.iter().filter(|(_, page, _)| !page.is_empty()) {
        let text = linked(&read(page)?, page);
        write(&from.join(out), &text).map_err(|e| format!("{title}: {e}"))?;
    }
    for (_, file, text) in &scenarios {
        write(&from.join("scenarios").join(file), text)?;
    }
    write(&from.join("SUMMARY.md"), &contents(&scenarios))?;
    write(&made.join("book.toml"), &read("docs/book.toml")?)?;
    write(&made.join("book.css"), &read("docs/book.css")?)?;
    let picture = from.join(PICTURE_OUT);
    fs::copy(root().join(PICTURE), &picture).map_err(|e| format!("{}: {e}", picture.display()))?;
    let files = from.join("podscope");
    fs::create_dir_all(&files).map_err(|e| format!("{}: {e}", files.display()))?;
    sites::unpack(dist, &files)?;
    let out = root().join("book");
    sites::mdbook(&made, &out)?;
    Ok(out)
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(|e| format!("{}: {e}", path.display()))?;
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// The table of contents, as mdBook reads it.
fn contents(scenarios: &[(String, String, String)]) -> String {
    let mut lines = vec!["# Summary\n\n".to_owned()];
    for (title, _, out) in PAGES {
        if *title == SCENARIOS.0 {
            lines.push("\n# Scenarios\n\n".to_owned());
            lines.extend(scenarios.iter().map(|(title, file, _)| format!("- [{title}](scenarios/{file})\n")));
        }
        lines.push(if out.is_empty() { format!("\n{title}\n\n") } else { format!("- [{title}]({out})\n") });
    }
    lines.concat()
}

/// The scenarios' titles, files and pages, in their order.
fn scenarios() -> Result<Vec<(String, String, String)>, String> {
    let page = |one: Scenario| {
        let title = one.text.lines().next().and_then(|l| l.strip_prefix("# "));
        let title = title.ok_or(format!("{} has no title", one.file))?.to_owned();
        let page = scenario(&one.text, &one.name);
        Ok((title, one.file, page))
    };
    build::scenarios(&root().join(SCENARIOS.1))?.into_iter().map(page).collect()
}

/// A scenario's page: the living one before its first chapter, and what its fences mean in words.
fn scenario(text: &str, name: &str) -> String {
    let mut living = Some(format!(
        "```podscope scenario={name}\n# With JavaScript, a cluster stands here in which all of this can be done.\n```\n\n"
    ));
    let mut page = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            page.extend(living.take());
        }
        let kind = line.strip_prefix("```").filter(|kind| ["predict", "try", "expect", "kubectl"].contains(kind));
        let Some(kind) = kind else {
            page.extend([line.to_owned(), "\n".to_owned()]);
            continue;
        };
        let inside: Vec<_> = lines.by_ref().take_while(|l| !l.starts_with("```")).collect();
        page.push(match kind {
            "predict" => prediction(&inside),
            "try" => task(&inside),
            "expect" => format!("Then:\n\n```text\n{}\n```\n", inside.join("\n")),
            _ => format!("```console\n{}\n```\n", inside.join("\n")),
        });
    }
    page.concat()
}

/// A question, its choices, and the answer when it is asked for.
fn prediction(lines: &[&str]) -> String {
    let choice = |line: &&str| line.starts_with("- [");
    let first = lines.iter().position(choice).unwrap_or(lines.len());
    let last = lines.iter().rposition(choice).map_or(first, |at| at + 1);
    let mark = "- [x] ".len();
    let choices: Vec<_> =
        lines[first..last].iter().map(|l| format!("- {}", l.get(mark..).unwrap_or_default())).collect();
    let choices = choices.join("\n");
    let right = lines.iter().find_map(|l| l.strip_prefix("- [x] ")).unwrap_or_default();
    let (question, words) = (lines[..first].join("\n"), lines[last..].join("\n"));
    format!(
        "**What do you think?** {question}\n\n{choices}\n\n<details><summary>The answer</summary>\n\n**{right}**\n\n{words}\n\n</details>\n"
    )
}

/// What the reader is to do, and how.
fn task(lines: &[&str]) -> String {
    let (how, what): (Vec<&str>, Vec<&str>) = lines.iter().partition(|l| l.starts_with("> "));
    let how: Vec<_> = how.iter().map(|l| &l[2..]).collect();
    let (what, how) = (what.join("\n"), how.join("\n"));
    format!("**Your turn.** {what}\n\n<details><summary>How</summary>\n\n```console\n{how}\n```\n\n</details>\n")
}

/// A page whose links lead to pages of the book. What leads elsewhere in the repository keeps its words alone: a book does not
/// know where that is.
fn linked(text: &str, page: &str) -> String {
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    let mut code = false;
    let lines = text.split_inclusive('\n').map(|line| {
        code ^= line.trim_start().starts_with("```");
        if code { line.to_owned() } else { relinked(line, folder) }
    });
    lines.collect()
}

fn relinked(line: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((target, next)) = after.split_once(')') else { break };
        match (place(target, folder), before.rsplit_once('[')) {
            (None, Some((start, words))) => out.extend([start, words]),
            (place, _) => out.extend([before, "](", &place.unwrap_or_default(), ")"]),
        }
        rest = next;
    }
    out + rest
}

/// Where a link leads in the book.
fn place(target: &str, folder: &Path) -> Option<String> {
    if target.starts_with('#') || target.contains("://") {
        return Some(target.to_owned());
    }
    let (path, anchor) = target.split_once('#').map_or((target, String::new()), |(p, a)| (p, format!("#{a}")));
    let mut whole = PathBuf::new();
    for part in folder.join(path).components() {
        if part.as_os_str() == ".." {
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    let whole = whole.to_string_lossy();
    let out = PAGES.iter().find(|(_, page, _)| *page == whole).map(|(_, _, out)| (*out).to_owned());
    let scenario = || Some(["scenarios/", whole.strip_prefix(SCENARIOS.1)?.strip_prefix('/')?].concat());
    let picture = || (whole == PICTURE).then(|| PICTURE_OUT.to_owned());
    out.or_else(scenario).or_else(picture).map(|out| out + &anchor)
}

#[cfg(test)]
mod tests {
    use super::{linked, scenario};

    #[test]
    fn links_lead_to_pages_of_the_book() {
        for (page, text, expected) in [
            ("README.md", "[A](docs/embedding.md), [B](#b)", "[A](embedding.md), [B](#b)"),
            ("docs/a.md", "[A](../README.md#how) [x](https://a.example)", "[A](index.md#how) [x](https://a.example)"),
            ("docs/a.md", "see [`x`](../tests/x) and [y](guide.md)", "see `x` and [y](guide.md)"),
            ("README.md", "![P](docs/playground.png)", "![P](playground.png)"),
            ("docs/guide.md", "[S](../static/scenarios/01-a.md)", "[S](scenarios/01-a.md)"),
            ("docs/a.md", "```\n[x](../y)\n```\n", "```\n[x](../y)\n```\n"),
        ] {
            assert_eq!(linked(text, page), expected);
        }
    }

    #[test]
    fn a_scenario_is_a_page_with_a_cluster() {
        let text = "# T\n\nSums up.\n\n## One\n\n```yaml\na: 1\n```\n\n```predict\nWhat?\n- [ ] no\n- [x] yes\nAs it is.\n```\n\n\
                    ```try\nDo it.\n> kubectl get pods\n```\n\n```expect\npod a Ready\n```\n\n## Two\n";
        let page = scenario(text, "some-name");
        for part in [
            "Sums up.\n\n```podscope scenario=some-name\n",
            "```yaml\na: 1\n```\n",
            "**What do you think?** What?\n\n- no\n- yes\n\n<details>",
            "**yes**\n\nAs it is.\n",
            "**Your turn.** Do it.\n\n<details><summary>How</summary>\n\n```console\nkubectl get pods\n```\n",
            "Then:\n\n```text\npod a Ready\n```\n",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert_eq!(page.matches("```podscope").count(), 1);
    }
}
