//! Where requests get in: at a Service's address, at a port of a node, through a load balancer, or by a pod's name.
//!
//! * **ClusterIP**: what kube-proxy does on the client's own node.
//! * **NodePort**: a client takes any node's address. A node that is gone does not answer.
//! * **LoadBalancer**: the same, but the balancer knows which nodes are Ready and, with `externalTrafficPolicy: Local`, which
//!   have an endpoint. Whether the Service has got an address is for a cloud to say, and there is none.
//! * **A headless Service**: any of the addresses of its name, or of `podscope.dev/client-host` below it, such as `web-0`. A name
//!   without an address is remembered for as long as `CoreDNS`' cache does.

use super::{dns, proxy, traffic};
use crate::api::Context;
use crate::object::{Key, Kind, Node, Service, Str};
use std::rc::Rc;
use std::time::Duration;

/// For how long a name that had no address is not asked again.
// upstream: CoreDNS' Corefile in kubeadm and kubespray: `cache 30`
const NEGATIVE: Duration = Duration::from_secs(30);

/// What is met at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// This pod gets the request.
    Pod(Key),
    /// Nobody is behind it.
    Refused,
    /// Nothing comes back.
    Silence,
}

/// Who gets a request of `client` to a Service.
pub fn enter(cx: &mut Context, service: Key, client: u32) -> Entry {
    let Some(found) = cx.get::<Service>(service) else { return Entry::Refused };
    if found.headless() {
        return by_name(cx, service, &found);
    }
    let balanced = &*found.kind == "LoadBalancer";
    if !balanced && &*found.kind != "NodePort" {
        return behind(proxy::choose(cx, service, client, None));
    }
    let local = found.raw.str_at(&["externalTrafficPolicy"]) == Some("Local");
    let known = |name: &Str, node: &Node| {
        !balanced || (node.ready == Some(true) && (!local || proxy::serves(cx, service, Some(name))))
    };
    let nodes = cx.store.list::<Node>(Kind::Node).map(|(_, node)| (&node.meta.name, node));
    let nodes: Vec<(Str, bool)> =
        nodes.filter(|(n, node)| known(n, node)).map(|(n, node)| (n.clone(), node.alive)).collect();
    let at = cx.memory.network.rng.below(nodes.len() as u64) as usize;
    match nodes.get(at) {
        // A balancer without a node that is well accepts nothing.
        None => Entry::Refused,
        Some((_, false)) => Entry::Silence,
        Some((node, true)) if local => match proxy::choose(cx, service, client, Some(node)) {
            Some(pod) => Entry::Pod(pod),
            // The node drops what it has no endpoint for, unless nobody has one.
            // upstream: proxy/iptables writeServiceToEndpointRules, externalPolicyLocal: "has no local endpoints"
            None if proxy::serves(cx, service, None) => Entry::Silence,
            None => Entry::Refused,
        },
        Some(_) => behind(proxy::choose(cx, service, client, None)),
    }
}

fn behind(pod: Option<Key>) -> Entry {
    pod.map_or(Entry::Refused, Entry::Pod)
}

fn by_name(cx: &mut Context, key: Key, service: &Rc<Service>) -> Entry {
    let now = cx.now;
    if cx.memory.network.unknown.get(&key).is_some_and(|until| now < *until) {
        return Entry::Refused;
    }
    let namespace = &service.meta.namespace;
    let mut pods = dns::published(cx, key, namespace);
    if let Some(host) = traffic::note(&service.meta.annotations, "client-host") {
        pods.retain(|e| dns::host_of(e) == host);
    }
    if pods.is_empty() {
        cx.memory.network.unknown.insert(key, now + NEGATIVE);
        return Entry::Refused;
    }
    let at = cx.memory.network.rng.below(pods.len() as u64) as usize;
    behind(pods.get(at).and_then(|e| cx.store.find(Kind::Pod, namespace, &e.pod)))
}
