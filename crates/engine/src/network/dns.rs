//! Cluster DNS: which addresses a name stands for, as CoreDNS' kubernetes plugin answers.
//!
//! Answers follow the EndpointSlices: a headless Service has an A record for each address that is ready (all of them
//! when it publishes those that are not), under its own name and, where a pod has a hostname, under that too.

use crate::api::Context;
use crate::object::{Endpoint, EndpointSlice, Key, Kind, Service, Str, ip_text};
use std::rc::Rc;

/// The cluster's domain.
const DOMAIN: &str = "cluster.local";
/// `ndots` of a pod's resolv.conf: names with fewer dots are tried below the search domains first.
const NDOTS: usize = 5;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The whole name that had an answer.
    pub name: String,
    /// What is there.
    pub data: Data,
}

/// The records of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// The address of a Service.
    Service(Key, Str),
    /// Pods' addresses, of a headless Service: none when no pod of it is ready.
    Pods(Vec<Rc<Endpoint>>),
    /// Another name, of a Service of type ExternalName.
    Elsewhere(String),
    /// SRV records: port and host name.
    Ports(Vec<(i64, String)>),
}

impl Answer {
    /// The addresses, as text.
    pub fn addresses(&self) -> Vec<String> {
        match &self.data {
            Data::Service(_, ip) => vec![ip.to_string()],
            Data::Pods(pods) => pods.iter().map(|p| ip_text(p.ip)).collect(),
            Data::Elsewhere(_) | Data::Ports(_) => Vec::new(),
        }
    }
}

/// Resolves `name` for a pod in `namespace`; none is NXDOMAIN.
///
/// Follows a pod's resolv.conf: `<namespace>.svc.cluster.local`, `svc.cluster.local` and `cluster.local` are searched,
/// `ndots` is 5. A trailing dot makes the name absolute.
pub fn resolve(cx: &Context, namespace: &str, name: &str) -> Option<Answer> {
    if let Some(absolute) = name.strip_suffix('.') {
        return lookup(cx, absolute);
    }
    let below = |domain: &str| lookup(cx, &format!("{name}.{domain}"));
    let search = || {
        below(&format!("{namespace}.svc.{DOMAIN}"))
            .or_else(|| below(&format!("svc.{DOMAIN}")))
            .or_else(|| below(DOMAIN))
    };
    if name.matches('.').count() < NDOTS {
        search().or_else(|| lookup(cx, name))
    } else {
        lookup(cx, name).or_else(search)
    }
}

/// The records of a whole name.
// upstream: coredns plugin/kubernetes parseRequest, findServices
fn lookup(cx: &Context, name: &str) -> Option<Answer> {
    let lower = name.to_ascii_lowercase();
    let inside = lower.strip_suffix(DOMAIN)?.strip_suffix(".svc.")?;
    let parts: Vec<&str> = inside.split('.').collect();
    let (labels, [service, namespace]) = parts.split_last_chunk::<2>()?;
    let service_key = cx.store.find(Kind::Service, namespace, service)?;
    let found = cx.store.get::<Service>(service_key)?;
    let data = match labels {
        [] if &*found.kind == "ExternalName" => Data::Elsewhere(external_name(found)?),
        [] if found.headless() => Data::Pods(published(cx, service_key, namespace)),
        [] => Data::Service(service_key, found.cluster_ip.clone()),
        [port, protocol] if port.starts_with('_') && protocol.starts_with('_') => {
            let ports = srv(cx, service_key, found, namespace, &port[1..], &protocol[1..]);
            Data::Ports(Some(ports).filter(|p| !p.is_empty())?)
        }
        [host] if found.headless() => {
            let mut pods = published(cx, service_key, namespace);
            pods.retain(|e| host_of(e) == *host);
            Data::Pods(Some(pods).filter(|p| !p.is_empty())?)
        }
        _ => return None,
    };
    Some(Answer { name: lower, data })
}

/// A pod's label under its headless Service: its hostname, else its address with dashes.
pub(super) fn host_of(endpoint: &Endpoint) -> String {
    endpoint.hostname.as_ref().map_or_else(|| ip_text(endpoint.ip).replace('.', "-"), ToString::to_string)
}

fn external_name(service: &Service) -> Option<String> {
    service.raw.get("externalName").and_then(|v| v.as_str()).map(str::to_owned)
}

/// The ready endpoints of a Service, in the order of their slices. A Service that publishes addresses which are not
/// ready has them marked ready in its slices.
pub fn published(cx: &Context, service: Key, namespace: &str) -> Vec<Rc<Endpoint>> {
    slices(cx, service, namespace).flat_map(|s| s.endpoints.iter().filter(|e| e.ready).map(Rc::clone)).collect()
}

