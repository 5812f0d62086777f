//! A cluster without a page: it goes where it is told, and its past gives it again.

use podscope_console::Host;
use podscope_engine::time::SimTime;
use podscope_schema::Value;

const EXAMPLE: &str = include_str!("../../../static/example.yaml");

fn begun() -> Host {
    let mut host = Host::default();
    host.begin(7);
    assert!(host.apply(EXAMPLE).get("errors").is_none());
    host
}

fn printed(host: &mut Host, line: &str) -> String {
    let answer = host.start(9, line, "", ("manifest.yaml", ""));
    assert_eq!(answer.get("exit").and_then(Value::as_i64), Some(0), "{answer:?}");
    answer.str_at(&["out"]).unwrap_or_default().to_owned()
}

#[test]
fn onward_stops_at_each_change_and_misses_none() {
    let end = SimTime::from_millis(60_000);
    for events in [1, 3, 1000] {
        let (mut stepped, mut straight) = (begun(), begun());
        let mut changes = 0;
        loop {
            let before = stepped.now();
            match stepped.onward(end, events) {
                Some(true) => changes += 1,
                Some(false) => break,
                None => {}
            }
            assert!(before <= stepped.now() && stepped.now() <= end);
        }
        while !straight.advance(end, 1000) {}
        assert!(changes > 20, "{changes}");
        assert_eq!((stepped.now(), straight.now()), (end, end));
        assert_eq!(stepped.past(), straight.past());
        let all = "kubectl get all -A -o yaml";
        assert_eq!(printed(&mut stepped, all), printed(&mut straight, all));
    }
}

#[test]
fn a_past_gives_the_run_again_also_in_the_middle_of_an_instant() {
    for events in [0, 1, 5, 40, 1000] {
        let mut host = begun();
        while !host.advance(SimTime::from_millis(20_000), 1000) {}
        assert_eq!(printed(&mut host, "kubectl scale deploy web --replicas=5"), "deployment.apps/web scaled\n");
        host.advance(SimTime::from_millis(21_000), events);
        let past = host.past();
        let after = past.get("after").and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
        let mut again = Host::default();
        again.begin(7);
        let digest = again.follow(past.get("inputs").unwrap_or(&Value::Null), host.now(), after);
        assert_eq!(digest, host.follow(&Value::Null, host.now(), after));
        assert_eq!(again.past(), past);
    }
}

#[test]
fn what_is_refused_is_not_done() {
    let mut host = Host::default();
    let answer = host.apply("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: two}\n");
    let errors = answer.get("errors").map(Value::items).unwrap_or_default();
    assert_eq!(errors.len(), 1, "{answer:?}");
    assert!(errors[0].str_at(&["message"]).is_some_and(|m| m.contains("replicas")), "{answer:?}");
    assert_eq!(errors[0].get("line").and_then(Value::as_i64), Some(4));
    assert_eq!(printed(&mut host, "kubectl get deploy"), "");
}
