//! The scripted kubelet: the steps that a behaviour's durations name, and no others.
//!
//! It is what the recordings of the real control plane were made with, so that containers behave the same each time.

use super::{PodBehaviour, confirm_gone, status, told_to_stop};
use crate::api::Context;
use crate::controller::Controller;
use crate::object::{ContainerState, Key, Phase, Pod, RestartPolicy};
use crate::time::SimTime;
use std::time::Duration;

/// From the end of the containers to the confirmation that lets the object go.
const CONFIRM: Duration = Duration::from_millis(15);
/// The recordings' kubelet starts one pod after another, each taking so long …
const WRITE: Duration = Duration::from_millis(10);
/// … until so much has piled up; then it writes several at a time.
const PILE: Duration = Duration::from_millis(100);
/// From ErrImagePull to ImagePullBackOff.
const PULL_BACK_OFF: Duration = Duration::from_millis(1500);
/// From the end of a container that crashed to CrashLoopBackOff.
const NOTICE_CRASH: Duration = Duration::from_millis(200);

/// Does what is due for `pod`, and has itself woken for what comes next.
pub fn reconcile(cx: &mut Context, key: Key, pod: &Pod, behaviour: &PodBehaviour) {
    let next = if let Some(deletion) = pod.meta.deletion {
        if pod.is_terminal() {
            confirm_gone(cx, key, pod);
            return;
        }
        let Some(after) = behaviour.terminate_after else { return };
        stop(cx, key, pod, told_to_stop(cx, pod, deletion) + after)
    } else if pod.is_terminal() {
        None
    } else {
        live(cx, key, pod, behaviour)
    };
    if let Some(at) = next {
        let delay = at.since(cx.now());
        cx.enqueue_after(Controller::Kubelet, key, delay);
    }
}

/// When the write that is due at `at` has its turn: none when that is now.
fn turn(cx: &mut Context, key: Key, at: SimTime) -> Option<SimTime> {
    let now = cx.now();
    if now < at {
        return Some(at);
    }
    let memory = &mut cx.memory.kubelet;
    let turn = memory.turns.remove(&key).unwrap_or_else(|| {
        let turn = memory.busy.max(now);
        memory.busy = if turn.since(now) < PILE { turn + WRITE } else { turn };
        turn
    });
    if turn <= now {
        return None;
    }
    memory.turns.insert(key, turn);
    Some(turn)
}

fn stop(cx: &mut Context, key: Key, pod: &Pod, at: SimTime) -> Option<SimTime> {
    let now = cx.now();
    if now < at {
        return Some(at);
    }
    let crashed = |s: &ContainerState| matches!(s, ContainerState::Waiting { reason: "CrashLoopBackOff", .. });
    if pod.status.containers.iter().any(|c| crashed(&c.state)) {
        confirm_gone(cx, key, pod);
        return None;
    }
    cx.update::<Pod>(key, |p| status::ended(p, now, 0));
    Some(now + CONFIRM)
}

/// How long a container waits before its next start, the `n`th (the recordings' kubelet is faster than a real one).
fn back_off(restarts: u32) -> Duration {
    Duration::from_secs(1 << restarts.min(8)).min(Duration::from_mins(5))
}

