//! The disruption controller: keeps the status of PodDisruptionBudgets, by which evictions are judged.

mod evict;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;

pub use evict::evict;

use super::Controller;
use crate::api::Context;
use crate::object::{
    Condition, Deployment, DisruptionBudget, DisruptionBudgetStatus, EventType, IntOrPercent, Key, Kind, Object, Pod,
    ReplicaSet, Resource, Selector, StatefulSet, Str, Uid,
};
use crate::time::SimTime;
use podscope_schema::sorted::SortedMap;
use podscope_schema::{Map, Value};
use std::rc::Rc;
use std::time::Duration;

/// An eviction that was granted and not followed by a deletion is forgotten after so long.
// upstream: disruption DeletionTimeout
const DELETION_TIMEOUT: Duration = Duration::from_mins(2);

/// What it remembers between reconciles.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The budgets of a namespace.
    budgets: SortedMap<Str, SortedMap<Key, Watched>>,
}

/// The pods behind one budget, counted as they change.
#[derive(Clone, Debug, Default)]
struct Watched {
    selector: Option<Selector>,
    /// All pods have to be counted, because the budget is new or selects others now.
    recount: bool,
    pods: SortedMap<Key, Seen>,
    healthy: i64,
    owners: SortedMap<Owner, u32>,
    unmanaged: u32,
}

/// A budget's selector as Go prints it.
// upstream: apimachinery/pkg/apis/meta/v1 LabelSelector.String
fn printed(spec: &Value) -> String {
    let Some(selector) = spec.get("selector").filter(|s| !s.is_null()) else { return "nil".to_owned() };
    let text = |v: &Value, key: &str| v.str_at(&[key]).unwrap_or_default().to_owned();
    let mut out = "&LabelSelector{MatchLabels:map[string]string{".to_owned();
    for (k, v) in selector.sorted().get("matchLabels").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        out.extend([k, ": ", v.as_str().unwrap_or_default(), ","]);
    }
    out.push_str("},MatchExpressions:[]LabelSelectorRequirement{");
    for rule in selector.get("matchExpressions").map_or(&[][..], Value::items) {
        let values: Vec<&str> =
            rule.get("values").map_or(&[][..], Value::items).iter().filter_map(Value::as_str).collect();
        let (key, operator) = (text(rule, "key"), text(rule, "operator"));
        out.extend(["LabelSelectorRequirement{Key:", &key, ",Operator:", &operator, ",Values:["]);
        out.extend([&values.join(" "), "],},"]);
    }
    out.push_str("},}");
    out
}

/// Kind, name and uid of a pod's controller.
type Owner = (Str, Str, Uid);

#[derive(Clone, Debug)]
struct Seen {
    healthy: bool,
    owner: Option<Owner>,
}

impl Watched {
    fn forget(&mut self, key: Key) {
        let Some(seen) = self.pods.remove(&key) else { return };
        self.healthy -= i64::from(seen.healthy);
        match seen.owner {
            None => self.unmanaged -= 1,
            Some(owner) => {
                if let Some(count) = self.owners.get_mut(&owner) {
                    *count -= 1;
                    if *count == 0 {
                        self.owners.remove(&owner);
                    }
                }
            }
        }
    }

    fn count(&mut self, key: Key, pod: &Pod) {
        let healthy = pod.is_ready() && !pod.meta.deleting();
        let owner = pod.meta.controller().map(|o| (o.kind.clone(), o.name.clone(), o.uid));
        self.healthy += i64::from(healthy);
        match &owner {
            None => self.unmanaged += 1,
            Some(owner) => *self.owners.entry(owner.clone()).or_default() += 1,
        }
        self.pods.insert(key, Seen { healthy, owner });
    }

    fn selects(&self, pod: &Pod) -> bool {
        self.selector.as_ref().is_some_and(|s| s.matches(&pod.meta.labels))
    }
}

/// Enqueues what the change of the object at `key` concerns.
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    match old.or(new) {
        Some(Object::Pod(_)) => observe_pod(cx, key, old.and_then(Pod::of), new.and_then(Pod::of)),
        Some(Object::DisruptionBudget(budget)) => {
            let namespace = budget.meta.namespace.clone();
            let budgets = cx.memory.disruption.budgets.entry(namespace.clone()).or_default();
            if let Some(budget) = new.and_then(DisruptionBudget::of) {
                let watched = budgets.entry(key).or_default();
                if watched.selector != budget.selector || old.is_none() {
                    watched.selector.clone_from(&budget.selector);
                    watched.recount = true;
                }
                cx.enqueue(Controller::Disruption, key);
            } else {
                budgets.remove(&key);
                if budgets.is_empty() {
                    cx.memory.disruption.budgets.remove(&namespace);
                }
            }
        }
        _ => {}
    }
}

