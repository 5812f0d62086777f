//! `logs`: simulated containers write nothing of their own, so what is known of their runs is told.

use crate::flag::Args;
use crate::resource::{Found, kind};
use crate::verbs::exec;
use crate::{Failure, Next, Progress, Session, Wait};
use podscope_schema::Value;

/// `logs POD [-c CONTAINER] [-f] [-p] [--tail=N]`
// upstream: kubectl/pkg/cmd/logs
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    const HELP: &str = "See 'kubectl logs -h' for help and examples";
    let selector = args.value("selector");
    if args.words.is_empty() && selector.is_empty() {
        return Err(format!(
            "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\n{HELP}"
        ));
    }
    if args.words.len() > 2 {
        return Err(format!(
            "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\n{HELP}"
        ));
    }
    let pods = if selector.is_empty() {
        vec![named(s, &args.words[0])?]
    } else {
        let chosen = crate::selector::labels(selector).map_err(|e| format!("error: {e}"))?;
        let all = s.list(kind("pods")?, Some(&s.namespace));
        all.into_iter().filter(|p| chosen.matches(&crate::selector::labels_of(&p.value))).collect()
    };
    if pods.is_empty() {
        let text = format!("No resources found in {} namespace.", s.namespace);
        s.warn(text);
        return Ok(None);
    }
    let asked = args.words.get(1).map_or_else(|| args.value("container").to_owned(), Clone::clone);
    let mut follow = Follow { sources: Vec::new(), args: args.clone() };
    for pod in pods {
        let containers = if args.on("all-containers") {
            pod.value.at(&["spec", "containers"]).map_or_else(Vec::new, |c| c.items().to_vec())
        } else {
            vec![exec::container(s, &pod, &asked).map_err(|e| {
                if e.contains("is not valid") {
                    format!("error: container {asked} is not valid for pod {}", pod.name)
                } else {
                    e
                }
            })?]
        };
        for c in containers {
            let name = c.str_at(&["name"]).unwrap_or_default().to_owned();
            ready(&pod, &name, args)?;
            follow.sources.push((pod.clone(), name, 0));
        }
    }
    let tail = args.int("tail").filter(|n| *n >= 0);
    follow.print(s, tail.map(|n| n as usize));
    if args.on("follow") { Ok(Some(Box::new(follow))) } else { Ok(None) }
}

fn named(s: &Session, word: &str) -> Result<Found, Failure> {
    if word.contains('/') {
        return exec::pod(s, word);
    }
    let found = s.object(kind("pods")?, &s.namespace, word);
    found.ok_or_else(|| {
        format!("error: error from server (NotFound): pods {word:?} not found in namespace {:?}", &*s.namespace)
    })
}

/// Whether a container has run, so that there is something to tell.
fn ready(pod: &Found, container: &str, args: &Args) -> Result<(), Failure> {
    let bad = |why: String| Err(format!("Error from server (BadRequest): {why}"));
    let status = exec::status(pod, container);
    let last = status.and_then(|c| c.at(&["lastState", "terminated"]));
    if args.on("previous") {
        if last.is_none() {
            return bad(format!("previous terminated container {container:?} in pod {:?} not found", &*pod.name));
        }
        return Ok(());
    }
    if pod.value.str_at(&["spec", "nodeName"]).is_none() {
        return bad(format!("pod {} does not have a host assigned", pod.name));
    }
    let waiting = status.and_then(|c| c.str_at(&["state", "waiting", "reason"]));
    match (status, waiting) {
        (None, _) => {
            bad(format!("container {container:?} in pod {:?} is waiting to start: ContainerCreating", &*pod.name))
        }
        (_, Some("ErrImagePull" | "ImagePullBackOff")) => bad(format!(
            "container {container:?} in pod {:?} is waiting to start: trying and failing to pull image",
            &*pod.name
        )),
        (_, Some(reason)) if last.is_none() => {
            bad(format!("container {container:?} in pod {:?} is waiting to start: {reason}", &*pod.name))
        }
        _ => Ok(()),
    }
}

/// What is told of the runs of a container: instants and texts.
fn lines(pod: &Found, container: &str, previous: bool) -> Vec<(String, String)> {
    let Some(status) = exec::status(pod, container) else { return Vec::new() };
    let image = status.str_at(&["image"]).unwrap_or_default();
    let mut out = Vec::new();
    let mut run = |state: Option<&Value>| {
        let Some(state) = state else { return };
        let text = |v: &Value, key: &str| v.str_at(&[key]).unwrap_or_default().to_owned();
        if let Some(running) = state.get("running") {
            out.push((text(running, "startedAt"), format!("{image} started (simulated: it writes no log of its own)")));
        }
        if let Some(ended) = state.get("terminated") {
            let code = ended.get("exitCode").and_then(Value::as_i64).unwrap_or_default();
            out.push((text(ended, "startedAt"), format!("{image} started (simulated: it writes no log of its own)")));
            out.push((
                text(ended, "finishedAt"),
                format!("{image} ended with exit code {code}: {}", text(ended, "reason")),
            ));
        }
    };
    // While the container waits for its next run, the last one is what there is.
    let waits = status.at(&["state", "waiting"]).is_some();
    run(if previous || waits { status.get("lastState") } else { status.get("state") });
    out
}

struct Follow {
    /// Pod, container, and how many lines of it were printed.
    sources: Vec<(Found, String, usize)>,
    args: Args,
}

impl Follow {
    fn print(&mut self, s: &mut Session, tail: Option<usize>) {
        for (pod, container, printed) in &mut self.sources {
            let Some(now) = s.object(pod.info, &pod.namespace, &pod.name) else { continue };
            let all = lines(&now, container, self.args.on("previous"));
            let from = (*printed).max(tail.map_or(0, |n| all.len().saturating_sub(n))).min(all.len());
            for (at, text) in &all[from..] {
                let prefix =
                    if self.args.on("prefix") { format!("[pod/{}/{container}] ", pod.name) } else { String::new() };
                let stamp = if self.args.on("timestamps") { format!("{at} ") } else { String::new() };
                s.say(format!("{prefix}{stamp}{text}"));
            }
            *printed = all.len();
        }
    }
}

impl Wait for Follow {
    fn poll(&mut self, s: &mut Session) -> Result<Progress, Failure> {
        self.print(s, None);
        let gone = self.sources.iter().all(|(pod, ..)| s.is_gone(pod));
        Ok(if gone { Progress::Done } else { Progress::Endless })
    }
}
