//! kube-proxy: which pods the nodes send a Service's connections to, and which of them a connection gets.
//!
//! What the proxies know follows the EndpointSlices with a delay, as theirs does: they rewrite their rules at once when
//! they were quiet for a second, and otherwise a second after the last time. All nodes' proxies are one here.

use crate::api::Context;
use crate::controller::Controller;
use crate::object::{Key, Kind, Pod, Service, Str};
use crate::time::SimTime;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// `iptables.minSyncPeriod`
const MIN_SYNC: Duration = Duration::from_secs(1);
/// `sessionAffinityConfig.clientIP.timeoutSeconds`, as it is defaulted.
const AFFINITY: Duration = Duration::from_hours(3);

/// What the proxies know.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The pods that each Service's connections go to.
    rules: SortedMap<Key, Rules>,
    last_sync: Option<SimTime>,
    /// Where the clients of sticky Services went, and when they last did: by Service and client.
    stuck: SortedMap<(Key, u32), (Key, SimTime)>,
}

/// Of one Service.
#[derive(Clone, Debug)]
struct Rules {
    ready: Rc<[Key]>,
    /// Those that terminate and still serve.
    ending: Rc<[Key]>,
}

/// Has the proxies look at a Service whose endpoints changed.
pub fn changed(cx: &mut Context, service: Key) {
    let soonest = cx.config.watch_latency;
    let quiet = cx.memory.network.proxy.last_sync.map_or(Duration::ZERO, |last| (last + MIN_SYNC).since(cx.now()));
    cx.enqueue_after(Controller::Proxy, service, soonest.max(quiet));
}

/// Writes the rules of one Service: its ready endpoints and, for when there are none, those that terminate and still serve.
// upstream: proxy/topology CategorizeEndpoints
pub fn reconcile(cx: &mut Context, service: Key) {
    let Some(found) = cx.get::<Service>(service) else {
        forget(cx, service);
        return;
    };
    let namespace = &found.meta.namespace;
    let (mut ready, mut ending) = (Vec::new(), Vec::new());
    for slice in super::dns::slices(cx, service, namespace) {
        for endpoint in &slice.endpoints {
            let Some(pod) = cx.store.find(Kind::Pod, namespace, &endpoint.pod) else { continue };
            if endpoint.ready {
                ready.push(pod);
            } else if endpoint.serving && endpoint.terminating {
                ending.push(pod);
            }
        }
    }
    let proxy = &mut cx.memory.network.proxy;
    proxy.rules.insert(service, Rules { ready: ready.into(), ending: ending.into() });
    proxy.last_sync = Some(cx.now);
}

/// Forgets a Service that is gone.
pub fn forget(cx: &mut Context, service: Key) {
    let proxy = &mut cx.memory.network.proxy;
    proxy.rules.remove(&service);
    proxy.stuck.retain(|(of, _), _| *of != service);
}

/// The pod that a new connection of `client` to a Service gets; none means that it is refused.
///
/// iptables draws at random; a Service with `sessionAffinity: ClientIP` sends a client where it went before. With a node, only pods
/// on it are considered.
pub fn choose(cx: &mut Context, service: Key, client: u32, node: Option<&Str>) -> Option<Key> {
    let pods = candidates(cx, service, node)?;
    let sticky = cx.store.get::<Service>(service)?.sticky;
    let now = cx.now;
    if sticky
        && let Some((pod, last)) = cx.memory.network.proxy.stuck.get_mut(&(service, client))
        && now.since(*last) < AFFINITY
        && pods.contains(pod)
    {
        *last = now;
        return Some(*pod);
    }
    let at = cx.memory.network.rng.below(pods.len() as u64) as usize;
    let pod = *pods.get(at)?;
    if sticky {
        cx.memory.network.proxy.stuck.insert((service, client), (pod, now));
    }
    Some(pod)
}

/// Whether a Service has an endpoint, on this node if one is given.
pub fn serves(cx: &Context, service: Key, node: Option<&Str>) -> bool {
    candidates(cx, service, node).is_some_and(|pods| !pods.is_empty())
}

fn candidates(cx: &Context, service: Key, node: Option<&Str>) -> Option<Rc<[Key]>> {
    let rules = cx.memory.network.proxy.rules.get(&service)?;
    let on_node = |list: &Rc<[Key]>| -> Rc<[Key]> {
        let there = |pod: &Key| cx.store.get::<Pod>(*pod).is_some_and(|p| p.node.as_ref() == node);
        if node.is_none() { Rc::clone(list) } else { list.iter().copied().filter(there).collect() }
    };
    let ready = on_node(&rules.ready);
    Some(if ready.is_empty() { on_node(&rules.ending) } else { ready })
}
