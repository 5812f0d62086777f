//! What was done, taken back and done again.

use super::{Session, Topic};
use podscope_engine::api::input::Input;
use std::rc::Rc;

/// What there is to undo and to redo.
#[derive(Default)]
pub struct Done {
    /// How many requests there were before each thing that was done.
    marks: Vec<usize>,
    /// What was undone, the last of it last.
    undone: Vec<Vec<Rc<Input>>>,
}

impl Session {
    /// How many requests the cluster has had.
    pub(super) fn known(&self) -> usize {
        self.read(|cluster| cluster.cx.inputs.len())
    }

    /// Notes that something was done, before which there were so many requests: all of what came since is undone at once,
    /// and what was undone before cannot be done again.
    pub(super) fn mark(&self, known: usize) {
        if self.known() > known {
            let mut done = self.0.done.borrow_mut();
            done.marks.retain(|mark| *mark < known);
            done.marks.push(known);
            done.undone.clear();
        }
    }

    /// Takes back what was done last: goes to just before it. Gives its first request, if there was any.
    pub fn undo(&self) -> Option<Rc<Input>> {
        let (before, known) = (self.branch(), self.known());
        let mark = self.0.done.borrow().marks.iter().rfind(|mark| **mark < known).copied();
        let undone = self.0.run.borrow_mut().undo(mark.or(known.checked_sub(1))?);
        let first = undone.first()?.clone();
        self.0.done.borrow_mut().undone.push(undone);
        if self.branch() == before {
            // A branch that is left keeps what pods went through.
            self.0.pasts.borrow_mut().present.truncate(self.now());
        }
        self.0.last_frame.set(None);
        self.0.version.set(u64::MAX);
        self.acted(before);
        self.tell(Topic::Branch);
        Some(first)
    }

    /// Does again, now, what was undone last. Gives its first request.
    pub fn redo(&self) -> Option<Rc<Input>> {
        let again = self.0.done.borrow_mut().undone.pop()?;
        let rest = std::mem::take(&mut self.0.done.borrow_mut().undone);
        self.act(|cluster| {
            for input in &again {
                // Refused again, if it was.
                let _ = cluster.cx.perform(&input.what);
            }
        });
        self.0.done.borrow_mut().undone = rest;
        self.tell(Topic::Branch);
        again.first().cloned()
    }

    /// Whether there is anything to undo, and to redo.
    pub fn undoable(&self) -> (bool, bool) {
        (self.0.run.borrow().undoable(), !self.0.done.borrow().undone.is_empty())
    }
}
