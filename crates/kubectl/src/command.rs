//! Commands: started, polled while simulated time passes, or run to their end.

use crate::flag::Args;
use crate::verb::{self, Verb};
use crate::{Failure, Next, Output, Progress, Session, words};
use podscope_engine::Cluster;
use podscope_engine::fault::Fault;
use podscope_engine::time::SimTime;
use std::rc::Rc;
use std::time::Duration;

/// Where a command line's files are.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// Why there is none, such as `no such file or directory`.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// No files at all.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("no such file or directory".into())
    }
}

/// What a command printed since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poll {
    /// New standard output.
    pub stdout: String,
    /// New standard error.
    pub stderr: String,
    /// The exit code, once the command is done.
    pub exit: Option<i32>,
    /// A text that the command wants edited: give it to an editor, and the answer to [`Command::edited`].
    pub edit: Option<String>,
    /// When to poll again even if nothing changes.
    pub wake: Option<SimTime>,
    /// Whether the command goes on until it is interrupted: drop it to do so.
    pub endless: bool,
}

/// A command that may take simulated time.
pub struct Command {
    namespace: Rc<str>,
    stdin: Rc<str>,
    files: Rc<dyn Files>,
    edited: Option<String>,
    rest: Next,
}

impl Command {
    /// Starts a command line (with or without the leading `kubectl`), and says what it printed at once.
    pub fn start(
        cluster: &mut Cluster,
        namespace: &str,
        line: &str,
        stdin: &str,
        files: Rc<dyn Files>,
    ) -> (Self, Poll) {
        let mut command = Self { namespace: namespace.into(), stdin: stdin.into(), files, edited: None, rest: None };
        let poll = command.step(cluster, |s, rest| {
            *rest = begin(s, line)?;
            Ok(())
        });
        (command, poll)
    }

    /// Looks at the cluster again: call this when it changed, or when [`Poll::wake`] has come.
    pub fn poll(&mut self, cluster: &mut Cluster) -> Poll {
        self.step(cluster, |_, _| Ok(()))
    }

    /// Goes on with the text that the editor gave back.
    pub fn edited(&mut self, cluster: &mut Cluster, text: String) -> Poll {
        self.edited = Some(text);
        self.poll(cluster)
    }

    fn step(
        &mut self,
        cluster: &mut Cluster,
        first: impl FnOnce(&mut Session, &mut Next) -> Result<(), Failure>,
    ) -> Poll {
        let mut session = Session {
            cluster,
            namespace: Rc::clone(&self.namespace),
            stdin: Rc::clone(&self.stdin),
            files: Rc::clone(&self.files),
            edited: self.edited.take(),
            out: Output::default(),
        };
        let s = &mut session;
        let result = first(s, &mut self.rest).and_then(|()| match &mut self.rest {
            None => Ok(Progress::Done),
            Some(rest) => rest.poll(s),
        });
        // A verb may have chosen another namespace by flag.
        self.namespace = Rc::clone(&s.namespace);
        let mut poll = Poll::default();
        match result {
            Ok(Progress::Done) => poll.exit = Some(s.out.exit),
            Ok(Progress::Until(at)) => poll.wake = (at < SimTime::MAX).then_some(at),
            Ok(Progress::Endless) => poll.endless = true,
            Ok(Progress::Edit(text)) => poll.edit = Some(text),
            Err(text) => {
                if !text.is_empty() {
                    s.warn(text);
                }
                poll.exit = Some(if s.out.exit == 0 { 1 } else { s.out.exit });
            }
        }
        if poll.exit.is_some() {
            self.rest = None;
        }
        poll.stdout = std::mem::take(&mut s.out.stdout);
        poll.stderr = std::mem::take(&mut s.out.stderr);
        poll
    }
}

