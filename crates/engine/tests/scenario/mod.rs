//! The scenario whose digest is part of the repository. The browser's tests include this file too.

use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};

/// The manifest that the page opens on.
pub const EXAMPLE: &str = include_str!("../../../../static/example.yaml");
/// The digest of [`scenario`] with seed 1.
pub const GOLDEN: &str = include_str!("../../../../tests/digest.txt");

/// Runs until so many seconds after the beginning.
pub fn run_to(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 1000) {}
}

/// `static/example.yaml`; after 40 s both workloads are scaled, after 80 s both get another image; 120 s in all.
pub fn scenario(seed: u64) -> String {
    let mut cluster = Cluster::new(Config { seed, ..Config::default() });
    cluster.apply(EXAMPLE).expect("the example is valid");
    run_to(&mut cluster, 40);
    cluster.scale("Deployment", "default", "web", 5).expect("web is there");
    cluster.scale("StatefulSet", "default", "db", 5).expect("db is there");
    run_to(&mut cluster, 80);
    cluster.set_image("Deployment", "default", "web", "nginx", "nginx:1.28").expect("web has that container");
    cluster.set_image("StatefulSet", "default", "db", "mysql", "mysql:9.0").expect("db has that container");
    run_to(&mut cluster, 120);
    format!("{:016x}", cluster.cx.trace.digest())
}
