//! `events`.
// upstream: kubectl/pkg/cmd/events

use super::get::present;
use super::read::{text, text_or};
use super::table::{cell, lay_out};
use crate::describe::interval;
use crate::flag::Args;
use crate::resource::{Found, kind};
use crate::{Failure, Next, Progress, Session, Wait};

/// `events [--for KIND/NAME] [--types TYPE,…] [-w]`
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if let Some(word) = args.words.first() {
        return Err(format!("error: unknown command {word:?}\nSee 'kubectl events -h' for help and examples"));
    }
    let wanted = Wanted::of(args)?;
    let found = wanted.list(s)?;
    let now = present(s);
    if found.is_empty() && !args.on("watch") {
        let text = if wanted.everywhere {
            "No events found.".to_owned()
        } else {
            format!("No events found in {} namespace.", s.namespace)
        };
        s.warn(text);
        return Ok(None);
    }
    let mut lines: Vec<Vec<String>> = Vec::new();
    if !args.on("no-headers") {
        lines.push(wanted.header());
    }
    lines.extend(found.iter().map(|f| wanted.row(f, now)));
    s.out.stdout.push_str(&lay_out(&lines));
    if !args.on("watch") {
        return Ok(None);
    }
    let seen = found.iter().map(version).collect();
    Ok(Some(Box::new(Watch { wanted, seen, lines })))
}

/// Which Events are asked for.
struct Wanted {
    about: Option<(String, String)>,
    types: Vec<String>,
    everywhere: bool,
}

impl Wanted {
    fn of(args: &Args) -> Result<Self, Failure> {
        let types: Vec<String> = args.list("types").into_iter().filter(|t| !t.is_empty()).map(str::to_owned).collect();
        if let Some(bad) = types.iter().find(|t| !matches!(&*t.to_lowercase(), "normal" | "warning")) {
            return Err(format!("error: valid --types are Normal or Warning, got {bad:?}"));
        }
        let about = match args.value("for") {
            "" => None,
            target => {
                let (word, name) = target.split_once('/').ok_or("error: --for must be in resource/name form")?;
                Some((kind(word)?.kind.to_owned(), name.to_owned()))
            }
        };
        Ok(Self { about, types, everywhere: args.on("all-namespaces") })
    }

    fn list(&self, s: &Session) -> Result<Vec<Found>, Failure> {
        let namespace = (!self.everywhere).then_some(&*s.namespace);
        let mut all = s.list(kind("events")?, namespace);
        all.retain(|f| {
            let of = |path: &[&str]| text(&f.value, path);
            let kind = of(&["type"]);
            self.about.as_ref().is_none_or(|(kind, name)| {
                of(&["involvedObject", "kind"]) == *kind && of(&["involvedObject", "name"]) == *name
            }) && (self.types.is_empty() || self.types.iter().any(|t| t.eq_ignore_ascii_case(&kind)))
        });
        // Instants in this form sort as text.
        super::sort::by_key(&mut all, |f| {
            let last = text(&f.value, &["lastTimestamp"]);
            text_or(&f.value, &["series", "lastObservedTime"], &last)
        });
        Ok(all)
    }

    fn header(&self) -> Vec<String> {
        let all = ["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
        all[usize::from(!self.everywhere)..].iter().map(|t| (*t).to_owned()).collect()
    }

    fn row(&self, found: &Found, now: i64) -> Vec<String> {
        let e = &found.value;
        let mut line = Vec::new();
        if self.everywhere {
            line.push(text(e, &["metadata", "namespace"]));
        }
        let of = |key: &str| text(e, &["involvedObject", key]);
        line.extend([
            interval(e, now),
            text(e, &["type"]),
            text(e, &["reason"]),
            format!("{}/{}", of("kind"), of("name")),
            cell(text(e, &["message"]).trim()),
        ]);
        line
    }
}

fn version(found: &Found) -> (String, String) {
    (found.name.to_string(), text(&found.value, &["count"]))
}

/// `-w`
struct Watch {
    wanted: Wanted,
    seen: Vec<(String, String)>,
    lines: Vec<Vec<String>>,
}

impl Wait for Watch {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        let now = present(s);
        for found in self.wanted.list(s)? {
            let version = version(&found);
            if !self.seen.contains(&version) {
                self.seen.push(version);
                self.lines.push(self.wanted.row(&found, now));
                let text = lay_out(&self.lines);
                s.say(text.lines().last().unwrap_or_default());
            }
        }
        Ok(Progress::Endless)
    }
}
