//! The Events of an object.

use super::World;
use super::text::Text;
use crate::print::read::{NONE, human, list, number, text, text_or};
use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;

fn instant(o: &Value, path: &[&str]) -> Option<i64> {
    o.str_at(path).and_then(epoch_micros)
}

fn ago(at: Option<i64>, now: i64) -> String {
    at.map_or_else(|| crate::print::read::UNKNOWN.to_owned(), |at| human(now - at))
}

/// `5s`, or `5s (x3 over 20s)`.
pub fn interval(event: &Value, now: i64) -> String {
    let first = ago(instant(event, &["eventTime"]).or_else(|| instant(event, &["firstTimestamp"])), now);
    if event.get("series").is_some_and(|s| !s.is_null()) {
        let last = ago(instant(event, &["series", "lastObservedTime"]), now);
        return format!("{last} (x{} over {first})", number(event, &["series", "count"]));
    }
    match number(event, &["count"]) {
        count @ 2.. => format!("{} (x{count} over {first})", ago(instant(event, &["lastTimestamp"]), now)),
        _ => first,
    }
}

/// Whether an Event is about this object.
pub fn is_about(event: &Value, o: &Value) -> bool {
    let same = |path: &str, other: &[&str]| text(event, &["involvedObject", path]) == text(o, other);
    let uid = text(event, &["involvedObject", "uid"]);
    same("name", &["metadata", "name"])
        && same("kind", &["kind"])
        && text(event, &["metadata", "namespace"]) == text_or(o, &["metadata", "namespace"], "default")
        && (uid.is_empty() || uid == text(o, &["metadata", "uid"]))
}

/// `Events:` and a line each, by when they were last told.
// upstream: DescribeEvents, kubectl/pkg/util/event SortableEvents
pub fn about(w: &mut Text, o: &Value, world: &World) {
    let namespace = text_or(o, &["metadata", "namespace"], "default");
    let mut all: Vec<Value> = world.list("events", Some(&namespace)).into_iter().filter(|e| is_about(e, o)).collect();
    if all.is_empty() {
        w.row(0, "Events", NONE);
        return;
    }
    crate::print::sort::by_key(&mut all, |e| instant(e, &["lastTimestamp"]));
    w.flush();
    w.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    w.line(1, "----\t------\t----\t----\t-------");
    for event in &all {
        let source = text_or(event, &["source", "component"], &text(event, &["reportingComponent"]));
        let field = text(event, &["involvedObject", "fieldPath"]);
        let message = text(event, &["message"]);
        let message = message.trim();
        let message = if field.is_empty() { message.to_owned() } else { format!("{field}: {message}") };
        let cells = [text(event, &["type"]), text(event, &["reason"]), interval(event, world.now), source, message];
        w.line(1, cells.join("\t"));
    }
}

/// The pods that an object controls, counted by phase: running, waiting, succeeded, failed.
// upstream: getPodStatusForController
pub fn pods_status(o: &Value, world: &World) -> String {
    let uid = text(o, &["metadata", "uid"]);
    let namespace = text(o, &["metadata", "namespace"]);
    let pods = world.list("pods", Some(&namespace));
    let mine = |p: &&Value| {
        list(p, &["metadata", "ownerReferences"])
            .iter()
            .any(|r| crate::print::read::is_true(r, &["controller"]) && text(r, &["uid"]) == uid)
    };
    let count = |phase: &str| pods.iter().filter(mine).filter(|p| text(p, &["status", "phase"]) == phase).count();
    format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed")
    )
}
