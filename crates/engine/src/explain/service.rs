//! Why a Service has the endpoints that it has.

use super::{Answer, Focus, Mood, Why, kubectl, n, pod};
use crate::controller::endpoint_slice::target_port;
use crate::object::{EndpointSlice, Key, Kind, Labels, Pod, Service, Str};
use podscope_schema::Value;
use std::rc::Rc;

fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(k, v)| labels.get(k) == Some(v))
}

fn labels_text(labels: &Labels) -> String {
    labels.iter().map(|(k, v)| say!("%=%", k, &**v)).collect::<Vec<_>>().join(",")
}

/// Why a Service has the endpoints that it has.
pub fn service(w: Why, service: &Service) -> Answer {
    let name = &service.meta.name;
    if &*service.kind == "ExternalName" {
        return Answer::new(Mood::Well, say!("% is an alias of a name outside; it has no endpoints.", name));
    }
    let Some(selector) = service.selector.as_ref().filter(|s| !s.is_empty()) else {
        return Answer::new(Mood::Well, say!("% has no selector: its endpoints are kept by hand.", name));
    };
    let in_place = w.cx.store.in_namespace(Kind::Pod, &service.meta.namespace).iter();
    let all: Vec<(Key, &Rc<Pod>)> = in_place.filter_map(|&k| Some((k, w.cx.store.get::<Pod>(k)?))).collect();
    let selected: Vec<_> = all.iter().filter(|(_, p)| selects(selector, &p.meta.labels)).collect();
    if selected.is_empty() {
        let text = say!("% has no endpoints: no pod has the labels %.", name, &labels_text(selector));
        return Answer::new(Mood::Stuck, text).command(reselect(w, service, selector));
    }
    let mut facts = Vec::new();
    let mut first = None;
    let mut ready = 0;
    for (key, pod) in &selected {
        match missing(w, service, pod) {
            None => ready += 1,
            Some(why) => {
                first = first.or(Some(*key));
                facts.push((pod.meta.name.clone(), why));
            }
        }
    }
    let total = selected.len() as i64;
    let numbers = say!("% of %", ready, total);
    let mut text = say!("%: % pods that its selector finds are ready endpoints.", name, &numbers);
    let mut answer = Answer::default();
    if let Some(port) = nameless_port(service, selected[0].1) {
        answer.mood = Mood::Stuck;
        text +=
            &say!(" No container has a port named %, its targetPort, so there is nowhere to send requests.", port.1);
        answer.command = retarget(service, selected[0].1, port.0);
    } else if let Some((pod, why)) = facts.first() {
        answer.mood = if ready == 0 { Mood::Stuck } else { Mood::Waiting };
        text += &say!(" % is not: %.", pod, why);
    }
    if service.publish_not_ready {
        text += " It publishes addresses that are not Ready, too.";
    }
    answer.text = text;
    if let Some(key) = first {
        let pod = w.cx.store.get::<Pod>(key);
        let more = pod.map(|p| pod::pod(w, key, p)).unwrap_or_default();
        answer.command = answer.command.or(more.command);
        answer.focus = Some(Focus::Last(key));
    }
    for (pod, why) in facts {
        answer = answer.fact(&say!("pod/%", &pod), why);
    }
    answer
}

/// Why a pod that the selector finds is no ready endpoint.
fn missing(w: Why, service: &Service, pod: &Pod) -> Option<String> {
    if pod.is_terminal() {
        return Some("it has ended".to_owned());
    }
    if pod.status.ip == 0 {
        return Some(say!("it has no address yet: %", &pod::brief(w, pod)));
    }
    if service.publish_not_ready || (pod.is_ready() && !pod.meta.deleting()) {
        return None;
    }
    if pod.meta.deleting() {
        return Some("it is Terminating".to_owned());
    }
    Some(say!("it %", pod::state(w, pod)))
}

