//! Random runs: what is applied, asked for and broken, and when.

use podscope_engine::time::Rng;
use std::fmt::Write as _;

/// One run: everything that happens to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Seeds the cluster.
    pub seed: u64,
    /// How many nodes it has.
    pub nodes: usize,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is applied.
    Apply(String),
    /// This command is run.
    Kubectl(String),
    /// The pod of this place among those labeled with this app: it is deleted, with these flags.
    DeletePod(&'static str, usize, &'static str),
    /// So many milliseconds pass.
    Wait(u64),
    /// A node's machine stops, or comes back.
    Node(usize, bool),
    /// Nothing starts, becomes Ready or ends on a node, or does again.
    Hold(usize, bool),
    /// The containers of an app break like this, or are well again.
    Break(&'static str, Option<Fault>),
}

/// How containers break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They end soon after each start.
    Crash,
    /// They never become Ready.
    NeverReady,
    /// Their image is not there.
    BadImage,
    /// They do not end when they are told to.
    Deaf,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Crash, Self::NeverReady, Self::BadImage, Self::Deaf];

    /// The fault of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.word() == word)
    }

    /// A word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::NeverReady => "never-ready",
            Self::BadImage => "bad-image",
            Self::Deaf => "deaf",
        }
    }
}

/// The name that node `i` has in `topology::default_nodes`.
pub fn node(i: usize) -> String {
    format!("node-{}", char::from(b'a' + i as u8))
}

/// Two Deployments, two StatefulSets, a DaemonSet and a Job: the apps of every run.
const APPS: [&str; 6] = ["web", "api", "db", "kv", "agent", "task"];

/// Chance, with words for what plans need.
struct Dice {
    rng: Rng,
    /// Deployments are recreated in all of the run, or in none of it: one that is changed to `Recreate` and scaled
    /// while two of its sets hold pods stays as it is, in Kubernetes too.
    recreate: bool,
}

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.rng.below(n)
    }

    /// One in `n`.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    fn amount(&mut self) -> String {
        if self.one_in(2) { self.below(4).to_string() } else { format!("{}%", self.below(101)) }
    }
}

impl Plan {
    /// The run of this seed.
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice { rng: Rng::new(seed ^ 0x5eed), recreate: false };
        dice.recreate = dice.one_in(5);
        let nodes = 2 + dice.below(4) as usize;
        // A few apps each, so that runs are short and their parts meet.
        let mut apps: Vec<&'static str> = (0..=dice.below(3)).map(|_| dice.of(&APPS)).collect();
        apps.sort_unstable();
        apps.dedup();
        let mut steps: Vec<Step> = apps.iter().map(|app| Step::Apply(manifest(&mut dice, app))).collect();
        for app in &apps {
            if dice.one_in(2) {
                steps.push(Step::Apply(service(&mut dice, app)));
            }
            if dice.one_in(3) {
                steps.push(Step::Apply(budget(&mut dice, app)));
            }
        }
        let count = 2 + dice.below(10);
        for _ in 0..count {
            // Sometimes one thing comes right after another, sometimes long after.
            let most = dice.of(&[30, 2_000, 15_000, 60_000]);
            steps.push(Step::Wait(dice.below(most)));
            let app = dice.of(&apps);
            steps.push(step(&mut dice, app, nodes));
        }
        Self { seed, nodes, steps }
    }
}

fn step(dice: &mut Dice, app: &'static str, nodes: usize) -> Step {
    let kind = match app {
        "web" | "api" => "deployment",
        "db" | "kv" => "statefulset",
        "agent" => "daemonset",
        _ => "job",
    };
    let target = format!("{kind}/{app}");
    let machine = dice.below(nodes as u64) as usize;
    let rolled = matches!(kind, "deployment" | "statefulset" | "daemonset");
    let command = match dice.below(24) {
        0..3 if rolled => format!("kubectl set image {target} {app}=app:{}", dice.below(4)),
        3..6 if kind != "daemonset" && kind != "job" => format!("kubectl scale {target} --replicas={}", dice.below(7)),
        6 if rolled => format!("kubectl rollout undo {target}"),
        7 if rolled => format!("kubectl rollout restart {target}"),
        8 if kind == "deployment" => format!("kubectl rollout {} {target}", dice.of(&["pause", "resume", "resume"])),
        9 => format!("kubectl drain {} --ignore-daemonsets --force --timeout=20s", node(machine)),
        10 => format!("kubectl {} {}", dice.of(&["cordon", "uncordon"]), node(machine)),
        // A claim that goes with its pod waits for the pod, and in the foreground the pod for the claim: for ever.
        11 if kind == "statefulset" => {
            format!("kubectl delete {target} --wait=false {}", dice.of(&["", "--cascade=orphan"]))
        }
        11 => format!(
            "kubectl delete {target} --wait=false {}",
            dice.of(&["", "--cascade=orphan", "--cascade=foreground"])
        ),
        // A StatefulSet's pod that lost its label is in the way of its successor for ever.
        12 if kind == "deployment" || kind == "daemonset" => {
            format!("kubectl label pods -l app={app} app- --overwrite")
        }
        13 => {
            format!("kubectl taint nodes {} lab=x:{} --overwrite", node(machine), dice.of(&["NoSchedule", "NoExecute"]))
        }
        14..16 => {
            return Step::DeletePod(
                app,
                dice.below(5) as usize,
                dice.of(&["", "", "--force --grace-period=0", "--now"]),
            );
        }
        16..18 => return Step::Node(machine, dice.one_in(2)),
        18 => return Step::Hold(machine, dice.one_in(2)),
        19..21 => {
            let fault = dice.of(&Fault::ALL);
            return Step::Break(app, (!dice.one_in(3)).then_some(fault));
        }
        21 if kind == "statefulset" => format!("kubectl delete pvc data-{app}-{} --wait=false", dice.below(4)),
        _ => return Step::Apply(manifest(dice, app)),
    };
    Step::Kubectl(command)
}

