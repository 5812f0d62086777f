//! Services' addresses and names, and the requests that go to them.

pub mod dns;
mod entry;
#[cfg(test)]
mod entry_tests;
mod histogram;
pub mod proxy;
mod tally;
pub mod traffic;
#[cfg(test)]
mod traffic_tests;

pub use histogram::Histogram;

use crate::DATA;
use crate::api::Context;
use crate::object::{Key, Kind, Object, Resource as _, Service, Str, ip_text};
use crate::time::{Rng, SimTime};
use podscope_schema::sorted::{SortedMap, SortedSet};
use std::rc::Rc;

/// What the network remembers: addresses that were given out, the proxies' rules, requests under way.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The last cluster IP given out, counted from 10.96.0.0.
    pub next_cluster_ip: u32,
    proxy: proxy::Memory,
    traffic: traffic::Memory,
    /// Names that had no address, and until when clients remember that.
    unknown: SortedMap<Key, SimTime>,
    /// The chance that requests take: how many there are must not change the names of pods.
    rng: Rng,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            next_cluster_ip: 0,
            proxy: proxy::Memory::default(),
            traffic: traffic::Memory::default(),
            unknown: SortedMap::new(),
            rng: Rng::new(0),
        }
    }
}

/// Follows what the change of the object at `key` means to clients and proxies.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    if !crate::TRAFFIC {
        return;
    }
    match new.or(old) {
        Some(Object::Service(_)) => traffic::observe(cx, key, new.and_then(Service::of)),
        Some(Object::EndpointSlice(slice)) if traffic::any(cx) || (DATA && crate::app::client::any(cx)) => {
            let owner = slice.meta.controller().map(|o| Rc::clone(&o.name));
            let service = owner.and_then(|name| cx.store.find(Kind::Service, &slice.meta.namespace, &name));
            if let Some(service) = service.filter(|s| traffic::wanted(cx, *s) || (DATA && crate::app::client::any(cx)))
            {
                proxy::changed(cx, service);
            }
        }
        Some(Object::Pod(_)) if new.is_none() => traffic::forget(cx, key),
        _ => {}
    }
}

/// The first address of the Services' range, 10.96.0.0/16.
const SERVICES: u32 = 0x0a60_0000;

/// Gives a new Service its address and its node ports, as far as it needs them and did not ask for certain ones.
// upstream: registry/core/service/storage Allocators.allocateCreate
pub fn allocate(cx: &mut Context, service: &mut Service) {
    if &*service.kind == "ExternalName" {
        return;
    }
    if service.cluster_ip.is_empty() {
        service.cluster_ip = next_cluster_ip(cx);
    }
    if matches!(&*service.kind, "NodePort" | "LoadBalancer") {
        let services = cx.store.list::<Service>(Kind::Service);
        let taken = services.flat_map(|(_, s)| &s.ports).chain(&service.ports).map(|p| p.node_port);
        let mut taken: SortedSet<i64> = taken.collect();
        for port in service.ports.iter_mut().filter(|p| p.node_port == 0) {
            // Upstream draws at random and tries again when the port is taken.
            let start = i64::try_from(cx.rng.below(2768)).unwrap_or_default();
            let free = (0..2768).map(|n| 30_000 + (start + n) % 2768).find(|n| !taken.contains(n));
            port.node_port = free.unwrap_or_default();
            taken.insert(port.node_port);
        }
    }
}

fn next_cluster_ip(cx: &mut Context) -> Str {
    let taken: SortedSet<Str> = cx.store.list::<Service>(Kind::Service).map(|(_, s)| s.cluster_ip.clone()).collect();
    loop {
        // A stride that shares no factor with the range: addresses look drawn, and none comes twice before all came.
        cx.memory.network.next_cluster_ip = (cx.memory.network.next_cluster_ip + 25_717) & 0xffff;
        let low = cx.memory.network.next_cluster_ip;
        // 10.96.0.1 is the API server's, 10.96.0.10 the DNS server's.
        if low <= 10 || low == 0xffff {
            continue;
        }
        let text: Str = ip_text(SERVICES | low).into();
        if !taken.contains(&text) {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::object::{Meta, ServicePort};
    use podscope_schema::Value;

    fn service(name: &str, kind: &str, ip: &str) -> Service {
        let port = |port| ServicePort {
            name: Str::default(),
            port,
            target: Value::Null,
            protocol: "TCP".into(),
            node_port: 0,
        };
        Service {
            meta: Meta::named("default", name),
            selector: None,
            cluster_ip: ip.into(),
            kind: kind.into(),
            ports: vec![port(80), port(81)],
            publish_not_ready: false,
            sticky: false,
            raw: Value::Null,
        }
    }

    #[test]
    fn addresses_are_given_once() {
        let mut cx = Context::new(Config::default());
        let mut addresses = SortedSet::new();
        let mut ports = SortedSet::new();
        for n in 0..300 {
            let key = cx.create(service(&format!("s{n}"), "NodePort", "")).unwrap();
            let service = cx.get::<Service>(key).unwrap();
            assert!(service.cluster_ip.starts_with("10.96.") && addresses.insert(service.cluster_ip.clone()));
            assert!(service.ports.iter().all(|p| (30_000..32_768).contains(&p.node_port) && ports.insert(p.node_port)));
        }
    }

    #[test]
    fn what_was_asked_for_stays() {
        let mut cx = Context::new(Config::default());
        for (kind, asked) in [("ClusterIP", "None"), ("ClusterIP", "10.96.0.80"), ("ExternalName", "")] {
            let key = cx.create(service(&format!("x{}", asked.len()), kind, asked)).unwrap();
            assert_eq!(&*cx.get::<Service>(key).unwrap().cluster_ip, asked);
        }
    }
}
