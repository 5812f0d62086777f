//! Requests: a method, a path and a body, answered as the API server would.

mod query;

use super::rest::{self, PatchKind};
use super::{ApiError, Context, DeleteOptions, Propagation, patch, patch_refusal, validation};
use crate::controller::disruption;
use crate::convert;
use crate::object::{Key, Kind, Object};
use podscope_schema::{KindInfo, SchemaError, Value, check, kinds, parse, refusal};

type Answer = Result<(u16, Value), ApiError>;

/// Answers one request: the HTTP status and the object, or a Status.
pub fn request(cx: &mut Context, method: &str, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
    answer(Request::new(method, path, content_type).and_then(|r| r.run(cx, body, Vec::new())))
}

/// As [`request`], with a refusal as the error that it is.
///
/// # Errors
/// What the API server says.
pub fn call(cx: &mut Context, method: &str, path: &str, content_type: &str, body: &Value) -> Result<Value, ApiError> {
    Request::new(method, path, content_type)?.run(cx, body, Vec::new()).map(|(_, value)| value)
}

/// As [`request`], with the body as it was sent.
pub fn request_text(cx: &mut Context, method: &str, path: &str, content_type: &str, body: &str) -> (u16, Value) {
    answer(Request::new(method, path, content_type).and_then(|r| r.run_text(cx, body)))
}

fn answer(result: Answer) -> (u16, Value) {
    result.unwrap_or_else(|e| (e.code, status(&e)))
}

fn status(e: &ApiError) -> Value {
    let mut status = Value::object([
        ("kind", Value::from("Status")),
        ("apiVersion", "v1".into()),
        ("status", "Failure".into()),
        ("message", Value::from(e.message.as_str())),
    ]);
    let map = status.make_map();
    if !e.reason.is_empty() {
        map.insert("reason", e.reason);
    }
    if !e.causes.is_empty() {
        let cause = |(reason, message, field): &(String, String, String)| {
            Value::object([
                ("reason", Value::from(reason.as_str())),
                ("message", message.as_str().into()),
                ("field", field.as_str().into()),
            ])
        };
        map.insert("details", Value::object([("causes", Value::array(e.causes.iter().map(cause)))]));
    }
    map.insert("code", Value::Int(e.code.into()));
    status
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "BadRequest", message)
}

fn unknown() -> ApiError {
    ApiError::new(404, "NotFound", "the server could not find the requested resource")
}

/// A path, taken apart.
struct Request<'a> {
    method: &'a str,
    content_type: &'a str,
    info: &'static KindInfo,
    namespace: &'a str,
    name: Option<&'a str>,
    subresource: Option<&'a str>,
    query: &'a str,
}

impl<'a> Request<'a> {
    fn new(method: &'a str, path: &'a str, content_type: &'a str) -> Result<Self, ApiError> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts = path.trim_matches('/').split('/').peekable();
        let group = match parts.next() {
            Some("api") => "",
            Some("apis") => parts.next().ok_or_else(unknown)?,
            _ => return Err(unknown()),
        };
        let version = parts.next().ok_or_else(unknown)?;
        let mut namespace = "";
        if parts.peek() == Some(&"namespaces") {
            // `/api/v1/namespaces/x` is the namespace itself.
            let mut ahead = parts.clone();
            ahead.next();
            let name = ahead.next();
            if ahead.peek().is_some() {
                namespace = name.unwrap_or_default();
                parts = ahead;
            }
        }
        let resource = parts.next().ok_or_else(unknown)?;
        let fits = |k: &&KindInfo| k.group == group && k.version == version && k.plural == resource;
        let info = kinds().iter().find(fits).ok_or_else(unknown)?;
        let (name, subresource) = (parts.next(), parts.next());
        Ok(Self { method, content_type, info, namespace, name, subresource, query })
    }

    fn kind(&self) -> Kind {
        Kind::from_name(self.info.kind).unwrap_or(Kind::Other)
    }

    /// The name under which the store has the object.
    fn stored(&self, name: &str) -> String {
        match self.kind() {
            Kind::Other => format!("{}/{}/{name}", self.info.api_version(), self.info.kind),
            _ => name.to_owned(),
        }
    }

