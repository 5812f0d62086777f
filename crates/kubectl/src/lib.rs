//! The kubectl dialect: parse a command line, run it on an engine, print as kubectl prints.
//!
//! [`run`] runs one command to its end. [`Command`] is the same in steps, for those who show simulated time as it
//! passes. [`complete`] is completion. All three are made of one table of verbs (`verb.rs`).

mod command;
mod complete;
mod derived;
mod describe;
mod flag;
mod flags;
mod manifest;
mod print;
mod resource;
mod selector;
mod shell;
mod table;
mod verb;
mod verbs;
mod words;

pub use command::{Command, Files, Poll, run, run_with};
pub use complete::{Candidate, complete};

use flag::Args;
use podscope_engine::Cluster;
use podscope_engine::time::SimTime;
use std::rc::Rc;

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
    /// Whether the command succeeded.
    pub const fn ok(&self) -> bool {
        self.exit == 0
    }
}

/// What ends a command with exit code 1: text for standard error, without the last line feed. Nothing is printed when
/// it is empty.
type Failure = String;

/// What is left to wait for after a verb ran: none when the command is done.
type Next = Option<Box<dyn Wait>>;

/// How far a waiting command is.
enum Progress {
    /// It is done.
    Done,
    /// It waits for a change, or for this instant.
    Until(SimTime),
    /// It shows changes until it is interrupted.
    Endless,
    /// It waits for its host to edit this text, and finds the answer in [`Session::edited`].
    Edit(String),
}

/// The rest of a command that waits. It is asked again after each change and each instant that it named.
trait Wait {
    /// Looks at the cluster as it is now, and prints what is new.
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure>;
}

/// One command on a cluster.
struct Session<'a> {
    cluster: &'a mut Cluster,
    namespace: Rc<str>,
    stdin: Rc<str>,
    files: Rc<dyn Files>,
    /// What the host's editor gave back.
    edited: Option<String>,
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

    fn now(&self) -> SimTime {
        self.cluster.now()
    }
}