fn observe_pod(cx: &mut Context, key: Key, old: Option<&Rc<Pod>>, new: Option<&Rc<Pod>>) {
    let Some(namespace) = new.or(old).map(|p| &p.meta.namespace) else { return };
    let Some(budgets) = cx.memory.disruption.budgets.get_mut(namespace) else { return };
    let concerns = |p: &Rc<Pod>| (p.is_ready(), p.meta.deleting(), p.meta.uid);
    if let (Some(a), Some(b)) = (old, new)
        && concerns(a) == concerns(b)
        && a.meta.labels == b.meta.labels
        && a.meta.owners == b.meta.owners
    {
        return;
    }
    let mut concerned = Vec::new();
    for (&budget, watched) in budgets.iter_mut() {
        let is = new.filter(|p| watched.selects(p));
        if is.is_some() || old.is_some_and(|p| watched.selects(p)) {
            watched.forget(key);
            if let Some(pod) = is {
                watched.count(key, pod);
            }
            concerned.push(budget);
        }
    }
    for budget in concerned {
        cx.enqueue(Controller::Disruption, budget);
    }
}

/// Brings the status of the budget at `key` up to date.
// upstream: disruption trySync
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(budget) = cx.get::<DisruptionBudget>(key) else { return };
    recount(cx, key, &budget.meta.namespace);
    let Some(watched) = watched(cx, key, &budget.meta.namespace) else { return };
    let (pods, unmanaged) = (watched.pods.len(), watched.unmanaged);
    let expected = expected_pods(cx, &budget, watched);
    if pods == 0 {
        cx.event(key, EventType::Normal, "NoPods", "No matching pods found");
    }
    let (expected, desired, scaled) = match expected {
        Ok(counts) => counts,
        Err(problem) => return fail(cx, key, &problem),
    };
    if scaled && unmanaged > 0 {
        let text = format!(
            "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status \
             of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods \
             please set \".spec.minAvailable\" field of the PDB to an integer value.",
            printed(&budget.raw)
        );
        cx.event(key, EventType::Warning, "UnmanagedPods", text);
    }
    let now = cx.now();
    let disrupted = still_disrupted(cx, key, &budget);
    let recheck = disrupted.iter().map(|(_, at)| *at + DELETION_TIMEOUT).min();
    let Some(watched) = self::watched(cx, key, &budget.meta.namespace) else { return };
    // A pod whose eviction was granted counts as gone already.
    let leaving = disrupted.iter().filter(|(name, _)| {
        let pod = cx.store.find(Kind::Pod, &budget.meta.namespace, name);
        pod.and_then(|p| watched.pods.get(&p)).is_some_and(|seen| seen.healthy)
    });
    let healthy = watched.healthy - i64::try_from(leaving.count()).unwrap_or_default();
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    let mut status = DisruptionBudgetStatus {
        observed_generation: budget.meta.generation,
        allowed,
        healthy,
        desired,
        expected,
        disrupted,
        conditions: budget.status.conditions.clone(),
    };
    set_condition(&mut status, None, now);
    cx.update::<DisruptionBudget>(key, |b| b.status = status);
    if let Some(at) = recheck {
        cx.enqueue_after(Controller::Disruption, key, at.since(now) + Duration::from_millis(1));
    }
}

fn watched<'a>(cx: &'a Context, key: Key, namespace: &Str) -> Option<&'a Watched> {
    cx.memory.disruption.budgets.get(namespace)?.get(&key)
}

fn recount(cx: &mut Context, key: Key, namespace: &Str) {
    let Some(watched) = cx.memory.disruption.budgets.get_mut(namespace).and_then(|b| b.get_mut(&key)) else { return };
    if !watched.recount {
        return;
    }
    *watched = Watched { selector: watched.selector.take(), ..Watched::default() };
    for &pod_key in cx.store.in_namespace(Kind::Pod, namespace) {
        if let Some(pod) = cx.store.get::<Pod>(pod_key).filter(|p| watched.selects(p)) {
            watched.count(pod_key, pod);
        }
    }
}

/// How many pods there should be, how many of them healthy, and whether their controllers were asked.
// upstream: disruption getExpectedPodCount
fn expected_pods(cx: &Context, budget: &DisruptionBudget, watched: &Watched) -> Result<(i64, i64, bool), String> {
    match (&budget.max_unavailable, &budget.min_available) {
        (Some(max), _) => {
            let expected = expected_scale(cx, &budget.meta.namespace, watched)?;
            Ok((expected, (expected - max.of(expected, true)).max(0), true))
        }
        (None, Some(IntOrPercent::Int(min))) => Ok((watched.pods.len() as i64, *min, false)),
        (None, Some(min)) => {
            let expected = expected_scale(cx, &budget.meta.namespace, watched)?;
            Ok((expected, min.of(expected, true), true))
        }
        (None, None) => Ok((0, 0, false)),
    }
}

