//! [`Host`]: a cluster that does what another one did, for commands to be run on.

use crate::lesson::Lesson;
use crate::sync::{self, Memory};
use podscope_engine::api::input::Input;
use podscope_engine::checkpoints::Checkpoints;
use podscope_engine::explain::{Explanation, Mood};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_kubectl::{Command, Files, Poll, complete};
use podscope_schema::Value;
use std::cell::RefCell;
use std::rc::Rc;

/// How much of what is due runs at a time.
const EVENTS: usize = 1000;
/// How much of it, while somebody is in a lesson: what was so only for a moment is to be seen.
const CLOSELY: usize = 1;

/// One file: the manifest in the page's editor.
struct Manifest {
    name: String,
    text: Rc<RefCell<String>>,
}

impl Files for Manifest {
    fn read(&self, path: &str) -> Result<String, String> {
        if path.trim_start_matches("./") == self.name {
            Ok(self.text.borrow().clone())
        } else {
            Err("no such file or directory".into())
        }
    }
}

/// A cluster beside the page's: since a run is its inputs, it is brought to the same instant by being told them. What
/// commands ask of it is an input too, which the page then gives to its own cluster.
pub struct Host {
    cluster: Cluster,
    past: Checkpoints,
    commands: Vec<(u32, Command)>,
    manifest: Rc<RefCell<String>>,
    lesson: Option<Lesson>,
    /// The command that was started last, and what it printed.
    last: (u32, String),
    memory: Memory,
}

impl Default for Host {
    fn default() -> Self {
        let cluster = Cluster::new(Config::default());
        Self {
            past: Checkpoints::new(&cluster),
            cluster,
            commands: Vec::new(),
            manifest: Rc::default(),
            lesson: None,
            last: (u32::MAX, String::new()),
            memory: Memory::default(),
        }
    }
}

impl Host {
    /// Begins again with another cluster. Commands that run go on in it.
    pub fn begin(&mut self, seed: u64) {
        self.cluster = Cluster::new(Config { seed, ..Config::default() });
        self.past = Checkpoints::new(&self.cluster);
    }

    /// Goes near to the instant `at` at which the page has had `had` inputs and `after` reconciles, and not beyond. Of what
    /// it was told, the first `known` inputs are still those of the page's run. Gives how many inputs it then has had.
    pub fn near(&mut self, known: usize, had: usize, at: SimTime, after: u64) -> usize {
        self.past.truncate(SimTime::MAX, known);
        let cx = &self.cluster.cx;
        let beyond = cx.inputs.len() > known.min(had) || cx.now() > at || cx.reconciles() > after;
        let before = self.past.before(SimTime(at.0.saturating_sub(1)));
        match before.filter(|before| beyond || before.now() > cx.now()) {
            Some(before) => self.cluster = before.clone(),
            None if beyond => self.begin(cx.config.seed),
            None => {}
        }
        self.cluster.cx.inputs.len()
    }

    /// Does what was done since, and runs to the instant `at`, through `after` reconciles. Gives the digest of its
    /// trace, which equals the page's.
    pub fn follow(&mut self, inputs: &Value, at: SimTime, after: u64) -> u64 {
        let events = if self.lesson.is_some() { CLOSELY } else { EVENTS };
        for input in inputs.items().iter().filter_map(Input::from_value) {
            while !self.cluster.repeat(&input, events) {
                self.observe();
            }
            self.observe();
            self.past.note(&self.cluster);
        }
        while !self.cluster.reach(at, after, events) {
            self.observe();
            self.past.note(&self.cluster);
        }
        self.observe();
        self.cluster.cx.trace.digest()
    }

