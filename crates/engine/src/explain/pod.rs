//! Why a pod is as it is.

use super::{Answer, Mood, Why, kubectl, many, n, pending, seconds, service, storage, terminating, word, workload};
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
    say!("% %", &pod.meta.name, state(w, pod))
}

/// `is in CrashLoopBackOff`
pub fn state(w: Why, pod: &Pod) -> &'static str {
    match w.cluster.pod_state(pod) {
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
    }
}

fn ended(pod: &Pod) -> Answer {
    let name = &pod.meta.name;
    let status = &pod.status;
    if !status.reason.is_empty() {
        return Answer::new(Mood::Stuck, say!("% ended: %. %", name, &status.reason, &status.message));
    }
    let all = status.init_containers.iter().chain(&status.containers);
    let code = all.filter_map(exit_code).find(|c| *c != 0);
    match code {
        Some(code) => Answer::new(
            Mood::Stuck,
            say!(
                "% has Failed: a container ended with exit code %, and its restartPolicy starts it no more.",
                name,
                i64::from(code)
            ),
        ),
        None => Answer::new(Mood::Well, say!("% has Succeeded: all its containers ended with exit code 0.", name)),
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
        Some(at) => say!("; it is evicted %, when its toleration ends", &w.at(at)),
        None => ", and it tolerates that without end".to_owned(),
    };
    let text = say!("% is on %, which has not answered since %%.", name, &node.meta.name, &since, &then);
    Some(Answer::new(Mood::Waiting, text).until(evicted))
}

