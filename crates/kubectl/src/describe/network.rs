//! Services, endpoints and ingresses.

use super::World;
use super::text::Text;
use crate::print::read::{NONE, UNSET, labels, list, number, scalar, text, text_or};
use podscope_schema::Value;

fn joined(o: &Value, path: &[&str], between: &str) -> String {
    list(o, path).iter().map(scalar).collect::<Vec<_>>().join(between)
}

/// A Service, with its endpoints.
pub fn service(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.labels_and_annotations(o);
    w.row(0, "Selector", labels(o, &["spec", "selector"]));
    w.row(0, "Type", text(o, &["spec", "type"]));
    if o.at(&["spec", "ipFamilyPolicy"]).is_some() {
        w.row(0, "IP Family Policy", text(o, &["spec", "ipFamilyPolicy"]));
    }
    let or_none = |text: String| if text.is_empty() { NONE.to_owned() } else { text };
    w.row(0, "IP Families", or_none(joined(o, &["spec", "ipFamilies"], ",")));
    w.row(0, "IP", text(o, &["spec", "clusterIP"]));
    w.row(0, "IPs", or_none(joined(o, &["spec", "clusterIPs"], ",")));
    let mut optional = |title: &str, value: String| {
        if !value.is_empty() {
            w.row(0, title, value);
        }
    };
    optional("External IPs", joined(o, &["spec", "externalIPs"], ","));
    optional("Desired LoadBalancer IP", text(o, &["spec", "loadBalancerIP"]));
    optional("External Name", text(o, &["spec", "externalName"]));
    let ingress = list(o, &["status", "loadBalancer", "ingress"]);
    let ingress: Vec<String> = ingress.iter().map(|i| text_or(i, &["ip"], &text(i, &["hostname"]))).collect();
    optional("LoadBalancer Ingress", ingress.join(", "));
    let name = text(o, &["metadata", "name"]);
    let namespace = text(o, &["metadata", "namespace"]);
    let slices: Vec<Value> = world
        .list("endpointslices", Some(&namespace))
        .into_iter()
        .filter(|s| s.at(&["metadata", "labels"]).is_some_and(|l| text(l, &["kubernetes.io/service-name"]) == name))
        .collect();
    for port in list(o, &["spec", "ports"]) {
        let named = text(port, &["name"]);
        let shown = if named.is_empty() { UNSET } else { &named };
        let protocol = text(port, &["protocol"]);
        w.row(0, "Port", format!("{shown}\t{}/{protocol}", text(port, &["port"])));
        w.row(0, "TargetPort", format!("{}/{protocol}", text(port, &["targetPort"])));
        if port.get("appProtocol").is_some() {
            w.row(0, "AppProtocol", text(port, &["appProtocol"]));
        }
        if number(port, &["nodePort"]) != 0 {
            w.row(0, "NodePort", format!("{shown}\t{}/{protocol}", text(port, &["nodePort"])));
        }
        w.row(0, "Endpoints", addresses(&slices, &named));
    }
    w.row(0, "Session Affinity", text(o, &["spec", "sessionAffinity"]));
    for (title, field) in [
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
    ] {
        let value = text(o, &["spec", field]);
        if !value.is_empty() && value != "0" {
            w.row(0, title, value);
        }
    }
    let ranges = joined(o, &["spec", "loadBalancerSourceRanges"], ",");
    if !ranges.is_empty() {
        w.row(0, "LoadBalancer Source Ranges", ranges);
    }
    let distribution = text(o, &["spec", "trafficDistribution"]);
    if !distribution.is_empty() {
        w.row(0, "Traffic Distribution", distribution);
    }
}

/// The ready addresses of slices, for the port of this name.
// upstream: formatEndpointSlices
fn addresses(slices: &[Value], port: &str) -> String {
    let mut all = Vec::new();
    for slice in slices {
        let ready = |e: &&Value| e.at(&["conditions", "ready"]).and_then(Value::as_bool) != Some(false);
        let ips = list(slice, &["endpoints"]).iter().filter(ready).filter_map(|e| list(e, &["addresses"]).first());
        let ports = list(slice, &["ports"]);
        if ports.is_empty() {
            all.extend(ips.map(scalar));
            continue;
        }
        for p in ports.iter().filter(|p| text(p, &["name"]) == port) {
            all.extend(ips.clone().map(|ip| format!("{}:{}", scalar(ip), text(p, &["port"]))));
        }
    }
    match all.len() {
        _ if slices.is_empty() => NONE.into(),
        n if n > 3 => format!("{} + {} more...", all[..3].join(","), n - 3),
        _ => all.join(","),
    }
}