    pub(crate) const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) const fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    fn observe(&mut self) {
        if let Some(lesson) = &mut self.lesson {
            lesson.observe(&self.cluster);
        }
    }

    /// Opens a lesson; gives its title and its chapters' titles, or what is wrong with it.
    pub fn lesson(&mut self, text: &str) -> Value {
        self.last.1.clear();
        match Lesson::read(text) {
            Ok(lesson) => self.lesson.insert(lesson).contents(),
            Err(wrong) => Value::object([("wrong", Value::from(wrong))]),
        }
    }

    /// Begins a chapter of the lesson at this instant; gives its parts.
    pub fn chapter(&mut self, chapter: usize) -> Value {
        self.last.1.clear();
        self.lesson.as_mut().map_or(Value::Null, |lesson| lesson.begin(chapter, &self.cluster))
    }

    /// Whether what a part of the chapter expects is so, line by line.
    pub fn look(&mut self, part: usize) -> Value {
        self.lesson.as_mut().map_or(Value::Null, |lesson| lesson.look(part, &self.cluster, &self.last.1))
    }

    /// The lesson was left.
    pub fn leave(&mut self) {
        self.lesson = None;
    }

    /// The number of the command that was started last and ended; none while it runs.
    pub fn ended(&self) -> Option<u32> {
        self.commands.iter().all(|c| c.0 != self.last.0).then_some(self.last.0)
    }

    /// The manifest with what was done to its objects; not in a lesson, whose cluster is another one.
    pub fn sync(&mut self, text: &str) -> String {
        if self.lesson.is_some() {
            return text.to_owned();
        }
        self.memory.sync(&self.cluster, text)
    }

    /// The manifest as it would be if it said what runs.
    pub fn running(&self, text: &str) -> String {
        sync::running(&self.cluster, text)
    }

    /// A manifest like that of an object, under another name; empty when there is no such object.
    pub fn copy(&self, kind: &str, namespace: &str, name: &str, new: &str) -> String {
        sync::copy(&self.cluster, kind, namespace, name, new).unwrap_or_default()
    }

    /// The autoscalers and the budgets, and why each is as it is.
    pub fn rules(&self) -> Value {
        sync::rules(&self.cluster)
    }

    /// An object as it is, without its status.
    pub fn value(&self, kind: &str, namespace: &str, name: &str) -> Value {
        sync::value(&self.cluster, kind, namespace, name)
    }

    /// Why an object is as it is.
    pub fn explain(&self, kind: &str, namespace: &str, name: &str) -> Value {
        explained(&self.cluster.explain(kind, namespace, name))
    }

    /// The database that an object belongs to; null when it belongs to none.
    pub fn database(&self, kind: &str, namespace: &str, name: &str) -> Value {
        crate::database::database(&self.cluster, kind, namespace, name)
    }

    /// What of an object can be broken at present, and what is broken mended, as [`Fault::parse`](podscope_engine::fault::Fault::parse) reads it.
    pub fn faults(&self, kind: &str, namespace: &str, name: &str) -> Value {
        Value::array(self.cluster.faults(kind, namespace, name).iter().map(|fault| fault.text().into()))
    }

    /// Starts a command line. `files` is the name and the text of the only file.
    pub fn start(&mut self, id: u32, line: &str, stdin: &str, files: (&str, &str)) -> Value {
        files.1.clone_into(&mut self.manifest.borrow_mut());
        let manifest = Rc::new(Manifest { name: files.0.to_owned(), text: Rc::clone(&self.manifest) });
        let before = self.cluster.cx.inputs.len();
        let (command, poll) = Command::start(&mut self.cluster, "default", line, stdin, manifest);
        if poll.exit.is_none() {
            self.commands.push((id, command));
        }
        self.last = (id, String::new());
        self.told(id, poll, before)
    }

    /// Looks again at what a command waits for; `edited` is a text that it asked for.
    pub fn poll(&mut self, id: u32, edited: Option<String>) -> Value {
        let before = self.cluster.cx.inputs.len();
        let Some(at) = self.commands.iter().position(|c| c.0 == id) else { return Value::Null };
        let command = &mut self.commands[at].1;
        let poll = match edited {
            Some(text) => command.edited(&mut self.cluster, text),
            None => command.poll(&mut self.cluster),
        };
        if poll.exit.is_some() {
            self.commands.remove(at);
        }
        self.told(id, poll, before)
    }

    /// Forgets a command.
    pub fn stop(&mut self, id: u32) {
        self.commands.retain(|c| c.0 != id);
    }

    /// What may stand at a byte of a line: pairs of a word and what it is.
    pub fn complete(&mut self, line: &str, cursor: usize) -> Value {
        let found = complete(&mut self.cluster, "default", line, cursor);
        Value::array(found.into_iter().map(|c| Value::array([c.text.into(), c.help.into()])))
    }

    /// What a command printed, what is to be waited for, and what it asked of the cluster.
    fn told(&mut self, id: u32, poll: Poll, before: usize) -> Value {
        if id == self.last.0 {
            self.last.1.push_str(&poll.stdout);
            self.last.1.push_str(&poll.stderr);
        }
        self.observe();
        if self.cluster.cx.inputs.len() > before {
            // What was known of later happened in another branch.
            self.past.truncate(self.cluster.now(), before);
        }
        let inputs = self.cluster.cx.inputs.iter().skip(before).map(|i| i.to_value());
        let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
        let wake = poll.wake.and_then(|at| i64::try_from(at.0).ok());
        Value::object([
            ("out", Value::from(poll.stdout)),
            ("err", poll.stderr.into()),
            ("exit", poll.exit.map_or(Value::Null, |code| i64::from(code).into())),
            ("edit", text(poll.edit)),
            ("wake", wake.map_or(Value::Null, Value::from)),
            ("endless", poll.endless.into()),
            ("inputs", Value::array(inputs)),
        ])
    }
}

/// An explanation as the page takes it.
fn explained(of: &Explanation) -> Value {
    let instant = |at: SimTime| Value::from(i64::try_from(at.0).unwrap_or(i64::MAX));
    let mood = match of.mood {
        Mood::Well => "well",
        Mood::Waiting => "waiting",
        Mood::Stuck => "stuck",
        Mood::Leaving | Mood::Gone => "leaving",
    };
    let facts = of.facts.iter().map(|fact| Value::array([fact.of.as_str().into(), fact.text.as_str().into()]));
    let chain = of.chain.iter().map(|link| {
        Value::array([
            i64::from(link.entry).into(),
            instant(link.at),
            link.actor.into(),
            link.verb.into(),
            link.kind.into(),
            (*link.namespace).into(),
            (*link.name).into(),
        ])
    });
    Value::object([
        ("mood", mood.into()),
        ("sentence", of.sentence.as_str().into()),
        ("facts", Value::array(facts)),
        ("chain", Value::array(chain)),
        ("command", of.command.as_deref().map_or(Value::Null, Value::from)),
        ("until", of.until.map_or(Value::Null, instant)),
    ])
}
