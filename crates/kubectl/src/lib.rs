//! The kubectl dialect: parse a command line, run it on an engine, print as kubectl prints.

mod args;
mod delete;
mod get;
mod label;
mod node;
mod resource;
mod rollout;
mod write;

use args::Args;
use podscope_engine::Cluster;

/// What a command printed, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The exit code.
    pub exit: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    fn fail(message: impl Into<String>) -> Self {
        Self { exit: 1, stdout: String::new(), stderr: message.into() }
    }
}

/// What ends a command: text for standard error.
type Failure = String;

/// One command on a cluster.
struct Session<'a> {
    cluster: &'a mut Cluster,
    namespace: String,
    stdin: &'a str,
    out: Output,
}

impl Session<'_> {
    fn say(&mut self, line: impl AsRef<str>) {
        self.out.stdout.push_str(line.as_ref());
        self.out.stdout.push('\n');
    }

    fn warn(&mut self, line: impl AsRef<str>) {
        self.out.stderr.push_str(line.as_ref());
        self.out.stderr.push('\n');
    }
}

/// Runs one command line (with or without the leading `kubectl`). Commands that wait advance simulated time.
pub fn run(cluster: &mut Cluster, namespace: &str, line: &str, stdin: &str) -> Output {
    let words = match args::split(line) {
        Ok(words) => words,
        Err(message) => return Output::fail(format!("error: {message}\n")),
    };
    let words = if words.first().is_some_and(|w| w == "kubectl") { &words[1..] } else { &words[..] };
    let Some(verb) = words.first() else { return Output::fail("error: no command\n") };
    let args = match Args::parse(&words[1..]) {
        Ok(args) => args,
        Err(message) => return Output::fail(format!("error: {message}\nSee 'kubectl {verb} --help' for usage.\n")),
    };
    let namespace = args.value("namespace").unwrap_or(namespace).to_owned();
    let mut session = Session { cluster, namespace, stdin, out: Output::default() };
    let result = match &**verb {
        "apply" | "create" | "replace" => write::apply(&mut session, verb, &args),
        "set" => write::set(&mut session, &args),
        "scale" => write::scale(&mut session, &args),
        "patch" => write::patch(&mut session, &args),
        "label" => label::label(&mut session, &args, "labels"),
        "annotate" => label::label(&mut session, &args, "annotations"),
        "delete" => delete::delete(&mut session, &args),
        "rollout" => rollout::rollout(&mut session, &args),
        "get" => get::get(&mut session, &args),
        "cordon" => node::cordon(&mut session, &args, true),
        "uncordon" => node::cordon(&mut session, &args, false),
        "drain" => node::drain(&mut session, &args),
        "taint" => node::taint(&mut session, &args),
        other => Err(format!("error: unknown command \"{other}\" for \"kubectl\"")),
    };
    let mut out = session.out;
    if let Err(message) = result {
        out.stderr.push_str(&message);
        out.stderr.push('\n');
        out.exit = 1;
    }
    out
}
