//! Random runs, for as long as asked: `soak [--minutes N | --runs N] [--from SEED] [--all] [--trace]`. Ends with the first run that breaks
//! a rule: prints its seed, and writes the smallest one that breaks the same rule as a scenario.

use podscope_proof::plan::Plan;
use podscope_proof::run::play;
use podscope_proof::{scenario, shrink};
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn number(args: &[String], flag: &str) -> Option<u64> {
    args.iter().position(|a| a == flag).and_then(|at| args.get(at + 1)?.parse().ok())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let from = number(&args, "--from").unwrap_or(1);
    let runs = number(&args, "--runs").unwrap_or(u64::MAX);
    let minutes = number(&args, "--minutes").unwrap_or(if runs == u64::MAX { 1 } else { 24 * 60 });
    let (began, limit) = (Instant::now(), Duration::from_secs(minutes * 60));
    let (mut done, mut writes, mut bad) = (0_u64, 0, 0);
    while done < runs && began.elapsed() < limit {
        let plan = Plan::random(from + done);
        let outcome = play(&plan);
        done += 1;
        writes += outcome.writes;
        // Now and then, that the same plan gives the same run.
        let same = done % 16 != 0 || play(&plan).digest == outcome.digest;
        if same && outcome.broken.is_empty() {
            continue;
        }
        bad += 1;
        println!("seed {}:", plan.seed);
        if !same {
            println!("  the same plan gave another run");
            return ExitCode::FAILURE;
        }
        for b in outcome.broken.iter().take(5) {
            println!("  {b}");
        }
        if args.iter().any(|a| a == "--all") {
            continue;
        }
        let small = shrink::shrink(&plan, outcome.broken[0].rule, None);
        let outcome = play(&small);
        if args.iter().any(|a| a == "--trace") {
            let cx = &outcome.cluster.cx;
            for e in cx.trace.entries() {
                let name = cx.store.name(e.key);
                println!("{:>10} {:?} {} {:?} {} {:?}", e.at.0, e.actor, e.verb.word(), name.kind, name.name, e.note);
            }
        }
        let text = scenario::write(&small, &outcome);
        if let Err(shown) = scenario::replay(&text, None) {
            println!("as a scenario: {shown}");
        } else {
            println!("as a scenario it breaks nothing: `soak --from {} --runs 1` does", plan.seed);
        }
        let path = format!("seed-{}.md", plan.seed);
        match std::fs::write(&path, &text) {
            Ok(()) => println!("written to {path}:\n\n{text}"),
            Err(e) => println!("{path}: {e}:\n\n{text}"),
        }
        return ExitCode::FAILURE;
    }
    println!("{done} runs, {writes} writes, {bad} broken, {:.1} s", began.elapsed().as_secs_f64());
    ExitCode::from(u8::from(bad > 0))
}
