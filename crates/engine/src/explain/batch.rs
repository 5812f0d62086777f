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
    let text = say!("% has % available pods for % nodes that fit.", &meta.name, s.available, s.desired);
    if s.available < s.desired {
        return because(w, Answer::new(Mood::Waiting, text), culprit(w, &[meta.uid], set.min_ready));
    }
    if s.updated < s.desired {
        let old = say!("% % of them are of an old revision", &text, s.desired - s.updated);
        if set.rolling.is_none() {
            let rest = " and stay until somebody deletes them: its strategy is OnDelete.";
            return Answer::new(Mood::Stuck, say!("%%", &old, rest));
        }
        return Answer::new(Mood::Waiting, say!("% and are replaced within maxUnavailable or maxSurge.", &old));
    }
    Answer::new(Mood::Well, text)
}

/// Why a Job is as it is.
pub fn job(w: Why, key: Key, job: &Job) -> Answer {
    let (meta, s) = (&job.meta, &job.status);
    let name = &*meta.name;
    let wanted = job.completions.map_or_else(|| "1".into(), n);
    let done = say!("% of % completions", s.succeeded, &wanted);
    if let Some(end) = job.finished() {
        if end.kind == "Complete" {
            return Answer::new(Mood::Well, say!("% is complete: %.", name, &done));
        }
        let text =
            say!("% has failed (%): %; a Job that has ended does not begin again.", name, &end.reason, &end.message);
        return Answer::new(Mood::Stuck, text).command(kubectl(&meta.namespace, say!("delete job/%", name)));
    }
    if job.suspend {
        let text = say!("% is suspended with %: it has no pods until spec.suspend is false.", name, &done);
        let patch = say!(r#"patch job/% -p '{"spec":{"suspend":false}}'"#, name);
        return Answer::new(Mood::Stuck, text).command(kubectl(&meta.namespace, patch));
    }
    if let Some(target) = job.condition("FailureTarget").or_else(|| job.condition("SuccessCriteriaMet")) {
        return Answer::new(Mood::Leaving, say!("% waits for its last pods to end: %.", name, &target.message));
    }
    let failed = say!(", % failed pods of % allowed", s.failed, job.backoff_limit);
    let tries = if s.failed > 0 { &*failed } else { "" };
    if s.active == 0
        && s.failed > 0
        && let Some(at) = w.cx.due(Controller::Job, key)
    {
        let text = say!(
            "% has %%; the next pod is made % (back-off of 10 s, doubled by each failure).",
            name,
            &done,
            tries,
            &w.at(at)
        );
        return Answer::new(Mood::Waiting, text).until(Some(at));
    }
    let text = say!("% has % and % pods at work%.", name, &done, s.active, tries);
    because(w, Answer::new(Mood::Waiting, text), culprit(w, &[meta.uid], 0))
}

/// Why a CronJob is as it is.
pub fn cron_job(w: Why, key: Key, cron: &CronJob) -> Answer {
    let (meta, active) = (&cron.meta, cron.status.active.len() as i64);
    let name = &*meta.name;
    if cron.suspend {
        let patch = say!(r#"patch cronjob/% -p '{"spec":{"suspend":false}}'"#, name);
        let text = say!("% is suspended: it makes no Jobs until spec.suspend is false.", name);
        return Answer::new(Mood::Stuck, text).command(kubectl(&meta.namespace, patch));
    }
    let next = w.cx.due(Controller::CronJob, key);
    let when = next.map_or_else(|| "no more Jobs".into(), |at| say!("its next Job %", &w.at(at)));
    let text = say!("% (%) has % Jobs at work and makes %.", name, &cron.schedule, active, &when);
    Answer::new(Mood::Well, text).until(next)
}
