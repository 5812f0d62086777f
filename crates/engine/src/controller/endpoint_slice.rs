//! The EndpointSlice controller: lists the pods behind each Service.
//!
//! Upstream computes a Service's whole list at each change; here only the pods that changed are looked at, so that
//! many pods becoming Ready one after another cost each a part of one slice.

use super::Controller;
use crate::api::Context;
use crate::object::{
    Endpoint, EndpointSlice, Key, Kind, Labels, Meta, Object, OwnerRef, Pod, Resource, Service, ServicePort, Str,
};
use podscope_schema::Value;
use podscope_schema::sorted::{SortedMap, SortedSet};
use std::rc::Rc;

/// The most endpoints of one slice: `--max-endpoints-per-slice`.
const MAX_ENDPOINTS: usize = 100;

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The Services with a selector, by namespace.
    selecting: SortedMap<Str, Vec<(Key, Labels)>>,
    /// What each of them has, and what changed behind it.
    services: SortedMap<Key, Behind>,
}

/// The slices of one Service.
#[derive(Clone, Debug, Default)]
struct Behind {
    /// All of it has to be looked at, because the Service or its slices changed.
    all: bool,
    /// The pods that changed.
    changed: SortedSet<Key>,
    /// Its slices.
    slices: SortedSet<Key>,
    /// In which slice a pod is.
    place: SortedMap<Key, Key>,
}

/// The ports of a slice: name, number, protocol.
type Ports = Vec<(Str, i64, Str)>;

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match old.or(new) {
        Some(Object::Pod(_)) => {
            observe_pod(cx, key, old.and_then(Pod::of), new.and_then(Pod::of));
        }
        Some(Object::Service(_)) => observe_service(cx, key, old.and_then(Service::of), new.and_then(Service::of)),
        Some(Object::EndpointSlice(slice)) if !matches!(cx.actor, crate::trace::Actor::EndpointSlice) => {
            let service = slice.meta.controller().map(|o| o.name.clone());
            let service = service.and_then(|s| cx.store.find(Kind::Service, &slice.meta.namespace, &s));
            if let Some((service, behind)) =
                service.and_then(|s| Some((s, cx.memory.endpoint_slice.services.get_mut(&s)?)))
            {
                behind.all = true;
                cx.enqueue(Controller::EndpointSlice, service);
            }
        }
        _ => {}
    }
}

// upstream: endpointslice/util podEndpointsChanged, GetServicesToUpdateOnPodChange
fn observe_pod(cx: &mut Context, key: Key, old: Option<&Rc<Pod>>, new: Option<&Rc<Pod>>) {
    let Some(namespace) = old.or(new).map(|p| &p.meta.namespace) else { return };
    if !cx.memory.endpoint_slice.selecting.contains_key(namespace) {
        return;
    }
    let (was, is) = (old.filter(|p| belongs(p)), new.filter(|p| belongs(p)));
    let same = match (was, is) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            a.status.ip == b.status.ip
                && a.is_ready() == b.is_ready()
                && a.meta.deleting() == b.meta.deleting()
                && a.meta.uid == b.meta.uid
                && a.node == b.node
                && a.hostname == b.hostname
                && a.subdomain == b.subdomain
                && a.meta.labels == b.meta.labels
        }
        _ => false,
    };
    if same {
        return;
    }
    let memory = &mut cx.memory.endpoint_slice;
    let mut concerned: Vec<Key> = Vec::new();
    for (service, selector) in memory.selecting.get(namespace).into_iter().flatten() {
        let selects = |p: &Rc<Pod>| selector.iter().all(|(k, v)| p.meta.labels.get(k) == Some(v));
        if was.is_some_and(selects) || is.is_some_and(selects) {
            memory.services.entry(*service).or_default().changed.insert(key);
            concerned.push(*service);
        }
    }
    for service in concerned {
        cx.enqueue(Controller::EndpointSlice, service);
    }
}

fn observe_service(cx: &mut Context, key: Key, old: Option<&Rc<Service>>, new: Option<&Rc<Service>>) {
    let memory = &mut cx.memory.endpoint_slice;
    if let Some(old) = old
        && let Some(list) = memory.selecting.get_mut(&old.meta.namespace)
    {
        list.retain(|(k, _)| *k != key);
        if list.is_empty() {
            memory.selecting.remove(&old.meta.namespace);
        }
    }
    match new {
        Some(service) => {
            if let Some(selector) = &service.selector
                && !selector.is_empty()
                && &*service.kind != "ExternalName"
            {
                let list = memory.selecting.entry(service.meta.namespace.clone()).or_default();
                list.push((key, selector.clone()));
                memory.services.entry(key).or_default().all = true;
                cx.enqueue(Controller::EndpointSlice, key);
            }
        }
        None => {
            memory.services.remove(&key);
        }
    }
}

