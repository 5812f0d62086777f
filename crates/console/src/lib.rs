//! What a page does not need at once, in a module of its own: kubectl, the answers to *why*, what is known of databases,
//! and lessons.

#![deny(clippy::unwrap_used, clippy::expect_used)]

mod database;
pub mod format;
mod headless;
pub mod hint;
mod host;
mod lesson;
pub mod patch;
pub mod sync;

pub use host::Host;

use podscope_engine::time::SimTime;
use podscope_schema::Value;
use wasm_bindgen::prelude::*;

/// [`Host`] for JavaScript. What goes in and out is JSON; instants are microseconds.
#[wasm_bindgen]
#[derive(Default)]
pub struct Console(Host);

#[wasm_bindgen]
impl Console {
    /// A console on an empty cluster.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins again.
    pub fn begin(&mut self, seed: f64) {
        self.0.begin(seed as u64);
    }

    /// Goes near to where the page is. Gives how many inputs it then has had.
    pub fn near(&mut self, known: u32, had: u32, at: f64, after: f64) -> u32 {
        self.0.near(known as usize, had as usize, SimTime(at as u64), after as u64) as u32
    }

    /// Does what was done since, up to an instant. Gives the digest of the trace, in hexadecimal.
    pub fn follow(&mut self, inputs: &str, at: f64, after: f64) -> String {
        let inputs = Value::from_json(inputs).unwrap_or_default();
        format!("{:016x}", self.0.follow(&inputs, SimTime(at as u64), after as u64))
    }

    /// The present instant.
    pub fn now(&self) -> f64 {
        self.0.now().0 as f64
    }

    /// Runs to an instant, at most so much of what is due; says whether it got there.
    pub fn advance(&mut self, to: f64, events: u32) -> bool {
        self.0.advance(SimTime(to as u64), events as usize)
    }

    /// Runs until something is written, or to an instant, at most so much of what is due; says whether something was
    /// written, or nothing when it came to neither.
    pub fn onward(&mut self, to: f64, events: u32) -> Option<bool> {
        self.0.onward(SimTime(to as u64), events as usize)
    }

    /// Applies manifests.
    pub fn apply(&mut self, yaml: &str) -> String {
        self.0.apply(yaml).to_json()
    }

    /// What gives the same run again.
    pub fn past(&self) -> String {
        self.0.past().to_json()
    }

    /// Why an object is as it is.
    pub fn explain(&self, kind: &str, namespace: &str, name: &str) -> String {
        self.0.explain(kind, namespace, name).to_json()
    }

    /// The database that an object belongs to, and what its clients saw.
    pub fn database(&self, kind: &str, namespace: &str, name: &str) -> String {
        self.0.database(kind, namespace, name).to_json()
    }

    /// What of an object can be broken at present, and what is broken mended: the words of each command.
    pub fn faults(&self, kind: &str, namespace: &str, name: &str) -> String {
        self.0.faults(kind, namespace, name).to_json()
    }

    /// Starts a command.
    pub fn start(&mut self, id: u32, line: &str, stdin: &str, file: &str, text: &str) -> String {
        self.0.start(id, line, stdin, (file, text)).to_json()
    }

    /// Looks again at a command.
    pub fn poll(&mut self, id: u32) -> String {
        self.0.poll(id, None).to_json()
    }

    /// Gives a command the text that it wanted edited.
    pub fn edited(&mut self, id: u32, text: &str) -> String {
        self.0.poll(id, Some(text.to_owned())).to_json()
    }

    /// Forgets a command.
    pub fn stop(&mut self, id: u32) {
        self.0.stop(id);
    }

    /// What may stand at a byte of a line.
    pub fn complete(&mut self, line: &str, cursor: usize) -> String {
        self.0.complete(line, cursor).to_json()
    }

    /// Opens a lesson, given as Markdown; gives its title and its chapters' titles, or what is wrong with it.
    pub fn lesson(&mut self, text: &str) -> String {
        self.0.lesson(text).to_json()
    }

    /// Begins a chapter of the lesson; gives its parts.
    pub fn chapter(&mut self, chapter: u32) -> String {
        self.0.chapter(chapter as usize).to_json()
    }

    /// Whether what a part of the chapter expects is so, line by line.
    pub fn look(&mut self, part: u32) -> String {
        self.0.look(part as usize).to_json()
    }

    /// The lesson was left.
    pub fn leave(&mut self) {
        self.0.leave();
    }

    /// The number of the last command, when it has ended.
    pub fn ended(&self) -> Option<u32> {
        self.0.ended()
    }

    /// What may be written at a place of a manifest: a line from 1, a column from 0 in UTF-16 units.
    pub fn hint(&self, text: &str, line: u32, column: u32) -> String {
        hint::complete(text, line, column).to_json()
    }

    /// What stands at a place of a manifest.
    pub fn hover(&self, text: &str, line: u32, column: u32) -> String {
        hint::hover(text, line, column).to_json()
    }

    /// The manifest laid out anew; nothing when it cannot be read.
    pub fn format(&self, text: &str) -> Option<String> {
        format::format(text)
    }

    /// The manifest with what was done to its objects since it was last asked.
    pub fn sync(&mut self, text: &str) -> String {
        self.0.sync(text)
    }

    /// The manifest as it would be if it said what runs.
    pub fn running(&self, text: &str) -> String {
        self.0.running(text)
    }

    /// A manifest like that of an object, under another name; empty when there is no such object.
    pub fn copy(&self, kind: &str, namespace: &str, name: &str, new: &str) -> String {
        self.0.copy(kind, namespace, name, new)
    }

    /// The autoscalers and the budgets, and why each is as it is: `[{value, said}]`.
    pub fn rules(&self) -> String {
        self.0.rules().to_json()
    }

    /// What a field of a kind is for, by its path: `{type, text, choices}`.
    pub fn field(&self, kind: &str, path: &str) -> String {
        hint::field(kind, &Value::from_json(path).unwrap_or_default()).to_json()
    }

    /// An object as it is, without its status.
    pub fn value(&self, kind: &str, namespace: &str, name: &str) -> String {
        self.0.value(kind, namespace, name).to_json()
    }
}
