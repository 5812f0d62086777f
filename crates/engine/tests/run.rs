//! Turning back time: a seek shows what was there, doing something in the past begins another branch, and the inputs alone
//! give the same run again.

use podscope_engine::api::input::Input;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, Run};
use podscope_schema::Value;
use proptest::prelude::*;

const MANIFEST: &str = include_str!("run.yaml");

fn start(seed: u64) -> Run {
    let mut run = Run::new(Cluster::new(Config { seed, ..Config::default() }));
    run.act(|cluster| cluster.apply(MANIFEST)).expect("the manifest is valid");
    run
}

/// What must be the same wherever the same was done: every write, and every client's request.
fn seen(run: &Run) -> (u64, String) {
    let cx = &run.cluster().cx;
    let web = cx.store.find(podscope_engine::object::Kind::Service, "default", "web").expect("web is there");
    (cx.trace.digest(), format!("{:?}", podscope_engine::network::traffic::of_service(cx, web)))
}

fn to(run: &mut Run, millis: u64, slice: usize) {
    while !run.advance_to(SimTime::from_millis(millis), slice) {}
}

#[derive(Clone, Debug)]
enum Act {
    Scale(&'static str, &'static str, i64),
    Image(u32),
    Kill(usize),
}

fn act(run: &mut Run, act: &Act) {
    run.act(|cluster| match act {
        Act::Scale(kind, name, n) => _ = cluster.scale(kind, "default", name, *n).expect("it is there"),
        Act::Image(n) => {
            let image = format!("nginx:1.{n}");
            cluster.set_image("Deployment", "default", "web", "nginx", &image).expect("it is there");
        }
        Act::Kill(n) => {
            let pods = cluster.cx.store.of_kind(podscope_engine::object::Kind::Pod);
            let name = pods.iter().nth(*n).map(|k| cluster.cx.store.name(*k).name.clone());
            // Gone already, or going: refused, and refused again when it is done again.
            _ = name.map(|name| cluster.delete_pod("default", &name));
        }
    });
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0_i64..6).prop_map(|n| Act::Scale("Deployment", "web", n)),
        (0_i64..5).prop_map(|n| Act::Scale("StatefulSet", "db", n)),
        (20_u32..30).prop_map(Act::Image),
        (0_usize..6).prop_map(Act::Kill),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_seek_shows_what_was_there(
        seed in 0_u64..100,
        course in prop::collection::vec((1_u64..9_000, 1_usize..40, acts()), 1..8),
        seeks in prop::collection::vec((0_u64..60_000, 1_usize..60), 1..6),
    ) {
        let mut run = start(seed);
        let mut now = 0;
        for (after, slice, what) in &course {
            now += after;
            to(&mut run, now, *slice);
            act(&mut run, what);
        }
        now += 9_000;
        to(&mut run, now, 7);
        let inputs = run.inputs().clone();
        for (at, _) in &seeks {
            let at = at % now;
            run.seek(SimTime::from_millis(at));
            prop_assert_eq!(run.cluster().now(), SimTime::from_millis(at));
            // Another cluster that gets the same inputs, as a link carries them, without ever going back.
            let copies = inputs.iter().map(|i| {
                let text = i.to_value().to_json();
                Input::from_value(&Value::from_json(&text).expect("what was written is read")).expect("an input")
            });
            let fresh = Cluster::new(Config { seed, ..Config::default() });
            let mut again = Run::with_inputs(fresh, copies.collect(), SimTime::from_millis(now));
            prop_assert_eq!(again.end(), run.end());
            again.seek(SimTime::from_millis(at));
            prop_assert_eq!(seen(&again), seen(&run));
        }
        run.seek(SimTime::from_millis(now));
        prop_assert_eq!(run.branches().len(), 1, "looking changes nothing");
        prop_assert_eq!(run.inputs(), &inputs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// What is undone leaves no trace, and done again it is the same again.
    #[test]
    fn undone_is_as_if_it_had_not_been(acts in prop::collection::vec((500_u64..9000, acts()), 1..6), later in 1_u64..20_000) {
        let mut run = start(5);
        let mut before = Vec::new();
        let mut now = 0;
        for (wait, one) in &acts {
            now += wait;
            to(&mut run, now, 7);
            let then = (run.cluster().cx.inputs.len(), seen(&run), now, one);
            act(&mut run, one);
            // There may have been no pod to kill.
            if run.inputs().len() > then.0 {
                before.push(then);
            }
        }
        prop_assume!(!before.is_empty());
        let done = seen(&run);
        to(&mut run, now + later, 7);
        for (keep, seen_before, ..) in before.iter().rev() {
            run.undo(*keep);
            prop_assert_eq!(&seen(&run), seen_before);
            prop_assert_eq!(run.inputs().len(), *keep);
        }
        prop_assert_eq!(run.branches().len(), 1);
        for (.., at, one) in &before {
            to(&mut run, *at, 3);
            act(&mut run, one);
        }
        to(&mut run, now, 3);
        prop_assert_eq!(seen(&run), done);
    }
}

#[test]
fn what_a_run_began_with_is_not_undone() {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(MANIFEST).expect("the manifest is valid");
    let mut run = Run::new(cluster);
    let begun = run.inputs().len();
    to(&mut run, 3_000, 9);
    assert!(!run.undoable() && run.undo(begun).is_empty());
    act(&mut run, &Act::Scale("Deployment", "web", 5));
    assert!(run.undoable() && run.undo(0).is_empty(), "all of it at once is too much");
    assert_eq!((run.undo(begun).len(), run.undoable()), (1, false));
}

#[test]
fn what_was_known_to_come_is_kept_when_the_past_is_undone() {
    let mut run = start(3);
    to(&mut run, 10_000, 9);
    act(&mut run, &Act::Scale("Deployment", "web", 5));
    to(&mut run, 20_000, 9);
    act(&mut run, &Act::Scale("Deployment", "web", 1));
    let end = seen(&run);
    run.seek(SimTime::from_millis(15_000));
    let keep = run.cluster().cx.inputs.len() - 1;
    assert_eq!(run.undo(keep).len(), 1);
    assert_eq!((run.branches().len(), run.inputs().len()), (2, keep));
    assert_eq!(run.cluster().now(), SimTime::from_millis(10_000));
    assert!(run.switch(1));
    run.seek(SimTime::from_millis(20_000));
    assert_eq!(seen(&run), end);
}

#[test]
fn acting_in_the_past_begins_a_branch_and_both_are_kept() {
    let mut run = start(3);
    to(&mut run, 20_000, 9);
    act(&mut run, &Act::Scale("Deployment", "web", 5));
    to(&mut run, 40_000, 9);
    let first = seen(&run);
    run.seek(SimTime::from_millis(10_000));
    act(&mut run, &Act::Scale("StatefulSet", "db", 1));
    assert_eq!(run.end(), SimTime::from_millis(10_000), "what would have been is another branch");
    to(&mut run, 40_000, 13);
    let second = seen(&run);
    assert_ne!(first, second);
    let told: Vec<_> = run.branches().iter().map(|b| (b.number, b.forked.secs(), b.end.secs(), b.present)).collect();
    assert_eq!(told, [(1, 0, 40, false), (2, 10, 40, true)]);
    let beside = run.beside(1).expect("it is kept");
    assert_eq!(seen(&beside), first);
    assert!(run.switch(1));
    assert_eq!(seen(&run), first);
    assert!(run.switch(2));
    assert_eq!(seen(&run), second);
    assert!(!run.switch(7));
    // Another run takes the branches up, and tells the same.
    let own = run.courses().into_iter().find(|(b, _)| b.present).expect("one is present").1;
    let own = own.iter().map(|input| Input::clone(input)).collect();
    let mut again = Run::with_inputs(Cluster::new(Config { seed: 3, ..Config::default() }), own, run.end());
    again.take_up(run.courses());
    assert_eq!(again.branches(), run.branches());
    again.seek(SimTime::from_millis(40_000));
    assert_eq!(seen(&again), second);
    assert!(again.switch(1));
    assert_eq!(seen(&again), first);
}

#[test]
fn a_run_that_goes_on_from_the_past_does_again_what_was_done() {
    let mut run = start(5);
    // Nothing is written for a while before these, so that the step before each of them goes far.
    for at in [15_000, 57_300, 143_900] {
        to(&mut run, at, 9);
        act(&mut run, &Act::Image(u32::try_from(at / 1000).expect("it is small")));
    }
    to(&mut run, 300_000, 9);
    let inputs: Vec<Input> = run.inputs().iter().map(|i| (**i).clone()).collect();
    let fresh = Cluster::new(Config { seed: 5, ..Config::default() });
    let mut again = Run::with_inputs(fresh, inputs, SimTime::from_millis(300_000));
    run.seek(SimTime::from_millis(3_000));
    while run.cluster().now() < SimTime::from_millis(290_000) && run.step() {
        let now = run.cluster().now();
        while !again.advance_to(now, 100) {}
        assert_eq!(seen(&again).0, seen(&run).0, "after a step to {now}");
    }
    assert_eq!(run.branches().len(), 1);
}

#[test]
fn many_checkpoints_lie_farther_apart_and_a_seek_still_finds_its_way() {
    let mut run = start(1);
    to(&mut run, 1_200_000, 500);
    let end = seen(&run);
    run.seek(SimTime::from_millis(17_500));
    run.seek(SimTime::from_millis(1_200_000));
    assert_eq!(seen(&run), end);
}
