//! `create -f` and `replace`.

use crate::flag::Args;
use crate::manifest::{self, Manifest};
use crate::resource::refused_when;
use crate::verbs::{DryRun, apply, joined, result};
use crate::{Failure, Next, Session};
use podscope_engine::api::{ApiError, DeleteOptions, rest};
use podscope_schema::Value;

/// `create -f …`
// upstream: kubectl/pkg/cmd/create
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.files().is_empty() {
        if !args.words.is_empty() {
            let words = args.words.join(" ");
            return Err(format!("error: Unexpected args: [{words}]\nSee 'kubectl create -h' for help and examples"));
        }
        return Err("error: must specify one of -f and -k".into());
    }
    let dry = DryRun::of(args)?;
    let (mut manifests, mut errors) = manifest::read(s, args)?;
    manifest::choose(&mut manifests, args)?;
    if manifests.is_empty() && errors.is_empty() {
        return Err("error: no objects passed to create".into());
    }
    for m in &mut manifests {
        manifest::lenient(s, args, m);
        let body = if args.on("save-config") { apply::annotated(m) } else { m.value.clone() };
        match post(s, m, &body, dry) {
            Ok(made) => result(s, args, m.info, &made, "created", dry),
            Err(e) => errors.push(refused_when(&format!("error when creating {:?}: ", m.source), &e)),
        }
    }
    joined(errors)
}

/// Creates an object, or gives it as it would be sent.
pub fn post(s: &mut Session, m: &Manifest, body: &Value, dry: DryRun) -> Result<Value, ApiError> {
    if dry == DryRun::Client {
        return Ok(body.clone());
    }
    let path = manifest::collection(m.info, &m.namespace);
    // What is sent is JSON as Go writes it: keys are sorted. A resourceVersion is taken out.
    // upstream: cli-runtime/pkg/resource Helper.CreateWithOptions
    let mut body = crate::print::sorted(body);
    if let Some(meta) = body.make_map().get_mut("metadata") {
        meta.make_map().remove("resourceVersion");
    }
    rest::call(&mut s.cluster.cx, "POST", &path, "application/json", &body)
}

/// `replace -f …`
// upstream: kubectl/pkg/cmd/replace
pub fn replace(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.files().is_empty() {
        return Err("error: must specify --filename to replace".into());
    }
    let dry = DryRun::of(args)?;
    let (mut manifests, mut errors) = manifest::read(s, args)?;
    if manifests.is_empty() && errors.is_empty() {
        return Err("error: no objects passed to replace".into());
    }
    for m in &mut manifests {
        manifest::lenient(s, args, m);
        let doing = format!("error when replacing {:?}: ", m.source);
        if args.on("force") && dry == DryRun::No {
            if let Some(found) = s.object(m.info, &m.namespace, &m.name)
                && let Some(key) = found.key
            {
                let options = DeleteOptions { grace_seconds: Some(0), ..DeleteOptions::default() };
                if s.cluster.cx.delete(key, options).is_ok() {
                    crate::verbs::delete::told(s, args, &found, "deleted", dry);
                }
            }
            match post(s, m, &m.value, dry) {
                Ok(made) => result(s, args, m.info, &made, "replaced", dry),
                Err(e) => errors.push(refused_when(&doing, &e)),
            }
            continue;
        }
        let body = if args.on("save-config") { apply::annotated(m) } else { m.value.clone() };
        let path = format!("{}/{}", manifest::collection(m.info, &m.namespace), m.name);
        let done = if dry == DryRun::Client {
            Ok(body)
        } else {
            rest::call(&mut s.cluster.cx, "PUT", &path, "application/json", &body)
        };
        match done {
            Ok(made) => result(s, args, m.info, &made, "replaced", dry),
            Err(e) => errors.push(refused_when(&doing, &e)),
        }
    }
    joined(errors)
}
