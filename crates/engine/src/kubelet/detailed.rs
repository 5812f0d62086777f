//! A pod's life in detail: pulls, init containers, probes, restarts and back-off, with the Events that a kubelet tells.

use super::container::{Doing, Track};
use super::scene::Scene;
use super::{PodBehaviour, confirm_gone, status, told_to_stop};
use crate::api::Context;
use crate::controller::Controller;
use crate::object::{ContainerState, EventType, Key, Phase, Pod, Resource, Uid};
use crate::time::SimTime;
use std::rc::Rc;
use std::time::Duration;

const CONFIRM: Duration = Duration::from_millis(20);

/// What a kubelet remembers of one pod.
#[derive(Clone, Debug, Default)]
pub struct Life {
    uid: Uid,
    /// Init containers, then containers.
    tracks: Vec<Track>,
    stopping: bool,
    /// Its containers are to end now.
    crash: bool,
}

impl Life {
    /// Has its containers end at the next look.
    pub const fn crash(&mut self) {
        self.crash = true;
    }

    /// When something is due of the container at `index`.
    pub fn due(&self, index: usize) -> Option<SimTime> {
        self.tracks.get(index).map(Track::next).filter(|&at| at != SimTime::MAX)
    }
}

/// Does what is due for `pod`, and has itself woken for what comes next.
pub fn reconcile(cx: &mut Context, key: Key, pod: &Rc<Pod>, behaviour: &PodBehaviour) {
    if pod.is_terminal() {
        cx.memory.kubelet.lives.remove(&key);
        if pod.meta.deleting() {
            confirm_gone(cx, key, pod);
        }
        return;
    }
    let known = cx.memory.kubelet.lives.remove(&key).filter(|life| life.uid == pod.meta.uid);
    let mut life = known.unwrap_or_else(|| Life { uid: pod.meta.uid, ..Life::default() });
    let count = pod.spec.init_containers.len() + pod.spec.containers.len();
    // Most pods have one container: room for just that, of ten thousand pods.
    life.tracks.reserve_exact(count.saturating_sub(life.tracks.len()));
    life.tracks.resize(count, Track::default());
    let next = match pod.meta.deletion {
        Some(deletion) => {
            let told = told_to_stop(cx, pod, deletion);
            Some(stop(cx, key, pod, &mut life, behaviour, told))
        }
        None => live(cx, key, pod, &mut life, behaviour),
    };
    cx.memory.kubelet.lives.insert(key, life);
    if let Some(at) = next {
        let delay = at.since(cx.now());
        cx.enqueue_after(Controller::Kubelet, key, delay);
    }
}

// upstream: kuberuntime killPodWithSyncResult
fn stop(
    cx: &mut Context,
    key: Key,
    pod: &Rc<Pod>,
    life: &mut Life,
    behaviour: &PodBehaviour,
    told: SimTime,
) -> SimTime {
    let now = cx.now();
    if !std::mem::replace(&mut life.stopping, true) {
        for (status, container) in pod.status.containers.iter().zip(&pod.spec.containers) {
            if matches!(status.state, ContainerState::Running { .. }) {
                cx.event(key, EventType::Normal, "Killing", format!("Stopping container {}", container.name));
            }
        }
    }
    let grace = Duration::from_secs(pod.meta.deletion.map_or(0, |d| d.grace_seconds).max(0).unsigned_abs());
    let hook = pod.spec.containers.iter().filter_map(|c| c.pre_stop_seconds).max().unwrap_or_default();
    let hook = Duration::from_secs(hook.max(0).unsigned_abs());
    let runs = pod.status.phase == Phase::Running;
    // What has not ended by itself when the grace period is over is killed.
    let ends = if runs { behaviour.terminate_after.map(|after| hook + after) } else { Some(Duration::ZERO) };
    let killed = ends.is_none_or(|after| after > grace);
    let at = told + ends.unwrap_or(grace).min(grace);
    if now < at {
        return at;
    }
    cx.update::<Pod>(key, |p| status::ended(p, now, if killed { 137 } else { 0 }));
    now + CONFIRM
}

