//! `podscope scenario`: plays scenarios, or lists them for the page.

use crate::say;
use podscope_engine::Config;
use podscope_scenario::{Line, Moment, Options, Scenario, parse, run};
use std::process::ExitCode;

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let (mut files, mut config, mut quiet, mut index) = (Vec::new(), Config::default(), false, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match &**arg {
            "--seed" => {
                let seed = args.next().ok_or("flag needs an argument: --seed")?;
                config.seed = seed.parse().map_err(|e| format!("--seed: {e}"))?;
            }
            "--quiet" | "-q" => quiet = true,
            "--index" => index = true,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}")),
            file => files.push(file),
        }
    }
    if files.is_empty() {
        return Err("scenario needs a file".into());
    }
    let mut read: Vec<(&str, Scenario)> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        let problems = |found: Vec<podscope_scenario::Problem>| {
            let lines: Vec<_> = found.iter().map(|p| format!("{file}:{}: {}", p.line, p.message)).collect();
            lines.join("\n")
        };
        read.push((file, parse(&text).map_err(problems)?));
    }
    if index {
        say::text(&podscope_scenario::index(&read));
        return Ok(ExitCode::SUCCESS);
    }
    let mut failed = 0;
    for (file, scenario) in &read {
        let end = play(scenario, config.clone(), quiet);
        match end {
            Ok(time) => say::line!("{file}: all seen, after {time} of simulated time"),
            Err(text) => {
                failed += 1;
                say::line!("{file}: {text}");
            }
        }
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays one; gives when it ended, or what went wrong.
fn play(scenario: &Scenario, config: Config, quiet: bool) -> Result<String, String> {
    let mut on = |moment: Moment| match moment {
        _ if quiet => {}
        Moment::Chapter(chapter) => say::line!("## {}", chapter.title),
        Moment::Ran(line, output) => {
            say::line!("$ {line}");
            say::text(output);
        }
        Moment::Met(cluster, _, lines, _) => {
            for line in lines {
                if let Line::Claim { text, .. } = line {
                    say::line!("{:>10} {text}", cluster.now());
                }
            }
        }
        Moment::Before(..) | Moment::Seen(_) => {}
    };
    let ended = run(scenario, Options { config, on: &mut on });
    ended.map(|cluster| cluster.now().to_string()).map_err(|f| format!("{}: at {}: {}", f.chapter, f.at, f.message))
}