fn live(cx: &mut Context, key: Key, pod: &Pod, behaviour: &PodBehaviour) -> Option<SimTime> {
    let now = cx.now();
    let bound = if pod.status.scheduled.status { pod.status.scheduled.since } else { pod.meta.created };
    if pod.status.started.is_none() {
        cx.update::<Pod>(key, |p| status::accepted(p, now));
        return Some((bound + behaviour.start_after).max(now));
    }
    let first = pod.status.containers.first()?;
    match &first.state {
        ContainerState::Waiting { reason: "CrashLoopBackOff", .. } => {
            let ended = match first.last.as_deref() {
                Some(ContainerState::Terminated { finished, .. }) => *finished,
                _ => now,
            };
            let at = ended + NOTICE_CRASH + back_off(first.restarts);
            if now < at {
                return Some(at);
            }
            cx.update::<Pod>(key, |p| start(p, now));
            after_start(now, behaviour)
        }
        ContainerState::Waiting { reason, .. } if behaviour.bad_image => {
            let at = bound + behaviour.start_after;
            let (due, word) = match *reason {
                "ImagePullBackOff" => return None,
                "ErrImagePull" => (at + PULL_BACK_OFF, "ImagePullBackOff"),
                _ => (at, "ErrImagePull"),
            };
            if now < due {
                return Some(due);
            }
            let ip = if pod.status.ip == 0 { cx.next_pod_ip() } else { pod.status.ip };
            cx.update::<Pod>(key, |p| {
                p.status.ip = ip;
                for (container, spec) in p.status.containers.iter_mut().zip(&p.spec.containers) {
                    let message = if word == "ErrImagePull" {
                        format!("failed to pull image \"{}\"", spec.image)
                    } else {
                        format!("Back-off pulling image \"{}\"", spec.image)
                    };
                    container.state = status::waiting(word, message);
                }
            });
            (word == "ErrImagePull").then_some(now + PULL_BACK_OFF)
        }
        ContainerState::Waiting { .. } => {
            if let Some(turn) = turn(cx, key, bound + behaviour.start_after) {
                return Some(turn);
            }
            let ip = if pod.status.ip == 0 { cx.next_pod_ip() } else { pod.status.ip };
            let ready = !behaviour.unready && behaviour.ready_after == Some(Duration::ZERO);
            cx.update::<Pod>(key, |p| {
                p.status.ip = ip;
                p.status.phase = Phase::Running;
                start(p, now);
                if ready {
                    set_ready(p, true, now);
                }
            });
            after_start(now, behaviour)
        }
        ContainerState::Running { since } => running(cx, key, pod, *since, behaviour),
        ContainerState::Terminated { finished, .. } => {
            let at = *finished + NOTICE_CRASH;
            if now < at {
                return Some(at);
            }
            let restarts = first.restarts;
            cx.update::<Pod>(key, |p| {
                for container in &mut p.status.containers {
                    let wait = status::waiting("CrashLoopBackOff", "");
                    container.last = Some(Box::new(std::mem::replace(&mut container.state, wait)));
                }
            });
            Some(now + back_off(restarts))
        }
    }
}

fn running(cx: &mut Context, key: Key, pod: &Pod, since: SimTime, behaviour: &PodBehaviour) -> Option<SimTime> {
    let now = cx.now();
    let crash_at = behaviour.crash.map(|(after, _)| since + after);
    if let (Some(at), Some((_, exit_code))) = (crash_at, behaviour.crash)
        && at <= now
    {
        cx.update::<Pod>(key, |p| crash(p, now, exit_code));
        return Some(now + NOTICE_CRASH);
    }
    let ready_at = behaviour.ready_after.filter(|_| !behaviour.unready).map(|after| since + after);
    let ready = ready_at.is_some_and(|at| at <= now);
    // What was Ready stays so when a rule merely takes its time; only an explicit failure takes readiness away.
    if ready != pod.is_ready() && (ready || ready_at.is_none()) {
        if let Some(turn) = turn(cx, key, ready_at.unwrap_or(now)) {
            return Some(turn);
        }
        cx.update::<Pod>(key, |p| set_ready(p, ready, now));
    }
    let next_ready = ready_at.filter(|&at| at > now && !pod.is_ready());
    [next_ready, crash_at].into_iter().flatten().min()
}

fn after_start(now: SimTime, behaviour: &PodBehaviour) -> Option<SimTime> {
    let ready = behaviour.ready_after.filter(|after| !behaviour.unready && !after.is_zero());
    [ready, behaviour.crash.map(|(after, _)| after)].into_iter().flatten().min().map(|after| now + after)
}

fn start(pod: &mut Pod, now: SimTime) {
    for container in &mut pod.status.containers {
        if !matches!(container.state, ContainerState::Running { .. }) {
            container.restarts += u32::from(container.last.is_some());
            container.state = ContainerState::Running { since: now };
            container.started = true;
        }
    }
}

fn set_ready(pod: &mut Pod, ready: bool, now: SimTime) {
    for container in &mut pod.status.containers {
        container.ready = ready;
    }
    status::set_ready(&mut pod.status, ready, now, "ContainersNotReady");
}

fn crash(pod: &mut Pod, now: SimTime, exit_code: i32) {
    let stays_down = match pod.spec.restart_policy {
        RestartPolicy::Always => false,
        RestartPolicy::OnFailure => exit_code == 0,
        RestartPolicy::Never => true,
    };
    if stays_down {
        status::ended(pod, now, exit_code);
        return;
    }
    for container in &mut pod.status.containers {
        if let ContainerState::Running { since } = container.state {
            let reason = if exit_code == 0 { "Completed" } else { "Error" };
            container.state = ContainerState::Terminated { exit_code, reason, started: since, finished: now };
            container.ready = false;
            container.started = false;
        }
    }
    status::set_ready(&mut pod.status, false, now, "ContainersNotReady");
}