/// The sum of the scales of all controllers of the pods.
// upstream: disruption getExpectedScale
fn expected_scale(cx: &Context, namespace: &Str, watched: &Watched) -> Result<i64, String> {
    let mut scales: SortedMap<Uid, i64> = SortedMap::new();
    for (kind, name, uid) in watched.owners.keys() {
        let (uid, scale) = scale_of(cx, namespace, kind, name, *uid)?;
        scales.insert(uid, scale);
    }
    Ok(scales.values().sum())
}

// upstream: disruption finders
fn scale_of(cx: &Context, namespace: &Str, kind: &str, name: &Str, uid: Uid) -> Result<(Uid, i64), String> {
    let lost = || format!("found no controllers for pod owned by {kind} \"{name}\"");
    match kind {
        "ReplicaSet" | "ReplicationController" => {
            let kind = if kind == "ReplicaSet" { Kind::ReplicaSet } else { Kind::ReplicationController };
            let set = cx.store.lookup::<ReplicaSet>(kind, namespace, name).filter(|s| s.meta.uid == uid);
            let set = set.ok_or_else(lost)?;
            let above = set.meta.controller().filter(|o| &*o.kind == "Deployment");
            let above = above.and_then(|o| {
                let found = cx.store.lookup::<Deployment>(Kind::Deployment, namespace, &o.name);
                found.filter(|d| d.meta.uid == o.uid)
            });
            Ok(above.map_or((uid, set.replicas), |d| (d.meta.uid, d.replicas)))
        }
        "StatefulSet" => {
            let set = cx.store.lookup::<StatefulSet>(Kind::StatefulSet, namespace, name).filter(|s| s.meta.uid == uid);
            Ok((uid, set.ok_or_else(lost)?.replicas))
        }
        "Job" | "DaemonSet" => {
            let group = if kind == "Job" { "batch/v1" } else { "apps/v1" };
            Err(format!("{} does not implement the scale subresource", super::resource_of(kind, group)))
        }
        _ => Err(lost()),
    }
}

/// The evictions that were granted and whose pods are not being deleted yet; complains of those that are overdue.
// upstream: disruption buildDisruptedPodMap
fn still_disrupted(cx: &mut Context, key: Key, budget: &DisruptionBudget) -> Vec<(Str, SimTime)> {
    let namespace = &budget.meta.namespace;
    let mut result = Vec::new();
    for (name, at) in &budget.status.disrupted {
        let Some(pod_key) = cx.store.find(Kind::Pod, namespace, name) else { continue };
        let known = watched(cx, key, namespace).is_some_and(|w| w.pods.contains_key(&pod_key));
        if !known || cx.store.get::<Pod>(pod_key).is_none_or(|p| p.meta.deleting()) {
            continue;
        }
        if *at + DELETION_TIMEOUT < cx.now() {
            // Upstream names the namespace twice, too.
            let text = format!("Pod was expected by PDB {namespace}/{namespace} to be deleted but it wasn't");
            cx.event(pod_key, EventType::Warning, "NotDeleted", text);
        } else {
            result.push((name.clone(), *at));
        }
    }
    result
}

/// At the least no eviction passes when the numbers cannot be had.
// upstream: disruption failSafe
fn fail(cx: &mut Context, key: Key, problem: &str) {
    let text = format!("Failed to calculate the number of expected pods: {problem}");
    cx.event(key, EventType::Warning, "CalculateExpectedPodCountFailed", text);
    let now = cx.now();
    cx.update::<DisruptionBudget>(key, |b| {
        b.status.allowed = 0;
        set_condition(&mut b.status, Some(problem), now);
    });
}

/// Sets condition DisruptionAllowed by the number of disruptions that are allowed, or by the problem.
// upstream: disruption/util UpdateDisruptionAllowedCondition
fn set_condition(status: &mut DisruptionBudgetStatus, problem: Option<&str>, now: SimTime) {
    let (allowed, reason) = match problem {
        Some(_) => (false, "SyncFailed"),
        None if status.allowed > 0 => (true, "SufficientPods"),
        None => (false, "InsufficientPods"),
    };
    let old = status.conditions.first().filter(|c| c.status == Some(allowed));
    let since = old.map_or(now, |c| c.since);
    let message = problem.unwrap_or_default().into();
    let condition = Condition {
        kind: "DisruptionAllowed",
        status: Some(allowed),
        reason: reason.into(),
        message,
        since,
        updated: since,
    };
    status.conditions = vec![condition];
}
