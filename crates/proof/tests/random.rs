//! A few random runs in every test run; `cargo xtask soak` makes more.

use podscope_proof::plan::{Plan, Step};
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
            let small = shrink::shrink(&plan, first.rule, None);
            panic!("seed {seed}: {first}\n\n{}", scenario::write(&small, &play(&small)));
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

/// Found by `cargo xtask soak`, seed 35031: a claim that is deleted a second time, while its volume is made, leaves a pod
/// that waits for it; the scheduler tells the pod, and that wakes the set.
#[test]
fn a_claim_that_goes_while_it_is_bound_is_made_anew() {
    let db = "apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  selector: {matchLabels: {app: db}}
  replicas: 4
  serviceName: db
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        image: app:0
        readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}
";
    let kubectl = |line: &str| Step::Kubectl(format!("kubectl {line}"));
    let steps = vec![
        Step::Apply(db.to_owned()),
        Step::Wait(26_000),
        kubectl("drain node-b --ignore-daemonsets --force --timeout=20s"),
        Step::Wait(16),
        kubectl("delete pvc data-db-1 --wait=false"),
        Step::Wait(22),
        kubectl("delete pvc data-db-1 --wait=false"),
    ];
    let outcome = play(&Plan { seed: 35031, nodes: 4, steps });
    assert!(outcome.broken.is_empty(), "{}", outcome.broken[0]);
    let told = outcome.cluster.cx.events.iter().any(|e| e.message.contains("could not find v1.PersistentVolumeClaim"));
    assert!(told, "the claim did not go while the scheduler waited for it");
}
