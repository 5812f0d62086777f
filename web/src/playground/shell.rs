//! [`Shell`]: the commands that were given, what they print as simulated time passes, and their history.

use super::console::{Candidate, Console, Poll};
use super::script::{Line, commands};
use super::why::Answer;
use crate::dom;
use crate::session::{Session, Subscription, Topic};
use crate::subject::Subject;
use podscope_engine::time::SimTime;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use yew::Callback;

/// Where the history is kept.
pub const HISTORY_KEY: &str = "podscope/kubectl";
/// What the manifest in the editor is called on a command line.
pub const MANIFEST_FILE: &str = "manifest.yaml";
/// How many command lines are remembered.
const REMEMBERED: usize = 200;
/// How many commands' output is kept.
const KEPT: usize = 60;
/// How much a command's output may be, in bytes; its beginning is dropped first.
const LONGEST: usize = 60_000;
/// Between two command lines in storage.
const SEPARATOR: &str = "\u{1e}";

/// A command, and what it printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: u32,
    /// The command line.
    pub line: String,
    /// What it printed, and whether on standard error.
    pub printed: Vec<(bool, String)>,
    /// Whether it still runs.
    pub running: bool,
    /// The exit code; none when it was stopped.
    pub exit: Option<i32>,
    /// A text that it wants edited.
    pub edit: Option<String>,
}

struct Running {
    id: u32,
    wake: Option<SimTime>,
    since: SimTime,
    typed: bool,
}

/// Where kubectl is.
enum Kubectl {
    /// Nobody wanted it yet.
    Away,
    /// On its way; these wait for it.
    Coming(Vec<(u32, Line, bool)>),
    There(Console),
}

struct Inner {
    session: Session,
    kubectl: RefCell<Kubectl>,
    manifest: RefCell<String>,
    entries: RefCell<VecDeque<Entry>>,
    running: RefCell<Vec<Running>>,
    waiting: RefCell<VecDeque<Line>>,
    history: RefCell<Vec<String>>,
    next: Cell<u32>,
    version: Cell<u64>,
    polling: Cell<bool>,
    /// Whether the module could not be loaded.
    failed: Cell<bool>,
    on_change: RefCell<Callback<()>>,
}

/// A handle on the commands of a session; clones share them.
#[derive(Clone)]
pub struct Shell(Rc<Inner>);

impl PartialEq for Shell {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Shell {
    /// A shell on a session, with the history of earlier visits.
    pub fn new(session: Session) -> Self {
        let history = dom::load(HISTORY_KEY).unwrap_or_default();
        let history = history.split(SEPARATOR).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Self(Rc::new(Inner {
            session,
            kubectl: RefCell::new(Kubectl::Away),
            manifest: RefCell::default(),
            entries: RefCell::default(),
            running: RefCell::default(),
            waiting: RefCell::default(),
            history: RefCell::new(history),
            next: Cell::new(0),
            version: Cell::new(0),
            polling: Cell::new(false),
            failed: Cell::new(false),
            on_change: RefCell::default(),
        }))
    }

