//! [`Session`]: one run of a cluster, its pace, and those who want to know when it changed.

mod branches;
#[cfg(feature = "playground")]
mod stops;
#[cfg(feature = "playground")]
mod undo;

use crate::cluster::{Cluster, Config};
use crate::dom;
use crate::frames::Frames;
#[cfg(feature = "playground")]
use crate::lanes::{Lanes, Pasts};
use crate::number::within;
#[cfg(feature = "playground")]
use crate::stops::When;
use podscope_engine::Run;
use podscope_engine::api::apply::ManifestError;
use podscope_engine::api::input::{Input, Inputs};
use podscope_engine::time::SimTime;
use podscope_engine::view::{EventView, Memo, RequestView, View};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::Callback;

/// The speeds that are offered, in simulated seconds a second.
pub const SPEEDS: [(f64, &str); 7] =
    [(0.25, "0.25"), (0.5, "0.5"), (1.0, "1"), (2.0, "2"), (4.0, "4"), (8.0, "8"), (16.0, "16")];
/// How many milliseconds of a frame the engine may take.
const SLICE_MS: f64 = 8.0;
/// How many of the engine's events run between two looks at the clock.
const EVENTS: usize = 8;
/// The longest pause between two frames that simulated time follows, in milliseconds.
const LONGEST_FRAME_MS: f64 = 250.0;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// An object was written, or time was set back.
    View,
    /// Simulated time, and nothing else.
    Clock,
    /// Whether it plays, and how fast.
    Pace,
    /// The present branch is another one.
    Branch,
}

struct Inner {
    run: RefCell<Run>,
    yaml: RefCell<String>,
    view: RefCell<Rc<View>>,
    memo: Memo,
    version: Cell<u64>,
    playing: Cell<bool>,
    speed: Cell<f64>,
    last_frame: Cell<Option<f64>>,
    /// What the last frame did is not shown yet.
    late: Cell<bool>,
    frames: RefCell<Option<Frames>>,
    #[cfg(feature = "playground")]
    pasts: RefCell<Pasts>,
    /// When to pause, and where and why it was done.
    #[cfg(feature = "playground")]
    when: RefCell<When>,
    #[cfg(feature = "playground")]
    stops: RefCell<Vec<(SimTime, String)>>,
    #[cfg(feature = "playground")]
    done: RefCell<undo::Done>,
    listeners: RefCell<Vec<(u64, Topic, Callback<()>)>>,
    next_listener: Cell<u64>,
}

/// A handle on a session; clones share it.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Ends a subscription when dropped.
pub struct Subscription(Session, u64);

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.0.listeners.borrow_mut().retain(|(id, ..)| *id != self.1);
    }
}

impl Session {
    /// A session on a new cluster in which `yaml` was applied (as far as it is valid).
    pub fn new(yaml: &str) -> Self {
        Self::seeded(yaml, Config::default().seed)
    }

    /// The same with another seed.
    pub fn seeded(yaml: &str, seed: u64) -> Self {
        Self::opening(yaml, seed).0
    }

    /// The same, and what is wrong with the manifest, in which case nothing of it was applied.
    pub fn opening(yaml: &str, seed: u64) -> (Self, Vec<ManifestError>) {
        let (run, wrong) = begin(yaml, seed);
        (Self::of(run, yaml), wrong)
    }

    /// A session on the run that began with `seed` and took these inputs; it shows its end.
    pub fn with_inputs(seed: u64, yaml: &str, inputs: Vec<Input>, end: SimTime) -> Self {
        let cluster = Cluster::new(Config { seed, ..Config::default() });
        let session = Self::of(Run::with_inputs(cluster, inputs, end), yaml);
        session.retrace();
        session
    }

    fn of(run: Run, yaml: &str) -> Self {
        let memo = Memo::default();
        let view = Rc::new(run.cluster().view_again(&memo));
        #[cfg(feature = "playground")]
        let pasts = {
            let mut pasts = Pasts::default();
            pasts.present.record(&view);
            RefCell::new(pasts)
        };
        Self(Rc::new(Inner {
            version: Cell::new(run.cluster().version()),
            run: RefCell::new(run),
            yaml: RefCell::new(yaml.to_owned()),
            view: RefCell::new(view),
            memo,
            playing: Cell::new(false),
            speed: Cell::new(1.0),
            last_frame: Cell::new(None),
            late: Cell::new(false),
            frames: RefCell::new(None),
            #[cfg(feature = "playground")]
            pasts,
            #[cfg(feature = "playground")]
            when: RefCell::default(),
            #[cfg(feature = "playground")]
            stops: RefCell::default(),
            #[cfg(feature = "playground")]
            done: RefCell::default(),
            listeners: RefCell::default(),
            next_listener: Cell::new(0),
        }))
    }

    /// Calls `callback` whenever `topic` changed, until the subscription is dropped.
    pub fn subscribe(&self, topic: Topic, callback: Callback<()>) -> Subscription {
        let id = self.0.next_listener.get();
        self.0.next_listener.set(id + 1);
        self.0.listeners.borrow_mut().push((id, topic, callback));
        Subscription(self.clone(), id)
    }

