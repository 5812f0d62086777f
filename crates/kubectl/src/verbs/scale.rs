//! `scale`.

use crate::flag::Args;
use crate::resource::{Bare, refused};
use crate::verbs::{DryRun, each, not_writable, said};
use crate::{Failure, Next, Session};
use podscope_engine::api::rest;
use podscope_schema::Value;

/// `scale KIND/NAME… --replicas=N [--current-replicas=M] [--resource-version=V]`
// upstream: kubectl/pkg/cmd/scale
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let Some(replicas) = args.given("replicas").and_then(|v| v.parse::<i64>().ok()) else {
        return Err("error: required flag(s) \"replicas\" not set".into());
    };
    if replicas < 0 {
        return Err("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0".into());
    }
    let dry = DryRun::of(args)?;
    let selection = s.targets(args, &args.words, Bare::Flag)?;
    if let Some(errors) = selection.failure()
        && selection.found.is_empty()
    {
        return Err(errors);
    }
    if selection.found.is_empty() {
        return Err("error: no objects passed to scale".into());
    }
    let wanted = args.int("current-replicas").filter(|n| *n >= 0);
    if selection.found.len() > 1 && (wanted.is_some() || args.given("resource-version").is_some()) {
        return Err("error: cannot use --resource-version with multiple resources".into());
    }
    each(s, &selection, |s, found| {
        let current = found.value.at(&["spec", "replicas"]).and_then(Value::as_i64).unwrap_or_default();
        if !matches!(found.info.kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController") {
            return Err("Error from server (NotFound): the server could not find the requested resource".into());
        }
        if let Some(want) = wanted.filter(|w| *w != current) {
            return Err(format!("error: Expected replicas to be {want}, was {current}"));
        }
        let version = found.value.str_at(&["metadata", "resourceVersion"]).unwrap_or_default();
        if let Some(want) = args.given("resource-version").filter(|v| *v != version) {
            return Err(format!("error: Expected resource version to be {want}, was {version}"));
        }
        let key = found.key.ok_or_else(|| not_writable(found))?;
        rest::scale(&mut s.cluster.cx, key, replicas).map_err(|e| refused(&e))?;
        said(s, args, found, "scaled", dry);
        Ok(())
    })
}
