//! How containers behave: what Kubernetes leaves to them.

use crate::object::{Container, Pod};
use std::time::Duration;

/// How the containers of one pod behave from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct PodBehaviour {
    /// From bound (or, after a restart, from the restart) to Running.
    pub start_after: Duration,
    /// From Running to Ready; none means never.
    pub ready_after: Option<Duration>,
    /// That holds for containers without a readiness probe too. Otherwise those are Ready as soon as they run, as with
    /// Kubernetes, whether they answer or not.
    pub ready_unprobed: bool,
    /// From the request for deletion to the end of the containers; none means never.
    pub terminate_after: Option<Duration>,
    /// The readiness probe fails now.
    pub unready: bool,
    /// The image cannot be pulled.
    pub bad_image: bool,
    /// The container ends so long after it started, with this exit code.
    pub crash: Option<(Duration, i32)>,
}

/// Decides how pods behave. Must be a function of its arguments alone.
pub trait Behaviour {
    /// How `pod` behaves.
    fn of(&self, pod: &Pod) -> PodBehaviour;

    /// Whether pods show kubelet details (pull times, init containers one by one, probe Events), or, as the
    /// scripted kubelet of the recordings, only the steps that the durations name.
    fn detailed(&self) -> bool {
        true
    }

    /// How long a node takes to pull the image of this container for the first time.
    fn pull(&self, _pod: &Pod, _container: &Container) -> Duration {
        Duration::ZERO
    }

    /// How long this init container runs.
    fn init(&self, _pod: &Pod, _container: &Container) -> Duration {
        Duration::from_secs(1)
    }

    /// Whether the image of this container cannot be pulled.
    fn bad_image(&self, pod: &Pod, _container: &Container) -> bool {
        self.of(pod).bad_image
    }
}