/// Reads the line and runs its verb.
fn begin(s: &mut Session, line: &str) -> Result<Next, Failure> {
    let words = words::split(line).map_err(|e| format!("error: {e}"))?;
    if let Some(("podscope", rest)) = words.split_first().map(|(w, rest)| (&**w, rest)) {
        return fault(s, rest);
    }
    let words = words.strip_prefix(&["kubectl".to_owned()][..]).unwrap_or(&words);
    let (verb, rest) = verb::resolve(words)?;
    let declared = verb.map_or_else(|| crate::flag::GLOBAL.iter().collect(), |v: &'static Verb| v.flags().collect());
    let name = verb.map_or_else(|| "kubectl".to_owned(), |v| format!("kubectl {}", v.name));
    let args = Args::parse(&rest, declared).map_err(|e| format!("error: {e}\nSee '{name} --help' for usage."))?;
    let Some(verb) = verb else {
        s.out.stdout.push_str(&verb::overview());
        return Ok(None);
    };
    if args.on("help") {
        s.out.stdout.push_str(&verb::help(verb));
        return Ok(None);
    }
    if let Some(namespace) = args.given("namespace").filter(|n| !n.is_empty()) {
        s.namespace = namespace.into();
    }
    let Some(run) = verb.run else {
        // upstream: kubectl/pkg/cmd/util DefaultSubCommandRun
        if args.words.is_empty() {
            let stream = if verb.name == "rollout" { &mut s.out.stdout } else { &mut s.out.stderr };
            stream.push_str(&verb::help(verb));
            s.out.exit = 1;
            return Ok(None);
        }
        let what = args.words.join(" ");
        return Err(format!("error: unknown command {what:?}\nSee '{name} -h' for help and examples"));
    };
    let next = if matches!(args.value("dry-run"), "client" | "server") {
        // What would become of it is found on a copy.
        let mut copy = s.cluster.clone();
        let mut trial = Session {
            cluster: &mut copy,
            namespace: Rc::clone(&s.namespace),
            stdin: Rc::clone(&s.stdin),
            files: Rc::clone(&s.files),
            edited: None,
            out: std::mem::take(&mut s.out),
        };
        let done = run(&mut trial, &args);
        s.out = trial.out;
        done?
    } else {
        run(s, &args)?
    };
    if args.on("warnings-as-errors") {
        let count = s.out.stderr.lines().filter(|l| l.starts_with("Warning: ")).count();
        if count > 0 {
            let many = if count == 1 { "" } else { "s" };
            return Err(format!("error: {count} warning{many} received"));
        }
    }
    Ok(next)
}

/// `podscope crash pod/db-0` and the like: what breaks things on purpose, which kubectl has no word for.
fn fault(s: &mut Session, words: &[String]) -> Result<Next, Failure> {
    let mut words = words.to_vec();
    if let Some(at) = words.iter().position(|w| w == "-n").filter(|at| at + 1 < words.len()) {
        s.namespace = words.remove(at + 1).into();
        words.remove(at);
    }
    let fault = Fault::parse(&words.join(" "))?;
    let namespace = Rc::clone(&s.namespace);
    s.cluster.fault(&namespace, &fault).map_err(|e| format!("error: {e}"))?;
    s.out.stdout.push_str(&fault.said());
    s.out.stdout.push('\n');
    Ok(None)
}

/// Runs one command line to its end, without files. Commands that wait advance simulated time.
pub fn run(cluster: &mut Cluster, namespace: &str, line: &str, stdin: &str) -> Output {
    run_with(cluster, namespace, line, stdin, Rc::new(NoFiles))
}

/// As [`run`], with files. A command that would go on until it is interrupted is, when it had nothing new to say for a
/// minute of simulated time, or after an hour.
pub fn run_with(cluster: &mut Cluster, namespace: &str, line: &str, stdin: &str, files: Rc<dyn Files>) -> Output {
    let (mut command, mut poll) = Command::start(cluster, namespace, line, stdin, files);
    let mut out = Output::default();
    // A day of simulated time stands for "for ever".
    let end = cluster.now() + Duration::from_hours(24);
    let interrupt = cluster.now() + Duration::from_hours(1);
    let mut last_said = cluster.now();
    loop {
        if !poll.stdout.is_empty() || !poll.stderr.is_empty() {
            last_said = cluster.now();
        }
        out.stdout.push_str(&poll.stdout);
        out.stderr.push_str(&poll.stderr);
        if let Some(exit) = poll.exit {
            out.exit = exit;
            return out;
        }
        if poll.edit.is_some() {
            out.stderr.push_str("error: there is no editor here\n");
            out.exit = 1;
            return out;
        }
        let limit = if poll.endless {
            interrupt.min(last_said + Duration::from_mins(1))
        } else {
            poll.wake.unwrap_or(end).min(end)
        };
        if !advance_to_change(cluster, limit) && (poll.endless || limit >= end) {
            out.exit = i32::from(!poll.endless);
            return out;
        }
        poll = command.poll(cluster);
    }
}

/// Runs the cluster until something was written, or until `limit`. Says whether something was written.
fn advance_to_change(cluster: &mut Cluster, limit: SimTime) -> bool {
    let before = cluster.version();
    while cluster.version() == before {
        let next = cluster.cx.next_time().unwrap_or(SimTime::MAX);
        if next > limit {
            cluster.advance_to(limit, 1);
            return false;
        }
        cluster.advance_to(next, 1);
    }
    true
}
