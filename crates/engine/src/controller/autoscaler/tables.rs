//! Upstream's tables for autoscalers.

use super::behavior::{History, at_rate};
use super::calculator::{Found, Metrics, Tolerances, plain, utilization};
use crate::Config;
use crate::api::{Context, DeleteOptions};
use crate::object::{Autoscaler, AutoscalerStatus, Container, Key, Meta, Phase, Pod, PodSpec};
use crate::table::{Row, run, same};
use crate::time::SimTime;
use podscope_schema::Value;
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// When the look is: long after the beginning, at which all pods but the hot ones started.
const NOW: SimTime = SimTime(3_600_000_000);

fn lab() -> Context {
    let minutes = Duration::from_mins(2);
    Context::new(Config { hpa_cpu_init: minutes, hpa_readiness_delay: Duration::from_secs(10), ..Config::default() })
}

fn pod(cx: &mut Context, number: usize, cpu_milli: i64, state: &str) -> (Key, Rc<Pod>) {
    let containers = vec![Container { name: "app".into(), cpu_milli, ..Container::default() }];
    let spec = Rc::new(PodSpec { containers, ..PodSpec::default() });
    let mut pod = Pod::new(Meta::named("default", format!("pod{number}")), spec);
    pod.node = Some("no-such-node".into());
    pod.status.phase = match state {
        "pending" => Phase::Pending,
        "failed" => Phase::Failed,
        _ => Phase::Running,
    };
    let since = if state == "hot" { NOW } else { SimTime::ZERO };
    pod.status.started = Some(since);
    pod.status.ready.status = !matches!(state, "unready" | "pending");
    pod.status.ready.since = since;
    let key = cx.create(pod).expect("a fresh name");
    if state == "going" {
        cx.delete(key, DeleteOptions { grace_seconds: Some(30), ..DeleteOptions::default() }).expect("it is there");
    }
    (key, cx.get::<Pod>(key).expect("it is there"))
}

fn tolerances(row: &Row) -> Tolerances {
    let parts: Vec<f64> = row.list("tolerance").into_iter().map(|t| t.parse().expect("a number")).collect();
    match *parts {
        [down, up] => Tolerances { down, up },
        _ => Tolerances { down: 0.1, up: 0.1 },
    }
}

/// The pods of a row, and their usage; `/` parts what is known of each.
fn pods(cx: &mut Context, row: &Row) -> (Vec<(Key, Rc<Pod>)>, Metrics) {
    let (mut pods, mut metrics) = (Vec::new(), SortedMap::new());
    for (number, text) in row.list("pods").into_iter().enumerate() {
        let parts: Vec<&str> = text.rsplit('/').collect();
        let request = parts.get(2).map_or(0, |r| r.parse().expect("a number"));
        let made = pod(cx, number, request, parts[0]);
        metrics.extend(parts[1].parse().ok().map(|usage: i64| (made.0, usage)));
        pods.push(made);
    }
    (pods, metrics)
}

#[test]
fn by_utilization() {
    run(include_str!("../../../tests/tables/hpa-utilization.txt"), |row| {
        let mut cx = lab();
        let (pods, mut metrics) = pods(&mut cx, row);
        for number in 0..row.int("others") {
            let key = pod(&mut cx, 100 + number as usize, 0, "ready").0;
            cx.remove(key);
            metrics.insert(key, 1000);
        }
        cx.now = NOW;
        let (current, target) = (row.int("current"), row.int("target"));
        let found = utilization(&cx, metrics, &pods, current, target, "cpu", tolerances(row));
        if row.text("replicas") == "error" {
            return found.map_or(Ok(()), |found| Err(format!("have {found:?}")));
        }
        let want =
            Found { replicas: row.int("replicas"), utilization: row.int("percent"), average: row.int("average") };
        same(found, Ok(want))
    });
}

#[test]
fn by_average() {
    run(include_str!("../../../tests/tables/hpa-average.txt"), |row| {
        let mut cx = lab();
        let (pods, metrics) = pods(&mut cx, row);
        cx.now = NOW;
        let (current, target) = (row.int("current"), row.int("target"));
        let found = plain(&cx, metrics, &pods, current, target, "qps", tolerances(row));
        same(found, Ok(Found { replicas: row.int("replicas"), utilization: 0, average: row.int("average") }))
    });
}

/// `amount:amount/seconds`: evenly over so many seconds before now, each in the middle of its part.
fn events(text: &str) -> Vec<(i64, SimTime)> {
    let Some((amounts, seconds)) = text.split_once('/') else { return Vec::new() };
    let amounts: Vec<i64> = amounts.split(':').map(|n| n.parse().expect("a number")).collect();
    let part = seconds.parse::<f64>().expect("a number") / amounts.len() as f64;
    let at = |i: usize| {
        let ago = (amounts.len() - i) as f64 * part - part / 2.0;
        SimTime::ZERO + NOW.since(SimTime::ZERO + Duration::from_secs(ago as u64))
    };
    amounts.iter().enumerate().map(|(i, n)| (*n, at(i))).collect()
}

/// `pods/seconds:percent/seconds`
fn rules(text: &str) -> Value {
    let policy = |(kind, text): (&str, &str)| {
        let (value, period) = text.split_once('/').expect("a period");
        let [value, period] = [value, period].map(|n| n.parse::<i64>().expect("a number"));
        let of = [("type", Value::from(kind)), ("value", value.into()), ("periodSeconds", period.into())];
        (value > 0).then(|| Value::object(of))
    };
    let policies = ["Pods", "Percent"].into_iter().zip(text.split(':')).filter_map(policy);
    Value::object([("policies", Value::array(policies))])
}

#[test]
fn rates() {
    run(include_str!("../../../tests/tables/hpa-rate.txt"), |row| {
        let mut behavior = Value::object([("scaleUp", Value::default())]);
        for (name, column) in [("scaleUp", "up"), ("scaleDown", "down")] {
            if row.text(column) != "-" {
                behavior.make_map().insert(name, rules(row.text(column)));
            }
        }
        let hpa = Autoscaler {
            meta: Meta::named("default", "web"),
            target: ("Deployment".into(), "web".into()),
            min: row.int("min"),
            max: row.int("max"),
            metrics: Value::Null,
            behavior,
            status: AutoscalerStatus::default(),
            raw: Value::Null,
        };
        let history = History { ups: events(row.text("ups")), downs: events(row.text("downs")), ..History::default() };
        let (replicas, reason, _) = at_rate(&hpa, &history, row.int("current"), row.int("wanted"), NOW);
        same((replicas, reason), (row.int("replicas"), row.text("reason")))
    });
}
