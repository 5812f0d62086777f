//! A few random runs in every test run; `cargo xtask soak` makes more.

use podscope_proof::plan::Plan;
use podscope_proof::run::play;
use podscope_proof::{scenario, shrink};

/// How many: unoptimised builds run this too. `cargo xtask test` adds 10,000 in an optimised one.
const RUNS: u64 = 200;

#[test]
fn random_runs_keep_every_rule_and_settle() {
    for seed in 1..=RUNS {
        let plan = Plan::random(seed);
        let outcome = play(&plan);
        if let Some(first) = outcome.broken.first() {
            let small = shrink::shrink(&plan, first.rule);
            panic!("seed {seed}: {first}\n\n{}", scenario::write(&small, &play(&small).broken));
        }
    }
}

#[test]
fn the_same_plan_gives_the_same_run() {
    for seed in 1..=20 {
        let plan = Plan::random(seed);
        assert_eq!(play(&plan).digest, play(&plan).digest, "seed {seed}");
    }
}
