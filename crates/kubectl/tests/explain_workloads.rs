//! What `explain` says of Deployments, StatefulSets and their pods, in states that commands and faults reach.

#[path = "explain/lab.rs"]
mod lab;

use lab::{Case, check, deployment, stateful_set, workload};

const CREATED: &str = "created Deployment web";
const UPDATED: &str = "updated Deployment web";

#[test]
fn deployments() {
    check(&[
        Case {
            name: "healthy",
            yaml: deployment(3, "", ""),
            steps: &["wait 30"],
            ask: "Deployment/web",
            says: &["3 of 3 replicas are available"],
            first: CREATED,
            ..Case::default()
        },
        Case {
            name: "not seen by its controller yet",
            yaml: deployment(3, "", ""),
            steps: &["wait 30", "scale deployment web --replicas=4"],
            ask: "Deployment/web",
            says: &["has not acted on the last change yet", "generation 2", "observedGeneration 1"],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "a rollout that waits for surge and availability",
            yaml: deployment(4, "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}", ""),
            steps: &["wait 30", "set image deployment/web app=nginx:typo", "wait 60"],
            ask: "Deployment/web",
            says: &[
                "2 of 4 replicas are updated, 3 available",
                "maxSurge 1 allows at most 5 pods",
                "maxUnavailable 1 asks for at least 3",
                "ImagePullBackOff",
            ],
            first: UPDATED,
            command: Some("kubectl rollout undo deployment/web"),
            then: Some(("Deployment/web", 60)),
        },
        Case {
            name: "the progress deadline",
            yaml: deployment(2, "progressDeadlineSeconds: 20", ""),
            steps: &["wait 30", "set image deployment/web app=nginx:typo", "wait 60"],
            ask: "Deployment/web",
            says: &["progressDeadlineSeconds of 20", "1 of 2 replicas are updated", "Nothing is rolled back by itself"],
            first: UPDATED,
            command: Some("kubectl rollout undo deployment/web"),
            then: Some(("Deployment/web", 60)),
        },
        Case {
            name: "paused",
            yaml: deployment(2, "", ""),
            steps: &[
                "wait 30",
                "rollout pause deployment/web",
                "wait 1",
                "set image deployment/web app=nginx:1.30",
                "wait 5",
            ],
            ask: "Deployment/web",
            says: &["paused with 0 of 2 replicas updated"],
            first: UPDATED,
            command: Some("kubectl rollout resume deployment/web"),
            then: Some(("Deployment/web", 60)),
        },
        Case {
            name: "Recreate waits for old pods",
            yaml: workload(
                "Deployment",
                "web",
                2,
                "strategy: {type: Recreate}",
                "image: nginx:1",
                "podscope.dev/terminate-after: 20s",
                "",
            ),
            steps: &["wait 30", "set image deployment/web app=nginx:1.30", "wait 5"],
            ask: "Deployment/web",
            says: &["Strategy Recreate", "2 old pods have to be gone first"],
            first: UPDATED,
            ..Case::default()
        },
        Case {
            name: "minReadySeconds",
            yaml: deployment(1, "minReadySeconds: 60", ""),
            steps: &["wait 30"],
            ask: "Pod/web-*",
            says: &["is Ready and counts as available at", "minReadySeconds is 60"],
            first: CREATED,
            ..Case::default()
        },
    ]);
}

#[test]
fn containers() {
    check(&[
        Case {
            name: "a bad image, and no revision before",
            yaml: workload("Deployment", "web", 1, "", "image: nginx:typo", "", ""),
            steps: &["wait 30"],
            ask: "Pod/web-*",
            says: &["ImagePullBackOff", "nginx:typo", "the next pull is at"],
            first: CREATED,
            command: Some("kubectl edit deployment/web"),
            ..Case::default()
        },
        Case {
            name: "a crash after an update",
            yaml: deployment(1, "", ""),
            steps: &[
                "wait 30",
                r#"patch deployment web -p '{"spec":{"template":{"metadata":{"annotations":{"podscope.dev/crash-after":"1s"}}}}}'"#,
                "wait 60",
            ],
            ask: "Pod/web-*",
            says: &["CrashLoopBackOff", "exit code 1", "restarts; it starts again at"],
            first: UPDATED,
            command: Some("kubectl rollout undo deployment/web"),
            then: Some(("Deployment/web", 60)),
        },
        Case {
            name: "an init container",
            yaml: workload(
                "Deployment",
                "web",
                1,
                "",
                "image: nginx:1",
                "podscope.dev/init-after: 100s",
                "initContainers: [{name: wait, image: busybox:1}]",
            ),
            steps: &["wait 20"],
            ask: "Pod/web-*",
            says: &["init container wait (1 of 1) is running"],
            first: CREATED,
            ..Case::default()
        },
        Case {
            name: "a readiness probe that fails",
            yaml: workload(
                "Deployment",
                "web",
                1,
                "",
                "image: nginx:1, readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 7}",
                "podscope.dev/never-ready: 'true'",
                "",
            ),
            steps: &["wait 30"],
            ask: "Deployment/web",
            says: &["0 of 1 replicas", "the readiness probe of container app fails; it is tried every 7 s"],
            first: CREATED,
            command: Some("kubectl describe pod web-*"),
            ..Case::default()
        },
        Case {
            name: "a pod that failed",
            yaml: "apiVersion: v1
kind: Pod
metadata: {name: once, annotations: {podscope.dev/crash-after: 1s, podscope.dev/exit-code: '3'}}
spec: {restartPolicy: Never, containers: [{name: app, image: busybox:1}]}"
                .into(),
            steps: &["wait 20"],
            ask: "Pod/once",
            says: &["has Failed", "exit code 3"],
            first: "created Pod once",
            ..Case::default()
        },
    ]);
}

