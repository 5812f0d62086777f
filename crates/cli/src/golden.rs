//! `podscope golden`: recorded command lines, run on the states on which they were recorded.

use crate::say;
use podscope_engine::convert::{epoch_micros, to_value};
use podscope_engine::kubelet::Behaviour;
use podscope_engine::object::Kind;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_kubectl::Output;
use podscope_proof::case::Script;
use podscope_schema::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

/// Microseconds from the instant noted with a command to the reading of the clock by which kubectl counts ages: its
/// process starts and asks the API server first. In the recordings that took 0.1 s at the least.
const START_UP: i64 = 110_000;

/// One recorded command, with the state before it.
pub struct Command {
    /// The command line.
    pub line: String,
    /// What was recorded.
    pub want: Output,
    stdin: String,
    namespace: String,
    now: String,
    state: Vec<Json>,
}

/// Reads a file of recorded commands.
pub fn load(path: &Path) -> Result<Vec<Command>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let file: Json = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let text = |v: &Json, key: &str| v.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let namespace = text(&file, "namespace");
    // Objects by the key that `gone` names them by, which says what order they are loaded in.
    let mut state: BTreeMap<String, Json> = BTreeMap::new();
    let mut out = Vec::new();
    for command in file["commands"].as_array().into_iter().flatten() {
        let delta = &command["stateDelta"];
        for gone in delta["gone"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            state.remove(gone);
        }
        for object in delta["set"].as_array().into_iter().flatten() {
            let meta = &object["metadata"];
            let key = [&object["kind"], &meta["name"], &meta["uid"]].map(|v| v.as_str().unwrap_or_default()).join("/");
            state.insert(key, object.clone());
        }
        out.push(Command {
            line: text(command, "cmd"),
            want: Output {
                exit: command["exit"].as_i64().unwrap_or_default() as i32,
                stdout: text(command, "stdout"),
                stderr: text(command, "stderr"),
            },
            stdin: text(command, "stdin"),
            namespace: namespace.clone(),
            now: text(command, "now"),
            state: state.values().cloned().collect(),
        });
    }
    Ok(out)
}

impl Command {
    /// How containers behaved in the recording: the rules that were noted in a ConfigMap.
    fn kubelet(&self) -> Result<Rc<dyn Behaviour>, String> {
        let noted = self.state.iter().find(|o| o["kind"] == "ConfigMap" && o["metadata"]["name"] == "lab-kubelet");
        let rules = noted.and_then(|o| o["data"]["rules"].as_str()).unwrap_or("[]");
        let rules: Json = serde_json::from_str(rules).map_err(|e| e.to_string())?;
        let script = json!({"startAfterMs": 300, "readyAfterMs": 300, "terminateAfterMs": 300, "rules": rules});
        let script: Script = serde_json::from_value(script).map_err(|e| e.to_string())?;
        script.behaviour(&script.rules, str::to_owned)
    }

    /// Runs it, on the state as it was recorded. Autoscalers are in no recorded state: `autoscalers` are those that the
    /// commands before left behind, and then those that this one does.
    pub fn run(&self, autoscalers: &mut Vec<Json>) -> Result<Output, String> {
        let mut cluster = self.cluster(autoscalers)?;
        let said = podscope_kubectl::run(&mut cluster, &self.namespace, &self.line, &self.stdin);
        let left = cluster.cx.store.of_kind(Kind::HorizontalPodAutoscaler).iter();
        let left = left.filter_map(|key| to_value(&cluster.cx, *key)).map(|v| serde_json::from_str(&v.to_json()));
        *autoscalers = left.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
        Ok(said)
    }

