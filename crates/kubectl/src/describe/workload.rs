//! What owns pods.

use super::World;
use super::events::pods_status;
use super::pod::{controlled_by, pod_template};
use super::text::{Text, date};
use crate::print::read::{NONE, UNSET, human, labels, list, number, scalar, selector, text, text_or};
use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;

/// A label selector; nothing for an empty one.
fn chosen(o: &Value) -> String {
    Some(selector(o, &["spec", "selector"])).filter(|s| s != NONE).unwrap_or_default()
}

fn template(w: &mut Text, o: &Value) {
    pod_template(w, o.at(&["spec", "template"]).unwrap_or(&Value::Null));
}

const CONDITIONS: &[(&str, &str)] = &[("Type", "type"), ("Status", "status"), ("Reason", "reason")];

/// A Deployment, with its ReplicaSets.
pub fn deployment(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.row(0, "CreationTimestamp", date(o, &["metadata", "creationTimestamp"]));
    w.labels_and_annotations(o);
    w.row(0, "Selector", chosen(o));
    let status = |key: &str| number(o, &["status", key]);
    w.row(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(o, &["spec", "replicas"]),
            status("updatedReplicas"),
            status("replicas"),
            status("availableReplicas"),
            status("unavailableReplicas")
        ),
    );
    w.row(0, "StrategyType", text(o, &["spec", "strategy", "type"]));
    w.row(0, "MinReadySeconds", number(o, &["spec", "minReadySeconds"]).to_string());
    if let Some(rolling) = o.at(&["spec", "strategy", "rollingUpdate"]).filter(|r| !r.is_null()) {
        let (unavailable, surge) = (text(rolling, &["maxUnavailable"]), text(rolling, &["maxSurge"]));
        w.row(0, "RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    template(w, o);
    w.conditions(o, 1, CONDITIONS);
    let (old, new) = replica_sets(o, world);
    if !old.is_empty() || !new.is_empty() {
        w.row(0, "OldReplicaSets", shown(&old));
        w.row(0, "NewReplicaSet", shown(&new));
    }
}

fn shown(sets: &[Value]) -> String {
    let one = |set: &Value| {
        let (have, want) = (number(set, &["status", "replicas"]), number(set, &["spec", "replicas"]));
        format!("{} ({have}/{want} replicas created)", text(set, &["metadata", "name"]))
    };
    if sets.is_empty() { NONE.into() } else { sets.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// The Deployment's ReplicaSets: the old ones, and the one with its present template.
// upstream: kubectl/pkg/util/deployment GetAllReplicaSetsInChunks
fn replica_sets(o: &Value, world: &World) -> (Vec<Value>, Vec<Value>) {
    let uid = text(o, &["metadata", "uid"]);
    let mine = |set: &Value| list(set, &["metadata", "ownerReferences"]).iter().any(|r| text(r, &["uid"]) == uid);
    let namespace = text(o, &["metadata", "namespace"]);
    let all = world.list("replicasets", Some(&namespace)).into_iter().filter(mine);
    let bare = |object: &Value| {
        let mut template = crate::print::get::sorted(object.at(&["spec", "template"]).unwrap_or(&Value::Null));
        if let Some(Value::Object(_)) = template.at(&["metadata", "labels"]) {
            let mut labels = template.at(&["metadata", "labels"]).cloned().unwrap_or_default();
            labels.make_map().remove("pod-template-hash");
            template.set_at(&["metadata", "labels"], labels);
        }
        if let Some(Value::Object(_)) = template.get("metadata") {
            let mut meta = template.get("metadata").cloned().unwrap_or_default();
            meta.make_map().remove("creationTimestamp");
            template.set_at(&["metadata"], meta);
        }
        template
    };
    let wanted = bare(o);
    let (mut new, old): (Vec<Value>, Vec<Value>) = all.partition(|set| bare(set) == wanted);
    // The oldest of several with the same template is the one.
    new.truncate(1);
    (old, new)
}

/// A ReplicaSet.
pub fn replica_set(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.row(0, "Selector", selector(o, &["spec", "selector"]));
    counted(w, o, world);
}

/// A ReplicationController.
pub fn replication_controller(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.row(0, "Selector", labels(o, &["spec", "selector"]));
    counted(w, o, world);
}

fn counted(w: &mut Text, o: &Value, world: &World) {
    w.labels_and_annotations(o);
    if o.str_at(&["kind"]) == Some("ReplicaSet") {
        controlled_by(w, o);
    }
    let (have, want) = (number(o, &["status", "replicas"]), number(o, &["spec", "replicas"]));
    w.row(0, "Replicas", format!("{have} current / {want} desired"));
    w.row(0, "Pods Status", pods_status(o, world));
    template(w, o);
    w.conditions(o, 1, CONDITIONS);
}

/// A StatefulSet, with its claim templates.
pub fn stateful_set(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.row(0, "CreationTimestamp", date(o, &["metadata", "creationTimestamp"]));
    w.row(0, "Selector", chosen(o));
    w.labels_and_annotations(o);
    let (want, have) = (number(o, &["spec", "replicas"]), number(o, &["status", "replicas"]));
    w.row(0, "Replicas", format!("{want} desired | {have} total"));
    w.row(0, "Update Strategy", text(o, &["spec", "updateStrategy", "type"]));
    let rolling = o.at(&["spec", "updateStrategy", "rollingUpdate"]);
    if let Some(rolling) = rolling.filter(|r| r.get("partition").is_some()) {
        w.row(1, "Partition", text(rolling, &["partition"]));
        if rolling.get("maxUnavailable").is_some() {
            w.row(1, "MaxUnavailable", text(rolling, &["maxUnavailable"]));
        }
    }
    w.row(0, "Pods Status", pods_status(o, world));
    template(w, o);
    let claims = list(o, &["spec", "volumeClaimTemplates"]);
    if claims.is_empty() {
        w.row(0, "Volume Claims", NONE);
    } else {
        w.line(0, "Volume Claims:");
    }
    for claim in claims {
        w.row(1, "Name", text(claim, &["metadata", "name"]));
        w.row(1, "StorageClass", text(claim, &["spec", "storageClassName"]));
        w.labels("  ", "Labels", claim, &["metadata", "labels"]);
        w.labels("  ", "Annotations", claim, &["metadata", "annotations"]);
        w.row(1, "Capacity", text_or(claim, &["spec", "resources", "requests", "storage"], "<default>"));
        let modes: Vec<String> = list(claim, &["spec", "accessModes"]).iter().map(scalar).collect();
        w.row(1, "Access Modes", format!("[{}]", modes.join(" ")));
    }
}

/// A DaemonSet.
pub fn daemon_set(w: &mut Text, o: &Value, world: &World) {
    w.head(o);
    w.row(0, "Selector", chosen(o));
    w.row(0, "Node-Selector", labels(o, &["spec", "template", "spec", "nodeSelector"]));
    w.labels_and_annotations(o);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        w.line(0, format!("{title}: {}", number(o, &["status", field])));
    }
    w.row(0, "Pods Status", pods_status(o, world));
    template(w, o);
}

/// A Job.
pub fn job(w: &mut Text, o: &Value) {
    w.head(o);
    w.row(0, "Selector", chosen(o));
    w.labels_and_annotations(o);
    controlled_by(w, o);
    let rows = [
        ("Parallelism", "parallelism", None),
        ("Completions", "completions", Some(UNSET)),
        ("Completion Mode", "completionMode", None),
        ("Suspend", "suspend", None),
        ("Backoff Limit", "backoffLimit", None),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished", None),
    ];
    for (title, field, otherwise) in rows {
        let value = text(o, &["spec", field]);
        match otherwise {
            _ if !value.is_empty() => w.row(0, title, value),
            Some(text) => w.row(0, title, text),
            None => {}
        }
    }
    for (title, field) in [("Start Time", "startTime"), ("Completed At", "completionTime")] {
        if o.at(&["status", field]).is_some() {
            w.row(0, title, date(o, &["status", field]));
        }
    }
    let at = |field: &str| o.str_at(&["status", field]).and_then(epoch_micros);
    if let (Some(start), Some(end)) = (at("startTime"), at("completionTime")) {
        w.row(0, "Duration", human(end - start));
    }
    let deadline = text(o, &["spec", "activeDeadlineSeconds"]);
    if !deadline.is_empty() {
        w.row(0, "Active Deadline Seconds", format!("{deadline}s"));
    }
    let count = |field: &str| number(o, &["status", field]);
    let ready = o.at(&["status", "ready"]).map(|_| format!(" ({} Ready)", count("ready"))).unwrap_or_default();
    let (active, succeeded, failed) = (count("active"), count("succeeded"), count("failed"));
    w.row(0, "Pods Statuses", format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"));
    if text(o, &["spec", "completionMode"]) == "Indexed" {
        w.row(0, "Completed Indexes", text_or(o, &["status", "completedIndexes"], NONE));
    }
    template(w, o);
}

/// A CronJob.
pub fn cron_job(w: &mut Text, o: &Value) {
    w.head(o);
    w.labels_and_annotations(o);
    let suspend = match text(o, &["spec", "suspend"]).as_str() {
        "true" => "True",
        "false" => "False",
        _ => UNSET,
    };
    w.row(0, "Schedule", text(o, &["spec", "schedule"]));
    w.row(0, "Concurrency Policy", text(o, &["spec", "concurrencyPolicy"]));
    w.row(0, "Suspend", suspend);
    w.row(0, "Time Zone", text_or(o, &["spec", "timeZone"], UNSET));
    w.row(0, "Successful Job History Limit", text_or(o, &["spec", "successfulJobsHistoryLimit"], UNSET));
    w.row(0, "Failed Job History Limit", text_or(o, &["spec", "failedJobsHistoryLimit"], UNSET));
    let deadline = text(o, &["spec", "startingDeadlineSeconds"]);
    let deadline = if deadline.is_empty() { UNSET.to_owned() } else { format!("{deadline}s") };
    w.row(0, "Starting Deadline Seconds", deadline);
    let inner = o.at(&["spec", "jobTemplate"]).cloned().unwrap_or_default();
    let chosen = if inner.at(&["spec", "selector"]).is_some() { chosen(&inner) } else { UNSET.into() };
    w.row(0, "Selector", chosen);
    w.row(0, "Parallelism", text_or(&inner, &["spec", "parallelism"], UNSET));
    w.row(0, "Completions", text_or(&inner, &["spec", "completions"], UNSET));
    let deadline = text(&inner, &["spec", "activeDeadlineSeconds"]);
    if !deadline.is_empty() {
        w.row(0, "Active Deadline Seconds", format!("{deadline}s"));
    }
    template(w, &inner);
    let last = ["status", "lastScheduleTime"];
    w.row(0, "Last Schedule Time", if o.at(&last).is_some() { date(o, &last) } else { UNSET.into() });
    let active: Vec<String> = list(o, &["status", "active"]).iter().map(|j| text(j, &["name"])).collect();
    w.row(0, "Active Jobs", if active.is_empty() { NONE.into() } else { active.join(", ") });
}
