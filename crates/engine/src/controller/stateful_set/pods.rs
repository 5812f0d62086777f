//! The identity of a set's pods, and their creation, repair and deletion.

use super::{Failure, Member, claims, owner_of};
use crate::api::{Context, DeleteOptions};
use crate::object::{ControllerRevision, EventType, Key, Meta, Phase, Pod, StatefulSet, Str, UpdateStrategy};
use crate::trace::Note;
use std::fmt::Display;
use std::rc::Rc;

/// The label with the name of the pod's revision.
pub(super) const REVISION_LABEL: &str = "controller-revision-hash";
/// The label with the pod's own name.
const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
/// The label with the pod's ordinal.
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// Splits `db-3` into `db` and 3.
// upstream: statefulset/stateful_set_utils.go getParentNameAndOrdinal
pub(super) fn parent_and_ordinal(name: &str) -> Option<(&str, i64)> {
    let (parent, digits) = name.rsplit_once('-')?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let ordinal = digits.parse::<i32>().ok().filter(|_| all_digits)?;
    Some((parent, i64::from(ordinal)))
}

// upstream: statefulset/stateful_set_utils.go getPodName
pub(super) fn pod_name(set: &StatefulSet, ordinal: i64) -> String {
    format!("{}-{ordinal}", set.meta.name)
}

/// The revision that a pod was made of.
// upstream: statefulset/stateful_set_utils.go getPodRevision
pub(super) fn revision_of(pod: &Pod) -> Option<&Str> {
    pod.meta.labels.get(REVISION_LABEL)
}

/// Running and Ready.
// upstream: statefulset/stateful_set_utils.go isRunningAndReady
pub(super) fn is_running_and_ready(pod: &Pod) -> bool {
    pod.status.phase == Phase::Running && pod.is_ready()
}

/// The pod of this ordinal, of the current revision below the partition and of the update revision above.
// upstream: statefulset/stateful_set_utils.go newVersionedStatefulSetPod
fn new_pod(set: &StatefulSet, current: &ControllerRevision, update: &ControllerRevision, ordinal: i64) -> Pod {
    let old = match set.strategy {
        UpdateStrategy::RollingUpdate { partition, .. } => ordinal < set.start + partition,
        UpdateStrategy::OnDelete => false,
    };
    let revision = if old { current } else { update };
    let name: Str = pod_name(set, ordinal).into();
    let mut meta = Meta::named(Rc::clone(&set.meta.namespace), Rc::clone(&name));
    meta.generate_name = Some(format!("{}-", set.meta.name).into());
    meta.labels = revision.template.labels.clone();
    meta.labels.set(REVISION_LABEL, Rc::clone(&revision.meta.name));
    meta.annotations = revision.template.annotations.clone();
    meta.owners.push(owner_of(set));
    set_identity(&mut meta, ordinal);
    let mut pod = Pod::new(meta, Rc::clone(&revision.template.spec));
    pod.hostname = Some(name);
    pod.subdomain = (!set.service.is_empty()).then(|| Rc::clone(&set.service));
    pod.claims = volumes(set, ordinal);
    pod
}

/// `(volume, claim)` for each claim template.
fn volumes(set: &StatefulSet, ordinal: i64) -> Rc<[(Str, Str)]> {
    set.claim_templates.iter().map(|t| (Rc::clone(&t.meta.name), claims::name(set, t, ordinal))).collect()
}

// upstream: statefulset/stateful_set_utils.go updateIdentity
fn set_identity(meta: &mut Meta, ordinal: i64) {
    meta.labels.set(POD_NAME_LABEL, Rc::clone(&meta.name));
    meta.labels.set(POD_INDEX_LABEL, ordinal.to_string());
}

// upstream: statefulset/stateful_set_utils.go identityMatches; name and namespace hold for every member
fn identity_matches(pod: &Pod) -> bool {
    pod.meta.labels.get(POD_NAME_LABEL) == Some(&pod.meta.name)
}

/// Whether the pod mounts the claims of its ordinal.
// upstream: statefulset/stateful_set_utils.go storageMatches
fn storage_matches(set: &StatefulSet, member: &Member) -> bool {
    set.claim_templates.iter().all(|template| {
        let mut volumes = member.pod.claims.iter().chain(&member.pod.spec.claims);
        let claim = volumes.find(|(volume, _)| *volume == template.meta.name).map(|(_, claim)| claim);
        claim.is_some_and(|c| claims::is_name(set, template, member.ordinal, c))
    })
}

