//! `set env`.

use super::set::{chosen, needs_pods, pod_spec_path, split, write};
use crate::flag::Args;
use crate::resource::{Bare, Found};
use crate::verbs::DryRun;
use crate::{Failure, Next, Session};
use podscope_schema::{Map, Value, base64};

/// `set env KIND/NAME KEY=VALUE… KEY-… [--from=configmap/NAME]`
// upstream: kubectl/pkg/cmd/set/set_env.go
pub fn env(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (selection, mut changes) = split(s, args, |w| w.contains('=') || w.ends_with('-'))?;
    changes.extend(args.each("env").map(str::to_owned));
    let from = args.value("from");
    if !args.list("keys").is_empty() && from.is_empty() {
        return Err("error: when specifying --keys, a configmap or secret must be provided with --from".into());
    }
    if changes.is_empty() && from.is_empty() && !args.on("list") {
        return Err("error: at least one environment variable must be provided".into());
    }
    let prefix = args.value("prefix");
    let mut variables: Vec<Value> = Vec::new();
    for change in &changes {
        variables.push(match change.split_once('=') {
            Some((name, value)) => {
                Value::object([("name", Value::from(format!("{prefix}{name}"))), ("value", value.into())])
            }
            None => Value::object([("$patch", Value::from("delete")), ("name", change.trim_end_matches('-').into())]),
        });
    }
    if !from.is_empty() {
        variables.extend(taken(s, args, from, prefix)?);
    }
    let dry = DryRun::of(args)?;
    let mut errors = Vec::new();
    for found in &selection.found {
        if let Err(why) = needs_pods(found) {
            errors.push(why);
            continue;
        }
        let spec = found.value.at(pod_spec_path(found)).cloned().unwrap_or_default();
        if args.on("list") {
            list(s, found, &spec, args)?;
            continue;
        }
        if let Some(kept) = overwritten(&spec, args, &variables).filter(|_| !args.on("overwrite")) {
            errors.push(format!("error: {}/{} {kept}, and --overwrite is false", found.info.plural, found.name));
            continue;
        }
        let mut lists = Vec::new();
        for (list, containers) in chosen(&spec, args) {
            let patch = |c: &&Value| {
                // A variable gets another kind of value: what it had goes.
                // What it does not have cannot be taken away.
                let there = |v: &&Value| v.get("$patch").is_none() || named(c, v.str_at(&["name"])).is_some();
                let given = variables.iter().filter(there).map(|v| {
                    let mut v = v.clone();
                    let had = |key: &str| named(c, v.str_at(&["name"])).is_some_and(|old| old.get(key).is_some());
                    let gone = match (v.get("value"), v.get("valueFrom")) {
                        (Some(_), _) if had("valueFrom") => "valueFrom",
                        (_, Some(_)) if had("value") => "value",
                        _ => return v,
                    };
                    v.make_map().insert(gone, Value::Null);
                    v
                });
                Value::object([("name", c.get("name").cloned().unwrap_or_default()), ("env", Value::array(given))])
            };
            lists.push((list, containers.iter().map(patch).collect::<Vec<_>>()));
        }
        let any = !lists[0].1.is_empty();
        for (_, changed) in &mut lists {
            changed.retain(|c| c.get("env").is_some_and(|env| !env.items().is_empty()));
        }
        if !any {
            let (kind, name, pattern) = (found.info.kind, &found.name, args.value("containers"));
            s.warn(format!("warning: {kind}/{name} does not have any containers matching {pattern:?}"));
            continue;
        }
        write(s, found, lists, "env", dry, args)?;
    }
    match selection.failure() {
        None if errors.is_empty() => Ok(None),
        None => Err(errors.join("\n")),
        Some(failure) => Err(failure),
    }
}

/// A container's variable of this name.
fn named<'a>(container: &'a Value, name: Option<&str>) -> Option<&'a Value> {
    container.get("env").map_or(&[][..], Value::items).iter().find(|v| v.str_at(&["name"]) == name)
}

/// What would be written over, in words.
// upstream: set_env.go validateNoOverwrites
fn overwritten(spec: &Value, args: &Args, variables: &[Value]) -> Option<String> {
    let containers = chosen(spec, args).into_iter().flat_map(|(_, containers)| containers);
    containers.into_iter().find_map(|c| {
        let given = variables.iter().filter(|v| v.get("$patch").is_none());
        given.into_iter().find_map(|v| {
            let old = named(c, v.str_at(&["name"]))?;
            let text = |key: &str| old.str_at(&[key]).unwrap_or_default();
            Some(format!("'{}' already has a value ({})", text("name"), text("value")))
        })
    })
}

