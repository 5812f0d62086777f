//! Pods and their templates.

use super::{Labels, Meta, Operator, Requirement, Selector, Str};
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;

/// A pod. Its spec is shared with the other pods of its template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Metadata.
    pub meta: Meta,
    /// What was asked for.
    pub spec: Rc<PodSpec>,
    /// `spec.nodeName`, once it is bound.
    pub node: Option<Str>,
    /// `spec.hostname`, which a StatefulSet sets.
    pub hostname: Option<Str>,
    /// `spec.subdomain`, which a StatefulSet sets.
    pub subdomain: Option<Str>,
    /// `(volume name, claim name)` of the volumes that a StatefulSet adds in front of the template's.
    pub claims: Rc<[(Str, Str)]>,
    /// What is.
    pub status: PodStatus,
}

impl Pod {
    /// A Pending pod with this metadata and spec.
    pub fn new(meta: Meta, spec: Rc<PodSpec>) -> Self {
        Self {
            meta,
            spec,
            node: None,
            hostname: None,
            subdomain: None,
            claims: Rc::default(),
            status: PodStatus::default(),
        }
    }

    /// Whether its Ready condition is true.
    pub fn is_ready(&self) -> bool {
        self.status.ready.status
    }

    /// Whether it has been Ready for `min_ready` seconds.
    // upstream: api/v1/pod IsPodAvailable
    pub fn is_available(&self, min_ready: i64, now: SimTime) -> bool {
        self.available_from(min_ready).is_some_and(|from| from <= now)
    }

    /// When it will have been Ready for `min_ready` seconds, if it is Ready. The API keeps whole seconds of when it
    /// became so.
    pub fn available_from(&self, min_ready: i64) -> Option<SimTime> {
        let since = self.status.ready.since;
        self.is_ready().then(|| match u64::try_from(min_ready) {
            Ok(seconds @ 1..) => SimTime(since.secs() * 1_000_000) + std::time::Duration::from_secs(seconds),
            _ => SimTime::ZERO,
        })
    }

    /// Whether it ended, well or not.
    pub const fn is_terminal(&self) -> bool {
        matches!(self.status.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Whether a controller counts it: not ended, not being deleted.
    // upstream: controller_utils IsPodActive
    pub const fn is_active(&self) -> bool {
        !self.is_terminal() && !self.meta.deleting()
    }

    /// The names of all claims that it mounts: its set's, then its template's.
    pub fn claim_names(&self) -> impl Iterator<Item = &Str> {
        let own = self.claims.iter().map(|(_, claim)| claim);
        let overridden = |volume: &Str| self.claims.iter().any(|(v, _)| v == volume);
        own.chain(self.spec.claims.iter().filter(move |(volume, _)| !overridden(volume)).map(|(_, claim)| claim))
    }
}

/// The part of a pod spec that the simulation reads, and the whole as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSpec {
    /// `containers`
    pub containers: Vec<Container>,
    /// `initContainers`; a sidecar is one whose `restart_always` is set.
    pub init_containers: Vec<Container>,
    /// `restartPolicy`
    pub restart_policy: RestartPolicy,
    /// `terminationGracePeriodSeconds`
    pub grace_seconds: i64,
    /// `nodeSelector`
    pub node_selector: Labels,
    /// `affinity`
    pub affinity: Affinity,
    /// `tolerations`
    pub tolerations: Vec<Toleration>,
    /// `topologySpreadConstraints`
    pub spread: Vec<SpreadConstraint>,
    /// `(volume name, claim name)` of volumes of type persistentVolumeClaim.
    pub claims: Vec<(Str, Str)>,
    /// `priority` (resolved from the class name).
    pub priority: i32,
    /// `priorityClassName`
    pub priority_class: Option<Str>,
    /// `schedulingGates` names.
    pub scheduling_gates: Vec<Str>,
    /// `nodeName` as written in the manifest.
    pub node_name: Option<Str>,
    /// Annotations of `podscope.dev/` on the template, which say how containers behave.
    pub behaviour: Labels,
    /// A database runs in it.
    pub database: bool,
    /// The spec as written and defaulted.
    pub raw: Value,
}

/// `spec.restartPolicy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Containers that end are started again.
    #[default]
    Always,
    /// Only those that failed.
    OnFailure,
    /// None.
    Never,
}

/// A container, as far as the simulation reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// `name`
    pub name: Str,
    /// `image`
    pub image: Str,
    /// CPU request in thousandths of a CPU.
    pub cpu_milli: i64,
    /// Memory request in bytes.
    pub memory: i64,
    /// Other requests (such as `nvidia.com/gpu`), by name.
    pub extended: Vec<(Str, i64)>,
    /// `restartPolicy: Always` of an init container: a sidecar.
    pub restart_always: bool,
    /// `readinessProbe`
    pub readiness: Option<Probe>,
    /// `livenessProbe`
    pub liveness: Option<Probe>,
    /// `startupProbe`
    pub startup: Option<Probe>,
    /// Whether it has `lifecycle.preStop`, and for how many seconds that sleeps when it says so.
    pub pre_stop_seconds: Option<i64>,
}

/// A probe's timing, all in seconds or counts, defaulted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `initialDelaySeconds`
    pub initial_delay: i64,
    /// `periodSeconds`
    pub period: i64,
    /// `timeoutSeconds`
    pub timeout: i64,
    /// `successThreshold`
    pub success: i64,
    /// `failureThreshold`
    pub failure: i64,
}

