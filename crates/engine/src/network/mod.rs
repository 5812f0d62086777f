//! Services' addresses and names.

/// What the network remembers: addresses that were given out.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The last cluster IP given out, counted from 10.96.0.0.
    pub next_cluster_ip: u32,
}
