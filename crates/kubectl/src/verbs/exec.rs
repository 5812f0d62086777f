//! `exec`: the few commands that a simulated container understands.

use crate::flag::Args;
use crate::resource::{Found, kind};
use crate::shell::Shell;
use crate::{Failure, Next, Session};
use podscope_engine::kubelet;
use podscope_engine::object::Pod;
use podscope_schema::Value;
use podscope_schema::sort::sort_by_key;

/// `exec POD [-c CONTAINER] -- COMMAND [ARGS…]`
// upstream: kubectl/pkg/cmd/exec
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    const HELP: &str = "See 'kubectl exec -h' for help and examples";
    let before = args.dash.unwrap_or(args.words.len());
    let command = args.words.get(before..).unwrap_or_default();
    if before == 0 {
        return Err(format!("error: pod or type/name must be specified\n{HELP}"));
    }
    if args.dash.is_none() && args.words.len() > 1 {
        return Err(format!(
            "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n{HELP}"
        ));
    }
    if command.is_empty() {
        return Err(format!("error: you must specify at least one command for the container\n{HELP}"));
    }
    let pod = pod(s, &args.words[0])?;
    let phase = pod.value.str_at(&["status", "phase"]).unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(format!("error: cannot exec into a container in a completed pod; current phase is {phase}"));
    }
    let container = container(s, &pod, args.value("container"))?;
    let name = container.str_at(&["name"]).unwrap_or_default();
    let Some(node) = pod.value.str_at(&["spec", "nodeName"]) else {
        return Err(format!("Error from server (BadRequest): pod {} does not have a host assigned", pod.name));
    };
    if let Some(typed) = pod.key.and_then(|k| s.cluster.cx.get::<Pod>(k))
        && !kubelet::reachable(&s.cluster.cx, &typed)
    {
        return Err(format!("Error from server: error dialing backend: node {node} does not answer"));
    }
    let status = status(&pod, name);
    if status.is_none_or(|c| c.at(&["state", "running"]).is_none()) {
        return Err(format!("error: unable to upgrade connection: container not found ({name:?})"));
    }
    let restarts = status.and_then(|c| c.get("restartCount")?.as_i64()).unwrap_or_default();
    let mut shell = Shell::new(s, &pod, &container, restarts);
    let exit = shell.run(command);
    let (stdout, stderr) = (shell.stdout, shell.stderr);
    s.out.stdout.push_str(&stdout);
    s.out.stderr.push_str(&stderr);
    if exit != 0 {
        s.out.exit = exit;
        return Err(format!("command terminated with exit code {exit}"));
    }
    Ok(None)
}

/// The pod that a word names: `NAME`, `pod/NAME`, or the first pod of `TYPE/NAME`.
pub fn pod(s: &Session, word: &str) -> Result<Found, Failure> {
    let (what, name) = word.split_once('/').unwrap_or(("pods", word));
    let info = kind(what)?;
    let found = s
        .object(info, &s.namespace, name)
        .ok_or_else(|| format!("Error from server (NotFound): {} {name:?} not found", info.group_resource()))?;
    if info.kind == "Pod" {
        return Ok(found);
    }
    // upstream: kubectl/pkg/polymorphichelpers attachablePodForObject
    let selector =
        found.value.at(&["spec", "selector", "matchLabels"]).or_else(|| found.value.at(&["spec", "selector"]));
    let Some(selector) = selector.and_then(Value::as_map) else {
        return Err(format!("error: cannot attach to *v1.{}: not implemented", info.kind));
    };
    let fits =
        |p: &Found| selector.iter().all(|(k, v)| p.value.at(&["metadata", "labels"]).and_then(|l| l.get(k)) == Some(v));
    let ready = |p: &Found| {
        let list = p.value.at(&["status", "conditions"]).map_or(&[][..], Value::items);
        list.iter().any(|c| c.str_at(&["type"]) == Some("Ready") && c.str_at(&["status"]) == Some("True"))
    };
    let mut pods: Vec<Found> = s.list(kind("pods")?, Some(&s.namespace)).into_iter().filter(fits).collect();
    sort_by_key(&mut pods, |p| !ready(p));
    pods.into_iter().next().ok_or_else(|| "error: timed out waiting for the condition".to_owned())
}

/// The container of a pod: the one that is asked for, or the first, which is said when there are more.
// upstream: kubectl/pkg/cmd/util/podcmd FindOrDefaultContainerByName
pub fn container(s: &mut Session, pod: &Found, asked: &str) -> Result<Value, Failure> {
    let list = pod.value.at(&["spec", "containers"]).map_or(&[][..], Value::items);
    let name = |c: &Value| c.str_at(&["name"]).unwrap_or_default().to_owned();
    if asked.is_empty() {
        let noted = pod
            .value
            .at(&["metadata", "annotations"])
            .and_then(|a| a.str_at(&["kubectl.kubernetes.io/default-container"]));
        let first = list.iter().find(|c| noted == Some(&name(c))).or_else(|| list.first());
        let first = first.cloned().ok_or("error: the pod has no container")?;
        if list.len() > 1 && noted.is_none() {
            let all: Vec<String> = list.iter().map(name).collect();
            s.warn(format!("Defaulted container {:?} out of: {}", name(&first), all.join(", ")));
        }
        return Ok(first);
    }
    let found = list.iter().find(|c| name(c) == asked).cloned();
    found.ok_or_else(|| format!("Error from server (BadRequest): container {asked} is not valid for pod {}", pod.name))
}

/// The status of a container.
pub fn status<'a>(pod: &'a Found, container: &str) -> Option<&'a Value> {
    let list = pod.value.at(&["status", "containerStatuses"])?.items();
    list.iter().find(|c| c.str_at(&["name"]) == Some(container))
}
