//! Why an object is as it is: one sentence, the chain of causes, and the command that would help.
//!
//! Everything is read from the present state and the trace; asking changes nothing. Sentences are put together from
//! few pieces, because all of this goes into the page.

/// A sentence of a template: each `%` stands for the next argument, a text or a number. It is far less code than
/// `format!`, of which there would be hundreds.
macro_rules! say {
    ($template:expr $(, $arg:expr)* $(,)?) => {
        $crate::explain::fill($template, &[$($crate::explain::Arg::from($arg)),*])
    };
}

mod batch;
mod chain;
mod pending;
mod pod;
mod policy;
mod service;
mod storage;
mod terminating;
mod workload;

use crate::api::Context;
use crate::cluster::Cluster;
use crate::object::{Key, Kind, Meta, Object, Pod, ReplicaSet};
use crate::time::SimTime;
use podscope_schema::sort::sort_by_key;
use std::rc::Rc;

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// As it should be.
    #[default]
    Well,
    /// It goes on by itself.
    Waiting,
    /// It does not go on by itself.
    Stuck,
    /// It is on its way out.
    Leaving,
    /// It is not there.
    Gone,
}

/// Why an object is as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The object's kind.
    pub kind: Rc<str>,
    /// Its namespace; or empty.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// How it stands.
    pub mood: Mood,
    /// The answer, in one sentence.
    pub sentence: String,
    /// Details: each node's reason, each pod's state.
    pub facts: Vec<Fact>,
    /// What led to it, oldest first.
    pub chain: Vec<Link>,
    /// The command that would help, if one would.
    pub command: Option<String>,
    /// When it changes by itself, if that is known.
    pub until: Option<SimTime>,
}

/// A detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Of what: a node, a pod, a field.
    pub of: String,
    /// What there is to say.
    pub text: String,
}

/// One cause: an entry of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The entry's number, from 1.
    pub entry: u32,
    /// When it was written.
    pub at: SimTime,
    /// By whom, such as `kubectl` or `replicaset-controller`.
    pub actor: &'static str,
    /// `created`, `updated`, `deleted` or `removed`.
    pub verb: &'static str,
    /// The object's kind.
    pub kind: &'static str,
    /// Its namespace; or empty.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
}

impl Cluster {
    /// Why the object of this kind and name is as it is, or was until it went.
    pub fn explain(&self, kind: &str, namespace: &str, name: &str) -> Explanation {
        let why = Why { cluster: self, cx: &self.cx };
        let found = Kind::from_name(kind);
        let namespace = if found.is_none_or(Kind::namespaced) { namespace } else { "" };
        let key = found.and_then(|k| self.cx.store.find(k, namespace, name));
        let answer = match key {
            Some(key) => why.answer(key),
            None => why.never(found, namespace, name),
        };
        let focus = answer.focus.or(key.map(Focus::Last));
        Explanation {
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
            mood: answer.mood,
            sentence: answer.text,
            facts: answer.facts,
            chain: focus.map(|f| chain::of(&self.cx, f)).unwrap_or_default(),
            command: answer.command,
            until: answer.until,
        }
    }
}

/// Where a chain of causes ends.
#[derive(Clone, Copy)]
enum Focus {
    /// At the last write of this object.
    Last(Key),
    /// At what deleted this object.
    Deletion(Key),
}

/// An answer in the making.
#[derive(Default)]
struct Answer {
    mood: Mood,
    text: String,
    facts: Vec<Fact>,
    command: Option<String>,
    until: Option<SimTime>,
    focus: Option<Focus>,
}

impl Answer {
    fn new(mood: Mood, text: String) -> Self {
        Self { mood, text, ..Self::default() }
    }

    fn fact(mut self, of: &str, text: impl Into<String>) -> Self {
        self.facts.push(Fact { of: of.into(), text: text.into() });
        self
    }

    fn command(mut self, command: Option<String>) -> Self {
        self.command = command;
        self
    }

    fn until(mut self, at: Option<SimTime>) -> Self {
        self.until = at;
        self
    }

    const fn focus(mut self, focus: Focus) -> Self {
        self.focus = Some(focus);
        self
    }
}

/// What an answer is read from.
#[derive(Clone, Copy)]
struct Why<'a> {
    cluster: &'a Cluster,
    cx: &'a Context,
}

impl<'a> Why<'a> {
    fn answer(self, key: Key) -> Answer {
        let Some(object) = self.cx.store.object(key) else { return terminating::gone(self, key) };
        let meta = object.meta();
        match object {
            Object::Pod(pod) => pod::alone(self, key, pod),
            _ if meta.deleting() => terminating::object(self, key, object),
            Object::Deployment(d) => workload::deployment(self, key, d),
            Object::ReplicaSet(set) => workload::replica_set(self, key, set),
            Object::StatefulSet(set) => workload::stateful_set(self, key, set),
            Object::DaemonSet(set) => batch::daemon_set(self, set),
            Object::Job(job) => batch::job(self, key, job),
            Object::CronJob(cron) => batch::cron_job(self, key, cron),
            Object::Service(service) => service::service(self, service),
            Object::EndpointSlice(slice) => service::slice(self, key, slice),
            Object::Claim(claim) => storage::claim(self, key, claim),
            Object::Volume(volume) => storage::volume(self, volume),
            Object::Node(node) => policy::node(self, key, node),
            Object::Autoscaler(hpa) => policy::autoscaler(self, key, hpa),
            Object::DisruptionBudget(budget) => policy::budget(self, budget),
            Object::ResourceQuota(quota) => policy::quota(quota),
            Object::ControllerRevision(_) => {
                Answer::new(Mood::Well, say!("% keeps a template that its owner has or had.", &meta.name))
            }
            Object::StorageClass(_) => {
                Answer::new(Mood::Well, say!("% says how claims get their volumes.", &meta.name))
            }
            Object::Other(_) => {
                Answer::new(Mood::Well, say!("% is kept as it was written, and not simulated.", &meta.name))
            }
        }
    }

