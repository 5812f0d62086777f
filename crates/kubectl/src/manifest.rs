//! Manifests that `-f` names: read, split into objects, and found on the cluster.

use crate::flag::Args;
use crate::resource::{Selection, refused_when};
use crate::{Failure, Session};
use podscope_engine::api::patch_refusal;
use podscope_engine::api::rest::PatchKind;
use podscope_schema::{KindInfo, Value, lookup_kind, parse};

/// An object of a manifest.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// `STDIN` or the file's name: what errors call its source.
    pub source: String,
    /// Its kind.
    pub info: &'static KindInfo,
    /// Its namespace: its own or the command's, or empty.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object, its namespace filled in.
    pub value: Value,
}

/// Reads all files that `-f` names.
///
/// # Errors
/// In kubectl's words.
// upstream: cli-runtime/pkg/resource Builder, FilenameParam, StreamVisitor
pub fn read(s: &Session, args: &Args) -> Result<(Vec<Manifest>, Vec<Failure>), Failure> {
    // upstream: kubectl/pkg/cmd/util GetValidationDirective
    let how = args.value("validate");
    if !matches!(how, "" | "strict" | "warn" | "ignore" | "true" | "false" | "1" | "0") {
        return Err(format!(
            "error: invalid - validate option {how:?}; must be one of: strict (or true), warn, ignore (or false)"
        ));
    }
    if !args.value("kustomize").is_empty() {
        return Err("error: -k is not simulated".into());
    }
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    for file in args.files() {
        let (source, text) = if file == "-" {
            ("STDIN".to_owned(), s.stdin.to_string())
        } else {
            let text = s.files.read(file).map_err(|_| format!("error: the path {file:?} does not exist"))?;
            (file.to_owned(), text)
        };
        let documents = parse(&text)
            .map_err(|e| format!("error: error parsing {source}: error converting YAML to JSON: {}", e.message))?;
        for document in &documents {
            if let Some(message) = document.duplicate_error() {
                return Err(format!("error: error parsing {source}: error converting YAML to JSON: {message}"));
            }
            let value = document.root.to_value();
            if !value.is_null() {
                object(s, args, &source, value, &mut out, &mut errors)?;
            }
        }
    }
    Ok((out, errors))
}

/// What the API server makes of an object whose unknown fields it is told to let pass.
pub fn lenient(s: &mut Session, args: &Args, m: &mut Manifest) {
    let how = args.value("validate");
    if !matches!(how, "warn" | "ignore" | "false" | "0") {
        return;
    }
    for error in podscope_schema::check(m.info, &crate::print::sorted(&m.value)) {
        if error.severity == podscope_schema::Severity::Strict {
            if how == "warn" {
                s.warn(format!("Warning: {}", error.message));
            }
            let path: Vec<&str> = error.path.split(['.', '[']).collect();
            without(&mut m.value, &path);
        }
    }
}

/// Takes a member out.
pub fn without(value: &mut Value, path: &[&str]) {
    let [first, rest @ ..] = path else { return };
    if let Some(index) = first.strip_suffix(']') {
        if let Some(inner) = index.parse().ok().and_then(|i: usize| value.make_array().get_mut(i)) {
            without(inner, rest);
        }
    } else if rest.is_empty() {
        value.make_map().remove(first);
    } else if let Some(inner) = value.make_map().get_mut(first) {
        without(inner, rest);
    }
}