    /// Calls `on_change` when there is something new to show, and follows the session's clock, until it is dropped.
    pub fn follow(&self, on_change: Callback<()>) -> Subscription {
        *self.0.on_change.borrow_mut() = on_change;
        let weak = Rc::downgrade(&self.0);
        let look = move |()| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).poll();
            }
        };
        self.0.session.subscribe(Topic::Clock, Callback::from(look))
    }

    /// What `manifest.yaml` holds.
    pub fn set_manifest(&self, text: &str) {
        text.clone_into(&mut self.0.manifest.borrow_mut());
    }

    /// The text in the editor.
    pub fn manifest(&self) -> String {
        self.0.manifest.borrow().clone()
    }

    /// What was given and printed, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.entries.borrow().iter().cloned().collect()
    }

    /// Whether a command that was typed still runs.
    pub fn busy(&self) -> bool {
        self.0.running.borrow().iter().any(|r| r.typed)
    }

    /// The lines that were typed, oldest first.
    pub fn history(&self) -> Vec<String> {
        self.0.history.borrow().clone()
    }

    /// Forgets what was printed; what runs is stopped.
    pub fn clear(&self) {
        self.0.waiting.borrow_mut().clear();
        let running = std::mem::take(&mut *self.0.running.borrow_mut());
        for one in running {
            self.forget(one.id);
        }
        self.0.entries.borrow_mut().clear();
        self.changed();
    }

    /// Runs what was typed: one line, or several, each after the one before has ended.
    pub fn typed(&self, text: &str) {
        self.remember(text);
        self.0.waiting.borrow_mut().extend(commands(text));
        self.next();
    }

    /// Runs these command lines, whatever else runs.
    pub fn given(&self, text: &str) {
        for line in commands(text) {
            self.start(line, false);
        }
    }

    /// Runs one command, whatever else runs; gives the number of its entry.
    pub fn run(&self, line: &str) -> u32 {
        self.start(Line { text: line.to_owned(), stdin: None }, false)
    }

    /// The session that the commands run on.
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// Adds a command that was done otherwise, and what it would have printed.
    pub fn record(&self, line: String, printed: Result<&str, &String>) {
        let id = self.0.next.replace(self.0.next.get() + 1);
        let text = printed.unwrap_or_else(|error| error);
        let printed_text = if text.is_empty() { Vec::new() } else { vec![(printed.is_err(), text.to_owned())] };
        let exit = Some(i32::from(printed.is_err()));
        self.push(Entry { id, line, printed: printed_text, exit, ..Entry::default() });
        self.changed();
    }

    fn push(&self, entry: Entry) {
        let mut entries = self.0.entries.borrow_mut();
        entries.push_back(entry);
        if entries.len() > KEPT {
            entries.pop_front();
        }
    }

    /// Stops what was typed last and still runs, or else what runs at all; says whether there was anything.
    pub fn interrupt(&self) -> bool {
        let stopped = {
            let mut running = self.0.running.borrow_mut();
            let at = running.iter().rposition(|r| r.typed).or_else(|| running.len().checked_sub(1));
            at.map(|at| running.remove(at).id)
        };
        let Some(id) = stopped else { return false };
        self.forget(id);
        self.0.waiting.borrow_mut().clear();
        self.entry(id, |entry| {
            entry.running = false;
            entry.edit = None;
            entry.printed.push((false, "^C\n".into()));
        });
        self.changed();
        true
    }

    /// Gives a command the text that it wanted edited.
    pub fn edited(&self, id: u32, text: &str) {
        self.step(id, |console, session| console.edited(session, id, text));
        self.next();
    }

    /// What may stand at a byte of a line; none while kubectl is on its way.
    pub fn complete(&self, line: &str, cursor: usize) -> Option<Vec<Candidate>> {
        self.want();
        let session = self.0.session.clone();
        self.ask(|console| console.complete(&session, line, cursor))
    }

    /// Why an object is as it is.
    pub fn why(&self, subject: &Subject) -> Answer {
        if self.0.failed.get() {
            // Only a command tries again.
            return Answer::none("What answers this could not be loaded.");
        }
        self.want();
        let session = self.0.session.clone();
        self.ask(|console| console.explain(&session, subject)).unwrap_or_else(|| Answer::none("…"))
    }

    /// Brings kubectl's cluster to where the page's is; false while it is on its way.
    pub fn follows(&self) -> bool {
        self.want();
        self.ask(|console| console.follow(&self.0.session)).is_some()
    }

    /// What is known of the database that an object belongs to, as JSON; empty as long as nothing is.
    pub fn database(&self, subject: &Subject) -> String {
        let session = self.0.session.clone();
        self.ask(|console| console.database(&session, subject)).unwrap_or_default()
    }

    /// Whether kubectl is on its way.
    pub fn coming(&self) -> bool {
        matches!(*self.0.kubectl.borrow(), Kubectl::Coming(_))
    }

    /// Has kubectl loaded, if it is not there and not on its way.
    pub fn want(&self) {
        {
            let mut kubectl = self.0.kubectl.borrow_mut();
            if !matches!(*kubectl, Kubectl::Away) {
                return;
            }
            *kubectl = Kubectl::Coming(Vec::new());
        }
        let weak = Rc::downgrade(&self.0);
        Console::load(Callback::from(move |console: Result<Console, String>| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).loaded(console);
            }
        }));
    }

    /// Whether kubectl is there.
    pub fn there(&self) -> bool {
        matches!(*self.0.kubectl.borrow(), Kubectl::There(_))
    }

    fn loaded(&self, console: Result<Console, String>) {
        let (there, error) = match console {
            Ok(console) => (Kubectl::There(console), None),
            Err(why) => (Kubectl::Away, Some(why)),
        };
        self.0.failed.set(error.is_some());
        let Kubectl::Coming(waiting) = self.0.kubectl.replace(there) else { return };
        for (id, line, typed) in waiting {
            match &error {
                None => self.begin(id, &line, typed),
                Some(why) => {
                    self.note(id, Poll { printed: [String::new(), why.clone()], exit: Some(1), ..Poll::default() });
                    self.changed();
                }
            }
        }
        self.next_after_poll();
        self.changed();
        // Whoever asked why, asks again.
        self.0.session.show_again();
    }

    fn forget(&self, id: u32) {
        match &mut *self.0.kubectl.borrow_mut() {
            Kubectl::There(console) => console.stop(id),
            Kubectl::Coming(waiting) => waiting.retain(|w| w.0 != id),
            Kubectl::Away => {}
        }
    }

    fn changed(&self) {
        let callback = self.0.on_change.borrow().clone();
        callback.emit(());
    }

    fn remember(&self, text: &str) {
        let text = text.trim();
        let mut history = self.0.history.borrow_mut();
        if text.is_empty() || history.last().is_some_and(|last| last == text) {
            return;
        }
        history.push(text.to_owned());
        let spare = history.len().saturating_sub(REMEMBERED);
        history.drain(..spare);
        // Long ones, such as whole manifests, are for this visit only.
        let kept: Vec<&str> = history.iter().map(String::as_str).filter(|line| line.len() < 500).collect();
        let _ = dom::store(HISTORY_KEY, &kept.join(SEPARATOR));
    }

    /// Starts the lines that wait, until one does not end at once.
    fn next(&self) {
        while !self.busy() {
            let Some(line) = self.0.waiting.borrow_mut().pop_front() else { break };
            if matches!(line.text.as_str(), "clear" | "cls" | "reset") {
                self.clear();
            } else {
                self.start(line, true);
            }
        }
        self.changed();
    }

    fn start(&self, line: Line, typed: bool) -> u32 {
        let id = self.0.next.replace(self.0.next.get() + 1);
        let shown = if line.text.starts_with("kubectl") || line.text.starts_with("podscope ") {
            line.text.clone()
        } else {
            format!("kubectl {}", line.text)
        };
        self.push(Entry { id, line: shown, running: true, ..Entry::default() });
        self.want();
        let now = {
            match &mut *self.0.kubectl.borrow_mut() {
                Kubectl::Coming(waiting) => {
                    waiting.push((id, line.clone(), typed));
                    false
                }
                _ => true,
            }
        };
        if now {
            self.begin(id, &line, typed);
        } else {
            // Nothing else begins before it.
            self.0.running.borrow_mut().push(Running { id, wake: None, since: SimTime::ZERO, typed });
            self.changed();
        }
        id
    }

    fn begin(&self, id: u32, line: &Line, typed: bool) {
        self.0.running.borrow_mut().retain(|r| r.id != id);
        let stdin = line.stdin.as_deref().unwrap_or_default();
        let since = self.0.session.now();
        let manifest = self.0.manifest.borrow().clone();
        let session = self.0.session.clone();
        let file = (MANIFEST_FILE, manifest.as_str());
        let Some(poll) = self.ask(|console| console.start(&session, id, &line.text, stdin, file)) else { return };
        if poll.exit.is_none() {
            self.0.running.borrow_mut().push(Running { id, wake: poll.wake, since, typed });
        }
        self.note(id, poll);
        self.changed();
    }

    /// Asks kubectl, if it is there; what it changes is no reason to ask again.
    fn ask<T>(&self, question: impl FnOnce(&mut Console) -> T) -> Option<T> {
        self.0.polling.set(true);
        let answer = match &mut *self.0.kubectl.borrow_mut() {
            Kubectl::There(console) => Some(question(console)),
            _ => None,
        };
        self.0.polling.set(false);
        answer
    }

    /// Asks every running command again when the cluster changed, or its time has come.
    fn poll(&self) {
        if self.0.polling.get() || self.0.running.borrow().is_empty() || !self.there() {
            return;
        }
        let now = self.0.session.now();
        let version = self.0.session.read(crate::cluster::Cluster::version);
        let changed = self.0.version.replace(version) != version;
        let due: Vec<(u32, bool)> = {
            let running = self.0.running.borrow();
            let due = running.iter().filter(|r| changed || now < r.since || r.wake.is_some_and(|at| at <= now));
            due.map(|r| (r.id, now < r.since)).collect()
        };
        for (id, over) in due {
            if over {
                // Time began again: its cluster is no more.
                self.0.running.borrow_mut().retain(|r| r.id != id);
                self.forget(id);
                self.entry(id, |entry| entry.running = false);
                self.changed();
            } else {
                self.step(id, |console, session| console.poll(session, id));
            }
        }
        self.next_after_poll();
    }

    fn next_after_poll(&self) {
        if !self.0.waiting.borrow().is_empty() && !self.busy() {
            self.next();
        }
    }

    fn step(&self, id: u32, ask: impl FnOnce(&mut Console, &Session) -> Poll) {
        let found = {
            let mut running = self.0.running.borrow_mut();
            running.iter().position(|r| r.id == id).map(|at| running.remove(at))
        };
        let Some(mut one) = found else { return };
        let session = self.0.session.clone();
        let Some(poll) = self.ask(|console| ask(console, &session)) else { return };
        if poll.exit.is_none() {
            one.wake = poll.wake;
            self.0.running.borrow_mut().push(one);
        }
        let news = poll.printed.iter().any(|text| !text.is_empty()) || poll.exit.is_some() || poll.edit.is_some();
        self.note(id, poll);
        if news {
            self.changed();
        }
    }

    fn note(&self, id: u32, poll: Poll) {
        self.entry(id, |entry| {
            for (error, text) in [false, true].into_iter().zip(poll.printed) {
                match entry.printed.last_mut() {
                    _ if text.is_empty() => {}
                    Some((kind, before)) if *kind == error => before.push_str(&text),
                    _ => entry.printed.push((error, text)),
                }
            }
            if let Some((_, text)) = entry.printed.last_mut().filter(|(_, text)| text.len() > LONGEST) {
                let from = text.len() - LONGEST;
                let from =
                    text[..].char_indices().find(|(at, c)| *at >= from && *c == '\n').map_or(0, |(at, _)| at + 1);
                text.drain(..from);
            }
            entry.edit = poll.edit;
            entry.running = poll.exit.is_none();
            entry.exit = poll.exit;
        });
    }

    fn entry(&self, id: u32, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.0.entries.borrow_mut().iter_mut().find(|e| e.id == id) {
            change(entry);
        }
    }
}
