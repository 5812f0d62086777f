//! The controllers. Each is a function of a key, level-triggered, woken through one deduplicating queue.
//!
//! [`observe`] is the informers' event handlers: it only enqueues. [`reconcile`] is the table of workers.

pub mod attach;
pub mod autoscaler;
pub mod claim;
pub mod cron_job;
pub mod daemon_set;
pub mod deployment;
pub mod disruption;
pub mod endpoint_slice;
pub mod garbage;
pub mod job;
pub mod node_lifecycle;
pub mod owned;
pub mod pod_gc;
pub mod quota;
pub mod replica_set;
mod retry;
pub mod stateful_set;
pub mod taint_eviction;

use crate::api::{ApiError, Context, DeleteOptions};
use crate::object::{Key, Object};
use crate::trace::Actor;
use crate::{DATA, MORE};
use crate::{kubelet, scheduler};

/// Who works: the value that the agenda keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Controller {
    /// Keys are Deployments.
    Deployment,
    /// Keys are ReplicaSets and ReplicationControllers.
    ReplicaSet,
    /// Keys are StatefulSets.
    StatefulSet,
    /// Keys are Services.
    EndpointSlice,
    /// Keys are claims and volumes.
    Claim,
    /// Keys are volumes.
    Attach,
    /// Keys are any objects that own, are owned, or wait for finalizers.
    Garbage,
    /// Keys are nodes.
    NodeLifecycle,
    /// Keys are pods on tainted nodes.
    TaintEviction,
    /// Keys are budgets.
    Disruption,
    /// Keys are autoscalers.
    Autoscaler,
    /// Keys are nodes whose pods may be collected.
    PodGc,
    /// Keys are quotas.
    Quota,
    /// Keys are Jobs.
    Job,
    /// Keys are DaemonSets.
    DaemonSet,
    /// Keys are CronJobs.
    CronJob,
    /// Keys are pods without a node.
    Scheduler,
    /// Keys are pods with a node.
    Kubelet,
    /// The nodes' proxies: keys are Services that clients send requests to.
    Proxy,
    /// All requests; its key stands for nothing.
    Traffic,
}

impl Controller {
    /// The actor that its writes are recorded under.
    pub const fn actor(self) -> Actor {
        match self {
            Self::Deployment => Actor::Deployment,
            Self::ReplicaSet => Actor::ReplicaSet,
            Self::StatefulSet => Actor::StatefulSet,
            Self::EndpointSlice => Actor::EndpointSlice,
            Self::Claim => Actor::Volume,
            Self::Attach => Actor::Attach,
            Self::Garbage => Actor::Garbage,
            Self::NodeLifecycle => Actor::NodeLifecycle,
            Self::TaintEviction => Actor::TaintEviction,
            Self::Disruption => Actor::Disruption,
            Self::Autoscaler => Actor::Autoscaler,
            Self::PodGc => Actor::PodGc,
            Self::Quota => Actor::ApiServer,
            Self::Job => Actor::Job,
            Self::DaemonSet => Actor::DaemonSet,
            Self::CronJob => Actor::CronJob,
            Self::Scheduler => Actor::Scheduler,
            Self::Kubelet => Actor::Kubelet,
            // These two write nothing.
            Self::Proxy | Self::Traffic => Actor::ApiServer,
        }
    }
}

/// What controllers remember between reconciles, besides objects.
#[derive(Clone, Default)]
pub struct Memory {
    /// Of the Deployment controller.
    pub deployment: deployment::Memory,
    /// Of the ReplicaSet controller.
    pub replica_set: replica_set::Memory,
    /// Of the StatefulSet controller.
    pub stateful_set: stateful_set::Memory,
    /// Of the autoscaler.
    pub autoscaler: autoscaler::Memory,
    /// Of the disruption controller.
    pub disruption: disruption::Memory,
    /// Of the EndpointSlice controller.
    pub endpoint_slice: endpoint_slice::Memory,
    /// Of the garbage collector.
    pub garbage: garbage::Memory,
    /// Of the persistent volume controller.
    pub claim: claim::Memory,
    /// Of the attach/detach controller.
    pub attach: attach::Memory,
    /// Of the scheduler.
    pub scheduler: scheduler::Memory,
    /// Of the kubelets.
    pub kubelet: kubelet::Memory,
    /// Of the DaemonSet controller.
    pub daemon_set: daemon_set::Memory,
    /// Of the Job controller.
    pub job: job::Memory,
    /// Of the taint eviction controller.
    pub taint_eviction: taint_eviction::Memory,
    /// Of the services' addresses.
    pub network: crate::network::Memory,
    /// Of databases.
    pub app: crate::app::Memory,
    /// What was broken on purpose.
    pub fault: crate::fault::Memory,
}

