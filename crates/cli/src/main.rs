//! `podscope`: the engine from a terminal.
fn main() {}
