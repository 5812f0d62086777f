//! `kubectl apply`: whole files of manifests, merged three ways.

use super::{ApiError, Context, patch, rest, stored_name};
use crate::convert::{self, LAST_APPLIED};
use crate::object::{Kind, Object};
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

/// Applies a file of manifests, all of it or, when anything in it is refused, nothing.
///
/// # Errors
/// Each refusal, with its line and column.
pub fn apply_file(cx: &mut Context, namespace: &str, text: &str) -> Result<Vec<Applied>, Vec<ManifestError>> {
    let documents =
        parse(text).map_err(|e| vec![ManifestError { line: e.line, column: e.column, message: e.message }])?;
    let mut errors = Vec::new();
    let mut objects = Vec::new();
    for document in &documents {
        match read(document) {
            Ok(list) => objects.extend(list.into_iter().map(|o| (document, o))),
            Err(e) => errors.extend(e),
        }
    }
    if errors.is_empty() && objects.is_empty() {
        errors.push(ManifestError { line: 1, column: 1, message: "error: no objects passed to apply".into() });
    }
    // Tried on a copy first: what runs goes on running when anything is refused.
    let mut trial = cx.clone();
    if errors.is_empty() {
        for (document, object) in &objects {
            if let Err(e) = apply(&mut trial, namespace, object) {
                let field = e.causes.first().map(|c| c.2.clone()).or_else(|| field_in(&e.message)).unwrap_or_default();
                let (line, column) = document.position_of(&field);
                errors.push(ManifestError { line, column, message: e.message });
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let applied = objects.iter().filter_map(|(_, o)| apply(cx, namespace, o).ok()).collect();
    Ok(applied)
}

/// The field that a message of the form `X is invalid: spec.replicas: …` is about.
fn field_in(message: &str) -> Option<String> {
    Some(message.split_once(" is invalid: ")?.1.trim_start_matches('[').split(':').next()?.to_owned())
}

/// The objects of a document: one, or those of a List.
fn read(document: &Document) -> Result<Vec<Value>, Vec<ManifestError>> {
    let value = document.root.to_value();
    if value.is_null() {
        return Ok(Vec::new());
    }
    let (line, column) = (document.root.line, document.root.column);
    let fail = |message: String| vec![ManifestError { line, column, message }];
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if value.as_map().is_none() {
        return Err(fail(
            "error: error validating data: invalid object to validate: a manifest is a map of fields".into(),
        ));
    }
    if kind.is_empty() || version.is_empty() {
        let unset: Vec<&str> =
            [("apiVersion", version), ("kind", kind)].iter().filter(|(_, v)| v.is_empty()).map(|(k, _)| *k).collect();
        let unset = unset.iter().map(|k| format!("{k} not set")).collect::<Vec<_>>().join(", ");
        return Err(fail(format!(
            "error: error validating data: [{unset}]; if you choose to ignore these errors, turn validation off with --validate=false"
        )));
    }
    if kind == "List" && version == "v1" {
        return Ok(value.get("items").map_or_else(Vec::new, |i| i.items().to_vec()));
    }
    let Some(info) = lookup_kind(version, kind) else {
        let (line, column) = document.position_of("kind");
        let message = format!(
            "error: resource mapping not found for name: \"{}\" namespace: \"{}\": no matches for kind \"{kind}\" in version \"{version}\"\nensure CRDs are installed first",
            value.str_at(&["metadata", "name"]).unwrap_or_default(),
            value.str_at(&["metadata", "namespace"]).unwrap_or_default()
        );
        return Err(vec![ManifestError { line, column, message }]);
    };
    let mut found = document.duplicate_errors(false);
    found.extend(check(info, &value.sorted()));
    if found.is_empty() {
        return Ok(vec![value]);
    }
    let message = refusal(info, &found).unwrap_or_default();
    let worst = found.iter().map(|e| e.severity).max();
    let at = found.iter().find(|e| Some(e.severity) == worst).map_or((line, column), |e| document.position_of(&e.path));
    let message = format!("Error from server (BadRequest): error when creating \"STDIN\": {message}");
    Err(vec![ManifestError { line: at.0, column: at.1, message }])
}