    fn tell(&self, topic: Topic) {
        let listeners: Vec<_> =
            self.0.listeners.borrow().iter().filter(|l| l.1 == topic).map(|l| l.2.clone()).collect();
        for listener in listeners {
            listener.emit(());
        }
    }

    /// The cluster as it was last seen.
    pub fn view(&self) -> Rc<View> {
        self.0.view.borrow().clone()
    }

    /// The present instant.
    pub fn now(&self) -> SimTime {
        self.0.run.borrow().cluster().now()
    }

    /// The last `most` Kubernetes Events, oldest first.
    pub fn events(&self, most: usize) -> Vec<EventView> {
        self.0.run.borrow().cluster().recent_events(most)
    }

    /// How many requests have ended, and those that did after the first `seen`.
    pub fn requests_since(&self, seen: u64) -> (u64, Vec<RequestView>) {
        let run = self.0.run.borrow();
        let cluster = run.cluster();
        (cluster.requests_ended(), cluster.requests_since(seen, &self.0.memo))
    }

    /// Every object that was written by hand, as YAML.
    pub fn export(&self) -> String {
        self.0.run.borrow().cluster().export()
    }

    /// What pods have been through.
    #[cfg(feature = "playground")]
    pub fn with_lanes<T>(&self, read: impl FnOnce(&Lanes) -> T) -> T {
        read(&self.0.pasts.borrow().present)
    }

    /// Whether simulated time runs.
    pub fn playing(&self) -> bool {
        self.0.playing.get()
    }

    /// Simulated seconds a second.
    pub fn speed(&self) -> f64 {
        self.0.speed.get()
    }

    /// Sets the speed.
    pub fn set_speed(&self, speed: f64) {
        if speed.is_finite() && speed > 0.0 {
            self.0.speed.set(speed);
            self.tell(Topic::Pace);
        }
    }

    /// Lets time run.
    pub fn play(&self) {
        if self.0.playing.replace(true) {
            return;
        }
        self.0.last_frame.set(None);
        let weak = Rc::downgrade(&self.0);
        let frames = Frames::start(move |at| {
            if let Some(inner) = weak.upgrade() {
                Session(inner).frame(at);
            }
        });
        *self.0.frames.borrow_mut() = frames;
        self.tell(Topic::Pace);
    }

    /// Stops time.
    pub fn pause(&self) {
        if self.0.playing.replace(false) {
            if self.0.late.replace(false) {
                self.refresh();
            }
            if let Some(frames) = self.0.frames.borrow_mut().take() {
                frames.stop();
            }
            self.tell(Topic::Pace);
        }
    }

    /// Plays or pauses.
    pub fn toggle(&self) {
        if self.playing() { self.pause() } else { self.play() }
    }

    /// Stops time, and runs to and through the next event.
    pub fn step(&self) {
        self.pause();
        self.0.run.borrow_mut().step();
        self.refresh();
    }

    /// Begins again with the manifest that was applied last.
    pub fn reset(&self) {
        let yaml = self.0.yaml.borrow().clone();
        self.restart(&yaml);
    }

    /// Begins again, in an empty cluster, with this manifest.
    pub fn restart(&self, yaml: &str) {
        yaml.clone_into(&mut self.0.yaml.borrow_mut());
        self.begin_with(begin(yaml, self.seed()).0);
    }

    /// Begins again with what was asked of another cluster, which is done when its time comes.
    pub fn take(&self, inputs: Vec<Input>) {
        let cluster = Cluster::new(Config { seed: self.seed(), ..Config::default() });
        self.begin_with(Run::with_inputs(cluster, inputs, SimTime::ZERO));
    }

    fn seed(&self) -> u64 {
        self.read(|cluster| cluster.cx.config.seed)
    }

    fn begin_with(&self, run: Run) {
        *self.0.run.borrow_mut() = run;
        #[cfg(feature = "playground")]
        {
            *self.0.pasts.borrow_mut() = Pasts::default();
            self.0.stops.borrow_mut().clear();
            *self.0.done.borrow_mut() = undo::Done::default();
        }
        self.0.last_frame.set(None);
        self.0.version.set(u64::MAX);
        self.refresh();
    }

    /// Does something to the cluster, and shows what came of it.
    pub fn act<T>(&self, action: impl FnOnce(&mut Cluster) -> T) -> T {
        let before = self.branch();
        #[cfg(feature = "playground")]
        let (seen, known) = (self.view(), self.known());
        let result = self.0.run.borrow_mut().act(action);
        #[cfg(feature = "playground")]
        self.mark(known);
        self.acted(before);
        #[cfg(feature = "playground")]
        if self.playing() && self.reached(&seen, &self.view()) {
            self.pause();
        }
        result
    }

    /// Shows what came of what was done in branch `before`.
    fn acted(&self, before: u32) {
        if self.branch() != before {
            #[cfg(feature = "playground")]
            self.0.pasts.borrow_mut().fork(before, &self.branches(), self.now());
            self.tell(Topic::Branch);
        }
        self.refresh();
    }

    /// Asks the cluster something.
    pub fn read<T>(&self, ask: impl FnOnce(&Cluster) -> T) -> T {
        ask(self.0.run.borrow().cluster())
    }

