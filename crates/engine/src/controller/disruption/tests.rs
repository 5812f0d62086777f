use super::*;
use crate::object::{Labels, Meta, OwnerRef, Phase, PodSpec, PodTemplate, ReplicaSetStatus};
use crate::{Cluster, Config};
use podscope_schema::Value;

pub(super) fn labels() -> Labels {
    [("app", "web")].into_iter().collect()
}

pub(super) fn selector() -> Selector {
    Selector { match_labels: labels(), match_expressions: Vec::new() }
}

pub(super) fn budget(name: &str, min: Option<IntOrPercent>, max: Option<IntOrPercent>) -> DisruptionBudget {
    DisruptionBudget {
        meta: Meta::named("default", name),
        selector: Some(selector()),
        min_available: min,
        max_unavailable: max,
        always_allow_unhealthy: false,
        status: DisruptionBudgetStatus::default(),
        raw: Value::Null,
    }
}

/// A cluster with a ReplicaSet of this scale and as many running pods, all of them ready.
fn cluster(scale: i64) -> (Cluster, Vec<Key>) {
    let mut cluster = Cluster::empty(Config::default());
    let cx = &mut cluster.cx;
    let set = ReplicaSet {
        meta: Meta::named("default", "web"),
        legacy: false,
        replicas: scale,
        selector: Selector { match_labels: labels(), match_expressions: Vec::new() },
        template: Rc::new(PodTemplate::default()),
        min_ready: 0,
        status: ReplicaSetStatus::default(),
        raw: Value::Null,
    };
    let set = cx.create(set).unwrap();
    let uid = cx.get::<ReplicaSet>(set).unwrap().meta.uid;
    let pods = (0..scale).map(|n| {
        let mut meta = Meta::named("default", format!("web-{n}"));
        meta.labels = labels();
        meta.owners.push(OwnerRef {
            api_version: "apps/v1".into(),
            kind: "ReplicaSet".into(),
            name: "web".into(),
            uid,
            controller: true,
            block_owner_deletion: true,
        });
        let mut pod = Pod::new(meta, Rc::new(PodSpec { grace_seconds: 30, ..PodSpec::default() }));
        pod.node = Some("no-such-node".into());
        pod.status.phase = Phase::Running;
        pod.status.ready.status = true;
        cx.create(pod).unwrap()
    });
    let pods = pods.collect();
    (cluster, pods)
}

fn run(cluster: &mut Cluster, key: Key) -> DisruptionBudgetStatus {
    let until = cluster.now() + Duration::from_millis(20);
    assert!(cluster.advance_to(until, 10_000));
    cluster.cx.get::<DisruptionBudget>(key).unwrap().status.clone()
}

#[test]
fn numbers_round_as_upstream_does() {
    use IntOrPercent::{Int, Percent};
    // minAvailable, maxUnavailable, scale; expected, desired, allowed
    let table = [
        (Some(Int(2)), None, 3, (3, 2, 1)),
        (Some(Percent(50)), None, 5, (5, 3, 2)),
        (None, Some(Percent(30)), 5, (5, 3, 2)),
        (None, Some(Int(1)), 3, (3, 2, 1)),
        (None, Some(Int(10)), 3, (3, 0, 3)),
        (Some(Int(5)), None, 3, (3, 5, 0)),
        (Some(Percent(28)), None, 7, (7, 2, 5)),
    ];
    for (min, max, scale, expected) in table {
        let (mut cluster, _) = cluster(scale);
        let key = cluster.cx.create(budget("web", min, max)).unwrap();
        let status = run(&mut cluster, key);
        assert_eq!((status.expected, status.desired, status.allowed), expected);
        assert_eq!(&*status.conditions[0].reason, if expected.2 > 0 { "SufficientPods" } else { "InsufficientPods" });
    }
}

#[test]
fn the_second_eviction_is_refused() {
    let (mut cluster, pods) = cluster(3);
    let key = cluster.cx.create(budget("web", Some(IntOrPercent::Int(2)), None)).unwrap();
    let early = evict(&mut cluster.cx, pods[0], None).unwrap_err();
    assert_eq!(early.causes[0].1, "The disruption budget web is still being processed by the server.");
    run(&mut cluster, key);
    evict(&mut cluster.cx, pods[0], None).unwrap();
    assert!(cluster.cx.get::<Pod>(pods[0]).unwrap().meta.deleting());
    let error = evict(&mut cluster.cx, pods[1], None).unwrap_err();
    assert_eq!((error.code, error.reason), (429, "TooManyRequests"));
    run(&mut cluster, key);
    let error = evict(&mut cluster.cx, pods[1], None).unwrap_err();
    assert_eq!(error.causes[0].1, "The disruption budget web needs 2 healthy pods and has 2 currently");
}

#[test]
fn an_unready_pod_goes_when_the_rest_is_healthy_or_the_policy_says_so() {
    let (mut cluster, pods) = cluster(3);
    let key = cluster.cx.create(budget("web", Some(IntOrPercent::Int(3)), None)).unwrap();
    cluster.cx.update::<Pod>(pods[1], |p| p.status.ready.status = false);
    run(&mut cluster, key);
    assert_eq!(evict(&mut cluster.cx, pods[1], None).unwrap_err().code, 429);
    cluster.cx.update_spec::<DisruptionBudget>(key, |b| b.always_allow_unhealthy = true);
    evict(&mut cluster.cx, pods[1], None).unwrap();
}

#[test]
fn two_budgets_are_too_many() {
    let (mut cluster, pods) = cluster(3);
    for name in ["a", "b"] {
        cluster.cx.create(budget(name, None, Some(IntOrPercent::Int(3)))).unwrap();
    }
    assert_eq!(evict(&mut cluster.cx, pods[0], None).unwrap_err().code, 500);
    cluster.cx.update::<Pod>(pods[0], |p| p.status.phase = Phase::Pending);
    evict(&mut cluster.cx, pods[0], None).unwrap();
}

#[test]
fn selectors_are_printed_as_go_prints_them() {
    for (spec, want) in [
        ("{}", "nil"),
        (
            r#"{"selector":{"matchLabels":{"b":"1","a":"2"}}}"#,
            "&LabelSelector{MatchLabels:map[string]string{a: 2,b: 1,},MatchExpressions:[]LabelSelectorRequirement{},}",
        ),
        (
            r#"{"selector":{"matchExpressions":[{"key":"a","operator":"In","values":["x","y"]}]}}"#,
            "&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:a,Operator:In,Values:[x y],},},}",
        ),
    ] {
        assert_eq!(super::printed(&podscope_schema::Value::from_json(spec).expect("JSON")), want);
    }
}
