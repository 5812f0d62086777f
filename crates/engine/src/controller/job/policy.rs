//! Pod failure policies: what a failed pod means for its Job.

use crate::convert::read::{list, text};
use crate::object::{ContainerState, Job, Pod};
use podscope_schema::Value;

/// What a failed pod means.
pub(super) enum Verdict {
    /// It counts towards the back-off limit.
    Count,
    /// It does not.
    Ignore,
    /// It counts, and its index has failed for good.
    FailIndex,
    /// The Job has failed, for this reason.
    Fail(String),
}

impl Verdict {
    /// Whether the pod is counted as failed.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Ignore)
    }

    /// Why the Job has failed, if it has.
    pub fn fails_job(self) -> Option<String> {
        if let Self::Fail(message) = self { Some(message) } else { None }
    }
}

/// What the first rule that fits says of `pod`.
// upstream: job/pod_failure_policy matchPodFailurePolicy
pub(super) fn verdict(job: &Job, pod: &Pod) -> Verdict {
    let Some(policy) = job.raw.get("podFailurePolicy").filter(|p| !p.is_null()) else { return Verdict::Count };
    let place = || format!("{}/{}", pod.meta.namespace, pod.meta.name);
    for (i, rule) in list(policy, "rules").iter().enumerate() {
        let action = text(rule, "action");
        let exit = rule.get("onExitCodes").and_then(|wanted| exit_code(pod, wanted));
        let message = if let Some((container, code)) = exit {
            format!("Container {container} for pod {} failed with exit code {code} matching", place())
        } else if list(rule, "onPodConditions").iter().any(|wanted| has_condition(pod, wanted)) {
            format!("Pod {} has condition DisruptionTarget matching", place())
        } else {
            continue;
        };
        return match &*action {
            "Ignore" => Verdict::Ignore,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => Verdict::Fail(format!("{message} {action} rule at index {i}")),
            _ => Verdict::Count,
        };
    }
    Verdict::Count
}

/// The first container whose exit code the requirement names.
// upstream: job/pod_failure_policy matchOnExitCodes
fn exit_code<'a>(pod: &'a Pod, wanted: &Value) -> Option<(&'a str, i32)> {
    let name = wanted.str_at(&["containerName"]);
    let within = &*text(wanted, "operator") == "In";
    let values = list(wanted, "values");
    let main = pod.status.containers.iter().zip(&pod.spec.containers);
    let all = main.chain(pod.status.init_containers.iter().zip(&pod.spec.init_containers));
    all.filter(|(_, spec)| name.is_none_or(|n| n == &*spec.name)).find_map(|(status, spec)| match status.state {
        ContainerState::Terminated { exit_code, .. } if exit_code != 0 => {
            let named = values.iter().any(|v| v.as_i64() == Some(i64::from(exit_code)));
            (named == within).then_some((&*spec.name, exit_code))
        }
        _ => None,
    })
}

/// Whether the pod has the condition. Only DisruptionTarget is ever set by others than its kubelet.
fn has_condition(pod: &Pod, wanted: &Value) -> bool {
    let status = wanted.str_at(&["status"]).unwrap_or("True");
    let kind = text(wanted, "type");
    &*kind == "DisruptionTarget" && status == "True" && pod.status.disruption.is_some()
}
