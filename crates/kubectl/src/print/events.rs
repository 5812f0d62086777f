//! `events`.
// upstream: kubectl/pkg/cmd/events

use super::get::present;
use super::output::{self, Format};
use super::read::text;
use super::table::{cell, lay_out};
use crate::describe::interval;
use crate::flag::Args;
use crate::resource::{Found, kind};
use crate::{Failure, Next, Progress, Session, Wait};
use podscope_engine::convert::epoch_micros;
use podscope_schema::{KindInfo, Value};

/// `events [--for KIND/NAME] [--types TYPE,…] [-w]`
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let wanted = Wanted::of(args)?;
    let format = Format::of(args)?;
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
    if !format.is_table() {
        output::print(&format, &found, false, args, &mut s.out.stdout)?;
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
    about: Option<(&'static KindInfo, String)>,
    types: Vec<String>,
    everywhere: bool,
}

impl Wanted {
    fn of(args: &Args) -> Result<Self, Failure> {
        let types: Vec<String> = args.list("types").into_iter().filter(|t| !t.is_empty()).map(str::to_owned).collect();
        if types.iter().any(|t| !matches!(&*t.to_lowercase(), "normal" | "warning")) {
            return Err("error: valid --types are Normal or Warning".into());
        }
        let about = match args.value("for") {
            "" => None,
            target => {
                let (word, name) = target.split_once('/').ok_or("error: --for must be in resource/name form")?;
                if name.contains('/') {
                    return Err("error: arguments in resource/name form may not have more than one slash".into());
                }
                Some((kind(word)?, name.to_owned()))
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
            self.about.as_ref().is_none_or(|(info, name)| {
                of(&["involvedObject", "kind"]) == info.kind
                    && of(&["involvedObject", "apiVersion"]) == info.api_version()
                    && of(&["involvedObject", "name"]) == *name
            }) && (self.types.is_empty() || self.types.iter().any(|t| t.eq_ignore_ascii_case(&kind)))
        });
        super::sort::by_key(&mut all, |f| last_seen(&f.value));
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

/// When an Event was seen last.
// upstream: kubectl/pkg/cmd/events eventTime
fn last_seen(e: &Value) -> Option<i64> {
    let paths: [&[&str]; 3] = [&["series", "lastObservedTime"], &["lastTimestamp"], &["eventTime"]];
    paths.iter().find_map(|p| epoch_micros(e.str_at(p)?))
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
