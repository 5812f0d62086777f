//! Services and their endpoints.

use super::{Labels, Meta, Str};
use podscope_schema::Value;
use std::rc::Rc;

/// A Service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Metadata.
    pub meta: Meta,
    /// `spec.selector`; none means that endpoints are kept by hand.
    pub selector: Option<Labels>,
    /// `spec.clusterIP`: an address, `None` for a headless service, or empty for ExternalName.
    pub cluster_ip: Str,
    /// `spec.type`
    pub kind: Str,
    /// `spec.ports`: name, port, targetPort as written, protocol, nodePort (0 when none).
    pub ports: Vec<ServicePort>,
    /// `spec.publishNotReadyAddresses`
    pub publish_not_ready: bool,
    /// `spec.sessionAffinity: ClientIP`
    pub sticky: bool,
    /// The spec as written and defaulted.
    pub raw: Value,
}

impl Service {
    /// Whether it has no address of its own, only names for its pods.
    pub fn headless(&self) -> bool {
        &*self.cluster_ip == "None"
    }
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePort {
    /// `name`, or empty.
    pub name: Str,
    /// `port`
    pub port: i64,
    /// `targetPort`: a number or the name of a container's port.
    pub target: Value,
    /// `protocol`
    pub protocol: Str,
    /// `nodePort`, or 0.
    pub node_port: i64,
}

/// An EndpointSlice.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointSlice {
    /// Metadata; owned by the Service.
    pub meta: Meta,
    /// `endpoints`, shared between versions of the slice.
    pub endpoints: Vec<Rc<Endpoint>>,
    /// `ports`: name, number, protocol.
    pub ports: Vec<(Str, i64, Str)>,
}

/// One address behind a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `targetRef.name`: the pod.
    pub pod: Str,
    /// The pod's address, as in [`super::PodStatus::ip`].
    pub ip: u32,
    /// `nodeName`
    pub node: Option<Str>,
    /// `hostname`, in a headless service.
    pub hostname: Option<Str>,
    /// `conditions.ready`
    pub ready: bool,
    /// `conditions.serving`
    pub serving: bool,
    /// `conditions.terminating`
    pub terminating: bool,
}

/// Writes a pod address as dotted numbers.
pub fn ip_text(ip: u32) -> String {
    let [a, b, c, d] = ip.to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}