/// Creates the pod of this ordinal. `claims` says how the creation of its claims went.
// upstream: statefulset/stateful_pod_control.go CreateStatefulPod
pub(super) fn create(
    cx: &mut Context,
    key: Key,
    set: &StatefulSet,
    current: &ControllerRevision,
    update: &ControllerRevision,
    ordinal: i64,
    claims: Result<(), Failure>,
) -> Result<(), Failure> {
    let name = pod_name(set, ordinal);
    if let Err(failure) = claims {
        tell(cx, key, set, "Create", &name, Some(&failure.0));
        return Err(failure);
    }
    let created = cx.create(new_pod(set, current, update, ordinal));
    if let Err(error) = &created
        && error.reason == "AlreadyExists"
    {
        return Err(Failure(error.message.clone()));
    }
    let pod = created.as_ref().ok().and_then(|&k| cx.get::<Pod>(k));
    claims::apply_retention(cx, key, set, ordinal, pod.as_deref());
    match created {
        Ok(_) => {
            tell(cx, key, set, "Create", &name, None::<&str>);
            Ok(())
        }
        Err(error) => {
            tell(cx, key, set, "Create", &name, Some(&error.message));
            Err(Failure(error.message))
        }
    }
}

/// Gives an adopted pod the labels of its identity, and its claims the owners that the retention policy asks for.
// upstream: statefulset/stateful_pod_control.go UpdateStatefulPod
pub(super) fn repair(cx: &mut Context, key: Key, set: &StatefulSet, member: &Member) -> Result<(), Failure> {
    let identity = identity_matches(&member.pod);
    let storage = storage_matches(set, member);
    let retention = claims::match_retention(cx, set, member.ordinal, Some(&member.pod));
    if identity && storage && retention {
        return Ok(());
    }
    let name = Rc::clone(&member.pod.meta.name);
    if !storage {
        if let Err(failure) = claims::create_missing(cx, key, set, member.ordinal) {
            tell(cx, key, set, "Update", &name, Some(&failure.0));
            return Err(failure);
        }
        // The API server lets nobody change the volumes of a pod.
        let message = format!(
            "Pod \"{name}\" is invalid: spec: Forbidden: pod updates may not change fields other than \
             `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
             `spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` \
             (allow it to be set to 1 if it was previously negative)"
        );
        tell(cx, key, set, "Update", &name, Some(&message));
        return Err(Failure(message));
    }
    if !retention {
        claims::apply_retention(cx, key, set, member.ordinal, Some(&member.pod));
    }
    if !identity {
        cx.update::<Pod>(member.key, |pod| set_identity(&mut pod.meta, member.ordinal));
    }
    tell(cx, key, set, "Update", &name, None::<&str>);
    Ok(())
}

/// Deletes a pod and says so.
// upstream: statefulset/stateful_pod_control.go DeleteStatefulPod
pub(super) fn delete(cx: &mut Context, key: Key, set: &StatefulSet, member: &Member, why: Note) {
    // Not found means deleted, too.
    _ = cx.delete_noted(member.key, DeleteOptions::default(), why, member.key);
    tell(cx, key, set, "Delete", &member.pod.meta.name, None::<&str>);
}

// upstream: statefulset/stateful_pod_control.go recordPodEvent
fn tell(cx: &mut Context, key: Key, set: &StatefulSet, verb: &str, pod: &str, error: Option<&(impl Display + ?Sized)>) {
    let set = &set.meta.name;
    let Some(error) = error else {
        let reason = match verb {
            "Create" => "SuccessfulCreate",
            "Delete" => "SuccessfulDelete",
            _ => "SuccessfulUpdate",
        };
        return cx.event(key, EventType::Normal, reason, format!("{verb} Pod {pod} in StatefulSet {set} successful"));
    };
    let reason = if verb == "Create" { "FailedCreate" } else { "FailedUpdate" };
    cx.event(key, EventType::Warning, reason, format!("{verb} Pod {pod} in StatefulSet {set} failed error: {error}"));
}

#[cfg(test)]
mod tests {
    use super::parent_and_ordinal;

    // upstream: TestGetParentNameAndOrdinal and its neighbours
    #[test]
    fn splits_names() {
        for (name, want) in [
            ("foo-1", Some(("foo", 1))),
            ("foo-bar-12", Some(("foo-bar", 12))),
            ("foo", None),
            ("1", None),
            ("foo-", None),
            ("foo-+1", None),
            ("foo-99999999999", None),
        ] {
            assert_eq!(parent_and_ordinal(name), want, "{name}");
        }
    }
}
