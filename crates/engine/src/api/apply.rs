//! `kubectl apply`: whole files of manifests, merged three ways.

use super::input::asked;
use super::{ApiError, Context, patch, rest, stored_name};
use crate::convert::{self, LAST_APPLIED};
use crate::object::{Kind, Object};
use podscope_schema::sort::sort_by_key;
use podscope_schema::{Document, Value, check, lookup_kind, parse, refusal};

/// What applying one object did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Created,
    /// It was there and changed.
    Configured,
    /// It was there and did not.
    Unchanged,
}

impl Change {
    /// kubectl's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One object that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// `kind`
    pub kind: String,
    /// `apiVersion`
    pub api_version: String,
    /// Its namespace, or empty.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What happened.
    pub what: Change,
    /// Whether the simulation runs it; otherwise it is kept, listed and exported.
    pub simulated: bool,
}

/// An error in a manifest, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// kubectl's or the API server's words.
    pub message: String,
}

/// What applying did, for programs: `{applied: […]}`, or [`told_refusal`].
pub fn told(result: Result<Vec<Applied>, Vec<ManifestError>>) -> Value {
    let one = |a: Applied| {
        Value::object([
            ("apiVersion", Value::from(a.api_version)),
            ("kind", a.kind.into()),
            ("namespace", a.namespace.into()),
            ("name", a.name.into()),
            ("what", a.what.word().into()),
            ("simulated", a.simulated.into()),
        ])
    };
    match result {
        Ok(all) => Value::object([("applied", Value::array(all.into_iter().map(one)))]),
        Err(errors) => told_refusal(&errors),
    }
}

/// Why nothing was applied, for programs: `{errors: [{line, column, message}, …]}`.
pub fn told_refusal(errors: &[ManifestError]) -> Value {
    let number = |n: u32| Value::from(i64::from(n));
    let one = |e: &ManifestError| {
        Value::object([("line", number(e.line)), ("column", number(e.column)), ("message", e.message.clone().into())])
    };
    Value::object([("errors", Value::array(errors.iter().map(one)))])
}

/// What an object becomes when `new` is applied to it: what runs, with what was applied before taken out and what is
/// applied now put in.
pub fn merged(live: &Value, new: &Value) -> Value {
    let last = live
        .str_at(&["metadata", "annotations", LAST_APPLIED])
        .and_then(|t| Value::from_json(t).ok())
        .unwrap_or_default();
    patch::three_way(&last, new, live)
}

/// Applies one object: creates it, or merges it with what was applied before and what runs.
///
/// # Errors
/// What the API server says.
pub fn apply(cx: &mut Context, namespace: &str, value: &Value) -> Result<Applied, ApiError> {
    let what = |_: &Context| asked("apply", [("namespace", namespace.into()), ("object", value.clone())]);
    cx.ask(what, |cx| merge(cx, namespace, value))
}

fn merge(cx: &mut Context, namespace: &str, value: &Value) -> Result<Applied, ApiError> {
    let mut new = value.clone();
    // What the user wrote is kept whole, in its order: export gives it back.
    let text = value.to_json();
    new.set_at(&["metadata", "annotations", LAST_APPLIED], text);
    let object = convert::from_value(cx, namespace, &new)?;
    let (kind, meta) = (object.kind(), object.meta());
    let found = cx.store.find(kind, &meta.namespace, &stored_name(&object)).filter(|k| cx.store.object(*k).is_some());
    let applied = |what| Applied {
        kind: value.str_at(&["kind"]).unwrap_or_default().to_owned(),
        api_version: value.str_at(&["apiVersion"]).unwrap_or_default().to_owned(),
        namespace: meta.namespace.to_string(),
        name: meta.name.to_string(),
        what,
        simulated: kind != Kind::Other,
    };
    let Some(key) = found else {
        let done = applied(Change::Created);
        rest::insert(cx, object)?;
        return Ok(done);
    };
    let live = convert::to_value(cx, key).unwrap_or_default();
    let changed = if matches!(object, Object::Other(_)) {
        rest::replace(cx, key, &new)?
    } else {
        rest::replace(cx, key, &merged(&live, &new))?
    };
    Ok(applied(if changed { Change::Configured } else { Change::Unchanged }))
}

