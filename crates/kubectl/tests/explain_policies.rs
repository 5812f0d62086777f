//! What `explain` says of budgets, quotas, autoscalers and nodes, and of the pods that they concern.

#[path = "explain/lab.rs"]
mod lab;

use lab::{Case, check, deployment, stateful_set, workload};

const CREATED: &str = "created Deployment web";

fn with_budget(spec: &str) -> String {
    deployment(3, "", "")
        + &format!(
            "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: keep}}
spec: {{selector: {{matchLabels: {{app: web}}}}, {spec}}}
"
        )
}

fn with_autoscaler(requests: &str, most: u32) -> String {
    let container = format!("image: nginx:1{requests}");
    workload("Deployment", "web", 2, "", &container, "", "")
        + &format!(
            "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: web}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}
  minReplicas: 1
  maxReplicas: {most}
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: 50}}}}}}]
"
        )
}

const REQUESTS: &str = ", resources: {requests: {cpu: 200m}}";

#[test]
fn policies() {
    check(&[
        Case {
            name: "a budget that refuses evictions, asked of the pod",
            yaml: with_budget("minAvailable: 3"),
            steps: &["wait 30", "drain node-a --timeout=10s"],
            ask: "Pod/web-*",
            says: &[
                "stays on node-a, which is cordoned",
                "its eviction would be refused. keep allows no eviction: 3 of the 3 pods it covers are healthy, and 3 have to be",
            ],
            first: CREATED,
            command: Some("kubectl scale deployment/web --replicas=4"),
            then: Some(("PodDisruptionBudget/keep", 30)),
        },
        Case {
            name: "a budget that refuses evictions, asked of the node",
            yaml: with_budget("minAvailable: 3"),
            steps: &["wait 30", "drain node-a --timeout=10s"],
            ask: "Node/node-a",
            says: &["node-a is cordoned", "what runs there (1 pod) stays", "may not be evicted now: its budget keep"],
            first: "updated Node node-a",
            command: Some("kubectl uncordon node-a"),
            then: Some(("Node/node-a", 5)),
        },
        Case {
            name: "two budgets",
            yaml: with_budget("maxUnavailable: 1")
                + "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: other}
spec: {selector: {matchLabels: {app: web}}, maxUnavailable: 1}
",
            steps: &["wait 30", "cordon node-a"],
            ask: "Pod/web-*",
            says: &["Two budgets cover it, keep and other"],
            first: CREATED,
            command: Some("kubectl delete pdb other"),
            ..Case::default()
        },
        Case {
            name: "a budget with room",
            yaml: with_budget("maxUnavailable: 1"),
            steps: &["wait 30"],
            ask: "PodDisruptionBudget/keep",
            says: &["keep allows 1 eviction now: 3 of the 3 pods it covers are healthy, and 2 have to be"],
            first: CREATED,
            ..Case::default()
        },
        Case {
            name: "an evicted pod",
            yaml: with_budget("maxUnavailable: 1"),
            steps: &["wait 30", "drain node-a", "wait 10"],
            ask: "Pod/web-+",
            says: &["it was evicted, and its disruption budget allowed it"],
            first: "deleted Pod web-567fdf94f6-t29pp",
            ..Case::default()
        },
        Case {
            name: "a quota",
            yaml: "apiVersion: v1
kind: ResourceQuota
metadata: {name: few}
spec: {hard: {pods: '2'}}
---
"
            .to_owned()
                + &deployment(3, "", ""),
            steps: &["wait 30"],
            ask: "Deployment/web",
            says: &["cannot create pods", "exceeded quota: few", "creation is tried again at"],
            first: CREATED,
            command: Some(r#"kubectl patch resourcequota few -p '{"spec":{"hard":{"pods":"4"}}}'"#),
            then: Some(("Deployment/web", 120)),
        },
        Case {
            name: "the quota itself",
            yaml: "apiVersion: v1
kind: ResourceQuota
metadata: {name: few}
spec: {hard: {pods: '2'}}
---
"
            .to_owned()
                + &deployment(3, "", ""),
            steps: &["wait 30"],
            ask: "ResourceQuota/few",
            says: &["few is used up: pods (2 of 2)"],
            first: CREATED,
            ..Case::default()
        },
    ]);
}

#[test]
fn autoscalers() {
    check(&[
        Case {
            name: "switched off by a scale of 0",
            yaml: with_autoscaler(REQUESTS, 3),
            steps: &["wait 30", "scale deployment web --replicas=0", "wait 30"],
            ask: "HorizontalPodAutoscaler/web",
            says: &["holds Deployment web at 0 replicas", "scaling is disabled"],
            first: "created HorizontalPodAutoscaler web",
            command: Some("kubectl scale deployment/web --replicas=1"),
            then: Some(("Deployment/web", 20)),
        },
        Case {
            name: "nothing to scale",
            yaml: with_autoscaler(REQUESTS, 3),
            steps: &["wait 30", "delete deployment web", "wait 30"],
            ask: "HorizontalPodAutoscaler/web",
            says: &["cannot scale Deployment web", "not found"],
            first: "created HorizontalPodAutoscaler web",
            ..Case::default()
        },
        Case {
            name: "at its maximum",
            yaml: with_autoscaler(REQUESTS, 3),
            steps: &["wait 30", "load web 2000", "wait 120"],
            ask: "HorizontalPodAutoscaler/web",
            says: &["holds Deployment web at 3 replicas: its metrics ask for more, and maxReplicas is 3"],
            first: "created HorizontalPodAutoscaler web",
            command: Some(r#"kubectl patch hpa web -p '{"spec":{"maxReplicas":6}}'"#),
            ..Case::default()
        },
        Case {
            name: "stabilisation",
            yaml: with_autoscaler(REQUESTS, 6),
            steps: &["wait 30", "load web 500", "wait 120", "load web 50", "wait 60"],
            ask: "HorizontalPodAutoscaler/web",
            says: &["the stabilization window keeps it from following its metrics down at once, until"],
            first: "created HorizontalPodAutoscaler web",
            ..Case::default()
        },
        Case {
            name: "no requests, no metrics",
            yaml: with_autoscaler("", 6),
            steps: &["wait 90"],
            ask: "HorizontalPodAutoscaler/web",
            says: &["holds Deployment web at 2 replicas", "missing request for cpu"],
            first: "created HorizontalPodAutoscaler web",
            ..Case::default()
        },
    ]);
}

#[test]
fn nodes() {
    check(&[
        Case {
            name: "a node that fell silent",
            yaml: deployment(3, "", ""),
            steps: &["wait 30", "fail node-a", "wait 20"],
            ask: "Node/node-a",
            says: &["has sent no heart-beat since 30.0 s; it counts as lost at"],
            first: "updated Node node-a",
            ..Case::default()
        },
        Case {
            name: "a lost node, and when its pods go",
            yaml: deployment(3, "", ""),
            steps: &["wait 30", "fail node-a", "wait 100"],
            ask: "Node/node-a",
            says: &[
                "is not Ready",
                "node.kubernetes.io/unreachable",
                "what runs there (1 pod) is evicted at",
                "in 250.",
            ],
            first: "updated Node node-a",
            ..Case::default()
        },
        Case {
            name: "its pod",
            yaml: deployment(3, "", ""),
            steps: &["wait 30", "fail node-a", "wait 100"],
            ask: "Pod/web-*",
            says: &["is on node-a, which has not answered since", "it is evicted at", "when its toleration ends"],
            first: "updated Node node-a",
            ..Case::default()
        },
        Case {
            name: "a node that is not coming back",
            yaml: stateful_set(1, "", ""),
            steps: &["wait 60", "fail node-a", "wait 400"],
            ask: "Node/node-a",
            says: &["what is still there (1 pod) stays Terminating until the node is back or declared out of service"],
            first: "updated Node node-a",
            command: Some("kubectl taint nodes node-a node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"),
            // Its volume is in the zone that is lost, so db-0 waits on; but it is no longer Terminating.
            then: None,
        },
    ]);
}
