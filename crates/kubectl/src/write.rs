//! Verbs that change specs: `apply`, `create`, `set`, `scale`, `patch`.

use crate::{Args, Failure, Output, Session};
use podscope_engine::api::{ApiError, rest};
use podscope_engine::convert;
use podscope_engine::object::Key;
use podscope_schema::{Map, Value};

/// What kubectl prints for a refusal.
pub fn refused(e: &ApiError) -> Failure {
    match e.reason {
        "Invalid" => format!("The {}", capitalised(&e.message)),
        reason => format!("Error from server ({reason}): {}", e.message),
    }
}

fn capitalised(message: &str) -> String {
    message.to_owned()
}

/// `apply -f -`, `create -f -`, `replace -f -`: manifests come on standard input.
pub fn apply(s: &mut Session, verb: &str, _args: &Args) -> Result<(), Failure> {
    let text = s.stdin;
    let applied = s
        .cluster
        .apply(text)
        .map_err(|errors| errors.iter().map(|e| e.message.clone()).collect::<Vec<_>>().join("\n"))?;
    for a in applied {
        let word = if verb == "create" { "created" } else { a.what.word() };
        let kind = crate::resource::kind(&a.kind).map_or_else(|_| a.kind.to_lowercase(), crate::resource::prefix);
        s.say(format!("{kind}/{} {word}", a.name));
    }
    Ok(())
}

/// Patches the object at `key` strategically.
pub fn strategic(s: &mut Session, key: Key, patch: &Value) -> Result<bool, Failure> {
    rest::patch(&mut s.cluster.cx, key, rest::PatchKind::Strategic, patch).map_err(|e| refused(&e))
}

/// `set image KIND/NAME container=image…`
pub fn set(s: &mut Session, args: &Args) -> Result<(), Failure> {
    match args.words.first().map(String::as_str) {
        Some("image") => {}
        Some(other) => return Err(format!("error: unknown command \"{other}\"")),
        None => return Err("error: set needs a sub-command: image".into()),
    }
    let (targets, pairs): (Vec<_>, Vec<_>) = args.words[1..].iter().cloned().partition(|w| !w.contains('='));
    for key in s.targets(&targets, args)?.1 {
        let value = convert::to_value(&s.cluster.cx, key).ok_or("error: the object is gone")?;
        let pod = s.cluster.cx.store.name(key).kind == podscope_engine::object::Kind::Pod;
        let path: &[&str] = if pod { &["spec"] } else { &["spec", "template", "spec"] };
        let mut patch = Value::default();
        for list in ["containers", "initContainers"] {
            let names = value.at(path).and_then(|v| v.get(list)).map(|v| v.items().to_vec()).unwrap_or_default();
            let names = names.iter().filter_map(|c| c.str_at(&["name"]).map(str::to_owned));
            let changed: Vec<Value> = names
                .filter_map(|name| {
                    let image =
                        pairs.iter().filter_map(|p| p.split_once('=')).find(|(n, _)| *n == name || *n == "*")?.1;
                    Some(Value::object([("name", name.into()), ("image", image.into())]))
                })
                .collect();
            if !changed.is_empty() {
                let full: Vec<&str> = path.iter().copied().chain([list]).collect();
                patch.set_at(&full, changed);
            }
        }
        if patch.is_null() {
            let name = pairs.first().and_then(|p| p.split_once('=')).map_or("", |(n, _)| n);
            return Err(format!("error: unable to find container named \"{name}\""));
        }
        if strategic(s, key, &patch)? {
            let line = format!("{} image updated", s.shown(key));
            s.say(line);
        }
    }
    Ok(())
}

/// `scale KIND/NAME --replicas=N`
pub fn scale(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let replicas = args.value("replicas").and_then(|v| v.parse::<i64>().ok());
    let replicas = replicas
        .filter(|n| *n >= 0)
        .ok_or("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")?;
    for key in s.targets(&args.words, args)?.1 {
        let current = convert::to_value(&s.cluster.cx, key).and_then(|v| v.at(&["spec", "replicas"])?.as_i64());
        if let Some(want) = args.value("current-replicas").and_then(|v| v.parse::<i64>().ok())
            && current != Some(want)
        {
            return Err(format!("error: Expected replicas to be {want}, was {}", current.unwrap_or_default()));
        }
        rest::scale(&mut s.cluster.cx, key, replicas).map_err(|e| refused(&e))?;
        let line = format!("{} scaled", s.shown(key));
        s.say(line);
    }
    Ok(())
}

/// `patch KIND/NAME -p PATCH [--type=strategic|merge|json]`
pub fn patch(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let text = args
        .value("patch")
        .ok_or("error: must specify --patch or --patch-file containing the contents of the patch")?;
    let value = read(text).map_err(|e| format!("error: unable to parse {text:?}: {e}"))?;
    let kind = match args.value("type").unwrap_or("strategic") {
        "strategic" => rest::PatchKind::Strategic,
        "merge" => rest::PatchKind::Merge,
        "json" => rest::PatchKind::Json,
        other => return Err(format!("error: --type must be one of [json merge strategic], not {other:?}")),
    };
    for key in s.targets(&args.words, args)?.1 {
        let changed = rest::patch(&mut s.cluster.cx, key, kind, &value).map_err(|e| refused(&e))?;
        let line = format!("{} patched{}", s.shown(key), if changed { "" } else { " (no change)" });
        s.say(line);
    }
    Ok(())
}

/// A patch may be JSON or YAML.
fn read(text: &str) -> Result<Value, String> {
    if let Ok(value) = Value::from_json(text) {
        return Ok(value);
    }
    let documents = podscope_schema::parse(text).map_err(|e| e.to_string())?;
    Ok(documents.first().map_or(Value::Object(Map::new().into()), |d| d.root.to_value()))
}

impl Output {
    /// Whether the command succeeded.
    pub const fn ok(&self) -> bool {
        self.exit == 0
    }
}
