//! The same inputs give the same run, to the byte: the digest of one fixed scenario is part of the repository, and
//! `web/tests/digest.rs` compares the browser's with it too.
//!
//! When the engine's behaviour changes on purpose: `PODSCOPE_BLESS=1 cargo test -p podscope-engine --test digest`.

mod scenario;

use podscope_engine::{Cluster, Config};
use scenario::{EXAMPLE, GOLDEN, run_to, scenario};

#[test]
fn the_same_seed_gives_the_same_run() {
    assert_eq!(scenario(7), scenario(7));
    assert_ne!(scenario(7), scenario(8), "names differ by seed, so the digest must");
}

#[test]
fn the_digest_is_the_one_that_was_committed() {
    let digest = scenario(1);
    if std::env::var_os("PODSCOPE_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/digest.txt");
        std::fs::write(path, format!("{digest}\n")).expect("tests/digest.txt can be written");
        return;
    }
    assert_eq!(GOLDEN.trim(), digest, "the engine behaves differently: see the head of this file");
}

#[test]
fn a_copy_lives_the_same_life() {
    let mut one = Cluster::new(Config::default());
    one.apply(EXAMPLE).expect("the example is valid");
    run_to(&mut one, 10);
    let mut other = one.clone();
    run_to(&mut one, 60);
    run_to(&mut other, 60);
    assert_eq!(one.cx.trace.digest(), other.cx.trace.digest());
}
