//! Where everything stands: a pure function of the view and the width.
//!
//! Units are CSS pixels at the stage's natural size; the drawing's `viewBox` scales them.

use super::bodies::{place_bays, place_groups};
use super::wires::wires;
use crate::number::within;
use podscope_engine::view::{Body, NodeView, PodView, ServiceView, Text, View, WorkloadView};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// Below this width everything stands in one column.
pub const NARROW: f64 = 620.0;
const GAP: f64 = 26.0;
const HEAD: f64 = 62.0;
pub(super) const SERVICE_H: f64 = 44.0;
const NOTE_H: f64 = 30.0;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Area {
    /// The middle, from left to right.
    pub fn middle(&self) -> f64 {
        self.x + self.w / 2.0
    }
}

/// How much of a pod is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    /// With its name.
    #[default]
    Full,
    /// Without a name.
    Small,
    /// A dot.
    Dot,
}

impl Density {
    /// The density for so many pods in one workload.
    pub const fn of(pods: usize) -> Self {
        match pods {
            0..=40 => Self::Full,
            41..=300 => Self::Small,
            _ => Self::Dot,
        }
    }

    /// Half the width of a pod: round, or square.
    pub const fn radius(self, square: bool) -> f64 {
        match (self, square) {
            (Self::Full, false) => 21.0,
            (Self::Full, true) => 27.0,
            (Self::Small, false) => 11.0,
            (Self::Small, true) => 13.0,
            (Self::Dot, _) => 4.0,
        }
    }
}

/// A pod's place.
#[derive(Clone, Debug, PartialEq)]
pub struct PodPlace {
    /// The pod.
    pub pod: Rc<PodView>,
    /// Its middle.
    pub at: (f64, f64),
    /// Where it comes from: its owner.
    pub from: (f64, f64),
    /// How much of it is drawn.
    pub density: Density,
    /// Whether it belongs to an old revision.
    pub old: bool,
    /// Whether it is drawn as a square with its number.
    pub square: bool,
}

impl PodPlace {
    /// Where lines to it end.
    pub fn top(&self) -> (f64, f64) {
        (self.at.0, self.at.1 - self.density.radius(self.square) - 2.0)
    }
}

/// Rows of dots: some of the pods of a workload that has very many.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockPlace {
    /// What tells it from others.
    pub key: String,
    /// The pods, row by row; none where an ordinal has no pod.
    pub pods: Vec<Option<Rc<PodView>>>,
    /// The upper left corner.
    pub at: (f64, f64),
    /// How many dots a row has; at least 1.
    pub columns: usize,
    /// Whether they belong to an old revision.
    pub old: bool,
    /// Whether they are squares.
    pub square: bool,
}

impl BlockPlace {
    /// How far dots are apart.
    pub const CELL: u8 = 12;

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        let cell = f64::from(Self::CELL);
        (self.columns as f64 * cell, self.pods.len().div_ceil(self.columns) as f64 * cell)
    }

    /// The middle of one of its dots.
    pub fn middle(&self, at: usize) -> (f64, f64) {
        let cell = f64::from(Self::CELL);
        let (column, row) = ((at % self.columns) as f64, (at / self.columns) as f64);
        (self.at.0 + (column + 0.5) * cell, self.at.1 + (row + 0.5) * cell)
    }
}

/// A box within a workload's frame, with a title: a ReplicaSet.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPlace {
    /// Key and title.
    pub title: String,
    /// The ReplicaSet's name.
    pub name: Text,
    /// Where.
    pub area: Area,
    /// Whether it is an old revision.
    pub old: bool,
}

/// A bay.
#[derive(Clone, Debug, PartialEq)]
pub struct BayPlace {
    /// The name of its pod.
    pub name: Text,
    /// The ordinal.
    pub ordinal: i64,
    /// Where.
    pub area: Area,
    /// The middle of the pod.
    pub at: (f64, f64),
    /// What is written above it.
    pub caption: &'static str,
    /// Whether it has a pod.
    pub taken: bool,
    /// Whether its set asks for it.
    pub wanted: bool,
    /// The volume: its name, phase and size.
    pub volume: Option<(Text, Text, Text)>,
    /// How much is drawn.
    pub density: Density,
}

