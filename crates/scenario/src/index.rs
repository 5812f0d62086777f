//! [`index`]: the list of scenarios that the page's gallery shows.

use crate::parse::{Part, Scenario};
use crate::run::{Moment, Options, run};
use podscope_engine::Config;

use podscope_engine::view::{Body, PodState, View};

/// How many pictures there are of each at most.
const FRAMES: usize = 8;

/// A list of files with their titles, summaries, how many chapters they have, and what to draw of them, as JSON.
pub fn index(scenarios: &[(&str, Scenario)]) -> String {
    let text = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let one = |(file, s): &(&str, Scenario)| {
        let file = file.rsplit('/').next().unwrap_or(file);
        let (title, summary) = (text(&s.title), text(&s.summary));
        let frames: Vec<String> = frames(s).iter().map(|frame| text(frame)).collect();
        format!(
            "  {{\"file\": {}, \"title\": {title}, \"summary\": {summary}, \"chapters\": {}, \"frames\": [{}]}}",
            text(file),
            s.chapters.len(),
            frames.join(", ")
        )
    };
    let all: Vec<String> = scenarios.iter().map(one).collect();
    format!("[\n{}\n]\n", all.join(",\n"))
}

/// What is on the stage, one after the other, in the first chapter that asks for a prediction, or in the first: at most
/// [`FRAMES`], each like `service web; sts db RRT`, with a letter for each pod. The last is the outcome.
fn frames(scenario: &Scenario) -> Vec<String> {
    let asks = scenario.chapters.iter().position(|c| c.parts.iter().any(|p| matches!(p, Part::Predict { .. })));
    let mut cut = scenario.clone();
    cut.chapters.truncate(asks.unwrap_or(0) + 1);
    let mut seen: Vec<String> = Vec::new();
    let mut on = |moment: Moment| match moment {
        Moment::Chapter(_) => seen.clear(),
        Moment::Seen(view) => {
            let drawn = drawn(view);
            if seen.last() != Some(&drawn) {
                seen.push(drawn);
            }
        }
        _ => {}
    };
    // One that fails is told by the tests; what was there until then is drawn.
    let _ = run(&cut, Options { config: Config::default(), on: &mut on });
    let last = seen.len().saturating_sub(1);
    let apart = last.div_ceil(FRAMES - 1).max(1);
    let kept = |at: &usize| (last - at).is_multiple_of(apart);
    seen.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, drawn)| drawn).collect()
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
fn drawn(view: &View) -> String {
    let services = view.services.iter().map(|s| format!("service {}", s.name));
    let workloads = view.workloads.iter().map(|w| {
        let pods: String = match &w.body {
            Body::Groups(groups) => groups.iter().flat_map(|g| &g.pods).map(|p| letter(p.state)).collect(),
            Body::Bays(bays) => bays.iter().map(|b| b.pod.as_ref().map_or('-', |p| letter(p.state))).collect(),
        };
        format!("{} {} {pods}", if matches!(w.body, Body::Bays(_)) { "sts" } else { "deploy" }, w.name)
    });
    services.chain(workloads).collect::<Vec<_>>().join("; ")
}
