//! DaemonSets, Jobs and CronJobs: plain groups of pods.

use super::read::{Memo, amount, containers, images, unschedulable};
use super::{Body, Group, PodState, Text, WorkloadView};
use crate::cluster::Cluster;
use crate::object::{CronJob, DaemonSet, IntOrPercent, Job, Kind, Labels, Meta, PodTemplate, Str};
use std::rc::Rc;

/// A workload, with where its pods are and the labels that they have.
type Entry = (Rc<WorkloadView>, (Str, Labels));

impl Cluster {
    /// The workloads whose pods are interchangeable and whose number follows from something else than `replicas`.
    pub(super) fn plain_workloads(&self, memo: &Memo) -> Vec<Entry> {
        if !crate::MORE {
            return Vec::new();
        }
        let store = &self.cx.store;
        let sets = store.list::<DaemonSet>(Kind::DaemonSet).map(|(_, set)| self.daemon_set(memo, set));
        let jobs = store.list::<Job>(Kind::Job).map(|(_, job)| self.job(memo, job));
        let crons = store.list::<CronJob>(Kind::CronJob).map(|(_, cron)| self.cron_job(memo, cron));
        sets.chain(jobs).chain(crons).collect()
    }

    fn plain(
        &self,
        memo: &Memo,
        (kind, meta): (Kind, &Meta),
        template: &PodTemplate,
        desired: i64,
        strategy: String,
    ) -> Entry {
        let group = Group {
            name: "".into(),
            image: images(template),
            revision: 0,
            is_new: true,
            desired,
            pods: self.cx.store.pods_of(meta.uid).map(|(key, pod)| self.pod(memo, key, pod)).collect(),
        };
        let view = WorkloadView {
            kind: kind.name().into(),
            name: meta.name.clone(),
            namespace: meta.namespace.clone(),
            desired,
            ready: group.pods.iter().filter(|p| p.state == PodState::Ready).count(),
            strategy: strategy.into(),
            containers: containers(template),
            waits: unschedulable(group.pods.iter()),
            body: Body::Groups(vec![group]),
        };
        (Rc::new(view), (meta.namespace.clone(), template.labels.clone()))
    }

    fn daemon_set(&self, memo: &Memo, set: &DaemonSet) -> Entry {
        let strategy = match &set.rolling {
            None => "one on each node · OnDelete".to_owned(),
            Some((IntOrPercent::Int(0), unavailable)) => {
                format!("one on each node · RollingUpdate {}", amount(unavailable))
            }
            Some((surge, _)) => format!("one on each node · RollingUpdate surge {}", amount(surge)),
        };
        self.plain(memo, (Kind::DaemonSet, &set.meta), &set.template, set.status.desired, strategy)
    }

    fn job(&self, memo: &Memo, job: &Job) -> Entry {
        let status = &job.status;
        let done = match job.completions {
            Some(n) => format!("{}/{n} completions", status.succeeded),
            None => format!("{} completions", status.succeeded),
        };
        let state = match job.finished() {
            Some(end) if end.kind == "Complete" => " · complete".to_owned(),
            Some(end) => format!(" · failed: {}", end.reason),
            None if job.suspend => " · suspended".to_owned(),
            None if status.failed > 0 => format!(" · {} failed of {} allowed", status.failed, job.backoff_limit),
            None => String::new(),
        };
        let desired = if job.finished().is_some() || job.suspend { 0 } else { job.parallelism };
        self.plain(memo, (Kind::Job, &job.meta), &job.template, desired, format!("{done}{state}"))
    }

    fn cron_job(&self, memo: &Memo, cron: &CronJob) -> Entry {
        let state = if cron.suspend { " · suspended" } else { "" };
        let running: Vec<&str> = cron.status.active.iter().map(|(name, _)| &**name).collect();
        let running: Text =
            if running.is_empty() { "".into() } else { format!(" · runs {}", running.join(", ")).into() };
        let template = crate::convert::pod::template(
            cron.raw.at(&["jobTemplate", "spec", "template"]).unwrap_or(&podscope_schema::Value::Null),
        );
        let (mut view, _) =
            self.plain(memo, (Kind::CronJob, &cron.meta), &template, 0, format!("{}{state}{running}", cron.schedule));
        Rc::make_mut(&mut view).body = Body::Groups(Vec::new());
        // Its pods belong to its Jobs.
        (view, (cron.meta.namespace.clone(), Labels::default()))
    }
}