/// A workload's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FramePlace {
    /// The workload.
    pub workload: Rc<WorkloadView>,
    /// Where.
    pub area: Area,
    /// Its ReplicaSets.
    pub groups: Vec<GroupPlace>,
    /// Its bays.
    pub bays: Vec<BayPlace>,
    /// Where the note stands, when something waits.
    pub note: Option<Area>,
}

/// A Service's pill.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePlace {
    /// The Service.
    pub service: Rc<ServiceView>,
    /// Where.
    pub area: Area,
}

/// A node's card.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePlace {
    /// The node; one without a name stands for none.
    pub node: Rc<NodeView>,
    /// Where.
    pub area: Area,
    /// Whether its pods stand in it.
    pub open: bool,
}

/// A line between two things.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// What tells it from others.
    pub key: String,
    /// The path.
    pub path: String,
    /// Whether it leads to a pod.
    pub thin: bool,
}

/// The whole drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width and height.
    pub size: (f64, f64),
    /// Where the clients are.
    pub clients: Option<(f64, f64)>,
    /// Services.
    pub services: Vec<ServicePlace>,
    /// Workloads.
    pub frames: Vec<FramePlace>,
    /// Pods that are drawn one by one, in an order that does not change while they live.
    pub pods: Vec<PodPlace>,
    /// Pods that are too many for that.
    pub blocks: Vec<BlockPlace>,
    /// Nodes.
    pub nodes: Vec<NodePlace>,
    /// Lines.
    pub wires: Vec<Wire>,
    /// What is kept but not simulated, and where that is written.
    pub kept: Option<(String, f64)>,
}

impl Scene {
    /// Where requests to each pod end, by its uid.
    pub fn tops(&self) -> SortedMap<Text, (f64, f64)> {
        let alone = self.pods.iter().map(|place| (place.pod.uid.clone(), place.top()));
        let dots = self.blocks.iter().flat_map(|block| {
            let there = block.pods.iter().enumerate();
            there.filter_map(|(at, pod)| Some((pod.as_ref()?.uid.clone(), block.middle(at))))
        });
        alone.chain(dots).collect()
    }
}

/// What `lay_out` puts in a row: a workload, or the pods without an owner.
struct Item {
    workload: Rc<WorkloadView>,
    services: Vec<Rc<ServiceView>>,
    natural: f64,
}

impl Item {
    /// The width that it gets before others get more: up to four bays stand beside each other, while round pods are as
    /// well in several rows.
    fn least(&self) -> f64 {
        match &self.workload.body {
            Body::Groups(_) => 300.0,
            Body::Bays(bays) => 96.0 * bays.len().clamp(3, 4) as f64 + 52.0,
        }
    }
}

/// What both arrangements begin with.
pub(super) struct Sheet {
    /// The scene, with nothing in it but the clients, if there is room for them.
    pub scene: Scene,
    /// Whether it is as narrow as a phone.
    pub narrow: bool,
    /// The room left and right.
    pub margin: f64,
    /// The width between.
    pub inner: f64,
    /// Where the next row begins.
    pub y: f64,
}

impl Sheet {
    /// An empty scene within `width`.
    pub(super) fn new(view: &View, width: f64) -> Self {
        let width = within(width, 330.0, 1240.0);
        let narrow = width < NARROW;
        let margin = if narrow { 12.0 } else { 28.0 };
        let mut scene = Scene { size: (width, 0.0), ..Scene::default() };
        let mut y = if narrow { 14.0 } else { 18.0 };
        if !view.services.is_empty() && !narrow {
            scene.clients = Some((width / 2.0, y + 16.0));
            y += 32.0 + 36.0;
        }
        Self { scene, narrow, margin, inner: width - 2.0 * margin, y }
    }
}

