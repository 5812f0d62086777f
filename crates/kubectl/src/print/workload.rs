//! Rows of what owns pods.

use super::read::{
    NONE, UNKNOWN, UNSET, age, condition, containers, controller, deleting, human, labels, list, name, number,
    selector, since, text, text_or,
};
use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;

fn spec(object: &Value) -> Value {
    object.at(&["spec", "template", "spec"]).cloned().unwrap_or_default()
}

/// Name, ready, up-to-date, available, age; wide: containers, images, selector.
pub fn deployment(o: &Value, now: i64) -> Vec<String> {
    let (names, images) = containers(&spec(o));
    let status = |key: &str| number(o, &["status", key]);
    vec![
        name(o),
        format!("{}/{}", status("readyReplicas"), number(o, &["spec", "replicas"])),
        status("updatedReplicas").to_string(),
        status("availableReplicas").to_string(),
        age(o, now),
        names,
        images,
        selector(o, &["spec", "selector"]),
    ]
}

/// Name, desired, current, ready, age; wide: containers, images, selector. Of a ReplicationController too.
pub fn replica_set(o: &Value, now: i64) -> Vec<String> {
    let (names, images) = containers(&spec(o));
    let plain = o.str_at(&["kind"]) == Some("ReplicationController");
    let chosen = if plain { labels(o, &["spec", "selector"]) } else { selector(o, &["spec", "selector"]) };
    vec![
        name(o),
        number(o, &["spec", "replicas"]).to_string(),
        number(o, &["status", "replicas"]).to_string(),
        number(o, &["status", "readyReplicas"]).to_string(),
        age(o, now),
        names,
        images,
        chosen,
    ]
}

/// Name, ready, age; wide: containers, images.
pub fn stateful_set(o: &Value, now: i64) -> Vec<String> {
    let (names, images) = containers(&spec(o));
    let ready = format!("{}/{}", number(o, &["status", "readyReplicas"]), number(o, &["spec", "replicas"]));
    vec![name(o), ready, age(o, now), names, images]
}

/// Name, desired, current, ready, up-to-date, available, node selector, age; wide: containers, images, selector.
pub fn daemon_set(o: &Value, now: i64) -> Vec<String> {
    let (names, images) = containers(&spec(o));
    let status = |key: &str| number(o, &["status", key]).to_string();
    vec![
        name(o),
        status("desiredNumberScheduled"),
        status("currentNumberScheduled"),
        status("numberReady"),
        status("updatedNumberScheduled"),
        status("numberAvailable"),
        labels(o, &["spec", "template", "spec", "nodeSelector"]),
        age(o, now),
        names,
        images,
        selector(o, &["spec", "selector"]),
    ]
}

/// Name, status, completions, duration, age; wide: containers, images, selector.
pub fn job(o: &Value, now: i64) -> Vec<String> {
    let (names, images) = containers(&spec(o));
    let succeeded = number(o, &["status", "succeeded"]);
    let parallelism = number(o, &["spec", "parallelism"]);
    let completions = match o.at(&["spec", "completions"]).and_then(Value::as_i64) {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    };
    let instant = |key: &str| o.str_at(&["status", key]).and_then(epoch_micros);
    let took = instant("startTime").map(|start| human(instant("completionTime").unwrap_or(now) - start));
    let first = |kinds: &[&str]| kinds.iter().find(|k| condition(o, k)).map(|k| (*k).to_owned());
    let status = first(&["Complete", "Failed"]).unwrap_or_else(|| {
        let later = || first(&["Suspended", "FailureTarget", "SuccessCriteriaMet"]);
        if deleting(o) { "Terminating".into() } else { later().unwrap_or_else(|| "Running".into()) }
    });
    let chosen = selector(o, &["spec", "selector"]);
    vec![name(o), status, completions, took.unwrap_or_default(), age(o, now), names, images, chosen]
}

