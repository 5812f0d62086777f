//! [`Lesson`]: a scenario that somebody plays in a page, on the cluster that follows the page's.

use podscope_engine::Cluster;
use podscope_engine::time::SimTime;
use podscope_scenario::{Claim, Command, Compare, Line, Part, Scenario, Watch, When, parse};
use podscope_schema::Value;
use std::time::Duration;

/// What changes without being written, such as counts of requests, is looked at so often.
const LOOK: Duration = Duration::from_millis(100);
/// How long what is expected may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_mins(2);

/// A scenario, and what was seen since the present chapter began.
pub struct Lesson {
    scenario: Scenario,
    chapter: usize,
    watch: Option<Watch>,
    /// The version and the instant that were observed last.
    looked: (u64, SimTime),
}

impl Lesson {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |problems: Vec<podscope_scenario::Problem>| {
            problems.first().map(|p| format!("line {}: {}", p.line, p.message)).unwrap_or_default()
        };
        let scenario = parse(text).map_err(wrong)?;
        Ok(Self { scenario, chapter: 0, watch: None, looked: (0, SimTime::default()) })
    }

    /// Its title and its chapters' titles.
    pub fn contents(&self) -> Value {
        let titles = self.scenario.chapters.iter().map(|c| Value::from(c.title.as_str()));
        Value::object([("title", self.scenario.title.as_str().into()), ("chapters", Value::array(titles))])
    }

    /// Begins a chapter at this instant; gives its parts, with names in their places.
    pub fn begin(&mut self, chapter: usize, cluster: &Cluster) -> Value {
        let Some(found) = self.scenario.chapters.get(chapter) else { return Value::Null };
        let lines = found.parts.iter().filter_map(|p| if let Part::Expect(lines) = p { Some(lines) } else { None });
        let watch = Watch::new(cluster, lines.flatten());
        let parts = Value::array(found.parts.iter().map(|part| written(part, &watch)));
        let value = Value::object([("title", found.title.as_str().into()), ("parts", parts)]);
        (self.chapter, self.watch) = (chapter, Some(watch));
        self.looked = (cluster.version(), cluster.now());
        value
    }

    /// Looks at the cluster, when there is something new to see.
    pub fn observe(&mut self, cluster: &Cluster) {
        let seen = (cluster.version(), cluster.now());
        let old = seen.0 == self.looked.0 && seen.1 >= self.looked.1 && seen.1.since(self.looked.1) < LOOK;
        if let Some(watch) = self.watch.as_mut().filter(|_| !old) {
            watch.observe(cluster);
            self.looked = seen;
        }
    }

    /// Whether what a part of the chapter expects is so, line by line. `output` is what the last command printed.
    pub fn look(&mut self, part: usize, cluster: &Cluster, output: &str) -> Value {
        if let Some(watch) = &mut self.watch {
            watch.observe(cluster);
            self.looked = (cluster.version(), cluster.now());
        }
        let found = self.scenario.chapters.get(self.chapter).and_then(|c| c.parts.get(part));
        let (Some(watch), Some(Part::Expect(lines))) = (&self.watch, found) else { return Value::Null };
        Value::array(claims(lines).map(|line| Value::from(watch.check(cluster, line, output).holds)))
    }
}

fn claims(lines: &[Line]) -> impl Iterator<Item = &Line> {
    lines.iter().filter(|l| matches!(l, Line::Claim { .. }))
}

/// A part as the page takes it: its kind first.
fn written(part: &Part, watch: &Watch) -> Value {
    let fill = |text: &str| Value::from(watch.fill(text).unwrap_or_else(|_| text.to_owned()));
    let list = |commands: &[Command]| Value::array(commands.iter().map(|c| fill(&c.text)));
    let (kind, text, more) = match part {
        Part::Prose(text) => ("prose", text.as_str(), Value::Null),
        Part::Manifest(text) => ("yaml", text.as_str(), Value::Null),
        Part::Commands(commands) => ("kubectl", "", list(commands)),
        Part::Predict { question, choices, answer } => {
            let choices = choices.iter().map(|c| Value::array([c.text.as_str().into(), c.right.into()]));
            let more = Value::object([("choices", Value::array(choices)), ("answer", answer.as_str().into())]);
            ("predict", question.as_str(), more)
        }
        Part::Try(task) => ("try", task.text.as_str(), list(&task.solution)),
        Part::Expect(lines) => {
            let limit = lines.iter().find_map(|l| if let Line::Within(limit) = l { Some(*limit) } else { None });
            let limit = i64::try_from(limit.unwrap_or(LIMIT).as_micros()).unwrap_or(i64::MAX);
            let said = claims(lines).map(|line| fill(&sentence(line)));
            ("expect", "", Value::object([("limit", Value::from(limit)), ("lines", Value::array(said))]))
        }
    };
    Value::object([("kind", kind.into()), ("text", text.into()), ("more", more)])
}

