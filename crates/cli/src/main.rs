//! `podscope`: the engine from a terminal.

mod answer;
mod conform;
mod explain;
mod fidelity;
mod golden;
mod kubectl;
mod run;
mod say;
mod scenario;

use std::process::ExitCode;

const USAGE: &str = "podscope: a deterministic simulator of Kubernetes workloads

  podscope run FILE... [--for 60s] [--seed N] [--output trace|json]
      apply manifests and print what happened
  podscope explain FILE... KIND/NAME [--for 60s] [--then 'kubectl ...']... [-n NAMESPACE] [--seed N]
      apply manifests, let time pass (after each command, too), and say why an object is as it is
  podscope conform PATH...
      run conformance cases and compare them with what Kubernetes did
  podscope conform --print CASE
      print the projections that the engine computes for a case
  podscope kubectl [--on FILE]... [--for 60s] [--seed N] COMMAND...
      run a kubectl command on a fresh cluster, after applying files and letting time pass
  podscope scenario [--seed N] [--quiet] FILE...
      play scenarios, print what their commands print, and say what was expected and not seen, or which rule of every run broke
  podscope scenario --index FILE...
      print the list that the page's gallery shows
  podscope answer FILE
      make recorded bad requests, and print what the API server and kubectl apply say
  podscope golden FILE
      run recorded command lines on their recorded states, and print what they print
  podscope fidelity
      print docs/fidelity.md: what is held against Kubernetes, and how much of it is met";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.first().map(String::as_str) {
        Some("run") => run::main(&args[1..]),
        Some("explain") => explain::main(&args[1..]),
        Some("conform") => conform::main(&args[1..]),
        Some("answer") => answer::main(&args[1..]),
        Some("golden") => golden::main(&args[1..]),
        Some("scenario") => scenario::main(&args[1..]),
        Some("fidelity") => fidelity::main(),
        Some("kubectl") => kubectl::main(&args[1..]),
        Some("help" | "--help" | "-h") => {
            say::line!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(USAGE.to_owned()),
    };
    result.unwrap_or_else(|message| {
        eprintln!("{message}");
        ExitCode::from(2)
    })
}
