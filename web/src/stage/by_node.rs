//! The other arrangement: the same pods, each on its node.

use super::bodies::blocks;
use super::layout::{Area, BlockPlace, Density, NodePlace, PodPlace, SERVICE_H, Scene, Sheet, place_services};
use super::wires::wires;
use podscope_engine::view::{Body, NodeView, PodView, Text, View};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

const GAP: f64 = 16.0;
const HEAD: f64 = 54.0;

/// A pod, whether it belongs to an old revision, and whether it is a square.
type Entry = (Rc<PodView>, bool, bool);

/// Puts everything in its place within `width`, pods on their nodes.
pub fn lay_out(view: &View, width: f64) -> Scene {
    let Sheet { mut scene, margin, inner, mut y, .. } = Sheet::new(view, width);
    if !view.services.is_empty() {
        let row = (((inner + 12.0) / 172.0) as usize).max(1);
        for services in view.services.chunks(row) {
            place_services(&mut scene, services, Area { x: margin, y, w: inner, h: SERVICE_H });
            y += SERVICE_H + 12.0;
        }
        y += 34.0;
    }
    let origin = (scene.size.0 / 2.0, y);
    let (mut on, waiting) = pods(view);
    let all: usize = on.values().map(Vec::len).sum::<usize>() + waiting.len();
    let density = match all {
        0..=60 => Density::Full,
        61..=300 => Density::Small,
        _ => Density::Dot,
    };
    let mut cards: Vec<(Rc<NodeView>, Vec<Entry>)> = Vec::new();
    if !waiting.is_empty() {
        cards.push((Rc::new(nowhere()), waiting));
    }
    for node in &view.nodes {
        cards.push((node.clone(), on.remove(&node.name).unwrap_or_default()));
    }
    let columns = (((inner + GAP) / (232.0 + GAP)) as usize).clamp(1, cards.len().clamp(1, 4));
    let w = (inner - GAP * (columns as f64 - 1.0)) / columns as f64;
    for row in cards.chunks(columns) {
        let mut h: f64 = 0.0;
        for (at, (_, pods)) in row.iter().enumerate() {
            let body = Area { x: margin + at as f64 * (w + GAP) + 10.0, y: y + HEAD, w: w - 20.0, h: 0.0 };
            h = h.max(fill(&mut scene, pods, body, origin, density, &row[at].0.name) - y);
        }
        for (at, (node, _)) in row.iter().enumerate() {
            let area = Area { x: margin + at as f64 * (w + GAP), y, w, h };
            scene.nodes.push(NodePlace { node: node.clone(), area, open: true });
        }
        y += h + GAP;
    }
    scene.size.1 = y + 4.0;
    wires(&mut scene);
    scene
}

/// Where pods without a node stand.
fn nowhere() -> NodeView {
    NodeView { ready: true, ..NodeView::default() }
}

/// Puts pods into rows. Gives the bottom.
fn fill(scene: &mut Scene, pods: &[Entry], body: Area, origin: (f64, f64), density: Density, node: &Text) -> f64 {
    let (cell_w, cell_h) = match density {
        Density::Full => (76.0, 88.0),
        Density::Small => (32.0, 32.0),
        Density::Dot => return dots(scene, pods, body, node),
    };
    let columns = ((body.w / cell_w) as usize).max(1);
    let step = body.w / columns as f64;
    for (at, (pod, old, square)) in pods.iter().enumerate() {
        let (row, column) = ((at / columns) as f64, (at % columns) as f64);
        let above = if density == Density::Full { 32.0 } else { cell_h / 2.0 };
        scene.pods.push(PodPlace {
            pod: pod.clone(),
            at: (body.x + (column + 0.5) * step, body.y + above + row * cell_h),
            from: origin,
            density,
            old: *old,
            square: *square,
        });
    }
    body.y + pods.len().div_ceil(columns).max(1) as f64 * cell_h + 8.0
}

/// The same when they are very many: those that are drawn alike together.
fn dots(scene: &mut Scene, pods: &[Entry], body: Area, node: &Text) -> f64 {
    let cell = f64::from(BlockPlace::CELL);
    let columns = ((body.w / cell) as usize).max(1);
    let mut y = body.y;
    for (old, square) in [(false, true), (true, false), (false, false)] {
        let alike = pods.iter().filter(|(_, o, s)| (*o, *s) == (old, square));
        let pods: Vec<_> = alike.map(|(pod, ..)| Some(pod.clone())).collect();
        if pods.is_empty() {
            continue;
        }
        let rows = pods.len().div_ceil(columns) as f64;
        let key = format!("node/{node}/{old}/{square}");
        let at = (body.x + (body.w - columns as f64 * cell) / 2.0, y);
        blocks(BlockPlace { key, pods, at, columns, old, square }, &mut scene.blocks);
        y += rows * cell + 4.0;
    }
    y.max(body.y + 30.0) + 8.0
}

/// The pods of each node, and those without one, in the order of their workloads.
fn pods(view: &View) -> (SortedMap<Text, Vec<Entry>>, Vec<Entry>) {
    let (mut on, mut waiting) = (SortedMap::<Text, Vec<Entry>>::new(), Vec::new());
    let mut add = |pod: &Rc<PodView>, old: bool, square: bool| {
        let entry = (pod.clone(), old, square);
        match &pod.node {
            Some(node) => on.entry(node.clone()).or_default().push(entry),
            None => waiting.push(entry),
        }
    };
    for workload in &view.workloads {
        match &workload.body {
            Body::Groups(groups) => {
                for group in groups {
                    group.pods.iter().for_each(|pod| add(pod, !group.is_new, false));
                }
            }
            Body::Bays(bays) => bays.iter().filter_map(|bay| bay.pod.as_ref()).for_each(|pod| add(pod, false, true)),
        }
    }
    view.bare.iter().for_each(|pod| add(pod, false, false));
    (on, waiting)
}
