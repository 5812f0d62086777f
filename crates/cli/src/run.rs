//! `podscope run`: applies manifests and prints what happened.

use crate::say;
use podscope_engine::{Cluster, Config};
use std::process::ExitCode;
use std::time::Duration;

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let (mut files, mut length, mut config, mut output) =
        (Vec::new(), Duration::from_mins(1), Config::default(), "trace");
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().map(String::as_str).ok_or(format!("flag needs an argument: {arg}"));
        match &**arg {
            "--for" => length = duration(value()?)?,
            "--seed" => config.seed = value()?.parse().map_err(|e| format!("--seed: {e}"))?,
            "--output" | "-o" => output = value()?,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}")),
            file => files.push(file),
        }
    }
    if files.is_empty() {
        return Err("run needs a file".into());
    }
    let mut cluster = Cluster::new(config);
    apply(&mut cluster, &files)?;
    let end = cluster.now() + length;
    while !cluster.advance_to(end, 10_000) {}
    match output {
        "trace" => print_trace(&cluster),
        "json" => {
            for &kind in podscope_engine::object::Kind::ALL {
                for &key in cluster.cx.store.of_kind(kind) {
                    if let Some(value) = podscope_engine::convert::to_value(&cluster.cx, key) {
                        say::line!("{}", value.to_json());
                    }
                }
            }
        }
        other => return Err(format!("unknown output {other:?}: trace or json")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Applies files of manifests.
pub fn apply(cluster: &mut Cluster, files: &[&str]) -> Result<(), String> {
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        if let Err(errors) = cluster.apply(&text) {
            let lines: Vec<_> =
                errors.iter().map(|e| format!("{file}:{}:{}: {}", e.line, e.column, e.message)).collect();
            return Err(lines.join("\n"));
        }
    }
    Ok(())
}

fn print_trace(cluster: &Cluster) {
    let cx = &cluster.cx;
    for (i, e) in cx.trace.entries().enumerate() {
        let name = cx.store.name(e.key);
        let because = if e.cause.0 == 0 { String::new() } else { format!(" because of {}", e.cause.0) };
        let path =
            if name.namespace.is_empty() { name.name.to_string() } else { format!("{}/{}", name.namespace, name.name) };
        say::line!(
            "{:>5} {:>10} {:<28} {:<6} {} {path}{because}",
            i + 1,
            e.at,
            e.actor.component(),
            e.verb.word(),
            name.kind.name()
        );
    }
    say::line!("digest {:016x}", cx.trace.digest());
}

/// How long to run: `90s`, `1m30s`, `500ms`, or seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    podscope_engine::kubelet::duration(text).ok_or_else(|| format!("invalid duration {text:?}"))
}
