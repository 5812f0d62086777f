//! `podscope kubectl`: a kubectl command on a simulated cluster.

use crate::run::duration;
use crate::say;
use podscope_engine::{Cluster, Config};
use podscope_kubectl::Files;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

/// The files of this machine.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|e| e.to_string())
    }
}

/// Runs the command. Files to begin with come as `--on FILE`; then `--for` passes; then the command runs to its end.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let (mut files, mut length, mut config) = (Vec::new(), Duration::from_mins(1), Config::default());
    let mut at = 0;
    while let Some(flag) = args.get(at).filter(|a| matches!(&***a, "--on" | "--for" | "--seed")) {
        let value = args.get(at + 1).ok_or(format!("flag needs an argument: {flag}"))?;
        match &**flag {
            "--on" => files.push(value),
            "--for" => length = duration(value)?,
            _ => config.seed = value.parse().map_err(|e| format!("--seed: {e}"))?,
        }
        at += 2;
    }
    let mut cluster = Cluster::new(config);
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        cluster.apply(&text).map_err(|errors| format!("{file}: {}", errors[0].message))?;
    }
    let end = cluster.now() + length;
    while !cluster.advance_to(end, 10_000) {}
    let words: Vec<String> = args[at..].iter().map(|w| quoted(w)).collect();
    let wants_stdin =
        args[at..].windows(2).any(|w| w[0] == "-f" && w[1] == "-") || args[at..].iter().any(|w| w == "-f-");
    let mut stdin = String::new();
    if wants_stdin {
        std::io::Read::read_to_string(&mut std::io::stdin(), &mut stdin).map_err(|e| e.to_string())?;
    }
    let said = podscope_kubectl::run_with(&mut cluster, "default", &words.join(" "), &stdin, Rc::new(Disk));
    say::text(&said.stdout);
    eprint!("{}", said.stderr);
    Ok(ExitCode::from(said.exit as u8))
}

/// A word as a shell would have to be given it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