/// `spec.affinity`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affinity {
    /// Node terms that must hold (any of them).
    pub node_required: Vec<NodeTerm>,
    /// Node terms that are preferred, with weights.
    pub node_preferred: Vec<(i64, NodeTerm)>,
    /// Pod affinity that must hold.
    pub pod_required: Vec<PodTerm>,
    /// Pod affinity that is preferred, with weights.
    pub pod_preferred: Vec<(i64, PodTerm)>,
    /// Pod anti-affinity that must hold.
    pub anti_required: Vec<PodTerm>,
    /// Pod anti-affinity that is preferred, with weights.
    pub anti_preferred: Vec<(i64, PodTerm)>,
}

/// A node selector term: all of its requirements must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeTerm {
    /// `matchExpressions`
    pub expressions: Vec<Requirement>,
    /// `matchFields` (only `metadata.name`).
    pub fields: Vec<Requirement>,
}

/// A pod affinity term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTerm {
    /// `labelSelector`
    pub selector: Option<Selector>,
    /// `namespaces`; empty means the pod's own.
    pub namespaces: Vec<Str>,
    /// `topologyKey`
    pub topology_key: Str,
}

/// A toleration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    /// `key`; empty with `Exists` tolerates all.
    pub key: Str,
    /// `operator`: [`Operator::Exists`], or [`Operator::In`] for `Equal`.
    pub exists: bool,
    /// `value`
    pub value: Str,
    /// `effect`; none means all.
    pub effect: Option<super::TaintEffect>,
    /// `tolerationSeconds`
    pub seconds: Option<i64>,
}

/// A topology spread constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpreadConstraint {
    /// `maxSkew`
    pub max_skew: i64,
    /// `topologyKey`
    pub topology_key: Str,
    /// `whenUnsatisfiable: DoNotSchedule`
    pub hard: bool,
    /// `labelSelector`
    pub selector: Option<Selector>,
    /// `minDomains`
    pub min_domains: Option<i64>,
}

/// A pod's phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Accepted; not all containers have run.
    #[default]
    Pending,
    /// Bound, and at least one container runs, starts or restarts.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, at least one of them badly.
    Failed,
    /// The node cannot be asked.
    Unknown,
}

impl Phase {
    /// As the API prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition that is true or false, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag {
    /// Whether it is `True`.
    pub status: bool,
    /// `lastTransitionTime`
    pub since: SimTime,
    /// `reason`, or empty.
    pub reason: &'static str,
}

impl Flag {
    /// Sets it; the time changes only when the status does.
    pub const fn set(&mut self, status: bool, now: SimTime, reason: &'static str) {
        if self.status != status {
            self.since = now;
        }
        self.status = status;
        self.reason = reason;
    }
}

/// A pod's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodStatus {
    /// `phase`
    pub phase: Phase,
    /// `reason`, such as Evicted; or empty.
    pub reason: Str,
    /// `message`; or empty.
    pub message: Str,
    /// Condition PodScheduled. Its message is `unschedulable`.
    pub scheduled: Flag,
    /// Why it cannot be scheduled (the PodScheduled condition's message).
    pub unschedulable: Option<Str>,
    /// Condition Initialized.
    pub initialized: Flag,
    /// Condition ContainersReady.
    pub containers_ready: Flag,
    /// Condition Ready.
    pub ready: Flag,
    /// Condition DisruptionTarget: its reason and message. Few pods have it.
    pub disruption: Option<Box<(&'static str, Str)>>,
    /// `podIP`, as the last number of 10.244.0.0/16 in host order; 0 when there is none.
    pub ip: u32,
    /// `startTime`
    pub started: Option<SimTime>,
    /// `containerStatuses`, in the order of the spec.
    pub containers: Vec<ContainerStatus>,
    /// `initContainerStatuses`, in the order of the spec.
    pub init_containers: Vec<ContainerStatus>,
    /// `observedGeneration`
    pub observed_generation: i64,
}

/// A container's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerStatus {
    /// `state`
    pub state: ContainerState,
    /// `lastState`
    pub last: Option<Box<ContainerState>>,
    /// `ready`
    pub ready: bool,
    /// `started`
    pub started: bool,
    /// `restartCount`
    pub restarts: u32,
}

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Not running, with a reason such as ContainerCreating, and a message.
    Waiting {
        /// `reason`
        reason: &'static str,
        /// `message`; or empty.
        message: Str,
    },
    /// Running.
    Running {
        /// `startedAt`
        since: SimTime,
    },
    /// Ended.
    Terminated {
        /// `exitCode`
        exit_code: i32,
        /// `reason`, such as Completed or Error.
        reason: &'static str,
        /// `startedAt`
        started: SimTime,
        /// `finishedAt`
        finished: SimTime,
    },
}

impl Default for ContainerState {
    fn default() -> Self {
        Self::Waiting { reason: "ContainerCreating", message: Str::default() }
    }
}

/// A pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTemplate {
    /// `metadata.labels`
    pub labels: Labels,
    /// `metadata.annotations`
    pub annotations: Labels,
    /// `spec`
    pub spec: Rc<PodSpec>,
}

impl Toleration {
    /// Whether it tolerates `taint`.
    // upstream: component-helpers ToleratesTaint
    pub fn tolerates(&self, taint: &super::Taint) -> bool {
        self.effect.is_none_or(|e| e == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && (self.exists || (!self.key.is_empty() && self.value == taint.value))
    }
}

impl NodeTerm {
    /// Whether a node of this name with these labels meets it. An empty term meets nothing.
    pub fn matches(&self, name: &Str, labels: &Labels) -> bool {
        let field = |r: &Requirement| match r.operator {
            Operator::In => r.values.contains(name),
            Operator::NotIn => !r.values.contains(name),
            _ => false,
        };
        !(self.expressions.is_empty() && self.fields.is_empty())
            && self.expressions.iter().all(|r| r.matches(labels))
            && self.fields.iter().all(field)
    }
}
