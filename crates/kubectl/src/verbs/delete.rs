//! `delete`.

use crate::flag::Args;
use crate::resource::{Bare, Found, Selection, refused, resource};
use crate::verbs::{DryRun, not_writable};
use crate::{Failure, Next, Progress, Session, Wait};
use podscope_engine::api::{DeleteOptions, Propagation};
use podscope_engine::time::SimTime;

const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/// `delete KIND/NAME… [--cascade=…] [--grace-period=N] [--force] [--wait=false]`
// upstream: kubectl/pkg/cmd/delete
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let propagation = match args.value("cascade") {
        "background" | "true" => Propagation::Background,
        "orphan" | "false" => Propagation::Orphan,
        "foreground" => Propagation::Foreground,
        other => {
            return Err(format!(
                "error: invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            ));
        }
    };
    let mut grace = args.int("grace-period").unwrap_or(-1);
    let force = args.on("force");
    if args.on("now") {
        if grace != -1 {
            return Err("error: --now and --grace-period cannot be specified together".into());
        }
        grace = 1;
    }
    if grace == 0 && !force {
        // Without --force, a grace period of 0 becomes 1, so that the kubelet has a say.
        grace = 1;
    }
    if force {
        match grace {
            i64::MIN..0 => grace = 0,
            0 => {}
            _ => return Err("error: --force and --grace-period greater than 0 cannot be specified together".into()),
        }
        s.warn(FORCED);
    }
    let output = args.value("output");
    if !matches!(output, "" | "name") {
        return Err(format!("error: unexpected -o output mode: {output}. We only support '-o name'"));
    }
    let dry = DryRun::of(args)?;
    let ignore = args.on("ignore-not-found") || args.on("all");
    let selection = targets(s, args)?;
    let mut errors = selection.errors.clone();
    if ignore {
        errors.retain(|e| !e.starts_with("Error from server (NotFound)"));
    }
    let mut deleted = Vec::new();
    for found in &selection.found {
        let Some(key) = found.key else {
            errors.push(not_writable(found));
            continue;
        };
        let options = DeleteOptions { propagation, grace_seconds: (grace >= 0).then_some(grace) };
        if let Err(e) = s.cluster.cx.delete(key, options) {
            errors.push(refused(&e));
            continue;
        }
        deleted.push(found.clone());
        told(s, args, found, if force { "force deleted" } else { "deleted" }, dry);
    }
    if deleted.is_empty() && errors.is_empty() && !(ignore && selection.named) {
        s.say("No resources found");
    }
    if !errors.is_empty() {
        return Err(errors.join("\n"));
    }
    // A forced deletion does not wait unless it is told to.
    let waits = args.on("wait") && (!force || args.given("wait").is_some());
    if !waits || dry != DryRun::No || deleted.is_empty() {
        return Ok(None);
    }
    let limit = args.duration("timeout");
    let deadline = (!limit.is_zero()).then(|| s.now() + limit);
    Ok(Some(Box::new(Gone { left: deleted, deadline })))
}

/// Says that an object was deleted.
pub fn told(s: &mut Session, args: &Args, found: &Found, how: &str, dry: DryRun) {
    let line = if args.value("output") == "name" {
        found.shown()
    } else {
        let from = if found.info.namespaced { format!(" from {} namespace", found.namespace) } else { String::new() };
        format!("{} \"{}\" {how}{from}{}", resource(found.info), found.name, dry.suffix())
    };
    s.say(line);
}

fn targets(s: &Session, args: &Args) -> Result<Selection, Failure> {
    if args.files().is_empty() {
        return s.targets(args, &args.words, Bare::Flag);
    }
    crate::manifest::find(s, args, "deleting")
}

/// Waits until objects are gone.
pub struct Gone {
    /// Which.
    pub left: Vec<Found>,
    /// Until when.
    pub deadline: Option<SimTime>,
}

impl Wait for Gone {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        self.left.retain(|f| !s.is_gone(f));
        let Some(first) = self.left.first() else { return Ok(Progress::Done) };
        if self.deadline.is_some_and(|d| s.now() >= d) {
            return Err(format!("error: timed out waiting for the condition on {}/{}", first.info.plural, first.name));
        }
        Ok(crate::verbs::until(self.deadline))
    }
}
