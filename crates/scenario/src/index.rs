//! [`index`]: the list of scenarios that the page's gallery shows.

use crate::parse::{Part, Scenario};
use crate::run::{Moment, Options, run};
use podscope_engine::Config;
use podscope_engine::view::{Body, PodState, View};

/// A list of files with their titles, summaries, how many chapters they have, and what to draw of them, as JSON.
pub fn index(scenarios: &[(&str, Scenario)]) -> String {
    let text = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let one = |(file, s): &(&str, Scenario)| {
        let file = file.rsplit('/').next().unwrap_or(file);
        let (title, summary) = (text(&s.title), text(&s.summary));
        let shapes: Vec<String> = shapes(s).iter().map(|shape| text(shape)).collect();
        format!(
            "  {{\"file\": {}, \"title\": {title}, \"summary\": {summary}, \"chapters\": {}, \"shapes\": [{}]}}",
            text(file),
            s.chapters.len(),
            shapes.join(", ")
        )
    };
    let all: Vec<String> = scenarios.iter().map(one).collect();
    format!("[\n{}\n]\n", all.join(",\n"))
}

/// What is on the stage when the first prediction is decided, or at the first chapter's end: `service web`, `sts db RRT` and
/// so on, with a letter for each pod.
fn shapes(scenario: &Scenario) -> Vec<String> {
    let asks = scenario.chapters.iter().position(|c| c.parts.iter().any(|p| matches!(p, Part::Predict { .. })));
    let mut cut = scenario.clone();
    cut.chapters.truncate(asks.unwrap_or(0) + 1);
    let mut seen = Vec::new();
    let mut on = |moment: Moment| {
        if let Moment::Met(cluster, ..) = moment {
            seen = drawn(&cluster.view());
        }
    };
    // One that fails is told by the tests; what was there until then is drawn.
    let _ = run(&cut, Options { config: Config::default(), on: &mut on });
    seen
}

const fn letter(state: PodState) -> char {
    match state {
        PodState::Pending => 'P',
        PodState::Creating | PodState::NotReady => 'C',
        PodState::Ready => 'R',
        PodState::Terminating => 'T',
        PodState::Failed | PodState::CrashLoop | PodState::ImagePull => 'F',
        PodState::Unknown => 'U',
        PodState::Succeeded => 'S',
    }
}

/// Services and workloads.
fn drawn(view: &View) -> Vec<String> {
    let services = view.services.iter().map(|s| format!("service {}", s.name));
    let workloads = view.workloads.iter().map(|w| {
        let pods: String = match &w.body {
            Body::Groups(groups) => groups.iter().flat_map(|g| &g.pods).map(|p| letter(p.state)).collect(),
            Body::Bays(bays) => bays.iter().map(|b| b.pod.as_ref().map_or('-', |p| letter(p.state))).collect(),
        };
        format!("{} {} {pods}", if matches!(w.body, Body::Bays(_)) { "sts" } else { "deploy" }, w.name)
    });
    services.chain(workloads).collect()
}