#[test]
fn stateful_sets() {
    let slow = |replicas| {
        let notes = "podscope.dev/ready-after: 10s";
        workload("StatefulSet", "db", replicas, "serviceName: db", "image: redis:8", notes, "")
    };
    check(&[
        Case {
            name: "waits for a lower ordinal",
            yaml: slow(3),
            steps: &["wait 8"],
            ask: "Pod/db-2",
            says: &["db-2 is not there yet", "every lower ordinal", "db-0 is Running but not Ready"],
            first: "created StatefulSet db",
            ..Case::default()
        },
        Case {
            name: "the set that waits",
            yaml: slow(3),
            steps: &["wait 8"],
            ask: "StatefulSet/db",
            says: &["0 of 3 replicas are available", "db-1 is created when every lower ordinal is Ready"],
            first: "created StatefulSet db",
            ..Case::default()
        },
        Case {
            name: "a scale-down that waits for a lower ordinal",
            yaml: slow(3),
            steps: &["wait 60", "delete pod db-0 --wait=false", "scale statefulset db --replicas=2", "wait 3"],
            ask: "StatefulSet/db",
            says: &["db-2 is one too many, and is deleted when every lower ordinal is Ready", "db-0 is"],
            first: "deleted Pod db-0",
            ..Case::default()
        },
        Case {
            name: "a bad revision",
            yaml: stateful_set(3, "", ""),
            steps: &["wait 60", "set image statefulset/db app=redis:typo", "wait 60"],
            ask: "StatefulSet/db",
            says: &["2 of 3 replicas are available", "db-2 is in ImagePullBackOff", "then delete this pod"],
            first: "updated StatefulSet db",
            command: Some("kubectl rollout undo statefulset/db"),
            ..Case::default()
        },
        Case {
            name: "a bad revision that was reverted: the forced rollback",
            yaml: stateful_set(3, "", ""),
            steps: &[
                "wait 60",
                "set image statefulset/db app=redis:typo",
                "wait 60",
                "rollout undo statefulset/db",
                "wait 60",
            ],
            ask: "Pod/db-2",
            says: &["is stuck on revision db-", "Deleting it brings it back on the update revision"],
            first: "updated StatefulSet db",
            command: Some("kubectl delete pod db-2"),
            then: Some(("StatefulSet/db", 60)),
        },
        Case {
            name: "partition",
            yaml: stateful_set(3, "updateStrategy: {rollingUpdate: {partition: 2}}", ""),
            steps: &["wait 60", "set image statefulset/db app=redis:9", "wait 60"],
            ask: "StatefulSet/db",
            says: &["2 pods of an older revision: the partition is 2"],
            first: "updated StatefulSet db",
            command: Some(
                r#"kubectl patch statefulset db -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'"#,
            ),
            then: Some(("StatefulSet/db", 60)),
        },
        Case {
            name: "OnDelete",
            yaml: stateful_set(1, "updateStrategy: {type: OnDelete}", ""),
            steps: &["wait 60", "set image statefulset/db app=redis:9", "wait 60"],
            ask: "StatefulSet/db",
            says: &["1 pod of an older revision: with OnDelete each is updated when it is deleted"],
            first: "updated StatefulSet db",
            command: Some("kubectl delete pod db-0"),
            then: Some(("StatefulSet/db", 60)),
        },
        Case {
            name: "a released pod keeps its name",
            yaml: stateful_set(3, "", ""),
            steps: &["wait 60", "label pod db-1 app=other --overwrite", "wait 10"],
            ask: "StatefulSet/db",
            says: &["db-1 is there, but its labels do not match the selector"],
            first: "updated Pod db-1",
            command: Some("kubectl delete pod db-1"),
            then: Some(("StatefulSet/db", 60)),
        },
    ]);
}