/// Endpoints.
pub fn endpoints(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    w.line(0, "Subsets:");
    for subset in list(o, &["subsets"]) {
        let ips = |key: &str| {
            let all: Vec<String> = list(subset, &[key]).iter().map(|a| text(a, &["ip"])).collect();
            if all.is_empty() { NONE.to_owned() } else { all.join(",") }
        };
        w.row(1, "Addresses", ips("addresses"));
        w.row(1, "NotReadyAddresses", ips("notReadyAddresses"));
        let ports = list(subset, &["ports"]);
        if !ports.is_empty() {
            w.line(1, "Ports:");
            w.line(2, "Name\tPort\tProtocol");
            w.line(2, "----\t----\t--------");
        }
        for p in ports {
            w.line(2, format!("{}\t{}\t{}", text_or(p, &["name"], UNSET), text(p, &["port"]), text(p, &["protocol"])));
        }
        w.line(0, "");
    }
}

/// An EndpointSlice.
pub fn endpoint_slice(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    w.row(0, "AddressType", text(o, &["addressType"]));
    let ports = list(o, &["ports"]);
    if ports.is_empty() {
        w.line(0, "Ports: <unset>");
    } else {
        w.line(0, "Ports:");
        w.line(1, "Name\tPort\tProtocol");
        w.line(1, "----\t----\t--------");
    }
    for p in ports {
        let (name, number) = (text_or(p, &["name"], UNSET), text_or(p, &["port"], UNSET));
        w.line(1, format!("{name}\t{number}\t{}", text(p, &["protocol"])));
    }
    let all = list(o, &["endpoints"]);
    w.line(0, if all.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for e in all {
        let addresses = joined(e, &["addresses"], ", ");
        w.line(1, format!("- Addresses:\t{}", if addresses.is_empty() { NONE } else { &addresses }));
        w.line(2, "Conditions:");
        w.row(3, "Ready", text_or(e, &["conditions", "ready"], UNSET));
        w.row(2, "Hostname", text_or(e, &["hostname"], UNSET));
        if let Some(target) = e.get("targetRef") {
            w.row(2, "TargetRef", format!("{}/{}", text(target, &["kind"]), text(target, &["name"])));
        }
        w.row(2, "NodeName", text_or(e, &["nodeName"], UNSET));
        w.row(2, "Zone", text_or(e, &["zone"], UNSET));
    }
}

/// An Ingress.
pub fn ingress(w: &mut Text, o: &Value) {
    w.row(0, "Name", text(o, &["metadata", "name"]));
    w.labels("", "Labels", o, &["metadata", "labels"]);
    w.row(0, "Namespace", text(o, &["metadata", "namespace"]));
    let balancer = list(o, &["status", "loadBalancer", "ingress"]);
    let balancer: Vec<String> = balancer.iter().map(|i| text_or(i, &["ip"], &text(i, &["hostname"]))).collect();
    w.row(0, "Address", balancer.join(","));
    w.row(0, "Ingress Class", text_or(o, &["spec", "ingressClassName"], NONE));
    let backend = |b: &Value| {
        let port = text_or(b, &["service", "port", "number"], &text(b, &["service", "port", "name"]));
        format!("{}:{port}", text(b, &["service", "name"]))
    };
    let default = o.at(&["spec", "defaultBackend"]);
    w.row(0, "Default backend", default.map_or_else(|| "<default>".into(), backend));
    for (i, tls) in list(o, &["spec", "tls"]).iter().enumerate() {
        if i == 0 {
            w.line(0, "TLS:");
        }
        let secret = text(tls, &["secretName"]);
        let hosts = joined(tls, &["hosts"], ",");
        w.line(
            1,
            if secret.is_empty() { format!("SNI routes {hosts}") } else { format!("{secret} terminates {hosts}") },
        );
    }
    w.line(0, "Rules:\n  Host\tPath\tBackends");
    w.line(1, "----\t----\t--------");
    for rule in list(o, &["spec", "rules"]) {
        w.line(1, format!("{}\t", text_or(rule, &["host"], "*")));
        for path in list(rule, &["http", "paths"]) {
            let target = path.get("backend").map(backend).unwrap_or_default();
            w.line(1, format!("  \t{} \t{target}", text_or(path, &["path"], "/")));
        }
    }
    w.annotations("Annotations", o, &["metadata", "annotations"]);
}
