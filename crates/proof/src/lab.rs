//! What breaks things on purpose, and looks at every write: for random runs, and for scenarios that are reproductions of them.
//!
//! Scenarios say `lab …` in their `kubectl` fences ([`Lab::act`] has the words).

use crate::judge::{Extra, Judge};
use crate::plan::Fault;
use podscope_engine::Cluster;
use podscope_engine::controller::Controller;
use podscope_engine::kubelet::{self, Behaviour, Catalogue, PodBehaviour};
use podscope_engine::object::{Container, Kind, Pod, StatefulSet};
use podscope_engine::time::SimTime;
use std::rc::Rc;
use std::time::Duration;

/// Once everything is well again, so much simulated time is enough for every run to come to rest.
pub const REST: Duration = Duration::from_hours(2);

/// Containers as the catalogue knows them, but for what is broken at present.
#[derive(Clone, Default)]
struct Broken {
    held: Vec<String>,
    faults: Vec<(String, Fault)>,
}

impl Broken {
    fn fault(&self, pod: &Pod) -> Option<Fault> {
        let name = pod.spec.containers.first().map(|c| &*c.name)?;
        self.faults.iter().find(|(app, _)| *app == name).map(|(_, f)| *f)
    }
}

impl Behaviour for Broken {
    fn of(&self, pod: &Pod) -> PodBehaviour {
        let mut is = Catalogue.of(pod);
        match self.fault(pod) {
            Some(Fault::Crash) => is.crash = Some((Duration::from_millis(800), 1)),
            Some(Fault::NeverReady) => is.ready_after = None,
            Some(Fault::BadImage) => is.bad_image = true,
            Some(Fault::Deaf) => is.terminate_after = None,
            None => {}
        }
        if pod.node.as_ref().is_some_and(|n| self.held.iter().any(|h| **h == **n)) {
            is.start_after = Duration::from_hours(1);
            is.ready_after = None;
            is.terminate_after = None;
        }
        is
    }

    fn pull(&self, pod: &Pod, container: &Container) -> Duration {
        Catalogue.pull(pod, container)
    }

    fn init(&self, pod: &Pod, container: &Container) -> Duration {
        Catalogue.init(pod, container)
    }

    fn bad_image(&self, pod: &Pod, container: &Container) -> bool {
        self.fault(pod) == Some(Fault::BadImage) || Catalogue.bad_image(pod, container)
    }
}

/// Breaks and mends a cluster whose `Config::record` is set, and holds each of its writes against the rules.
#[derive(Default)]
pub struct Lab {
    broken: Broken,
    /// Who holds the writes against the rules.
    pub judge: Judge,
}

impl Lab {
    /// With one more rule.
    pub fn with(extra: Option<Extra>) -> Self {
        let mut lab = Self::default();
        lab.judge.extra = extra;
        lab
    }

    /// Takes what was written since it was last asked.
    pub fn drain(&mut self, cluster: &mut Cluster) {
        self.judge.drain(&mut cluster.cx);
    }

