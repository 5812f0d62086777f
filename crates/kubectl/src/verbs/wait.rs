//! `wait`.

use crate::flag::Args;
use crate::resource::{Bare, Found};
use crate::verbs::{joined, until};
use crate::{Failure, Next, Progress, Session, Wait, print};
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use std::time::Duration;

/// What is waited for.
#[derive(Clone, Debug, PartialEq)]
enum Goal {
    /// It is there.
    Create,
    /// It is gone.
    Delete,
    /// A condition has a status, in any case.
    Condition(String, String),
    /// A path leads to this text, or to anything.
    Path(String, Option<String>),
}

// upstream: kubectl/pkg/cmd/wait conditionFuncsFor
fn goal(text: &str) -> Result<Goal, Failure> {
    let lower = text.to_lowercase();
    if lower == "create" {
        return Ok(Goal::Create);
    }
    if lower == "delete" {
        return Ok(Goal::Delete);
    }
    if let Some(condition) = text.strip_prefix("condition=") {
        let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(Goal::Condition(name.into(), status.into()));
    }
    let Some(input) = text.strip_prefix("jsonpath=") else {
        return Err(format!("error: unrecognized condition: {text:?}"));
    };
    let parts = split(input);
    if parts.len() > 2 {
        return Err("error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'".into());
    }
    let path = relaxed(&parts[0]);
    let Some(value) = parts.get(1) else { return Ok(Goal::Path(path, None)) };
    let value = value.trim_matches(['\'', '"']);
    if value.is_empty() {
        return Err("error: jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3".into());
    }
    Ok(Goal::Path(path, Some(value.into())))
}

/// Splits on single `=`; `==` belongs to the path.
// upstream: splitJSONPathInput
fn split(input: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = input.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(last) = out.last_mut() else { break };
        if c == '=' {
            if chars.peek() == Some(&'=') {
                chars.next();
                last.push_str("==");
            } else {
                out.push(String::new());
            }
        } else {
            last.push(c);
        }
    }
    out
}

/// `.a.b` and `a.b` stand for `{.a.b}`.
// upstream: kubectl/pkg/cmd/get RelaxedJSONPathExpression
fn relaxed(path: &str) -> String {
    let inner = path.strip_prefix('{').and_then(|p| p.strip_suffix('}')).unwrap_or(path);
    format!("{{.{}}}", inner.trim_start_matches('.'))
}

/// `wait KIND/NAME --for=… [--timeout=30s]`
// upstream: kubectl/pkg/cmd/wait
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let mut goals: Vec<Goal> = args.each("for").map(goal).collect::<Result<_, _>>()?;
    if goals.is_empty() {
        return Err("error: unrecognized condition: []".into());
    }
    let mut limit = args.duration("timeout");
    if args.value("timeout").starts_with('-') {
        limit = Duration::from_hours(168);
    }
    let created = goals.contains(&Goal::Create);
    goals.retain(|g| *g != Goal::Create);
    let deadline = s.now() + limit;
    let once = limit.is_zero();
    let mut waiting =
        Waiting { args: args.clone(), goals, left: Vec::new(), found: false, deadline, once, errors: Vec::new() };
    if !created {
        waiting.find(s)?;
    }
    Ok(Some(Box::new(waiting)))
}

struct Waiting {
    args: Args,
    goals: Vec<Goal>,
    /// What is left, each with the number of the goal that it is at.
    left: Vec<(Found, usize)>,
    found: bool,
    deadline: SimTime,
    /// A timeout of zero looks once.
    once: bool,
    errors: Vec<Failure>,
}

impl Waiting {
    fn find(&mut self, s: &Session) -> Result<(), Failure> {
        let selection = s.targets(&self.args, &self.args.words, Bare::Flag)?;
        let for_delete = self.goals.contains(&Goal::Delete);
        if !for_delete {
            self.errors = selection.errors;
        }
        if selection.found.is_empty() && self.errors.is_empty() && !for_delete {
            return Err("error: no matching resources found".into());
        }
        self.left = selection.found.into_iter().map(|f| (f, 0)).collect();
        self.found = true;
        Ok(())
    }
}

impl Wait for Waiting {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        if !self.found {
            let there = s.targets(&self.args, &self.args.words, Bare::Flag)?;
            if there.found.is_empty() || !there.errors.is_empty() {
                if s.now() >= self.deadline {
                    return Err("error: timed out waiting for the condition".into());
                }
                return Ok(until(Some(self.deadline)));
            }
            self.find(s)?;
            for (found, _) in &self.left {
                s.say(format!("{} condition met", found.shown()));
            }
        }
        while let Some((target, at)) = self.left.first_mut() {
            let Some(goal) = self.goals.get(*at) else {
                self.left.remove(0);
                continue;
            };
            match met(s, target, goal) {
                Ok(true) => {
                    *at += 1;
                    let line = format!("{} condition met", target.shown());
                    s.say(line);
                    continue;
                }
                Ok(false) if !self.once && s.now() < self.deadline => return Ok(until(Some(self.deadline))),
                Ok(false) => {
                    let (info, name) = (target.info, &target.name);
                    self.errors.push(if self.once {
                        format!("error: condition not met for {}/{name}", info.plural)
                    } else {
                        format!("error: timed out waiting for the condition on {}/{name}", info.plural)
                    });
                }
                Err(e) => self.errors.push(e),
            }
            self.left.remove(0);
        }
        joined(std::mem::take(&mut self.errors)).map(|_| Progress::Done)
    }
}

fn met(s: &Session, target: &Found, goal: &Goal) -> Result<bool, Failure> {
    if *goal == Goal::Delete {
        return Ok(s.is_gone(target));
    }
    let Some(now) = s.object(target.info, &target.namespace, &target.name) else {
        return Err(format!(
            "Error from server (NotFound): {} {:?} not found",
            target.info.group_resource(),
            target.name
        ));
    };
    match goal {
        Goal::Create | Goal::Delete => Ok(true),
        Goal::Condition(name, status) => {
            let list = now.value.at(&["status", "conditions"]).map_or(&[][..], Value::items);
            let same = |c: &&Value, key: &str, want: &str| {
                c.str_at(&[key]).is_some_and(|have| have.eq_ignore_ascii_case(want))
            };
            let Some(condition) = list.iter().find(|c| same(c, "type", name)) else { return Ok(false) };
            // What was not observed yet does not count.
            let number = |v: Option<&Value>| v.and_then(Value::as_i64);
            let observed = number(condition.get("observedGeneration"))
                .or_else(|| number(now.value.at(&["status", "observedGeneration"])));
            let generation = number(now.value.at(&["metadata", "generation"]));
            if observed.zip(generation).is_some_and(|(o, g)| o < g) {
                return Ok(false);
            }
            Ok(same(&condition, "status", status))
        }
        Goal::Path(path, want) => {
            let found = print::path_values(&now.value, path)?;
            let [one] = &found[..] else {
                return match found.len() {
                    0 => Ok(false),
                    _ => Err("error: given jsonpath expression matches more than one value".into()),
                };
            };
            let Some(want) = want else { return Ok(true) };
            let have = match one {
                Value::Object(_) | Value::Array(_) => {
                    return Err("error: jsonpath leads to a nested object or list which is not supported".into());
                }
                Value::Str(text) => text.to_string(),
                other => other.to_json(),
            };
            Ok(have.trim() == want.trim())
        }
    }
}
