//! What holds of every object.

use super::{Memory, Step, ensure};
use podscope_engine::object::Object;
use podscope_engine::trace::Verb;

fn shown(object: &Object) -> String {
    format!("{} {}", object.kind().name(), object.meta().name)
}

/// Name, uid and time of creation never change; a deletion is never taken back, nor put off.
pub fn identity(s: &Step, _: &mut Memory) -> Result<(), String> {
    let (Some(old), Some(new)) = (&s.write.old, &s.write.new) else { return Ok(()) };
    let (a, b) = (old.meta(), new.meta());
    ensure(s.entry.verb != Verb::Create, || format!("{} was created over another", shown(new)))?;
    let same = a.name == b.name && a.namespace == b.namespace && a.uid == b.uid && a.created == b.created;
    ensure(same, || format!("{} became {}", shown(old), shown(new)))?;
    let deletion = match (&a.deletion, &b.deletion) {
        (Some(a), Some(b)) => b.at <= a.at && b.requested == a.requested,
        (before, _) => before.is_none(),
    };
    ensure(deletion, || format!("{}: its deletion was put off", shown(new)))
}

/// `resourceVersion` grows with every write, `generation` never shrinks.
pub fn growth(s: &Step, _: &mut Memory) -> Result<(), String> {
    let (Some(old), Some(new)) = (&s.write.old, &s.write.new) else { return Ok(()) };
    let (a, b) = (old.meta(), new.meta());
    ensure(b.resource_version > a.resource_version && b.generation >= a.generation, || {
        format!("{}: version {} after {}", shown(new), b.resource_version, a.resource_version)
    })
}

/// What a controller creates is owned by something that is there.
pub fn owners(s: &Step, _: &mut Memory) -> Result<(), String> {
    let Some(new) = s.write.new.as_ref().filter(|_| s.entry.verb == Verb::Create) else { return Ok(()) };
    for owner in &new.meta().owners {
        let there =
            s.world.by_uid(owner.uid).filter(|o| o.meta().name == owner.name && o.kind().name() == &*owner.kind);
        ensure(there.is_some(), || {
            format!("{} was created for {} {}, which is not there", shown(new), owner.kind, owner.name)
        })?;
    }
    ensure(new.meta().owners.iter().filter(|o| o.controller).count() <= 1, || {
        format!("{}: two controllers", shown(new))
    })
}