    /// Does one thing:
    ///
    /// * `fail NODE`, `recover NODE`: its machine stops, or comes back;
    /// * `hold NODE`, `release NODE`: nothing starts, becomes Ready or ends on it, or does again;
    /// * `break APP crash|never-ready|bad-image|deaf`, `mend APP`: how containers of this name behave;
    /// * `mend`: all nodes and containers are well, and nothing is stopped by people;
    /// * `wait 300ms`: time passes, and all that is due by then is done; `rest`: until nothing is due;
    /// * `resync`: what informers do every 12 hours or so.
    ///
    /// # Errors
    /// It knows no such thing, or there is no rest.
    pub fn act(&mut self, cluster: &mut Cluster, what: &str) -> Result<(), String> {
        match what.split(' ').collect::<Vec<_>>()[..] {
            ["fail", node] => _ = kubelet::fail_node(&mut cluster.cx, node),
            ["recover", node] => _ = kubelet::recover_node(&mut cluster.cx, node),
            ["hold", node] => {
                self.broken.held.retain(|n| n != node);
                self.broken.held.push(node.to_owned());
                self.behave(cluster);
            }
            ["release", node] => {
                self.broken.held.retain(|n| n != node);
                self.behave(cluster);
            }
            ["break", app, word] => {
                let fault = Fault::of(word).ok_or_else(|| format!("{word} is no way to break"))?;
                self.broken.faults.retain(|(a, _)| a != app);
                self.broken.faults.push((app.to_owned(), fault));
                self.behave(cluster);
            }
            ["mend", app] => {
                self.broken.faults.retain(|(a, _)| a != app);
                self.behave(cluster);
            }
            ["mend"] => self.mend(cluster),
            ["wait", length] => {
                let millis: u64 = length.strip_suffix("ms").and_then(|n| n.parse().ok()).ok_or("wait 300ms")?;
                self.until(cluster, cluster.now() + Duration::from_millis(millis));
            }
            ["rest"] if self.rest(cluster) => {}
            ["rest"] => return Err(format!("there is no rest after {} s", REST.as_secs())),
            ["resync"] => resync(cluster),
            _ => return Err(format!("the lab knows no {what:?}")),
        }
        self.drain(cluster);
        Ok(())
    }

    fn behave(&self, cluster: &mut Cluster) {
        Rc::make_mut(&mut cluster.cx.config).behaviour = Rc::new(self.broken.clone());
        kubelet::behaviour_changed(&mut cluster.cx);
    }

    fn until(&mut self, cluster: &mut Cluster, end: SimTime) {
        while !cluster.advance_to(end, 1) {
            self.drain(cluster);
        }
    }

    fn mend(&mut self, cluster: &mut Cluster) {
        self.broken = Broken::default();
        self.behave(cluster);
        let names = |cluster: &Cluster, kind: Kind| -> Vec<String> {
            cluster.cx.store.of_kind(kind).iter().map(|k| cluster.cx.store.name(*k).name.to_string()).collect()
        };
        let kubectl = |cluster: &mut Cluster, line: &str| {
            podscope_kubectl::run(cluster, "default", line, "");
        };
        for node in names(cluster, Kind::Node) {
            kubelet::recover_node(&mut cluster.cx, &node);
            kubectl(cluster, &format!("kubectl uncordon {node}"));
            kubectl(cluster, &format!("kubectl taint nodes {node} lab-"));
        }
        for name in ["web", "api"] {
            kubectl(cluster, &format!("kubectl rollout resume deployment/{name}"));
        }
    }

    /// Waits until nothing is due any more. Says whether that came.
    fn rest(&mut self, cluster: &mut Cluster) -> bool {
        let end = cluster.now() + REST;
        while let Some(next) = cluster.cx.next_time() {
            if next > end {
                return false;
            }
            cluster.advance_to(next, 1);
            self.drain(cluster);
        }
        true
    }
}

/// Of the sets that need it: one that waits for a claim to go with its pod is not told of it.
fn resync(cluster: &mut Cluster) {
    let sets = cluster.cx.store.list::<StatefulSet>(Kind::StatefulSet);
    let waiting: Vec<_> = sets.filter(|(_, s)| s.delete_claims_on_scale).map(|(k, _)| k).collect();
    for key in waiting {
        cluster.cx.enqueue(Controller::StatefulSet, key);
    }
}

impl podscope_scenario::Host for Lab {
    fn command(&mut self, cluster: &mut Cluster, line: &str) -> Option<Result<(), String>> {
        let what = line.strip_prefix("lab ")?;
        let done = self.act(cluster, what);
        Some(done.and_then(|()| self.after(cluster)))
    }

    fn after(&mut self, cluster: &mut Cluster) -> Result<(), String> {
        self.drain(cluster);
        self.judge.broken.first().map_or(Ok(()), |b| Err(format!("a rule is broken {b}")))
    }
}
