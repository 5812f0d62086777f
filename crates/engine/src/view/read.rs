//! Reads a [`View`] from the store.

use super::{Body, EventView, Group, NodeView, PodState, PodView, ServiceView, Text, View, WorkloadView};
use crate::cluster::Cluster;
use crate::controller::Controller;
use crate::object::{
    ContainerState, Deployment, EndpointSlice, EventType, IntOrPercent, Key, Kind, Labels, Node, Other, Phase, Pod,
    PodTemplate, ReplicaSet, Service, StatefulSet, Str, ip_text,
};
use crate::time::SimTime;
use podscope_schema::sorted::SortedMap;
use std::cell::RefCell;
use std::rc::Rc;

/// What was read of pods before, so that those that did not change are neither read nor compared again.
#[derive(Default)]
pub struct Memo(RefCell<SortedMap<Key, Known>>);

/// A pod's view, and all that it follows from.
struct Known {
    pod: Rc<Pod>,
    lost: bool,
    view: Rc<PodView>,
}

impl Memo {
    /// The pod's uid as text.
    pub(super) fn uid(&self, key: Key, pod: &Pod) -> Text {
        let known = self.0.borrow();
        let known = known.get(&key).filter(|k| k.pod.meta.uid == pod.meta.uid);
        known.map_or_else(|| pod.meta.uid.to_string().into(), |k| k.view.uid.clone())
    }
}

/// Where a ReplicaSet's revision is noted.
const REVISION: &str = "deployment.kubernetes.io/revision";

impl Cluster {
    /// The present state as plain data.
    pub fn view(&self) -> View {
        self.view_again(&Memo::default())
    }

    /// The present state as plain data; what `memo` knows from the last time is shared with that.
    pub fn view_again(&self, memo: &Memo) -> View {
        let store = &self.cx.store;
        memo.0.borrow_mut().retain(|key, _| store.object(*key).is_some());
        let mut workloads = Vec::new();
        // The labels of each workload's pods, by which Services are matched to it.
        let mut labels = Vec::new();
        for (_, deployment) in store.list::<Deployment>(Kind::Deployment) {
            workloads.push(Rc::new(self.deployment(memo, deployment)));
            labels.push((deployment.meta.namespace.clone(), deployment.template.labels.clone()));
        }
        for (_, set) in store.list::<StatefulSet>(Kind::StatefulSet) {
            workloads.push(Rc::new(self.stateful_set(memo, set)));
            labels.push((set.meta.namespace.clone(), set.template.labels.clone()));
        }
        for kind in [Kind::ReplicaSet, Kind::ReplicationController] {
            for (_, set) in store.list::<ReplicaSet>(kind).filter(|(_, set)| set.meta.controller().is_none()) {
                workloads.push(Rc::new(self.replica_set(memo, kind, set)));
                labels.push((set.meta.namespace.clone(), set.template.labels.clone()));
            }
        }
        for (view, of) in self.plain_workloads(memo) {
            workloads.push(view);
            labels.push(of);
        }
        let bare = store.list::<Pod>(Kind::Pod).filter(|(_, pod)| pod.meta.controller().is_none());
        let others = store.list::<Other>(Kind::Other).filter(|(_, other)| &*other.kind != "Namespace");
        View {
            now: self.now(),
            services: store
                .list(Kind::Service)
                .map(|(_, service)| Rc::new(self.service(memo, service, &labels)))
                .collect(),
            workloads,
            bare: bare.map(|(key, pod)| self.pod(memo, key, pod)).collect(),
            nodes: store.list(Kind::Node).map(|(_, node)| Rc::new(self.node(memo, node))).collect(),
            others: others.map(|(_, other)| (other.kind.clone(), other.meta.name.clone())).collect(),
        }
    }