    /// The cluster before the command: the recorded nodes, and the objects as they were.
    fn cluster(&self, more: &[Json]) -> Result<Cluster, String> {
        let stamps = self.state.iter().filter_map(|o| o["metadata"]["creationTimestamp"].as_str());
        let now = epoch_micros(&self.now).ok_or("a command without an instant")?;
        let first = stamps.filter_map(epoch_micros).min().unwrap_or(now).min(now);
        let mut config = Config { epoch: first.div_euclid(1_000_000), ..Config::default() };
        config.behaviour = self.kubelet()?;
        let epoch = config.epoch;
        let mut cluster = Cluster::with_nodes(config, podscope_engine::topology::lab_nodes());
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}});
        let volumes: Vec<Json> = self.state.iter().filter_map(volume).collect();
        for object in self.state.iter().chain([&namespace]).chain(&volumes).chain(more) {
            let value = Value::from_json(&object.to_string()).map_err(|e| e.to_string())?;
            cluster.cx.load(&value).map_err(|e| e.message)?;
        }
        cluster.set_now(SimTime((now + START_UP - epoch * 1_000_000).max(0) as u64));
        // Nothing runs before a command waits; then controllers go on from here.
        cluster.cx.wake();
        Ok(cluster)
    }
}

/// The volume that a bound claim has: volumes are not in the recorded states.
fn volume(object: &Json) -> Option<Json> {
    let spec = &object["spec"];
    let name = spec["volumeName"].as_str().filter(|_| object["kind"] == "PersistentVolumeClaim")?;
    let meta = &object["metadata"];
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta["name"],
        "namespace": meta["namespace"], "uid": meta["uid"]});
    Some(json!({"apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": name, "uid": name, "creationTimestamp": meta["creationTimestamp"]},
        "spec": {"accessModes": spec["accessModes"], "capacity": object["status"]["capacity"], "claimRef": claim,
            "persistentVolumeReclaimPolicy": "Delete", "storageClassName": spec["storageClassName"]},
        "status": {"phase": "Bound"}}))
}

/// Commands that wait tell of changes on the way, which depend on what happened meanwhile: their last line counts.
pub fn agrees(command: &Command, said: &Output) -> bool {
    let waits = ["rollout status", "wait "].iter().any(|w| command.line.contains(w));
    let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
    let want = &command.want;
    said.exit == want.exit
        && if waits {
            last(&said.stdout) == last(&want.stdout) && last(&said.stderr) == last(&want.stderr)
        } else {
            said.stdout == want.stdout && said.stderr == want.stderr
        }
}

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let path = args.first().ok_or("golden needs a file")?;
    let (mut out, mut left) = (Vec::new(), Vec::new());
    for command in load(Path::new(path))? {
        let said = command.run(&mut left)?;
        out.push(json!({"cmd": command.line, "exit": said.exit, "stdout": said.stdout, "stderr": said.stderr}));
    }
    say::line!("{}", serde_json::to_string_pretty(&out).map_err(|e| e.to_string())?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every recorded command prints what was recorded, or is listed with its reason; a listed one that does fails.
    #[test]
    fn commands_print_what_kubectl_was_recorded_to_print() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
        let listed = std::fs::read_to_string(root.join("kubectl_known.toml")).unwrap_or_default();
        let known: Vec<&str> = listed
            .lines()
            .filter(|l| !l.trim_start().starts_with('#'))
            .filter_map(|l| Some(l.split_once(" = ")?.0.trim().trim_matches('"')))
            .collect();
        let (mut wrong, mut met) = (Vec::new(), 0);
        for file in ["empty", "healthy", "stuck", "changes"] {
            let commands = load(&root.join(format!("kubectl/{file}.json"))).expect("recorded commands");
            let mut left = Vec::new();
            for (i, command) in commands.iter().enumerate() {
                let id = format!("{file} {i}");
                let said = command.run(&mut left).expect("the state loads");
                match (agrees(command, &said), known.contains(&&*id)) {
                    (true, true) => wrong.push(format!("{id}: listed, but met: take it off the list")),
                    (true, false) => met += 1,
                    (false, true) => {}
                    (false, false) => wrong.push(format!(
                        "{id} ({})\n--- want {}\n{}{}--- have {}\n{}{}",
                        command.line,
                        command.want.exit,
                        command.want.stdout,
                        command.want.stderr,
                        said.exit,
                        said.stdout,
                        said.stderr
                    )),
                }
            }
        }
        println!("{met} commands met, {} known not to be", known.len());
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}
