//! Which Deployments rolled, and whether each step kept the bounds that the manifest sets.

use podscope_engine::api::Write;
use podscope_engine::controller::deployment::{max_surge, max_unavailable};
use podscope_engine::object::{Deployment, Key, Object, ReplicaSet, Uid};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Follows Deployments and their ReplicaSets through the writes of a run.
#[derive(Default)]
pub struct Rollouts {
    deployments: BTreeMap<Uid, Rc<Deployment>>,
    sets: BTreeMap<Uid, BTreeMap<Key, Rc<ReplicaSet>>>,
    /// By name: those that had pods of several templates at a time.
    rolled: BTreeSet<String>,
    /// By name: those that left their bounds, or do not roll by their strategy.
    broke: BTreeSet<String>,
}

impl Rollouts {
    /// Takes in one write; give them in order.
    pub fn take(&mut self, write: &Write) {
        match (&write.new, &write.old) {
            (Some(Object::Deployment(d)), _) => {
                if d.rolling.is_none() {
                    self.broke.insert(d.meta.name.to_string());
                }
                self.deployments.insert(d.meta.uid, Rc::clone(d));
            }
            (Some(Object::ReplicaSet(set)), _) => self.set(write.key, set),
            (None, Some(Object::ReplicaSet(set))) => {
                let owner = set.meta.controller().and_then(|o| self.sets.get_mut(&o.uid));
                _ = owner.and_then(|sets| sets.remove(&write.key));
            }
            _ => {}
        }
    }

    fn set(&mut self, key: Key, set: &Rc<ReplicaSet>) {
        let Some(owner) = set.meta.controller() else { return };
        let Some(d) = self.deployments.get(&owner.uid) else { return };
        let sets = self.sets.entry(owner.uid).or_default();
        let sums = |sets: &BTreeMap<Key, Rc<ReplicaSet>>| {
            let all = sets.values();
            all.fold((0, 0), |(n, a), s| (n + s.replicas, a + s.replicas.min(s.status.available)))
        };
        let (total, available) = sums(sets);
        let old = sets.insert(key, Rc::clone(set)).map_or(0, |s| s.replicas);
        let (total_now, available_now) = sums(sets);
        if sets.values().filter(|s| s.replicas > 0).count() > 1 {
            self.rolled.insert(d.meta.name.to_string());
        }
        // A step may have left either bound behind, by changing `replicas` or by taking pods away: the controller then only
        // must not go further from it.
        let above = set.replicas > old && total_now > total && total_now > d.replicas + max_surge(d);
        let below = set.replicas < old && available_now < available && available_now < d.replicas - max_unavailable(d);
        if above || below {
            self.broke.insert(d.meta.name.to_string());
        }
    }

    /// Whether a key of `scale` or `pods` (`web`, `web#rs1`) is of a rolling update that kept its bounds.
    pub fn keeps_bounds(&self, key: &str) -> bool {
        let name = key.split('#').next().unwrap_or(key);
        self.rolled.contains(name) && !self.broke.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podscope_engine::Cluster;
    use podscope_engine::config::Config;
    use podscope_engine::object::Kind;
    use podscope_engine::time::SimTime;

    const MANIFEST: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: nginx:1}]}
";

    /// A rollout, and what follows when one of its sets is written with other replicas in the end.
    fn after(set_to: Option<(usize, i64)>) -> bool {
        let mut cluster = Cluster::new(Config { record: true, ..Config::default() });
        cluster.apply(MANIFEST).expect("it is valid");
        while !cluster.advance_to(SimTime::from_millis(20_000), 1000) {}
        cluster.set_image("Deployment", "default", "web", "app", "nginx:2").expect("it is there");
        while !cluster.advance_to(SimTime::from_millis(60_000), 1000) {}
        let mut rollouts = Rollouts::default();
        cluster.cx.recorded.iter().for_each(|w| rollouts.take(w));
        assert!(rollouts.keeps_bounds("web") && rollouts.keeps_bounds("web#rs1"));
        assert!(!rollouts.keeps_bounds("other"));
        if let Some((at, replicas)) = set_to {
            let keys: Vec<Key> = cluster.cx.store.of_kind(Kind::ReplicaSet).iter().copied().collect();
            cluster.cx.recorded.clear();
            cluster.cx.update_spec::<ReplicaSet>(keys[at], |s| s.replicas = replicas);
            cluster.cx.recorded.iter().for_each(|w| rollouts.take(w));
        }
        rollouts.keeps_bounds("web")
    }

    #[test]
    fn the_manifest_sets_the_bounds() {
        for (set_to, want) in [
            (None, true),
            // Four and a surge of one.
            (Some((0, 1)), true),
            (Some((0, 2)), false),
            // Four without one.
            (Some((1, 3)), true),
            (Some((1, 2)), false),
        ] {
            assert_eq!(after(set_to), want, "{set_to:?}");
        }
    }
}