    /// The last `most` Events, in the order in which they were first told.
    pub fn recent_events(&self, most: usize) -> Vec<EventView> {
        let skip = self.cx.events.len().saturating_sub(most);
        let events = self.cx.events.from(skip).map(|event| {
            let about = self.cx.store.name(event.about);
            EventView {
                time: event.last,
                reason: event.reason,
                message: Rc::clone(&event.message),
                regarding: format!("{}/{}", about.kind.name(), about.name).into(),
                namespace: about.namespace.clone(),
                count: event.count,
                warning: event.kind == EventType::Warning,
            }
        });
        events.collect()
    }

    fn deployment(&self, memo: &Memo, deployment: &Deployment) -> WorkloadView {
        let owned = self.cx.store.owned_by(deployment.meta.uid).iter();
        let sets: Vec<_> = owned.filter_map(|&key| self.cx.store.get::<ReplicaSet>(key)).collect();
        let revision = |set: &ReplicaSet| set.meta.annotations.get(REVISION).and_then(|r| r.parse().ok()).unwrap_or(0);
        let newest: i64 = sets.iter().map(|set| revision(set)).max().unwrap_or(0);
        let groups = sets.iter().map(|set| self.group(memo, set, revision(set), revision(set) == newest));
        let groups: Vec<Group> = groups.collect();
        let strategy = match &deployment.rolling {
            Some((surge, unavailable)) => format!("RollingUpdate {} / {}", amount(surge), amount(unavailable)),
            None => "Recreate".into(),
        };
        let stuck = deployment.status.conditions.iter().find(|c| c.kind == "Progressing" && c.status == Some(false));
        let paused = if deployment.paused { " · paused" } else { "" };
        let pods = groups.iter().flat_map(|g| &g.pods);
        WorkloadView {
            kind: "Deployment".into(),
            name: deployment.meta.name.clone(),
            namespace: deployment.meta.namespace.clone(),
            desired: deployment.replicas,
            ready: pods.clone().filter(|p| p.state == PodState::Ready).count(),
            strategy: format!("{strategy}{paused}").into(),
            containers: containers(&deployment.template),
            waits: unschedulable(pods).or_else(|| stuck.map(|c| c.message.clone())),
            body: Body::Groups(groups),
        }
    }

    fn replica_set(&self, memo: &Memo, kind: Kind, set: &ReplicaSet) -> WorkloadView {
        let group = Group { name: "".into(), ..self.group(memo, set, 0, true) };
        WorkloadView {
            kind: kind.name().into(),
            name: set.meta.name.clone(),
            namespace: set.meta.namespace.clone(),
            desired: set.replicas,
            ready: group.pods.iter().filter(|p| p.state == PodState::Ready).count(),
            strategy: "does not roll".into(),
            containers: containers(&set.template),
            waits: unschedulable(group.pods.iter()),
            body: Body::Groups(vec![group]),
        }
    }

    fn group(&self, memo: &Memo, set: &ReplicaSet, revision: i64, is_new: bool) -> Group {
        Group {
            name: set.meta.name.clone(),
            image: images(&set.template),
            revision,
            is_new,
            desired: set.replicas,
            pods: self.cx.store.pods_of(set.meta.uid).map(|(key, pod)| self.pod(memo, key, pod)).collect(),
        }
    }

    /// What the pod is drawn as.
    pub(crate) fn pod_state(&self, pod: &Pod) -> PodState {
        pod_state(pod, self.is_lost(pod))
    }

    /// Whether the pod's node does not answer.
    fn is_lost(&self, pod: &Pod) -> bool {
        pod.node.as_ref().is_some_and(|name| {
            let node = self.cx.store.lookup::<Node>(Kind::Node, "", name);
            node.is_none_or(|node| node.ready != Some(true))
        })
    }

