//! `apply`.

use crate::flag::Args;
use crate::manifest::{self, Manifest};
use crate::resource::{refused, refused_when};
use crate::verbs::{DryRun, create, joined, result};
use crate::{Failure, Next, Session};
use podscope_engine::api::apply::merged;
use podscope_engine::api::rest;
use podscope_engine::convert::LAST_APPLIED;
use podscope_schema::{Map, Value};

const NO_ANNOTATION: &str = "is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.";

/// `apply -f … [--server-side] [--dry-run=…]`
// upstream: kubectl/pkg/cmd/apply
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.files().is_empty() && args.value("kustomize").is_empty() {
        return Err("error: must specify one of -f and -k".into());
    }
    if let Some(word) = args.words.first() {
        return Err(format!("error: Unexpected args: [{word}]\nSee 'kubectl apply -h' for help and examples"));
    }
    let dry = DryRun::of(args)?;
    let server_side = args.on("server-side");
    if server_side && dry == DryRun::Client {
        return Err(
            "error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)".into()
        );
    }
    if args.on("force-conflicts") && !server_side {
        return Err("error: --force-conflicts only works with --server-side".into());
    }
    if args.on("prune") {
        return Err("error: --prune is not simulated".into());
    }
    let (mut manifests, mut errors) = manifest::read(s, args)?;
    manifest::choose(&mut manifests, args)?;
    if manifests.is_empty() && errors.is_empty() {
        return Err("error: no objects passed to apply".into());
    }
    for m in &mut manifests {
        manifest::lenient(s, args, m);
        let done = if server_side { server(s, m) } else { client(s, args, m, dry) };
        match done {
            Ok((value, word)) => result(s, args, m.info, &value, word, dry),
            Err(e) => errors.push(e),
        }
    }
    joined(errors)
}

/// What kubectl notes in the annotation: the manifest as JSON, its keys sorted, as Go writes it.
// upstream: kubectl/pkg/util GetModifiedConfiguration
pub fn annotation(value: &Value) -> String {
    let mut noted = value.clone();
    if noted.at(&["metadata", "annotations"]).is_none_or(Value::is_null) {
        noted.set_at(&["metadata", "annotations"], Map::new());
    } else if let Some(notes) = noted.make_map().get_mut("metadata").and_then(|m| m.make_map().get_mut("annotations")) {
        notes.make_map().remove(LAST_APPLIED);
    }
    let text = crate::print::sorted(&noted).to_json();
    // Go's encoder escapes what HTML would read, and ends with a line feed.
    format!("{}\n", text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

/// The manifest with its annotation.
pub fn annotated(m: &Manifest) -> Value {
    let mut new = m.value.clone();
    new.set_at(&["metadata", "annotations", LAST_APPLIED], annotation(&m.value));
    new
}

/// Takes out members that are null.
// upstream: pruneNullsFromMap
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(without_nulls)),
        Value::Object(map) => {
            map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect::<Map>().into()
        }
        other => other.clone(),
    }
}

/// How kubectl names an object in its longer complaints.
// upstream: cli-runtime/pkg/resource Info.String
pub fn described(m: &Manifest) -> String {
    let (info, version) = (m.info, m.info.api_version());
    let group = if info.group.is_empty() { format!("/{}", info.version) } else { version.clone() };
    format!(
        "Resource: \"{group}, Resource={}\", GroupVersionKind: \"{group}, Kind={}\"\nName: {:?}, Namespace: {:?}",
        info.plural, info.kind, m.name, m.namespace
    )
}

