//! `podscope scenario`: plays scenarios, or lists them for the page.

use crate::say;
use podscope_engine::Config;
use podscope_proof::lab::Lab;
use podscope_scenario::{Line, Moment, Options, Scenario, parse, run_on};
use std::process::ExitCode;

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let (mut files, mut config, mut quiet, mut index) =
        (Vec::new(), Config { record: true, ..Config::default() }, false, false);
    let mut seeded = false;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match &**arg {
            "--seed" => {
                let seed = args.next().ok_or("flag needs an argument: --seed")?;
                seeded = true;
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
        let mut scenario = parse(&text).map_err(problems)?;
        // Whoever plays it chooses.
        scenario.seed = scenario.seed.filter(|_| !seeded);
        read.push((file, scenario));
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
    // The lab breaks what the scenario says, and looks at every write.
    let ended = run_on(scenario, Options { config, on: &mut on }, &mut Lab::default());
    ended.map(|cluster| cluster.now().to_string()).map_err(|f| format!("{}: at {}: {}", f.chapter, f.at, f.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As random runs are written down.
    const BROKEN: &str = "# Seed 7

A machine stops, and nobody mends it.

```cluster
nodes 1
seed 7
```

## What happens

```yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
```

```kubectl
lab wait 5000ms
lab fail node-a
```

```expect
within 10m
settled
```
";

    #[test]
    fn what_a_reproduction_breaks_is_shown() {
        let config = Config { record: true, ..Config::default() };
        let shown = |text: &str| play(&parse(text).expect("a scenario"), config.clone(), true);
        let failure = shown(BROKEN).expect_err("it settled");
        assert!(failure.contains("expected: settled; seen: "), "{failure}");
        let mended = BROKEN.replace("fail node-a\n", "fail node-a\nlab wait 90000ms\nlab mend\nlab rest\n");
        assert!(shown(&mended).is_ok_and(|time| !time.is_empty()), "{:?}", shown(&mended));
        let unknown = shown(&BROKEN.replace("lab fail", "lab paint")).expect_err("nothing is painted");
        assert!(unknown.contains("the lab knows no \"paint node-a\""), "{unknown}");
    }
}
