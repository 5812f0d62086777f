//! Where things stand, natively.

use podscope_engine::view::Body;
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
        let alone = scene.pods.iter().map(|p| (p.pod.name.clone(), p.at, p.density.radius(p.square)));
        let dots = scene.blocks.iter().flat_map(|block| {
            let named = block.pods.iter().enumerate().filter_map(|(i, pod)| Some((pod.as_ref()?.name.clone(), i)));
            named.map(|(name, i)| (name, block.middle(i), 4.0))
        });
        let all: Vec<_> = alone.chain(dots).collect();
        let there = scene.frames.iter().map(|f| match &f.workload.body {
            Body::Groups(groups) => groups.iter().map(|g| g.pods.len()).sum(),
            Body::Bays(bays) => bays.iter().filter(|b| b.pod.is_some()).count(),
        });
        assert_eq!(all.len(), there.sum::<usize>(), "every pod is drawn once");
        for (name, (x, y), _) in &all {
            let within = scene.frames.iter().any(|frame| {
                let a = frame.area;
                *x > a.x && *x < a.x + a.w && *y > a.y && *y < a.y + a.h
            });
            assert!(within, "{name} at {x} {y}, {replicas} replicas, width {width}");
        }
        for (i, (one, at, r)) in all.iter().enumerate() {
            for (two, other, s) in &all[i + 1..] {
                let far = (at.0 - other.0).hypot(at.1 - other.1);
                assert!(far + 0.01 >= r + s, "{one} and {two} overlap");
            }
        }
    }
}

#[test]
fn very_many_pods_are_drawn_together() {
    let few = scene(300, 1200.0);
    assert!(few.blocks.is_empty());
    let many = scene(1000, 1200.0);
    assert!(many.pods.iter().all(|place| place.square), "only the database's are drawn one by one");
    let dots: usize = many.blocks.iter().map(|block| block.pods.len()).sum();
    assert_eq!(dots, 1000);
    assert!(many.blocks.len() <= 12, "{} blocks", many.blocks.len());
    assert!(many.blocks.iter().all(|block| block.pods.len() <= 200 && block.size().0 <= 1200.0));
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
