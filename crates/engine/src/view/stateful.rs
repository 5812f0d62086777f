//! StatefulSets: their bays, and what waits.

use super::read::{Memo, containers, unschedulable};
use super::{Bay, Body, ClaimView, PodState, PodView, Text, WorkloadView};
use crate::cluster::Cluster;
use crate::object::{Claim, Kind, StatefulSet, UpdateStrategy};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

impl Cluster {
    pub(super) fn stateful_set(&self, memo: &Memo, set: &StatefulSet) -> WorkloadView {
        let meta = &set.meta;
        let wanted = set.start..set.start.saturating_add(set.replicas);
        let empty = |ordinal: i64| Bay {
            ordinal,
            name: format!("{}-{ordinal}", meta.name).into(),
            wanted: wanted.contains(&ordinal),
            pod: None,
            claims: Vec::new(),
        };
        let mut bays: SortedMap<i64, Bay> = wanted.clone().map(|ordinal| (ordinal, empty(ordinal))).collect();
        // Whether the pod of an ordinal has the new revision.
        let mut updated: SortedMap<i64, bool> = SortedMap::new();
        for (key, pod) in self.cx.store.pods_of(meta.uid) {
            let view = self.pod(memo, key, pod);
            if let Some(ordinal) = view.ordinal {
                let revision = pod.meta.labels.get("controller-revision-hash");
                updated.insert(ordinal, revision == Some(&set.status.update_revision));
                bays.entry(ordinal).or_insert_with(|| empty(ordinal)).pod = Some(view);
            }
        }
        // A volume outlives its pod, and a scale-down.
        for template in set.claim_templates.iter() {
            let prefix = format!("{}-{}-", template.meta.name, meta.name);
            for &key in self.cx.store.in_namespace(Kind::PersistentVolumeClaim, &meta.namespace) {
                let Some(claim) = self.cx.store.get::<Claim>(key) else { continue };
                let ordinal = claim.meta.name.strip_prefix(&prefix).and_then(|o| o.parse().ok());
                if let Some(ordinal) = ordinal {
                    bays.entry(ordinal).or_insert_with(|| empty(ordinal)).claims.push(ClaimView {
                        name: claim.meta.name.clone(),
                        phase: claim.phase.name().into(),
                        size: size(claim.bytes).into(),
                    });
                }
            }
        }
        let bays: Vec<Bay> = bays.into_values().collect();
        let pods = bays.iter().filter_map(|b| b.pod.as_ref());
        let order = if set.parallel { "Parallel" } else { "OrderedReady" };
        let update = match &set.strategy {
            UpdateStrategy::OnDelete => " · OnDelete".to_owned(),
            UpdateStrategy::RollingUpdate { partition: 0, .. } => String::new(),
            UpdateStrategy::RollingUpdate { partition, .. } => format!(" · partition {partition}"),
        };
        let waits = unschedulable(pods.clone()).or_else(|| waits(set, &bays)).or_else(|| updates(set, &bays, &updated));
        WorkloadView {
            kind: "StatefulSet".into(),
            name: meta.name.clone(),
            namespace: meta.namespace.clone(),
            desired: set.replicas,
            ready: pods.filter(|pod| pod.state == PodState::Ready).count(),
            strategy: format!("{order}{update}").into(),
            containers: containers(&set.template),
            waits,
            body: Body::Bays(bays),
        }
    }
}

/// The first ordinal that is not created because a lower one is not Ready.
fn waits(set: &StatefulSet, bays: &[Bay]) -> Option<Text> {
    if set.parallel {
        return None;
    }
    let at = bays.iter().position(|bay| bay.wanted && bay.pod.is_none())?;
    let unready = |pod: &&Rc<PodView>| pod.state != PodState::Ready;
    let before = bays[..at].iter().filter_map(|bay| bay.pod.as_ref()).find(unready)?;
    Some(format!("{} waits: {}", bays[at].name, is(before)).into())
}

/// The highest ordinal that is not updated because a higher one is not Ready.
fn updates(set: &StatefulSet, bays: &[Bay], updated: &SortedMap<i64, bool>) -> Option<Text> {
    let UpdateStrategy::RollingUpdate { partition, .. } = set.strategy else { return None };
    let due = |bay: &&Bay| bay.ordinal >= partition && updated.get(&bay.ordinal) == Some(&false);
    let old = bays.iter().rfind(due)?;
    let mut above = bays.iter().filter(|bay| bay.ordinal > old.ordinal).filter_map(|bay| bay.pod.as_ref());
    let unready = above.rfind(|pod| pod.state != PodState::Ready)?;
    Some(format!("{} keeps its old revision: {}", old.name, is(unready)).into())
}

/// What a pod that others wait for is.
fn is(pod: &PodView) -> String {
    let what = match pod.state {
        PodState::Pending => "is Pending",
        PodState::Creating => "is Pending: its containers are being created",
        PodState::NotReady => "is Running but not Ready",
        PodState::Ready => "is Ready",
        PodState::Terminating => "is Terminating",
        PodState::Failed => "Failed",
        PodState::CrashLoop => "is in CrashLoopBackOff",
        PodState::ImagePull => "is in ImagePullBackOff",
        PodState::Unknown => "is on a node that does not answer",
        PodState::Succeeded => "Succeeded",
    };
    format!("{} {what}", pod.name)
}

/// Bytes in the largest binary unit that divides them.
fn size(bytes: i64) -> String {
    let mut rest = bytes;
    for unit in ["", "Ki", "Mi", "Gi"] {
        if rest == 0 || rest % 1024 != 0 {
            return format!("{rest}{unit}");
        }
        rest /= 1024;
    }
    format!("{rest}Ti")
}
