//! [`Cluster`]: what everyone outside the engine uses.

use crate::api::apply::{self, Applied, ManifestError};
use crate::api::{ApiError, Context, DeleteOptions, Events, rest};
use crate::config::Config;
use crate::controller::{self, Controller};
use crate::object::{Key, Kind, Object};
use crate::time::SimTime;
use podscope_schema::sort::sort;
use podscope_schema::{KindInfo, Value, kinds};

/// A simulated cluster. Cloning is cheap: objects are shared until they change.
#[derive(Clone)]
pub struct Cluster {
    /// The world: read through its store, change it through its write methods.
    pub cx: Context,
}

impl Cluster {
    /// A cluster without nodes.
    pub fn empty(config: Config) -> Self {
        Self { cx: Context::new(config) }
    }

    /// A cluster as the playground has it: three nodes in three zones, two storage classes.
    pub fn new(config: Config) -> Self {
        Self::with_nodes(config, crate::topology::default_nodes(3))
    }

    /// A cluster of these nodes, with the two storage classes.
    pub fn with_nodes(config: Config, nodes: Vec<crate::object::Node>) -> Self {
        let mut cluster = Self::empty(config);
        // A fresh store refuses nothing but a node named twice, which is then there once.
        _ = crate::topology::build(&mut cluster.cx, nodes);
        cluster
    }

    /// Applies a file of manifests as `kubectl apply -f` does: all of it, or nothing.
    ///
    /// # Errors
    /// Each refusal, in the API server's words, with line and column.
    pub fn apply(&mut self, yaml: &str) -> Result<Vec<Applied>, Vec<ManifestError>> {
        apply::apply_file(&mut self.cx, "default", yaml)
    }

    /// The key of the object of this kind and name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Result<Key, ApiError> {
        let store = &self.cx.store;
        let info = kinds().iter().find(|k| k.kind == kind);
        let found = match (Kind::from_name(kind), info) {
            (Some(kind), _) => store.find(kind, namespace, name),
            // What is not simulated is stored under its kind and name.
            (None, Some(info)) => {
                let name = [&info.api_version(), "/", kind, "/", name].concat();
                store.find(Kind::Other, namespace, &name)
            }
            (None, None) => None,
        };
        found.filter(|key| store.object(*key).is_some()).ok_or_else(|| {
            let resource = info.map_or_else(|| kind.to_owned(), KindInfo::group_resource);
            ApiError::new(404, "NotFound", [&resource, " \"", name, "\" not found"].concat())
        })
    }

    /// Sets the replicas of a workload. Says whether that changed anything.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn scale(&mut self, kind: &str, namespace: &str, name: &str, replicas: i64) -> Result<bool, ApiError> {
        let key = self.find(kind, namespace, name)?;
        rest::scale(&mut self.cx, key, replicas)
    }

    /// Sets the image of a container of a workload's template. Says whether that changed anything.
    ///
    /// # Errors
    /// `NotFound`, or what validation says.
    pub fn set_image(
        &mut self,
        kind: &str,
        namespace: &str,
        name: &str,
        container: &str,
        image: &str,
    ) -> Result<bool, ApiError> {
        let key = self.find(kind, namespace, name)?;
        let mut patch = Value::default();
        let change = Value::object([("name", Value::from(container)), ("image", image.into())]);
        patch.set_at(&["spec", "template", "spec", "containers"], Value::array([change]));
        rest::patch(&mut self.cx, key, rest::PatchKind::Strategic, &patch)
    }

    /// Deletes a pod, with its own grace period.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_pod(&mut self, namespace: &str, name: &str) -> Result<(), ApiError> {
        let key = self.find("Pod", namespace, name)?;
        self.cx.delete(key, DeleteOptions::default())
    }

    /// All Events, oldest first.
    pub const fn events(&self) -> &Events {
        &self.cx.events
    }

    /// Every object that was written by hand, as a stream of YAML documents in the order of their creation: real
    /// Kubernetes YAML, without what the cluster added.
    pub fn export(&self) -> String {
        let cx = &self.cx;
        let mut keys: Vec<(u64, Key)> = Vec::new();
        for kind in Kind::ALL.iter().copied().chain([Kind::Other]) {
            for &key in cx.store.of_kind(kind) {
                let object = cx.store.object(key).map(Object::meta);
                let mine =
                    object.filter(|m| m.owners.is_empty() && m.annotations.get(crate::convert::LAST_APPLIED).is_some());
                keys.extend(mine.map(|m| (m.uid.0, key)));
            }
        }
        sort(&mut keys);
        let texts: Vec<String> = keys
            .iter()
            .filter_map(|(_, k)| crate::convert::to_manifest(cx, *k))
            .map(|v| podscope_schema::to_yaml(&v))
            .collect();
        texts.join("---\n")
    }

    /// The present instant.
    pub const fn now(&self) -> SimTime {
        self.cx.now()
    }

    /// Sets the clock, for a state that was loaded: nothing runs.
    pub fn set_now(&mut self, now: SimTime) {
        self.cx.now = self.cx.now.max(now);
    }

    /// Changes with every write.
    pub const fn version(&self) -> u64 {
        self.cx.resource_version()
    }

    /// Runs what is due until `until`, at most `max_events` of it. Says whether it got there; call again when not.
    pub fn advance_to(&mut self, until: SimTime, max_events: usize) -> bool {
        for _ in 0..max_events {
            let Some((worker, key)) = self.cx.next_due(until) else {
                self.cx.now = self.cx.now.max(until);
                return true;
            };
            controller::reconcile(&mut self.cx, worker, key);
        }
        false
    }

    /// Runs until something was written, and through what is due at that same instant. False when nothing is due.
    pub fn step(&mut self) -> bool {
        self.step_by(SimTime::MAX)
    }

    /// As [`Cluster::step`], through nothing that is due after `limit`.
    pub(crate) fn step_by(&mut self, limit: SimTime) -> bool {
        let before = self.version();
        while let Some((worker, key)) = self.cx.next_due(limit) {
            // Requests go on for ever: where nothing else is due, nothing will be written.
            let last = worker == Controller::Traffic
                && self.cx.agenda.is_empty()
                && !(crate::DATA && crate::app::busy(&self.cx));
            controller::reconcile(&mut self.cx, worker, key);
            if last {
                return false;
            }
            if self.version() != before {
                let now = self.now();
                while self.cx.next_time() == Some(now) && !self.advance_to(now, 1000) {}
                return true;
            }
        }
        false
    }
}
