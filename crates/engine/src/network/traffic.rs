//! Requests: clients send them to Services, kube-proxy picks pods, pods answer or do not.
//!
//! A Service with the annotation `podscope.dev/clients: 50/s` has clients outside the cluster that send it so many
//! requests a second. A request is refused where no endpoint is, or where nobody listens any more or yet; it is reset
//! when its pod's container ends while it works on it; it times out when its node is gone or its pod has too much to do.
//!
//! A pod answers from its own annotations: `podscope.dev/service-time` (20 ms) and `podscope.dev/concurrency` (10).
//! Requests have an agenda of their own, run in time order with everything else: see [`reconcile`].

use super::entry::{self, Entry};
use super::proxy;
pub use super::tally::{Ended, How, Journal, Tally};
use crate::DATA;
use crate::api::Context;
use crate::controller::Controller;
use crate::kubelet::duration;
use crate::object::{ContainerState, Key, Labels, Pod, Service};
use crate::slots::Slots;
use crate::time::{Rng, SimTime};
use podscope_schema::Quantity;
use podscope_schema::sorted::SortedMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::time::Duration;

/// How long a request waits for its answer, unless the Service's `podscope.dev/client-timeout` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(1);
/// How long a pod works on a request, unless its annotation says otherwise.
const SERVICE_TIME: Duration = Duration::from_millis(20);
/// On how many requests a pod works at a time, unless its annotation says otherwise.
const CONCURRENCY: usize = 10;
/// There and back between client and pod.
const ROUND_TRIP: Duration = Duration::from_micros(600);
/// How many people stand behind one Service's clients: who they are matters to `sessionAffinity`.
const PEOPLE: u64 = 20;
/// How many steps are run before others are asked whether they have something to do.
const BATCH: usize = 64;
/// Over how long a pod's CPU is measured.
const CPU_WINDOW: Duration = Duration::from_secs(15);
/// How many seconds of a Service's and of a pod's requests are kept one by one.
const SERVICE_SECONDS: u64 = 61;
const POD_SECONDS: u64 = 11;

/// What requests do now, and what became of those that were.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    clients: SortedMap<Key, Client>,
    servers: SortedMap<Key, Server>,
    flights: Slots<Flight>,
    journal: Journal,
    agenda: BinaryHeap<Reverse<(SimTime, u64, Step)>>,
    seq: u64,
    /// Steps are being run.
    running: bool,
}

/// The clients of one Service.
#[derive(Clone, Debug)]
struct Client {
    /// From one request to the next, on average.
    period: Duration,
    timeout: Duration,
    /// Rises when the rate changes: steps of before are void.
    epoch: u32,
    /// Whether they send.
    active: bool,
    tally: Tally,
}

/// What happens next in the life of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The clients of this Service send one, and think of the next.
    Send(Key, u32),
    /// This one is answered, or is not.
    Finish(u32),
    /// A database's.
    App(crate::app::Step),
}

/// A request under way.
#[derive(Clone, Debug)]
struct Flight {
    service: Key,
    sent: SimTime,
    /// The pod that it went to, if it got so far, and which run of its container works on it; none when nobody will answer.
    server: (Option<Key>, Option<SimTime>),
}

/// A pod as its clients know it.
#[derive(Clone, Debug, Default)]
struct Server {
    /// The version of the pod that the rest was read from.
    version: u64,
    /// The container's start; none when it does not run.
    run: Option<SimTime>,
    /// From when it listens, and until when.
    opens: SimTime,
    closes: SimTime,
    service_time: Duration,
    /// When each of its workers is free again.
    workers: Vec<SimTime>,
    /// Work that was taken on in the present and in the last window, in microseconds, and when the present one began.
    busy: [u64; 2],
    window: SimTime,
    tally: Tally,
}

/// Reads `50/s`, `50`, `0.5/s` or `30/m` as the time from one request to the next.
pub(crate) fn period(text: &str) -> Option<Duration> {
    let (number, unit) = text.trim().split_once('/').unwrap_or((text.trim(), "s"));
    let per = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    let number = number.trim();
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let rate = Quantity::parse(number).ok().filter(|_| plain)?.nano() as f64 / 1e9;
    Some(Duration::from_micros((per * 1e6 / rate) as u64)).filter(|p| rate > 0.0 && *p >= Duration::from_micros(10))
}

