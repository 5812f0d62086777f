//! Plays a plan on a cluster, under the eyes of the judge.

use crate::judge::{Broken, Judge};
use crate::plan::{Fault, Plan, Step, node};
use crate::settled;
use podscope_engine::controller::Controller;
use podscope_engine::kubelet::{self, Behaviour, Catalogue, PodBehaviour};
use podscope_engine::object::{Container, Kind, Pod, StatefulSet};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, topology};
use std::rc::Rc;
use std::time::Duration;

/// Once everything is well again, so much simulated time is enough for every run to come to rest.
const REST: Duration = Duration::from_hours(2);

/// What became of a run.
pub struct Outcome {
    /// The cluster in the end.
    pub cluster: Cluster,
    /// The rules that it broke: none, if all is well.
    pub broken: Vec<Broken>,
    /// The digest of its trace.
    pub digest: u64,
    /// How many writes it took.
    pub writes: usize,
}

/// Containers as the catalogue knows them, but for what is broken at present.
#[derive(Clone, Default)]
struct Lab {
    held: Vec<String>,
    faults: Vec<(&'static str, Fault)>,
}

impl Lab {
    fn fault(&self, pod: &Pod) -> Option<Fault> {
        let name = pod.spec.containers.first().map(|c| &*c.name)?;
        self.faults.iter().find(|(app, _)| *app == name).map(|(_, f)| *f)
    }
}

impl Behaviour for Lab {
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

struct Player {
    cluster: Cluster,
    judge: Judge,
    lab: Lab,
}

/// Plays a plan to its end, makes everything well, and waits until nothing happens any more.
pub fn play(plan: &Plan) -> Outcome {
    let config = Config { seed: plan.seed, record: true, behaviour: Rc::new(Lab::default()), ..Config::default() };
    let cluster = Cluster::with_nodes(config, topology::default_nodes(plan.nodes));
    let mut player = Player { cluster, judge: Judge::default(), lab: Lab::default() };
    player.drain();
    for step in &plan.steps {
        player.step(step);
        player.drain();
    }
    player.mend(plan.nodes);
    // A set that waits for a claim to go with its pod is not told of it: it looks again when the informers resync.
    let quiet = player.rest() && {
        player.resync();
        player.rest()
    };
    let Player { cluster, mut judge, .. } = player;
    let mut end =
        |what| judge.broken.push(Broken { at: cluster.now(), rule: "with nothing broken, everything settles", what });
    if quiet {
        settled(&cluster.cx).into_iter().for_each(end);
    } else {
        end(format!("there is no rest after {} s", REST.as_secs()));
    }
    let trace = &cluster.cx.trace;
    let (digest, writes) = (trace.digest(), trace.len());
    Outcome { broken: judge.broken, digest, writes, cluster }
}

impl Player {
    fn drain(&mut self) {
        self.judge.drain(&mut self.cluster.cx);
    }

    fn step(&mut self, step: &Step) {
        match step {
            // What is refused is refused: plans are random.
            Step::Apply(yaml) => drop(self.cluster.apply(yaml)),
            Step::Kubectl(line) => self.kubectl(line),
            Step::DeletePod(app, n, flags) => {
                if let Some(name) = self.pod(app, *n) {
                    self.kubectl(&format!("kubectl delete pod {name} --wait=false {flags}"));
                }
            }
            Step::Wait(millis) => self.until(self.cluster.now() + Duration::from_millis(*millis)),
            Step::Node(i, fails) => {
                let act = if *fails { kubelet::fail_node } else { kubelet::recover_node };
                act(&mut self.cluster.cx, &node(*i));
            }
            Step::Hold(i, holds) => {
                self.lab.held.retain(|n| *n != node(*i));
                self.lab.held.extend(holds.then(|| node(*i)));
                self.behave();
            }
            Step::Break(app, fault) => {
                self.lab.faults.retain(|(a, _)| a != app);
                self.lab.faults.extend(fault.map(|f| (*app, f)));
                self.behave();
            }
        }
    }

    fn kubectl(&mut self, line: &str) {
        podscope_kubectl::run(&mut self.cluster, "default", line, "");
    }

    /// The name of the pod of this place among those of an app.
    fn pod(&self, app: &str, n: usize) -> Option<String> {
        let pods = self.cluster.cx.store.list::<Pod>(Kind::Pod).map(|(_, p)| p);
        let mut names: Vec<String> = pods
            .filter(|p| p.meta.labels.get("app").is_some_and(|a| **a == *app))
            .map(|p| p.meta.name.to_string())
            .collect();
        names.sort();
        (!names.is_empty()).then(|| names.swap_remove(n % names.len()))
    }

    fn behave(&mut self) {
        Rc::make_mut(&mut self.cluster.cx.config).behaviour = Rc::new(self.lab.clone());
        kubelet::behaviour_changed(&mut self.cluster.cx);
    }

    fn until(&mut self, end: SimTime) {
        while !self.cluster.advance_to(end, 1) {
            self.drain();
        }
    }

    /// Nodes and containers are well, and nothing is stopped by people.
    fn mend(&mut self, nodes: usize) {
        self.lab = Lab::default();
        self.behave();
        for i in 0..nodes {
            kubelet::recover_node(&mut self.cluster.cx, &node(i));
            self.kubectl(&format!("kubectl uncordon {}", node(i)));
            self.kubectl(&format!("kubectl taint nodes {} lab-", node(i)));
        }
        for app in ["web", "api"] {
            self.kubectl(&format!("kubectl rollout resume deployment/{app}"));
        }
        self.drain();
    }

    /// What informers do every 12 hours or so, of the sets that need it.
    fn resync(&mut self) {
        for (key, set) in self
            .cluster
            .cx
            .store
            .list::<StatefulSet>(Kind::StatefulSet)
            .map(|(k, s)| (k, s.clone()))
            .collect::<Vec<_>>()
        {
            if set.delete_claims_on_scale {
                self.cluster.cx.enqueue(Controller::StatefulSet, key);
            }
        }
    }

    /// Waits until nothing is due any more. Says whether that came.
    fn rest(&mut self) -> bool {
        let end = self.cluster.now() + REST;
        while let Some(next) = self.cluster.cx.next_time() {
            if next > end {
                return false;
            }
            self.cluster.advance_to(next, 1);
            self.drain();
        }
        true
    }
}
