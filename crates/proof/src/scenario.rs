//! Writes a run down as a scenario: Markdown with fenced manifests and commands.

use crate::judge::Broken;
use crate::plan::{Plan, Step, node};
use std::fmt::Write as _;

/// The scenario of a run, and what it broke.
pub fn write(plan: &Plan, broken: &[Broken]) -> String {
    let mut text = String::new();
    _ = writeln!(text, "# Seed {}\n\nA cluster of {} nodes, seed {}.\n", plan.seed, plan.nodes, plan.seed);
    for step in &plan.steps {
        _ = match step {
            Step::Apply(yaml) => writeln!(text, "```yaml\n{yaml}```\n"),
            Step::Kubectl(line) => writeln!(text, "```sh\n{line}\n```\n"),
            Step::DeletePod(app, n, flags) => {
                writeln!(text, "```sh\n# pod {n} of app={app}, by name\nkubectl delete pod --wait=false {flags}\n```\n")
            }
            Step::Wait(millis) => writeln!(text, "```podscope\nwait {millis}ms\n```\n"),
            Step::Node(i, fails) => {
                let word = if *fails { "fail" } else { "recover" };
                writeln!(text, "```podscope\n{word} {}\n```\n", node(*i))
            }
            Step::Hold(i, holds) => {
                let word = if *holds { "hold" } else { "release" };
                writeln!(text, "```podscope\n{word} {}\n```\n", node(*i))
            }
            Step::Break(app, Some(fault)) => writeln!(text, "```podscope\nbreak {app} {}\n```\n", fault.word()),
            Step::Break(app, None) => writeln!(text, "```podscope\nmend {app}\n```\n"),
        };
    }
    text.push_str("Then all nodes and containers are well, and this was seen:\n\n");
    for b in broken {
        _ = writeln!(text, "* {b}");
    }
    text
}
