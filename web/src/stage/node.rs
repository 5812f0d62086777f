//! One node.

use super::hit::hit;
use super::layout::{Area, NodePlace};
use super::moved::Moved;
use crate::number::{Tenths, px, whole, within};
use crate::part::part;
use crate::subject::{Mark, Subject};
use yew::prelude::*;

/// What [`Node`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct NodeProps {
    /// The node and its place.
    pub place: NodePlace,
    /// How it is marked.
    pub mark: Mark,
    /// Called when it is chosen.
    pub on_select: Callback<Subject>,
}

/// A node's card: a small square for each pod, and how much of its CPU is requested.
#[component]
pub fn Node(props: &NodeProps) -> Html {
    let NodePlace { node, area, open } = &props.place;
    let Area { x, y, w, h } = *area;
    let state = match (node.ready, node.cordoned) {
        (false, _) => " · NotReady",
        (true, true) => " · cordoned",
        (true, false) => "",
    };
    let named = !node.name.is_empty();
    let title = match (named, *open) {
        (false, _) => "on no node yet".to_owned(),
        (true, false) if node.zone.is_empty() || w < 250.0 || !state.is_empty() => format!("{}{state}", node.name),
        (true, false) => format!("{} · {}", node.name, node.zone),
        (true, true) => node.name.to_string(),
    };
    let left = 26.0 + 6.6 * title.chars().count() as f64;
    let most = if *open { 0 } else { (((w - 60.0 - left) / 15.0) as usize).max(1) };
    let pods = node.pods.len();
    let shown = if pods > most { most.saturating_sub(2).max(1) } else { pods };
    let cpu = within(node.cpu, 0.0, 1.0);
    let class = classes!(
        "node",
        open.then_some("open"),
        (!named).then_some("nowhere"),
        (!node.ready).then_some("down"),
        node.cordoned.then_some("cordoned")
    );
    let name = format!("Node {}{state}, {pods} pods, {} % of its CPU requested", node.name, whole(cpu * 100.0));
    let card = html! { <rect class="card" width={px(w)} height={px(h)} rx={if *open { "16" } else { "10" }} /> };
    let bar = |width: f64, x: f64| {
        html! {
            <>
                <rect class="bar" x={px(x)} y="14" width={px(width)} height="6" rx="3" />
                <rect class="used" x={px(x)} y="14" width={px(width * cpu)} height="6" rx="3" />
            </>
        }
    };
    part!(Moved, at: (x, y), class, children: html! { <>
            if named {
                { hit(name,
                    Subject::new("Node", &"".into(), &node.name), props.mark, props.on_select.clone(), html! { <>
                    <rect class="halo" x="-4" y="-4" width={px(w + 8.0)} height={px(h + 8.0)} rx={if *open { "19" } else { "14" }} />
                    { card }
                </> }) }
            } else {
                { card }
            }
            <g class="ink" aria-hidden="true">
                if *open {
                    <text class="title" x="16" y="26">{ title }</text>
                    <text class="sub" x="16" y="42">{ format!("{}{state}", if named { &*node.zone } else { "nothing fits, or nobody chose yet" }) }</text>
                    if named {
                        { bar(64.0, w - 80.0) }
                        <text class="sub cpu" x={px(w - 16.0)} y="38">{ format!("{} of {} CPU", cpus(node.cpu_milli.0), cpus(node.cpu_milli.1)) }</text>
                    }
                } else {
                    <text class="sub" x="12" y="21.5">{ title }</text>
                    { node.pods.iter().take(shown).enumerate().map(|(at, (uid, stateful))| html! {
                        <rect key={&**uid} class={if *stateful { "cell stateful" } else { "cell" }} y="11" width="12" height="12"
                            x={px(left + 15.0 * at as f64)} rx={if *stateful { "2.5" } else { "6" }} />
                    }).collect::<Html>() }
                    if pods > shown {
                        <text class="sub" x={px(left + 15.0 * shown as f64 + 2.0)} y="21.5">{ format!("+{}", pods - shown) }</text>
                    }
                    { bar(36.0, w - 48.0) }
                }
            </g>
        </> })
}

/// Thousandths of a CPU in CPUs, to a tenth.
fn cpus(milli: i64) -> Tenths {
    Tenths(milli as f64 / 1000.0)
}
