//! One container, as its kubelet sees it: pull, create, run, probe, end, back off.

use super::scene::Scene;
use super::status;
use crate::object::{Container, ContainerState, ContainerStatus, EventType, Probe, RestartPolicy};
use crate::time::SimTime;
use std::rc::Rc;
use std::time::Duration;

/// From ErrImagePull to ImagePullBackOff.
const NOTICE: Duration = Duration::from_millis(1500);
/// The first back-off of pulls and restarts; it doubles up to the last.
const FIRST_BACK_OFF: u64 = 10;
const LAST_BACK_OFF: u64 = 300;
/// A container that ran for so long begins its back-off anew.
const FORGIVEN: Duration = Duration::from_mins(10);
/// From the end of a container to its first restart, which waits for nothing.
const RESTART: Duration = Duration::from_secs(1);
/// So many failures of a probe are told one by one; of later ones upstream's recorder keeps most to itself.
const TOLD: u32 = 25;

/// What the kubelet does with a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// It is not its turn yet.
    #[default]
    Nothing,
    /// Its image is being pulled.
    Pulling,
    /// The pull failed a moment ago.
    PullFailed,
    /// Waits to pull again.
    PullBackOff,
    /// Its image is there; it is being created.
    Creating,
    /// It runs.
    Running,
    /// It ended and is started again soon.
    Down,
    /// It waits, in CrashLoopBackOff, to be started again.
    BackOff,
    /// It ended for good.
    Over,
}

/// A probe's progress.
#[derive(Clone, Copy, Debug)]
struct Ticks {
    next: SimTime,
    ok: u32,
    failed: u32,
    told: u32,
}

impl Default for Ticks {
    fn default() -> Self {
        Self { next: SimTime::MAX, ok: 0, failed: 0, told: 0 }
    }
}

/// What a kubelet remembers of one container.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    /// What it does.
    pub doing: Doing,
    due: SimTime,
    pulls: u32,
    crashes: u32,
    began: SimTime,
    startup: Ticks,
    readiness: Ticks,
    liveness: Ticks,
}

impl Default for Track {
    fn default() -> Self {
        Self {
            doing: Doing::Nothing,
            due: SimTime::MAX,
            pulls: 0,
            crashes: 0,
            began: SimTime::ZERO,
            startup: Ticks::default(),
            readiness: Ticks::default(),
            liveness: Ticks::default(),
        }
    }
}

const fn seconds(n: i64) -> Duration {
    Duration::from_secs(n.unsigned_abs())
}

fn back_off(times: u32) -> Duration {
    Duration::from_secs((FIRST_BACK_OFF << times.saturating_sub(1).min(10)).min(LAST_BACK_OFF))
}

/// As Go prints a duration.
fn go_duration(d: Duration) -> String {
    match d.as_secs() {
        0 => format!("{}ms", d.as_millis() as u64),
        s if s < 60 => {
            let text = format!("{s}.{:03}", d.subsec_millis());
            format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
        }
        s => format!("{}m{}s", s / 60, s % 60),
    }
}

impl Track {
    /// Whether it ran at least once.
    pub const fn has_started(&self) -> bool {
        self.began.0 != 0
    }

    /// Whether its pod's sandbox is set up.
    pub const fn has_sandbox(&self) -> bool {
        !matches!(self.doing, Doing::Nothing)
    }

    /// When something is due next.
    pub fn next(&self) -> SimTime {
        self.due.min(self.startup.next).min(self.readiness.next).min(self.liveness.next)
    }

    /// Does what is due. `runs_once` marks init containers, which have to end.
    pub fn advance(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus, runs_once: bool) {
        loop {
            let before = self.doing;
            match self.doing {
                Doing::Nothing => self.fetch(scene, spec),
                Doing::Running => self.run(scene, spec, state, runs_once),
                Doing::Over => {}
                _ if self.due > scene.now => {}
                Doing::Pulling => self.pulled(scene, spec, state),
                Doing::PullFailed => self.pull_back_off(scene, spec, state),
                Doing::PullBackOff => self.pull(scene, spec, Duration::from_secs(1)),
                Doing::Creating => self.start(scene, spec, state, runs_once),
                Doing::Down if self.crashes > 1 => self.restart_back_off(scene, spec, state),
                Doing::Down | Doing::BackOff => {
                    state.restarts += 1;
                    if let ContainerState::Terminated { .. } = state.state {
                        state.last = Some(Box::new(state.state.clone()));
                    }
                    scene.present(spec);
                    self.start(scene, spec, state, runs_once);
                }
            }
            if self.doing == before {
                return;
            }
        }
    }

