//! `cordon`, `uncordon`, `taint`.

use crate::flag::Args;
use crate::resource::{Bare, Found, Selection};
use crate::verbs::{DryRun, each, said};
use crate::{Failure, Next, Session};
use podscope_engine::convert;
use podscope_schema::Value;

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
    let text = spec.trim_end_matches('-');
    let (pair, effect) = text.split_once(':').unwrap_or((text, ""));
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if effect.contains(':') || key.is_empty() || (effect.is_empty() && !remove) {
        return Err(format!("error: invalid taint spec: {spec}"));
    }
    if !effect.is_empty() {
        known(effect)?;
    }
    Ok(Change { key: key.into(), value: value.into(), effect: effect.into(), remove })
}

/// `taint node NAME KEY=VALUE:EFFECT… KEY[:EFFECT]-…`
// upstream: kubectl/pkg/cmd/taint
pub fn taint(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let is_change = |w: &String| w.contains('=') || w.contains(':') || w.ends_with('-');
    let at = args.words.iter().position(is_change).unwrap_or(args.words.len());
    let (targets, specs) = args.words.split_at(at);
    if specs.is_empty() {
        return Err("error: at least one taint update is required".into());
    }
    if targets.is_empty() {
        return Err("error: one or more resources must be specified as <resource> <name>".into());
    }
    let usage = |e: Failure| format!("{e}\nSee 'kubectl taint -h' for help and examples");
    let changes: Vec<Change> = specs.iter().map(|w| parse(w).map_err(usage)).collect::<Result<_, _>>()?;
    let dry = DryRun::of(args)?;
    let selection = s.targets(args, targets, Bare::Flag)?;
    if let Some(other) = selection.kinds.iter().find(|k| k.kind != "Node") {
        return Err(format!("error: invalid resource type {}, only node types are supported", other.plural));
    }
    each(s, &selection, |s, node| {
        let word = taint_one(s, args, node, &changes)?;
        said(s, args, node, word, dry);
        Ok(())
    })
}

fn taint_one(s: &mut Session, args: &Args, node: &Found, changes: &[Change]) -> Result<&'static str, Failure> {
    let mut taints: Vec<Value> = node.value.at(&["spec", "taints"]).map_or_else(Vec::new, |t| t.items().to_vec());
    let is = |t: &Value, c: &Change| {
        t.str_at(&["key"]) == Some(&c.key) && (c.effect.is_empty() || t.str_at(&["effect"]) == Some(&c.effect))
    };
    let (mut added, mut removed, mut errors) = (false, false, Vec::new());
    for c in changes {
        let there = taints.iter().any(|t| is(t, c));
        if c.remove {
            if !there {
                let effect = if c.effect.is_empty() { String::new() } else { format!(":{}", c.effect) };
                errors.push(format!("taint \"{}{effect}\" not found", c.key));
            }
            taints.retain(|t| !is(t, c));
            removed = true;
            continue;
        }
        if there && !args.on("overwrite") {
            return Err(format!(
                "error: node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node.name, c.key
            ));
        }
        taints.retain(|t| !is(t, c));
        let mut taint = Value::object([("key", Value::from(c.key.as_str())), ("effect", c.effect.as_str().into())]);
        if !c.value.is_empty() {
            taint.make_map().insert("value", c.value.as_str());
        }
        if c.effect == "NoExecute" {
            taint.make_map().insert("timeAdded", convert::timestamp(&s.cluster.cx, s.now()));
        }
        taints.push(taint);
        added = true;
    }
    if !errors.is_empty() {
        return Err(format!("error: {}", errors.join(", ")));
    }
    let mut patch = Value::default();
    patch.set_at(&["spec", "taints"], taints);
    s.patch(node, podscope_engine::api::rest::PatchKind::Merge, &patch)?;
    Ok(match (added, removed) {
        (true, true) => "modified",
        (true, false) => "tainted",
        _ => "untainted",
    })
}
