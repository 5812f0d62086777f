//! The same inputs give the same run, to the byte: the digest of one fixed scenario is part of the repository, and the
//! browser's tests compare theirs with it too.
//!
//! When the engine's behaviour changes on purpose: `PODSCOPE_BLESS=1 cargo test -p podscope-engine --test digest`.

use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use std::path::Path;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/digest.txt");

fn run_to(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 1000) {}
}

/// `static/example.yaml`; after 40 s both workloads are scaled, after 80 s both get another image; 120 s in all.
fn scenario(seed: u64, example: &str) -> u64 {
    let mut cluster = Cluster::new(Config { seed, ..Config::default() });
    cluster.apply(example).expect("the example is valid");
    run_to(&mut cluster, 40);
    cluster.scale("Deployment", "default", "web", 5).expect("web is there");
    cluster.scale("StatefulSet", "default", "db", 5).expect("db is there");
    run_to(&mut cluster, 80);
    cluster.set_image("Deployment", "default", "web", "nginx", "nginx:1.28").expect("web has that container");
    cluster.set_image("StatefulSet", "default", "db", "mysql", "mysql:9.0").expect("db has that container");
    run_to(&mut cluster, 120);
    cluster.cx.trace.digest()
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/example.yaml");
    std::fs::read_to_string(path).expect("static/example.yaml is there")
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let example = example();
    assert_eq!(scenario(7, &example), scenario(7, &example));
    assert_ne!(scenario(7, &example), scenario(8, &example), "names differ by seed, so the digest must");
}

#[test]
fn the_digest_is_the_one_that_was_committed() {
    let digest = format!("{:016x}", scenario(1, &example()));
    if std::env::var_os("PODSCOPE_BLESS").is_some() {
        std::fs::write(GOLDEN, format!("{digest}\n")).expect("tests/digest.txt can be written");
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("tests/digest.txt is there");
    assert_eq!(golden.trim(), digest, "the engine behaves differently: see the head of this file");
}

#[test]
fn a_copy_lives_the_same_life() {
    let mut one = Cluster::new(Config::default());
    one.apply(&example()).expect("the example is valid");
    run_to(&mut one, 10);
    let mut other = one.clone();
    run_to(&mut one, 60);
    run_to(&mut other, 60);
    assert_eq!(one.cx.trace.digest(), other.cx.trace.digest());
}