fn live(cx: &mut Context, key: Key, pod: &Rc<Pod>, life: &mut Life, behaviour: &PodBehaviour) -> Option<SimTime> {
    let now = cx.now();
    let config = Rc::clone(&cx.config);
    let mut new = Pod::clone(pod);
    if new.status.started.is_none() {
        status::accepted(&mut new, now);
    }
    // upstream: kubelet SyncPod, volumemanager WaitForAttachAndMount
    let begun = life.tracks.iter().any(Track::has_sandbox);
    let attached = begun || !crate::DATA || crate::controller::attach::awaited(cx, pod).is_none();
    let held = if crate::DATA && pod.spec.database {
        (crate::app::held(cx, pod, Some("clone")), crate::app::held(cx, pod, None))
    } else {
        (false, false)
    };
    let mut scene = Scene {
        held,
        pod,
        behaviour,
        images: config.behaviour.as_ref(),
        memory: &mut cx.memory.kubelet,
        now,
        events: Vec::new(),
    };
    let inits = pod.spec.init_containers.len();
    let crash = std::mem::take(&mut life.crash);
    let mut open = attached; // everything before is done, so that this one may begin
    for (i, track) in life.tracks.iter_mut().enumerate() {
        let init = i < inits;
        let (spec, state) = if init {
            (&pod.spec.init_containers[i], &mut new.status.init_containers[i])
        } else {
            (&pod.spec.containers[i - inits], &mut new.status.containers[i - inits])
        };
        if crash && track.doing == Doing::Running {
            track.end(&scene, spec, state, 137, init && !spec.restart_always);
        }
        if open || track.doing != Doing::Nothing {
            track.advance(&mut scene, spec, state, init && !spec.restart_always);
        }
        open &= if init && !spec.restart_always {
            track.doing == Doing::Over && matches!(state.state, ContainerState::Terminated { exit_code: 0, .. })
        } else if init {
            state.started
        } else {
            track.has_started() || !matches!(track.doing, Doing::Pulling | Doing::Creating)
        };
        if init && i + 1 == inits && open && !new.status.initialized.status {
            new.status.initialized.set(true, now, "");
        }
    }
    let events = std::mem::take(&mut scene.events);
    if new.status.ip == 0 && life.tracks.iter().any(Track::has_sandbox) {
        new.status.ip = cx.next_pod_ip();
    }
    phase(&mut new, life, inits, now);
    if new != **pod {
        cx.put(key, Rc::new(new).wrap());
    }
    for (kind, reason, message) in events {
        cx.event(key, kind, reason, message);
    }
    life.tracks.iter().map(Track::next).min().filter(|&at| at != SimTime::MAX)
}

// upstream: kubelet_pods getPhase, status generate GeneratePodReadyCondition
fn phase(pod: &mut Pod, life: &Life, inits: usize, now: SimTime) {
    let over = |t: &Track| t.doing == Doing::Over;
    let (init, main) = life.tracks.split_at(inits);
    let exit = |s: &ContainerState| match s {
        ContainerState::Terminated { exit_code, .. } => *exit_code,
        _ => 0,
    };
    let init_failed = init.iter().zip(&pod.status.init_containers).any(|(t, s)| over(t) && exit(&s.state) != 0);
    if init_failed || (!main.is_empty() && main.iter().all(over)) {
        let code = i32::from(init_failed);
        status::ended(pod, now, code);
        return;
    }
    if main.iter().any(Track::has_started) {
        pod.status.phase = Phase::Running;
    }
    let sidecars_ready = pod.spec.init_containers.iter().zip(&pod.status.init_containers);
    let ready = pod.status.containers.iter().all(|c| c.ready)
        && sidecars_ready.filter(|(spec, _)| spec.restart_always).all(|(_, s)| s.ready);
    if ready != pod.status.ready.status || ready != pod.status.containers_ready.status {
        status::set_ready(&mut pod.status, ready, now, "ContainersNotReady");
    }
}
