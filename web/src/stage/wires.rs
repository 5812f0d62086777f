//! The lines from clients to Services, and from Services to the pods that are their ready endpoints.

use super::layout::{PodPlace, Scene, Wire};
use crate::number::Tenths;
use podscope_engine::view::{ServiceView, Text};
use podscope_schema::sorted::SortedMap;

/// Draws the lines of a scene whose things are in their places.
pub fn wires(scene: &mut Scene) {
    let mut wires = Vec::new();
    if let Some((x, y)) = scene.clients {
        let top = scene.services.iter().map(|s| s.area.y).fold(f64::MAX, f64::min);
        for place in scene.services.iter().filter(|s| s.area.y <= top) {
            let (tx, ty) = (place.area.middle(), place.area.y);
            let half = (ty - y) / 2.0;
            let path = format!(
                "M{} {}C{} {} {} {} {} {}",
                Tenths(x),
                Tenths(y + 16.0),
                Tenths(x),
                Tenths(y + half + 12.0),
                Tenths(tx),
                Tenths(ty - half),
                Tenths(tx),
                Tenths(ty)
            );
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
        let (x, y) = (place.area.middle(), place.area.y + place.area.h);
        // More lines than this say nothing more.
        for uid in place.service.ready.iter().take(60) {
            let Some(pod) = at.get(uid) else { continue };
            let (px, py) = (pod.at.0, pod.at.1 - pod.density.radius(pod.square) - 2.0);
            let path = format!(
                "M{} {}C{} {} {} {} {} {}",
                Tenths(x),
                Tenths(y),
                Tenths(x),
                Tenths(y + 46.0),
                Tenths(px),
                Tenths(py - 80.0),
                Tenths(px),
                Tenths(py)
            );
            wires.push(Wire { key: format!("{}/{uid}", key(&place.service)), path, thin: true });
        }
    }
    scene.wires = wires;
}

fn key(service: &ServiceView) -> String {
    format!("{}/{}", service.namespace, service.name)
}
