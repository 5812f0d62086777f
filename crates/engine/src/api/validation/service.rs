//! Services.

use super::Errors;
use crate::convert::read;
use podscope_schema::{Value, names};
use std::net::IpAddr;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

// upstream: pkg/apis/core/validation validateService
pub(super) fn service(errors: &mut Errors, spec: &Value) {
    let kind = spec.str_at(&["type"]).unwrap_or_default();
    let headless = spec.str_at(&["clusterIP"]) == Some("None");
    let ports = read::list(spec, "ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.required("spec.ports", "");
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
    if !TYPES.contains(&kind) {
        errors.unsupported("spec.type", &Value::from(kind).to_json(), &TYPES);
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
    if kind == "ExternalName" && spec.str_at(&["externalName"]).unwrap_or_default().is_empty() {
        errors.required("spec.externalName", "");
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