/// An object of a file, and where it stands in its document: `items[2].` in a List, nothing otherwise.
struct Part<'a> {
    document: &'a Document,
    prefix: String,
    value: Value,
}

impl Part<'_> {
    fn error(&self, field: &str, message: String) -> ManifestError {
        let (line, column) = self.document.position_of(&[&self.prefix, field].concat());
        ManifestError { line, column, message }
    }
}

/// Applies a file of manifests, all of it or, when anything in it is refused, nothing.
///
/// Documents come in any order: what is refused because something is not there yet (its namespace, its account) is tried
/// again after the rest. kubectl would leave that to a second `apply`.
///
/// # Errors
/// Each refusal, with its line and column.
pub fn apply_file(cx: &mut Context, namespace: &str, text: &str) -> Result<Vec<Applied>, Vec<ManifestError>> {
    let documents = parse(text).map_err(|e| vec![unread(e)])?;
    let mut errors = Vec::new();
    let parts: Vec<Part> = documents.iter().flat_map(split).collect();
    let custom = custom_kinds(cx, &parts);
    for part in &parts {
        errors.extend(check_part(part, &custom).err());
    }
    if errors.is_empty() && parts.is_empty() {
        errors.push(ManifestError { line: 1, column: 1, message: "error: no objects passed to apply".into() });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    // Tried on a copy, which takes the place of the world when all went well: objects are shared, so it is cheap.
    let mut trial = cx.clone();
    let (mut applied, mut errors) = (Vec::new(), Vec::new());
    let mut open: Vec<usize> = (0..parts.len()).collect();
    while !open.is_empty() {
        let (before, mut waiting) = (applied.len(), Vec::new());
        for at in std::mem::take(&mut open) {
            match apply(&mut trial, namespace, &parts[at].value) {
                Ok(done) => applied.push((at, done)),
                Err(e) if matches!(e.reason, "NotFound" | "Forbidden") => waiting.push((at, e)),
                Err(e) => errors.push((at, refused(&parts[at], e))),
            }
        }
        if applied.len() > before {
            open.extend(waiting.iter().map(|(at, _)| *at));
        } else {
            errors.extend(waiting.into_iter().map(|(at, e)| (at, refused(&parts[at], e))));
        }
    }
    if !errors.is_empty() {
        sort_by_key(&mut errors, |e| e.0);
        return Err(errors.into_iter().map(|e| e.1).collect());
    }
    *cx = trial;
    sort_by_key(&mut applied, |a| a.0);
    Ok(applied.into_iter().map(|a| a.1).collect())
}

/// The API server's refusal, where the field that it is about stands.
fn refused(part: &Part, e: ApiError) -> ManifestError {
    let field = e.causes.first().map(|c| c.2.clone()).or_else(|| field_in(&e.message));
    match e.reason {
        "NotFound" | "Forbidden" => {
            let field = field.unwrap_or_else(|| "metadata.namespace".into());
            let message = format!("Error from server ({}): error when creating \"STDIN\": {}", e.reason, e.message);
            part.error(&field, message)
        }
        _ => part.error(&field.unwrap_or_default(), e.message),
    }
}

/// The field that a message of the form `X is invalid: spec.replicas: …` is about.
fn field_in(message: &str) -> Option<String> {
    Some(message.split_once(" is invalid: ")?.1.trim_start_matches('[').split(':').next()?.to_owned())
}

/// The objects of a file, those of Lists one by one.
///
/// # Errors
/// What is no YAML.
pub fn objects(text: &str) -> Result<Vec<Value>, ManifestError> {
    let documents = parse(text).map_err(unread)?;
    Ok(documents.iter().flat_map(split).map(|part| part.value).collect())
}

fn unread(e: podscope_schema::ParseError) -> ManifestError {
    ManifestError { line: e.line, column: e.column, message: e.message }
}

/// The objects of a document: one, or those of a List; none when it is empty.
// upstream: cli-runtime/pkg/resource FlattenListVisitor
fn split(document: &Document) -> Vec<Part<'_>> {
    let value = document.root.to_value();
    if value.is_null() {
        return Vec::new();
    }
    let is_list = value.str_at(&["kind"]).is_some_and(|k| k.ends_with("List"));
    match value.get("items") {
        Some(Value::Array(items)) if is_list => {
            let part =
                |(i, item): (usize, &Value)| Part { document, prefix: format!("items[{i}]."), value: item.clone() };
            items.iter().enumerate().map(part).collect()
        }
        _ => vec![Part { document, prefix: String::new(), value }],
    }
}