/// A container that waits after a failure: its image cannot be pulled, or it ended too often.
fn trouble(w: Why, key: Key, pod: &Pod) -> Option<Answer> {
    let (name, ns) = (&pod.meta.name, &pod.meta.namespace);
    let specs = pod.spec.init_containers.iter().chain(&pod.spec.containers);
    let states = pod.status.init_containers.iter().chain(&pod.status.containers);
    for (index, (spec, status)) in specs.zip(states).enumerate() {
        let again = kubelet::retry_at(w.cx, key, index);
        let then = |what: &str| again.map(|at| say!("%%", what, &w.at(at))).unwrap_or_default();
        match &status.state {
            ContainerState::Waiting { reason: reason @ ("ErrImagePull" | "ImagePullBackOff"), .. } => {
                let try_ = then("; the next pull is ");
                let text = say!(
                    "% is in %: the image % of container % cannot be pulled%.",
                    name,
                    reason,
                    &spec.image,
                    &spec.name,
                    &try_
                );
                let answer = Answer::new(Mood::Stuck, text).until(again);
                return Some(answer.command(change_back(w, pod)));
            }
            ContainerState::Waiting { reason: reason @ "CrashLoopBackOff", .. } => {
                let try_ = then("; it starts again ");
                let times = many(i64::from(status.restarts), "restart");
                let text = say!(
                    "% is in %: container % ended % after %%.",
                    name,
                    reason,
                    &spec.name,
                    &ending(status),
                    &times,
                    &try_
                );
                let answer = Answer::new(Mood::Stuck, text).until(again);
                return Some(answer.command(back_or_logs(w, pod, spec)));
            }
            ContainerState::Terminated { .. } if again.is_some() && !status.ready => {
                let again_at = then("; it starts again ");
                let text = say!("%: container % ended %%.", name, &spec.name, &ending(status), &again_at);
                let answer = Answer::new(Mood::Waiting, text).until(again);
                return Some(answer.command(kubectl(ns, say!("logs % -c %", name, &spec.name))));
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
    code.map(|c| say!("with exit code %", i64::from(c))).unwrap_or_default()
}

/// Back to the revision before, if the pod's owner has one; or else on to another image, by hand.
fn change_back(w: Why, pod: &Pod) -> Option<String> {
    workload::undo(w, pod).or_else(|| {
        let (kind, name) = w.owner(pod)?;
        kubectl(&pod.meta.namespace, say!("edit %/%", word(kind), name))
    })
}

fn back_or_logs(w: Why, pod: &Pod, container: &Container) -> Option<String> {
    workload::undo(w, pod)
        .or_else(|| kubectl(&pod.meta.namespace, say!("logs % -c % --previous", &pod.meta.name, &container.name)))
}

/// On its way to Running.
fn starting(w: Why, key: Key, pod: &Pod) -> Option<Answer> {
    let name = &pod.meta.name;
    let node = pod.node.as_deref().unwrap_or_default();
    if let Some(answer) = storage::attaching(w, pod) {
        return Some(answer);
    }
    let inits = pod.spec.init_containers.iter().zip(&pod.status.init_containers);
    if !pod.status.initialized.status && pod.status.started.is_some() {
        let total = n(pod.spec.init_containers.len() as i64);
        for (index, (spec, status)) in inits.enumerate() {
            if exit_code(status) == Some(0) || (spec.restart_always && status.started) {
                continue;
            }
            let runs = matches!(status.state, ContainerState::Running { .. });
            let does = if runs { " is running" } else { " is being created" };
            let text = say!(
                "% is initialising: init container % (% of %)%; the containers start when all have ended.",
                name,
                &spec.name,
                index as i64 + 1,
                &total,
                does
            );
            let until = kubelet::retry_at(w.cx, key, index);
            return Some(Answer::new(Mood::Waiting, text).until(until));
        }
    }
    if pod.status.phase == Phase::Pending {
        let text = say!("% is bound to %; the kubelet pulls images and creates its containers.", name, node);
        return Some(Answer::new(Mood::Waiting, text).until(w.cx.due(Controller::Kubelet, key)));
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
        let text = say!("% is Ready and counts as available %: minReadySeconds is %.", name, &w.at(at), min);
        return Answer::new(Mood::Waiting, text).until(Some(at));
    }
    let node = pod.node.as_deref().unwrap_or_default();
    let text = say!("% is Running and Ready on % since %.", name, node, &seconds(pod.status.ready.since));
    let mut answer = Answer::new(Mood::Well, text);
    if let Some(budget) = drained(w, pod) {
        answer = budget;
    }
    answer
}

/// The answer for a pod that was asked for itself: with the Services that do not lead to it, and why.
pub fn alone(w: Why, key: Key, it: &Pod) -> Answer {
    let mut answer = pod(w, key, it);
    for (service, reason) in service::missing_from(w, it) {
        answer = answer.fact(&say!("service/%", &service), reason);
    }
    answer
}

/// A healthy pod on a cordoned node, whose budget does not let it be evicted.
fn drained(w: Why, pod: &Pod) -> Option<Answer> {
    let node = w.get::<Node>(Kind::Node, "", pod.node.as_ref()?)?;
    let mut budgets = budgets_of(w, pod).filter(|_| node.unschedulable);
    let (budget, second) = (budgets.next()?, budgets.next());
    if second.is_none() && budget.status.allowed > 0 {
        return None;
    }
    let text =
        say!("% stays on %, which is cordoned: its eviction would be refused. ", &pod.meta.name, &node.meta.name);
    if let Some(second) = second {
        let (one, other) = (&budget.meta.name, &second.meta.name);
        let why = say!("Two budgets cover it, % and %, and an eviction can ask only one.", one, other);
        let delete = kubectl(&pod.meta.namespace, say!("delete pdb %", other));
        return Some(Answer::new(Mood::Stuck, say!("%%", &text, &why)).command(delete));
    }
    let answer = super::policy::budget(w, budget);
    let text = text + &answer.text;
    Some(Answer { text, mood: Mood::Stuck, ..answer })
}

/// The budgets that cover a pod: there should be one at most.
pub fn budgets_of<'a>(w: Why<'a>, pod: &Pod) -> impl Iterator<Item = &'a DisruptionBudget> {
    let keys = w.cx.store.in_namespace(Kind::PodDisruptionBudget, &pod.meta.namespace).iter();
    let budgets = keys.filter_map(|&k| w.cx.store.get::<DisruptionBudget>(k));
    budgets.map(|b| &**b).filter(|b| b.selector.as_ref().is_some_and(|s| s.matches(&pod.meta.labels)))
}

fn unready(pod: &Pod) -> Answer {
    let name = &pod.meta.name;
    let help = kubectl(&pod.meta.namespace, say!("describe pod %", name));
    let mut both = pod.spec.containers.iter().zip(&pod.status.containers);
    if let Some((spec, status)) = both.find(|(_, s)| !s.ready) {
        let (probe, every) = match (&spec.startup, &spec.readiness) {
            (Some(p), _) if !status.started => ("startup", p.period),
            (_, Some(p)) => ("readiness", p.period),
            _ => {
                let text =
                    say!("% is Running but not Ready: the application in container % is not up yet.", name, &spec.name);
                return Answer::new(Mood::Waiting, text);
            }
        };
        let text = say!(
            "% is Running but not Ready: the % probe of container % fails; it is tried every % s.",
            name,
            probe,
            &spec.name,
            every
        );
        return Answer::new(Mood::Waiting, text).command(help);
    }
    Answer::new(Mood::Waiting, say!("% is Running but not Ready.", name)).command(help)
}

/// A StatefulSet in order replaces nothing before every pod is Ready, so a pod that never gets there stays: even when
/// the template was reverted.
fn stuck_revision(w: Why, pod: &Pod, mut answer: Answer) -> Answer {
    let owner = pod.meta.controller().filter(|o| &*o.kind == Kind::StatefulSet.name());
    let set = owner.and_then(|o| w.get::<StatefulSet>(Kind::StatefulSet, &pod.meta.namespace, &o.name));
    let Some(set) = set.filter(|s| s.status.observed_generation >= s.meta.generation) else { return answer };
    let own = pod.meta.labels.get("controller-revision-hash").cloned().unwrap_or_default();
    let (name, ns, wanted) = (&pod.meta.name, &pod.meta.namespace, &set.status.update_revision);
    let delete = kubectl(ns, say!("delete pod %", name));
    let outdated = own != *wanted;
    if pod.is_ready() {
        if outdated && matches!(set.strategy, crate::object::UpdateStrategy::OnDelete) {
            let text = say!("% It keeps revision % until it is deleted: the set updates OnDelete.", &answer.text, &own);
            answer = Answer { text, mood: Mood::Waiting, ..answer }.command(delete);
        }
        return answer;
    }
    if set.parallel || answer.mood != Mood::Stuck {
        return answer;
    }
    if outdated {
        let text = say!(
            " It is stuck on revision %: the set waits for it to be Ready before it replaces any pod, also by %. Deleting it brings it back on the update revision.",
            &own,
            wanted
        );
        answer.text += &text;
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
