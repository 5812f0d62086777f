//! [`Shell`]: the commands that were given, what they print as simulated time passes, and their history.

mod running;

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
/// Where what was printed waits for the module that goes on with the run.
const PRINTED_KEY: &str = "podscope/printed";
/// How many command lines are remembered.
const REMEMBERED: usize = 200;
/// How many commands' output is kept.
const KEPT: usize = 60;
/// Between two command lines in storage.
const SEPARATOR: &str = "\u{1e}";
/// Between what is told of one of them.
const FIELD: &str = "\u{1f}";

/// A command, and what it printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: u32,
    /// The tab that it was given in.
    pub tab: u32,
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
    tab: u32,
    wake: Option<SimTime>,
    since: SimTime,
    typed: bool,
}

/// Where kubectl is.
enum Kubectl {
    /// Nobody wanted it yet.
    Away,
    /// On its way; these wait for it.
    Coming(Vec<(u32, u32, Line, bool)>),
    There(Console),
}

struct Inner {
    session: Session,
    kubectl: RefCell<Kubectl>,
    manifest: RefCell<String>,
    entries: RefCell<VecDeque<Entry>>,
    running: RefCell<Vec<Running>>,
    waiting: RefCell<VecDeque<(u32, Line)>>,
    /// The tab that is shown, where what is typed or done elsewhere on the page goes.
    tab: Cell<u32>,
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
        let shell = Self::empty(session, history);
        shell.go_on();
        shell
    }

    fn empty(session: Session, history: Vec<String>) -> Self {
        Self(Rc::new(Inner {
            session,
            kubectl: RefCell::new(Kubectl::Away),
            manifest: RefCell::default(),
            tab: Cell::new(1),
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

    /// What was printed, for the module that goes on with the run.
    pub fn printed(&self) -> String {
        let mut all = String::new();
        for Entry { tab, line, printed, exit, .. } in &*self.0.entries.borrow() {
            let failed = if exit.unwrap_or_default() == 0 { "" } else { "!" };
            for part in [&*tab.to_string(), FIELD, line, FIELD, failed, FIELD] {
                all.push_str(part);
            }
            for (_, text) in printed {
                all.push_str(text);
            }
            all.push_str(SEPARATOR);
        }
        all
    }

    /// Takes up what another module printed, if this one goes on with its run.
    fn go_on(&self) {
        let Some(storage) = dom::window().and_then(|w| w.session_storage().ok().flatten()) else { return };
        let Ok(Some(text)) = storage.get_item(PRINTED_KEY) else { return };
        _ = storage.remove_item(PRINTED_KEY);
        for entry in text.split(SEPARATOR) {
            let mut parts = entry.split(FIELD);
            let mut next = || parts.next().unwrap_or_default();
            let (Ok(tab), line, failed, text) = (next().parse(), next(), next(), next().to_owned()) else { break };
            self.0.tab.set(tab);
            self.record(line.to_owned(), if failed.is_empty() { Ok(&text) } else { Err(&text) });
        }
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

    /// What was given and printed in the tab that is shown, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.entries.borrow().iter().filter(|e| e.tab == self.tab()).cloned().collect()
    }

    /// Whether a command that was typed in a tab still runs.
    pub fn busy(&self, tab: u32) -> bool {
        self.0.running.borrow().iter().any(|r| r.typed && r.tab == tab)
    }

    /// The tab that is shown.
    pub fn tab(&self) -> u32 {
        self.0.tab.get()
    }

    /// Shows this tab.
    pub fn pick(&self, tab: u32) {
        self.0.tab.set(tab);
        self.changed();
    }

    /// The lines that were typed, oldest first.
    pub fn history(&self) -> Vec<String> {
        self.0.history.borrow().clone()
    }

    /// Forgets what was printed in the tab that is shown; what runs there is stopped.
    pub fn clear(&self) {
        let tab = self.tab();
        self.0.waiting.borrow_mut().retain(|w| w.0 != tab);
        self.0.running.borrow_mut().retain(|one| one.tab != tab);
        self.0.entries.borrow_mut().retain(|entry| {
            if entry.tab == tab && entry.running {
                self.forget(entry.id);
            }
            entry.tab != tab
        });
        self.changed();
    }

    /// Runs what was typed: one line, or several, each after the one before has ended.
    pub fn typed(&self, text: &str) {
        self.remember(text);
        let tab = self.tab();
        self.0.waiting.borrow_mut().extend(commands(text).into_iter().map(|line| (tab, line)));
        self.next();
    }

    /// Runs these command lines, whatever else runs.
    pub fn given(&self, text: &str) {
        for line in commands(text) {
            self.start(line, self.tab(), false);
        }
    }

    /// Runs one command, whatever else runs; gives the number of its entry.
    pub fn run(&self, line: &str) -> u32 {
        self.start(Line { text: line.to_owned(), stdin: None }, self.tab(), false)
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
        self.push(Entry { id, tab: self.tab(), line, printed: printed_text, exit, ..Entry::default() });
        self.changed();
    }

    fn push(&self, entry: Entry) {
        let mut entries = self.0.entries.borrow_mut();
        entries.push_back(entry);
        if entries.len() > KEPT {
            entries.pop_front();
        }
    }

    /// Stops what was typed last in the tab that is shown and still runs, or else what runs there at all; says whether
    /// there was anything.
    pub fn interrupt(&self) -> bool {
        let tab = self.tab();
        let stopped = {
            let mut running = self.0.running.borrow_mut();
            let last = |typed: bool| running.iter().rposition(|r| r.tab == tab && (r.typed || !typed));
            last(true).or_else(|| last(false)).map(|at| running.remove(at).id)
        };
        let Some(id) = stopped else { return false };
        self.forget(id);
        self.0.waiting.borrow_mut().retain(|w| w.0 != tab);
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
        for (id, tab, line, typed) in waiting {
            match &error {
                None => self.begin(id, &line, tab, typed),
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
}
