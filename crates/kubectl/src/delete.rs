//! `delete`.

use crate::{Args, Failure, Session, resource, write};
use podscope_engine::api::{DeleteOptions, Propagation};
use podscope_engine::time::SimTime;

const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/// `delete KIND/NAME… [--cascade=…] [--grace-period=N] [--force] [--wait=false]`
pub fn delete(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let propagation = match args.value("cascade").unwrap_or("background") {
        "orphan" => Propagation::Orphan,
        "foreground" => Propagation::Foreground,
        _ => Propagation::Background,
    };
    let force = args.on("force");
    let grace = args.value("grace-period").and_then(|v| v.parse::<i64>().ok()).filter(|n| *n >= 0);
    let grace_seconds = if force {
        Some(grace.unwrap_or(0))
    } else if args.on("now") {
        Some(1)
    } else {
        grace
    };
    if force {
        s.warn(FORCED);
    }
    let (_, keys) = s.targets(&args.words, args)?;
    if keys.is_empty() {
        s.say("No resources found");
        return Ok(());
    }
    for &key in &keys {
        let name = s.cluster.cx.store.name(key).clone();
        s.cluster.cx.delete(key, DeleteOptions { propagation, grace_seconds }).map_err(|e| write::refused(&e))?;
        let how = if force { "force deleted" } else { "deleted" };
        let from = if name.kind.namespaced() { format!(" from {} namespace", name.namespace) } else { String::new() };
        s.say(format!("{} \"{}\" {how}{from}", resource::prefix(name.kind), name.name));
    }
    if args.value("wait") != Some("false") && !force {
        let uids: Vec<_> = keys.iter().filter_map(|&k| Some((k, s.object(k)?.meta().uid))).collect();
        s.wait_until(None, |s| uids.iter().all(|(k, uid)| s.object(*k).is_none_or(|o| o.meta().uid != *uid)));
    }
    Ok(())
}

impl Session<'_> {
    /// Advances simulated time until `done`, or the end of `limit`, or until nothing is due. Says whether it was done.
    pub fn wait_until(&mut self, limit: Option<std::time::Duration>, done: impl Fn(&Self) -> bool) -> bool {
        // A day of simulated time stands for "for ever".
        let end = self.cluster.now() + limit.unwrap_or(std::time::Duration::from_hours(24));
        loop {
            if done(self) {
                return true;
            }
            let next = self.cluster.cx.next_time().unwrap_or(SimTime::MAX);
            if next > end {
                self.cluster.advance_to(end, 1);
                return false;
            }
            self.cluster.advance_to(next, 1);
        }
    }
}
