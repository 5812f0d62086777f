//! Ready-made clusters: nodes and storage classes.

use crate::api::{ApiError, Context};
use crate::object::{Meta, Node, StorageClass};
use podscope_schema::Value;

/// The annotation that marks the default storage class.
pub const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// The storage classes `standard` (the default, which waits for a consumer) and `immediate`.
pub fn storage_classes() -> [StorageClass; 2] {
    let class = |name: &str, wait_for_consumer| StorageClass {
        meta: Meta::named("", name),
        provisioner: "podscope.dev/disk".into(),
        wait_for_consumer,
        reclaim_delete: true,
        raw: Value::default(),
    };
    let mut standard = class("standard", true);
    standard.meta.annotations.set(DEFAULT_CLASS, "true");
    [standard, class("immediate", false)]
}

/// `n` nodes of 4 CPUs, 16 Gi and 110 pods, `node-a`, `node-b` …, over three zones: what the playground begins with.
pub fn default_nodes(n: usize) -> Vec<Node> {
    let node = |i: usize| {
        let zone = ["zone-a", "zone-b", "zone-c"][i % 3];
        let mut node = Node::new(&format!("node-{}", letters(i)), zone, "region-1", 4_000, 16 << 30, 110);
        // What every kubelet says of its machine, and many charts select by.
        node.meta.labels.set("kubernetes.io/arch", "amd64");
        node.meta.labels.set("kubernetes.io/os", "linux");
        node
    };
    (0..n).map(node).collect()
}

/// a … z, then aa, ab …
fn letters(i: usize) -> String {
    let last = char::from(b'a' + (i % 26) as u8);
    if i < 26 { last.to_string() } else { format!("{}{last}", letters(i / 26 - 1)) }
}

/// The five nodes of the conformance recordings.
pub fn lab_nodes() -> Vec<Node> {
    let zones = ["zone-a", "zone-b", "zone-c", "zone-a", "zone-b"];
    let node = |(i, zone): (usize, &&str)| {
        let mut node = Node::new(&format!("node-{}", i + 1), zone, "r1", 32_000, 128 << 30, 110);
        node.meta.labels.set("lab/pool", if i < 3 { "main" } else { "spare" });
        node
    };
    zones.iter().enumerate().map(node).collect()
}

/// Creates these nodes and the two storage classes.
///
/// # Errors
/// `AlreadyExists`, when one of them is there.
pub fn build(cx: &mut Context, nodes: Vec<Node>) -> Result<(), ApiError> {
    for node in nodes {
        cx.create(node)?;
    }
    for class in storage_classes() {
        cx.create(class)?;
    }
    Ok(())
}
