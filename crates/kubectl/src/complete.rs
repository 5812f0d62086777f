//! Completion: what may stand at the cursor of a command line.

use crate::flag::{Args, Flag, Takes};
use crate::verb::{self, Verb, Words};
use crate::{Files, Output, Session, words};
use podscope_engine::Cluster;
use podscope_schema::sort::sort_by;
use podscope_schema::{KindInfo, Value, kinds, lookup_resource};
use std::rc::Rc;

/// One thing that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub text: String,
    /// What it is, in a few words.
    pub help: String,
}

fn candidate(text: impl Into<String>, help: impl Into<String>) -> Candidate {
    Candidate { text: text.into(), help: help.into() }
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err(String::new())
    }
}

/// What may stand at `cursor` (a byte offset) of `line`, with or without the leading `kubectl`: candidates for the word
/// that the cursor is in or behind, sorted as they are best shown.
pub fn complete(cluster: &mut Cluster, namespace: &str, line: &str, cursor: usize) -> Vec<Candidate> {
    let Some(before) = line.get(..cursor.min(line.len())) else { return Vec::new() };
    // An open quote is closed, so that what stands before it is read all the same.
    let mut all = words::split(before).or_else(|_| words::split(&format!("{before}'"))).unwrap_or_default();
    let current = if before.is_empty() || before.ends_with(char::is_whitespace) {
        String::new()
    } else {
        all.pop().unwrap_or_default()
    };
    if all.first().is_some_and(|w| w == "kubectl") {
        all.remove(0);
    }
    let Ok((verb, rest)) = verb::resolve(&all) else { return Vec::new() };
    let declared: Vec<&'static Flag> =
        verb.map_or_else(|| crate::flag::GLOBAL.iter().collect(), |v: &'static Verb| v.flags().collect());
    // A flag at the end waits for its value.
    let waiting = rest.last().and_then(|last| {
        let flag = declared.iter().find(|f| *last == format!("--{}", f.name) || *last == format!("-{}", f.short))?;
        (!matches!(flag.takes, Takes::Switch | Takes::Maybe(_))).then_some(*flag)
    });
    let upto = rest.len() - usize::from(waiting.is_some());
    let args = Args::parse(&rest[..upto], declared.clone()).unwrap_or_default();
    let namespace = args.given("namespace").unwrap_or(namespace).into();
    let s = Session {
        cluster,
        namespace,
        stdin: Rc::from(""),
        files: Rc::new(NoFiles),
        edited: None,
        out: Output::default(),
    };
    let mut found = if let Some(flag) = waiting {
        values(&s, verb, flag, &args)
    } else if let Some((flag, _)) = current.split_once('=').filter(|_| current.starts_with("--")) {
        let known = declared.iter().find(|f| flag[2..] == *f.name);
        let list = known.map_or_else(Vec::new, |f| values(&s, verb, f, &args));
        list.into_iter().map(|c| candidate(format!("{flag}={}", c.text), c.help)).collect()
    } else if current.starts_with('-') {
        declared
            .iter()
            .map(|f| {
                let value = if matches!(f.takes, Takes::Switch | Takes::Maybe(_)) { "" } else { "=" };
                candidate(format!("--{}{value}", f.name), f.help)
            })
            .collect()
    } else {
        words_of(&s, verb, &args, &current)
    };
    found.retain(|c| c.text.starts_with(&current));
    found
}

/// What may be the value of a flag.
fn values(s: &Session, verb: Option<&Verb>, flag: &Flag, args: &Args) -> Vec<Candidate> {
    let plain = |list: &[&str]| list.iter().map(|t| candidate(*t, "")).collect();
    match flag.name {
        "namespace" => names(s, "namespaces"),
        "container" => containers(s, args),
        "output" if verb.is_some_and(|v| v.name == "get") => {
            plain(&["wide", "yaml", "json", "name", "jsonpath=", "custom-columns=", "go-template="])
        }
        "output" => plain(&["yaml", "json", "name"]),
        "cascade" => plain(&["background", "foreground", "orphan"]),
        "dry-run" => plain(&["client", "server", "none"]),
        "type" if verb.is_some_and(|v| v.name == "patch") => plain(&["strategic", "merge", "json"]),
        "for" if verb.is_some_and(|v| v.name == "wait") => {
            plain(&["condition=Ready", "condition=Available", "create", "delete", "jsonpath="])
        }
        "field-selector" => plain(&["metadata.name=", "status.phase=", "spec.nodeName="]),
        "sort-by" => plain(&[".metadata.name", ".metadata.creationTimestamp"]),
        "to-revision" | "revision" => revisions(s, args),
        _ => Vec::new(),
    }
}

fn names(s: &Session, plural: &str) -> Vec<Candidate> {
    let list = lookup_resource(plural).map_or_else(Vec::new, |info| s.list(info, Some(&s.namespace)));
    list.iter().map(|f| candidate(&*f.name, f.info.kind)).collect()
}

/// Containers of the first object that the command names.
fn containers(s: &Session, args: &Args) -> Vec<Candidate> {
    let words: Vec<&str> = args.words.iter().flat_map(|w| w.split('/')).collect();
    let (info, name) = match words[..] {
        [name] => (lookup_resource("pods"), name),
        [kind, name, ..] => (lookup_resource(kind), name),
        [] => return Vec::new(),
    };
    let Some(found) = info.and_then(|i| s.object(i, &s.namespace, name)) else { return Vec::new() };
    let spec = found.value.at(&["spec", "template", "spec"]).or_else(|| found.value.get("spec"));
    let all = ["containers", "initContainers"].iter().filter_map(|l| spec?.get(l)).flat_map(Value::items);
    all.map(|c| {
        let text = |key: &str| c.str_at(&[key]).unwrap_or_default();
        candidate(text("name"), text("image"))
    })
    .collect()
}

/// Revisions of the workload that the command names.
fn revisions(s: &Session, args: &Args) -> Vec<Candidate> {
    let selection = s.select(&args.words, args, crate::resource::Bare::All).unwrap_or_default();
    let Some(target) = selection.found.first() else { return Vec::new() };
    let list = crate::verbs::rollout::revisions(s, target);
    list.iter().map(|r| candidate(r.number.to_string(), r.cause.as_deref().unwrap_or_default())).collect()
}

fn kind_candidates(only: &[&str]) -> Vec<Candidate> {
    let wanted = |k: &&KindInfo| only.is_empty() || only.contains(&k.plural);
    let mut list: Vec<Candidate> =
        kinds().iter().filter(wanted).map(|k| candidate(k.plural, k.short_names().next().unwrap_or(k.kind))).collect();
    sort_by(&mut list, |a, b| a.text.cmp(&b.text));
    list.dedup_by(|a, b| a.text == b.text);
    list
}

/// What may stand among the words: sub-verbs, kinds, names.
fn words_of(s: &Session, verb: Option<&'static Verb>, args: &Args, current: &str) -> Vec<Candidate> {
    let below = verb::below(verb.map_or("", |v| v.name));
    let Some(verb) = verb.filter(|_| below.is_empty() || verb.is_some_and(|v| v.run.is_some())) else {
        return below.iter().map(|v| candidate(v.name.rsplit(' ').next().unwrap_or(v.name), v.help)).collect();
    };
    match verb.words {
        Words::Free => Vec::new(),
        Words::Kinds => kind_candidates(&[]),
        Words::Names(plural) => match current.split_once('/') {
            Some((kind, _)) => slashed(s, kind),
            None => names(s, plural),
        },
        Words::Objects(only) => {
            if let Some((kind, _)) = current.split_once('/') {
                return slashed(s, kind);
            }
            match args.words.first() {
                None => {
                    let mut list = kind_candidates(only);
                    // Short names complete too, once they are typed.
                    if let Some(info) = lookup_resource(current).filter(|i| i.plural != current) {
                        list.push(candidate(current, info.kind));
                    }
                    list
                }
                Some(first) if first.contains('/') => slashed(s, first.split('/').next().unwrap_or_default()),
                Some(kind) => names(s, kind).into_iter().filter(|c| !args.words[1..].contains(&c.text)).collect(),
            }
        }
    }
}

fn slashed(s: &Session, kind: &str) -> Vec<Candidate> {
    names(s, kind).into_iter().map(|c| candidate(format!("{kind}/{}", c.text), c.help)).collect()
}
