//! What `explain` says of pods without a node, of claims and of Services.

#[path = "explain/lab.rs"]
mod lab;

use lab::{Case, check, deployment, stateful_set, workload};

const CREATED: &str = "created Deployment web";

fn cpu(replicas: u32, cpu: &str) -> String {
    let container = format!("image: nginx:1, resources: {{requests: {{cpu: '{cpu}'}}}}");
    workload("Deployment", "web", replicas, "", &container, "", "")
}

#[test]
fn pending() {
    check(&[
        Case {
            name: "more CPU than any node has",
            yaml: cpu(1, "6"),
            steps: &["wait 10"],
            ask: "Pod/web-*",
            says: &[
                "is Pending: none of 3 nodes takes it: node-a has Insufficient cpu (6 requested, 4 of 4 free)",
                "node-c: has Insufficient cpu",
            ],
            first: CREATED,
            command: Some("kubectl set resources deployment/web --requests=cpu=4"),
            then: Some(("Deployment/web", 60)),
        },
        Case {
            name: "more pods than the nodes have room for",
            yaml: cpu(4, "2500m"),
            steps: &["wait 30"],
            ask: "Deployment/web",
            says: &["3 of 4 replicas", "is Pending", "Insufficient cpu (2500m requested, 1500m of 4 free)"],
            first: CREATED,
            command: Some("kubectl scale deployment/web --replicas=3"),
            then: Some(("Deployment/web", 30)),
        },
        Case {
            name: "a label that no node has",
            yaml: deployment(1, "", "nodeSelector: {disk: ssd}"),
            steps: &["wait 10"],
            ask: "Pod/web-*",
            says: &["node-a does not have the label disk=ssd"],
            first: CREATED,
            command: Some("kubectl label node node-a disk=ssd"),
            then: Some(("Deployment/web", 30)),
        },
        Case {
            name: "cordoned nodes",
            yaml: deployment(1, "", ""),
            steps: &["wait 20", "cordon node-a node-b node-c", "scale deployment web --replicas=2", "wait 10"],
            ask: "Deployment/web",
            says: &["1 of 2 replicas", "node-b is cordoned"],
            first: "updated Deployment web",
            command: Some("kubectl uncordon node-a"),
            then: Some(("Deployment/web", 30)),
        },
        Case {
            name: "taints",
            yaml: deployment(1, "", ""),
            steps: &[
                "wait 20",
                "taint nodes node-a node-b node-c only=db:NoSchedule",
                "scale deployment web --replicas=2",
                "wait 10",
            ],
            ask: "Pod/web-*",
            says: &["node-c has the taint only=db:NoSchedule, which it does not tolerate"],
            first: "updated Deployment web",
            command: Some("kubectl taint nodes node-a only:NoSchedule-"),
            then: Some(("Deployment/web", 30)),
        },
        Case {
            name: "anti-affinity",
            yaml: deployment(
                4,
                "",
                "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}",
            ),
            steps: &["wait 20"],
            ask: "Pod/web-*",
            says: &["node-a didn't match pod anti-affinity rules"],
            first: CREATED,
            command: Some("kubectl scale deployment/web --replicas=3"),
            then: Some(("Deployment/web", 30)),
        },
        Case {
            name: "a scheduling gate",
            yaml: "apiVersion: v1
kind: Pod
metadata: {name: later}
spec: {schedulingGates: [{name: example.com/wait}], containers: [{name: app, image: nginx:1}]}"
                .into(),
            steps: &["wait 10"],
            ask: "Pod/later",
            says: &["the scheduling gate example.com/wait"],
            first: "created Pod later",
            command: Some(
                r#"kubectl patch pod later --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'"#,
            ),
            then: Some(("Pod/later", 30)),
        },
    ]);
}

fn claim(class: &str) -> String {
    format!(
        "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}{class}}}
"
    )
}

