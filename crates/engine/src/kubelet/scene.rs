//! What one step of a kubelet may look at, and the Events that it tells.

use super::{Behaviour, Memory, PodBehaviour};
use crate::object::{Container, EventType, Pod};
use crate::time::SimTime;

/// What a step may look at, and the Events that it tells.
pub struct Scene<'a> {
    /// The pod before this step.
    pub pod: &'a Pod,
    /// How it behaves.
    pub behaviour: &'a PodBehaviour,
    /// What its images do.
    pub images: &'a dyn Behaviour,
    /// The kubelets' memory: which node has which image.
    pub memory: &'a mut Memory,
    /// Whether a database's data is not there yet, so that its clone goes on, and whether it does not answer.
    pub held: (bool, bool),
    /// The time.
    pub now: SimTime,
    /// Events to tell, in order.
    pub events: Vec<(EventType, &'static str, String)>,
}

impl Scene<'_> {
    /// Tells an Event.
    pub fn tell(&mut self, kind: EventType, reason: &'static str, message: String) {
        self.events.push((kind, reason, message));
    }

    /// Tells that the image is there already.
    pub fn present(&mut self, spec: &Container) {
        let message =
            format!("Container image \"{}\" already present on machine and can be accessed by the pod", spec.image);
        self.tell(EventType::Normal, "Pulled", message);
    }
}
