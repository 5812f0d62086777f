//! Services' endpoints.

use super::{Memory, Step, ensure};
use podscope_engine::object::{EndpointSlice, Kind, Pod, Service};
use podscope_engine::trace::Actor;

/// When a slice is written, each of its endpoints is a pod that is there, has not ended, has that address, and is
/// Ready if the endpoint says so.
pub fn endpoints(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some(slice) = s.after::<EndpointSlice>().filter(|_| s.entry.actor == Actor::EndpointSlice) else {
        return Ok(());
    };
    let service = s.object().and_then(|o| s.world.controller::<Service>(o));
    let publish = service.is_some_and(|s| s.publish_not_ready);
    for e in &slice.endpoints {
        let pod = s.world.named::<Pod>(Kind::Pod, &slice.meta.namespace, &e.pod);
        let pod = pod.filter(|p| !p.is_terminal() && p.status.ip == e.ip);
        let pod = pod.ok_or_else(|| format!("{} names {}, which is not alive", slice.meta.name, e.pod))?;
        ensure(e.terminating == pod.meta.deleting() && e.serving == pod.is_ready(), || {
            format!("{}: {} is told wrongly", slice.meta.name, e.pod)
        })?;
        ensure(e.ready == (publish || pod.is_ready() && !pod.meta.deleting()), || {
            format!("{}: {} is called Ready wrongly", slice.meta.name, e.pod)
        })?;
        let selected = service.and_then(|s| s.selector.as_ref());
        let fits = selected.is_none_or(|l| l.iter().all(|(k, v)| pod.meta.labels.get(k) == Some(v)));
        ensure(fits, || format!("{}: {} is not selected", slice.meta.name, e.pod))?;
    }
    Ok(())
}