    fn run_text(&self, cx: &mut Context, text: &str) -> Answer {
        if text.trim().is_empty() {
            return self.run(cx, &Value::Null, Vec::new());
        }
        let yaml = self.content_type.contains("yaml");
        let kind = self.info.kind;
        if yaml {
            let documents = parse(text).map_err(|e| bad(e.message))?;
            let document = documents.first().ok_or_else(|| bad("no object"))?;
            return self.run(cx, &document.root.to_value(), document.duplicate_errors(false));
        }
        let value = Value::from_json(text).map_err(|e| {
            let why = if json_ended(text) { "unexpected end of JSON input".to_owned() } else { e.to_string() };
            bad(match self.method {
                "PATCH" => format!("error decoding patch: {why}"),
                _ => format!(
                    "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {why} ({text})"
                ),
            })
        })?;
        let duplicates =
            parse(text).map_or_else(|_| Vec::new(), |d| d.first().map_or_else(Vec::new, |d| d.duplicate_errors(true)));
        self.run(cx, &value, duplicates)
    }

    fn run(&self, cx: &mut Context, body: &Value, duplicates: Vec<SchemaError>) -> Answer {
        let Some(name) = self.name else {
            return match self.method {
                "POST" => self.create(cx, body, duplicates),
                "GET" => self.list(cx),
                _ => Err(ApiError::new(
                    405,
                    "MethodNotAllowed",
                    "the server does not allow this method on the requested resource",
                )),
            };
        };
        let not_found =
            || ApiError::new(404, "NotFound", format!("{} \"{name}\" not found", self.info.group_resource()));
        let key = cx
            .store
            .find(self.kind(), self.namespace, &self.stored(name))
            .filter(|k| cx.store.object(*k).is_some())
            .ok_or_else(not_found)?;
        let show = |cx: &Context| convert::to_value(cx, key).unwrap_or_default();
        match (self.method, self.subresource) {
            ("GET", _) => Ok((200, show(cx))),
            ("POST", Some("eviction")) => {
                let grace = body.at(&["deleteOptions", "gracePeriodSeconds"]).and_then(Value::as_i64);
                disruption::evict(cx, key, grace)?;
                let success = Value::object([
                    ("kind", Value::from("Status")),
                    ("apiVersion", "v1".into()),
                    ("status", "Success".into()),
                    ("code", 201.into()),
                ]);
                Ok((201, success))
            }
            ("PATCH" | "PUT", Some("scale")) => {
                let replicas = body.at(&["spec", "replicas"]).and_then(Value::as_i64);
                if let Some(replicas) = replicas {
                    rest::scale(cx, key, replicas)?;
                }
                Ok((200, show(cx)))
            }
            ("PATCH", Some("status")) => rest::patch_status(cx, key, body).map(|_| (200, show(cx))),
            ("PATCH", _) => {
                let kind = match self.content_type {
                    "application/json-patch+json" => PatchKind::Json,
                    "application/merge-patch+json" => PatchKind::Merge,
                    _ => PatchKind::Strategic,
                };
                // What the patch makes of the object must decode, too.
                let live = show(cx);
                let known = check(self.info, &live);
                let patched = patch::apply(kind, &live, body)?;
                let mut errors = check(self.info, &patched);
                errors.retain(|e| !known.contains(e));
                if let Some(error) = patch_refusal::refusal(kind, body, &patched, &errors) {
                    return Err(error);
                }
                rest::patch(cx, key, kind, body)?;
                Ok((200, show(cx)))
            }
            ("PUT", _) => {
                self.decode(body, duplicates)?;
                self.preconditions(cx, key, name, body)?;
                rest::replace(cx, key, &self.typed(body)).map(|_| (200, show(cx)))
            }
            ("DELETE", _) => self.delete(cx, key, body),
            _ => Err(unknown()),
        }
    }

    /// The body with the kind of the path, which a body may leave out.
    fn typed(&self, body: &Value) -> Value {
        let mut value = body.clone();
        value.make_map().insert("apiVersion", self.info.api_version());
        value.make_map().insert("kind", self.info.kind);
        value
    }

