//! Why a pod is as it is.

use super::{Answer, Mood, Why, kubectl, n, pending, seconds, service, terminating, word, workload};
use crate::controller::Controller;
use crate::kubelet;
use crate::object::{
    Container, ContainerState, ContainerStatus, DisruptionBudget, Key, Kind, Node, Phase, Pod, StatefulSet,
};
use crate::view::PodState;

/// Why a pod is as it is.
pub fn pod(w: Why, key: Key, pod: &Pod) -> Answer {
    if pod.meta.deleting() {
        return terminating::pod(w, key, pod);
    }
    if pod.is_terminal() {
        return ended(pod);
    }
    let answer = lost_node(w, key, pod).unwrap_or_else(|| {
        if pod.node.is_none() {
            return pending::pending(w, key, pod);
        }
        trouble(w, key, pod).or_else(|| starting(w, key, pod)).unwrap_or_else(|| running(w, pod))
    });
    stuck_revision(w, pod, answer)
}

/// `web-abc is in CrashLoopBackOff`
pub fn brief(w: Why, pod: &Pod) -> String {
    let what = match w.cluster.pod_state(pod) {
        PodState::Pending => "is Pending, without a node",
        PodState::Creating => "is Pending: its containers are being created",
        PodState::NotReady => "is Running but not Ready",
        PodState::Ready => "is Ready",
        PodState::Terminating => "is Terminating",
        PodState::Failed => "has Failed",
        PodState::CrashLoop => "is in CrashLoopBackOff",
        PodState::ImagePull => "is in ImagePullBackOff",
        PodState::Unknown => "is on a node that does not answer",
        PodState::Succeeded => "has Succeeded",
    };
    [&*pod.meta.name, " ", what].concat()
}

fn ended(pod: &Pod) -> Answer {
    let name = &pod.meta.name;
    let status = &pod.status;
    if !status.reason.is_empty() {
        return Answer::new(Mood::Stuck, &[name, " ended: ", &status.reason, ". ", &status.message]);
    }
    let all = status.init_containers.iter().chain(&status.containers);
    let code = all.filter_map(exit_code).find(|c| *c != 0);
    match code {
        Some(code) => Answer::new(
            Mood::Stuck,
            &[
                name,
                " has Failed: a container ended with exit code ",
                &n(i64::from(code)),
                ", and its restartPolicy starts it no more.",
            ],
        ),
        None => Answer::new(Mood::Well, &[name, " has Succeeded: all its containers ended with exit code 0."]),
    }
}

const fn exit_code(status: &ContainerStatus) -> Option<i32> {
    match status.state {
        ContainerState::Terminated { exit_code, .. } => Some(exit_code),
        _ => None,
    }
}

/// The node of a pod, if it does not answer.
pub fn silent_node<'a>(w: Why<'a>, pod: &Pod) -> Option<&'a Node> {
    let node = w.get::<Node>(Kind::Node, "", pod.node.as_ref()?)?;
    (node.ready != Some(true)).then_some(node)
}

fn lost_node(w: Why, key: Key, pod: &Pod) -> Option<Answer> {
    let node = silent_node(w, pod)?;
    let (name, since) = (&pod.meta.name, seconds(node.ready_since));
    let evicted = w.cx.due(Controller::TaintEviction, key);
    let then = match evicted {
        Some(at) => ["; it is evicted ", &w.at(at), ", when its toleration ends"].concat(),
        None => ", and it tolerates that without end".to_owned(),
    };
    let text = [name, " is on ", &*node.meta.name, ", which has not answered since ", &since, &then, "."];
    Some(Answer::new(Mood::Waiting, &text).until(evicted))
}

