//! `create service …`.

use super::{empty, finish, list, meta, name, object, required};
use crate::flag::Args;
use crate::{Failure, Next, Session};
use podscope_schema::{Map, Value};

/// A port pair: `80` or `80:8080` or `80:http`.
// upstream: create_service.go parsePorts
fn port(pair: &str) -> Result<(i64, Value), Failure> {
    let (port, target) = pair.split_once(':').unwrap_or((pair, pair));
    let number = |text: &str| {
        text.parse::<i64>().map_err(|_| format!("error: strconv.ParseInt: parsing {text:?}: invalid syntax"))
    };
    let port = number(port)?;
    if !(0..=65535).contains(&port) {
        return Err("error: must be between 0 and 65535, inclusive".into());
    }
    Ok((port, target.parse::<i64>().map_or_else(|_| Value::from(target), Value::from)))
}

fn service(s: &mut Session, args: &Args, verb: &str, kind: &str) -> Result<Next, Failure> {
    let (name, _) = name(args, verb)?;
    let cluster_ip = args.value("clusterip");
    let pairs = args.list("tcp");
    if kind == "ExternalName" {
        required(args, &["external-name"])?;
    } else if pairs.is_empty() && cluster_ip != "None" {
        return Err("error: at least one tcp port specifier must be provided".into());
    }
    let mut ports = Vec::new();
    for pair in pairs {
        let (number, target) = port(pair)?;
        let mut p = Map::new();
        p.insert("name", pair.replace(':', "-"));
        if let Some(node_port) = args.int("node-port").filter(|n| *n > 0) {
            p.insert("nodePort", node_port);
        }
        p.insert("port", number);
        p.insert("protocol", "TCP");
        p.insert("targetPort", target);
        ports.push(p.into());
    }
    let mut spec = Map::new();
    if !cluster_ip.is_empty() {
        spec.insert("clusterIP", cluster_ip);
    }
    if kind == "ExternalName" {
        spec.insert("externalName", args.value("external-name"));
    }
    if !ports.is_empty() {
        spec.insert("ports", list(ports));
    }
    spec.insert("selector", object([("app", name.into())]));
    spec.insert("type", kind);
    let value = object([
        ("apiVersion", "v1".into()),
        ("kind", "Service".into()),
        ("metadata", meta(args, name, Some(("app", name)))),
        ("spec", spec.into()),
        ("status", object([("loadBalancer", empty())])),
    ]);
    finish(s, args, value, "created", Some(&format!("failed to create {kind} service: ")))
}

/// `create service clusterip NAME --tcp=PORT[:TARGET] [--clusterip=None]`
pub fn clusterip(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service clusterip", "ClusterIP")
}

/// `create service nodeport NAME --tcp=PORT[:TARGET]`
pub fn nodeport(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service nodeport", "NodePort")
}

/// `create service loadbalancer NAME --tcp=PORT[:TARGET]`
pub fn loadbalancer(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service loadbalancer", "LoadBalancer")
}

/// `create service externalname NAME --external-name=HOST`
pub fn externalname(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service externalname", "ExternalName")
}
