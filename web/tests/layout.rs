//! Where things stand, natively.

use podscope_engine::{Cluster, Config};
use podscope_web::stage::{Scene, lay_out};
use std::time::Duration;

const EXAMPLE: &str = include_str!("../../static/example.yaml");

fn scene(replicas: i64, width: f64) -> Scene {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(EXAMPLE).expect("the example is valid");
    cluster.scale("Deployment", "default", "web", replicas).expect("there is a Deployment");
    let until = cluster.now() + Duration::from_mins(2);
    while !cluster.advance_to(until, 1000) {}
    lay_out(&cluster.view(), width)
}

#[test]
fn pods_stand_within_a_frame_and_apart_from_each_other() {
    for (replicas, width) in [(3, 360.0), (3, 880.0), (64, 880.0), (400, 1200.0)] {
        let scene = scene(replicas, width);
        for place in &scene.pods {
            let (x, y) = place.at;
            let within = scene.frames.iter().any(|frame| {
                let a = frame.area;
                x > a.x && x < a.x + a.w && y > a.y && y < a.y + a.h
            });
            assert!(within, "{} at {x} {y}, {replicas} replicas, width {width}", place.pod.name);
        }
        for (i, one) in scene.pods.iter().enumerate() {
            for two in &scene.pods[i + 1..] {
                let far = (one.at.0 - two.at.0).hypot(one.at.1 - two.at.1);
                let touch = one.density.radius(one.square) + two.density.radius(two.square);
                assert!(far + 0.01 >= touch, "{} and {} overlap", one.pod.name, two.pod.name);
            }
        }
    }
}

#[test]
fn each_service_stands_above_its_workload_and_leads_to_its_ready_pods() {
    let scene = scene(3, 880.0);
    assert_eq!(scene.services.len(), 2);
    for service in &scene.services {
        let frame = scene.frames.iter().find(|f| f.workload.name == service.service.name).expect("a frame of its name");
        assert!((service.area.middle() - frame.area.middle()).abs() < 1.0);
        assert!(service.area.y + service.area.h < frame.area.y);
        assert_eq!(service.service.ready.len(), 3, "{}", service.service.name);
    }
    assert_eq!(scene.wires.iter().filter(|wire| wire.thin).count(), 6);
}

#[test]
fn a_narrow_stage_has_one_column() {
    let scene = scene(3, 336.0);
    assert!(scene.frames.windows(2).all(|pair| pair[1].area.y > pair[0].area.y + pair[0].area.h));
    assert!(scene.frames.iter().all(|frame| frame.area.x + frame.area.w <= 336.0));
}