    /// Strict decoding.
    // upstream: apiserver/pkg/endpoints/handlers/create.go, rest.go
    fn decode(&self, body: &Value, mut errors: Vec<SchemaError>) -> Result<(), ApiError> {
        let info = self.info;
        let text = |key: &str, default: &str| match body.str_at(&[key]) {
            Some(s) if !s.is_empty() => s.to_owned(),
            _ => default.to_owned(),
        };
        let expected = info.api_version();
        let (version, kind) = (text("apiVersion", &expected), text("kind", info.kind));
        let short = version.rsplit('/').next().unwrap_or_default();
        let refuse = |why: String| {
            Err(bad(format!("{kind} in version \"{short}\" cannot be handled as a {}: {why}", info.kind)))
        };
        if kind != info.kind {
            if !kinds().iter().any(|k| k.kind == kind && k.api_version() == version) {
                return refuse(format!(
                    "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
                ));
            }
            let group = if info.group.is_empty() { "core" } else { info.group.split('.').next().unwrap_or_default() };
            return refuse(format!("converting ({short}.{kind}) to ({group}.{}): unknown conversion", info.kind));
        }
        if version != expected {
            return Err(bad(format!(
                "the API version in the data ({version}) does not match the expected API version ({expected})"
            )));
        }
        errors.extend(check(info, body));
        refusal(info, &errors).map_or(Ok(()), |message| Err(bad(message)))
    }

    fn create(&self, cx: &mut Context, body: &Value, duplicates: Vec<SchemaError>) -> Answer {
        self.decode(body, duplicates)?;
        let meta = |key: &str| body.str_at(&["metadata", key]).unwrap_or_default();
        if self.info.namespaced && !meta("namespace").is_empty() && meta("namespace") != self.namespace {
            return Err(bad("the namespace of the provided object does not match the namespace sent on the request"));
        }
        if !matches!(meta("resourceVersion"), "" | "0") {
            return Err(ApiError::new(500, "", "resourceVersion should not be set on objects to be created"));
        }
        let key = rest::create(cx, self.namespace, &self.typed(body))?;
        Ok((201, convert::to_value(cx, key).unwrap_or_default()))
    }

    fn preconditions(&self, cx: &Context, key: Key, name: &str, body: &Value) -> Result<(), ApiError> {
        let meta = |key: &str| body.str_at(&["metadata", key]).unwrap_or_default();
        if !meta("name").is_empty() && meta("name") != name {
            let message =
                format!("the name of the object ({}) does not match the name on the URL ({name})", meta("name"));
            return Err(bad(message));
        }
        let Some(live) = cx.store.object(key).map(Object::meta) else { return Err(rest::missing(cx, key)) };
        let resource = self.info.group_resource();
        let conflict = |why: String| {
            ApiError::new(409, "Conflict", format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}"))
        };
        if !meta("uid").is_empty() && meta("uid") != live.uid.to_string() {
            return Err(conflict(format!(
                "StorageError: invalid object, Code: 4, Key: /registry/{}/{}/{name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {}, UID in object meta: {}",
                self.info.plural,
                self.namespace,
                meta("uid"),
                live.uid
            )));
        }
        if !meta("resourceVersion").is_empty() && meta("resourceVersion") != live.resource_version.to_string() {
            return Err(conflict(
                "the object has been modified; please apply your changes to the latest version and try again".into(),
            ));
        }
        Ok(())
    }

    fn delete(&self, cx: &mut Context, key: Key, body: &Value) -> Answer {
        let propagation = match body.get("propagationPolicy") {
            None | Some(Value::Null) => Propagation::Background,
            Some(policy) => match policy.as_str() {
                Some("Orphan") => Propagation::Orphan,
                Some("Foreground") => Propagation::Foreground,
                Some("Background") => Propagation::Background,
                _ => {
                    let mut errors = validation::Errors::default();
                    let known = ["Foreground", "Background", "Orphan", "nil"];
                    errors.unsupported("propagationPolicy", &policy.to_json(), &known);
                    errors.result("DeleteOptions.meta.k8s.io", "")?;
                    Propagation::Background
                }
            },
        };
        let Some(object) = cx.store.object(key) else { return Err(rest::missing(cx, key)) };
        let live = object.meta();
        if let Some(uid) = body.str_at(&["preconditions", "uid"]).filter(|u| **u != live.uid.to_string()) {
            let group = if self.info.group.is_empty() { String::new() } else { format!(".{}", self.info.group) };
            return Err(ApiError::new(
                409,
                "Conflict",
                format!(
                    "Operation cannot be fulfilled on {}{group} \"{}\": the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
                    self.info.kind, live.name, live.uid
                ),
            ));
        }
        let grace_seconds = body.at(&["gracePeriodSeconds"]).and_then(Value::as_i64);
        let before = convert::value_of(cx, object);
        cx.delete(key, DeleteOptions { propagation, grace_seconds })?;
        Ok((200, convert::to_value(cx, key).unwrap_or(before)))
    }
}

/// Whether a JSON text ended before it was complete.
fn json_ended(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0i32, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    quoted || depth > 0
}