    /// How far the present branch of the run went.
    pub fn end(&self) -> SimTime {
        self.0.run.borrow().end()
    }

    /// What was done in the present branch, past and still to come.
    pub fn inputs(&self) -> Inputs {
        Rc::clone(self.0.run.borrow().inputs())
    }

    /// Goes to an instant of the present branch; what lies beyond its end is simulated.
    pub fn seek(&self, to: SimTime) {
        self.0.run.borrow_mut().seek(to);
        self.0.last_frame.set(None);
        self.refresh();
    }

    /// Runs to an instant that is to come, through at most so much of what is due; says whether it got there.
    pub fn advance(&self, to: SimTime, most: usize) -> bool {
        let there = self.0.run.borrow_mut().advance_to(to, most);
        self.refresh();
        there
    }

    /// Stops time, and goes back to the last instant before this one at which something was written.
    pub fn step_back(&self) {
        self.pause();
        let now = self.now();
        let before = self.read(|cluster| cluster.cx.trace.entries().rev().map(|e| e.at).find(|at| *at < now));
        self.seek(before.unwrap_or_default());
    }

    /// Goes to the nearest thing that was done after this instant, or before it.
    pub fn jump(&self, ahead: bool) {
        let (now, inputs) = (self.now(), self.inputs());
        let mut at = inputs.iter().map(|i| i.at);
        let to = if ahead { at.find(|at| *at > now) } else { at.rfind(|at| *at < now) };
        self.seek(to.unwrap_or(if ahead { self.end() } else { SimTime::ZERO }));
    }

    /// Remembers the manifest that a reset begins with.
    pub fn set_manifest(&self, yaml: &str) {
        yaml.clone_into(&mut self.0.yaml.borrow_mut());
    }

    /// One animation frame: as much simulated time as passed, within the slice that the engine may take. When that took
    /// all of its slice, what came of it is shown in the next frame, so that no frame does both.
    fn frame(&self, at: f64) {
        if self.0.late.replace(false) {
            self.refresh();
            return;
        }
        let passed = self.0.last_frame.replace(Some(at)).map_or(0.0, |last| within(at - last, 0.0, LONGEST_FRAME_MS));
        let until = SimTime(self.now().0 + (passed * 1000.0 * self.speed()) as u64);
        let started = dom::milliseconds();
        let mut spent = 0.0;
        let mut stopped = false;
        {
            let mut run = self.0.run.borrow_mut();
            let mut watched = self.watched();
            // What is to be stopped at is looked for after each write.
            let events = if watched.is_some() { 1 } else { EVENTS };
            while !stopped && !run.advance_to(until, events) && spent < SLICE_MS {
                spent = dom::milliseconds() - started;
                stopped = self.is_stop(run.cluster(), &mut watched);
            }
        }
        if spent < SLICE_MS || stopped {
            self.refresh();
        } else {
            self.0.late.set(true);
        }
        if stopped {
            self.pause();
        }
    }

    /// What the cluster looks like now, when that is to be compared with what it becomes.
    fn watched(&self) -> Option<(u64, Rc<View>)> {
        #[cfg(feature = "playground")]
        if self.0.when.borrow().is_set() {
            return Some((self.0.version.get(), self.view()));
        }
        None
    }

    /// An embed has no breakpoints.
    #[cfg(not(feature = "playground"))]
    const fn is_stop(&self, _: &Cluster, _: &mut Option<(u64, Rc<View>)>) -> bool {
        false
    }

    /// Whether something was written since, after which time is to stop.
    #[cfg(feature = "playground")]
    fn is_stop(&self, cluster: &Cluster, watched: &mut Option<(u64, Rc<View>)>) -> bool {
        let Some((version, before)) = watched else { return false };
        if *version == cluster.version() {
            return false;
        }
        *version = cluster.version();
        let after = Rc::new(cluster.view_again(&self.0.memo));
        let stop = self.reached(before, &after);
        *before = after;
        stop
    }

    /// Has everything drawn again that shows the cluster.
    pub fn show_again(&self) {
        self.tell(Topic::View);
    }

    /// A number that differs when the view does.
    pub(crate) fn version(&self) -> u64 {
        self.0.version.get()
    }

    /// Takes a new view if anything was written, and says what changed.
    fn refresh(&self) {
        let version = self.0.run.borrow().cluster().version();
        if self.0.version.replace(version) != version {
            let view = Rc::new(self.0.run.borrow().cluster().view_again(&self.0.memo));
            #[cfg(feature = "playground")]
            self.0.pasts.borrow_mut().present.record(&view);
            *self.0.view.borrow_mut() = view;
            self.tell(Topic::View);
        }
        self.tell(Topic::Clock);
    }
}

/// A new cluster with this manifest applied; an invalid one leaves it empty.
fn begin(yaml: &str, seed: u64) -> (Run, Vec<ManifestError>) {
    let mut cluster = Cluster::new(Config { seed, ..Config::default() });
    let wrong = cluster.apply(yaml).err().unwrap_or_default();
    (Run::new(cluster), wrong)
}