    pub(super) fn pod(&self, memo: &Memo, key: Key, pod: &Rc<Pod>) -> Rc<PodView> {
        let lost = self.is_lost(pod);
        let until = |state| {
            let waits = matches!(state, PodState::CrashLoop | PodState::ImagePull);
            if waits { self.cx.due(Controller::Kubelet, key) } else { None }
        };
        if let Some(known) = memo.0.borrow().get(&key)
            && Rc::ptr_eq(&known.pod, pod)
            && known.lost == lost
            && known.view.back_off_until == until(known.view.state)
        {
            return Rc::clone(&known.view);
        }
        let state = pod_state(pod, lost);
        let view = Rc::new(read_pod(pod, state, until(state)));
        memo.0.borrow_mut().insert(key, Known { pod: Rc::clone(pod), lost, view: Rc::clone(&view) });
        view
    }

    fn service(&self, memo: &Memo, service: &Service, labels: &[(Str, Labels)]) -> ServiceView {
        let namespace = &service.meta.namespace;
        let slices = self.cx.store.owned_by(service.meta.uid).iter();
        let endpoints = slices.filter_map(|&key| self.cx.store.get::<EndpointSlice>(key)).flat_map(|s| &s.endpoints);
        let mut total = 0;
        let mut ready = Vec::new();
        for endpoint in endpoints {
            total += 1;
            let key = self.cx.store.find(Kind::Pod, namespace, &endpoint.pod).filter(|_| endpoint.ready);
            let pod = key.and_then(|key| Some((key, self.cx.store.get::<Pod>(key)?)));
            ready.extend(pod.map(|(key, pod)| memo.uid(key, pod)));
        }
        let finds = |of: &Labels| {
            let mut selector = service.selector.iter().flat_map(Labels::iter).peekable();
            selector.peek().is_some() && selector.all(|(key, value)| of.get(key) == Some(value))
        };
        ServiceView {
            name: service.meta.name.clone(),
            namespace: namespace.clone(),
            kind: if service.headless() { "headless".into() } else { service.kind.clone() },
            address: if service.headless() { "".into() } else { service.cluster_ip.clone() },
            ready,
            total,
            clients: if crate::TRAFFIC { crate::network::traffic::clients(service) } else { 0.0 },
            workload: labels.iter().position(|(place, of)| place == namespace && finds(of)),
        }
    }

    fn node(&self, memo: &Memo, node: &Node) -> NodeView {
        let keys = self.cx.store.on_node(&node.meta.name).iter();
        let pods: Vec<_> = keys.filter_map(|&key| Some((key, self.cx.store.get::<Pod>(key)?))).collect();
        let live = pods.iter().filter(|(_, pod)| !pod.is_terminal());
        let used: i64 = live.flat_map(|(_, pod)| &pod.spec.containers).map(|c| c.cpu_milli).sum();
        NodeView {
            name: node.meta.name.clone(),
            zone: node.zone().cloned().unwrap_or_default(),
            ready: node.ready == Some(true),
            cordoned: node.unschedulable,
            cpu: if node.cpu_milli > 0 { used as f64 / node.cpu_milli as f64 } else { 0.0 },
            cpu_milli: (used, node.cpu_milli),
            pods: pods.iter().map(|(key, pod)| (memo.uid(*key, pod), owned_by_stateful_set(pod))).collect(),
        }
    }
}

/// What is shown of a pod.
fn read_pod(pod: &Pod, state: PodState, until: Option<SimTime>) -> PodView {
    let Pod { meta, spec, status, .. } = pod;
    let name = &meta.name;
    let short = name.rsplit('-').next().unwrap_or(name);
    let stateful = owned_by_stateful_set(pod);
    let all = status.containers.iter().chain(&status.init_containers);
    let host = pod.subdomain.as_ref().filter(|s| !s.is_empty()).zip(pod.hostname.as_ref());
    let images: Vec<&str> = spec.containers.iter().map(|c| &*c.image).collect();
    PodView {
        uid: meta.uid.to_string().into(),
        name: name.clone(),
        namespace: meta.namespace.clone(),
        short: short.into(),
        ordinal: if stateful { short.parse().ok() } else { None },
        state,
        node: pod.node.clone(),
        ip: if status.ip == 0 { "".into() } else { ip_text(status.ip).into() },
        dns: host.map(|(service, host)| format!("{host}.{service}.{}.svc", meta.namespace).into()),
        image: images.join(", ").into(),
        claims: pod.claim_names().cloned().collect(),
        restarts: all.map(|c| c.restarts).sum(),
        back_off_until: until,
        created: meta.created,
        message: message(pod),
    }
}

