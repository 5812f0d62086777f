//! Manifests with DaemonSets, Jobs and CronJobs, as tutorials and charts have them, run as they are.

use podscope_engine::object::{CronJob, DaemonSet, Job, Kind, Pod};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};

const MANIFESTS: &str = include_str!("../../../tests/manifests/batch.yaml");

fn run(seconds: u64) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(MANIFESTS).unwrap_or_else(|e| panic!("{e:?}"));
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 1000) {}
    cluster
}

#[test]
fn everything_ends_as_it_should() {
    let cluster = run(400);
    let store = &cluster.cx.store;
    for (_, set) in store.list::<DaemonSet>(Kind::DaemonSet) {
        assert_eq!((set.status.desired, set.status.available), (3, 3), "{}", set.meta.name);
    }
    // (Job, its end, successes)
    let rows =
        [("migrate", "Complete", 1), ("chunks", "Complete", 6), ("flaky", "Failed", 0), ("sleeper", "Complete", 2)];
    for (name, end, succeeded) in rows {
        let job = store.lookup::<Job>(Kind::Job, "batch", name).unwrap_or_else(|| panic!("no Job {name}"));
        assert_eq!(job.finished().map(|c| c.kind), Some(end), "{name}: {:?}", job.status);
        assert_eq!(job.status.succeeded, succeeded, "{name}");
    }
    let (_, cron) = store.list::<CronJob>(Kind::CronJob).next().expect("the CronJob");
    assert!(cron.status.last_success.is_some(), "{:?}", cron.status);
    assert!(store.list::<Pod>(Kind::Pod).all(|(_, p)| !p.meta.deleting()));
}

#[test]
fn the_view_shows_them() {
    let cluster = run(20);
    let view = cluster.view();
    let mut shown: Vec<(&str, &str)> = view.workloads.iter().map(|w| (&*w.kind, &*w.name)).collect();
    shown.sort_unstable();
    let expected = [
        ("CronJob", "report"),
        ("DaemonSet", "log-agent"),
        ("Job", "chunks"),
        ("Job", "flaky"),
        ("Job", "migrate"),
        ("Job", "sleeper"),
    ];
    assert_eq!(shown, expected);
    assert!(view.bare.is_empty(), "every pod belongs to one of them");
}

#[test]
fn the_same_run_gives_the_same_trace() {
    assert_eq!(run(200).cx.trace.digest(), run(200).cx.trace.digest());
}

#[test]
fn each_says_why_it_is_as_it_is() {
    use podscope_engine::explain::Mood;
    // (seconds, kind, name, how it stands, words of the answer, whether it says when it changes)
    let rows = [
        (400, "DaemonSet", "log-agent", Mood::Well, "3 available pods for 3 nodes that fit", false),
        (400, "Job", "migrate", Mood::Well, "complete: 1 of 1 completions", false),
        (12, "Job", "flaky", Mood::Waiting, "the next pod is made at", true),
        (400, "Job", "flaky", Mood::Stuck, "has failed (BackoffLimitExceeded)", false),
        (3, "Job", "sleeper", Mood::Waiting, "2 pods at work", false),
        (90, "CronJob", "report", Mood::Well, "its next Job at 120.1 s", true),
    ];
    for (seconds, kind, name, mood, words, timed) in rows {
        let answer = run(seconds).explain(kind, "batch", name);
        assert!(answer.sentence.contains(words), "{kind} {name} at {seconds} s: {}", answer.sentence);
        assert_eq!((answer.mood, answer.until.is_some()), (mood, timed), "{kind} {name} at {seconds} s: {answer:?}");
    }
}