/// A container that waits after a failure: its image cannot be pulled, or it ended too often.
fn trouble(w: Why, key: Key, pod: &Pod) -> Option<Answer> {
    let (name, ns) = (&pod.meta.name, &pod.meta.namespace);
    let specs = pod.spec.init_containers.iter().chain(&pod.spec.containers);
    let states = pod.status.init_containers.iter().chain(&pod.status.containers);
    for (index, (spec, status)) in specs.zip(states).enumerate() {
        let again = kubelet::retry_at(w.cx, key, index);
        let then = |what: &str| again.map(|at| [what, &w.at(at)].concat()).unwrap_or_default();
        match &status.state {
            ContainerState::Waiting { reason: reason @ ("ErrImagePull" | "ImagePullBackOff"), .. } => {
                let try_ = then("; the next pull is ");
                let text = [
                    name,
                    " is in ",
                    reason,
                    ": the image ",
                    &spec.image,
                    " of container ",
                    &spec.name,
                    " cannot be pulled",
                    &try_,
                    ".",
                ];
                let answer = Answer::new(Mood::Stuck, &text).until(again);
                return Some(answer.command(change_back(w, pod)));
            }
            ContainerState::Waiting { reason: reason @ "CrashLoopBackOff", .. } => {
                let try_ = then("; it starts again ");
                let times = [&*n(i64::from(status.restarts)), " restarts"].concat();
                let text = [
                    name,
                    " is in ",
                    reason,
                    ": container ",
                    &spec.name,
                    " ended ",
                    &ending(status),
                    " after ",
                    &times,
                    &try_,
                    ".",
                ];
                let answer = Answer::new(Mood::Stuck, &text).until(again);
                return Some(answer.command(back_or_logs(w, pod, spec)));
            }
            ContainerState::Terminated { .. } if again.is_some() && !status.ready => {
                let again_at = then("; it starts again ");
                let text = [name, ": container ", &*spec.name, " ended ", &ending(status), &again_at, "."];
                let answer = Answer::new(Mood::Waiting, &text).until(again);
                return Some(answer.command(kubectl(ns, &["logs ", name, " -c ", &spec.name])));
            }
            _ => {}
        }
    }
    None
}

fn ending(status: &ContainerStatus) -> String {
    let code = exit_code(status).or(match status.last.as_deref() {
        Some(ContainerState::Terminated { exit_code, .. }) => Some(*exit_code),
        _ => None,
    });
    code.map(|c| ["with exit code ", &n(i64::from(c))].concat()).unwrap_or_default()
}

/// Back to the revision before, if the pod's owner has one; or else on to another image, by hand.
fn change_back(w: Why, pod: &Pod) -> Option<String> {
    workload::undo(w, pod).or_else(|| {
        let (kind, name) = w.owner(pod)?;
        kubectl(&pod.meta.namespace, &["edit ", word(kind), "/", name])
    })
}

fn back_or_logs(w: Why, pod: &Pod, container: &Container) -> Option<String> {
    workload::undo(w, pod)
        .or_else(|| kubectl(&pod.meta.namespace, &["logs ", &pod.meta.name, " -c ", &container.name, " --previous"]))
}

/// On its way to Running.
fn starting(w: Why, key: Key, pod: &Pod) -> Option<Answer> {
    let name = &pod.meta.name;
    let node = pod.node.as_deref().unwrap_or_default();
    let inits = pod.spec.init_containers.iter().zip(&pod.status.init_containers);
    if !pod.status.initialized.status && pod.status.started.is_some() {
        let total = n(pod.spec.init_containers.len() as i64);
        for (index, (spec, status)) in inits.enumerate() {
            if exit_code(status) == Some(0) || (spec.restart_always && status.started) {
                continue;
            }
            let runs = matches!(status.state, ContainerState::Running { .. });
            let does = if runs { " is running" } else { " is being created" };
            let text = [
                name,
                " is initialising: init container ",
                &*spec.name,
                " (",
                &n(index as i64 + 1),
                " of ",
                &total,
                ")",
                does,
                "; the containers start when all have ended.",
            ];
            let until = kubelet::retry_at(w.cx, key, index);
            return Some(Answer::new(Mood::Waiting, &text).until(until));
        }
    }
    if pod.status.phase == Phase::Pending {
        let text = [name, " is bound to ", node, "; the kubelet pulls images and creates its containers."];
        return Some(Answer::new(Mood::Waiting, &text).until(w.cx.due(Controller::Kubelet, key)));
    }
    None
}

fn running(w: Why, pod: &Pod) -> Answer {
    let name = &pod.meta.name;
    if !pod.is_ready() {
        return unready(pod);
    }
    let min = workload::min_ready_of(w, pod);
    if let Some(at) = pod.available_from(min).filter(|at| *at > w.now()) {
        let text = [name, " is Ready and counts as available ", &w.at(at), ": minReadySeconds is ", &n(min), "."];
        return Answer::new(Mood::Waiting, &text).until(Some(at));
    }
    let node = pod.node.as_deref().unwrap_or_default();
    let text = [name, " is Running and Ready on ", node, " since ", &seconds(pod.status.ready.since), "."];
    let mut answer = Answer::new(Mood::Well, &text);
    if let Some(budget) = drained(w, pod) {
        answer = budget;
    }
    for (service, reason) in service::missing_from(w, pod) {
        answer = answer.fact(&["service/", &service].concat(), reason);
    }
    answer
}

