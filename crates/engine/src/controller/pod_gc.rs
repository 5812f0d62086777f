//! The pod garbage collector: removes pods of nodes that are out of service or gone.

use super::Controller;
use crate::api::{Context, DeleteOptions};
use crate::object::{Key, Node, Object, Phase, Pod, Str};
use std::rc::Rc;
use std::time::Duration;

/// How often upstream's collector looks: every so many seconds of the clock.
const PERIOD: u64 = 20;
/// How long a node has to be gone before its pods go.
const QUARANTINE: Duration = Duration::from_secs(40);
/// The taint by which a person says that a failed node will not come back soon.
pub const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

fn out_of_service(node: &Node) -> bool {
    node.ready != Some(true) && node.taints.iter().any(|t| &*t.key == OUT_OF_SERVICE)
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match (old, new) {
        (_, Some(Object::Node(node))) if out_of_service(node) => next_round(cx, key),
        (Some(Object::Node(_)), None) => cx.enqueue_after(Controller::PodGc, key, QUARANTINE),
        _ => {}
    }
}

fn next_round(cx: &mut Context, key: Key) {
    let wait = PERIOD - cx.now().secs() % PERIOD;
    cx.enqueue_after(Controller::PodGc, key, Duration::from_secs(wait));
}

/// Brings what is closer to what is asked for at `key`.
// upstream: podgc gcTerminating, gcOrphaned
pub fn reconcile(cx: &mut Context, key: Key) {
    let node = cx.get::<Node>(key);
    let orphaned = node.is_none();
    if node.is_some_and(|n| !out_of_service(&n)) {
        return;
    }
    let name: Str = Rc::clone(&cx.store.name(key).name);
    let pods: Vec<Key> = cx.store.on_node(&name).iter().copied().collect();
    for pod in pods {
        if orphaned || cx.store.get::<Pod>(pod).is_some_and(|p| p.meta.deleting()) {
            collect(cx, pod, orphaned);
        }
    }
    if !orphaned {
        next_round(cx, key);
    }
}

// upstream: podgc markFailedAndDeletePodWithCondition
fn collect(cx: &mut Context, key: Key, orphaned: bool) {
    let now = cx.now();
    cx.update::<Pod>(key, |pod| {
        if orphaned {
            pod.status.disruption = Some(Box::new(("DeletionByPodGC", "PodGC: node no longer exists".into())));
        }
        if !pod.is_terminal() {
            pod.status.phase = Phase::Failed;
            pod.status.ready.set(false, now, "PodFailed");
        }
    });
    // Nothing to do about a refusal: the pod is gone already.
    let _gone = cx.delete(key, DeleteOptions { grace_seconds: Some(0), ..DeleteOptions::default() });
}