/// Whether a pod is an endpoint of the Services that select it, ready or not.
// upstream: endpointslice/util ShouldPodBeInEndpoints
const fn belongs(pod: &Pod) -> bool {
    pod.status.ip != 0 && !pod.is_terminal()
}

/// Brings the slices of the Service at `key` up to date with its pods.
// upstream: endpointslice Reconciler.reconcileByAddressType
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(service) = cx.get::<Service>(key) else { return };
    let Some(selector) = service.selector.clone().filter(|s| !s.is_empty()) else { return };
    let mut behind = cx.memory.endpoint_slice.services.remove(&key).unwrap_or_default();
    let all = std::mem::take(&mut behind.all);
    if all {
        look_again(cx, &service, &mut behind);
    }
    let changed = std::mem::take(&mut behind.changed);
    let mut edits: SortedMap<Key, EndpointSlice> = SortedMap::new();
    let mut homeless: Vec<(Key, Rc<Endpoint>, Rc<Ports>)> = Vec::new();
    let mut ports = PortFinder { of: None };
    for pod_key in changed {
        let selected = cx.store.get::<Pod>(pod_key).filter(|p| {
            belongs(p)
                && p.meta.namespace == service.meta.namespace
                && selector.iter().all(|(k, v)| p.meta.labels.get(k) == Some(v))
        });
        let wanted = selected.map(|pod| (Rc::new(endpoint(&service, pod)), ports.find(&service, pod)));
        if let Some(&at) = behind.place.get(&pod_key) {
            let name = &cx.store.name(pod_key).name;
            let Some(slice) = editable(cx, &mut edits, at) else { continue };
            let index = slice.endpoints.iter().position(|e| e.pod == *name);
            match (wanted, index) {
                (Some((endpoint, ports)), Some(index)) if *ports == slice.ports => slice.endpoints[index] = endpoint,
                (wanted, index) => {
                    if let Some(index) = index {
                        slice.endpoints.remove(index);
                    }
                    behind.place.remove(&pod_key);
                    homeless.extend(wanted.map(|(endpoint, ports)| (pod_key, endpoint, ports)));
                }
            }
        } else {
            homeless.extend(wanted.map(|(endpoint, ports)| (pod_key, endpoint, ports)));
        }
    }
    place(cx, &service, &mut behind, &mut edits, homeless);
    finish(cx, &service, &mut behind, edits, all);
    // Writing slices woke nobody here: what changed meanwhile is kept.
    let newer = cx.memory.endpoint_slice.services.remove(&key).unwrap_or_default();
    behind.changed.extend(newer.changed);
    cx.memory.endpoint_slice.services.insert(key, behind);
}

/// The version of a slice that is being made, begun now as a copy of the stored one.
fn editable<'a>(cx: &Context, edits: &'a mut SortedMap<Key, EndpointSlice>, at: Key) -> Option<&'a mut EndpointSlice> {
    if !edits.contains_key(&at) {
        edits.insert(at, EndpointSlice::clone(cx.store.get(at)?));
    }
    edits.get_mut(&at)
}

/// Finds the slices that the Service has, and marks all pods that are or should be in them.
fn look_again(cx: &Context, service: &Service, behind: &mut Behind) {
    behind.slices.clear();
    behind.place.clear();
    for &at in cx.store.owned_by(service.meta.uid) {
        let Some(slice) = cx.store.get::<EndpointSlice>(at).filter(|s| !s.meta.deleting()) else { continue };
        behind.slices.insert(at);
        for endpoint in &slice.endpoints {
            if let Some(pod) = cx.store.find(Kind::Pod, &service.meta.namespace, &endpoint.pod) {
                behind.place.insert(pod, at);
            }
        }
    }
    behind.changed.extend(behind.place.keys().copied());
    behind.changed.extend(cx.store.in_namespace(Kind::Pod, &service.meta.namespace).iter().copied());
}

/// Puts endpoints into the fullest slice that has room, or into new slices.
// upstream: endpointslice Reconciler.reconcileByPortMapping
fn place(
    cx: &mut Context,
    service: &Service,
    behind: &mut Behind,
    edits: &mut SortedMap<Key, EndpointSlice>,
    homeless: Vec<(Key, Rc<Endpoint>, Rc<Ports>)>,
) {
    let mut target: Option<Key> = None;
    for (pod, endpoint, ports) in homeless {
        let fits = |slice: &EndpointSlice| {
            slice.endpoints.is_empty() || (slice.endpoints.len() < MAX_ENDPOINTS && slice.ports == *ports)
        };
        let look = |at: Key| edits.get(&at).or_else(|| cx.store.get::<EndpointSlice>(at).map(|s| &**s));
        let good = target.filter(|&at| look(at).is_some_and(fits)).or_else(|| {
            let roomy = behind.slices.iter().copied().filter_map(|at| Some((look(at).filter(|s| fits(s))?, at)));
            roomy.max_by_key(|(slice, at)| (slice.endpoints.len(), std::cmp::Reverse(*at))).map(|(_, at)| at)
        });
        let at = match good {
            Some(at) => at,
            None => match cx.create(empty_slice(service, Ports::clone(&ports))) {
                Ok(at) => {
                    behind.slices.insert(at);
                    at
                }
                Err(_) => continue,
            },
        };
        target = Some(at);
        let Some(slice) = editable(cx, edits, at) else { continue };
        if slice.endpoints.is_empty() {
            slice.ports.clone_from(&ports);
        }
        slice.endpoints.push(endpoint);
        behind.place.insert(pod, at);
    }
}

