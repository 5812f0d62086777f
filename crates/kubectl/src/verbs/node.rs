//! `cordon`, `uncordon`, `taint`.

use crate::flag::Args;
use crate::resource::{self, Bare, Found, Selection};
use crate::verbs::{DryRun, each, said};
use crate::{Failure, Next, Session};
use podscope_engine::convert;
use podscope_schema::Value;
use podscope_schema::names::{label_value, qualified_name};

/// The nodes that words name: `NODE…`, `node/NODE…`, or a selector.
pub fn nodes(s: &Session, args: &Args) -> Result<Selection, Failure> {
    let with_kind: Vec<String> = match args.words.first() {
        Some(first) if first.contains('/') => args.words.clone(),
        _ => std::iter::once("nodes".to_owned()).chain(args.words.iter().cloned()).collect(),
    };
    s.targets(args, &with_kind, Bare::Flag)
}

/// `cordon NODE`
pub fn cordon(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    all(s, args, true)
}

/// `uncordon NODE`
pub fn uncordon(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    all(s, args, false)
}

fn all(s: &mut Session, args: &Args, on: bool) -> Result<Next, Failure> {
    if args.words.is_empty() && args.given("selector").is_none() {
        let verb = if on { "cordon" } else { "uncordon" };
        return Err(format!("error: USAGE: {verb} NODE [flags]\nSee 'kubectl {verb} -h' for help and examples"));
    }
    let dry = DryRun::of(args)?;
    let selection = nodes(s, args)?;
    for node in &selection.found {
        set(s, node, on, dry)?;
    }
    selection.failure().map_or(Ok(None), Err)
}

/// Marks a node as unschedulable, or as schedulable again, and says so.
// upstream: kubectl/pkg/cmd/drain RunCordonOrUncordon
pub fn set(s: &mut Session, node: &Found, on: bool, dry: DryRun) -> Result<(), Failure> {
    let was = node.value.at(&["spec", "unschedulable"]).and_then(Value::as_bool).unwrap_or_default();
    let word = if on { "cordoned" } else { "uncordoned" };
    if was == on {
        s.say(format!("{} already {word}{}", node.shown(), dry.suffix()));
        return Ok(());
    }
    let mut patch = Value::default();
    patch.set_at(&["spec", "unschedulable"], if on { Value::Bool(true) } else { Value::Null });
    s.strategic(node, &patch)?;
    s.say(format!("{} {word}{}", node.shown(), dry.suffix()));
    Ok(())
}

/// One taint to set, or to take away.
struct Change {
    key: String,
    value: String,
    effect: String,
    remove: bool,
}

// upstream: kubectl/pkg/cmd/taint parseTaints
fn parse(spec: &str) -> Result<Change, Failure> {
    let known = |effect: &str| match effect {
        "NoSchedule" | "PreferNoSchedule" | "NoExecute" => Ok(()),
        other => Err(format!("error: invalid taint effect: {other}, unsupported taint effect")),
    };
    let remove = spec.ends_with('-');
    let text = spec.strip_suffix('-').unwrap_or(spec);
    let invalid = |why: &[String]| {
        let why = if why.is_empty() { String::new() } else { format!(", {}", why.join("; ")) };
        Err(format!("error: invalid taint spec: {}{why}", if why.is_empty() { spec } else { text }))
    };
    let mut parts = text.split(':');
    let (pair, effect) = (parts.next().unwrap_or_default(), parts.next());
    if parts.next().is_some() {
        return invalid(&[]);
    }
    let (mut key, mut value) = (pair, "");
    if let Some(effect) = effect {
        known(effect)?;
        let mut parts = pair.split('=');
        key = parts.next().unwrap_or_default();
        value = parts.next().unwrap_or_default();
        if parts.next().is_some() {
            return invalid(&[]);
        }
        let wrong = label_value(value);
        if !wrong.is_empty() {
            return invalid(&wrong);
        }
    }
    let wrong = qualified_name(key);
    if !wrong.is_empty() {
        return invalid(&wrong);
    }
    let effect = effect.unwrap_or_default();
    if effect.is_empty() && !remove {
        return invalid(&[]);
    }
    Ok(Change { key: key.into(), value: value.into(), effect: effect.into(), remove })
}

/// What is wrong with the changes taken together.
// upstream: kubectl/pkg/cmd/taint parseTaints, TaintOptions.Validate
fn contradictions(changes: &[Change]) -> Result<(), Failure> {
    let (gone, set): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| c.remove);
    let both: Vec<String> = set
        .iter()
        .flat_map(|s| gone.iter().filter(|g| g.key == s.key && (g.effect.is_empty() || g.effect == s.effect)))
        .map(|g| format!("{}={}", g.key, g.effect))
        .collect();
    if both.is_empty() {
        return Ok(());
    }
    let both = both.join(", ");
    Err(format!("error: can not both modify and remove the following taint(s) in the same command: {both}"))
}

