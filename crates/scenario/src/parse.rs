//! [`parse`]: a scenario from its Markdown.

use crate::expect::{Line, expectation};

/// A scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The text of `# …`.
    pub title: String,
    /// The first paragraph below the title.
    pub summary: String,
    /// How many nodes the cluster has, unless it is three.
    pub nodes: Option<usize>,
    /// The cluster's seed, unless whoever plays it chooses.
    pub seed: Option<u64>,
    /// Each `## …`.
    pub chapters: Vec<Chapter>,
}

/// A chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chapter {
    /// The text of `## …`.
    pub title: String,
    /// What it consists of, in order.
    pub parts: Vec<Part>,
}

/// A part of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Markdown to be read.
    Prose(String),
    /// A manifest to be applied.
    Manifest(String),
    /// Commands to be run, each after the one before has ended.
    Commands(Vec<Command>),
    /// A question, asked before the outcome is shown.
    Predict {
        /// What is asked.
        question: String,
        /// The choices, one of which is right.
        choices: Vec<Choice>,
        /// What is said once somebody has chosen.
        answer: String,
    },
    /// What the reader is to do.
    Try(Task),
    /// What must then be seen.
    Expect(Vec<Line>),
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// In words.
    pub text: String,
    /// Whether it is the right one.
    pub right: bool,
}

/// What the reader is to do, and commands that do it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// In words.
    pub text: String,
    /// What does it.
    pub solution: Vec<Command>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// As it is given: `kubectl …`, `wait 30s`, or another command that the simulator knows.
    pub text: String,
    /// Whether it is meant to fail (`! kubectl …`).
    pub fails: bool,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a scenario.