/// The Services that one would expect to lead to a pod, and do not, each with why.
pub fn missing_from(w: Why, pod: &Pod) -> Vec<(Str, String)> {
    let keys = w.cx.store.in_namespace(Kind::Service, &pod.meta.namespace).iter();
    let services = keys.filter_map(|&k| w.cx.store.get::<Service>(k));
    let answer = |s: &Rc<Service>| {
        let selector = s.selector.as_ref().filter(|l| !l.is_empty())?;
        let shares = selector.iter().any(|(k, v)| pod.meta.labels.get(k) == Some(v));
        let why = if selects(selector, &pod.meta.labels) {
            missing(w, s, pod).or_else(|| {
                let (_, port) = nameless_port(s, pod)?;
                Some(say!("no container has a port named %", port))
            })?
        } else if shares {
            say!("its selector % does not match the pod's labels", &labels_text(selector))
        } else {
            return None;
        };
        Some((s.meta.name.clone(), why))
    };
    services.filter_map(answer).collect()
}

/// The first port whose targetPort names a container port that the pod does not have.
fn nameless_port<'a>(service: &'a Service, pod: &Pod) -> Option<(usize, &'a str)> {
    let lost = |(i, p): (usize, &'a crate::object::ServicePort)| {
        let name = p.target.as_str()?;
        target_port(p, pod).is_none().then_some((i, name))
    };
    service.ports.iter().enumerate().find_map(lost)
}

/// Points a port at the number of the pod's first container port, or at its own.
fn retarget(service: &Service, pod: &Pod, index: usize) -> Option<String> {
    let containers = pod.spec.raw.get("containers").into_iter().flat_map(Value::items);
    let mut ports = containers.flat_map(|c| c.get("ports").into_iter().flat_map(Value::items));
    let number = ports.find_map(|p| p.get("containerPort")?.as_i64());
    let number = number.or_else(|| service.ports.get(index).map(|p| p.port))?;
    let path = say!(
        r#" --type=json -p '[{"op":"replace","path":"/spec/ports/%/targetPort","value":%}]'"#,
        index as i64,
        number
    );
    kubectl(&service.meta.namespace, say!("patch service %%", &service.meta.name, &path))
}

/// Points the selector at the workload of the Service's name, or else at the only one in its namespace.
fn reselect(w: Why, service: &Service, old: &Labels) -> Option<String> {
    let ns = &service.meta.namespace;
    let store = &w.cx.store;
    let mut candidates: Vec<(bool, &Labels)> = Vec::new();
    for kind in [Kind::Deployment, Kind::StatefulSet] {
        for &key in store.in_namespace(kind, ns) {
            let selector = match store.object(key) {
                Some(crate::object::Object::Deployment(d)) => &d.selector.match_labels,
                Some(crate::object::Object::StatefulSet(s)) => &s.selector.match_labels,
                _ => continue,
            };
            candidates.push((store.name(key).name == service.meta.name, selector));
        }
    }
    let named = candidates.iter().find(|(same, _)| *same);
    let (_, new) = named.or(if candidates.len() == 1 { candidates.first() } else { None })?;
    let gone = old.iter().filter(|(k, _)| new.get(k).is_none()).map(|(k, _)| (&**k, "null".to_owned()));
    let set = new.iter().map(|(k, v)| (&**k, say!(r#""%""#, v)));
    let pairs: Vec<String> = gone.chain(set).map(|(k, v)| say!(r#""%":%"#, k, &v)).collect();
    let patch = say!(r#" -p '{"spec":{"selector":{%}}}'"#, &pairs.join(","));
    kubectl(ns, say!("patch service %%", &service.meta.name, &patch))
}

/// Why an EndpointSlice holds what it holds.
pub fn slice(w: Why, key: Key, slice: &EndpointSlice) -> Answer {
    let ready = slice.endpoints.iter().filter(|e| e.ready).count() as i64;
    let owner = slice.meta.controller().map(|o| &*o.name).unwrap_or_default();
    let total = n(slice.endpoints.len() as i64);
    let text = say!("% lists % endpoints of Service %, % of them ready.", &slice.meta.name, &total, owner, ready);
    let answer = Answer::new(Mood::Well, text).focus(Focus::Last(key));
    match w.get::<Service>(Kind::Service, &slice.meta.namespace, owner) {
        Some(s) => answer.fact(&say!("service/%", owner), service(w, s).text),
        None => answer,
    }
}