/// `taint node NAME KEY=VALUE:EFFECT… KEY[:EFFECT]-…`
// upstream: kubectl/pkg/cmd/taint
pub fn taint(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let is_change = |w: &String| w.contains('=') || w.contains(':') || w.ends_with('-');
    let at = args.words.iter().position(is_change).unwrap_or(args.words.len());
    let (targets, specs) = args.words.split_at(at);
    if let Some(late) = specs.iter().find(|w| !is_change(w)) {
        return Err(format!("error: all resources must be specified before taint changes: {late}"));
    }
    let Some(kind) = targets.first() else {
        return Err("error: one or more resources must be specified as <resource> <name>".into());
    };
    if specs.is_empty() {
        return Err("error: at least one taint update is required".into());
    }
    let usage = |e: Failure| format!("{e}\nSee 'kubectl taint -h' for help and examples");
    let changes: Vec<Change> = specs.iter().map(|w| parse(w).map_err(usage)).collect::<Result<_, _>>()?;
    for (i, c) in changes.iter().enumerate().filter(|(_, c)| !c.remove) {
        if changes[..i].iter().any(|o| !o.remove && o.key == c.key && o.effect == c.effect) {
            let (key, value, effect) = (&c.key, &c.value, &c.effect);
            let what = format!("{{{key} {value} {effect} <nil>}}");
            return Err(usage(format!("error: duplicated taints with the same key and effect: {what}")));
        }
    }
    let dry = DryRun::of(args)?;
    let kind = kind.to_lowercase();
    if resource::kind(&kind)?.kind != "Node" {
        return Err(format!("error: invalid resource type {kind}, only node types are supported"));
    }
    contradictions(&changes)?;
    let (all, selector) = (args.on("all"), !args.value("selector").is_empty());
    if all && selector {
        return Err("error: setting 'all' parameter with a non empty selector is prohibited".into());
    }
    if !all && !selector && targets.len() < 2 {
        return Err("error: at least one resource name must be specified since 'all' parameter is not set".into());
    }
    let selection = s.targets(args, targets, Bare::Flag)?;
    each(s, &selection, |s, node| {
        let word = taint_one(s, args, node, &changes)?;
        said(s, args, node, word, dry);
        Ok(())
    })
}

// upstream: kubectl/pkg/cmd/taint reorganizeTaints
fn taint_one(s: &mut Session, args: &Args, node: &Found, changes: &[Change]) -> Result<&'static str, Failure> {
    let old: Vec<Value> = node.value.at(&["spec", "taints"]).map_or_else(Vec::new, |t| t.items().to_vec());
    let is = |t: &Value, c: &Change| {
        t.str_at(&["key"]) == Some(&c.key) && (c.effect.is_empty() || t.str_at(&["effect"]) == Some(&c.effect))
    };
    let (gone, set): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| c.remove);
    let there: Vec<&str> = set.iter().filter(|c| old.iter().any(|t| is(t, c))).map(|c| &*c.key).collect();
    if !there.is_empty() && !args.on("overwrite") {
        return Err(format!(
            "error: node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            node.name,
            there.join(",")
        ));
    }
    let mut taints = Vec::new();
    for c in &set {
        let mut taint = Value::object([("key", Value::from(c.key.as_str())), ("effect", c.effect.as_str().into())]);
        if !c.value.is_empty() {
            taint.make_map().insert("value", c.value.as_str());
        }
        if c.effect == "NoExecute" {
            taint.make_map().insert("timeAdded", convert::timestamp(&s.cluster.cx, s.now()));
        }
        taints.push(taint);
    }
    taints.extend(old.iter().filter(|t| !set.iter().any(|c| is(t, c))).cloned());
    let added = taints.len() != old.len();
    let (mut removed, mut errors) = (false, Vec::new());
    for c in gone {
        let before = taints.len();
        taints.retain(|t| !is(t, c));
        removed = taints.len() != before;
        if !removed {
            let effect = if c.effect.is_empty() { String::new() } else { format!(":{}", c.effect) };
            errors.push(format!("taint \"{}{effect}\" not found", c.key));
        }
    }
    match errors.len() {
        0 => {}
        1 => return Err(format!("error: {}", errors[0])),
        // upstream: util/errors aggregate.Error
        _ => return Err(format!("error: [{}]", errors.join(", "))),
    }
    let mut patch = Value::default();
    patch.set_at(&["spec", "taints"], taints);
    s.patch(node, podscope_engine::api::rest::PatchKind::Merge, &patch)?;
    Ok(match () {
        () if (added && removed) || args.on("overwrite") => "modified",
        () if added => "tainted",
        () => "untainted",
    })
}
