//! Jobs from their creation to their end.

use crate::object::{Job, Key, Kind, Phase, Pod};
use crate::time::SimTime;
use crate::{Cluster, Config};

pub(super) struct Lab(pub Cluster);

/// `spec` is the Job's without its template, `pod` the template's spec but for its container, `run` its annotations.
pub(super) fn manifest(spec: &str, pod: &str, run: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata: {{name: work}}
spec:
  {spec}
  template:
    metadata:
      annotations: {{podscope.dev/pull-after: 0s, podscope.dev/start-after: 1s, {run}}}
    spec: {{{pod}, containers: [{{name: main, image: busybox}}]}}
"
    )
}

pub(super) const NEVER: &str = "restartPolicy: Never";
pub(super) const WELL: &str = "podscope.dev/run-for: 5s";
pub(super) const BADLY: &str = "podscope.dev/run-for: 5s, podscope.dev/exit-code: '3'";

impl Lab {
    pub fn new(yaml: &str) -> Self {
        let mut lab = Self(Cluster::new(Config::default()));
        lab.0.apply(yaml).unwrap_or_else(|e| panic!("{e:?}"));
        lab
    }

    pub fn pass(&mut self, seconds: u64) {
        let until = self.0.now().0 + seconds * 1_000_000;
        while !self.0.advance_to(SimTime(until), 1000) {}
    }

    pub fn key(&self) -> Key {
        self.0.cx.store.find(Kind::Job, "default", "work").expect("the Job")
    }

    pub fn job(&self) -> &Job {
        self.0.cx.store.get::<Job>(self.key()).expect("the Job")
    }

    pub fn conditions(&self) -> Vec<(&'static str, String)> {
        self.job().status.conditions.iter().map(|c| (c.kind, c.reason.to_string())).collect()
    }

    pub fn pods(&self) -> Vec<&Pod> {
        self.0.cx.store.list::<Pod>(Kind::Pod).map(|(_, p)| &**p).collect()
    }

    pub fn events(&self) -> Vec<&'static str> {
        self.0.cx.events_about(self.key()).map(|e| e.reason).collect()
    }
}

