//! `podscope conform`: runs recorded cases on the engine and judges what follows.

mod judge;
mod project;
mod rollout;

use crate::say;
use podscope_proof::case::{Case, play};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a run of a case gave.
pub struct Run {
    /// What `--print` prints.
    pub projections: serde_json::Map<String, serde_json::Value>,
    /// Which of its rolling updates kept their bounds.
    rollouts: rollout::Rollouts,
    /// The rules of every run that it broke.
    broken: Vec<podscope_proof::Broken>,
}

impl Run {
    fn of(case: &Case) -> Result<Self, String> {
        let mut played = play(case)?;
        let mut rollouts = rollout::Rollouts::default();
        played.writes.iter().for_each(|w| rollouts.take(w));
        let broken = std::mem::take(&mut played.broken);
        Ok(Self { projections: project::project(played), rollouts, broken })
    }
}

/// Reads a case.
pub fn load(path: &Path) -> Result<Case, String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string());
    text.and_then(|text| Case::read(&text)).map_err(|e| format!("{}: {e}", path.display()))
}

/// How one case went: nothing when it conforms and keeps what must hold in every run, else what differs.
pub fn check(case: &Case) -> Vec<String> {
    match Run::of(case) {
        Ok(run) => {
            let mut differences = judge::compare(case, &run);
            differences.extend(run.broken.iter().map(|b| format!("a rule is broken {b}")));
            differences
        }
        Err(message) => vec![message],
    }
}

/// The cases of a file, or of all `.json` files of a folder.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut found: Vec<_> =
        entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    found.sort();
    Ok(found)
}

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    if args.first().is_some_and(|a| a == "--print") {
        let path = args.get(1).ok_or("conform --print needs a case")?;
        let run = Run::of(&load(Path::new(path))?)?;
        say::line!("{}", serde_json::to_string_pretty(&run.projections).map_err(|e| e.to_string())?);
        return Ok(ExitCode::SUCCESS);
    }
    let (mut passed, mut failed) = (0, 0);
    for arg in args {
        for path in files(Path::new(arg))? {
            let case = load(&path)?;
            let differences = check(&case);
            if differences.is_empty() {
                passed += 1;
                say::line!("ok    {}", case.name);
            } else {
                failed += 1;
                say::line!("FAIL  {}", case.name);
                for line in differences {
                    say::line!("        {line}");
                }
            }
        }
    }
    say::line!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every case conforms, or is listed with its reason; a listed case that conforms fails the run.
    #[test]
    fn the_engine_does_what_kubernetes_was_recorded_to_do() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
        let listed = std::fs::read_to_string(root.join("known_failures.toml")).unwrap_or_default();
        let known: Vec<&str> = listed
            .lines()
            .filter(|l| !l.trim_start().starts_with('#'))
            .filter_map(|l| Some(l.split_once('=')?.0.trim().trim_matches('"')))
            .collect();
        let mut wrong = Vec::new();
        let mut count = 0;
        for path in files(&root.join("cases")).expect("the cases are there") {
            let case = load(&path).expect("a case");
            let differences = check(&case);
            count += 1;
            match (differences.is_empty(), known.contains(&&*case.name)) {
                (true, true) => {
                    wrong.push(format!("{}: listed as a known failure, but passes: take it off the list", case.name));
                }
                (false, false) => wrong.push(format!("{}: {}", case.name, differences.join("\n    "))),
                _ => {}
            }
        }
        assert!(count >= 118, "only {count} cases found");
        println!("{count} cases, {} of them known failures", known.len());
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}
