//! A pod's life in detail.

use crate::api::DeleteOptions;
use crate::object::{Container, ContainerState, Key, Labels, Meta, Phase, Pod, PodSpec, Probe, RestartPolicy};
use crate::time::SimTime;
use crate::{Cluster, Config, topology};
use std::rc::Rc;

fn container(name: &str, image: &str) -> Container {
    Container { name: name.into(), image: image.into(), ..Container::default() }
}

fn spec(behaviour: &[(&str, &str)]) -> PodSpec {
    let behaviour: Labels = behaviour.iter().map(|(k, v)| (format!("podscope.dev/{k}"), *v)).collect();
    PodSpec { containers: vec![container("app", "nginx")], grace_seconds: 30, behaviour, ..PodSpec::default() }
}

/// Times that make sums easy: 1 s to pull, 1 s to start, 2 s to be ready, 1 s to stop.
const EASY: &[(&str, &str)] = &[
    ("pull-after", "1s"),
    ("start-after", "1s"),
    ("ready-after", "2s"),
    ("terminate-after", "1s"),
    ("init-after", "3s"),
];

// An `Option`, as the fields that take it.
#[allow(clippy::unnecessary_wraps)]
fn probe(period: i64, failure: i64) -> Option<Probe> {
    Some(Probe { initial_delay: 0, period, timeout: 1, success: 1, failure })
}

fn run(spec: PodSpec) -> (Cluster, Key) {
    let mut cluster = Cluster::empty(Config::default());
    topology::build(&mut cluster.cx, topology::default_nodes(1)).expect("a new cluster");
    let key = cluster.cx.create(Pod::new(Meta::named("default", "p"), Rc::new(spec))).expect("a pod");
    (cluster, key)
}

fn at(cluster: &mut Cluster, millis: u64) {
    assert!(cluster.advance_to(SimTime::from_millis(millis), 100_000));
}

fn pod(cluster: &Cluster, key: Key) -> &Pod {
    cluster.cx.store.get::<Pod>(key).expect("the pod")
}

fn reason(state: &ContainerState) -> &'static str {
    match state {
        ContainerState::Waiting { reason, .. } | ContainerState::Terminated { reason, .. } => reason,
        ContainerState::Running { .. } => "Running",
    }
}

fn told(cluster: &Cluster, key: Key) -> Vec<&'static str> {
    cluster.cx.events_about(key).map(|e| e.reason).collect()
}

#[test]
fn pulls_creates_starts_and_gets_ready() {
    let (mut cluster, key) = run(spec(EASY));
    let rows = [(900, Phase::Pending, false), (2100, Phase::Running, false), (4100, Phase::Running, true)];
    for (millis, phase, ready) in rows {
        at(&mut cluster, millis);
        assert_eq!((pod(&cluster, key).status.phase, pod(&cluster, key).is_ready()), (phase, ready), "{millis}");
    }
    assert_eq!(told(&cluster, key), ["Scheduled", "Pulling", "Pulled", "Created", "Started"]);
    assert!(cluster.cx.next_time().is_none(), "nothing idles");
}

#[test]
fn init_containers_run_one_after_another_and_sidecars_stay() {
    let mut spec = spec(EASY);
    let sidecar = Container { restart_always: true, ..container("proxy", "envoy") };
    spec.init_containers = vec![container("first", "busybox"), sidecar, container("second", "busybox")];
    let (mut cluster, key) = run(spec);
    // first: pull 1, create 1, run 3; proxy: pull 1, create 1; second: (image is there) create 1, run 3.
    let rows = [
        (4900, ["Running", "PodInitializing", "PodInitializing"]),
        (7200, ["Completed", "Running", "PodInitializing"]),
        (8200, ["Completed", "Running", "Running"]),
    ];
    for (millis, expected) in rows {
        at(&mut cluster, millis);
        let states: Vec<_> = pod(&cluster, key).status.init_containers.iter().map(|c| reason(&c.state)).collect();
        assert_eq!(states, expected, "{millis}");
        assert!(!pod(&cluster, key).status.initialized.status);
    }
    at(&mut cluster, 20_000);
    assert!(pod(&cluster, key).status.initialized.status && pod(&cluster, key).is_ready());
    assert_eq!(reason(&pod(&cluster, key).status.init_containers[1].state), "Running");
}

#[test]
fn without_a_readiness_probe_a_container_is_ready_when_it_runs() {
    // It runs at 2 s. That it would answer at 4 s matters only when the manifest says so by name.
    let silent: Vec<_> = EASY.iter().copied().filter(|(name, _)| *name != "ready-after").collect();
    for (behaviour, ready_at) in [(EASY, 4000), (&silent, 2000)] {
        let (mut cluster, key) = run(spec(behaviour));
        at(&mut cluster, ready_at - 100);
        assert!(!pod(&cluster, key).is_ready());
        at(&mut cluster, ready_at + 100);
        assert!(pod(&cluster, key).is_ready());
    }
}