/// A variable for each key of a ConfigMap or Secret.
fn taken(s: &mut Session, args: &Args, from: &str, prefix: &str) -> Result<Vec<Value>, Failure> {
    let sources = s.select(&[from.to_owned()], args, Bare::Flag)?;
    if let Some(failure) = sources.failure() {
        return Err(failure);
    }
    let keys = args.list("keys");
    let mut out = Vec::new();
    for source in &sources.found {
        let reference = match source.info.kind {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return Err("error: unsupported resource specified in --from".into()),
        };
        let data = source.value.sorted();
        for (key, _) in data.get("data").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
            if !keys.is_empty() && !keys.contains(&&**key) {
                continue;
            }
            let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
            let name: String = key.chars().map(letter).collect();
            if *name != **key {
                s.warn(format!("Warning: key {key} transferred to {name}"));
            }
            let at = Value::object([("key", Value::from(key)), ("name", Value::from(&*source.name))]);
            let source = Value::object([(reference, at)]);
            out.push(Value::object([("name", Value::from(format!("{prefix}{name}"))), ("valueFrom", source)]));
        }
    }
    Ok(out)
}

fn list(s: &mut Session, found: &Found, spec: &Value, args: &Args) -> Result<(), Failure> {
    let mut unresolved = false;
    for (_, containers) in chosen(spec, args) {
        for c in containers {
            let name = c.str_at(&["name"]).unwrap_or_default();
            s.say(format!("# {} {}, container {name}", found.info.kind, found.name));
            let mut errors: Vec<String> = Vec::new();
            for v in c.get("env").map_or(&[][..], Value::items) {
                let text = |key: &str| v.str_at(&[key]).unwrap_or_default();
                let Some(from) = v.get("valueFrom") else {
                    s.say(format!("{}={}", text("name"), text("value")));
                    continue;
                };
                let resolved = args.on("resolve").then(|| resolve(s, found, from));
                match resolved {
                    Some(Ok(value)) => s.say(format!("{}={value}", text("name"))),
                    other => {
                        s.say(format!("# {} from {}", text("name"), source(from)));
                        if let Some(Err(why)) = other {
                            errors.push(format!("error retrieving reference for {}: {why}", text("name")));
                        }
                    }
                }
            }
            unresolved |= !errors.is_empty();
            errors.sort();
            for error in errors {
                s.warn(error);
            }
        }
    }
    if unresolved { Err("error: failed to retrieve valueFrom references".into()) } else { Ok(()) }
}

// upstream: kubectl/pkg/cmd/set/env GetEnvVarRefValue
fn resolve(s: &Session, found: &Found, from: &Value) -> Result<String, String> {
    let text = |path: &[&str]| from.str_at(path).unwrap_or_default().to_owned();
    for (reference, kind, plural) in
        [("configMapKeyRef", "ConfigMap", "configmaps"), ("secretKeyRef", "Secret", "secrets")]
    {
        if from.get(reference).is_none() {
            continue;
        }
        let (name, key) = (text(&[reference, "name"]), text(&[reference, "key"]));
        let namespace = found.value.str_at(&["metadata", "namespace"]).unwrap_or_default();
        let info = podscope_schema::lookup_kind("v1", kind).ok_or_else(String::new)?;
        let Some(held) = s.object(info, namespace, &name) else {
            return Err(format!("{plural} {name:?} not found"));
        };
        let value = held.value.str_at(&["data", &key]).map(str::to_owned);
        let value = value.ok_or_else(|| format!("key {key} not found in {kind} {name}"))?;
        if kind == "ConfigMap" {
            return Ok(value);
        }
        let bytes = base64::decode(&value).map_err(|at| format!("illegal base64 data at input byte {at}"))?;
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    Err("not simulated".to_owned())
}

// upstream: kubectl/pkg/cmd/set/env GetEnvVarRefString
fn source(from: &Value) -> String {
    let text = |path: &[&str]| from.str_at(path).unwrap_or_default().to_owned();
    if from.get("configMapKeyRef").is_some() {
        return format!("configmap {}, key {}", text(&["configMapKeyRef", "name"]), text(&["configMapKeyRef", "key"]));
    }
    if from.get("secretKeyRef").is_some() {
        return format!("secret {}, key {}", text(&["secretKeyRef", "name"]), text(&["secretKeyRef", "key"]));
    }
    format!("field path {}", text(&["fieldRef", "fieldPath"]))
}
