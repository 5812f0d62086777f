//! Services.

use super::{Errors, traffic};
use crate::convert::read;
use podscope_schema::{Value, names};
use std::net::IpAddr;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

// upstream: pkg/apis/core/validation validateService
pub(super) fn service(errors: &mut Errors, spec: &Value, create: bool) {
    let kind = spec.str_at(&["type"]).unwrap_or_default();
    let headless = spec.str_at(&["clusterIP"]) == Some("None");
    let ports = read::list(spec, "ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.required("spec.ports", "");
    }
    if headless && matches!(kind, "LoadBalancer" | "NodePort") {
        let why = format!("may not be set to 'None' for {kind} services");
        errors.invalid("spec.clusterIPs[0]", &"None".into(), &why);
    }
    if kind == "ExternalName" {
        let name = spec.str_at(&["externalName"]).unwrap_or_default();
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() {
            errors.required("spec.externalName", "");
        } else {
            errors.names("spec.externalName", name, names::dns1123_subdomain(name));
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for (i, port) in ports.iter().enumerate() {
        let at = format!("spec.ports[{i}]");
        let name = port.str_at(&["name"]).unwrap_or_default();
        if name.is_empty() {
            if ports.len() > 1 {
                errors.required(&format!("{at}.name"), "");
            }
        } else {
            let found = names::dns1123_label(name);
            let fine = found.is_empty();
            errors.names(&format!("{at}.name"), name, found);
            if fine && seen.contains(&name) {
                errors.duplicate(&format!("{at}.name"), &Value::from(name).to_json());
            }
            seen.push(name);
        }
        let number = read::number(port, "port", 0);
        errors.numbers(&format!("{at}.port"), number);
        match port.str_at(&["protocol"]).unwrap_or_default() {
            "" => errors.required(&format!("{at}.protocol"), ""),
            p if PROTOCOLS.contains(&p) => {}
            p => errors.unsupported(&format!("{at}.protocol"), &Value::from(p).to_json(), &PROTOCOLS),
        }
        match port.get("targetPort") {
            Some(Value::Int(n)) => errors.numbers(&format!("{at}.targetPort"), *n),
            Some(Value::Str(s)) => errors.names(&format!("{at}.targetPort"), s, names::port_name(s)),
            _ => {}
        }
    }
    if let Some(selector) = spec.get("selector") {
        super::meta::label_map(errors, selector, "spec.selector");
    }
    let affinity = spec.str_at(&["sessionAffinity"]).unwrap_or_default();
    if !matches!(affinity, "ClientIP" | "None") {
        errors.unsupported("spec.sessionAffinity", &Value::from(affinity).to_json(), &["ClientIP", "None"]);
    }
    if crate::RARE {
        traffic::affinity(errors, spec);
        traffic::addresses(errors, spec);
    }
    if !TYPES.contains(&kind) {
        errors.unsupported("spec.type", &Value::from(kind).to_json(), &TYPES);
    }
    if crate::RARE {
        traffic::node_ports(errors, ports);
    }
    for (i, port) in ports.iter().enumerate() {
        let same =
            |p: &Value| p.get("port") == port.get("port") && read::text(p, "protocol") == read::text(port, "protocol");
        if ports[..i].iter().any(same) {
            // Only what makes a port the same is filled in.
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                Value::from(&read::text(port, "protocol")).to_json(),
                read::number(port, "port", 0)
            );
            errors.duplicate(&format!("spec.ports[{i}]"), &shown);
        }
    }
    if let Some(ip) = spec.str_at(&["clusterIP"]).filter(|ip| !ip.is_empty() && *ip != "None")
        && ip.parse::<IpAddr>().is_err()
    {
        let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        errors.invalid("spec.clusterIPs[0]", &ip.into(), why);
    }
    if crate::RARE && create {
        traffic::policies(errors, spec);
    }
    // What a type leaves behind is taken away before a change is looked at.
    for (i, port) in ports.iter().enumerate().filter(|_| create) {
        let (number, at) = (read::number(port, "nodePort", 0), format!("spec.ports[{i}].nodePort"));
        let fits = (30_000..=32_767).contains(&number);
        if number != 0 && kind == "ClusterIP" {
            errors.forbidden(&at, "may not be used when `type` is 'ClusterIP'");
        } else if number != 0 && !fits && errors.0.is_empty() {
            // upstream: registry/core/service/portallocator ErrNotInRange
            let why = "provided port is not in the valid range. The range of valid ports is 30000-32767";
            errors.invalid(&at, &number.into(), why);
        }
    }
}

impl Errors {
    /// A port's number.
    pub(super) fn numbers(&mut self, field: &str, port: i64) {
        for message in names::port_number(port) {
            self.invalid(field, &port.into(), &message);
        }
    }
}
