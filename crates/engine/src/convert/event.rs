//! Events as the API server gives them.

use super::out::timestamp;
use crate::api::Context;
use crate::object::{Event, EventType, Kind, Object};
use podscope_schema::Value;

/// All Events as API values, oldest first: those that were told, behind those that were loaded.
pub fn events(cx: &Context) -> Vec<Value> {
    cx.loaded_events().iter().cloned().chain(cx.events.iter().map(|e| event(cx, e))).collect()
}

fn event(cx: &Context, e: &Event) -> Value {
    let name = cx.store.name(e.about);
    let (version, kind) = match cx.store.object(e.about) {
        Some(Object::Other(o)) => (o.api_version.to_string(), o.kind.to_string()),
        _ => (name.kind.api_version().to_owned(), name.kind.name().to_owned()),
    };
    let plain = if name.kind == Kind::Other { name.name.rsplit('/').next().unwrap_or_default() } else { &name.name };
    let namespace = if name.namespace.is_empty() { "default" } else { &*name.namespace };
    let mut about =
        Value::object([("apiVersion", Value::from(version)), ("kind", kind.into()), ("name", plain.into())]);
    if !name.namespace.is_empty() {
        about.make_map().insert("namespace", &name.namespace);
    }
    if let Some(object) = cx.store.object(e.about) {
        about.make_map().insert("resourceVersion", object.meta().resource_version.to_string());
        about.make_map().insert("uid", object.meta().uid.to_string());
    }
    // upstream: client-go/tools/record makeEvent names an Event after its object and the instant, in hexadecimal.
    let nanos = (cx.config.epoch as u64).wrapping_mul(1_000_000_000).wrapping_add(e.first.0 * 1000);
    let component = e.actor.component();
    Value::object([
        ("apiVersion", Value::from("v1")),
        ("count", i64::from(e.count).into()),
        ("eventTime", Value::Null),
        ("firstTimestamp", timestamp(cx, e.first).into()),
        ("involvedObject", about),
        ("kind", "Event".into()),
        ("lastTimestamp", timestamp(cx, e.last).into()),
        ("message", Value::from(&*e.message)),
        (
            "metadata",
            Value::object([
                ("creationTimestamp", Value::from(timestamp(cx, e.first))),
                ("name", format!("{plain}.{nanos:x}").into()),
                ("namespace", namespace.into()),
                ("resourceVersion", u64::from(e.entry.0).to_string().into()),
            ]),
        ),
        ("reason", e.reason.into()),
        ("reportingComponent", component.into()),
        ("reportingInstance", "".into()),
        ("source", Value::object([("component", Value::from(component))])),
        ("type", if e.kind == EventType::Normal { "Normal" } else { "Warning" }.into()),
    ])
}
