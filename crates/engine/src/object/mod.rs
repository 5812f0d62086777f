//! The typed kinds: what the simulation knows of each Kubernetes object.
//!
//! Every object is an [`Rc`] that is copied on write. Typed fields hold what controllers read or write; what
//! users wrote besides is kept in `raw` values, and `convert` joins the two again.

mod daemon;
mod event;
mod job;
mod meta;
mod node;
mod pod;
mod policy;
mod service;
mod volume;
mod workload;

pub use daemon::*;
pub use event::*;
pub use job::*;
pub use meta::*;
pub use node::*;
pub use pod::*;
pub use policy::*;
pub use service::*;
pub use volume::*;
pub use workload::*;

use podscope_schema::Value;
use std::rc::Rc;

/// A shared string.
pub type Str = Rc<str>;

/// An interned (kind, namespace, name): it stays the same when an object of that name comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

macro_rules! kinds {
    ($($kind:ident $body:ident $version:literal $namespaced:literal $doc:literal;)*) => {
        /// The kinds that the simulation runs, and [`Kind::Other`] for those that it keeps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $(#[doc = $doc] $kind,)* #[doc = "A kind that is kept but not simulated."] Other }

        impl Kind {
            /// All simulated kinds.
            pub const ALL: &[Kind] = &[$(Kind::$kind,)*];

            /// The `kind` of a manifest.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => stringify!($kind),)* Kind::Other => "" }
            }

            /// The `apiVersion` of a manifest.
            pub const fn api_version(self) -> &'static str {
                match self { $(Kind::$kind => $version,)* Kind::Other => "" }
            }

            /// Whether its objects live in a namespace.
            pub const fn namespaced(self) -> bool {
                match self { $(Kind::$kind => $namespaced,)* Kind::Other => true }
            }

            /// The kind of this name, of any API version.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($kind) => Some(Kind::$kind),)* _ => None }
            }

            /// Whether it is simulated only with the feature `more`.
            pub const fn is_more(self) -> bool {
                matches!(
                    self,
                    Kind::DaemonSet | Kind::Job | Kind::CronJob | Kind::HorizontalPodAutoscaler | Kind::ResourceQuota
                )
            }
        }
    };
}

kinds! {
    Pod Pod "v1" true "Pod";
    ReplicaSet ReplicaSet "apps/v1" true "ReplicaSet";
    ReplicationController ReplicaSet "v1" true "ReplicationController: runs as the ReplicaSet that it was.";
    Deployment Deployment "apps/v1" true "Deployment";
    StatefulSet StatefulSet "apps/v1" true "StatefulSet";
    ControllerRevision ControllerRevision "apps/v1" true "ControllerRevision";
    Service Service "v1" true "Service";
    EndpointSlice EndpointSlice "discovery.k8s.io/v1" true "EndpointSlice";
    PersistentVolumeClaim Claim "v1" true "PersistentVolumeClaim";
    PersistentVolume Volume "v1" false "PersistentVolume";
    StorageClass StorageClass "storage.k8s.io/v1" false "StorageClass";
    Node Node "v1" false "Node";
    HorizontalPodAutoscaler Autoscaler "autoscaling/v2" true "HorizontalPodAutoscaler";
    PodDisruptionBudget DisruptionBudget "policy/v1" true "PodDisruptionBudget";
    ResourceQuota ResourceQuota "v1" true "ResourceQuota";
    DaemonSet DaemonSet "apps/v1" true "DaemonSet";
    Job Job "batch/v1" true "Job";
    CronJob CronJob "batch/v1" true "CronJob";
}

/// A typed object with metadata.
pub trait Resource: Clone + PartialEq + 'static {
    /// Its metadata.
    fn meta(&self) -> &Meta;
    /// Its metadata, to change.
    fn meta_mut(&mut self) -> &mut Meta;
    /// The object of this type, if it is one.
    fn of(object: &Object) -> Option<&Rc<Self>>;
    /// Wraps it.
    fn wrap(self: Rc<Self>) -> Object;
    /// The kind of this one.
    fn kind(&self) -> Kind;
}

macro_rules! resources {
    ($($variant:ident($type:ty) $kind:expr;)*) => {
        /// Any object in the store.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Object { $(#[doc = stringify!($variant)] $variant(Rc<$type>),)* }

        impl Object {
            /// Its metadata.
            pub fn meta(&self) -> &Meta { match self { $(Self::$variant(o) => &o.meta,)* } }
            /// Its metadata, to change (copied first when shared).
            pub fn meta_mut(&mut self) -> &mut Meta { match self { $(Self::$variant(o) => &mut Rc::make_mut(o).meta,)* } }
            /// Its kind.
            pub fn kind(&self) -> Kind { match self { $(Self::$variant(o) => Resource::kind(&**o),)* } }
        }

        $(impl Resource for $type {
            fn meta(&self) -> &Meta { &self.meta }
            fn meta_mut(&mut self) -> &mut Meta { &mut self.meta }
            fn of(object: &Object) -> Option<&Rc<Self>> { if let Object::$variant(o) = object { Some(o) } else { None } }
            fn wrap(self: Rc<Self>) -> Object { Object::$variant(self) }
            fn kind(&self) -> Kind { let _this = self; #[allow(clippy::redundant_closure_call)] { ($kind)(self) } }
        }
        impl From<$type> for Object { fn from(o: $type) -> Self { Self::$variant(Rc::new(o)) } })*
    };
}

resources! {
    Pod(Pod) |_: &Self| Kind::Pod;
    ReplicaSet(ReplicaSet) |s: &Self| if s.legacy { Kind::ReplicationController } else { Kind::ReplicaSet };
    Deployment(Deployment) |_: &Self| Kind::Deployment;
    StatefulSet(StatefulSet) |_: &Self| Kind::StatefulSet;
    ControllerRevision(ControllerRevision) |_: &Self| Kind::ControllerRevision;
    Service(Service) |_: &Self| Kind::Service;
    EndpointSlice(EndpointSlice) |_: &Self| Kind::EndpointSlice;
    Claim(Claim) |_: &Self| Kind::PersistentVolumeClaim;
    Volume(Volume) |_: &Self| Kind::PersistentVolume;
    StorageClass(StorageClass) |_: &Self| Kind::StorageClass;
    Node(Node) |_: &Self| Kind::Node;
    Autoscaler(Autoscaler) |_: &Self| Kind::HorizontalPodAutoscaler;
    DisruptionBudget(DisruptionBudget) |_: &Self| Kind::PodDisruptionBudget;
    ResourceQuota(ResourceQuota) |_: &Self| Kind::ResourceQuota;
    DaemonSet(DaemonSet) |_: &Self| Kind::DaemonSet;
    Job(Job) |_: &Self| Kind::Job;
    CronJob(CronJob) |_: &Self| Kind::CronJob;
    Other(Other) |_: &Self| Kind::Other;
}

/// An object of a kind that is kept, listed and exported, but not simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Metadata.
    pub meta: Meta,
    /// `apiVersion`
    pub api_version: Str,
    /// `kind`
    pub kind: Str,
    /// The whole object as it was written, metadata included.
    pub raw: Value,
}
