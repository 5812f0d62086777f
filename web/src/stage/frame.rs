//! One workload: its frame, its ReplicaSets or bays, and what it waits for.

use super::hit::hit;
use super::layout::{Area, BayPlace, Density, FramePlace};
use super::moved::Moved;
use crate::number::{px, translate};
use crate::part::part;
use crate::subject::{Marked, Subject};
use yew::prelude::*;

/// What [`Frame`] and [`Labels`] need.
#[derive(Clone, PartialEq, Properties)]
pub struct FrameProps {
    /// The workload and its place.
    pub place: FramePlace,
    /// What is marked.
    pub marked: Marked,
    /// Called with what is chosen.
    pub on_select: Callback<Subject>,
}

/// A workload's frame: the places of its pods. What is written on it stands above the lines: see [`Labels`].
#[component]
pub fn Frame(props: &FrameProps) -> Html {
    let FramePlace { workload, area, groups, bays, .. } = &props.place;
    let mark = props.marked.of(&workload.kind, &workload.namespace, &workload.name);
    html! {
        <g class={classes!("frame", is_stateful(&props.place), mark.class())}>
            { part!(Moved,
                at: (area.x, area.y),
                children: html! { <rect class="card" width={px(area.w)} height={px(area.h)} rx="18" /> }) }
            { groups.iter().map(|group| {
                let mark = props.marked.of("ReplicaSet", &workload.namespace, &group.name);
                part!(Moved,
                    key = &*group.name; at: (group.area.x, group.area.y),
                    class: classes!("group", group.old.then_some("old"), mark.class()),
                    children: html! { <rect width={px(group.area.w)} height={px(group.area.h)} rx="12" /> })
            }).collect::<Html>() }
            { bays.iter().map(|bay| part!(Bay,
                key = &*bay.name; place: bay.clone(), namespace: workload.namespace.clone(),
                marked: props.marked.clone(), on_select: props.on_select.clone())).collect::<Html>() }
        </g>
    }
}

/// What is written on a frame: its kind, its strategy and its count in one line, and its ReplicaSets' names.
#[component]
pub fn Labels(props: &FrameProps) -> Html {
    let FramePlace { workload, area, groups, bays, .. } = &props.place;
    let Area { x, y, w, .. } = *area;
    let stateful = is_stateful(&props.place).is_some();
    let images: Vec<&str> = workload.containers.iter().map(|(_, image)| &**image).collect();
    let sub = if stateful {
        format!("{} · {} · {}", workload.kind, workload.strategy, images.join(", "))
    } else {
        format!("{} · {}", workload.kind, workload.strategy)
    };
    // What does not fit is cut; the whole is in the inspector.
    let room = ((w - 110.0) / 5.9) as usize;
    let name = format!("{} {}, {} of {} Ready", workload.kind, workload.name, workload.ready, workload.desired);
    let written = html! {
        <g class="ink" aria-hidden="true">
            <text class="title" x="22" y="30">{ &*workload.name }</text>
            <text class="sub" x="22" y="47">{ cut(&sub, room) }</text>
            <text class="count" x={px(w - 22.0)} y="36">
                { workload.ready }<tspan class="of">{ format!("/{}", workload.desired) }</tspan>
            </text>
        </g>
    };
    html! {
        <g class={classes!("labels", is_stateful(&props.place))}>
            { part!(Moved, at: (x, y), children: html! { <>
                // Pods without an owner are a workload only to the eye.
                if &*workload.kind != "Pods" {
                    { hit(name,
                        Subject::new(&workload.kind, &workload.namespace, &workload.name),
                        props.marked.of(&workload.kind, &workload.namespace, &workload.name),
                        props.on_select.clone(),
                        html! { <rect class="halo" x="8" y="8" width={px(w - 16.0)} height="48" rx="12" /> }) }
                }
                { written }
            </> }) }
            { groups.iter().map(|group| part!(Moved,
                key = &*group.name; at: (group.area.x, group.area.y), class: "in-group", children: html! { <>
                    { hit(group.title.clone(),
                        Subject::new("ReplicaSet", &workload.namespace, &group.name),
                        props.marked.of("ReplicaSet", &workload.namespace, &group.name), props.on_select.clone(),
                        html! { <rect class="halo" x="6" y="5" width={px(group.area.w - 12.0)} height="22" rx="7" /> }) }
                    <text class="sub ink" aria-hidden="true" x="14" y="20">{ cut(&group.title, ((group.area.w - 24.0) / 5.9) as usize) }</text>
                </> })).collect::<Html>() }
            { bays.iter().filter(|bay| bay.density == Density::Full).map(|bay| part!(Moved,
                key = &*bay.name; at: (bay.area.middle(), bay.area.y - 9.0), children: html! { <>
                    <text class={if bay.caption == "Ready" { "caption good" } else { "caption" }}>{ bay.caption }</text>
                </> })).collect::<Html>() }
        </g>
    }
}

