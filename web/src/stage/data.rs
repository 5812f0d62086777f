//! What runs inside the pods of a database, over their shapes: who is primary, who is behind, and what is copied from whom.

use super::layout::{Area, Density, FramePlace, PodPlace, Scene};
use crate::hooks::use_now_and_then;
use crate::number::{Tenths, px, translate};
use crate::session::Session;
use podscope_engine::time::SimTime;
use podscope_engine::view::{DataView, LinkKind, MemberView, Role};
use std::rc::Rc;
use std::time::Duration;
use yew::prelude::*;

/// What [`Data`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct DataProps {
    /// Whose databases.
    pub session: Session,
    /// Where everything stands.
    pub scene: Rc<Scene>,
}

/// Marks of the members, lines between them, and how full their volumes are.
#[component]
pub fn Data(props: &DataProps) -> Html {
    use_now_and_then(&props.session);
    let data = props.session.read(podscope_engine::Cluster::data);
    if data.members.is_empty() && data.lost.is_empty() {
        return Html::default();
    }
    let scene = &props.scene;
    let place = |uid: &str| scene.pods.iter().find(|p| &*p.pod.uid == uid && p.density == Density::Full);
    let links = data.links.iter().filter_map(|link| {
        let (from, to) = (place(&link.from)?, place(&link.to)?);
        let kind = if link.kind == LinkKind::Clone { "clone" } else { "stream" };
        let class = classes!("copy", kind, link.held.then_some("held"));
        Some(html! { <path key={[&*link.to, kind].concat()} {class} d={between(from, to, scene.frames.is_empty())} /> })
    });
    // A bay has its caption there.
    let above = if scene.frames.is_empty() { "1" } else { "-24" };
    let members = data.members.iter().filter_map(|member| {
        let at = place(&member.uid)?;
        let (words, class) = words(member);
        Some(html! {
            <g key={&*member.uid} class={classes!("member", class)} transform={translate((at.at.0, at.at.1 - 38.0))}>
                <text y={above}>{ words }</text>
                if class == "primary" {
                    <path class="crown" d="M14 12v-9l6 5 5-8 5 8 6-5v9z" />
                }
            </g>
        })
    });
    html! {
        <g class="data" aria-hidden="true">
            { links.collect::<Html>() }
            { fills(scene, &data) }
            { members.collect::<Html>() }
            { scene.frames.iter().map(|frame| gone(frame, &data, props.session.now())).collect::<Html>() }
        </g>
    }
}

/// For how long it is seen that a disk went with its pod.
const SEEN: Duration = Duration::from_secs(20);

/// What went with the pods of a workload, on the lower edge of its frame: a drum that is broken, and what was on it.
fn gone(frame: &FramePlace, data: &DataView, now: SimTime) -> Html {
    let mine = |of: &str| of.strip_prefix(&*frame.workload.name).is_some_and(|rest| rest.starts_with('-'));
    let lost = data
        .lost
        .iter()
        .filter(|disk| now.since(disk.at) < SEEN && disk.rows + disk.files as u64 > 0 && mine(&disk.of));
    let Some(last) = lost.clone().next_back() else { return Html::default() };
    let (rows, files) = lost.fold((0, 0), |sum, disk| (sum.0 + disk.rows, sum.1 + disk.files));
    let what = if rows > 0 { format!("{rows} rows") } else { format!("{files} files") };
    let Area { x, y, h, .. } = frame.area;
    // A note hangs on the same edge.
    let y = y + h - if frame.note.is_some() { 36.0 } else { 14.0 };
    html! {
        <g key={&*last.of} class="gone" transform={translate((x + 24.0, y))}>
            <path d="M-11-8a11 3 0 0 1 22 0V5a11 3 0 0 1-22 0ZM-11-8a11 3 0 0 0 22 0M-3-5l5 5-4 4 5 6" />
            <text x="18" y="4">{ format!("{what} lost with {}", last.of) }</text>
        </g>
    }
}

/// A line below the pods' names, from one to the other; past their sides where nodes may stand under each other.
fn between(from: &PodPlace, to: &PodPlace, on_nodes: bool) -> String {
    let ((x, y), (tx, ty)) = (from.at, to.at);
    let points = if on_nodes {
        let right = x.max(tx) + 60.0;
        [x + 30.0, y, right, y, right, ty, tx + 30.0, ty]
    } else {
        let low = y.max(ty) + 62.0;
        [x, y + 50.0, x, low, tx, low, tx, ty + 50.0]
    };
    let points = points.map(|n| Tenths(n).to_string());
    ["M", &points[..2].join(" "), "C", &points[2..].join(" ")].concat()
}

/// What a member is, in a few words, and its style class.
fn words(member: &MemberView) -> (String, &'static str) {
    if let Some(clone) = &member.clone {
        return (format!("clones {} %", (clone.done * 100).checked_div(clone.total).unwrap_or(100)), "cloning");
    }
    match member.role {
        _ if !member.up => ("down".into(), "none"),
        _ if member.diverged_at.is_some() => ("diverged".into(), "bad"),
        Role::Primary => (format!("primary · {}", member.position), "primary"),
        Role::Replica if member.lag > 0 => (format!("lag {}", member.lag), "behind"),
        Role::Replica => (format!("replica · {}", member.applied), "replica"),
        Role::Locked => ("locked".into(), "bad"),
        Role::None => (String::new(), "none"),
    }
}

/// How many rows are on each bay's volume, as the share that the fullest has: a bar on its drum.
fn fills(scene: &Scene, data: &DataView) -> Html {
    let most = data.volumes.iter().map(|v| v.rows).max().unwrap_or_default().max(1);
    let bays = scene.frames.iter().flat_map(|frame| frame.bays.iter().map(|bay| (&frame.workload.namespace, bay)));
    bays.filter(|(_, bay)| bay.density == Density::Full)
        .filter_map(|(namespace, bay)| {
            let (claim, ..) = bay.volume.as_ref()?;
            let volume = data.volume_of(namespace, claim).filter(|v| v.rows > 0)?;
            let (x, y) = (bay.area.middle(), bay.area.y + 122.0);
            let wide = 40.0 * volume.rows as f64 / most as f64;
            Some(html! {
                <rect key={&*volume.name} class={if volume.full { "rows full" } else { "rows" }} x={px(x - 20.0)} y={px(y + 11.0)}
                    width={px(wide)} height="4" rx="2" />
            })
        })
        .collect()
}
