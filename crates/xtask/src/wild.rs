//! Runs the manifests that `tests/wild.txt` lists, fetched from where they are.

use crate::shell::{Cmd, cache, cargo, root};

/// Runs the command: fetches what is not there yet, unless a folder that has it is named.
pub fn main(args: &[String]) -> Result<(), String> {
    let list = root().join("tests/wild.txt");
    let folder = args.first().map_or_else(|| cache().join("wild"), |f| root().join(f));
    if args.is_empty() {
        let text = std::fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
        for line in text.lines() {
            let named = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')).and_then(|l| l.split_once('@'));
            let Some((repository, commit)) = named else { continue };
            let place = folder.join(repository.replace('/', "+"));
            if place.join(".git/FETCH_HEAD").exists() {
                continue;
            }
            std::fs::create_dir_all(&place).map_err(|e| format!("{}: {e}", place.display()))?;
            let url = format!("https://github.com/{repository}");
            Cmd::new("git").args(["init", "-q"]).dir(&place).run()?;
            Cmd::new("git").args(["fetch", "-q", "--depth", "1", &url, commit]).dir(&place).run()?;
            Cmd::new("git").args(["checkout", "-q", "FETCH_HEAD"]).dir(&place).run()?;
        }
    }
    let run = cargo(&["run", "-q", "--profile", "soak", "-p", "podscope-proof", "--bin", "wild", "--"]);
    run.arg(&list).arg(&folder).run()
}
