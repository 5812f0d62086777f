//! What `explain` says of what is being deleted, and of what is gone.

#[path = "explain/lab.rs"]
mod lab;

use lab::{Case, check, deployment, stateful_set, workload};

const UPDATED: &str = "updated Deployment web";

#[test]
fn deletions() {
    let ended = |notes: &str| workload("Deployment", "web", 5, "", "image: nginx:1", notes, "");
    check(&[
        Case {
            name: "the victim that was Ready for the shortest time",
            yaml: deployment(3, "", ""),
            steps: &[
                "wait 300",
                "scale deployment web --replicas=4",
                "wait 60",
                "scale deployment web --replicas=3",
                "wait 30",
            ],
            ask: "Pod/web-+",
            says: &[
                "is gone since",
                "its ReplicaSet was scaled down",
                "it went before web-",
                "Ready for a shorter time",
            ],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "the victims that shared a node",
            yaml: deployment(4, "", ""),
            steps: &["wait 60", "scale deployment web --replicas=2", "wait 30"],
            ask: "Pod/web-+",
            says: &["because it shared its node with more pods of its set"],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "the victim that was cheaper",
            yaml: deployment(2, "", ""),
            steps: &[
                "wait 60",
                "annotate pods --all controller.kubernetes.io/pod-deletion-cost=7",
                "scale deployment web --replicas=3",
                "wait 60",
                "scale deployment web --replicas=2",
                "wait 30",
            ],
            ask: "Pod/web-+",
            says: &["because its pod-deletion-cost was lower"],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "the victim that had no node",
            yaml: workload("Deployment", "web", 3, "", "image: nginx:1, resources: {requests: {cpu: '3'}}", "", ""),
            steps: &[
                "wait 60",
                "scale deployment web --replicas=4",
                "wait 10",
                "scale deployment web --replicas=3",
                "wait 10",
            ],
            ask: "Pod/web-+",
            says: &["because it had no node yet"],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "the victim that was not Ready",
            yaml: ended("podscope.dev/ready-after: 40s"),
            steps: &[
                "wait 60",
                "scale deployment web --replicas=6",
                "wait 20",
                "scale deployment web --replicas=5",
                "wait 10",
            ],
            ask: "Pod/web-+",
            says: &["because it was not Ready"],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "a grace period",
            yaml: ended("podscope.dev/terminate-after: 100s"),
            steps: &["wait 60", "scale deployment web --replicas=4", "wait 10"],
            ask: "Pod/web-*",
            says: &[
                "is Terminating: its containers were told to end",
                "in 20.0 s",
                "grace period 30 s",
                "why: its ReplicaSet",
            ],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "a finalizer",
            yaml: "apiVersion: v1
kind: Pod
metadata: {name: held, finalizers: [example.com/hold]}
spec: {containers: [{name: app, image: nginx:1}]}"
                .into(),
            steps: &["wait 30", "delete pod held --wait=false", "wait 60"],
            ask: "Pod/held",
            says: &["Terminating: the finalizer example.com/hold holds it", "why: it was deleted by hand"],
            first: "deleted Pod held",
            command: Some(r#"kubectl patch pod held --type=merge -p '{"metadata":{"finalizers":null}}'"#),
            then: Some(("Pod/held", 5)),
        },
        Case {
            name: "the update of a StatefulSet",
            yaml: stateful_set(2, "", ""),
            steps: &["wait 60", "scale statefulset db --replicas=1", "wait 30"],
            ask: "Pod/db-1",
            says: &["is gone since", "begins with the highest ordinal"],
            first: "updated StatefulSet db",
            ..Case::default()
        },
        Case {
            name: "a lost node",
            yaml: stateful_set(1, "", ""),
            steps: &["wait 60", "fail node-a", "wait 400"],
            ask: "Pod/db-0",
            says: &["Terminating since", "node-a does not answer", "why: its node has a NoExecute taint"],
            first: "updated Node node-a",
            command: Some("kubectl delete pod db-0 --grace-period=0 --force"),
            ..Case::default()
        },
        Case {
            name: "foreground deletion",
            yaml: ended("podscope.dev/terminate-after: 20s"),
            steps: &["wait 30", "delete deployment web --cascade=foreground --wait=false", "wait 5"],
            ask: "Deployment/web",
            says: &["the finalizer foregroundDeletion holds it until what it owns is gone: 1 left"],
            first: "deleted Deployment web",
            ..Case::default()
        },
        Case {
            name: "owner and all",
            yaml: deployment(2, "", ""),
            steps: &["wait 30", "delete deployment web", "wait 30"],
            ask: "Pod/web-+",
            says: &["is gone since", "what owned it is gone"],
            first: "removed Deployment web",
            ..Case::default()
        },
        Case {
            name: "the Deployment that was",
            yaml: deployment(2, "", ""),
            steps: &["wait 30", "delete deployment web", "wait 30"],
            ask: "Deployment/web",
            says: &["web is gone since 30.0 s: it was deleted by hand"],
            first: "removed Deployment web",
            ..Case::default()
        },
        Case {
            name: "nobody knows it",
            yaml: deployment(1, "", ""),
            steps: &[],
            ask: "Deployment/other",
            says: &["There is no object of the name other"],
            first: "",
            ..Case::default()
        },
    ]);
}