#[test]
fn readiness_is_seen_when_the_probe_looks() {
    let mut spec = spec(EASY);
    spec.containers[0].readiness = probe(10, 3);
    let (mut cluster, key) = run(spec);
    at(&mut cluster, 12_900); // started at 2 s, looked at 3 s (not yet) and at 13 s
    assert!(!pod(&cluster, key).is_ready());
    at(&mut cluster, 13_100);
    assert!(pod(&cluster, key).is_ready());
    assert!(told(&cluster, key).contains(&"Unhealthy"));
}

#[test]
fn an_impatient_liveness_probe_kills_a_slow_application() {
    let mut spec = spec(&[("pull-after", "1s"), ("start-after", "1s"), ("ready-after", "60s")]);
    spec.containers[0].liveness = probe(5, 3);
    let (mut cluster, key) = run(spec.clone());
    at(&mut cluster, 15_000); // looked at 3, 8, 13 s
    assert_eq!(pod(&cluster, key).status.containers[0].restarts, 1);
    // A startup probe gives it the time.
    spec.containers[0].startup = probe(5, 20);
    let (mut cluster, key) = run(spec);
    at(&mut cluster, 100_000);
    assert_eq!(pod(&cluster, key).status.containers[0].restarts, 0);
    assert!(pod(&cluster, key).is_ready());
}

#[test]
fn restarts_once_at_once_and_then_backs_off() {
    let mut all = EASY.to_vec();
    all.extend([("crash-after", "1s"), ("exit-code", "3"), ("ready-after", "5s")]);
    let (mut cluster, key) = run(spec(&all));
    // started at 2 s, ended at 3 s, again 4–5 s, then 10 s of back-off from 6 s, 16–17 s, 20 s from 18 s
    let rows = [
        (3500, "Error", 0),
        (4500, "Running", 1),
        (7000, "CrashLoopBackOff", 1),
        (16_500, "Running", 2),
        (19_000, "CrashLoopBackOff", 2),
        (37_000, "CrashLoopBackOff", 2),
        (38_500, "Running", 3),
    ];
    for (millis, expected, restarts) in rows {
        at(&mut cluster, millis);
        let container = &pod(&cluster, key).status.containers[0];
        assert_eq!((reason(&container.state), container.restarts), (expected, restarts), "{millis}");
    }
    assert!(told(&cluster, key).contains(&"BackOff"));
}

#[test]
fn a_task_ends() {
    for (policy, code, phase) in [
        (RestartPolicy::Never, "0", Phase::Succeeded),
        (RestartPolicy::Never, "1", Phase::Failed),
        (RestartPolicy::OnFailure, "0", Phase::Succeeded),
    ] {
        let mut all = EASY.to_vec();
        all.extend([("crash-after", "1s"), ("exit-code", code)]);
        let (mut cluster, key) = run(PodSpec { restart_policy: policy, ..spec(&all) });
        at(&mut cluster, 10_000);
        assert_eq!(pod(&cluster, key).status.phase, phase);
    }
}

#[test]
fn a_bad_image_backs_off() {
    let mut asked = spec(EASY);
    asked.containers[0].image = "nginx:does-not-exist".into();
    let (mut cluster, key) = run(asked);
    for (millis, expected) in [(1500, "ErrImagePull"), (3000, "ImagePullBackOff"), (13_900, "ErrImagePull")] {
        at(&mut cluster, millis);
        assert_eq!(reason(&pod(&cluster, key).status.containers[0].state), expected, "{millis}");
    }
}

#[test]
fn stops_within_its_grace_period() {
    // (how long it takes, preStop, grace) and what is seen
    for (takes, hook, grace, gone, code) in [("1s", 0, 30, 1, 0), ("1s", 5, 30, 6, 0), ("60s", 0, 10, 10, 137)] {
        let mut all = EASY.to_vec();
        all.push(("terminate-after", takes));
        let mut asked = PodSpec { grace_seconds: grace, ..spec(&all) };
        asked.containers[0].pre_stop_seconds = (hook > 0).then_some(hook);
        let (mut cluster, key) = run(asked);
        at(&mut cluster, 10_000);
        cluster.cx.delete(key, DeleteOptions::default()).expect("it is there");
        at(&mut cluster, 10_000 + gone * 1000 + 15);
        let status = &pod(&cluster, key).status;
        assert!(
            matches!(status.containers[0].state, ContainerState::Terminated { exit_code, .. } if exit_code == code)
        );
        at(&mut cluster, 10_000 + gone * 1000 + 50);
        assert!(cluster.cx.store.get::<Pod>(key).is_none());
    }
}