/// Name, schedule, time zone, suspend, active, last schedule, age; wide: containers, images, selector.
pub fn cron_job(o: &Value, now: i64) -> Vec<String> {
    let inner = o.at(&["spec", "jobTemplate", "spec", "template", "spec"]).cloned().unwrap_or_default();
    let (names, images) = containers(&inner);
    let suspend = match o.at(&["spec", "suspend"]).and_then(Value::as_bool) {
        Some(true) => "True",
        Some(false) => "False",
        None => UNSET,
    };
    let last = if o.at(&["status", "lastScheduleTime"]).is_some() {
        since(o, &["status", "lastScheduleTime"], now)
    } else {
        NONE.into()
    };
    vec![
        name(o),
        text(o, &["spec", "schedule"]),
        text_or(o, &["spec", "timeZone"], NONE),
        suspend.into(),
        list(o, &["status", "active"]).len().to_string(),
        last,
        age(o, now),
        names,
        images,
        selector(o, &["spec", "jobTemplate", "spec", "selector"]),
    ]
}

/// Name, controller, revision, age.
pub fn controller_revision(o: &Value, now: i64) -> Vec<String> {
    let owner = controller(o).map_or_else(
        || NONE.to_owned(),
        |owner| {
            let kind = text(owner, &["kind"]).to_lowercase();
            match text(owner, &["apiVersion"]).split_once('/') {
                Some((group, _)) => format!("{kind}.{group}/{}", text(owner, &["name"])),
                None => format!("{kind}/{}", text(owner, &["name"])),
            }
        },
    );
    vec![name(o), owner, number(o, &["revision"]).to_string(), age(o, now)]
}

/// Name, reference, targets, minimum, maximum, replicas, age.
pub fn autoscaler(o: &Value, now: i64) -> Vec<String> {
    let target = |key: &str| text(o, &["spec", "scaleTargetRef", key]);
    vec![
        name(o),
        format!("{}/{}", target("kind"), target("name")),
        targets(o),
        text_or(o, &["spec", "minReplicas"], UNSET),
        number(o, &["spec", "maxReplicas"]).to_string(),
        number(o, &["status", "currentReplicas"]).to_string(),
        age(o, now),
    ]
}

/// Its metrics: `cpu: 30%/80%`, and how many more there are.
// upstream: printers/internalversion formatHPAMetrics
fn targets(o: &Value) -> String {
    let specs = list(o, &["spec", "metrics"]);
    if specs.is_empty() {
        return NONE.into();
    }
    let now = list(o, &["status", "currentMetrics"]);
    let shown: Vec<String> = specs.iter().enumerate().map(|(i, spec)| target(spec, now.get(i))).collect();
    if shown.len() > 2 {
        return format!("{} + {} more...", shown[..2].join(", "), shown.len() - 2);
    }
    shown.join(", ")
}

fn target(spec: &Value, status: Option<&Value>) -> String {
    let kind = text(spec, &["type"]);
    let key =
        kind.chars().enumerate().map(|(i, c)| if i == 0 { c.to_ascii_lowercase() } else { c }).collect::<String>();
    let wanted = |field: &str| spec.at(&[&*key, "target", field]).map(super::read::scalar);
    let have = |field: &str| status.and_then(|s| s.at(&[&*key, "current", field])).map(super::read::scalar);
    let or_unknown = |value: Option<String>| value.filter(|v| !v.is_empty()).unwrap_or_else(|| UNKNOWN.into());
    let average = wanted("averageValue");
    match &*kind {
        "External" | "Object" => match average {
            Some(average) => format!("{}/{average} (avg)", or_unknown(have("averageValue"))),
            None => format!("{}/{}", or_unknown(have("value")), wanted("value").unwrap_or_default()),
        },
        "Pods" => format!("{}/{}", or_unknown(have("averageValue")), average.unwrap_or_default()),
        _ => {
            let resource = text(spec, &[&*key, "name"]);
            if let Some(average) = average {
                return format!("{resource}: {}/{average}", or_unknown(have("averageValue")));
            }
            let percent = |value: Option<String>| value.map(|v| format!("{v}%"));
            let target = percent(wanted("averageUtilization")).unwrap_or_else(|| "<auto>".into());
            format!("{resource}: {}/{target}", or_unknown(percent(have("averageUtilization"))))
        }
    }
}
