//! `podscope fidelity`: what is held against Kubernetes, and how much of it is met, as `docs/fidelity.md`.

use crate::conform::{check, files, load};
use crate::{answer, golden, say};
use podscope_engine::object::Kind;
use podscope_schema::{Value, kinds};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"))
}

/// The names and reasons of a list of what is not met.
fn listed(path: &str) -> Result<Vec<(String, String)>, String> {
    let trim = |s: &str| s.trim().trim_matches('"').to_owned();
    let text = read(path)?;
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    Ok(lines.filter_map(|l| l.split_once(" = ")).map(|(k, v)| (trim(k), trim(v))).collect())
}

/// A recording: what it is, how many rows it has, how many are met, and the others, each with why.
struct Recording {
    name: &'static str,
    place: &'static str,
    rows: usize,
    met: usize,
    others: Vec<(String, String)>,
}

fn cases() -> Result<(Recording, String), String> {
    let place = "tests/conformance/cases";
    let (mut rows, mut met, mut version) = (0, 0, String::new());
    for path in files(&root().join(place))? {
        let case = load(&path)?;
        rows += 1;
        met += usize::from(check(&case).is_empty());
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let value = Value::from_json(&text).map_err(|e| e.to_string())?;
        value.str_at(&["kubernetesVersion"]).unwrap_or_default().clone_into(&mut version);
    }
    let others = listed("tests/conformance/known_failures.toml")?;
    Ok((Recording { name: "scenarios of the control plane", place, rows, met, others }, version))
}

fn answers() -> Result<[Recording; 2], String> {
    let place = "tests/conformance/errors.json";
    let recorded = Value::from_json(&read(place)?).map_err(|e| e.to_string())?;
    let cases = recorded.get("cases").map_or(&[][..], Value::items);
    let (mut met, mut applied, mut printed) = (0, 0, 0);
    for case in cases {
        met += usize::from(answer::equal(case)?.0);
        if let Some((same, _)) = answer::applies_equal(case) {
            applied += 1;
            printed += usize::from(same);
        }
    }
    let known = |list: &[(&str, &str)]| list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let rows = cases.len();
    Ok([
        Recording { name: "answers of the API server", place, rows, met, others: known(&answer::KNOWN_ANSWERS) },
        Recording {
            name: "what `kubectl apply` prints of them",
            place,
            rows: applied,
            met: printed,
            others: known(&answer::KNOWN),
        },
    ])
}

fn commands() -> Result<Recording, String> {
    let place = "tests/conformance/kubectl";
    let (mut rows, mut met) = (0, 0);
    for path in files(&root().join(place))? {
        let mut left = Vec::new();
        for command in golden::load(&path)? {
            rows += 1;
            met += usize::from(golden::agrees(&command, &command.run(&mut left)?));
        }
    }
    let others = listed("tests/conformance/kubectl_known.toml")?;
    Ok(Recording { name: "kubectl commands, word for word", place, rows, met, others })
}

/// Upstream's tables, by name: the upstream test, how many rows are carried, and how many of them are met. The others are
/// marked in the table with `!`, and `cargo test` fails for any row that is not as it is marked.
fn tables() -> Result<Vec<(String, String, usize, usize)>, String> {
    let folder = root().join("crates/engine/tests/tables");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten().filter(|e| e.path().is_file()) {
        let text = std::fs::read_to_string(entry.path()).map_err(|e| e.to_string())?;
        let head = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).unwrap_or_default().trim().to_owned();
        let rows = head("# rows:").parse().unwrap_or(0);
        if rows > 0 {
            let missed = text.lines().filter(|l| l.starts_with('!')).count();
            found.push((head("# name:"), head("# upstream:"), rows, rows - missed));
        }
    }
    found.sort();
    Ok(found)
}