pub(super) fn note<'a>(annotations: &'a Labels, name: &str) -> Option<&'a str> {
    let own = |key: &str| key.strip_prefix("podscope.dev/").is_some_and(|k| k == name);
    annotations.iter().find(|(k, _)| own(k)).map(|(_, v)| &**v)
}

/// How many requests a second a Service asks its clients for; 0 when it asks for none.
pub fn clients(service: &Service) -> f64 {
    let asked = note(&service.meta.annotations, "clients").and_then(period);
    asked.map_or(0.0, |period| 1e6 / period.as_micros() as f64)
}

/// Follows the annotations of a Service.
pub fn observe(cx: &mut Context, key: Key, service: Option<&Rc<Service>>) {
    let asked = service.and_then(|s| Some((note(&s.meta.annotations, "clients").and_then(period)?, s)));
    let Some((period, service)) = asked else {
        // What was counted stays to be read as long as the Service is there.
        match cx.memory.network.traffic.clients.get_mut(&key) {
            Some(client) if service.is_some() => (client.epoch, client.active) = (client.epoch + 1, false),
            Some(_) => {
                cx.memory.network.traffic.clients.remove(&key);
                proxy::forget(cx, key);
            }
            None => {}
        }
        return;
    };
    let timeout = note(&service.meta.annotations, "client-timeout").and_then(duration).unwrap_or(TIMEOUT);
    let network = &mut cx.memory.network;
    if network.traffic.clients.is_empty() {
        network.rng = Rng::new(cx.config.seed ^ 0x7261_6666_6963);
    }
    let new = || Client { period, timeout, epoch: 0, active: false, tally: Tally::keeping(SERVICE_SECONDS) };
    let client = network.traffic.clients.entry(key).or_insert_with(new);
    if client.active && client.period == period && client.timeout == timeout {
        return;
    }
    (client.period, client.timeout, client.epoch, client.active) = (period, timeout, client.epoch + 1, true);
    let first = Step::Send(key, client.epoch);
    let at = cx.now + Duration::from_micros(cx.memory.network.rng.below(period.as_micros() as u64));
    push(cx, at, first);
    proxy::changed(cx, key);
}

/// Whether any Service has clients.
pub const fn any(cx: &Context) -> bool {
    !cx.memory.network.traffic.clients.is_empty()
}

/// Whether a Service has clients, so that its proxies' rules matter.
pub fn wanted(cx: &Context, service: Key) -> bool {
    cx.memory.network.traffic.clients.contains_key(&service)
}

/// Puts a step on the agenda.
pub(crate) fn push(cx: &mut Context, at: SimTime, step: Step) {
    let traffic = &mut cx.memory.network.traffic;
    traffic.seq += 1;
    traffic.agenda.push(Reverse((at, traffic.seq, step)));
    if traffic.running {
        return;
    }
    let first = traffic.agenda.peek().map_or(at, |Reverse((at, ..))| *at);
    let delay = first.since(cx.now);
    cx.enqueue_after(Controller::Traffic, Key(0), delay);
}

/// Runs what is due: what comes before the next thing on the cluster's own agenda, so that neither overtakes the other,
/// and not more than a batch.
pub fn reconcile(cx: &mut Context) {
    cx.memory.network.traffic.running = true;
    let next = run(cx);
    cx.memory.network.traffic.running = false;
    if let Some(at) = next {
        let delay = at.since(cx.now);
        cx.enqueue_after(Controller::Traffic, Key(0), delay);
    }
}

/// Runs a batch; says when the next one is due.
fn run(cx: &mut Context) -> Option<SimTime> {
    let mut left = BATCH;
    while let Some(&Reverse((at, _, step))) = cx.memory.network.traffic.agenda.peek() {
        let limit = cx.next_time().map_or(cx.until, |next| cx.until.min(next)).max(cx.now);
        if at > limit || left == 0 {
            return Some(at);
        }
        left -= 1;
        cx.memory.network.traffic.agenda.pop();
        cx.now = cx.now.max(at);
        match step {
            Step::Send(service, epoch) => send(cx, service, epoch),
            Step::Finish(flight) => finish(cx, flight),
            Step::App(step) if DATA => crate::app::step(cx, step),
            Step::App(_) => {}
        }
    }
    None
}