    /// Of an object whose name never came up. A StatefulSet's pod may still be to come.
    fn never(self, kind: Option<Kind>, namespace: &str, name: &str) -> Answer {
        if kind == Some(Kind::Pod)
            && let Some(answer) = workload::missing_ordinal(self, namespace, name)
        {
            return answer;
        }
        Answer::new(Mood::Gone, say!("There is no object of the name %, and the trace knows of none.", name))
    }

    const fn now(self) -> SimTime {
        self.cx.now()
    }

    fn get<T: crate::object::Resource>(self, kind: Kind, namespace: &str, name: &str) -> Option<&'a Rc<T>> {
        self.cx.store.lookup::<T>(kind, namespace, name)
    }

    /// `at 42.5 s, in 12.0 s`
    fn at(self, at: SimTime) -> String {
        let left = SimTime((at - self.now()).as_micros() as u64);
        say!("at %, in %", &seconds(at), &seconds(left))
    }

    /// The Deployment, or else what else controls the pod: its kind and name.
    fn owner(self, pod: &Pod) -> Option<(Kind, &'a str)> {
        let owner = pod.meta.controller()?;
        let kind = Kind::from_name(&owner.kind)?;
        let key = self.cx.store.find(kind, &pod.meta.namespace, &owner.name)?;
        let object = self.cx.store.object(key)?;
        if let Object::ReplicaSet(set) = object {
            let above = set.meta.controller().filter(|o| &*o.kind == Kind::Deployment.name());
            if let Some(above) = above {
                return Some((Kind::Deployment, &above.name));
            }
        }
        Some((kind, &object.meta().name))
    }

    /// The ReplicaSets of a Deployment, the newest revision last.
    fn sets_of(self, meta: &Meta) -> Vec<&'a Rc<ReplicaSet>> {
        let owned = self.cx.store.owned_by(meta.uid).iter();
        let mut sets: Vec<_> = owned.filter_map(|&k| self.cx.store.get::<ReplicaSet>(k)).collect();
        sort_by_key(&mut sets, |s| crate::controller::deployment::number(s));
        sets
    }
}

/// What takes the place of a `%`.
enum Arg<'a> {
    Text(&'a str),
    Number(i64),
}

impl<'a, T: AsRef<str> + ?Sized> From<&'a T> for Arg<'a> {
    fn from(text: &'a T) -> Self {
        Self::Text(text.as_ref())
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// The text of a template: see `say!`.
fn fill(template: &str, args: &[Arg]) -> String {
    let mut text = String::new();
    let mut args = args.iter();
    for (i, piece) in template.split('%').enumerate() {
        match if i == 0 { None } else { args.next() } {
            Some(Arg::Text(arg)) => text += arg,
            Some(Arg::Number(arg)) => text += &n(*arg),
            None => {}
        }
        text += piece;
    }
    text
}

/// A kubectl command line, in the namespace that it is about; as an option, since that is what answers hold.
#[allow(clippy::unnecessary_wraps)]
fn kubectl(namespace: &str, rest: String) -> Option<String> {
    let line = "kubectl ".to_owned() + &rest;
    Some(if matches!(namespace, "" | "default") { line } else { say!("% -n %", &line, namespace) })
}

/// The word that kubectl takes for a kind.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Deployment => "deployment",
        Kind::StatefulSet => "statefulset",
        Kind::ReplicaSet => "replicaset",
        Kind::ReplicationController => "replicationcontroller",
        Kind::DaemonSet => "daemonset",
        Kind::Job => "job",
        Kind::CronJob => "cronjob",
        Kind::Service => "service",
        Kind::Node => "node",
        Kind::PersistentVolumeClaim => "pvc",
        Kind::PersistentVolume => "pv",
        Kind::PodDisruptionBudget => "pdb",
        Kind::HorizontalPodAutoscaler => "hpa",
        Kind::ResourceQuota => "quota",
        _ => "pod",
    }
}

fn n(number: i64) -> String {
    number.to_string()
}

/// `1 pod`, `2 pods`
fn many(number: i64, what: &str) -> String {
    say!("% %%", number, what, if number == 1 { "" } else { "s" })
}

/// `42.5 s`
fn seconds(at: SimTime) -> String {
    let tenths = (at.0 + 50_000) / 100_000;
    say!("%.% s", (tenths / 10) as i64, (tenths % 10) as i64)
}

/// Thousandths of a CPU, as quantities are written.
fn cpu(milli: i64) -> String {
    if milli % 1000 == 0 { n(milli / 1000) } else { n(milli) + "m" }
}

/// Bytes in a binary unit; rounded down, as far as it takes to be short.
fn bytes(bytes: i64) -> String {
    let (mut rest, mut unit) = (bytes, 0);
    while unit < 4 && (rest >= 10_240 || (rest >= 1024 && rest % 1024 == 0)) {
        rest /= 1024;
        unit += 1;
    }
    n(rest) + ["", "Ki", "Mi", "Gi", "Ti"][unit]
}