    fn fetch(&mut self, scene: &mut Scene, spec: &Container) {
        let there = scene
            .pod
            .node
            .as_ref()
            .is_some_and(|node| scene.memory.images.get(node).is_some_and(|images| images.contains(&spec.image)));
        if there {
            scene.present(spec);
            self.create(scene);
        } else {
            let takes = scene.images.pull(scene.pod, spec);
            self.pull(scene, spec, takes);
        }
    }

    fn pull(&mut self, scene: &mut Scene, spec: &Container, takes: Duration) {
        scene.tell(EventType::Normal, "Pulling", format!("Pulling image \"{}\"", spec.image));
        self.doing = Doing::Pulling;
        self.due = scene.now + takes;
    }

    // upstream: images/image_manager EnsureImageExists
    fn pulled(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus) {
        let image = &spec.image;
        if scene.images.bad_image(scene.pod, spec) {
            let why = format!("failed to pull and unpack image \"{image}\": not found");
            scene.tell(EventType::Warning, "Failed", format!("Failed to pull image \"{image}\": {why}"));
            scene.tell(EventType::Warning, "Failed", "Error: ErrImagePull".to_owned());
            state.state = status::waiting("ErrImagePull", why);
            self.pulls += 1;
            self.doing = Doing::PullFailed;
            self.due = scene.now + NOTICE;
            return;
        }
        let took = go_duration(scene.images.pull(scene.pod, spec));
        let message = format!("Successfully pulled image \"{image}\" in {took} ({took} including waiting).");
        scene.tell(EventType::Normal, "Pulled", message);
        if let Some(node) = &scene.pod.node {
            scene.memory.images.entry(Rc::clone(node)).or_default().insert(Rc::clone(image));
        }
        self.create(scene);
    }

    fn pull_back_off(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus) {
        let message = format!("Back-off pulling image \"{}\"", spec.image);
        scene.tell(EventType::Normal, "BackOff", message.clone());
        scene.tell(EventType::Warning, "Failed", "Error: ImagePullBackOff".to_owned());
        state.state = status::waiting("ImagePullBackOff", message);
        self.doing = Doing::PullBackOff;
        self.due = scene.now + back_off(self.pulls);
    }

    fn create(&mut self, scene: &Scene) {
        self.doing = Doing::Creating;
        self.due = scene.now + scene.behaviour.start_after;
    }

    fn start(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus, runs_once: bool) {
        let now = scene.now;
        scene.tell(EventType::Normal, "Created", "Container created".to_owned());
        scene.tell(EventType::Normal, "Started", "Container started".to_owned());
        if let ContainerState::Terminated { .. } = state.state {
            state.last = Some(Box::new(state.state.clone()));
        }
        state.state = ContainerState::Running { since: now };
        state.started = spec.startup.is_none();
        self.doing = Doing::Running;
        self.began = now;
        (self.startup, self.readiness, self.liveness) = (Ticks::default(), Ticks::default(), Ticks::default());
        if let Some(probe) = spec.startup.filter(|_| !runs_once) {
            self.startup.next = now + first_tick(probe);
        } else if !runs_once {
            self.probes_begin(now, spec);
        }
    }

    fn probes_begin(&mut self, from: SimTime, spec: &Container) {
        let at = |probe: Option<Probe>| probe.map_or(SimTime::MAX, |p| from.max(self.began + first_tick(p)));
        (self.readiness.next, self.liveness.next) = (at(spec.readiness), at(spec.liveness));
    }

    fn run(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus, runs_once: bool) {
        let now = scene.now;
        if runs_once && scene.held.0 && crate::app::clones(&spec.name) {
            self.due = SimTime::MAX; // what it copies is there when it is there
            return;
        }
        let ends = if runs_once {
            Some((scene.images.init(scene.pod, spec), 0))
        } else {
            scene.behaviour.crash.filter(|_| scene.pod.spec.containers.iter().any(|c| c.name == spec.name))
        };
        self.due = ends.map_or(SimTime::MAX, |(after, _)| self.began + after);
        if let Some((_, exit_code)) = ends.filter(|_| self.due <= now) {
            self.end(scene, spec, state, exit_code, runs_once);
            return;
        }
        if runs_once {
            return;
        }
        // The application answers from here on; one that is never ready is alive all the same.
        let up_at = self.began + scene.behaviour.ready_after.unwrap_or_default();
        let up = now >= up_at;
        if let Some(probe) = spec.startup.filter(|_| !state.started) {
            if self.startup.next > now {
                return;
            }
            if up {
                self.startup.next = SimTime::MAX;
                state.started = true;
                self.probes_begin(now, spec);
            } else if self.startup.fails(scene, probe, "Startup") {
                self.kill(scene, spec, state, "startup");
                return;
            } else {
                return;
            }
        }
        self.check_liveness(scene, spec, state, up);
        if self.doing == Doing::Running {
            self.check_readiness(scene, spec, state, up_at);
        }
    }

