//! How fast the engine is, and how much memory it takes, beside its targets. `cargo bench -p podscope-engine`
//!
//! First come single runs, the fastest of several, printed as lines beside their targets; then criterion's statistics.

mod workload;

use criterion::{BatchSize, Criterion};
use podscope_engine::object::{Kind, StatefulSet};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Run};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::{Duration, Instant};
use workload::{BUSY_SECONDS, apply, busy, deploy, deployment, nodes, run_for, run_until};

/// 1,000 pods, from apply to Available.
const TARGET_1000: Duration = Duration::from_millis(20);
/// 10,000 pods, as a multiple of the time for 1,000.
const TARGET_RATIO: f64 = 13.0;
/// What a pod takes, with its Events and its part of the trace.
const TARGET_BYTES: f64 = 2000.0;
/// Requests through 100 pods, in simulated seconds a second.
const TARGET_TRAFFIC: f64 = 50.0;
/// The longest that a seek in a run of ten minutes may take.
const TARGET_SEEK: Duration = Duration::from_millis(16);

fn stateful_set(replicas: usize) -> String {
    format!(
        "apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:
  replicas: {replicas}
  serviceName: db
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: 'postgres:17'}}]}}
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

fn docked(cluster: &Cluster) -> bool {
    let store = &cluster.cx.store;
    store
        .lookup::<StatefulSet>(Kind::StatefulSet, "default", "db")
        .is_some_and(|s| s.status.available == s.replicas && s.status.observed_generation == s.meta.generation)
}

fn dock(mut cluster: Cluster, yaml: &str) -> Cluster {
    apply(&mut cluster, yaml);
    run_until(&mut cluster, docked);
    cluster
}

/// The fastest of `n` runs: one thread, no I/O, so that what else the machine does only ever adds to it.
fn fastest<T>(n: usize, mut run: impl FnMut() -> T) -> Duration {
    let once = |_| {
        let before = Instant::now();
        let result = run();
        let took = before.elapsed();
        drop(result);
        took
    };
    (0..n).map(once).min().unwrap_or_default()
}

/// Resident memory in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "missed" }
}

fn ms(d: Duration) -> f64 {
    d.as_secs_f64() * 1e3
}

fn targets() {
    // Memory first, while the allocator has nothing in reserve.
    let cluster = nodes();
    let before = resident();
    let full = deploy(cluster, &deployment(10_000, "nginx:1.29"));
    if let Some((after, before)) = resident().zip(before) {
        let each = (after - before) as f64 / 10_000.0;
        println!(
            "memory per pod, of 10,000: {each:.0} B (target {TARGET_BYTES:.0}: {})",
            verdict(each <= TARGET_BYTES)
        );
    }
    drop(full);

    let empty = nodes();
    let time = |n: usize, runs| {
        let yaml = deployment(n, "nginx:1.29");
        fastest(runs, || deploy(empty.clone(), &yaml))
    };
    let (hundred, thousand, ten_thousand) = (time(100, 20), time(1000, 10), time(10_000, 3));
    println!("Deployment of 100, apply to Available: {:.2} ms", ms(hundred));
    println!(
        "Deployment of 1,000, apply to Available: {:.2} ms (target {:.0} ms: {})",
        ms(thousand),
        ms(TARGET_1000),
        verdict(thousand <= TARGET_1000)
    );
    let ratio = ms(ten_thousand) / ms(thousand);
    println!(
        "Deployment of 10,000, apply to Available: {:.2} ms, {ratio:.1} times that of 1,000 (target {TARGET_RATIO}: {})",
        ms(ten_thousand),
        verdict(ratio <= TARGET_RATIO)
    );

    let old = deploy(empty.clone(), &deployment(1000, "nginx:1.29"));
    let new = deployment(1000, "nginx:1.30");
    println!("rolling update of 1,000: {:.2} ms", ms(fastest(5, || deploy(old.clone(), &new))));
    let hundred = stateful_set(100);
    println!("StatefulSet of 100 with claims: {:.2} ms", ms(fastest(5, || dock(empty.clone(), &hundred))));
    println!("copy of a cluster of 1,000 pods: {:.3} ms", ms(fastest(20, || old.clone())));

    traffic();
    replication();
    seek(&old);

    // The agenda's own cost is the least that any engine with an event queue pays.
    let writes = old.cx.trace.len();
    let bare = fastest(20, || heap(writes));
    let rate = |d: Duration| writes as f64 / d.as_secs_f64();
    println!(
        "{writes} writes for 1,000 pods: {:.0} a second; as many pushes and pops on a bare heap: {:.0} a second",
        rate(thousand),
        rate(bare)
    );
}