/// Puts everything in its place within `width`.
pub fn lay_out(view: &View, width: f64) -> Scene {
    let Sheet { mut scene, narrow, margin, inner, mut y } = Sheet::new(view, width);
    let (items, loose) = items(view);
    if !loose.is_empty() {
        place_services(&mut scene, &loose, Area { x: margin, y, w: inner, h: SERVICE_H });
        y += SERVICE_H + GAP;
    }
    for row in rows(items, inner, narrow) {
        if row.iter().any(|item| !item.services.is_empty()) {
            y += place_row_services(&mut scene, &row, margin, y, inner);
        }
        y = place_frames(&mut scene, &row, margin, y, inner) + GAP;
    }
    y = place_nodes(&mut scene, &view.nodes, margin, y, inner);
    if !view.others.is_empty() {
        let names: Vec<String> = view.others.iter().take(6).map(|(kind, name)| format!("{kind}/{name}")).collect();
        let more = if view.others.len() > 6 { format!(" and {} more", view.others.len() - 6) } else { String::new() };
        scene.kept = Some((format!("kept, not simulated: {}{more}", names.join(", ")), y + 12.0));
        y += 22.0;
    }
    scene.size.1 = y + 4.0;
    wires(&mut scene);
    scene
}

/// The workloads with the Services in front of them, and the Services in front of none.
fn items(view: &View) -> (Vec<Item>, Vec<Rc<ServiceView>>) {
    let mut items: Vec<Item> = Vec::new();
    let bare = (!view.bare.is_empty()).then(|| Rc::new(bare_workload(&view.bare)));
    for workload in view.workloads.iter().cloned().chain(bare) {
        let natural = match &workload.body {
            Body::Groups(groups) => {
                70.0 * groups.iter().map(|g| g.pods.len()).max().unwrap_or(0).clamp(4, 8) as f64 + 70.0
            }
            Body::Bays(bays) => 96.0 * bays.len().clamp(3, 6) as f64 + 50.0,
        };
        items.push(Item { workload, services: Vec::new(), natural });
    }
    let mut loose = Vec::new();
    for service in &view.services {
        // Rarely: its selector names labels that no template has.
        let by_pod = || items.iter().position(|item| service.ready.iter().any(|uid| has_pod(&item.workload, uid)));
        match service.workload.filter(|&at| at < items.len()).or_else(by_pod) {
            Some(at) => items[at].services.push(service.clone()),
            None => loose.push(service.clone()),
        }
    }
    (items, loose)
}

fn has_pod(workload: &WorkloadView, uid: &Text) -> bool {
    match &workload.body {
        Body::Groups(groups) => groups.iter().flat_map(|g| &g.pods).any(|pod| pod.uid == *uid),
        Body::Bays(bays) => bays.iter().filter_map(|b| b.pod.as_ref()).any(|pod| pod.uid == *uid),
    }
}

/// Pods without an owner, as a workload of their own.
fn bare_workload(pods: &[Rc<PodView>]) -> WorkloadView {
    WorkloadView {
        kind: "Pods".into(),
        name: "pods".into(),
        namespace: "".into(),
        desired: pods.len() as i64,
        ready: pods.iter().filter(|p| p.state == podscope_engine::view::PodState::Ready).count(),
        strategy: "no controller: nobody replaces them".into(),
        containers: Vec::new(),
        waits: None,
        body: Body::Groups(vec![podscope_engine::view::Group {
            name: "".into(),
            image: "".into(),
            revision: 0,
            is_new: true,
            desired: pods.len() as i64,
            pods: pods.to_vec(),
        }]),
    }
}

/// Fills rows from left to right, at most three to a row.
fn rows(items: Vec<Item>, inner: f64, narrow: bool) -> Vec<Vec<Item>> {
    let most = if narrow {
        1
    } else if inner < 1060.0 {
        2
    } else {
        3
    };
    let mut rows: Vec<Vec<Item>> = Vec::new();
    for item in items {
        match rows.last_mut() {
            Some(row) if row.len() < most => row.push(item),
            _ => rows.push(vec![item]),
        }
    }
    rows
}