fn object(
    s: &Session,
    args: &Args,
    source: &str,
    value: Value,
    out: &mut Vec<Manifest>,
    errors: &mut Vec<Failure>,
) -> Result<(), Failure> {
    let text = |path: &[&str]| value.str_at(path).unwrap_or_default().to_owned();
    let (version, kind) = (text(&["apiVersion"]), text(&["kind"]));
    if value.as_map().is_none() {
        return Err(format!(
            "error: error validating {source:?}: error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false"
        ));
    }
    if version.is_empty() || kind.is_empty() {
        let unset: Vec<&str> =
            [("apiVersion", &version), ("kind", &kind)].iter().filter(|(_, v)| v.is_empty()).map(|(k, _)| *k).collect();
        let unset = unset.iter().map(|k| format!("{k} not set")).collect::<Vec<_>>().join(", ");
        let unset = if unset.contains(',') { format!("[{unset}]") } else { unset };
        return Err(format!(
            "error: error validating {source:?}: error validating data: {unset}; if you choose to ignore these errors, turn validation off with --validate=false"
        ));
    }
    if kind == "List" && version == "v1" {
        for item in value.get("items").map_or(&[][..], Value::items) {
            object(s, args, source, item.clone(), out, errors)?;
        }
        return Ok(());
    }
    let (name, own) = (text(&["metadata", "name"]), text(&["metadata", "namespace"]));
    let Some(info) = lookup_kind(&version, &kind) else {
        // The others of the file are gone on with.
        errors.push(format!(
            "error: resource mapping not found for name: {name:?} namespace: {own:?} from {source:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
        ));
        return Ok(());
    };
    if let Some(asked) = args.given("namespace").filter(|n| info.namespaced && !own.is_empty() && **n != own) {
        return Err(format!(
            "error: the namespace from the provided object {own:?} does not match the namespace {asked:?}. You must pass '--namespace={own}' to perform this operation."
        ));
    }
    let namespace = if !info.namespaced {
        String::new()
    } else if own.is_empty() {
        s.namespace.to_string()
    } else {
        own
    };
    let mut value = value;
    if info.namespaced {
        value.set_at(&["metadata", "namespace"], namespace.as_str());
    }
    out.push(Manifest { source: source.to_owned(), info, namespace, name, value });
    Ok(())
}

/// Where objects of a kind are posted to.
pub fn collection(info: &KindInfo, namespace: &str) -> String {
    let root = if info.group.is_empty() { "api" } else { "apis" };
    if info.namespaced {
        format!("/{root}/{}/namespaces/{namespace}/{}", info.api_version(), info.plural)
    } else {
        format!("/{root}/{}/{}", info.api_version(), info.plural)
    }
}

/// Leaves only the objects that `--selector` selects.
///
/// # Errors
/// What is wrong with the selector.
pub fn choose(manifests: &mut Vec<Manifest>, args: &Args) -> Result<(), Failure> {
    if let Some(text) = args.given("selector").filter(|t| !t.is_empty()) {
        let chosen = crate::selector::labels(text).map_err(|e| format!("error: {e}"))?;
        manifests.retain(|m| chosen.matches(&crate::selector::labels_of(&m.value)));
    }
    Ok(())
}

/// Whether what an object becomes still decodes. What was wrong with it before is let pass.
///
/// # Errors
/// What the API server says.
pub fn check(info: &KindInfo, live: &Value, new: &Value, doing: &str) -> Result<(), Failure> {
    match podscope_schema::refusal(info, &fresh(info, live, new)) {
        Some(message) => Err(format!("Error from server (BadRequest): {doing}{message}")),
        None => Ok(()),
    }
}

/// As [`check`], for what a patch makes of an object.
///
/// # Errors
/// What the API server says.
pub fn check_patched(info: &KindInfo, live: &Value, new: &Value, patch: &Value, doing: &str) -> Result<(), Failure> {
    // Without a Go type, patches are merged as JSON.
    let kind = if info.root.is_some() { PatchKind::Strategic } else { PatchKind::Merge };
    match patch_refusal::refusal(kind, patch, new, &fresh(info, live, new)) {
        Some(error) => Err(refused_when(doing, &error)),
        None => Ok(()),
    }
}

/// What is wrong with a new object that was not wrong before.
fn fresh(info: &KindInfo, live: &Value, new: &Value) -> Vec<podscope_schema::SchemaError> {
    let known = podscope_schema::check(info, live);
    let mut errors = podscope_schema::check(info, new);
    errors.retain(|e| !known.contains(e));
    errors
}

/// The objects on the cluster that the files of `-f` name. Those that say what they are `doing` say from where they
/// have the name of what is not there.
///
/// # Errors
/// As [`read`].
pub fn find(s: &Session, args: &Args, doing: &str) -> Result<Selection, Failure> {
    let (manifests, errors) = read(s, args)?;
    let mut out = Selection { named: true, single: manifests.len() == 1, errors, ..Selection::default() };
    for m in manifests {
        if let Some(found) = s.object(m.info, &m.namespace, &m.name) {
            out.found.push(found);
        } else {
            // upstream: kubectl/pkg/cmd/util AddSourceToErr
            let doing = if doing.is_empty() { String::new() } else { format!("error when {doing} {:?}: ", m.source) };
            let (resource, name) = (m.info.group_resource(), &m.name);
            out.errors.push(format!("Error from server (NotFound): {doing}{resource} {name:?} not found"));
        }
        if !out.kinds.contains(&m.info) {
            out.kinds.push(m.info);
        }
    }
    Ok(out)
}
