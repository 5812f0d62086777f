//! The claims of a set's pods: creation, and owners by the retention policy.

use super::{Failure, owner_of};
use crate::api::Context;
use crate::object::{Claim, EventType, Key, Kind, OwnerRef, Pod, StatefulSet, Str, Uid, VolumePhase};
use std::rc::Rc;

// upstream: statefulset/stateful_set_utils.go getPersistentVolumeClaimName
pub(super) fn name(set: &StatefulSet, template: &Claim, ordinal: i64) -> Str {
    format!("{}-{}-{ordinal}", template.meta.name, set.meta.name).into()
}

/// Whether `claim` is that name, without making it.
pub(super) fn is_name(set: &StatefulSet, template: &Claim, ordinal: i64, claim: &str) -> bool {
    claim
        .strip_prefix(&*template.meta.name)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_prefix(&*set.meta.name))
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|digits| digits.parse() == Ok(ordinal))
}

/// The claims of an ordinal that are there. A pod of the ordinal has their names at hand: a set looks at each of its pods in each of
/// its reconciles.
fn existing(cx: &Context, set: &StatefulSet, ordinal: i64, pod: Option<&Pod>) -> Vec<(Key, Rc<Claim>)> {
    let known = |template: &Claim| {
        let (_, claim) = pod?.claims.iter().find(|(volume, _)| *volume == template.meta.name)?;
        is_name(set, template, ordinal, claim).then(|| Rc::clone(claim))
    };
    let find = |template| {
        let name = known(template).unwrap_or_else(|| name(set, template, ordinal));
        let key = cx.store.find(Kind::PersistentVolumeClaim, &set.meta.namespace, &name)?;
        Some((key, cx.get::<Claim>(key)?))
    };
    set.claim_templates.iter().filter_map(find).collect()
}

/// Creates the claims of an ordinal that are missing.
// upstream: statefulset/stateful_pod_control.go createPersistentVolumeClaims
pub(super) fn create_missing(cx: &mut Context, key: Key, set: &StatefulSet, ordinal: i64) -> Result<(), Failure> {
    let mut errors = Vec::new();
    for template in set.claim_templates.iter() {
        let name = name(set, template, ordinal);
        if let Some(claim) = cx.store.lookup::<Claim>(Kind::PersistentVolumeClaim, &set.meta.namespace, &name) {
            if claim.meta.deleting() {
                errors.push(format!("pvc {name} is being deleted"));
            }
            continue;
        }
        let mut claim = template.clone();
        claim.meta.name = Rc::clone(&name);
        claim.meta.namespace = Rc::clone(&set.meta.namespace);
        claim.volume = None;
        claim.phase = VolumePhase::Pending;
        for (k, v) in set.selector.match_labels.iter() {
            claim.meta.labels.set(Rc::clone(k), Rc::clone(v));
        }
        let about = (&name, super::pods::pod_name(set, ordinal), &set.meta.name);
        match cx.create(claim) {
            Ok(_) => {
                let text = format!("Create Claim {} Pod {} in StatefulSet {} success", about.0, about.1, about.2);
                cx.event(key, EventType::Normal, "SuccessfulCreate", text);
            }
            Err(error) => {
                let text = format!(
                    "Create Claim {} for Pod {} in StatefulSet {} failed error: {error}",
                    about.0, about.1, about.2
                );
                cx.event(key, EventType::Warning, "FailedCreate", text);
                errors.push(format!("failed to create PVC {name}: {error}"));
            }
        }
    }
    // upstream: apimachinery util/errors Aggregate: brackets only around several
    match errors.len() {
        0 => Ok(()),
        1 => Err(Failure(errors.remove(0))),
        _ => Err(Failure(format!("[{}]", errors.join(", ")))),
    }
}

/// A pod as far as claims can name it as their owner. A pod that is not there yet has no uid.
struct PodRef {
    name: Str,
    uid: Option<Uid>,
    /// Its ordinal is beyond the set's range.
    condemned: bool,
}

impl PodRef {
    fn new(set: &StatefulSet, ordinal: i64, pod: Option<&Pod>) -> Self {
        Self {
            name: pod.map_or_else(|| super::pods::pod_name(set, ordinal).into(), |p| Rc::clone(&p.meta.name)),
            uid: pod.map(|p| p.meta.uid),
            condemned: !(set.start..set.start + set.replicas).contains(&ordinal),
        }
    }

    fn named_by(&self, owner: &OwnerRef) -> bool {
        &*owner.api_version == "v1" && &*owner.kind == "Pod" && *owner.name == *self.name
    }
}

fn names_set(owner: &OwnerRef, set: &StatefulSet) -> bool {
    &*owner.api_version == "apps/v1" && &*owner.kind == "StatefulSet" && owner.name == set.meta.name
}

