//! What describers write: lines, indented by levels, with tabs between cells.

use crate::print::read::{NONE, members, scalar, text};
use crate::print::table::align;
use podscope_engine::convert::epoch_micros;
use podscope_schema::Value;
use podscope_schema::sort::sort_by_key;
use std::fmt::Write as _;

/// How long an annotation may be before it gets lines of its own.
const LONGEST: usize = 140;
/// The annotation that is not shown.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Text with tabs, which end up as columns.
#[derive(Default)]
pub struct Text {
    done: String,
    open: String,
}

impl Text {
    /// Writes, two blanks in front for each level.
    pub fn put(&mut self, level: usize, text: impl AsRef<str>) {
        self.open.extend(std::iter::repeat_n("  ", level));
        self.open.push_str(text.as_ref());
    }

    /// Writes a line.
    pub fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.put(level, text);
        self.open.push('\n');
    }

    /// Writes `Title:` and a value as two cells.
    pub fn row(&mut self, level: usize, title: &str, value: impl AsRef<str>) {
        self.put(level, title);
        self.open.push_str(":\t");
        self.open.push_str(value.as_ref());
        self.open.push('\n');
    }

    /// Lays out what was written so far: what follows has columns of its own.
    pub fn flush(&mut self) {
        let lines: Vec<Vec<String>> = self.open.lines().map(|l| l.split('\t').map(str::to_owned).collect()).collect();
        self.done.push_str(&align(&lines, 0, 2));
        self.open.clear();
    }

    /// The whole, laid out.
    pub fn finish(mut self) -> String {
        self.flush();
        self.done
    }

    /// What was written, with its tabs.
    pub fn raw(self) -> String {
        self.done + &self.open
    }

    /// Labels, a line each; `inside` stands in front of the title.
    // upstream: printLabelsMultilineWithIndent
    pub fn labels(&mut self, inside: &str, title: &str, o: &Value, path: &[&str]) {
        self.put(0, format!("{inside}{title}:\t"));
        let all = members(o, path);
        if all.is_empty() {
            self.line(0, NONE);
        }
        for (i, (key, value)) in all.iter().enumerate() {
            if i > 0 {
                self.put(0, format!("{inside}\t"));
            }
            self.line(0, format!("{key}={value}"));
        }
    }

    /// Annotations, a line each.
    // upstream: printAnnotationsMultiline
    pub fn annotations(&mut self, title: &str, o: &Value, path: &[&str]) {
        self.put(0, format!("{title}:\t"));
        let all: Vec<_> = members(o, path).into_iter().filter(|(key, _)| key != LAST_APPLIED).collect();
        if all.is_empty() {
            self.line(0, NONE);
        }
        for (i, (key, value)) in all.iter().enumerate() {
            if i > 0 {
                self.put(0, "\t");
            }
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 > LONGEST || value.contains('\n') {
                self.line(0, format!("{key}:"));
                for part in value.split('\n') {
                    let cut: String = part.chars().take(LONGEST - 2).collect();
                    let more = if cut.len() < part.len() { "..." } else { "" };
                    self.line(0, format!("\t  {cut}{more}"));
                }
            } else {
                self.line(0, format!("{key}: {value}"));
            }
        }
    }

    /// Labels and annotations of an object.
    pub fn labels_and_annotations(&mut self, o: &Value) {
        self.labels("", "Labels", o, &["metadata", "labels"]);
        self.annotations("Annotations", o, &["metadata", "annotations"]);
    }

    /// Name and namespace.
    pub fn head(&mut self, o: &Value) {
        self.row(0, "Name", text(o, &["metadata", "name"]));
        self.row(0, "Namespace", text(o, &["metadata", "namespace"]));
    }

    /// Tolerations, a line each, by key.
    // upstream: printTolerationsMultilineWithIndent
    pub fn tolerations(&mut self, title: &str, o: &Value, path: &[&str]) {
        self.put(0, format!("{title}:\t"));
        let mut all: Vec<&Value> = crate::print::read::list(o, path).iter().collect();
        if all.is_empty() {
            self.line(0, NONE);
        }
        sort_by_key(&mut all, |t| text(t, &["key"]));
        for (i, one) in all.iter().enumerate() {
            let part = |key: &str| text(one, &[key]);
            let (key, value, effect) = (part("key"), part("value"), part("effect"));
            let mut line = key.clone();
            for (mark, part) in [("=", &value), (":", &effect)] {
                if !part.is_empty() {
                    line.push_str(mark);
                    line.push_str(part);
                }
            }
            if part("operator") == "Exists" && value.is_empty() {
                line.push_str(if key.is_empty() && effect.is_empty() { "op=Exists" } else { " op=Exists" });
            }
            if let Some(seconds) = one.get("tolerationSeconds") {
                _ = write!(line, " for {}s", scalar(seconds));
            }
            self.line(0, if i > 0 { format!("\t{line}") } else { line });
        }
    }

    /// `Conditions:` with these columns: title and field. The first `blanks` cells have a blank behind them, as upstream
    /// writes some of them.
    pub fn conditions(&mut self, o: &Value, blanks: usize, columns: &[(&str, &str)]) {
        let all = crate::print::read::list(o, &["status", "conditions"]);
        if all.is_empty() {
            return;
        }
        self.line(0, "Conditions:");
        let titles: Vec<&str> = columns.iter().map(|c| c.0).collect();
        self.line(1, titles.join("\t"));
        // upstream's line under LastProbeTime is longer than that
        let rule = |t: &&str| "-".repeat(if *t == "LastProbeTime" { 17 } else { t.len() });
        self.line(1, titles.iter().map(rule).collect::<Vec<_>>().join("\t"));
        for condition in all {
            let cell = |(i, (_, field)): (usize, &(&str, &str))| {
                let text = if field.ends_with("Time") { date(condition, &[field]) } else { text(condition, &[field]) };
                if i < blanks { text + " " } else { text }
            };
            self.line(1, columns.iter().enumerate().map(cell).collect::<Vec<_>>().join("\t"));
        }
    }
}

/// An instant as `Sun, 22 Nov 2026 23:18:37 +0000`.
// upstream: time.RFC1123Z
pub fn date(o: &Value, path: &[&str]) -> String {
    let at = o.str_at(path).and_then(epoch_micros);
    // The zero of Go's time is the first day of the first year.
    let seconds = at.map_or(-62_135_596_800, |at| at.div_euclid(1_000_000));
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = podscope_engine::convert::calendar(days);
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let weekday = DAYS[days.rem_euclid(7) as usize];
    let month = MONTHS[(month - 1).rem_euclid(12) as usize];
    format!("{weekday}, {day:02} {month} {year:04} {:02}:{:02}:{:02} +0000", rest / 3600, rest / 60 % 60, rest % 60)
}