/// What each number is, with `#` where it stands and `@` for what it is of. `(s)`, `(are)` and `(were)` follow the number.
const NUMBERS: &[(&str, &str)] = &[
    ("ready", "# pod(s) of @ (are) Ready"),
    ("pods", "@ has # pod(s)"),
    ("active", "@ has # pod(s) that (are) not Terminating"),
    ("requests", "@ has answered # request(s)"),
    ("replicas", "@ asks for # replica(s)"),
    ("revisions", "the pods of @ run # kind(s) of image"),
    ("kept", "# pod(s) of @ (are) still the same"),
    ("endpoints", "the Service @ has # endpoint(s)"),
    ("addresses", "the name @ has # address(es)"),
    ("restarts", "@ was restarted # time(s)"),
    ("served", "# request(s) to @ (were) answered"),
    ("lost", "# request(s) to @ (were) lost"),
    ("refused", "# request(s) to @ (were) refused"),
    ("written", "# write(s) to @ (were) done"),
    ("unwritten", "# write(s) to @ failed"),
    ("lost-writes", "@ lost # write(s) that it had answered"),
    ("stale-reads", "# read(s) of @ (were) stale"),
    ("backward-reads", "# read(s) of @ went back in time"),
    ("diverged", "# pair(s) of copies of @ contradict each other"),
    ("corrupted", "# write(s) to @ (were) destroyed"),
    ("writers", "# member(s) of @ take writes"),
];

/// What words say: about what, which word (or any), and the sentence, with `@` for the names and `#` for the word.
const WORDS: &[(&str, &str, &str)] = &[
    ("pod", "same", "@: the same as before"),
    ("pod", "new", "@: another pod of that name"),
    ("pod", "there", "@: there"),
    ("claim", "same", "claim @: the same volume as before"),
    ("claim", "changed", "claim @: another volume"),
    ("claim", "", "claim @: #"),
    ("address", "same", "the address of @ is the same"),
    ("address", "changed", "the address of @ is another one"),
    ("names", "same", "the pods of @ have the same names"),
    ("names", "changed", "the pods of @ have other names"),
    ("source", "none", "@ copies from no other"),
    ("source", "", "@ copies the volume of #"),
    ("where", "nowhere", "@ is on no node"),
    ("where", "", "@ is on #"),
    ("image", "", "@ runs #"),
    ("", "", "@: #"),
];

/// A line as people say it.
fn sentence(line: &Line) -> String {
    let Line::Claim { text, when, not, claim } = line else { return String::new() };
    let said = match claim {
        Claim::Number { of, name, compare, value } => {
            let Some((_, template)) = NUMBERS.iter().find(|(word, _)| word == of) else { return text.clone() };
            let how = match compare {
                Compare::Equal => "",
                Compare::Less => "fewer than ",
                Compare::AtMost => "at most ",
                Compare::More => "more than ",
                Compare::AtLeast => "at least ",
            };
            let number = if *value == 0 && how.is_empty() { "no".to_owned() } else { format!("{how}{value}") };
            let one = *value == 1;
            let forms = [("(s)", "", "s"), ("(es)", "", "es"), ("(are)", "is", "are"), ("(were)", "was", "were")];
            let said = template.replace('#', &number).replace('@', name);
            forms
                .iter()
                .fold(said, |said, (form, single, plural)| said.replace(form, if one { single } else { plural }))
        }
        Claim::Word { of, names, word } => {
            let fits = |(about, which, _): &&(&str, &str, &str)| {
                (about.is_empty() || about == of) && (which.is_empty() || which == word)
            };
            let template = WORDS.iter().find(fits).map_or("@: #", |(_, _, template)| template);
            template.replace('#', word).replace('@', &names.join(", "))
        }
        Claim::Text { of: "output", part, .. } => format!("the output says “{part}”"),
        Claim::Text { of: "event", name, part } if part.is_empty() => format!("there is an Event {name}"),
        Claim::Text { of: "event", name, part } => format!("an Event {name} says “{part}”"),
        Claim::Text { name, part, .. } => format!("the answer to why {name} says “{part}”"),
        Claim::Settled => "everything is at rest, and as it was asked for".to_owned(),
        Claim::Order { of, names } => format!("{of} in this order: {}", names.join(", ")),
    };
    let when = match when {
        When::Now => "",
        When::Always => "all the time: ",
        When::Never => "never: ",
        When::Once => "at some time: ",
    };
    format!("{when}{}{said}", if *not { "not: " } else { "" })
}