fn is_stateful(place: &FramePlace) -> Option<&'static str> {
    (&*place.workload.kind == "StatefulSet").then_some("stateful")
}

/// What [`Bay`] needs.
#[derive(Clone, PartialEq, Properties)]
struct BayProps {
    place: BayPlace,
    namespace: podscope_engine::view::Text,
    marked: Marked,
    on_select: Callback<Subject>,
}

/// The place of one ordinal and its volume, which stay when the pod is gone.
#[component]
fn Bay(props: &BayProps) -> Html {
    let BayPlace { name, ordinal, area, at, taken, wanted, volume, density, .. } = &props.place;
    let full = *density == Density::Full;
    let (mx, my) = (at.0 - area.x, at.1 - area.y);
    let r = density.radius(true);
    let class = classes!("bay", (!taken).then_some("vacant"), (!wanted).then_some("unwanted"));
    part!(Moved, at: (area.x, area.y), class, children: html! { <>
            <rect class="place" width={px(area.w)} height={px(area.h)} rx={if full { "14" } else { "8" }} />
            if !taken {
                <rect class="ghost" x={px(mx - r)} y={px(my - r)} width={px(2.0 * r)} height={px(2.0 * r)} rx={px(r * 0.37)} />
                <text class={if full { "ordinal" } else { "ordinal small" }} x={px(mx)} y={px(my + if full { 9.0 } else { 4.0 })}>{ *ordinal }</text>
                if full {
                    <text class="name" x={px(mx)} y={px(my + 45.0)}>{ &**name }</text>
                }
            }
            if let Some((claim, phase, size)) = volume {
                if full {
                    <g class={if &**phase == "Bound" { "disk" } else { "disk unbound" }} transform={translate((mx, 122.0))}>
                        <line class="claim" y1="-30" y2="-19" />
                        { hit(format!("Volume claim {claim}, {phase}, {size}"),
                            Subject::new("PersistentVolumeClaim", &props.namespace, claim),
                            props.marked.of("PersistentVolumeClaim", &props.namespace, claim),
                            props.on_select.clone(), html! { <>
                            <rect class="halo" x="-31" y="-23" width="62" height="46" rx="10" />
                            <path class="drum" d="M-25 -12a25 7 0 0 1 50 0V10a25 7 0 0 1 -50 0Z" />
                            <path class="rim" d="M-25 -12a25 7 0 0 0 50 0" />
                        </> }) }
                        <text class="size ink" aria-hidden="true" y="8">{ if &**phase == "Bound" { &**size } else { &**phase } }</text>
                    </g>
                } else {
                    <rect class="slab" x={px(mx - 11.0)} y={px(area.h - 13.0)} width="22" height="7" rx="3.5" />
                }
            }
        </> })
}

/// What a workload waits for, above everything else, on the lower edge of its frame.
pub fn note(place: &FramePlace) -> Html {
    let (Some(area), Some(text)) = (place.note, &place.workload.waits) else { return Html::default() };
    let (head, rest) = text.split_once(':').map_or(("", &**text), |(head, rest)| (head, rest));
    let colon = if head.is_empty() { "" } else { ":" };
    let room = ((area.w - 20.0) / 6.0) as usize;
    part!(Moved,
        key = format!("note/{}/{}", place.workload.namespace, place.workload.name); at: (area.x, area.y),
        class: "note", role: "note", children: html! { <>
            <rect width={px(area.w)} height={px(area.h)} rx="9" />
            <text x={px(area.w / 2.0)} y="19.5">
                <tspan class="strong">{ format!("{head}{colon}") }</tspan>{ cut(rest, room.saturating_sub(head.len())) }
                <title>{ &**text }</title>
            </text>
        </> })
}

/// At most `room` characters of a text.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
