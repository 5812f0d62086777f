//! Objects that the API shows and the engine does not store: the namespaces of every cluster, and Endpoints.

use crate::Session;
use podscope_engine::convert;
use podscope_engine::time::SimTime;
use podscope_schema::{Map, Value, lookup_kind};

/// A namespace that every cluster has.
pub fn namespace(s: &Session, name: &str) -> Value {
    let labels = Value::object([("kubernetes.io/metadata.name", Value::from(name))]);
    let meta = Value::object([
        ("creationTimestamp", Value::from(convert::timestamp(&s.cluster.cx, SimTime::ZERO))),
        ("labels", labels),
        ("name", name.into()),
    ]);
    let finalizers = Value::array([Value::from("kubernetes")]);
    Value::object([
        ("apiVersion", Value::from("v1")),
        ("kind", "Namespace".into()),
        ("metadata", meta),
        ("spec", Value::object([("finalizers", finalizers)])),
        ("status", Value::object([("phase", Value::from("Active"))])),
    ])
}

/// The Endpoints that mirror the EndpointSlices of Services.
// upstream: controller/endpoint syncService
pub fn endpoints(s: &Session, namespace: Option<&str>) -> Vec<Value> {
    let Some(slices) = lookup_kind("discovery.k8s.io/v1", "EndpointSlice") else { return Vec::new() };
    let mut out = Vec::new();
    for slice in s.list(slices, namespace) {
        let Some(service) = slice.value.str_at(&["metadata", "labels", "kubernetes.io/service-name"]) else { continue };
        let (mut ready, mut other) = (Vec::new(), Vec::new());
        for endpoint in slice.value.get("endpoints").map_or(&[][..], Value::items) {
            let mut address = Map::new();
            address.insert(
                "ip",
                endpoint.get("addresses").map_or(&[][..], Value::items).first().cloned().unwrap_or_default(),
            );
            for key in ["nodeName", "targetRef"] {
                if let Some(value) = endpoint.get(key) {
                    address.insert(key, value.clone());
                }
            }
            let is_ready = endpoint.at(&["conditions", "ready"]).and_then(Value::as_bool) != Some(false);
            if is_ready { &mut ready } else { &mut other }.push(Value::from(address));
        }
        let mut subset = Map::new();
        for (name, list) in [("addresses", ready), ("notReadyAddresses", other)] {
            if !list.is_empty() {
                subset.insert(name, list);
            }
        }
        let mut meta = Map::new();
        for key in ["creationTimestamp", "namespace"] {
            if let Some(value) = slice.value.at(&["metadata", key]) {
                meta.insert(key, value.clone());
            }
        }
        meta.insert("name", service);
        let mut object = Map::new();
        object.insert("apiVersion", "v1");
        object.insert("kind", "Endpoints");
        object.insert("metadata", Value::from(meta));
        if !subset.is_empty() {
            if let Some(ports) = slice.value.get("ports") {
                subset.insert("ports", ports.clone());
            }
            object.insert("subsets", Value::array([Value::from(subset)]));
        }
        out.push(object.into());
    }
    out
}