/// The left edge and the width of each item of a row.
fn shares(row: &[Item], left: f64, inner: f64) -> Vec<(f64, f64)> {
    let free = inner - GAP * (row.len() as f64 - 1.0);
    let least: f64 = row.iter().map(Item::least).sum();
    let more = |item: &Item| within(item.natural, item.least() + 1.0, 600.0) - item.least();
    let wanted: f64 = row.iter().map(more).sum();
    // One workload alone does not become wider than it is useful.
    let used = if row.len() == 1 { free.min(row[0].natural.max(460.0)) } else { free };
    let mut x = left + (free - used) / 2.0;
    let mut shares = Vec::new();
    for item in row {
        let w = if used > least {
            item.least() + (used - least) * more(item) / wanted
        } else {
            used * item.least() / least
        };
        shares.push((x, w));
        x += w + GAP;
    }
    shares
}

fn place_row_services(scene: &mut Scene, row: &[Item], left: f64, y: f64, inner: f64) -> f64 {
    for (item, (x, w)) in row.iter().zip(shares(row, left, inner)) {
        place_services(scene, &item.services, Area { x, y, w, h: SERVICE_H });
    }
    SERVICE_H + GAP + 4.0
}

pub(super) fn place_services(scene: &mut Scene, services: &[Rc<ServiceView>], area: Area) {
    let n = services.len() as f64;
    let gap = 12.0;
    let w = ((area.w - gap * (n - 1.0)) / n).min(212.0);
    let used = w * n + gap * (n - 1.0);
    let mut x = area.middle() - used / 2.0;
    for service in services {
        scene.services.push(ServicePlace { service: service.clone(), area: Area { x, y: area.y, w, h: area.h } });
        x += w + gap;
    }
}

fn place_frames(scene: &mut Scene, row: &[Item], left: f64, y: f64, inner: f64) -> f64 {
    let mut bottom = y;
    for (item, (x, w)) in row.iter().zip(shares(row, left, inner)) {
        let workload = &item.workload;
        let mut frame = FramePlace {
            workload: workload.clone(),
            area: Area { x, y, w, h: 0.0 },
            groups: Vec::new(),
            bays: Vec::new(),
            note: None,
        };
        let body = Area { x: x + 16.0, y: y + HEAD, w: w - 32.0, h: 0.0 };
        let origin = (x + w / 2.0, y + 34.0);
        let end = match &workload.body {
            Body::Groups(groups) => place_groups(groups, body, origin, &mut frame.groups, scene),
            Body::Bays(bays) => place_bays(bays, body, origin, &mut frame, scene),
        };
        // The note hangs on the lower edge, so that nothing else moves when it comes and goes.
        frame.area.h = end + 18.0 - y;
        if workload.waits.is_some() {
            let wide = (w - 24.0).min(460.0);
            frame.note = Some(Area { x: x + (w - wide) / 2.0, y: end + 18.0 - NOTE_H / 2.0, w: wide, h: NOTE_H });
        }
        bottom = bottom.max(end + 18.0);
        scene.frames.push(frame);
    }
    bottom
}

fn place_nodes(scene: &mut Scene, nodes: &[Rc<NodeView>], left: f64, y: f64, inner: f64) -> f64 {
    if nodes.is_empty() {
        return y;
    }
    let (gap, h) = (12.0, 34.0);
    let columns = (((inner + gap) / (195.0 + gap)) as usize).clamp(1, nodes.len());
    let w = (inner - gap * (columns as f64 - 1.0)) / columns as f64;
    for (at, node) in nodes.iter().enumerate() {
        let (row, column) = ((at / columns) as f64, (at % columns) as f64);
        let area = Area { x: left + column * (w + gap), y: y + row * (h + 8.0), w, h };
        scene.nodes.push(NodePlace { node: node.clone(), area, open: false });
    }
    y + nodes.len().div_ceil(columns) as f64 * (h + 8.0) + 8.0
}
