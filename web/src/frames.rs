//! [`Frames`]: a callback at every animation frame.

use crate::dom;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, closure::Closure};

type Tick = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// A running loop of animation frames.
pub struct Frames {
    running: Rc<Cell<bool>>,
}

impl Frames {
    /// Calls `callback` with the frame's time, in milliseconds, until it is stopped.
    pub fn start(callback: impl Fn(f64) + 'static) -> Option<Self> {
        let running = Rc::new(Cell::new(true));
        let tick: Tick = Rc::default();
        let (again, alive) = (tick.clone(), running.clone());
        *tick.borrow_mut() = Some(Closure::new(move |at: f64| {
            if alive.get() {
                callback(at);
            }
            if alive.get() {
                request(&again);
            } else {
                // Breaks the circle of the closure that holds itself; it is freed after this call.
                let last = again.borrow_mut().take();
                drop_later(last);
            }
        }));
        request(&tick).then_some(Self { running })
    }

    /// Ends the loop.
    pub fn stop(&self) {
        self.running.set(false);
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.stop();
    }
}

fn request(tick: &Tick) -> bool {
    let Some(window) = dom::window() else { return false };
    let tick = tick.borrow();
    tick.as_ref().is_some_and(|t| window.request_animation_frame(t.as_ref().unchecked_ref()).is_ok())
}

/// Drops a closure that is being run, once it has returned.
fn drop_later(closure: Option<Closure<dyn FnMut(f64)>>) {
    let holder = Closure::once_into_js(move || drop(closure));
    if let Some(window) = dom::window() {
        let _ = window.set_timeout_with_callback(holder.unchecked_ref());
    }
}