/// The whole page.
pub fn page() -> Result<String, String> {
    let (scenarios, version) = cases()?;
    let [answers, applied] = answers()?;
    let recordings = [scenarios, answers, applied, commands()?];
    let mut out = format!(
        "# Fidelity\n\n\
         Made by `cargo xtask fidelity`; a test fails when it is not what that command makes. It says what Podscope is held\n\
         against, and how much of that it meets.\n\n\
         Podscope behaves as **Kubernetes {version}** was recorded to behave.\n\n\
         ## Recordings\n\n\
         Of the real API server, controllers, scheduler and kubectl. [The rule](../README.md#how-right-it-is) says what counts\n\
         as met.\n\n\
         | recording | rows | met |\n|---|---|---|\n"
    );
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    for r in &recordings {
        line(format!("| [{}](../{}) | {} | {} |", r.name, r.place, r.rows, r.met));
    }
    line("\n### What is not met, and why\n".into());
    for (name, why) in recordings.iter().flat_map(|r| &r.others) {
        line(format!("* `{name}`: {why}"));
    }
    let tables = tables()?;
    if !tables.is_empty() {
        let sum: usize = tables.iter().map(|t| t.2).sum();
        let met: usize = tables.iter().map(|t| t.3).sum();
        line(format!(
            "\n## Upstream's own tables\n\n{sum} rows of the tables that Kubernetes tests itself with, restated in\n\
             [`crates/engine/tests/tables`](../crates/engine/tests/tables), of which {met} are met. `cargo test` fails when a row\n\
             does not pass, or passes though its table says why it does not.\n\n\
             | table | upstream | rows | met |\n|---|---|---|---|"
        ));
        for (name, upstream, rows, met) in tables {
            line(format!("| {name} | {upstream} | {rows} | {met} |"));
        }
    }
    line(format!(
        "\n## What holds in every run\n\n\
         After every write of the recorded scenarios and of random runs ([`crates/proof`](../crates/proof): random manifests,\n\
         commands, crashes, held and failed nodes; `cargo xtask test` plays 10,000, `cargo xtask soak --minutes N` goes on):\n\n{}\n\
         * with nothing broken, everything settles: all pods run, all owners exist, Services name just their pods",
        podscope_proof::rules()
            .fold(String::new(), |mut all, rule| {
                _ = writeln!(all, "* {rule}");
                all
            })
            .trim_end()
    ));
    let wild = read("tests/wild.txt")?;
    let files = wild.lines().filter(|l| !l.is_empty() && !l.starts_with(['#', '['])).count();
    let places = wild.lines().filter(|l| l.starts_with('[')).count();
    line(format!(
        "\n## Manifests that nobody here wrote\n\n\
         `cargo xtask wild` fetches {files} of them from {places} public repositories ([the list](../tests/wild.txt)), applies and\n\
         runs each, exports it, and applies and runs the export. It fails when one is refused or loses something, or when a\n\
         workload does not come up (but for those whose line says what they wait for)."
    ));
    let simulated: Vec<String> = Kind::ALL.iter().map(|k| format!("{} ({})", k.name(), k.api_version())).collect();
    let more: Vec<&str> = Kind::ALL.iter().filter(|k| k.is_more()).map(|k| k.name()).collect();
    line(format!(
        "\n## Simulated\n\n{}.\n\nAn embed needs its larger module for: {}.",
        simulated.join(", "),
        more.join(", ")
    ));
    let is = |k: &&podscope_schema::KindInfo| {
        !Kind::ALL.iter().any(|s| s.name() == k.kind && s.api_version() == k.api_version())
    };
    let mut kept: Vec<String> =
        kinds().iter().filter(is).map(|k| format!("{} ({})", k.kind, k.api_version())).collect();
    kept.sort();
    line(format!(
        "\n## Accepted, kept and exported, but not simulated\n\n{}; and objects of kinds that Kubernetes does not have itself.\n\n\
         Of simulated kinds, every field is checked and kept. Not simulated: memory and disk use, the network below Services,\n\
         access rules (RBAC), a container's own program beyond a few shell commands, time zones of CronJobs other than UTC, and\n\
         write conflicts between controllers.",
        kept.join(", ")
    ));
    line(
        "\n## Refused\n\n\
         What the API server refuses, in its words: API versions that this Kubernetes does not serve, unknown and mistyped fields,\n\
         and what validation finds. Of kinds that are only kept, little more than metadata is validated."
            .into(),
    );
    Ok(out)
}

/// Runs the command.
pub fn main() -> Result<ExitCode, String> {
    say::line!("{}", page()?.trim_end());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_is_fresh() {
        let is = super::read("docs/fidelity.md").expect("docs/fidelity.md");
        let should = super::page().expect("all recordings can be read");
        assert!(is == should, "docs/fidelity.md is not fresh: run `cargo xtask fidelity`");
    }
}