fn next(cx: &mut Context, at: SimTime, step: Step) {
    let traffic = &mut cx.memory.network.traffic;
    traffic.seq += 1;
    traffic.agenda.push(Reverse((at, traffic.seq, step)));
}

fn send(cx: &mut Context, service: Key, epoch: u32) {
    let now = cx.now;
    let network = &mut cx.memory.network;
    let Some(client) = network.traffic.clients.get(&service).filter(|c| c.epoch == epoch) else { return };
    let (period, timeout) = (client.period.as_micros() as u64, client.timeout);
    // Between half a period and one and a half: people keep no beat, and logarithms differ between machines.
    let wait = period / 2 + network.rng.below(period.max(1));
    let who = network.rng.below(PEOPLE) as u32;
    next(cx, now + Duration::from_micros(wait.max(1)), Step::Send(service, epoch));
    let (pod, answered) = match entry::enter(cx, service, who) {
        Entry::Refused => return count(cx, service, None, How::Refused, Duration::ZERO),
        Entry::Silence => (None, Reply::Silence),
        Entry::Pod(pod) => (Some(pod), accept(cx, pod)),
    };
    let (server, at) = match answered {
        Reply::Refused => return count(cx, service, pod, How::Refused, Duration::ZERO),
        Reply::Silence => ((pod, None), now + timeout),
        Reply::At(run, done) if done.since(now) > timeout => ((pod, Some(run)), now + timeout),
        Reply::At(run, done) => ((pod, Some(run)), done),
    };
    let flight = Flight { service, sent: now, server };
    let index = cx.memory.network.traffic.flights.put(flight);
    next(cx, at, Step::Finish(index));
}

/// What a pod does with a new request.
enum Reply {
    /// Nobody listens.
    Refused,
    /// Nothing comes back: the node is gone.
    Silence,
    /// This run of its container answers then.
    At(SimTime, SimTime),
}

fn accept(cx: &mut Context, pod: Key) -> Reply {
    let now = cx.now;
    let Some(found) = cx.get::<Pod>(pod) else { return Reply::Refused };
    if !crate::kubelet::reachable(cx, &found) {
        return Reply::Silence;
    }
    refresh(cx, pod, &found);
    let network = &mut cx.memory.network;
    let Some(server) = network.traffic.servers.get_mut(&pod) else { return Reply::Refused };
    let Some(run) = server.run.filter(|_| server.opens <= now && now < server.closes) else { return Reply::Refused };
    let base = server.service_time.as_micros() as u64;
    // Half to one and a half of it; one in fifty takes five times as long.
    let slow = if network.rng.below(50) == 0 { 5 } else { 1 };
    let takes = (base / 2 + network.rng.below(base.max(1))) * slow;
    let Some(worker) = server.workers.iter_mut().min() else { return Reply::Refused };
    let done = (*worker).max(now) + Duration::from_micros(takes);
    *worker = done;
    server.work(now, takes);
    Reply::At(run, done + ROUND_TRIP)
}

impl Server {
    fn fresh() -> Self {
        Self { tally: Tally::keeping(POD_SECONDS), ..Self::default() }
    }

    /// Notes work taken on, in microseconds.
    fn work(&mut self, now: SimTime, micros: u64) {
        (self.busy, self.window) = self.turned(now);
        self.busy[0] += micros;
    }

    /// The work of the present and the last window as it is at `now`, and when the present one began.
    fn turned(&self, now: SimTime) -> ([u64; 2], SimTime) {
        match now.since(self.window).as_micros() / CPU_WINDOW.as_micros() {
            0 => (self.busy, self.window),
            1 => ([0, self.busy[0]], now),
            _ => ([0, 0], now),
        }
    }
}

