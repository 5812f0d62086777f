//! Set-up, build, serve, test, size and bench.
fn main() {}
