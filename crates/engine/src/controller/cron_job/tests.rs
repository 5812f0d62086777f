//! Jobs on a schedule.

use crate::object::{CronJob, Job, Key, Kind};
use crate::time::SimTime;
use crate::{Cluster, Config};

struct Lab(Cluster);

fn manifest(spec: &str, run_for: u64, exit_code: i32) -> String {
    format!(
        "apiVersion: batch/v1
kind: CronJob
metadata: {{name: tick}}
spec:
  {spec}
  jobTemplate:
    metadata: {{labels: {{from: tick}}}}
    spec:
      backoffLimit: 0
      template:
        metadata:
          annotations: {{podscope.dev/run-for: {run_for}s, podscope.dev/exit-code: '{exit_code}'}}
        spec: {{restartPolicy: Never, containers: [{{name: main, image: busybox}}]}}
"
    )
}

impl Lab {
    fn new(yaml: &str) -> Self {
        let mut lab = Self(Cluster::new(Config::default()));
        lab.0.apply(yaml).unwrap_or_else(|e| panic!("{e:?}"));
        lab
    }

    fn until(&mut self, seconds: u64) {
        while !self.0.advance_to(SimTime::from_millis(seconds * 1000), 1000) {}
    }

    fn key(&self) -> Key {
        self.0.cx.store.find(Kind::CronJob, "default", "tick").expect("the CronJob")
    }

    fn told(&self, reason: &str) -> usize {
        self.0.cx.events_about(self.key()).filter(|e| e.reason == reason).map(|e| e.count as usize).sum()
    }

    fn jobs(&self) -> Vec<(String, bool)> {
        let all = self.0.cx.store.list::<Job>(Kind::Job);
        all.map(|(_, j)| (j.meta.name.to_string(), j.finished().is_some())).collect()
    }
}

/// Minutes since 1970 at which simulated time begins.
const START: i64 = 1_767_225_600 / 60;

#[test]
fn runs_on_time() {
    let mut lab = Lab::new(&manifest("schedule: '*/2 * * * *'", 5, 0));
    lab.until(119);
    assert!(lab.jobs().is_empty());
    lab.until(121);
    assert_eq!(lab.jobs(), [(format!("tick-{}", START + 2), false)]);
    let (_, job) = lab.0.cx.store.list::<Job>(Kind::Job).next().expect("a Job");
    assert_eq!(job.meta.labels.get("from").map(|l| &**l), Some("tick"));
    assert_eq!(
        job.meta.annotations.get("batch.kubernetes.io/cronjob-scheduled-timestamp").map(|l| &**l),
        Some("2026-01-01T00:02:00Z")
    );
    lab.until(600);
    assert_eq!((lab.told("SuccessfulCreate"), lab.told("SawCompletedJob")), (4, 4));
    let status = &lab.0.cx.store.get::<CronJob>(lab.key()).expect("the CronJob").status;
    assert_eq!((status.active.len(), status.last_schedule), (0, Some(1_767_225_600 + 480)));
    assert!(status.last_success.is_some());
}

#[test]
fn overlapping_runs() {
    // (policy, Jobs made in 5 minutes when each takes 90 s, whether runs were left out, how many were cut short)
    let rows = [("Allow", 5, false, 0), ("Forbid", 3, true, 0), ("Replace", 5, false, 4)];
    for (policy, made, left_out, cut) in rows {
        let spec = format!("schedule: '* * * * *'\n  concurrencyPolicy: {policy}\n  successfulJobsHistoryLimit: 9");
        let mut lab = Lab::new(&manifest(&spec, 90, 0));
        lab.until(310);
        let told = (lab.told("SuccessfulCreate"), lab.told("JobAlreadyActive") > 0, lab.told("SuccessfulDelete"));
        assert_eq!(told, (made, left_out, cut), "{policy}");
    }
}

#[test]
fn keeps_so_many() {
    for (limits, exit_code, kept) in
        [("", 0, 3), ("", 1, 1), ("\n  successfulJobsHistoryLimit: 0", 0, 0), ("\n  failedJobsHistoryLimit: 2", 1, 2)]
    {
        let mut lab = Lab::new(&manifest(&format!("schedule: '* * * * *'{limits}"), 5, exit_code));
        lab.until(590);
        assert_eq!(lab.jobs().len(), kept, "{limits} {exit_code}: {:?}", lab.jobs());
    }
}

#[test]
fn sleeps_while_suspended() {
    let mut lab = Lab::new(&manifest("schedule: '* * * * *'\n  suspend: true\n  startingDeadlineSeconds: 20", 5, 0));
    lab.until(330);
    assert!(lab.jobs().is_empty());
    let key = lab.key();
    lab.0.cx.update_spec::<CronJob>(key, |c| c.suspend = false);
    lab.until(350);
    assert!(lab.jobs().is_empty(), "what is too late is left out");
    lab.until(365);
    assert_eq!(lab.jobs().len(), 1);
}

#[test]
fn takes_its_jobs_along() {
    let mut lab = Lab::new(&manifest("schedule: '* * * * *'", 5, 0));
    lab.until(200);
    let key = lab.key();
    lab.0.cx.delete(key, crate::api::DeleteOptions::default()).expect("it is there");
    lab.until(300);
    assert!(lab.jobs().is_empty());
    assert!(lab.0.cx.store.of_kind(Kind::Pod).is_empty());
}

#[test]
fn refusals() {
    let rows = [
        (
            "schedule: '61 * * * *'",
            "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61",
        ),
        ("schedule: ''", "spec.schedule: Required value"),
        (
            "schedule: '@daily'\n  concurrencyPolicy: Maybe",
            "spec.concurrencyPolicy: Unsupported value: \"Maybe\": supported values: \"Allow\", \"Forbid\", \"Replace\"",
        ),
    ];
    for (spec, why) in rows {
        let errors = Cluster::new(Config::default()).apply(&manifest(spec, 5, 0)).expect_err(why);
        assert_eq!(errors[0].message, format!("CronJob.batch \"tick\" is invalid: {why}"));
    }
}
