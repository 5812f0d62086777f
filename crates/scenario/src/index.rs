//! [`index`]: the list of scenarios that the page's gallery shows.

use crate::parse::Scenario;

/// A list of files with their titles, summaries and how many chapters they have, as JSON.
pub fn index(scenarios: &[(&str, Scenario)]) -> String {
    let text = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let one = |(file, s): &(&str, Scenario)| {
        let file = file.rsplit('/').next().unwrap_or(file);
        let (title, summary) = (text(&s.title), text(&s.summary));
        format!(
            "  {{\"file\": {}, \"title\": {title}, \"summary\": {summary}, \"chapters\": {}}}",
            text(file),
            s.chapters.len()
        )
    };
    let all: Vec<String> = scenarios.iter().map(one).collect();
    format!("[\n{}\n]\n", all.join(",\n"))
}
