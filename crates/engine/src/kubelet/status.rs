//! Pod statuses, as kubelets write them.

use crate::object::{Container, ContainerState, ContainerStatus, Phase, Pod, PodStatus, Str};
use crate::time::SimTime;

/// A container that does not run yet, or not now.
pub fn waiting(reason: &'static str, message: impl Into<Str>) -> ContainerState {
    ContainerState::Waiting { reason, message: message.into() }
}

/// The status with which a kubelet takes a pod up: nothing runs, nothing is ready.
pub fn accepted(pod: &mut Pod, now: SimTime) {
    let reason = if pod.spec.init_containers.is_empty() { "ContainerCreating" } else { "PodInitializing" };
    let fresh = |c: &Container| {
        let _ = c;
        ContainerStatus { state: waiting(reason, ""), ..ContainerStatus::default() }
    };
    let status = &mut pod.status;
    status.containers = pod.spec.containers.iter().map(fresh).collect();
    status.init_containers = pod.spec.init_containers.iter().map(fresh).collect();
    status.started = Some(now);
    status.scheduled.set(true, now, "");
    let initialized = pod.spec.init_containers.is_empty();
    status.initialized.set(initialized, now, if initialized { "" } else { "ContainersNotInitialized" });
    set_ready(status, false, now, "ContainersNotReady");
    for flag in [&mut status.ready, &mut status.containers_ready] {
        flag.since = now;
    }
    status.observed_generation = pod.meta.generation;
}

/// Sets the conditions ContainersReady and Ready.
pub fn set_ready(status: &mut PodStatus, ready: bool, now: SimTime, reason: &'static str) {
    let reason = if ready { "" } else { reason };
    status.containers_ready.set(ready, now, reason);
    status.ready.set(ready, now, reason);
}

/// Ends all containers that have not ended, and the pod with them.
pub fn ended(pod: &mut Pod, now: SimTime, exit_code: i32) {
    let never_ran = pod.status.phase == Phase::Pending;
    let all = pod.status.containers.iter_mut().chain(&mut pod.status.init_containers);
    let mut failed = false;
    for container in all {
        let (exit_code, reason, started) = match container.state {
            ContainerState::Running { since } => (exit_code, if exit_code == 0 { "Completed" } else { "Error" }, since),
            ContainerState::Waiting { .. } if never_ran || container.last.is_none() => {
                (137, "ContainerStatusUnknown", now)
            }
            ContainerState::Waiting { .. } => {
                // It waits to be started again: it ended as it ended last.
                if let Some(last) = container.last.take() {
                    container.state = *last;
                }
                failed |= !matches!(container.state, ContainerState::Terminated { exit_code: 0, .. });
                continue;
            }
            ContainerState::Terminated { exit_code, .. } => {
                failed |= exit_code != 0;
                continue;
            }
        };
        failed |= exit_code != 0;
        container.state = ContainerState::Terminated { exit_code, reason, started, finished: now };
        container.ready = false;
        container.started = false;
    }
    let status = &mut pod.status;
    status.phase = if failed { Phase::Failed } else { Phase::Succeeded };
    set_ready(status, false, now, if failed { "PodFailed" } else { "PodCompleted" });
}