/// 100 pods that serve 2,000 requests a second.
fn traffic() {
    let cluster = busy();
    let run = || {
        let mut cluster = cluster.clone();
        run_for(&mut cluster, BUSY_SECONDS);
        cluster
    };
    let took = fastest(3, run);
    let requests = run().requests_ended() - cluster.requests_ended();
    let speed = BUSY_SECONDS as f64 / took.as_secs_f64();
    println!(
        "2,000 requests a second through 100 pods: {speed:.0} times real time (target {TARGET_TRAFFIC:.0}: {}), {:.0} requests a second",
        verdict(speed >= TARGET_TRAFFIC),
        requests as f64 / took.as_secs_f64()
    );
}

/// A primary and four replicas that take 500 writes a second.
fn replication() {
    let yaml = stateful_set(5).replace(
        "{name: db}\nspec:\n  replicas",
        "{name: db, annotations: {podscope.dev/writes: 500/s}}\nspec:\n  replicas",
    );
    let yaml = yaml.replace("storage: 1Gi", "storage: 100Gi");
    let headless = "---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}\n";
    let cluster = dock(nodes(), &[yaml.as_str(), headless].concat());
    let run = || {
        let mut cluster = cluster.clone();
        run_for(&mut cluster, 20);
        cluster
    };
    let applied = |cluster: &Cluster| cluster.data().members.iter().map(|m| m.applied).sum::<u64>();
    let entries = applied(&run()) - applied(&cluster);
    println!("replication: {:.0} log entries applied a second", entries as f64 / fastest(3, run).as_secs_f64());
}

/// Jumps in a run of ten minutes in which something happens all the time, as when a hand drags.
fn seek(thousand: &Cluster) {
    let mut run = Run::new(nodes());
    run.act(|cluster| apply(cluster, &deployment(10, "nginx:1.29")));
    for minute in 1..=10 {
        let until = SimTime::from_millis(minute * 60_000);
        while !run.advance_to(until, 1000) {}
        run.act(|cluster| apply(cluster, &deployment(10, &format!("nginx:{minute}"))));
    }
    let mut worst = Duration::ZERO;
    for i in 0..200_u64 {
        let to = SimTime::from_millis(i * 7919 * 97 % 600_000);
        let before = Instant::now();
        run.seek(to);
        worst = worst.max(before.elapsed());
    }
    println!(
        "seek in ten minutes: {:.2} ms at worst (target {:.0} ms: {})",
        ms(worst),
        ms(TARGET_SEEK),
        verdict(worst <= TARGET_SEEK)
    );
    println!("checkpoint of 1,000 pods: {:.3} ms", ms(fastest(20, || Run::new(thousand.clone()))));
}

/// Pushes and pops `n` entries of an agenda's size on a heap as full as 1,000 pods keep it.
fn heap(n: usize) -> u64 {
    let mut heap: BinaryHeap<Reverse<(u64, u64, u64, u64)>> = BinaryHeap::new();
    let mut sum = 0;
    for i in 0..n as u64 {
        heap.push(Reverse((i * 7919 % 1_000_003, i, i, i)));
        if heap.len() > 1000 {
            sum += heap.pop().map_or(0, |Reverse(e)| e.0);
        }
    }
    while let Some(Reverse(e)) = heap.pop() {
        sum += e.0;
    }
    black_box(sum)
}

fn statistics(c: &mut Criterion) {
    let empty = nodes();
    for n in [100, 1000, 10_000] {
        let yaml = deployment(n, "nginx:1.29");
        let mut group = c.benchmark_group("deployment");
        group.sample_size(10);
        group.bench_function(format!("{n} replicas"), |b| {
            b.iter_batched(|| empty.clone(), |cluster| deploy(cluster, &yaml), BatchSize::PerIteration);
        });
        group.finish();
    }
    let mut group = c.benchmark_group("changes");
    group.sample_size(10);
    let old = deploy(empty.clone(), &deployment(1000, "nginx:1.29"));
    let new = deployment(1000, "nginx:1.30");
    group.bench_function("rolling update of 1,000", |b| {
        b.iter_batched(|| old.clone(), |cluster| deploy(cluster, &new), BatchSize::PerIteration);
    });
    let yaml = stateful_set(100);
    group.bench_function("StatefulSet of 100", |b| {
        b.iter_batched(|| empty.clone(), |cluster| dock(cluster, &yaml), BatchSize::PerIteration);
    });
    group.bench_function("copy of 1,000 pods", |b| b.iter(|| old.clone()));
    group.finish();
}

fn main() {
    // For profilers: one Deployment of so many pods, and nothing else.
    if let Some(n) = std::env::args().skip_while(|a| a != "--once").nth(1).and_then(|n| n.parse().ok()) {
        println!("{:016x}", deploy(nodes(), &deployment(n, "nginx:1.29")).cx.trace.digest());
        return;
    }
    targets();
    // `cargo bench -p podscope-engine -- --targets` stops here.
    if std::env::args().any(|a| a == "--targets") {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    statistics(&mut criterion);
    criterion.final_summary();
}
