//! DaemonSets, Jobs and CronJobs.

use super::workload::{because, culprit, lag};
use super::{Answer, Mood, Why, kubectl, n};
use crate::controller::Controller;
use crate::object::{CronJob, DaemonSet, Job, Key};

/// Why a DaemonSet is as it is.
pub fn daemon_set(w: Why, set: &DaemonSet) -> Answer {
    let (meta, s) = (&set.meta, &set.status);
    if let Some(answer) = lag(meta, s.observed_generation) {
        return answer;
    }
    let text =
        [&*meta.name, " has ", &n(s.available), " available pods for ", &n(s.desired), " nodes that fit."].concat();
    if s.available < s.desired {
        return because(w, Answer::new(Mood::Waiting, &[&text]), culprit(w, &[meta.uid], set.min_ready));
    }
    if s.updated < s.desired {
        let old = [&text, " ", &n(s.desired - s.updated), " of them are of an old revision"];
        if set.rolling.is_none() {
            let rest = " and stay until somebody deletes them: its strategy is OnDelete.";
            return Answer::new(Mood::Stuck, &[&old.concat(), rest]);
        }
        return Answer::new(Mood::Waiting, &[&old.concat(), " and are replaced within maxUnavailable or maxSurge."]);
    }
    Answer::new(Mood::Well, &[&text])
}

/// Why a Job is as it is.
pub fn job(w: Why, key: Key, job: &Job) -> Answer {
    let (meta, s) = (&job.meta, &job.status);
    let name = &*meta.name;
    let wanted = job.completions.map_or_else(|| "1".into(), n);
    let done = [&*n(s.succeeded), " of ", &wanted, " completions"].concat();
    if let Some(end) = job.finished() {
        if end.kind == "Complete" {
            return Answer::new(Mood::Well, &[name, " is complete: ", &done, "."]);
        }
        let text =
            [name, " has failed (", &end.reason, "): ", &end.message, "; a Job that has ended does not begin again."];
        return Answer::new(Mood::Stuck, &text).command(kubectl(&meta.namespace, &["delete job/", name]));
    }
    if job.suspend {
        let text = [name, " is suspended with ", &done, ": it has no pods until spec.suspend is false."];
        let patch = &["patch job/", name, " -p '{\"spec\":{\"suspend\":false}}'"];
        return Answer::new(Mood::Stuck, &text).command(kubectl(&meta.namespace, patch));
    }
    if let Some(target) = job.condition("FailureTarget").or_else(|| job.condition("SuccessCriteriaMet")) {
        return Answer::new(Mood::Leaving, &[name, " waits for its last pods to end: ", &target.message, "."]);
    }
    let failed = [", ", &*n(s.failed), " failed pods of ", &n(job.backoff_limit), " allowed"].concat();
    let tries = if s.failed > 0 { &*failed } else { "" };
    if s.active == 0
        && s.failed > 0
        && let Some(at) = w.cx.due(Controller::Job, key)
    {
        let text = [
            name,
            " has ",
            &done,
            tries,
            "; the next pod is made ",
            &w.at(at),
            " (back-off of 10 s, doubled by each failure).",
        ];
        return Answer::new(Mood::Waiting, &text).until(Some(at));
    }
    let text = [name, " has ", &done, " and ", &n(s.active), " pods at work", tries, "."];
    because(w, Answer::new(Mood::Waiting, &text), culprit(w, &[meta.uid], 0))
}

/// Why a CronJob is as it is.
pub fn cron_job(w: Why, key: Key, cron: &CronJob) -> Answer {
    let (meta, active) = (&cron.meta, cron.status.active.len() as i64);
    let name = &*meta.name;
    if cron.suspend {
        let patch = &["patch cronjob/", name, " -p '{\"spec\":{\"suspend\":false}}'"];
        let text = [name, " is suspended: it makes no Jobs until spec.suspend is false."];
        return Answer::new(Mood::Stuck, &text).command(kubectl(&meta.namespace, patch));
    }
    let next = w.cx.due(Controller::CronJob, key);
    let when = next.map_or_else(|| "no more Jobs".into(), |at| ["its next Job ", &w.at(at)].concat());
    let text = [name, " (", &cron.schedule, ") has ", &n(active), " Jobs at work and makes ", &when, "."];
    Answer::new(Mood::Well, &text).until(next)
}