///
/// # Errors
/// All that is wrong with it, by line.
pub fn parse(text: &str) -> Result<Scenario, Vec<Problem>> {
    let mut reader = Reader { at: 1, ..Reader::default() };
    let mut fence: Option<(String, usize, Vec<&str>)> = None;
    for (i, raw) in text.lines().enumerate() {
        let line = i + 1;
        if let Some((kind, from, mut body)) = fence.take() {
            if raw.trim_end() == "```" {
                reader.fence(&kind, from, &body);
            } else {
                body.push(raw);
                fence = Some((kind, from, body));
            }
            continue;
        }
        if let Some(kind) = raw.strip_prefix("```") {
            reader.end_prose();
            fence = Some((kind.trim().to_owned(), line, Vec::new()));
        } else if let Some(title) = raw.strip_prefix("## ") {
            reader.end_prose();
            title.trim().clone_into(&mut reader.chapter().title);
        } else if let Some(title) = raw.strip_prefix("# ") {
            title.trim().clone_into(&mut reader.scenario.title);
        } else {
            reader.at = line;
            reader.prose.push_str(raw.trim_end());
            reader.prose.push('\n');
        }
    }
    reader.end_prose();
    if let Some((_, from, _)) = fence {
        reader.problem(from, "a fence without an end");
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    scenario: Scenario,
    prose: String,
    problems: Vec<Problem>,
    at: usize,
}

impl Reader {
    fn problem(&mut self, line: usize, message: &str) {
        self.problems.push(Problem { line, message: message.to_owned() });
    }

    /// A new chapter.
    fn chapter(&mut self) -> &mut Chapter {
        self.scenario.chapters.push(Chapter::default());
        let last = self.scenario.chapters.len() - 1;
        &mut self.scenario.chapters[last]
    }

    fn push(&mut self, line: usize, part: Part) {
        match self.scenario.chapters.last_mut() {
            Some(chapter) => chapter.parts.push(part),
            None => self.problem(line, "before the first chapter (## …) there is room for a summary only"),
        }
    }

    /// What was read since the last fence or heading is a part of its own; before the first chapter, it is the summary.
    fn end_prose(&mut self) {
        let prose = std::mem::take(&mut self.prose);
        let prose = prose.trim();
        if prose.is_empty() {
            return;
        }
        if self.scenario.chapters.is_empty() {
            self.scenario.summary = prose.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        } else {
            self.push(self.at, Part::Prose(prose.to_owned()));
        }
    }

    fn fence(&mut self, kind: &str, from: usize, body: &[&str]) {
        if kind == "cluster" {
            return self.cluster(from, body);
        }
        let part = match kind {
            "yaml" => Part::Manifest(body.join("\n") + "\n"),
            "kubectl" => {
                let commands = commands(from, body);
                if commands.is_empty() {
                    self.problem(from, "no command");
                }
                Part::Commands(commands)
            }
            "expect" => self.expect(from, body),
            "predict" => self.predict(from, body),
            "try" => self.task(from, body),
            _ => {
                return self
                    .problem(from, "a fence of another kind than yaml, kubectl, expect, predict, try or cluster");
            }
        };
        self.push(from, part);
    }

    /// `nodes 4` and `seed 7`, before the first chapter.
    fn cluster(&mut self, from: usize, body: &[&str]) {
        if !self.scenario.chapters.is_empty() {
            self.problem(from, "the cluster is there before the first chapter (## …)");
        }
        for (i, text) in body.iter().enumerate() {
            let number = text.trim().split_once(' ').and_then(|(of, n)| Some((of, n.trim().parse::<u64>().ok()?)));
            match number {
                Some(("nodes", n @ 1..=100)) => self.scenario.nodes = Some(n as usize),
                Some(("seed", n)) => self.scenario.seed = Some(n),
                _ => self.problem(from + 1 + i, "neither nodes 1 … 100 nor seed and a number"),
            }
        }
    }

    fn expect(&mut self, from: usize, body: &[&str]) -> Part {
        let mut lines = Vec::new();
        for (i, text) in body.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            match expectation(text.trim()) {
                Ok(line) => lines.push(line),
                Err(message) => self.problem(from + 1 + i, &message),
            }
        }
        if lines.is_empty() {
            self.problem(from, "nothing is expected");
        }
        Part::Expect(lines)
    }

    /// A question in a few lines, `- [ ] …` and `- [x] …`, and after them what is said when somebody has chosen.
    fn predict(&mut self, from: usize, body: &[&str]) -> Part {
        let (mut question, mut answer, mut choices) = (Vec::new(), Vec::new(), Vec::new());
        for text in body.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            let choice =
                |mark: &str, right| text.strip_prefix(mark).map(|t| Choice { text: t.trim().to_owned(), right });
            if let Some(choice) = choice("- [ ]", false).or_else(|| choice("- [x]", true)) {
                choices.push(choice);
            } else if choices.is_empty() {
                question.push(text);
            } else {
                answer.push(text);
            }
        }
        if choices.len() < 2 || choices.iter().filter(|c| c.right).count() != 1 || question.is_empty() {
            self.problem(from, "a prediction needs a question and at least two choices, one of them marked [x]");
        }
        Part::Predict { question: question.join(" "), choices, answer: answer.join(" ") }
    }

    /// What to do in words, then `> command` lines.
    fn task(&mut self, from: usize, body: &[&str]) -> Part {
        let is_command = |text: &&str| text.trim_start().starts_with('>');
        let words: Vec<&str> = body.iter().filter(|t| !is_command(t)).map(|t| t.trim()).collect();
        let lines: Vec<&str> =
            body.iter().map(|t| if is_command(t) { t.trim_start()[1..].trim() } else { "" }).collect();
        let task = Task { text: words.join(" ").trim().to_owned(), solution: commands(from, &lines) };
        if task.text.is_empty() || task.solution.is_empty() {
            self.problem(from, "a task needs words, and commands (> …) that do it");
        }
        Part::Try(task)
    }

    fn finish(mut self) -> Result<Scenario, Vec<Problem>> {
        if self.scenario.title.is_empty() || self.scenario.summary.is_empty() || self.scenario.chapters.is_empty() {
            self.problem(1, "a scenario needs a title (# …), a paragraph that sums it up, and chapters (## …)");
        }
        // What nobody checks, and what cannot be seen after it, would be an assertion in name only.
        for chapter in &self.scenario.chapters {
            let expects = |part: &Part| matches!(part, Part::Expect(_));
            let acts = |part: &Part| matches!(part, Part::Manifest(_) | Part::Commands(_) | Part::Try(_));
            let last_act = chapter.parts.iter().rposition(acts);
            let last_expect = chapter.parts.iter().rposition(expects);
            if last_act.is_some() && last_expect < last_act {
                let message = format!("chapter {:?} does something and expects nothing after it", chapter.title);
                self.problems.push(Problem { line: 1, message });
            }
        }
        if self.problems.is_empty() { Ok(self.scenario) } else { Err(self.problems) }
    }
}

/// Commands, one a line; a line that ends in a backslash goes on.
fn commands(from: usize, body: &[&str]) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (i, raw) in body.iter().enumerate() {
        let text = raw.trim();
        let (text, more) = text.strip_suffix('\\').map_or((text, false), |t| (t.trim_end(), true));
        match found.last_mut() {
            Some(last) if goes_on => {
                last.text.push(' ');
                last.text.push_str(text);
            }
            _ if text.is_empty() || text.starts_with('#') => {}
            _ => {
                let (text, fails) = text.strip_prefix("! ").map_or((text, false), |t| (t, true));
                found.push(Command { text: text.to_owned(), fails, line: from + 1 + i });
            }
        }
        goes_on = more;
    }
    found
}
