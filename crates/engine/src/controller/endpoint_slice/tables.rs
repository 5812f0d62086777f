//! Upstream's tables for EndpointSlices.

use super::tests::service;
use super::{endpoint, target_port};
use crate::object::{Deletion, Meta, Pod, PodSpec, ServicePort};
use crate::table::{run, same};
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;

#[test]
fn endpoints() {
    run(include_str!("../../../tests/tables/endpoint.txt"), |row| {
        let service = service(row.yes("publish"));
        let mut pod = Pod::new(Meta::named("default", "pod"), Rc::new(PodSpec::default()));
        pod.status.ready.status = row.text("pod").starts_with("ready");
        if row.text("pod").ends_with("terminating") {
            let at = SimTime::ZERO;
            pod.meta.deletion = Some(Deletion { at, requested: at, grace_seconds: 30 });
        }
        let hostname = row.list("hostname").first().copied();
        pod.hostname = hostname.map(Into::into);
        pod.subdomain = hostname.map(|_| service.meta.name.clone());
        let e = endpoint(&service, &pod);
        let want = ["ready", "serving", "terminating"].map(|n| row.yes(n));
        same([e.ready, e.serving, e.terminating], want)?;
        same(e.hostname.as_deref(), row.list("hostname_is").first().copied())
    });
}

/// `+` between containers, `;` between the ports of one: `name:number/protocol`.
fn containers(text: &str, sidecar: bool) -> Value {
    let port = |text: &str| {
        let (name, rest) = text.split_once(':').expect("a name");
        let (number, protocol) = rest.split_once('/').expect("a protocol");
        let number: i64 = number.parse().expect("a number");
        Value::object([("name", Value::from(name)), ("containerPort", number.into()), ("protocol", protocol.into())])
    };
    let container = |text: &str| {
        let ports = text.split(';').filter(|p| p.contains(':')).map(port);
        let mut container = Value::object([("ports", Value::array(ports))]);
        if sidecar && !text.starts_with("init") {
            container.make_map().insert("restartPolicy", "Always");
        }
        container
    };
    Value::array(text.split('+').filter(|t| *t != "-").map(container))
}

#[test]
fn ports() {
    run(include_str!("../../../tests/tables/endpoint-port.txt"), |row| {
        let mut raw = Value::default();
        raw.set_at(&["containers"], containers(row.text("containers"), false));
        raw.set_at(&["initContainers"], containers(row.text("inits"), true));
        let pod = Pod::new(Meta::named("default", "pod"), Rc::new(PodSpec { raw, ..PodSpec::default() }));
        let target = row.text("target");
        let target = target.parse::<i64>().map_or_else(|_| Value::from(target), Value::from);
        let port = ServicePort { name: "".into(), port: 80, target, protocol: "TCP".into(), node_port: 0 };
        same(target_port(&port, &pod), row.maybe("found"))
    });
}
