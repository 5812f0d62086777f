//! Plays a plan on a cluster, under the eyes of the judge.

use crate::judge::{Broken, Extra};
use crate::lab::Lab;
use crate::plan::{Plan, Step, node};
use podscope_engine::object::{Kind, Pod};
use podscope_engine::{Cluster, Config, topology};
use podscope_scenario::settled;

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
    /// What was done, in the words of scenarios.
    pub done: Vec<Done>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A manifest was applied. One that was refused is not here.
    Applied(String),
    /// A line of a `kubectl` fence.
    Ran(String),
}

struct Player {
    cluster: Cluster,
    lab: Lab,
    done: Vec<Done>,
}

/// Plays a plan to its end, makes everything well, and waits until nothing happens any more.
pub fn play(plan: &Plan) -> Outcome {
    play_with(plan, None)
}

/// As [`play`], with one more rule.
pub fn play_with(plan: &Plan, extra: Option<Extra>) -> Outcome {
    let config = Config { seed: plan.seed, record: true, ..Config::default() };
    let cluster = Cluster::with_nodes(config, topology::default_nodes(plan.nodes));
    let mut player = Player { cluster, lab: Lab::with(extra), done: Vec::new() };
    player.lab.drain(&mut player.cluster);
    for step in &plan.steps {
        player.step(step);
        player.lab.drain(&mut player.cluster);
    }
    let mut rested = Ok(());
    for what in ["mend", "rest", "resync", "rest"] {
        rested = rested.and_then(|()| player.act(what));
    }
    let Player { cluster, lab, done } = player;
    let mut broken = lab.judge.broken;
    let mut end =
        |what| broken.push(Broken { at: cluster.now(), rule: "with nothing broken, everything settles", what });
    match rested {
        Ok(()) => settled(&cluster.cx).into_iter().for_each(end),
        Err(what) => end(what),
    }
    let trace = &cluster.cx.trace;
    let (digest, writes) = (trace.digest(), trace.len());
    Outcome { cluster, broken, digest, writes, done }
}

impl Player {
    fn step(&mut self, step: &Step) {
        let done = match step {
            Step::Apply(yaml) => {
                // What is refused is refused: plans are random.
                if self.cluster.apply(yaml).is_ok() {
                    self.done.push(Done::Applied(yaml.clone()));
                }
                Ok(())
            }
            Step::Kubectl(line) => {
                self.kubectl(line);
                Ok(())
            }
            Step::DeletePod(app, n, flags) => {
                if let Some(name) = self.pod(app, *n) {
                    self.kubectl(&format!("kubectl delete pod {name} --wait=false {flags}"));
                }
                Ok(())
            }
            Step::Wait(millis) => self.act(&format!("wait {millis}ms")),
            Step::Node(i, fails) => self.act(&format!("{} {}", if *fails { "fail" } else { "recover" }, node(*i))),
            Step::Hold(i, holds) => self.act(&format!("{} {}", if *holds { "hold" } else { "release" }, node(*i))),
            Step::Break(app, Some(fault)) => self.act(&format!("break {app} {}", fault.word())),
            Step::Break(app, None) => self.act(&format!("mend {app}")),
        };
        debug_assert_eq!(done, Ok(()), "{step:?}");
    }

    fn act(&mut self, what: &str) -> Result<(), String> {
        self.done.push(Done::Ran(format!("lab {what}")));
        self.lab.act(&mut self.cluster, what)
    }

    fn kubectl(&mut self, line: &str) {
        let output = podscope_kubectl::run(&mut self.cluster, "default", line, "");
        let mark = if output.exit == 0 { "" } else { "! " };
        self.done.push(Done::Ran(format!("{mark}{}", line.trim_end())));
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
}