/// What a pod is drawn as; `lost` says that its node does not answer.
fn pod_state(pod: &Pod, lost: bool) -> PodState {
    let all = pod.status.containers.iter().chain(&pod.status.init_containers);
    let mut troubled = all.filter_map(|c| match &c.state {
        ContainerState::Waiting { reason: "CrashLoopBackOff", .. } => Some(PodState::CrashLoop),
        ContainerState::Waiting { reason: "ImagePullBackOff" | "ErrImagePull", .. } => Some(PodState::ImagePull),
        _ => None,
    });
    match pod.status.phase {
        _ if pod.meta.deleting() => PodState::Terminating,
        Phase::Failed => PodState::Failed,
        Phase::Succeeded => PodState::Succeeded,
        Phase::Unknown => PodState::Unknown,
        _ if lost => PodState::Unknown,
        phase => troubled.next_back().unwrap_or_else(|| match phase {
            _ if pod.is_ready() => PodState::Ready,
            Phase::Running => PodState::NotReady,
            _ if pod.node.is_none() => PodState::Pending,
            _ => PodState::Creating,
        }),
    }
}

fn owned_by_stateful_set(pod: &Pod) -> bool {
    pod.meta.controller().is_some_and(|owner| &*owner.kind == "StatefulSet")
}

/// The images of a template's containers, joined by commas.
pub(super) fn images(template: &PodTemplate) -> Text {
    let images: Vec<&str> = template.spec.containers.iter().map(|c| &*c.image).collect();
    images.join(", ").into()
}

/// `(name, image)` of a template's containers.
pub(super) fn containers(template: &PodTemplate) -> Vec<(Text, Text)> {
    template.spec.containers.iter().map(|c| (c.name.clone(), c.image.clone())).collect()
}

/// As a manifest writes it.
pub(super) fn amount(amount: &IntOrPercent) -> String {
    match amount {
        IntOrPercent::Int(n) => n.to_string(),
        IntOrPercent::Percent(n) => format!("{n}%"),
    }
}

/// What the first pod that fits nowhere waits for.
pub(super) fn unschedulable<'a>(mut pods: impl Iterator<Item = &'a Rc<PodView>>) -> Option<Text> {
    let pod = pods.find(|pod| pod.state == PodState::Pending && !pod.message.is_empty())?;
    Some(format!("{} waits: {}", pod.name, pod.message).into())
}

/// Why a pod is in its state; or empty.
fn message(pod: &Pod) -> Text {
    let status = &pod.status;
    if let Some(text) = status.unschedulable.as_ref().filter(|_| pod.node.is_none()) {
        return text.clone();
    }
    let all = status.containers.iter().chain(&status.init_containers);
    let mut said = all.filter_map(|c| match &c.state {
        ContainerState::Waiting { reason, message } if !matches!(*reason, "ContainerCreating" | "PodInitializing") => {
            Some(if message.is_empty() { (*reason).to_owned() } else { format!("{reason}: {message}") })
        }
        ContainerState::Terminated { exit_code, reason, .. } => Some(format!("{reason}: exit code {exit_code}")),
        _ => None,
    });
    let own = match (status.reason.is_empty(), status.message.is_empty()) {
        (true, _) => None,
        (false, true) => Some(status.reason.to_string()),
        (false, false) => Some(format!("{}: {}", status.reason, status.message)),
    };
    own.or_else(|| said.next_back()).unwrap_or_default().into()
}