/// The Job's spec, its pod's, annotations; seconds to run; successes, failures, the last condition with its reason.
type Row = (&'static str, &'static str, &'static str, u64, i64, i64, Option<(&'static str, &'static str)>);

#[test]
fn ends() {
    let policy = "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [3]}}]}";
    let ignore = "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: NotIn, values: [1]}}]}";
    let rows: [Row; 13] = [
        ("backoffLimit: 6", NEVER, WELL, 20, 1, 0, Some(("Complete", "CompletionsReached"))),
        ("completions: 5\n  parallelism: 2", NEVER, WELL, 60, 5, 0, Some(("Complete", "CompletionsReached"))),
        ("parallelism: 3", NEVER, WELL, 60, 3, 0, Some(("Complete", "CompletionsReached"))),
        ("completions: 0", NEVER, WELL, 10, 0, 0, Some(("Complete", "CompletionsReached"))),
        (
            "completions: 4\n  completionMode: Indexed\n  parallelism: 3",
            NEVER,
            WELL,
            60,
            4,
            0,
            Some(("Complete", "CompletionsReached")),
        ),
        ("backoffLimit: 0", NEVER, BADLY, 20, 0, 1, Some(("Failed", "BackoffLimitExceeded"))),
        ("backoffLimit: 2", NEVER, BADLY, 120, 0, 3, Some(("Failed", "BackoffLimitExceeded"))),
        ("backoffLimit: 2", NEVER, BADLY, 30, 0, 2, None),
        ("backoffLimit: 2", "restartPolicy: OnFailure", BADLY, 120, 0, 1, Some(("Failed", "BackoffLimitExceeded"))),
        ("activeDeadlineSeconds: 3", NEVER, WELL, 60, 0, 1, Some(("Failed", "DeadlineExceeded"))),
        ("suspend: true", NEVER, WELL, 60, 0, 0, Some(("Suspended", "JobSuspended"))),
        (policy, NEVER, BADLY, 60, 0, 1, Some(("Failed", "PodFailurePolicy"))),
        (ignore, NEVER, BADLY, 300, 0, 0, None),
    ];
    for (spec, pod, run, seconds, succeeded, failed, end) in rows {
        let mut lab = Lab::new(&manifest(spec, pod, run));
        lab.pass(seconds);
        let what = format!("{spec} {pod} {run}: {:?}", lab.job().status);
        assert_eq!((lab.job().status.succeeded, lab.job().status.failed), (succeeded, failed), "{what}");
        let last = lab.conditions().pop();
        assert_eq!(last.as_ref().map(|(kind, reason)| (*kind, reason.as_str())), end, "{what}");
        if end.is_some() {
            assert_eq!(lab.job().status.active, 0, "{what}");
            assert!(lab.pods().iter().all(|p| p.meta.finalizers.is_empty()), "{what}");
        }
    }
}

#[test]
fn tells_what_it_does() {
    let mut lab = Lab::new(&manifest("completions: 2", NEVER, WELL));
    lab.pass(60);
    assert_eq!(lab.events(), ["SuccessfulCreate", "SuccessfulCreate", "Completed"]);
    assert_eq!(
        lab.conditions(),
        [("SuccessCriteriaMet", "CompletionsReached".to_owned()), ("Complete", "CompletionsReached".to_owned())]
    );
    assert!(lab.job().status.completed.is_some());
    assert!(lab.pods().iter().all(|p| p.status.phase == Phase::Succeeded), "ended pods stay, to be looked at");
}

#[test]
fn makes_its_own_selector() {
    let lab = Lab::new(&manifest("backoffLimit: 1", NEVER, WELL));
    let job = lab.job();
    let uid = job.meta.uid.to_string();
    let labels: Vec<(&str, &str)> = job.template.labels.iter().map(|(k, v)| (&**k, &**v)).collect();
    let expected = [
        ("batch.kubernetes.io/controller-uid", &*uid),
        ("batch.kubernetes.io/job-name", "work"),
        ("controller-uid", &uid),
        ("job-name", "work"),
    ];
    assert_eq!(labels, expected);
    let selector: Vec<(&str, &str)> = job.selector.match_labels.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(selector, [("batch.kubernetes.io/controller-uid", &*uid)]);
}

#[test]
fn tries_again_later_and_later() {
    let mut lab = Lab::new(&manifest("backoffLimit: 4", NEVER, BADLY));
    lab.pass(400);
    let mut created: Vec<u64> = lab.pods().iter().map(|p| p.meta.created.secs()).collect();
    created.sort_unstable();
    let ends: Vec<u64> = created.iter().map(|at| at + 6).collect(); // 1 s to start, 5 s at work
    let waits: Vec<u64> = created.iter().skip(1).zip(&ends).map(|(next, end)| next - end).collect();
    assert_eq!(created.len(), 5);
    for (wait, least) in waits.iter().zip([10, 20, 40, 80]) {
        assert!((least..=least + 2).contains(wait), "{waits:?}");
    }
}

#[test]
fn indexes_are_done_once_each() {
    let mut lab = Lab::new(&manifest("completions: 4\n  completionMode: Indexed\n  parallelism: 4", NEVER, WELL));
    lab.pass(3);
    let mut names: Vec<(String, String)> = lab
        .pods()
        .iter()
        .map(|p| {
            (
                p.hostname.as_deref().unwrap_or_default().to_owned(),
                p.meta.generate_name.as_deref().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    names.sort();
    let expected: Vec<(String, String)> = (0..4).map(|i| (format!("work-{i}"), format!("work-{i}-"))).collect();
    assert_eq!(names, expected);
    lab.pass(30);
    assert_eq!(lab.job().status.indexes, [0, 1, 2, 3]);
    assert_eq!(crate::convert::batch::intervals(&[0, 1, 3, 4, 5, 9]), "0,1,3-5,9");
}

#[test]
fn suspends_and_resumes() {
    let mut lab = Lab::new(&manifest("parallelism: 2", NEVER, "podscope.dev/run-for: 60s"));
    lab.pass(5);
    assert_eq!(lab.job().status.active, 2);
    let key = lab.key();
    lab.0.cx.update_spec::<Job>(key, |j| j.suspend = true);
    lab.pass(60);
    assert_eq!((lab.job().status.active, lab.job().status.failed, lab.pods().len()), (0, 0, 0));
    lab.0.cx.update_spec::<Job>(key, |j| j.suspend = false);
    lab.pass(100);
    assert_eq!(lab.job().status.succeeded, 2);
    let told: Vec<&str> =
        lab.events().into_iter().filter(|r| matches!(*r, "Suspended" | "Resumed" | "Completed")).collect();
    assert_eq!(told, ["Suspended", "Resumed", "Completed"]);
}

#[test]
fn goes_some_time_after_its_end() {
    let mut lab = Lab::new(&manifest("ttlSecondsAfterFinished: 20", NEVER, WELL));
    lab.pass(25);
    assert!(lab.job().finished().is_some());
    lab.pass(30);
    assert!(lab.0.cx.store.object(lab.key()).is_none());
    assert!(lab.pods().is_empty());
}

#[test]
fn a_deleted_job_takes_its_pods_along() {
    for (seconds, run) in [(3, "podscope.dev/run-for: 60s"), (30, WELL)] {
        let mut lab = Lab::new(&manifest("parallelism: 2", NEVER, run));
        lab.pass(seconds);
        let key = lab.key();
        lab.0.cx.delete(key, crate::api::DeleteOptions::default()).expect("it is there");
        lab.pass(60);
        assert!(lab.pods().is_empty(), "{run}: {:?}", lab.pods());
        assert!(lab.0.cx.next_time().is_none(), "nothing idles");
    }
}

#[test]
fn refusals() {
    let rows = [
        ("backoffLimit: -1", NEVER, "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"),
        (
            "backoffLimit: 1",
            "dnsPolicy: ClusterFirst",
            "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
        ),
        (
            "backoffLimit: 1",
            "restartPolicy: Always",
            "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
        ),
        (
            "completionMode: Indexed\n  parallelism: 2",
            NEVER,
            "spec.completions: Required value: when completion mode is Indexed",
        ),
        (
            "maxFailedIndexes: 1\n  backoffLimitPerIndex: 1",
            NEVER,
            "[spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode, spec.maxFailedIndexes: \
             Invalid value: 1: requires indexed completion mode]",
        ),
    ];
    for (spec, pod, why) in rows {
        let errors = Cluster::new(Config::default()).apply(&manifest(spec, pod, WELL)).expect_err(why);
        assert_eq!(errors[0].message, format!("Job.batch \"work\" is invalid: {why}"));
    }
    let mut lab = Lab::new(&manifest("completions: 2", NEVER, WELL));
    let errors = lab.0.apply(&manifest("completions: 3", NEVER, WELL)).expect_err("completions stay");
    assert_eq!(
        errors[0].message,
        "Job.batch \"work\" is invalid: spec.completions: Invalid value: 3: field is immutable"
    );
    assert!(lab.0.apply(&manifest("completions: 2\n  parallelism: 2", NEVER, WELL)).is_ok());
}
