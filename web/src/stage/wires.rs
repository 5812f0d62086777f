//! The lines from clients to Services, and from Services to the pods that are their ready endpoints.

use super::layout::{PodPlace, Scene, ServicePlace, Wire};
use crate::number::Tenths;
use podscope_engine::view::{ServiceView, Text};
use podscope_schema::sorted::SortedMap;

/// A line that leaves downwards and arrives downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Where it begins.
    pub from: (f64, f64),
    /// Where it ends.
    pub to: (f64, f64),
    /// How far below its beginning it bends.
    pub down: f64,
    /// How far above its end.
    pub up: f64,
}

impl Curve {
    /// From the clients to a Service.
    pub fn from_clients((x, y): (f64, f64), place: &ServicePlace) -> Self {
        let half = (place.area.y - y) / 2.0;
        Self { from: (x, y + 16.0), to: (place.area.middle(), place.area.y), down: half - 4.0, up: half }
    }

    /// From a Service to the upper edge of a pod.
    pub fn to_pod(place: &ServicePlace, to: (f64, f64)) -> Self {
        Self { from: (place.area.middle(), place.area.y + place.area.h), to, down: 46.0, up: 80.0 }
    }

    /// The point at a share of its way.
    #[cfg(feature = "data")]
    pub fn at(&self, t: f64) -> (f64, f64) {
        let back = 1.0 - t;
        // The weights of the four points; the first two have the same x, as have the last two.
        let weights = [back * back * back, 3.0 * back * back * t, 3.0 * back * t * t, t * t * t];
        let heights = [self.from.1, self.from.1 + self.down, self.to.1 - self.up, self.to.1];
        let x = (weights[0] + weights[1]) * self.from.0 + (weights[2] + weights[3]) * self.to.0;
        (x, weights.iter().zip(heights).map(|(weight, y)| weight * y).sum())
    }

    fn path(&self) -> String {
        let ((x, y), (tx, ty)) = (self.from, self.to);
        let points = [x, y, x, y + self.down, tx, ty - self.up, tx, ty].map(|n| Tenths(n).to_string());
        ["M", &points[..2].join(" "), "C", &points[2..].join(" ")].concat()
    }
}

/// Draws the lines of a scene whose things are in their places.
pub fn wires(scene: &mut Scene) {
    let mut wires = Vec::new();
    if let Some(clients) = scene.clients {
        let top = scene.services.iter().map(|s| s.area.y).fold(f64::MAX, f64::min);
        for place in scene.services.iter().filter(|s| s.area.y <= top) {
            let path = Curve::from_clients(clients, place).path();
            wires.push(Wire { key: format!("clients/{}", key(&place.service)), path, thin: false });
        }
    }
    let at: SortedMap<&Text, &PodPlace> = scene.pods.iter().map(|place| (&place.pod.uid, place)).collect();
    for place in &scene.services {
        // Above dots one line leads to all of them.
        let dense = place.service.ready.iter().any(|uid| !at.contains_key(uid));
        let frame = place.service.workload.filter(|_| dense).and_then(|at| scene.frames.get(at));
        if let Some(frame) = frame {
            let (x, y, to) = (place.area.middle(), place.area.y + place.area.h, frame.area.y);
            wires.push(Wire {
                key: key(&place.service),
                path: format!("M{} {}V{}", Tenths(x), Tenths(y), Tenths(to)),
                thin: true,
            });
            continue;
        }
        // More lines than this say nothing more.
        for uid in place.service.ready.iter().take(60) {
            let Some(pod) = at.get(uid) else { continue };
            let path = Curve::to_pod(place, pod.top()).path();
            wires.push(Wire { key: format!("{}/{uid}", key(&place.service)), path, thin: true });
        }
    }
    scene.wires = wires;
}

fn key(service: &ServiceView) -> String {
    format!("{}/{}", service.namespace, service.name)
}
