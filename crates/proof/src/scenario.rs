//! Writes a run down as a scenario, in the form of `docs/scenarios.md`: `podscope scenario FILE` plays it, and shows what it breaks.

use crate::judge::Extra;
use crate::lab::Lab;
use crate::plan::Plan;
use crate::run::{Done, Outcome};
use podscope_engine::Config;
use podscope_scenario::{Options, parse, run_on};
use std::fmt::Write as _;

/// The scenario of a run, and what it broke.
pub fn write(plan: &Plan, outcome: &Outcome) -> String {
    let mut text = format!("# Seed {}\n\n", plan.seed);
    match outcome.broken.first() {
        Some(b) => _ = writeln!(text, "A random run, made small, that breaks a rule {b}\n"),
        None => text.push_str("A random run.\n\n"),
    }
    _ = writeln!(text, "```cluster\nnodes {}\nseed {}\n```\n\n## What happens", plan.nodes, plan.seed);
    let mut commands = false;
    for done in &outcome.done {
        match done {
            Done::Applied(yaml) => {
                let end = if commands { "```\n" } else { "" };
                _ = write!(text, "{end}\n```yaml\n{}\n```\n", yaml.trim_end());
                commands = false;
            }
            Done::Ran(line) => {
                let begin = if commands { "" } else { "\n```kubectl\n" };
                _ = writeln!(text, "{begin}{line}");
                commands = true;
            }
        }
    }
    text.push_str(if commands { "```\n" } else { "" });
    text.push_str("\n```expect\nwithin 2h\nsettled\n```\n");
    text
}

/// Plays a scenario under the eyes of the judge, as `podscope scenario` does; gives what went wrong.
///
/// # Errors
/// What is wrong with the text, or what the run broke.
pub fn replay(text: &str, extra: Option<Extra>) -> Result<(), String> {
    let scenario = parse(text).map_err(|problems| format!("{problems:?}"))?;
    let config = Config { record: true, ..Config::default() };
    let played = run_on(&scenario, Options { config, on: &mut |_| {} }, &mut Lab::with(extra));
    played.map(drop).map_err(|f| format!("{}: at {}: {}", f.chapter, f.at, f.message))
}
