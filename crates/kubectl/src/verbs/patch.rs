//! `patch`.

use crate::flag::Args;
use crate::manifest::without;
use crate::resource::{Bare, Found, refused};
use crate::verbs::{DryRun, each, said};
use crate::{Failure, Next, Session};
use podscope_engine::api::patch_refusal::refusal;
use podscope_engine::api::rest::{PatchKind, patched};
use podscope_schema::{JsonError, Severity, Value, check};

/// `patch KIND/NAME -p PATCH [--type=strategic|merge|json]`
// upstream: kubectl/pkg/cmd/patch
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let kind = match &*args.value("type").to_lowercase() {
        "strategic" => PatchKind::Strategic,
        "merge" => PatchKind::Merge,
        "json" => PatchKind::Json,
        other => return Err(format!("error: --type must be one of [json merge strategic], not {other:?}")),
    };
    let text = match (args.given("patch"), args.given("patch-file")) {
        (Some(text), _) => text.to_owned(),
        (None, Some("-")) => s.stdin.to_string(),
        (None, Some(path)) => {
            s.files.read(path).map_err(|e| format!("error: unable to read patch file: open {path}: {e}"))?
        }
        (None, None) => String::new(),
    };
    if text.is_empty() {
        return Err("error: must specify --patch or --patch-file containing the contents of the patch".into());
    }
    let patch = read(&text)?;
    let dry = DryRun::of(args)?;
    let selection = s.targets(args, &args.words, Bare::Flag)?;
    if kind == PatchKind::Json && !matches!(patch, Value::Array(_)) {
        let what = if matches!(patch, Value::Object(_)) { "object" } else { "string" };
        return Err(format!(
            "Error from server (BadRequest): error decoding patch: json: cannot unmarshal {what} into Go value of type []handlers.jsonPatchOp"
        ));
    }
    each(s, &selection, |s, found| {
        let patch = known(s, found, kind, &patch)?;
        let changed = s.patch(found, kind, &patch)?;
        let word = if changed { "patched" } else { "patched (no change)" };
        said(s, args, found, word, dry);
        Ok(())
    })
}

/// The patch without the fields that the kind does not have, of which the API server warns.
// upstream: apiserver/pkg/endpoints/handlers/patch.go, with fieldValidation=Warn
fn known(s: &mut Session, found: &Found, kind: PatchKind, patch: &Value) -> Result<Value, Failure> {
    let before = check(found.info, &found.value);
    let patched = patched(kind, &found.value, patch).map_err(|e| refused(&e))?;
    let mut errors = check(found.info, &patched);
    errors.retain(|e| !before.contains(e));
    if errors.iter().any(|e| e.severity != Severity::Strict) {
        errors.retain(|e| e.severity != Severity::Strict);
        return refusal(kind, patch, &patched, &errors).map_or(Ok(patch.clone()), |e| Err(refused(&e)));
    }
    let mut left = patch.clone();
    for error in errors {
        s.warn(format!("Warning: {}", error.message));
        if kind != PatchKind::Json {
            let path: Vec<&str> = error.path.split(['.', '[']).collect();
            without(&mut left, &path);
        }
    }
    Ok(left)
}

/// What Go says of a text that is no JSON.
// upstream: encoding/json scanner
fn go_words(text: &str, e: &JsonError) -> String {
    let Some(c) = text.get(e.offset..).and_then(|rest| rest.chars().next()) else {
        return "unexpected end of JSON input".into();
    };
    let why = match e.message {
        "expected a key" => "looking for beginning of object key string",
        "expected :" => "after object key",
        "expected , or }" => "after object key:value pair",
        "expected , or ]" => "after array element",
        "trailing characters" => "after top-level value",
        "invalid number" => "in numeric literal",
        "invalid escape" => "in string escape code",
        "unterminated string" => return "unexpected end of JSON input".into(),
        _ => "looking for beginning of value",
    };
    format!("invalid character {c:?} {why}")
}

/// A patch may be JSON or YAML; what begins with a brace is JSON, which the API server then complains about.
fn read(text: &str) -> Result<Value, Failure> {
    match Value::from_json(text) {
        Ok(value) => Ok(value),
        Err(e) if text.trim_start().starts_with('{') => {
            Err(format!("Error from server (BadRequest): {}", go_words(text, &e)))
        }
        Err(_) => {
            let documents =
                podscope_schema::parse(text).map_err(|e| format!("error: unable to parse {text:?}: {e}"))?;
            Ok(documents.first().map_or(Value::Null, |d| d.root.to_value()))
        }
    }
}
