//! [`Facts`]: what the view knows of one object.

use crate::number::whole;
use crate::pods::for_each_pod;
use crate::subject::Subject;
use podscope_engine::time::SimTime;
use podscope_engine::view::{Body, PodView, View};

/// What is listed of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The style class of its state.
    pub class: &'static str,
    /// Its state in words.
    pub state: String,
    /// Whether it belongs to a StatefulSet.
    pub stateful: bool,
    /// Names and values; empty values are not shown.
    pub rows: Vec<(&'static str, String)>,
    /// What to know about its like.
    pub remark: &'static str,
    /// Since when it is there.
    pub created: SimTime,
}

/// What the view knows of an object; nothing when it is not there.
pub fn facts(view: &View, subject: &Subject) -> Option<Facts> {
    match &*subject.kind {
        "Pod" => {
            let mut found = None;
            for_each_pod(view, |pod, stateful| {
                if subject.is("Pod", &pod.namespace, &pod.name) {
                    found = Some(of_pod(pod, stateful));
                }
            });
            found
        }
        "Service" => {
            let service = view.services.iter().find(|s| subject.is("Service", &s.namespace, &s.name))?;
            Some(Facts {
                class: if service.ready.is_empty() { "pending" } else { "ready" },
                state: format!("{} of {} endpoints ready", service.ready.len(), service.total),
                rows: vec![
                    ("type", service.kind.to_string()),
                    ("address", service.address.to_string()),
                    ("DNS", format!("{}.{}.svc", service.name, service.namespace)),
                ],
                remark: "Pods and their addresses come and go; its name stays, and leads to those that are Ready.",
                ..Facts::default()
            })
        }
        "Node" => {
            let node = view.nodes.iter().find(|n| *n.name == *subject.name)?;
            let state = match (node.ready, node.cordoned) {
                (false, _) => "NotReady",
                (true, true) => "Ready, cordoned",
                (true, false) => "Ready",
            };
            Some(Facts {
                class: if node.ready { "ready" } else { "unknown" },
                state: state.into(),
                rows: vec![
                    ("zone", node.zone.to_string()),
                    ("pods", node.pods.len().to_string()),
                    ("CPU", format!("{} % requested", whole(node.cpu * 100.0))),
                ],
                ..Facts::default()
            })
        }
        "PersistentVolumeClaim" => of_claim(view, subject),
        "ReplicaSet" => of_group(view, subject).or_else(|| of_workload(view, subject)),
        _ => of_workload(view, subject),
    }
}

fn of_pod(pod: &PodView, stateful: bool) -> Facts {
    let restarts = if pod.restarts == 0 { String::new() } else { pod.restarts.to_string() };
    Facts {
        class: pod.state.word(),
        state: pod.state.words().into(),
        stateful,
        rows: vec![
            ("DNS", pod.dns.as_deref().unwrap_or_default().into()),
            ("volume", pod.claims.join(", ")),
            ("node", pod.node.as_deref().unwrap_or("none yet").into()),
            ("IP", pod.ip.to_string()),
            ("image", pod.image.to_string()),
            ("restarts", restarts),
        ],
        remark: if stateful {
            "Its name, its volume and its DNS name outlive it: the next pod of this ordinal takes them over."
        } else {
            "One of several that are alike: when it goes, another takes its place under another name."
        },
        created: pod.created,
    }
}

fn of_workload(view: &View, subject: &Subject) -> Option<Facts> {
    let workload = view.workloads.iter().find(|w| subject.is(&w.kind, &w.namespace, &w.name))?;
    let images: Vec<&str> = workload.containers.iter().map(|(_, image)| &**image).collect();
    let full = workload.ready as i64 >= workload.desired;
    Some(Facts {
        class: if full { "ready" } else { "unready" },
        state: format!("{} of {} Ready", workload.ready, workload.desired),
        stateful: &*workload.kind == "StatefulSet",
        rows: vec![("strategy", workload.strategy.to_string()), ("image", images.join(", "))],
        ..Facts::default()
    })
}

fn of_group(view: &View, subject: &Subject) -> Option<Facts> {
    let sets = view.workloads.iter().filter(|w| w.namespace == subject.namespace);
    let (owner, group) = sets.into_iter().find_map(|workload| match &workload.body {
        Body::Groups(groups) => Some((workload, groups.iter().find(|g| g.name == subject.name)?)),
        Body::Bays(_) => None,
    })?;
    Some(Facts {
        class: if group.is_new { "ready" } else { "unready" },
        state: format!("{} pods, {} wanted", group.pods.len(), group.desired),
        rows: vec![
            ("owner", format!("{}/{}", owner.kind, owner.name)),
            ("revision", group.revision.to_string()),
            ("image", group.image.to_string()),
        ],
        ..Facts::default()
    })
}

fn of_claim(view: &View, subject: &Subject) -> Option<Facts> {
    let sets = view.workloads.iter().filter(|w| w.namespace == subject.namespace);
    let (bay, claim) = sets.into_iter().find_map(|workload| match &workload.body {
        Body::Bays(bays) => {
            bays.iter().find_map(|bay| Some((bay, bay.claims.iter().find(|c| c.name == subject.name)?)))
        }
        Body::Groups(_) => None,
    })?;
    Some(Facts {
        class: if &*claim.phase == "Bound" { "ready" } else { "pending" },
        state: claim.phase.to_string(),
        stateful: true,
        rows: vec![("size", claim.size.to_string()), ("pod", bay.name.to_string())],
        remark: "The volume outlives its pod, and a scale-down.",
        ..Facts::default()
    })
}