/// Tells each controller's handlers that the object at `key` changed.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    deployment::observe(cx, key, old, new);
    replica_set::observe(cx, key, old, new);
    stateful_set::observe(cx, key, old, new);
    endpoint_slice::observe(cx, key, old, new);
    claim::observe(cx, key, old, new);
    garbage::observe(cx, key, old, new);
    node_lifecycle::observe(cx, key, old, new);
    taint_eviction::observe(cx, key, old, new);
    disruption::observe(cx, key, old, new);
    pod_gc::observe(cx, key, old, new);
    if MORE {
        autoscaler::observe(cx, key, old, new);
        quota::observe(cx, key, old, new);
        job::observe(cx, key, old, new);
        daemon_set::observe(cx, key, old, new);
        cron_job::observe(cx, key, old, new);
    }
    scheduler::observe(cx, key, old, new);
    kubelet::observe(cx, key, old, new);
    crate::network::observe(cx, key, old, new);
    if DATA {
        attach::observe(cx, key, old, new);
        crate::app::observe(cx, key, old, new);
    }
}

/// Has `controller` reconcile `key`.
pub fn reconcile(cx: &mut Context, controller: Controller, key: Key) {
    cx.actor = controller.actor();
    match controller {
        Controller::Deployment => deployment::reconcile(cx, key),
        Controller::ReplicaSet => replica_set::reconcile(cx, key),
        Controller::StatefulSet => stateful_set::reconcile(cx, key),
        Controller::EndpointSlice => endpoint_slice::reconcile(cx, key),
        Controller::Claim => claim::reconcile(cx, key),
        Controller::Attach if DATA => attach::reconcile(cx, key),
        Controller::Garbage => garbage::reconcile(cx, key),
        Controller::NodeLifecycle => node_lifecycle::reconcile(cx, key),
        Controller::TaintEviction => taint_eviction::reconcile(cx, key),
        Controller::Disruption => disruption::reconcile(cx, key),
        Controller::Autoscaler if MORE => autoscaler::reconcile(cx, key),
        Controller::PodGc => pod_gc::reconcile(cx, key),
        Controller::Quota if MORE => quota::reconcile(cx, key),
        Controller::Job if MORE => job::reconcile(cx, key),
        Controller::DaemonSet if MORE => daemon_set::reconcile(cx, key),
        Controller::CronJob if MORE => cron_job::reconcile(cx, key),
        Controller::Autoscaler | Controller::Quota | Controller::Job | Controller::DaemonSet | Controller::CronJob => {}
        Controller::Scheduler => scheduler::reconcile(cx, key),
        Controller::Kubelet => kubelet::reconcile(cx, key),
        Controller::Proxy if crate::TRAFFIC => crate::network::proxy::reconcile(cx, key),
        Controller::Traffic if crate::TRAFFIC => crate::network::traffic::reconcile(cx),
        Controller::Attach | Controller::Proxy | Controller::Traffic => {}
    }
    cx.actor = Actor::User;
}

/// What the API server fills in when an object is created: a Service's addresses, a Job's selector.
pub fn complete(cx: &mut Context, object: &mut Object) {
    match object {
        Object::Service(service) => crate::network::allocate(cx, std::rc::Rc::make_mut(service)),
        Object::Job(job) if MORE => job::generate_selector(std::rc::Rc::make_mut(job)),
        _ => {}
    }
}

/// Admission: what may refuse a new object although it is valid.
///
/// # Errors
/// `Forbidden` when a quota is exceeded.
pub fn admit(cx: &mut Context, object: &Object) -> Result<(), ApiError> {
    if MORE { quota::admit(cx, object) } else { Ok(()) }
}

/// Deletes as the API server does: grace for pods, finalizers for propagation.
///
/// # Errors
/// `NotFound`.
pub fn delete(cx: &mut Context, key: Key, options: DeleteOptions) -> Result<(), ApiError> {
    garbage::delete(cx, key, options)
}

/// The plural resource name that errors carry, with its group: `pods`, `deployments.apps`.
pub fn resource_name(object: &Object) -> String {
    let (kind, version) = match object {
        Object::Other(o) => (&*o.kind, &*o.api_version),
        _ => (object.kind().name(), object.kind().api_version()),
    };
    resource_of(kind, version)
}

/// The plural resource name of a kind, with the group of its API version.
pub fn resource_of(kind: &str, version: &str) -> String {
    if let Some(known) = podscope_schema::lookup_kind(version, kind) {
        return known.group_resource();
    }
    let plural = format!("{}s", kind.to_ascii_lowercase());
    match version.split_once('/') {
        Some((group, _)) => format!("{plural}.{group}"),
        None => plural,
    }
}