fn manifest(dice: &mut Dice, app: &str) -> String {
    let mut y = String::new();
    let (version, kind) = match app {
        "web" | "api" => ("apps/v1", "Deployment"),
        "db" | "kv" => ("apps/v1", "StatefulSet"),
        "agent" => ("apps/v1", "DaemonSet"),
        _ => ("batch/v1", "Job"),
    };
    _ = writeln!(y, "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {app}}}\nspec:");
    if kind != "Job" {
        _ = writeln!(y, "  selector: {{matchLabels: {{app: {app}}}}}");
        if dice.one_in(4) {
            _ = writeln!(y, "  minReadySeconds: {}", dice.of(&[1, 5]));
        }
    }
    match kind {
        "Deployment" => {
            _ = writeln!(y, "  replicas: {}", dice.below(7));
            if dice.recreate {
                y.push_str("  strategy: {type: Recreate}\n");
            } else if dice.one_in(2) {
                let (mut surge, unavailable) = (dice.amount(), dice.amount());
                if matches!(&*surge, "0" | "0%") && matches!(&*unavailable, "0" | "0%") {
                    surge = "1".into();
                }
                _ = writeln!(y, "  strategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}");
            }
        }
        "StatefulSet" => {
            _ = writeln!(y, "  replicas: {}\n  serviceName: {app}", dice.below(6));
            // Policy and templates of claims cannot be changed, so the app decides them.
            if app == "kv" {
                y.push_str("  podManagementPolicy: Parallel\n  ordinals: {start: 2}\n");
            } else {
                y.push_str("  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n");
            }
            if dice.one_in(4) {
                _ = writeln!(y, "  updateStrategy: {{rollingUpdate: {{partition: {}}}}}", dice.below(4));
            } else if dice.one_in(8) {
                y.push_str("  updateStrategy: {type: OnDelete}\n");
            }
            if dice.one_in(4) {
                let word = |dice: &mut Dice| dice.of(&["Retain", "Delete"]);
                let (a, b) = (word(dice), word(dice));
                _ = writeln!(y, "  persistentVolumeClaimRetentionPolicy: {{whenDeleted: {a}, whenScaled: {b}}}");
            }
        }
        "DaemonSet" => {
            if dice.one_in(2) {
                let (surge, unavailable) = dice.of(&[("0", "1"), ("1", "0"), ("0", "50%"), ("25%", "0")]);
                _ = writeln!(
                    y,
                    "  updateStrategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}"
                );
            }
        }
        _ => {
            _ = writeln!(
                y,
                "  completions: {}\n  parallelism: {}\n  backoffLimit: {}",
                1 + dice.below(5),
                1 + dice.below(3),
                dice.below(4)
            );
        }
    }
    _ = writeln!(y, "  template:\n    metadata: {{labels: {{app: {app}}}}}\n    spec:");
    if kind == "Job" {
        _ = writeln!(y, "      restartPolicy: {}", dice.of(&["Never", "OnFailure"]));
    }
    if dice.one_in(4) {
        _ = writeln!(y, "      terminationGracePeriodSeconds: {}", dice.of(&[0, 2, 60]));
    }
    if dice.one_in(5) && app != "agent" {
        _ = writeln!(
            y,
            "      topologySpreadConstraints: [{{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {{matchLabels: {{app: {app}}}}}}}]"
        );
    }
    _ = writeln!(y, "      containers:\n      - name: {app}\n        image: app:{}", dice.below(4));
    if dice.one_in(3) {
        _ = writeln!(y, "        resources: {{requests: {{cpu: {}m, memory: 64Mi}}}}", dice.of(&[10, 100, 250]));
    }
    if dice.one_in(3) {
        _ = writeln!(y, "        readinessProbe: {{httpGet: {{port: 80}}, periodSeconds: {}}}", 1 + dice.below(5));
    }
    y
}

fn service(dice: &mut Dice, app: &str) -> String {
    let headless = if dice.one_in(2) { "  clusterIP: None\n" } else { "" };
    let early = if dice.one_in(4) { "  publishNotReadyAddresses: true\n" } else { "" };
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {app}}}\nspec:\n  selector: {{app: {app}}}\n{headless}{early}  ports: [{{port: 80}}]\n"
    )
}

fn budget(dice: &mut Dice, app: &str) -> String {
    let word = dice.of(&["minAvailable", "maxUnavailable"]);
    let amount = dice.amount();
    format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {app}}}\nspec:\n  selector: {{matchLabels: {{app: {app}}}}}\n  {word}: {amount}\n"
    )
}
