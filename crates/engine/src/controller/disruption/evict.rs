//! The eviction subresource: a deletion that asks the pod's budget first.

use crate::api::input::asked;
use crate::api::{ApiError, Context, DeleteOptions, Propagation};
use crate::controller::garbage;
use crate::object::{DisruptionBudget, Key, Kind, Phase, Pod};
use crate::trace::Note;
use podscope_schema::Value;
use podscope_schema::sort::sort;

/// More granted evictions than these, not yet seen by the controller, are refused.
const MAX_DISRUPTED: usize = 2000;

/// Evicts the pod at `key`, with this grace period or else its own.
///
/// # Errors
/// `NotFound`; `TooManyRequests` when its budget does not allow it now; an internal error when it has two budgets.
// upstream: registry/core/pod EvictionREST.Create
pub fn evict(cx: &mut Context, key: Key, grace_seconds: Option<i64>) -> Result<(), ApiError> {
    let grace = grace_seconds.map_or(Value::Null, Value::from);
    cx.ask(|cx| asked("evict", [("of", cx.target(key)), ("grace", grace)]), |cx| try_evict(cx, key, grace_seconds))
}

fn try_evict(cx: &mut Context, key: Key, grace_seconds: Option<i64>) -> Result<(), ApiError> {
    let Some(pod) = cx.get::<Pod>(key) else { return Err(garbage::not_found(cx, key)) };
    // What never ran, has ended, or is going anyway disrupts nothing.
    let free = matches!(pod.status.phase, Phase::Succeeded | Phase::Failed | Phase::Pending) || pod.meta.deleting();
    if !free {
        ask_budget(cx, &pod)?;
    }
    cx.update::<Pod>(key, |p| {
        p.status.disruption = Some(Box::new(("EvictionByEvictionAPI", "Eviction API: evicting".into())));
    });
    let options = DeleteOptions { propagation: Propagation::Background, grace_seconds };
    cx.delete_noted(key, options, Note::Evicted, key)
}

fn ask_budget(cx: &mut Context, pod: &Pod) -> Result<(), ApiError> {
    let budgets = cx.store.in_namespace(Kind::PodDisruptionBudget, &pod.meta.namespace);
    let mut matching = budgets.iter().copied().filter(|&key| {
        let selector = cx.store.get::<DisruptionBudget>(key).and_then(|b| b.selector.as_ref());
        selector.is_some_and(|s| s.matches(&pod.meta.labels))
    });
    let (first, second) = (matching.next(), matching.next());
    if second.is_some() {
        let text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(ApiError::new(500, "", text));
    }
    let Some((key, budget)) = first.and_then(|key| Some((key, cx.get::<DisruptionBudget>(key)?))) else {
        return Ok(());
    };
    let status = &budget.status;
    if !pod.is_ready() && (budget.always_allow_unhealthy || status.healthy >= status.desired && status.desired > 0) {
        return Ok(());
    }
    check(&budget)?;
    let now = cx.now();
    cx.update::<DisruptionBudget>(key, |b| {
        b.status.allowed -= 1;
        if b.status.allowed == 0 {
            super::set_condition(&mut b.status, None, now);
        }
        b.status.disrupted.retain(|(name, _)| *name != pod.meta.name);
        b.status.disrupted.push((pod.meta.name.clone(), now));
        sort(&mut b.status.disrupted);
    });
    Ok(())
}

// upstream: registry/core/pod EvictionREST.checkAndDecrement
fn check(budget: &DisruptionBudget) -> Result<(), ApiError> {
    let (name, status) = (&budget.meta.name, &budget.status);
    if status.observed_generation < budget.meta.generation {
        return Err(too_many(format!("The disruption budget {name} is still being processed by the server.")));
    }
    let forbidden = |why| {
        let text = format!("poddisruptionbudgets.policy \"{name}\" is forbidden: {why}");
        Err(ApiError::new(403, "Forbidden", text))
    };
    if status.allowed < 0 {
        return forbidden("pdb disruptions allowed is negative");
    }
    if status.disrupted.len() > MAX_DISRUPTED {
        return forbidden("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
    }
    if status.allowed > 0 {
        return Ok(());
    }
    let said = status.conditions.first().filter(|c| c.status == Some(false) && !c.message.is_empty());
    let failed = said.filter(|c| &*c.reason == "SyncFailed");
    Err(too_many(if let Some(c) = failed {
        let why = &c.message;
        format!("The disruption budget {name} does not allow evicting pods currently because it failed sync: {why}")
    } else if status.healthy <= status.desired {
        let (desired, healthy) = (status.desired, status.healthy);
        format!("The disruption budget {name} needs {desired} healthy pods and has {healthy} currently")
    } else if let Some(c) = said {
        let (reason, why) = (&c.reason, &c.message);
        format!("The disruption budget {name} does not allow evicting pods currently ({reason}): {why}")
    } else {
        format!("The disruption budget {name} does not allow evicting pods currently")
    }))
}

fn too_many(cause: String) -> ApiError {
    let text = "Cannot evict pod as it would violate the pod's disruption budget.";
    let mut error = ApiError::new(429, "TooManyRequests", text);
    error.causes.push(("DisruptionBudget".into(), cause, String::new()));
    error
}