/// Reads a pod anew when it was written since.
fn refresh(cx: &mut Context, key: Key, pod: &Rc<Pod>) {
    let config = Rc::clone(&cx.config);
    let server = cx.memory.network.traffic.servers.entry(key).or_insert_with(Server::fresh);
    if server.version == pod.meta.resource_version {
        return;
    }
    server.version = pod.meta.resource_version;
    let running = pod.status.containers.iter().map(|c| match c.state {
        ContainerState::Running { since } => Some(since),
        _ => None,
    });
    let run = running.min().flatten();
    if server.run != run || server.workers.is_empty() {
        let annotated = |name: &str| note(&pod.meta.annotations, name).or_else(|| note(&pod.spec.behaviour, name));
        let concurrency = annotated("concurrency").and_then(|n| n.trim().parse().ok()).unwrap_or(CONCURRENCY);
        server.workers = vec![SimTime::ZERO; concurrency.clamp(1, 1000)];
        server.service_time = annotated("service-time").and_then(duration).unwrap_or(SERVICE_TIME);
        server.run = run;
    }
    let behaviour = config.behaviour.of(pod);
    server.opens = match (run, behaviour.ready_after) {
        (Some(since), Some(warm_up)) => since + warm_up,
        _ => SimTime::MAX,
    };
    // It closes its socket when it is told to stop, which is after its preStop hook.
    let hook = pod.spec.containers.iter().filter_map(|c| c.pre_stop_seconds).max().unwrap_or_default();
    let told = |requested: SimTime| requested + Duration::from_secs(hook.max(0).unsigned_abs());
    server.closes = pod.meta.deletion.map_or(SimTime::MAX, |d| told(d.requested));
}

fn finish(cx: &mut Context, index: u32) {
    let traffic = &mut cx.memory.network.traffic;
    let Some(Flight { service, sent, server }) = traffic.flights.get_mut(index).cloned() else { return };
    traffic.flights.free(index);
    let (Some(pod), Some(run)) = server else {
        return count(cx, service, server.0, How::TimedOut, Duration::ZERO);
    };
    let found = cx.get::<Pod>(pod);
    let alive = found.as_ref().is_some_and(|p| crate::kubelet::reachable(cx, p));
    if let Some(found) = &found {
        refresh(cx, pod, found);
    }
    let same_run = found.is_some() && cx.memory.network.traffic.servers.get(&pod).is_some_and(|s| s.run == Some(run));
    let took = cx.now.since(sent);
    let timeout = cx.memory.network.traffic.clients.get(&service).map_or(TIMEOUT, |c| c.timeout);
    let how = if !same_run {
        How::Reset
    } else if !alive || took >= timeout {
        How::TimedOut
    } else {
        How::Served
    };
    count(cx, service, Some(pod), how, took);
}

fn count(cx: &mut Context, service: Key, pod: Option<Key>, how: How, took: Duration) {
    let now = cx.now;
    let traffic = &mut cx.memory.network.traffic;
    traffic.journal.push(Ended { service, pod, how });
    if let Some(client) = traffic.clients.get_mut(&service) {
        client.tally.count(now, how, took);
    }
    if let Some(server) = pod.and_then(|pod| traffic.servers.get_mut(&pod)) {
        server.tally.count(now, how, took);
    }
}

/// Forgets a pod that is gone.
pub fn forget(cx: &mut Context, key: Key) {
    cx.memory.network.traffic.servers.remove(&key);
}

/// What became of the requests to a Service.
pub fn of_service(cx: &Context, service: Key) -> Option<&Tally> {
    cx.memory.network.traffic.clients.get(&service).map(|c| &c.tally)
}

/// What a pod did with the requests that it got.
pub fn of_pod(cx: &Context, pod: Key) -> Option<&Tally> {
    cx.memory.network.traffic.servers.get(&pod).map(|s| &s.tally)
}

/// The last requests that ended.
pub const fn journal(cx: &Context) -> &Journal {
    &cx.memory.network.traffic.journal
}

/// The CPU that a pod's requests use, in thousandths; none when it has had none.
pub fn cpu_milli(cx: &Context, pod: Key) -> Option<i64> {
    let server = cx.memory.network.traffic.servers.get(&pod)?;
    let (busy, window) = server.turned(cx.now);
    let since = cx.now.since(window).as_micros() as u64;
    let micros = busy[0] + busy[1];
    let over = since + if busy[1] > 0 { CPU_WINDOW.as_micros() as u64 } else { 0 };
    i64::try_from(micros * 1000 / over.max(1_000_000)).ok()
}
