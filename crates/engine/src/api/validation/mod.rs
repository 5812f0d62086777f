//! Validation: whether an object's fields make sense together, in the API server's words.
//!
//! Decoding has made sure of the types (see `podscope_schema::check`) and defaults are filled in. Each check mirrors an
//! upstream one and runs in its order, because the order shows in the message.

mod address;
mod autoscaler;
mod batch;
mod container;
mod go_print;
mod job_policy;
mod kept;
mod meta;
mod network_policy;
mod place;
mod pod;
mod pod_update;
mod policy;
mod secret;
mod service;
mod settings;
mod storage;
mod traffic;
mod unified;
mod update;
mod volume;
mod workload;

pub use update::validate_update;

use super::ApiError;
use crate::MORE;
use crate::object::Object;
use podscope_schema::Value;

/// The errors of one object, in the order in which they were found.
// upstream: apimachinery/pkg/util/validation/field ErrorList
#[derive(Debug, Default)]
pub struct Errors(Vec<(&'static str, String, String)>);

impl Errors {
    fn push(&mut self, reason: &'static str, field: &str, message: String) {
        self.0.push((reason, message, field.to_owned()));
    }

    /// A value of the right type that will not do. `value` is printed as JSON.
    pub(crate) fn invalid(&mut self, field: &str, value: &Value, why: &str) {
        self.invalid_text(field, &value.sorted().to_json(), why);
    }

    /// As [`Errors::invalid`], for what Go prints in its own way.
    pub(crate) fn invalid_text(&mut self, field: &str, shown: &str, why: &str) {
        let colon = if why.is_empty() { "" } else { ": " };
        self.push("FieldValueInvalid", field, format!("Invalid value: {shown}{colon}{why}"));
    }

    /// A field that is missing or empty.
    pub(crate) fn required(&mut self, field: &str, why: &str) {
        let colon = if why.is_empty() { "" } else { ": " };
        self.push("FieldValueRequired", field, format!("Required value{colon}{why}"));
    }

    /// A value that is none of the known ones; `shown` is JSON.
    pub(crate) fn unsupported(&mut self, field: &str, shown: &str, known: &[&str]) {
        let known: Vec<String> = known.iter().map(|k| format!("\"{k}\"")).collect();
        let message = format!("Unsupported value: {shown}: supported values: {}", known.join(", "));
        self.push("FieldValueNotSupported", field, message);
    }

    /// A field that may not be there, or not change.
    pub(crate) fn forbidden(&mut self, field: &str, why: &str) {
        self.push("FieldValueForbidden", field, format!("Forbidden: {why}"));
    }

    /// A value that must be unique; `shown` is JSON.
    pub(crate) fn duplicate(&mut self, field: &str, shown: &str) {
        self.push("FieldValueDuplicate", field, format!("Duplicate value: {shown}"));
    }

    /// A reference to nothing.
    pub(crate) fn not_found(&mut self, field: &str, shown: &str) {
        self.push("FieldValueNotFound", field, format!("Not found: {shown}"));
    }

    /// Text that one of the name rules of `podscope_schema::names` refuses.
    pub(crate) fn names(&mut self, field: &str, text: &str, messages: Vec<String>) {
        for message in messages {
            self.invalid(field, &text.into(), &message);
        }
    }

    /// A number that must not be negative.
    // upstream: validation.ValidateNonnegativeField
    pub(crate) fn nonnegative(&mut self, spec: &Value, path: &str, key: &str) {
        if let Some(n) = spec.get(key).and_then(Value::as_i64).filter(|n| *n < 0) {
            self.invalid(&child(path, key), &n.into(), "must be greater than or equal to 0");
        }
    }

    /// The 422 that tells all of them; fine when there is none.
    pub(crate) fn result(self, kind: &str, name: &str) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        // Upstream's aggregate says the same thing only once.
        let mut told: Vec<String> = Vec::new();
        for (_, message, field) in &self.0 {
            let text = format!("{field}: {message}");
            if !told.contains(&text) {
                told.push(text);
            }
        }
        let all = if let [one] = &told[..] { one.clone() } else { format!("[{}]", told.join(", ")) };
        let mut error = ApiError::new(422, "Invalid", format!("{kind} \"{name}\" is invalid: {all}"));
        error.causes = self.0.into_iter().map(|(reason, message, field)| (reason.into(), message, field)).collect();
        Err(error)
    }
}

/// That a spec may not change like this, with what changed of it.
fn forbidden_change(errors: &mut Errors, why: &str, kind: &str, specs: impl FnOnce() -> (Value, Value)) {
    let mut why = why.to_owned();
    if crate::EXACT {
        let (old, new) = specs();
        why.push('\n');
        why.push_str(&go_print::difference(kind, &old, &new));
    }
    errors.forbidden("spec", &why);
}

/// The path of a member.
pub(crate) fn child(path: &str, key: &str) -> String {
    format!("{path}.{key}")
}

/// Checks a new object, with its defaults filled in.
///
/// # Errors
/// `Invalid`.
pub fn validate(object: &Object) -> Result<(), ApiError> {
    let mut errors = Errors::default();
    meta::check(&mut errors, object);
    spec(&mut errors, object, true);
    errors.result(&qualified_kind(object), &object.meta().name)
}

/// Checks the owners that a user names for `object`.
///
/// # Errors
/// `Invalid`.
pub fn validate_owners(value: &Value, object: &Object) -> Result<(), ApiError> {
    let mut errors = Errors::default();
    meta::owners(&mut errors, value.at(&["metadata", "ownerReferences"]).map_or(&[][..], Value::items));
    errors.result(&qualified_kind(object), &object.meta().name)
}

/// Checks the spec. Updates leave out what cannot change anyway.
pub(super) fn spec(errors: &mut Errors, object: &Object, create: bool) {
    match object {
        Object::Deployment(d) => workload::deployment(errors, &d.raw),
        Object::ReplicaSet(r) if r.legacy => workload::replication_controller(errors, r),
        Object::ReplicaSet(r) => workload::replica_set(errors, &r.raw),
        Object::StatefulSet(s) => workload::stateful_set(errors, &s.raw, create),
        // A StatefulSet's pod shares its template's spec and has its claims' volumes besides: look at both.
        Object::Pod(p) => {
            let written = crate::convert::pod_spec(p);
            pod::spec(errors, &written, "spec");
            // upstream: ValidatePodCreate
            let given = |key: &str| !crate::convert::read::list(&written, key).is_empty();
            if crate::RARE && create && given("ephemeralContainers") {
                errors.forbidden("spec.ephemeralContainers", "cannot be set on create");
            }
            if crate::RARE && create && p.node.is_some() && given("schedulingGates") {
                errors.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
            }
        }
        Object::DaemonSet(s) if MORE => workload::daemon_set(errors, &s.raw),
        Object::Job(j) if MORE => batch::job(errors, j, create),
        Object::CronJob(c) if MORE => batch::cron_job(errors, c),
        Object::Service(s) => service::service(errors, &s.raw, create),
        Object::Claim(c) => storage::claim(errors, &c.raw, "spec"),
        Object::Autoscaler(a) if MORE => autoscaler::autoscaler(errors, &a.raw, create),
        Object::DisruptionBudget(b) => policy::budget(errors, &b.raw),
        Object::Other(o) if matches!(&*o.kind, "ConfigMap" | "Secret") && &*o.api_version == "v1" => {
            secret::keys(errors, o);
        }
        Object::Other(o) if crate::STRICT => kept::other(errors, o),
        Object::Volume(v) if crate::RARE && !v.raw.is_null() => volume::volume(errors, &v.raw),
        Object::StorageClass(c) if crate::STRICT => kept::storage_class(errors, &c.raw),
        Object::ResourceQuota(q) if MORE => kept::quota(errors, &q.raw),
        _ => {}
    }
}

/// `Deployment.apps`, or `Pod` for the core group.
pub(super) fn qualified_kind(object: &Object) -> String {
    let (kind, version) = match object {
        Object::Other(o) => (&*o.kind, &*o.api_version),
        _ => (object.kind().name(), object.kind().api_version()),
    };
    version.split_once('/').map_or_else(|| kind.to_owned(), |(group, _)| format!("{kind}.{group}"))
}