/// The EndpointSlices that a Service owns.
pub fn slices<'a>(cx: &'a Context, service: Key, namespace: &str) -> impl Iterator<Item = &'a Rc<EndpointSlice>> {
    let uid = cx.store.get::<Service>(service).filter(|s| &*s.meta.namespace == namespace).map(|s| s.meta.uid);
    let keys = uid.into_iter().flat_map(|uid| cx.store.owned_by(uid).iter());
    keys.filter_map(|&key| cx.store.get::<EndpointSlice>(key))
}

fn srv(cx: &Context, key: Key, service: &Service, namespace: &str, port: &str, protocol: &str) -> Vec<(i64, String)> {
    let domain = format!("{}.{namespace}.svc.{DOMAIN}", service.meta.name);
    let fits = |name: &str, proto: &str| name == port && proto.eq_ignore_ascii_case(protocol);
    if !service.headless() {
        let ports = service.ports.iter().filter(|p| fits(&p.name, &p.protocol));
        return ports.map(|p| (p.port, domain.clone())).collect();
    }
    let mut records = Vec::new();
    for slice in slices(cx, key, namespace) {
        for (_, number, _) in slice.ports.iter().filter(|(name, _, proto)| fits(name, proto)) {
            let ready = slice.endpoints.iter().filter(|e| e.ready);
            records.extend(ready.map(|e| (*number, format!("{}.{domain}", host_of(e)))));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimTime;
    use crate::{Cluster, Config};

    const MANIFEST: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 3306}]}
---
apiVersion: v1
kind: Service
metadata: {name: mirror}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: busybox}]}
";

    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(Config::default());
        cluster.apply(MANIFEST).expect("the manifest is valid");
        while !cluster.advance_to(SimTime::from_millis(60_000), 10_000) {}
        cluster
    }

    #[test]
    fn names_resolve_as_coredns_answers() {
        let cluster = cluster();
        let count = |namespace: &str, name: &str| resolve(&cluster.cx, namespace, name).map(|a| a.addresses().len());
        for name in ["web", "web.default", "web.default.svc", "web.default.svc.cluster.local", "WEB"] {
            assert_eq!(count("default", name), Some(1), "{name}");
        }
        assert_eq!(count("default", "web.default.svc.cluster.local."), Some(1));
        assert_eq!(count("default", "web."), None, "an absolute name is not searched");
        assert_eq!(count("other", "web"), None, "a short name is of the pod's own namespace");
        assert_eq!(count("other", "web.default"), Some(1));
        assert_eq!(count("default", "db"), Some(2));
        assert_eq!(count("default", "db-0.db"), Some(1));
        assert_eq!(count("default", "db-7.db"), None);
        assert_eq!(count("default", "db-0.web"), None, "a Service with an address names no pods");
    }

    #[test]
    fn other_records() {
        let cluster = cluster();
        let data = |name: &str| resolve(&cluster.cx, "default", name).map(|a| a.data);
        assert_eq!(data("mirror"), Some(Data::Elsewhere("db.example.com".into())));
        let domain = |host: &str| format!("{host}.default.svc.cluster.local");
        assert_eq!(data("_http._tcp.web"), Some(Data::Ports(vec![(80, domain("web"))])));
        let Some(Data::Ports(mut hosts)) = data("_sql._tcp.db") else { panic!("no SRV records") };
        hosts.sort();
        assert_eq!(hosts, [(3306, domain("db-0.db")), (3306, domain("db-1.db"))]);
        assert_eq!(data("_sql._udp.db"), None);
    }

    #[test]
    fn a_pod_that_is_not_ready_has_no_name_unless_published() {
        for (publish, names) in [(false, None), (true, Some(1))] {
            let mut cluster = Cluster::new(Config::default());
            let ready = "    metadata: {labels: {app: db}}";
            let never = "    metadata: {labels: {app: db}, annotations: {podscope.dev/never-ready: \"true\"}}";
            let mut text = MANIFEST.replace(ready, never);
            if publish {
                text = text.replace("clusterIP: None,", "clusterIP: None, publishNotReadyAddresses: true,");
            }
            cluster.apply(&text).expect("the manifest is valid");
            while !cluster.advance_to(SimTime::from_millis(60_000), 10_000) {}
            let found = resolve(&cluster.cx, "default", "db-0.db").map(|a| a.addresses().len());
            assert_eq!(found, names, "publishNotReadyAddresses: {publish}");
            assert_eq!(resolve(&cluster.cx, "default", "db").map(|a| a.addresses().len()), Some(usize::from(publish)));
        }
    }
}