/// Writes the changed slices; an empty one goes, unless it is the last.
fn finish(cx: &mut Context, service: &Service, behind: &mut Behind, edits: SortedMap<Key, EndpointSlice>, all: bool) {
    for (at, mut slice) in edits {
        if slice.endpoints.is_empty() && behind.slices.len() > 1 {
            behind.slices.remove(&at);
            cx.remove(at);
            continue;
        }
        if slice.endpoints.is_empty() {
            slice.ports.clear();
        }
        let Some(old) = cx.store.get::<EndpointSlice>(at) else { continue };
        if old.endpoints == slice.endpoints && old.ports == slice.ports {
            continue;
        }
        slice.meta.generation += 1;
        cx.put(at, Rc::new(slice).wrap());
    }
    if behind.slices.is_empty()
        && let Ok(at) = cx.create(empty_slice(service, Ports::new()))
    {
        behind.slices.insert(at);
    } else if all {
        let labels = slice_labels(service);
        for at in behind.slices.clone() {
            cx.update::<EndpointSlice>(at, |slice| slice.meta.labels.clone_from(&labels));
        }
    }
}

// upstream: endpointslice newEndpointSlice
fn empty_slice(service: &Service, ports: Ports) -> EndpointSlice {
    let meta = Meta {
        namespace: service.meta.namespace.clone(),
        generate_name: Some(format!("{}-", service.meta.name).into()),
        labels: slice_labels(service),
        owners: vec![OwnerRef {
            api_version: "v1".into(),
            kind: "Service".into(),
            name: service.meta.name.clone(),
            uid: service.meta.uid,
            controller: true,
            block_owner_deletion: true,
        }]
        .into(),
        ..Meta::default()
    };
    EndpointSlice { meta, endpoints: Vec::new(), ports }
}

// upstream: endpointslice setEndpointSliceLabels
fn slice_labels(service: &Service) -> Labels {
    let mut labels = service.meta.labels.clone();
    if service.headless() {
        labels.set("service.kubernetes.io/headless", "");
    }
    labels.set("kubernetes.io/service-name", service.meta.name.clone());
    labels.set("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
    labels
}

// upstream: endpointslice podToEndpoint
fn endpoint(service: &Service, pod: &Pod) -> Endpoint {
    let (serving, terminating) = (pod.is_ready(), pod.meta.deleting());
    let named = pod.subdomain.as_ref() == Some(&service.meta.name);
    Endpoint {
        pod: pod.meta.name.clone(),
        ip: pod.status.ip,
        node: pod.node.clone(),
        hostname: pod.hostname.clone().filter(|h| named && !h.is_empty()),
        ready: service.publish_not_ready || (serving && !terminating),
        serving,
        terminating,
    }
}

/// Finds ports; the pods of one template share the answer.
struct PortFinder {
    of: Option<(Rc<crate::object::PodSpec>, Rc<Ports>)>,
}

impl PortFinder {
    // upstream: endpointslice getEndpointPorts
    fn find(&mut self, service: &Service, pod: &Pod) -> Rc<Ports> {
        if let Some((spec, ports)) = &self.of
            && Rc::ptr_eq(spec, &pod.spec)
        {
            return Rc::clone(ports);
        }
        let one = |p: &ServicePort| Some((p.name.clone(), target_port(p, pod)?, p.protocol.clone()));
        let ports = Rc::new(service.ports.iter().filter_map(one).collect());
        self.of = Some((Rc::clone(&pod.spec), Rc::clone(&ports)));
        ports
    }
}

/// The number of the container port that a Service's port leads to.
// upstream: api/v1/pod FindPort
pub fn target_port(port: &ServicePort, pod: &Pod) -> Option<i64> {
    let Some(name) = port.target.as_str() else {
        return Some(port.target.as_i64().filter(|n| *n != 0).unwrap_or(port.port));
    };
    let list = |field| pod.spec.raw.get(field).into_iter().flat_map(Value::items);
    let sidecars = list("initContainers").filter(|c| c.str_at(&["restartPolicy"]) == Some("Always"));
    list("containers")
        .chain(sidecars)
        .flat_map(|c| c.get("ports").into_iter().flat_map(Value::items))
        .find(|p| p.str_at(&["name"]) == Some(name) && p.str_at(&["protocol"]).unwrap_or("TCP") == &*port.protocol)
        .and_then(|p| p.get("containerPort")?.as_i64())
}

#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;