fn client(s: &mut Session, args: &Args, m: &Manifest, dry: DryRun) -> Result<(Value, &'static str), Failure> {
    if m.name.is_empty() {
        if let Some(prefix) = m.value.str_at(&["metadata", "generateName"]) {
            return Err(format!("error: from {prefix}: cannot use generate name with apply"));
        }
        return Err(format!(
            "error: error when retrieving current configuration of:\n{}\nfrom server for: {:?}: resource name may not be empty",
            described(m),
            m.source
        ));
    }
    let new = annotated(m);
    let Some(live) = s.object(m.info, &m.namespace, &m.name) else {
        let new = without_nulls(&new);
        let doing = format!("error when creating {:?}: ", m.source);
        let made = create::post(s, m, &new, dry).map_err(|e| refused_when(&doing, &e))?;
        return Ok((made, "created"));
    };
    if live.value.str_at(&["metadata", "annotations", LAST_APPLIED]).is_none() {
        let plural = m.info.plural;
        s.warn(format!("Warning: resource {plural}/{} {NO_ANNOTATION}", m.name));
    }
    let new = merged(&live.value, &new);
    let unchanged = new == live.value;
    if !unchanged && dry != DryRun::Client {
        let patch = difference(&live.value, &new);
        let doing =
            format!("error when applying patch:\n{}\nto:\n{}\nfor: {:?}: ", patch.to_json(), described(m), m.source);
        manifest::check_patched(m.info, &live.value, &new, &patch, &doing)?;
        if let Some(key) = live.key
            && let Err(e) = rest::replace(&mut s.cluster.cx, key, &new)
        {
            if !args.on("force") {
                return Err(refused_when(&doing, &e));
            }
            s.cluster.cx.delete(key, podscope_engine::api::DeleteOptions::default()).map_err(|e| refused(&e))?;
            let made = create::post(s, m, &annotated(m), dry).map_err(|e| refused_when(&doing, &e))?;
            return Ok((made, "configured"));
        }
    }
    if live.value.at(&["metadata", "deletionTimestamp"]).is_some() {
        s.warn(format!("Warning: Detected changes to resource {} which is currently being deleted.", m.name));
    }
    let now = s.object(m.info, &m.namespace, &m.name).map_or(new.clone(), |f| f.value);
    Ok((if dry == DryRun::Client { new } else { now }, if unchanged { "unchanged" } else { "configured" }))
}

/// What differs, as a merge patch would write it.
pub fn difference(old: &Value, new: &Value) -> Value {
    let (Some(a), Some(b)) = (old.as_map(), new.as_map()) else { return new.clone() };
    let mut out = Map::new();
    for (key, value) in b.iter() {
        match a.get(key) {
            Some(was) if was == value => {}
            Some(was) => {
                out.insert(key.clone(), difference(was, value));
            }
            None => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, _) in a.iter().filter(|(k, _)| b.get(k).is_none()) {
        out.insert(key.clone(), Value::Null);
    }
    out.sort_keys();
    out.into()
}

/// What the API server says of fields that the kind does not have, when it is to merge.
// upstream: apimachinery/pkg/util/managedfields, structured-merge-diff typed.ValidationErrors
fn undeclared(m: &Manifest) -> Result<(), Failure> {
    let mut told: Vec<String> = Vec::new();
    for error in podscope_schema::check(m.info, &crate::print::sorted(&m.value)) {
        if error.severity != podscope_schema::Severity::Strict {
            continue;
        }
        // An element of a list is named by its key.
        let (mut at, mut path) = (Some(&m.value), String::new());
        for part in error.path.split('.') {
            let (name, index) = part.split_once('[').map_or((part, None), |(n, i)| (n, i.strip_suffix(']')));
            path = format!("{path}.{name}");
            at = at.and_then(|v| v.get(name));
            if let Some(index) = index {
                at = at.and_then(|v| v.items().get(index.parse::<usize>().ok()?));
                let named = at.and_then(|v| v.str_at(&["name"]));
                path = named.map_or_else(|| format!("{path}[{index}]"), |n| format!("{path}[name={n:?}]"));
            }
        }
        told.push(format!("{path}: field not declared in schema"));
    }
    let all = match &told[..] {
        [] => return Ok(()),
        [one] => one.clone(),
        all => format!("errors:\n  {}", all.join("\n  ")),
    };
    let (info, version) = (m.info, m.info.api_version());
    let version = if info.group.is_empty() { format!("/{}", info.version) } else { version };
    Err(format!(
        "Error from server: failed to create typed patch object ({}/{}; {version}, Kind={}): {all}",
        m.namespace, m.name, info.kind
    ))
}

/// Lets the API server merge. Who set which field is not kept, so there are no conflicts.
fn server(s: &mut Session, m: &Manifest) -> Result<(Value, &'static str), Failure> {
    const WORD: &str = "serverside-applied";
    undeclared(m)?;
    let Some(live) = s.object(m.info, &m.namespace, &m.name) else {
        let made = create::post(s, m, &m.value, DryRun::No).map_err(|e| refused(&e))?;
        return Ok((made, WORD));
    };
    s.strategic(&live, &m.value)?;
    Ok((s.object(m.info, &m.namespace, &m.name).map_or(live.value, |f| f.value), WORD))
}
