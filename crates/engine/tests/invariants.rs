//! What must hold at every write, whatever is asked for.

use podscope_engine::object::{Deployment, Kind, Object, Pod, StatefulSet};
use podscope_engine::time::SimTime;
use podscope_engine::trace::Actor;
use podscope_engine::{Cluster, Config};
use podscope_schema::sorted::SortedMap;
use proptest::prelude::*;

/// No run of these sizes takes longer than this in simulated time, faults being off.
const LIMIT: SimTime = SimTime(3_600_000_000);

fn deployment(replicas: i64, surge: &str, unavailable: &str, image: u32) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  strategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: 'nginx:1.{image}'}}]}}
"
    )
}

fn stateful_set(replicas: i64, parallel: bool, image: u32) -> String {
    let policy = if parallel { "Parallel" } else { "OrderedReady" };
    format!(
        "apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:
  replicas: {replicas}
  serviceName: db
  podManagementPolicy: {policy}
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: 'mysql:8.{image}'}}]}}
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

fn pods(cluster: &Cluster) -> impl Iterator<Item = &Pod> {
    cluster.cx.store.list::<Pod>(Kind::Pod).map(|(_, p)| &**p)
}

/// Runs, a write at a time, until `done` or until `until`, checking after each.
fn run(
    cluster: &mut Cluster,
    until: SimTime,
    done: impl Fn(&Cluster) -> bool,
    mut check: impl FnMut(&Cluster) -> Result<(), TestCaseError>,
) -> Result<bool, TestCaseError> {
    while cluster.now() < until {
        if done(cluster) {
            return Ok(true);
        }
        if !cluster.step() {
            break;
        }
        check(cluster)?;
    }
    Ok(done(cluster))
}

fn deployed(cluster: &Cluster) -> bool {
    cluster.cx.store.lookup::<Deployment>(Kind::Deployment, "default", "web").is_some_and(|d| {
        let s = &d.status;
        s.observed_generation == d.meta.generation
            && s.updated == d.replicas
            && s.available == d.replicas
            && s.replicas == d.replicas
    })
}

fn docked(cluster: &Cluster) -> bool {
    cluster.cx.store.lookup::<StatefulSet>(Kind::StatefulSet, "default", "db").is_some_and(|s| {
        let t = &s.status;
        t.observed_generation == s.meta.generation
            && t.available == s.replicas
            && t.replicas == s.replicas
            && t.updated == s.replicas
    })
}

/// A number or a percentage, and what it comes to.
fn amount() -> impl Strategy<Value = (String, bool, i64)> {
    prop_oneof![
        (0_i64..4).prop_map(|n| (n.to_string(), false, n)),
        (0_i64..=100).prop_map(|n| (format!("{n}%"), true, n)),
    ]
}

fn of(amount: &(String, bool, i64), total: i64, up: bool) -> i64 {
    match amount {
        (_, false, n) => *n,
        (_, true, p) if up => (p * total + 99) / 100,
        (_, true, p) => p * total / 100,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_rolling_update_keeps_its_bounds(
        replicas in 1_i64..8,
        surge in amount(),
        unavailable in amount(),
        images in prop::collection::vec((1_u32..4, 0_u64..6_000), 1..4),
        seed in 0_u64..1000,
    ) {
        prop_assume!(surge.2 != 0 || unavailable.2 != 0);
        let (most, mut least) = (of(&surge, replicas, true), of(&unavailable, replicas, false));
        if most == 0 && least == 0 {
            least = 1; // upstream: deployment/util ResolveFenceposts
        }
        let yaml = |image| deployment(replicas, &surge.0, &unavailable.0, image);
        let mut cluster = Cluster::new(Config { seed, ..Config::default() });
        cluster.apply(&yaml(0)).expect("valid");
        prop_assert!(run(&mut cluster, LIMIT, deployed, |_| Ok(()))?, "the first rollout ends");
        let bounds = |cluster: &Cluster| {
            let active = pods(cluster).filter(|p| p.is_active()).count() as i64;
            let available = pods(cluster).filter(|p| p.is_active() && p.is_available(0, cluster.now())).count() as i64;
            prop_assert!(active <= replicas + most, "{active} pods of {replicas} + {most}");
            prop_assert!(available >= replicas - least, "{available} available of {replicas} - {least}");
            Ok(())
        };
        for (image, wait) in images {
            cluster.apply(&yaml(image)).expect("valid");
            let until = SimTime(cluster.now().0 + wait * 1000);
            run(&mut cluster, until, |_| false, bounds)?;
        }
        prop_assert!(run(&mut cluster, SimTime(LIMIT.0 * 2), deployed, bounds)?, "the last rollout ends");
    }

    #[test]
    fn a_stateful_set_is_one_pod_per_ordinal_in_order(
        parallel in any::<bool>(),
        changes in prop::collection::vec((0_i64..6, 1_u32..3, 0_u64..8_000), 1..4),
        seed in 0_u64..1000,
    ) {
        let mut cluster = Cluster::new(Config { seed, ..Config::default() });
        let mut volumes: SortedMap<String, String> = SortedMap::new();
        let mut seen = 0;
        let mut check = |cluster: &Cluster| {
            for entry in cluster.cx.trace.entries().skip(seen) {
                // Who creates a pod in order creates it after all before it are Ready.
                if entry.actor == Actor::StatefulSet && entry.verb == podscope_engine::trace::Verb::Create && !parallel {
                    let name = cluster.cx.store.name(entry.key);
                    if name.kind == Kind::Pod {
                        let ordinal: i64 = name.name.trim_start_matches("db-").parse().expect("an ordinal");
                        for before in 0..ordinal {
                            let pod = cluster.cx.store.lookup::<Pod>(Kind::Pod, "default", &format!("db-{before}"));
                            prop_assert!(pod.is_some_and(|p| p.is_ready()), "db-{ordinal} came before db-{before} was Ready");
                        }
                    }
                }
            }
            seen = cluster.cx.trace.len();
            let mut names: Vec<&str> = pods(cluster).map(|p| &*p.meta.name).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            prop_assert_eq!(names.len(), all);
            for pod in pods(cluster) {
                for (_, claim) in pod.claims.iter() {
                    prop_assert_eq!(&**claim, &format!("data-{}", pod.meta.name));
                }
            }
            for &key in cluster.cx.store.of_kind(Kind::PersistentVolumeClaim) {
                if let Some(Object::Claim(claim)) = cluster.cx.store.object(key)
                    && let Some(volume) = claim.volume.as_ref().filter(|v| !v.is_empty())
                {
                    let first = volumes.entry(claim.meta.name.to_string()).or_insert_with(|| volume.to_string());
                    prop_assert_eq!(&**volume, &**first, "a claim keeps its volume");
                }
            }
            Ok(())
        };
        for (replicas, image, wait) in changes {
            cluster.apply(&stateful_set(replicas, parallel, image)).expect("valid");
            let until = SimTime(cluster.now().0 + wait * 1000);
            run(&mut cluster, until, |_| false, &mut check)?;
        }
        prop_assert!(run(&mut cluster, LIMIT, docked, &mut check)?, "it settles");
    }
}