/// Whether the claims of an ordinal have the owners that the retention policy asks for.
// upstream: statefulset/stateful_pod_control.go ClaimsMatchRetentionPolicy
pub(super) fn match_retention(cx: &Context, set: &StatefulSet, ordinal: i64, pod: Option<&Pod>) -> bool {
    if set.claim_templates.is_empty() {
        return true;
    }
    let claims = existing(cx, set, ordinal, pod);
    let pod = PodRef::new(set, ordinal, pod);
    claims.iter().all(|(_, claim)| up_to_date(claim, set, &pod))
}

/// Gives them those owners.
// upstream: statefulset/stateful_pod_control.go UpdatePodClaimForRetentionPolicy
pub(super) fn apply_retention(cx: &mut Context, key: Key, set: &StatefulSet, ordinal: i64, pod: Option<&Pod>) {
    if set.claim_templates.is_empty() {
        return;
    }
    let claims = existing(cx, set, ordinal, pod);
    let pod = PodRef::new(set, ordinal, pod);
    for (claim_key, claim) in claims {
        if unexpected_controller(&claim, set, &pod) {
            let text = format!(
                "PersistentVolumeClaim {} has a conflicting OwnerReference that acts as a manging controller, the \
                 retention policy is ignored for this claim",
                claim.meta.name
            );
            cx.event(key, EventType::Warning, "ConflictingController", text);
        }
        if !up_to_date(&claim, set, &pod) {
            cx.update::<Claim>(claim_key, |c| c.meta.owners = owners(&claim, set, &pod).into());
        }
    }
}

/// Whether a claim of this ordinal still belongs to an earlier pod of the same name, with which it will go.
// upstream: statefulset/stateful_pod_control.go PodClaimIsStale
pub(super) fn is_stale(cx: &Context, set: &StatefulSet, ordinal: i64) -> bool {
    if !set.delete_claims_on_scale {
        return false;
    }
    let pod = PodRef::new(set, ordinal, None);
    existing(cx, set, ordinal, None).iter().any(|(_, claim)| claim.meta.owners.iter().any(|o| pod.named_by(o)))
}

/// `(set is owner, pod is owner)` as the policy wants it.
fn wanted(set: &StatefulSet, pod: &PodRef) -> (bool, bool) {
    let with_pod = set.delete_claims_on_scale && pod.condemned;
    (set.delete_claims_with_set && !with_pod, with_pod)
}

// upstream: statefulset/stateful_set_utils.go isClaimOwnerUpToDate
fn up_to_date(claim: &Claim, set: &StatefulSet, pod: &PodRef) -> bool {
    let owners = &claim.meta.owners;
    let stale =
        |o: &OwnerRef| (names_set(o, set) && o.uid != set.meta.uid) || (pod.named_by(o) && Some(o.uid) != pod.uid);
    if owners.iter().any(stale) {
        return true;
    }
    let has_set = owners.iter().any(|o| o.uid == set.meta.uid);
    let has_pod = owners.iter().any(|o| Some(o.uid) == pod.uid);
    if unexpected_controller(claim, set, pod) {
        return !(has_set || has_pod);
    }
    if owners.iter().any(|o| (o.uid == set.meta.uid || Some(o.uid) == pod.uid) && !o.controller) {
        return false;
    }
    (has_set, has_pod) == wanted(set, pod)
}

// upstream: statefulset/stateful_set_utils.go hasUnexpectedController
fn unexpected_controller(claim: &Claim, set: &StatefulSet, pod: &PodRef) -> bool {
    if !set.delete_claims_on_scale && !set.delete_claims_with_set {
        return false;
    }
    claim.meta.owners.iter().any(|o| {
        if names_set(o, set) {
            o.uid != set.meta.uid
        } else if pod.named_by(o) {
            Some(o.uid) != pod.uid
        } else {
            o.controller
        }
    })
}

// upstream: statefulset/stateful_set_utils.go updateClaimOwnerRefForSetAndPod
fn owners(claim: &Claim, set: &StatefulSet, pod: &PodRef) -> Vec<OwnerRef> {
    let mut owners: Vec<OwnerRef> =
        claim.meta.owners.iter().filter(|o| !names_set(o, set) && !pod.named_by(o)).cloned().collect();
    if unexpected_controller(claim, set, pod) {
        return owners;
    }
    let (with_set, with_pod) = wanted(set, pod);
    if with_set {
        owners.push(owner_of(set));
    }
    if let Some(uid) = pod.uid.filter(|_| with_pod) {
        owners.push(OwnerRef {
            api_version: "v1".into(),
            kind: "Pod".into(),
            name: Rc::clone(&pod.name),
            uid,
            controller: true,
            block_owner_deletion: true,
        });
    }
    owners
}