    fn check_liveness(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus, up: bool) {
        let Some(probe) = spec.liveness.filter(|_| self.liveness.next <= scene.now) else { return };
        if up {
            self.liveness.next = SimTime::MAX; // it stays alive: nothing to watch for
        } else if self.liveness.fails(scene, probe, "Liveness") {
            self.kill(scene, spec, state, "liveness");
        }
    }

    // upstream: prober/worker doProbe
    fn check_readiness(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus, up_at: SimTime) {
        let now = scene.now;
        let never = scene.behaviour.ready_after.is_none() || scene.behaviour.unready || scene.held.1;
        let good = !never && up_at <= now;
        let Some(probe) = spec.readiness else {
            // upstream: prober/prober_manager UpdatePodStatus
            let good = !never && (good || !scene.behaviour.ready_unprobed);
            state.ready = good;
            self.readiness.next = if never || good { SimTime::MAX } else { up_at };
            return;
        };
        if state.ready && !good {
            state.ready = false;
            self.readiness = Ticks { next: now, ..Ticks::default() };
        } else if !state.ready && good && self.readiness.next == SimTime::MAX {
            self.readiness = Ticks { next: now, ..Ticks::default() };
        }
        if self.readiness.next > now {
            return;
        }
        if good {
            self.readiness.ok += 1;
            state.ready = i64::from(self.readiness.ok) >= probe.success;
            self.readiness.next = if state.ready { SimTime::MAX } else { now + seconds(probe.period.max(1)) };
        } else {
            self.readiness.ok = 0;
            self.readiness.fails(scene, probe, "Readiness");
            if self.readiness.told >= TOLD {
                self.readiness.next = if never { SimTime::MAX } else { up_at };
            }
        }
    }

    fn kill(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus, probe: &str) {
        let message = format!("Container {} failed {probe} probe, will be restarted", spec.name);
        scene.tell(EventType::Normal, "Killing", message);
        self.end(scene, spec, state, 137, false);
    }

    /// The container ended: for good, to start again at once, or to wait.
    pub fn end(
        &mut self,
        scene: &Scene,
        spec: &Container,
        state: &mut ContainerStatus,
        exit_code: i32,
        runs_once: bool,
    ) {
        let now = scene.now;
        let started = if let ContainerState::Running { since } = state.state { since } else { now };
        let reason = if exit_code == 0 { "Completed" } else { "Error" };
        state.state = ContainerState::Terminated { exit_code, reason, started, finished: now };
        state.ready = runs_once && exit_code == 0;
        state.started = false;
        (self.startup, self.readiness, self.liveness) = (Ticks::default(), Ticks::default(), Ticks::default());
        let again = match scene.pod.spec.restart_policy {
            _ if runs_once && exit_code == 0 => false,
            _ if spec.restart_always => true,
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => exit_code != 0,
            RestartPolicy::Never => false,
        };
        if !again {
            self.doing = Doing::Over;
            self.due = SimTime::MAX;
            return;
        }
        if now.since(started) >= FORGIVEN {
            self.crashes = 0;
        }
        self.crashes += 1;
        self.doing = Doing::Down;
        self.due = now + RESTART;
    }

    // upstream: kuberuntime_manager doBackOff
    fn restart_back_off(&mut self, scene: &mut Scene, spec: &Container, state: &mut ContainerStatus) {
        let pod = &scene.pod.meta;
        let wait = back_off(self.crashes - 1);
        let name = format!("{}_{}({})", pod.name, pod.namespace, pod.uid);
        scene.events.push((
            EventType::Warning,
            "BackOff",
            format!("Back-off restarting failed container {} in pod {name}", spec.name),
        ));
        let message = format!("back-off {} restarting failed container={} pod={name}", go_duration(wait), spec.name);
        let ended = std::mem::replace(&mut state.state, status::waiting("CrashLoopBackOff", message));
        state.last = Some(Box::new(ended));
        self.doing = Doing::BackOff;
        self.due = scene.now + wait;
    }
}

/// Upstream adds up to a period of chance; here a probe begins after its delay, or at once after a second.
fn first_tick(probe: Probe) -> Duration {
    seconds(probe.initial_delay.max(1))
}

impl Ticks {
    /// Notes a failure; says whether there were enough of them in a row.
    fn fails(&mut self, scene: &mut Scene, probe: Probe, which: &str) -> bool {
        self.failed += 1;
        self.told += 1;
        if self.told <= TOLD {
            let message = format!("{which} probe failed: the application does not answer yet");
            scene.tell(EventType::Warning, "Unhealthy", message);
        }
        self.next = scene.now + seconds(probe.period.max(1));
        i64::from(self.failed) >= probe.failure
    }
}
