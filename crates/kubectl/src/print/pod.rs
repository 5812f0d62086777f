//! A pod's row.

use super::read::{NONE, age, condition, deleting, human, is_true, list, name, number, text, text_or};
use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;

/// What a pod's containers come to.
#[derive(Default)]
struct Sum {
    ready: usize,
    restarts: i64,
    last: Option<i64>,
    reason: String,
}

fn later(last: Option<i64>, status: &Value) -> Option<i64> {
    let at = status.str_at(&["lastState", "terminated", "finishedAt"]).and_then(epoch_micros);
    last.max(at)
}

/// `Error`, `Signal:9`, `ExitCode:1`
fn ended(state: &Value) -> String {
    match (text(state, &["reason"]), number(state, &["signal"])) {
        (reason, _) if !reason.is_empty() => reason,
        (_, 0) => format!("ExitCode:{}", number(state, &["exitCode"])),
        (_, signal) => format!("Signal:{signal}"),
    }
}

/// Name, ready, status, restarts, age; wide: IP, node, nominated node, readiness gates.
// upstream: printers/internalversion printPod
pub fn cells(pod: &Value, now: i64) -> Vec<String> {
    let inits = list(pod, &["spec", "initContainers"]);
    let sidecar = |name: &str| {
        inits.iter().any(|c| c.str_at(&["name"]) == Some(name) && c.str_at(&["restartPolicy"]) == Some("Always"))
    };
    let total = list(pod, &["spec", "containers"]).len()
        + inits.iter().filter(|c| c.str_at(&["restartPolicy"]) == Some("Always")).count();
    let phase = text(pod, &["status", "phase"]);
    let mut sum = Sum { reason: text_or(pod, &["status", "reason"], &phase), ..Sum::default() };
    let gated =
        |c: &Value| c.str_at(&["type"]) == Some("PodScheduled") && c.str_at(&["reason"]) == Some("SchedulingGated");
    if list(pod, &["status", "conditions"]).iter().any(gated) {
        sum.reason = "SchedulingGated".into();
    }
    let (sidecars, initializing) = init(pod, inits.len(), &sidecar, &mut sum);
    if !initializing || condition(pod, "Initialized") {
        (sum.restarts, sum.last) = sidecars;
        main(pod, &mut sum);
    }
    if deleting(pod) && pod.str_at(&["status", "reason"]) == Some("NodeLost") {
        sum.reason = "Unknown".into();
    } else if deleting(pod) && !matches!(&*phase, "Succeeded" | "Failed") {
        sum.reason = "Terminating".into();
    }
    let restarts = match sum.last {
        Some(last) if sum.restarts != 0 => format!("{} ({} ago)", sum.restarts, human(now - last)),
        _ => sum.restarts.to_string(),
    };
    let gates = list(pod, &["spec", "readinessGates"]);
    let open = gates.iter().filter(|g| condition(pod, &text(g, &["conditionType"]))).count();
    let ip = list(pod, &["status", "podIPs"]).first().map(|ip| text(ip, &["ip"]));
    vec![
        name(pod),
        format!("{}/{total}", sum.ready),
        sum.reason,
        restarts,
        age(pod, now),
        ip.filter(|ip| !ip.is_empty()).unwrap_or_else(|| NONE.into()),
        text_or(pod, &["spec", "nodeName"], NONE),
        text_or(pod, &["status", "nominatedNodeName"], NONE),
        if gates.is_empty() { NONE.into() } else { format!("{open}/{}", gates.len()) },
    ]
}

/// Sums up init containers; gives the restarts of sidecars, and whether initialising is not over.
fn init(pod: &Value, count: usize, sidecar: &dyn Fn(&str) -> bool, sum: &mut Sum) -> ((i64, Option<i64>), bool) {
    let mut sidecars = (0, None);
    for (i, status) in list(pod, &["status", "initContainerStatuses"]).iter().enumerate() {
        let restarts = number(status, &["restartCount"]);
        sum.restarts += restarts;
        sum.last = later(sum.last, status);
        let sidecar = sidecar(&text(status, &["name"]));
        if sidecar {
            sidecars = (sidecars.0 + restarts, later(sidecars.1, status));
        }
        let terminated = status.at(&["state", "terminated"]);
        let waiting = text(status, &["state", "waiting", "reason"]);
        if terminated.is_some_and(|t| number(t, &["exitCode"]) == 0) {
            continue;
        }
        if sidecar && is_true(status, &["started"]) {
            sum.ready += usize::from(is_true(status, &["ready"]));
            continue;
        }
        sum.reason = match terminated {
            Some(state) => format!("Init:{}", ended(state)),
            None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
            None => format!("Init:{i}/{count}"),
        };
        return (sidecars, true);
    }
    (sidecars, false)
}

fn main(pod: &Value, sum: &mut Sum) {
    let (mut running, mut error) = (false, String::new());
    for status in list(pod, &["status", "containerStatuses"]).iter().rev() {
        sum.restarts += number(status, &["restartCount"]);
        sum.last = later(sum.last, status);
        let waiting = text(status, &["state", "waiting", "reason"]);
        if !waiting.is_empty() {
            sum.reason = waiting;
        } else if let Some(state) = status.at(&["state", "terminated"]) {
            sum.reason = ended(state);
            if number(state, &["exitCode"]) != 0 {
                error.clone_from(&sum.reason);
            }
        } else if is_true(status, &["ready"]) && status.at(&["state", "running"]).is_some() {
            running = true;
            sum.ready += 1;
        }
    }
    if sum.reason == "Completed" {
        if running && condition(pod, "Ready") {
            sum.reason = "Running".into();
        } else if !error.is_empty() {
            sum.reason = error;
        } else if running {
            sum.reason = "NotReady".into();
        }
    }
}
