//! Rows of Services, endpoints and ingresses.

use super::read::{NONE, UNSET, age, labels, list, name, number, scalar, text, text_or};
use podscope_schema::Value;
use podscope_schema::sort::sort;

/// How wide a load balancer's addresses may be, unless asked for wide.
const BALANCER: usize = 16;

/// The addresses of a load balancer.
fn balancer(o: &Value) -> String {
    let ingress = list(o, &["status", "loadBalancer", "ingress"]);
    let mut all: Vec<String> =
        ingress.iter().map(|i| text_or(i, &["ip"], &text(i, &["hostname"]))).filter(|a| !a.is_empty()).collect();
    sort(&mut all);
    all.dedup();
    let text = all.join(",");
    if text.len() > BALANCER { format!("{}...", &text[..BALANCER - 3]) } else { text }
}

fn external(o: &Value) -> String {
    let mut asked: Vec<String> = list(o, &["spec", "externalIPs"]).iter().map(scalar).collect();
    match &*text(o, &["spec", "type"]) {
        "ExternalName" => text(o, &["spec", "externalName"]),
        "LoadBalancer" => {
            let given = balancer(o);
            if !given.is_empty() {
                asked.insert(0, given);
            }
            if asked.is_empty() { "<pending>".into() } else { asked.join(",") }
        }
        "ClusterIP" | "NodePort" if asked.is_empty() => NONE.into(),
        "ClusterIP" | "NodePort" => asked.join(","),
        _ => "<unknown>".into(),
    }
}

/// Name, type, cluster IP, external IP, ports, age; wide: selector.
pub fn service(o: &Value, now: i64) -> Vec<String> {
    let port = |p: &Value| {
        let (number, node, protocol) = (text(p, &["port"]), number(p, &["nodePort"]), text(p, &["protocol"]));
        if node > 0 { format!("{number}:{node}/{protocol}") } else { format!("{number}/{protocol}") }
    };
    let ports: Vec<String> = list(o, &["spec", "ports"]).iter().map(port).collect();
    vec![
        name(o),
        text(o, &["spec", "type"]),
        list(o, &["spec", "clusterIPs"]).first().map_or_else(|| NONE.into(), scalar),
        external(o),
        if ports.is_empty() { NONE.into() } else { ports.join(",") },
        age(o, now),
        labels(o, &["spec", "selector"]),
    ]
}

/// The first three, and how many more there are.
fn some(all: &[String], none: &str) -> String {
    match all.len() {
        0 => none.into(),
        n if n > 3 => format!("{} + {} more...", all[..3].join(","), n - 3),
        _ => all.join(","),
    }
}

/// The addresses of Endpoints, of all ports or of the one of this name.
// upstream: printers/internalversion formatEndpoints
pub fn addresses(o: &Value, port: Option<&str>) -> String {
    let mut all = Vec::new();
    for subset in list(o, &["subsets"]) {
        let ips = list(subset, &["addresses"]).iter().map(|a| text(a, &["ip"]));
        let ports = list(subset, &["ports"]);
        if ports.is_empty() {
            all.extend(ips);
            continue;
        }
        for this in ports.iter().filter(|p| port.is_none_or(|name| text(p, &["name"]) == name)) {
            let number = text(this, &["port"]);
            all.extend(ips.clone().map(|ip| format!("{ip}:{number}")));
        }
    }
    some(&all, if list(o, &["subsets"]).is_empty() { NONE } else { "" })
}

/// Name, address type, ports, endpoints, age.
pub fn endpoint_slice(o: &Value, now: i64) -> Vec<String> {
    let port = |p: &Value| text_or(p, &["port"], &text_or(p, &["name"], "*"));
    let ports: Vec<String> = list(o, &["ports"]).iter().map(port).collect();
    let addresses: Vec<String> =
        list(o, &["endpoints"]).iter().flat_map(|e| list(e, &["addresses"])).map(scalar).collect();
    vec![name(o), text(o, &["addressType"]), some(&ports, UNSET), some(&addresses, UNSET), age(o, now)]
}

/// Name, class, hosts, address, ports, age.
pub fn ingress(o: &Value, now: i64) -> Vec<String> {
    let rules = list(o, &["spec", "rules"]);
    let hosts: Vec<String> = rules.iter().take(3).map(|r| text(r, &["host"])).filter(|h| !h.is_empty()).collect();
    let hosts = match (hosts.is_empty(), rules.len()) {
        (true, _) => "*".to_owned(),
        (false, n) if n > 3 => format!("{} + {} more...", hosts.join(","), n - 3),
        _ => hosts.join(","),
    };
    let ports = if list(o, &["spec", "tls"]).is_empty() { "80" } else { "80, 443" };
    let class = text_or(o, &["spec", "ingressClassName"], NONE);
    vec![name(o), class, hosts, balancer(o), ports.into(), age(o, now)]
}

/// Name, controller, parameters, age.
pub fn ingress_class(o: &Value, now: i64) -> Vec<String> {
    let parameters = o.at(&["spec", "parameters"]).map_or_else(
        || NONE.to_owned(),
        |p| {
            let group = text(p, &["apiGroup"]);
            let kind = text(p, &["kind"]);
            let kind = if group.is_empty() { kind } else { format!("{kind}.{group}") };
            format!("{kind}/{}", text(p, &["name"]))
        },
    );
    vec![name(o), text(o, &["spec", "controller"]), parameters, age(o, now)]
}
