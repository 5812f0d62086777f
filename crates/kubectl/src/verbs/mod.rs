//! The verbs that act.

pub mod apply;
pub mod auth;
pub mod create;
pub mod delete;
pub mod diff;
pub mod drain;
pub mod edit;
pub mod exec;
pub mod expose;
pub mod generate;
pub mod label;
pub mod logs;
pub mod node;
pub mod patch;
pub mod rollout;
pub mod scale;
pub mod set;
pub mod set_env;
pub mod status;
pub mod wait;

use crate::resource::{Found, Selection, refused, resource};
use crate::{Failure, Next, Progress, Session};
use podscope_engine::api::rest::{self, PatchKind};
use podscope_engine::time::SimTime;
use podscope_schema::{KindInfo, Value};

/// What a `--dry-run` flag asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// Do it.
    No,
    /// Only print.
    Client,
    /// Ask the API server, which then changes nothing.
    Server,
}

impl DryRun {
    /// Reads the flag.
    // upstream: kubectl/pkg/cmd/util GetDryRunStrategy
    pub fn of(args: &crate::Args) -> Result<Self, Failure> {
        match args.value("dry-run") {
            "" | "none" | "false" => Ok(Self::No),
            "client" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            "unchanged" => Err("error: --dry-run flag without a value was specified. A value must be set: \"none\", \"server\", or \"client\".".into()),
            other => Err(format!(
                "error: Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            )),
        }
    }

    /// What stands behind the word that says what was done.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

impl Session<'_> {
    /// Patches an object. Says whether anything changed.
    fn patch(&mut self, found: &Found, kind: PatchKind, patch: &Value) -> Result<bool, Failure> {
        let key = found.key.ok_or_else(|| not_writable(found))?;
        rest::patch(&mut self.cluster.cx, key, kind, patch).map_err(|e| refused(&e))
    }

    /// Patches an object strategically.
    fn strategic(&mut self, found: &Found, patch: &Value) -> Result<bool, Failure> {
        self.patch(found, PatchKind::Strategic, patch)
    }

    /// Whether the object is gone: another one of its name does not count.
    fn is_gone(&self, found: &Found) -> bool {
        let uid = |f: &Found| f.value.str_at(&["metadata", "uid"]).map(str::to_owned);
        self.object(found.info, &found.namespace, &found.name).is_none_or(|now| uid(&now) != uid(found))
    }
}

/// What to wait for until `deadline`.
fn until(deadline: Option<SimTime>) -> Progress {
    Progress::Until(deadline.unwrap_or(SimTime::MAX))
}

/// Says what was done to an object, as `-o` asks for it.
// upstream: cli-runtime/pkg/genericclioptions PrintFlags.ToPrinter
fn result(s: &mut Session, args: &crate::Args, info: &'static KindInfo, value: &Value, word: &str, dry: DryRun) {
    let name = value.str_at(&["metadata", "name"]).unwrap_or_default();
    let shown = format!("{}/{name}", resource(info));
    match args.value("output") {
        "" => s.say(format!("{shown} {word}{}", dry.suffix())),
        "name" => s.say(shown),
        _ => {
            let namespace = value.str_at(&["metadata", "namespace"]).unwrap_or_default();
            let value = value.clone();
            let found = Found { info, namespace: namespace.into(), name: name.into(), key: None, value };
            match crate::print::object(args, &found) {
                Ok(text) => s.out.stdout.push_str(&text),
                Err(text) => s.warn(text),
            }
        }
    }
}

/// Says what was done to an object that was there, with the object as it is now.
fn said(s: &mut Session, args: &crate::Args, found: &Found, word: &str, dry: DryRun) {
    let now = s.object(found.info, &found.namespace, &found.name).map_or_else(|| found.value.clone(), |f| f.value);
    result(s, args, found.info, &now, word, dry);
}

/// Does something to each object, goes on when one fails, and tells of all failures in the end.
// upstream: cli-runtime/pkg/resource ContinueOnErrorVisitor
fn each(
    s: &mut Session,
    selection: &Selection,
    mut act: impl FnMut(&mut Session, &Found) -> Result<(), Failure>,
) -> Result<Next, Failure> {
    let mut errors = selection.errors.clone();
    for found in &selection.found {
        errors.extend(act(s, found).err());
    }
    joined(errors)
}

/// Several failures as one text: only a single one is marked as an error.
// upstream: kubectl/pkg/cmd/util checkErr, MultipleErrors
fn joined(mut errors: Vec<Failure>) -> Result<Next, Failure> {
    if errors.len() > 1 {
        for e in &mut errors {
            if let Some(bare) = e.strip_prefix("error: ") {
                *e = bare.to_owned();
            }
        }
    }
    if errors.is_empty() { Ok(None) } else { Err(errors.join("\n")) }
}

/// Objects that are derived from others cannot be written.
fn not_writable(found: &Found) -> Failure {
    format!("error: {} is not simulated as an object of its own", found.shown())
}
