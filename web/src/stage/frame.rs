//! One workload: its frame, its ReplicaSets or bays, and what it waits for.

use super::layout::{Area, BayPlace, Density, FramePlace};
use super::service::use_placed;
use crate::number::Tenths;
use yew::prelude::*;

/// What [`Frame`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct FrameProps {
    /// The workload and its place.
    pub place: FramePlace,
}

/// A workload's frame: its kind, its strategy and its count in one line, and the places of its pods.
#[component]
pub fn Frame(props: &FrameProps) -> Html {
    let FramePlace { workload, area, groups, bays, .. } = &props.place;
    let Area { x, y, w, h } = *area;
    let stateful = &*workload.kind == "StatefulSet";
    let images: Vec<&str> = workload.containers.iter().map(|(_, image)| &**image).collect();
    let sub = if stateful {
        format!("{} · {} · {}", workload.kind, workload.strategy, images.join(", "))
    } else {
        format!("{} · {}", workload.kind, workload.strategy)
    };
    // What does not fit is cut, with the whole in the tooltip.
    let room = ((w - 110.0) / 5.9) as usize;
    let title = format!("{} {}, {} of {} Ready", workload.kind, workload.name, workload.ready, workload.desired);
    html! {
        <g class={if stateful { "frame stateful" } else { "frame" }} role="img" aria-label={title}>
            <rect class="card" x={px(x)} y={px(y)} width={px(w)} height={px(h)} rx="18" />
            <text class="title" x={px(x + 22.0)} y={px(y + 30.0)}>{ &*workload.name }</text>
            <text class="sub" x={px(x + 22.0)} y={px(y + 47.0)}>{ cut(&sub, room) }<title>{ sub.clone() }</title></text>
            <text class="count" x={px(x + w - 22.0)} y={px(y + 36.0)}>
                { workload.ready }<tspan class="of">{ format!("/{}", workload.desired) }</tspan>
            </text>
            { for groups.iter().map(|group| html! {
                <g key={&*group.name} class={if group.old { "group old" } else { "group" }}>
                    <rect x={px(group.area.x)} y={px(group.area.y)} width={px(group.area.w)} height={px(group.area.h)} rx="12" />
                    <text class="sub" x={px(group.area.x + 14.0)} y={px(group.area.y + 20.0)}>
                        { cut(&group.title, ((group.area.w - 24.0) / 5.9) as usize) }
                    </text>
                </g>
            }) }
            { for bays.iter().map(|bay| html! { <Bay key={&*bay.name} place={bay.clone()} /> }) }
        </g>
    }
}

/// What [`Bay`] needs.
#[derive(Clone, PartialEq, Properties)]
struct BayProps {
    place: BayPlace,
}

/// The place of one ordinal and its volume, which stay when the pod is gone.
#[component]
fn Bay(props: &BayProps) -> Html {
    let BayPlace { name, ordinal, area, at, caption, taken, wanted, volume, density } = &props.place;
    let placed = use_placed((area.x, area.y));
    let full = *density == Density::Full;
    let (mx, my) = (at.0 - area.x, at.1 - area.y);
    let r = density.radius(true);
    let class = classes!("bay", (!taken).then_some("vacant"), (!wanted).then_some("unwanted"));
    html! {
        <g ref={placed} {class} transform={format!("translate({} {})", Tenths(area.x), Tenths(area.y))}>
            <rect class="place" width={px(area.w)} height={px(area.h)} rx={if full { "14" } else { "8" }} />
            if full {
                <text class={if *caption == "Ready" { "caption good" } else { "caption" }} x={px(mx)} y="-9">{ *caption }</text>
            }
            if !taken {
                <rect class="ghost" x={px(mx - r)} y={px(my - r)} width={px(2.0 * r)} height={px(2.0 * r)} rx={px(r * 0.37)} />
                <text class={if full { "ordinal" } else { "ordinal small" }} x={px(mx)} y={px(my + if full { 9.0 } else { 4.0 })}>{ *ordinal }</text>
                if full {
                    <text class="name" x={px(mx)} y={px(my + 45.0)}>{ &**name }</text>
                }
            }
            if let Some((claim, phase, size)) = volume {
                if full {
                    <g class={if &**phase == "Bound" { "disk" } else { "disk unbound" }} transform={format!("translate({} 122)", Tenths(mx))}>
                        <title>{ format!("{claim}, {phase}, {size}") }</title>
                        <line class="claim" y1="-30" y2="-19" />
                        <path class="drum" d="M-25 -12a25 7 0 0 1 50 0V10a25 7 0 0 1 -50 0Z" />
                        <path class="rim" d="M-25 -12a25 7 0 0 0 50 0" />
                        <text class="size" y="8">{ if &**phase == "Bound" { &**size } else { &**phase } }</text>
                    </g>
                } else {
                    <rect class="slab" x={px(mx - 11.0)} y={px(area.h - 13.0)} width="22" height="7" rx="3.5" />
                }
            }
        </g>
    }
}

/// What a workload waits for, above everything else.
pub fn note(place: &FramePlace) -> Html {
    let (Some(area), Some(text)) = (place.note, &place.workload.waits) else { return Html::default() };
    let (head, rest) = text.split_once(':').map_or(("", &**text), |(head, rest)| (head, rest));
    let colon = if head.is_empty() { "" } else { ":" };
    let room = ((area.w - 24.0) / 6.1) as usize;
    html! {
        <g class="note" key={format!("note/{}", place.workload.name)} role="note">
            <rect x={px(area.x)} y={px(area.y)} width={px(area.w)} height={px(area.h)} rx="9" />
            <text x={px(area.middle())} y={px(area.y + 21.5)}>
                <tspan class="strong">{ format!("{head}{colon}") }</tspan>{ cut(rest, room.saturating_sub(head.len())) }
                <title>{ &**text }</title>
            </text>
        </g>
    }
}

fn px(length: f64) -> AttrValue {
    AttrValue::from(Tenths(length).to_string())
}

/// At most `room` characters of a text.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