/// `version kind` of all that CustomResourceDefinitions define, in the cluster and in the file itself.
fn custom_kinds(cx: &Context, parts: &[Part]) -> Vec<String> {
    const DEFINITION: &str = "CustomResourceDefinition";
    let stored = cx.store.of_kind(Kind::Other).iter().filter_map(|k| match cx.store.object(*k) {
        Some(Object::Other(o)) if &*o.kind == DEFINITION => Some(&o.raw),
        _ => None,
    });
    let written = parts.iter().map(|p| &p.value).filter(|v| v.str_at(&["kind"]) == Some(DEFINITION));
    let mut kinds = Vec::new();
    for definition in stored.chain(written) {
        let text = |path: &[&str]| definition.str_at(path).unwrap_or_default();
        let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
        for version in definition.at(&["spec", "versions"]).map_or(&[][..], Value::items) {
            kinds.push(format!("{group}/{} {kind}", version.str_at(&["name"]).unwrap_or_default()));
        }
    }
    kinds
}

/// What kubectl and strict decoding say of an object before anything is sent.
fn check_part(part: &Part, custom: &[String]) -> Result<(), ManifestError> {
    let value = &part.value;
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if value.as_map().is_none() {
        let message = "error: error validating data: invalid object to validate: a manifest is a map of fields";
        return Err(part.error("", message.into()));
    }
    if kind.is_empty() || version.is_empty() {
        let unset: Vec<&str> =
            [("apiVersion", version), ("kind", kind)].iter().filter(|(_, v)| v.is_empty()).map(|(k, _)| *k).collect();
        let unset = unset.iter().map(|k| format!("{k} not set")).collect::<Vec<_>>().join(", ");
        let message = format!(
            "error: error validating data: [{unset}]; if you choose to ignore these errors, turn validation off with --validate=false"
        );
        return Err(part.error("", message));
    }
    let Some(info) = lookup_kind(version, kind) else {
        if custom.contains(&format!("{version} {kind}")) {
            return Ok(());
        }
        let message = format!(
            "error: resource mapping not found for name: \"{}\" namespace: \"{}\": no matches for kind \"{kind}\" in version \"{version}\"\nensure CRDs are installed first",
            value.str_at(&["metadata", "name"]).unwrap_or_default(),
            value.str_at(&["metadata", "namespace"]).unwrap_or_default()
        );
        return Err(part.error("kind", message));
    };
    let mut found = part.document.duplicate_errors(false);
    if let Some(twice) = found.first().filter(|e| !e.path.starts_with(&part.prefix)) {
        // Keys written twice elsewhere in a List are told once, with the first object.
        if part.prefix != "items[0]." || twice.path.starts_with("items[") {
            found.clear();
        }
    }
    let twice = found.len();
    found.extend(check(info, &value.sorted()));
    let Some(worst) = found.iter().map(|e| e.severity).max() else { return Ok(()) };
    let message = refusal(info, &found).unwrap_or_default();
    let message = format!("Error from server (BadRequest): error when creating \"STDIN\": {message}");
    let at = found.iter().position(|e| e.severity == worst).unwrap_or_default();
    let path = &found[at].path;
    // The paths of keys written twice begin at the document already.
    let path = if at < twice { path.strip_prefix(&*part.prefix).unwrap_or(path) } else { path };
    Err(part.error(path, message))
}