/// A healthy pod on a cordoned node, whose budget does not let it be evicted.
fn drained(w: Why, pod: &Pod) -> Option<Answer> {
    let node = w.get::<Node>(Kind::Node, "", pod.node.as_ref()?)?;
    let budget = budget_of(w, pod).filter(|b| node.unschedulable && b.status.allowed <= 0)?;
    let text = [
        &*pod.meta.name,
        " stays on ",
        &node.meta.name,
        ", which is cordoned: its eviction would be refused, because ",
    ];
    let answer = super::policy::budget(w, budget);
    let text = text.concat() + &answer.text;
    Some(Answer { text, mood: Mood::Stuck, ..answer })
}

/// The budget that covers a pod.
pub fn budget_of<'a>(w: Why<'a>, pod: &Pod) -> Option<&'a DisruptionBudget> {
    let keys = w.cx.store.in_namespace(Kind::PodDisruptionBudget, &pod.meta.namespace).iter();
    let budgets = keys.filter_map(|&k| w.cx.store.get::<DisruptionBudget>(k));
    budgets.map(|b| &**b).find(|b| b.selector.as_ref().is_some_and(|s| s.matches(&pod.meta.labels)))
}

fn unready(pod: &Pod) -> Answer {
    let name = &pod.meta.name;
    let help = kubectl(&pod.meta.namespace, &["describe pod ", name]);
    let mut both = pod.spec.containers.iter().zip(&pod.status.containers);
    if let Some((spec, status)) = both.find(|(_, s)| !s.ready) {
        let (probe, every) = match (&spec.startup, &spec.readiness) {
            (Some(p), _) if !status.started => ("startup", p.period),
            (_, Some(p)) => ("readiness", p.period),
            _ => {
                let text =
                    [name, " is Running but not Ready: the application in container ", &*spec.name, " is not up yet."];
                return Answer::new(Mood::Waiting, &text);
            }
        };
        let text = [
            name,
            " is Running but not Ready: the ",
            probe,
            " probe of container ",
            &*spec.name,
            " fails; it is tried every ",
            &n(every),
            " s.",
        ];
        return Answer::new(Mood::Waiting, &text).command(help);
    }
    Answer::new(Mood::Waiting, &[name, " is Running but not Ready."]).command(help)
}

/// A StatefulSet in order replaces nothing before every pod is Ready, so a pod that never gets there stays: even when
/// the template was reverted.
fn stuck_revision(w: Why, pod: &Pod, mut answer: Answer) -> Answer {
    let owner = pod.meta.controller().filter(|o| &*o.kind == Kind::StatefulSet.name());
    let set = owner.and_then(|o| w.get::<StatefulSet>(Kind::StatefulSet, &pod.meta.namespace, &o.name));
    let Some(set) = set.filter(|s| s.status.observed_generation >= s.meta.generation) else { return answer };
    let own = pod.meta.labels.get("controller-revision-hash").cloned().unwrap_or_default();
    let (name, ns, wanted) = (&pod.meta.name, &pod.meta.namespace, &set.status.update_revision);
    let delete = kubectl(ns, &["delete pod ", name]);
    let outdated = own != *wanted;
    if pod.is_ready() {
        if outdated && matches!(set.strategy, crate::object::UpdateStrategy::OnDelete) {
            let text = [&*answer.text, " It keeps revision ", &own, " until it is deleted: the set updates OnDelete."];
            answer = Answer { text: text.concat(), facts: answer.facts, ..Answer::default() }.command(delete);
        }
        return answer;
    }
    if set.parallel || answer.mood != Mood::Stuck {
        return answer;
    }
    if outdated {
        let text = [
            " It is stuck on revision ",
            &*own,
            ": the set waits for it to be Ready before it replaces any pod, also by ",
            wanted,
            ". Deleting it brings it back on the update revision.",
        ];
        answer.text += &text.concat();
        answer.command = delete;
    } else if let Some(undo) = workload::undo(w, pod) {
        answer.text += " Undo the update, then delete this pod: the set does not replace a pod that never got Ready.";
        answer.command = Some(undo);
        if let Some(delete) = delete {
            answer = answer.fact("then", delete);
        }
    }
    answer
}
