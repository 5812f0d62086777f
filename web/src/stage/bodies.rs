//! How pods stand within their workload's frame.

use super::layout::{Area, BayPlace, BlockPlace, Density, FramePlace, GroupPlace, PodPlace, Scene};
use podscope_engine::view::{Bay, Group, PodState, PodView};
use std::rc::Rc;

/// About how many dots are drawn, and drawn again, together.
const BLOCK: usize = 120;
use podscope_schema::sort::{sort_by, sort_by_key};

/// Puts ReplicaSets under each other, the newest last, and their pods in rows. Gives the bottom.
pub fn place_groups(
    groups: &[Group],
    body: Area,
    origin: (f64, f64),
    places: &mut Vec<GroupPlace>,
    scene: &mut Scene,
) -> f64 {
    // As dense as it is going to be, so that a workload that grows is not drawn twice.
    let most = |g: &Group| g.pods.len().max(usize::try_from(g.desired).unwrap_or_default());
    let density = Density::of(groups.iter().map(most).sum());
    let (cell_w, cell_h) = match density {
        Density::Full => (62.0, 66.0),
        Density::Small => (30.0, 30.0),
        Density::Dot => (12.0, 12.0),
    };
    let mut shown: Vec<&Group> = groups.iter().filter(|g| g.is_new || !g.pods.is_empty()).collect();
    sort_by_key(&mut shown, |g| (g.is_new, g.revision));
    let mut y = body.y;
    for group in shown {
        let title = if group.name.is_empty() { 10.0 } else { 30.0 };
        let columns = (((body.w - 16.0) / cell_w) as usize).max(1);
        let rows = group.pods.len().div_ceil(columns).max(1);
        // A few pods stand apart from each other; many fill the width.
        let step = if group.pods.len() < columns {
            cell_w.max((body.w - 16.0) / columns as f64)
        } else {
            (body.w - 16.0) / columns as f64
        };
        let h = title + rows as f64 * cell_h + 12.0;
        let mut order: Vec<_> = group.pods.iter().collect();
        sort_by(&mut order, |a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
        if density == Density::Dot {
            let cell = f64::from(BlockPlace::CELL);
            let left = body.x + (body.w - columns as f64 * cell) / 2.0;
            let pods = order.into_iter().map(|pod| Some(pod.clone())).collect();
            let form = BlockPlace {
                key: format!("{}/{}", group.pods.first().map_or("", |pod| &*pod.namespace), group.name),
                pods,
                at: (left, y + title),
                columns,
                old: !group.is_new,
                square: false,
            };
            blocks(form, &mut scene.blocks);
            order = Vec::new();
        }
        for (at, pod) in order.into_iter().enumerate() {
            let (row, column) = ((at / columns) as f64, (at % columns) as f64);
            let above = if density == Density::Full { 27.0 } else { cell_h / 2.0 };
            scene.pods.push(PodPlace {
                pod: pod.clone(),
                at: (body.x + 8.0 + (column + 0.5) * step, y + title + above + row * cell_h),
                from: origin,
                density,
                old: !group.is_new,
                square: false,
            });
        }
        if !group.name.is_empty() {
            let title = format!("ReplicaSet {} · {} · {}", group.name, group.image, group.pods.len());
            let area = Area { x: body.x, y, w: body.w, h };
            places.push(GroupPlace { title, name: group.name.clone(), area, old: !group.is_new });
        }
        y += h + 12.0;
    }
    y - 4.0
}

/// Cuts a grid into blocks of whole rows.
pub(super) fn blocks(all: BlockPlace, blocks: &mut Vec<BlockPlace>) {
    let rows = (BLOCK / all.columns).max(1);
    for (at, pods) in all.pods.chunks(rows * all.columns).enumerate() {
        let y = all.at.1 + (at * rows) as f64 * f64::from(BlockPlace::CELL);
        blocks.push(BlockPlace {
            key: format!("{}/{at}", all.key),
            pods: pods.to_vec(),
            at: (all.at.0, y),
            columns: all.columns,
            ..all
        });
    }
}

/// Puts bays side by side, in rows. Gives the bottom.
pub fn place_bays(bays: &[Bay], body: Area, origin: (f64, f64), frame: &mut FramePlace, scene: &mut Scene) -> f64 {
    let density = match bays.len() {
        0..=24 => Density::Full,
        25..=300 => Density::Small,
        _ => Density::Dot,
    };
    // Width and height of a bay, the space around it, and how far below its top the pod's middle is.
    let (w, h, gap, head, middle) = match density {
        Density::Full => (86.0, 156.0, 10.0, 24.0, 40.0),
        Density::Small => (34.0, 52.0, 4.0, 0.0, 18.0),
        Density::Dot => return place_dots(bays, body, frame, scene),
    };
    let columns = (((body.w + gap) / (w + gap)) as usize).clamp(1, bays.len().max(1));
    let used = columns as f64 * (w + gap) - gap;
    let left = body.x + (body.w - used) / 2.0;
    for (at, bay) in bays.iter().enumerate() {
        let (row, column) = ((at / columns) as f64, (at % columns) as f64);
        let area = Area { x: left + column * (w + gap), y: body.y + head + row * (h + gap + head), w, h };
        let middle = (area.middle(), area.y + middle);
        if let Some(pod) = &bay.pod {
            scene.pods.push(PodPlace { pod: pod.clone(), at: middle, from: origin, density, old: false, square: true });
        }
        frame.bays.push(BayPlace {
            name: bay.name.clone(),
            ordinal: bay.ordinal,
            area,
            at: middle,
            caption: caption(bay),
            taken: bay.pod.is_some(),
            wanted: bay.wanted,
            volume: bay.claims.first().map(|c| (c.name.clone(), c.phase.clone(), c.size.clone())),
            density,
        });
    }
    body.y + bays.len().div_ceil(columns).max(1) as f64 * (h + gap + head)
}

/// Puts very many bays into one grid, where an ordinal keeps its place when its pod is gone. Gives the bottom.
fn place_dots(bays: &[Bay], body: Area, frame: &FramePlace, scene: &mut Scene) -> f64 {
    let cell = f64::from(BlockPlace::CELL);
    let columns = ((body.w / cell) as usize).max(1);
    let pods: Vec<Option<Rc<PodView>>> = bays.iter().map(|bay| bay.pod.clone()).collect();
    let bottom = body.y + pods.len().div_ceil(columns) as f64 * cell;
    let at = (body.x + (body.w - columns as f64 * cell) / 2.0, body.y);
    let key = format!("{}/{}", frame.workload.namespace, frame.workload.name);
    blocks(BlockPlace { key, pods, at, columns, old: false, square: true }, &mut scene.blocks);
    bottom
}

/// What is written above a bay.
fn caption(bay: &Bay) -> &'static str {
    match &bay.pod {
        None if bay.wanted => "waits",
        None => "volume kept",
        Some(pod) => match pod.state {
            PodState::Pending => "pending",
            PodState::Creating => "creating",
            PodState::NotReady => "not Ready",
            PodState::Ready => "Ready",
            PodState::Terminating => "terminating",
            PodState::Failed => "failed",
            PodState::CrashLoop => "back-off",
            PodState::ImagePull => "no image",
            PodState::Unknown => "unknown",
            PodState::Succeeded => "succeeded",
        },
    }
}
