//! Commands that run: each tab does one after another, and those that wait are asked again as time passes.

use super::{Entry, Kubectl, MANIFEST_FILE, Running, Shell};
use crate::playground::console::{Console, Poll};
use crate::playground::script::Line;
use crate::session::Session;
use podscope_engine::time::SimTime;

/// How much a command's output may be, in bytes; its beginning is dropped first.
const LONGEST: usize = 60_000;
impl Shell {
    /// Which line may start next: the first whose tab has nothing to wait for.
    fn ready(&self) -> Option<usize> {
        self.0.waiting.borrow().iter().position(|(tab, _)| !self.busy(*tab))
    }

    /// Starts the lines that wait, in each tab until one does not end at once.
    pub(super) fn next(&self) {
        while let Some(at) = self.ready() {
            let Some((tab, line)) = self.0.waiting.borrow_mut().remove(at) else { break };
            if matches!(line.text.as_str(), "clear" | "cls" | "reset") {
                self.clear();
            } else {
                self.start(line, tab, true);
            }
        }
        self.changed();
    }

    pub(super) fn start(&self, line: Line, tab: u32, typed: bool) -> u32 {
        let id = self.0.next.replace(self.0.next.get() + 1);
        let shown = if line.text.starts_with("kubectl") || line.text.starts_with("podscope ") {
            line.text.clone()
        } else {
            format!("kubectl {}", line.text)
        };
        self.push(Entry { id, tab, line: shown, running: true, ..Entry::default() });
        self.want();
        let now = {
            match &mut *self.0.kubectl.borrow_mut() {
                Kubectl::Coming(waiting) => {
                    waiting.push((id, tab, line.clone(), typed));
                    false
                }
                _ => true,
            }
        };
        if now {
            self.begin(id, &line, tab, typed);
        } else {
            // Nothing else begins before it.
            self.0.running.borrow_mut().push(Running { id, tab, wake: None, since: SimTime::ZERO, typed });
            self.changed();
        }
        id
    }

    pub(super) fn begin(&self, id: u32, line: &Line, tab: u32, typed: bool) {
        self.0.running.borrow_mut().retain(|r| r.id != id);
        let stdin = line.stdin.as_deref().unwrap_or_default();
        let since = self.0.session.now();
        let manifest = self.0.manifest.borrow().clone();
        let session = self.0.session.clone();
        let file = (MANIFEST_FILE, manifest.as_str());
        let Some(poll) = self.ask(|console| console.start(&session, id, &line.text, stdin, file)) else { return };
        if poll.exit.is_none() {
            self.0.running.borrow_mut().push(Running { id, tab, wake: poll.wake, since, typed });
        }
        self.note(id, poll);
        self.changed();
    }

    /// Asks kubectl, if it is there; what it changes is no reason to ask again.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&mut Console) -> T) -> Option<T> {
        self.0.polling.set(true);
        let answer = match &mut *self.0.kubectl.borrow_mut() {
            Kubectl::There(console) => Some(question(console)),
            _ => None,
        };
        self.0.polling.set(false);
        answer
    }

    /// Asks every running command again when the cluster changed, or its time has come.
    pub(super) fn poll(&self) {
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

    pub(super) fn next_after_poll(&self) {
        if self.ready().is_some() {
            self.next();
        }
    }

    pub(super) fn step(&self, id: u32, ask: impl FnOnce(&mut Console, &Session) -> Poll) {
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

    pub(super) fn note(&self, id: u32, poll: Poll) {
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

    pub(super) fn entry(&self, id: u32, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.0.entries.borrow_mut().iter_mut().find(|e| e.id == id) {
            change(entry);
        }
    }
}