#[test]
fn storage() {
    check(&[
        Case {
            name: "WaitForFirstConsumer",
            yaml: claim(""),
            steps: &["wait 10"],
            ask: "PersistentVolumeClaim/data",
            says: &["its class standard binds WaitForFirstConsumer, and no pod mounts it yet"],
            first: "created PersistentVolumeClaim data",
            ..Case::default()
        },
        Case {
            name: "no class",
            yaml: claim(", storageClassName: ''"),
            steps: &["wait 10"],
            ask: "PersistentVolumeClaim/data",
            says: &["is Pending: it has the empty class", "no volume that is there fits"],
            first: "created PersistentVolumeClaim data",
            ..Case::default()
        },
        Case {
            name: "a class that is not there, asked of the pod",
            yaml: claim(", storageClassName: gold")
                + "---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec:
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
  containers: [{name: app, image: nginx:1}]
",
            steps: &["wait 10"],
            ask: "Pod/user",
            says: &["unbound immediate PersistentVolumeClaims", "there is no StorageClass gold"],
            first: "created Pod user",
            command: Some("kubectl get storageclass"),
            ..Case::default()
        },
        Case {
            name: "a class that provisions nothing, and no volume",
            yaml: claim(", storageClassName: local")
                + "---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local}
provisioner: kubernetes.io/no-provisioner
",
            steps: &["wait 10"],
            ask: "PersistentVolumeClaim/data",
            says: &["class local provisions nothing, and no volume that is there fits 1Gi"],
            first: "created PersistentVolumeClaim data",
            ..Case::default()
        },
        Case {
            name: "bound in another zone",
            yaml: stateful_set(1, "", ""),
            steps: &["wait 60", "cordon node-a", "delete pod db-0", "wait 20"],
            ask: "Pod/db-0",
            says: &["node-a is cordoned", "node-b is in zone-b, its volume in zone-a"],
            first: "deleted Pod db-0",
            command: Some("kubectl uncordon node-a"),
            then: Some(("StatefulSet/db", 30)),
        },
        Case {
            name: "the claim of a pod that cannot follow",
            yaml: stateful_set(1, "", ""),
            steps: &["wait 60", "cordon node-a", "delete pod db-0", "wait 20"],
            ask: "PersistentVolumeClaim/data-db-0",
            says: &["is bound to the volume pvc-", "in zone-a; db-0 is Pending"],
            first: "created StatefulSet db",
            command: Some("kubectl uncordon node-a"),
            ..Case::default()
        },
        Case {
            name: "a claim that a pod still mounts",
            yaml: stateful_set(1, "", ""),
            steps: &["wait 60", "delete pvc data-db-0 --wait=false", "wait 10"],
            ask: "PersistentVolumeClaim/data-db-0",
            says: &["the finalizer kubernetes.io/pvc-protection holds it while pod db-0 mounts it"],
            first: "deleted PersistentVolumeClaim data-db-0",
            command: Some("kubectl delete pod db-0"),
            then: Some(("PersistentVolumeClaim/data-db-0", 60)),
        },
        Case {
            name: "a volume outlives a scale-down",
            yaml: stateful_set(2, "", ""),
            steps: &["wait 60", "scale statefulset db --replicas=1", "wait 20"],
            ask: "PersistentVolumeClaim/data-db-1",
            says: &["no pod mounts it, and it stays"],
            first: "created StatefulSet db",
            ..Case::default()
        },
    ]);
}

fn served(service: &str, container: &str) -> String {
    let web = workload("Deployment", "web", 2, "", &format!("image: nginx:1{container}"), "", "");
    format!("{web}---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{{service}}}\n")
}

#[test]
fn services() {
    check(&[
        Case {
            name: "all endpoints are ready",
            yaml: served("selector: {app: web}, ports: [{port: 80}]", ""),
            steps: &["wait 30"],
            ask: "Service/web",
            says: &["2 of 2 pods that its selector finds are ready endpoints"],
            first: "created Service web",
            ..Case::default()
        },
        Case {
            name: "a selector that finds nothing",
            yaml: served("selector: {app: shop, tier: front}, ports: [{port: 80}]", ""),
            steps: &["wait 30"],
            ask: "Service/web",
            says: &["has no endpoints: no pod has the labels app=shop,tier=front"],
            first: "created Service web",
            command: Some(r#"kubectl patch service web -p '{"spec":{"selector":{"tier":null,"app":"web"}}}'"#),
            then: Some(("Service/web", 10)),
        },
        Case {
            name: "a targetPort that no container names",
            yaml: served(
                "selector: {app: web}, ports: [{port: 80, targetPort: www}]",
                ", ports: [{name: http, containerPort: 8080}]",
            ),
            steps: &["wait 30"],
            ask: "Service/web",
            says: &["No container has a port named www"],
            first: "created Service web",
            command: Some(
                r#"kubectl patch service web --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":8080}]'"#,
            ),
            then: Some(("Service/web", 10)),
        },
        Case {
            name: "pods that are not Ready",
            yaml: served(
                "selector: {app: web}, ports: [{port: 80}]",
                ", readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 100}",
            ),
            steps: &["wait 20"],
            ask: "Service/web",
            says: &["0 of 2 pods", "is not: it is Running but not Ready", "pod/web-"],
            first: CREATED,
            command: Some("kubectl describe pod web-*"),
            ..Case::default()
        },
        Case {
            name: "pods that are not Ready, published all the same",
            yaml: served(
                "publishNotReadyAddresses: true, selector: {app: web}, ports: [{port: 80}]",
                ", readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 100}",
            ),
            steps: &["wait 20"],
            ask: "Service/web",
            says: &["2 of 2 pods", "It publishes addresses that are not Ready, too"],
            first: "created Service web",
            ..Case::default()
        },
        Case {
            name: "a pod whose labels a selector nearly finds",
            yaml: served("selector: {app: web, tier: front}, ports: [{port: 80}]", ""),
            steps: &["wait 30"],
            ask: "Pod/web-*",
            says: &[
                "Running and Ready",
                "service/web: its selector app=web,tier=front does not match the pod's labels",
            ],
            first: CREATED,
            ..Case::default()
        },
    ]);
}
