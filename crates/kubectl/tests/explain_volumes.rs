//! What `explain` says of pods whose volumes are elsewhere, and of claims that grow or are full.

#[path = "explain/lab.rs"]
mod lab;

use lab::{Case, check, deployment};

const CREATED: &str = "created Deployment web";

/// A disk that any node can have, one at a time, and a Deployment that mounts it.
fn disk(replicas: u32, strategy: &str) -> String {
    let pod = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: \
               kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}
      volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]";
    let volume = "
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk-1}
spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, storageClassName: '', csi: {driver: disk.example.com, volumeHandle: disk-1}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: d}
spec: {accessModes: [ReadWriteOnce], storageClassName: '', volumeName: disk-1, resources: {requests: {storage: 1Gi}}}
";
    deployment(replicas, strategy, pod) + volume
}

/// A claim of a class that lets it grow, and a pod that mounts it.
fn grows(pod: bool) -> String {
    let mut all = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: grows}
provisioner: podscope.dev/disk
allowVolumeExpansion: true
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: d}
spec: {accessModes: [ReadWriteOnce], storageClassName: grows, resources: {requests: {storage: 1Gi}}}
"
    .to_owned();
    if pod {
        all += "---\n";
        all += &deployment(1, "", "volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]");
    }
    all
}

const GROW: &str = r#"patch pvc d -p '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}'"#;

#[test]
fn attached_elsewhere() {
    check(&[
        Case {
            name: "two pods of one Deployment on two nodes",
            yaml: disk(2, ""),
            steps: &["wait 30"],
            ask: "Pod/web-*",
            says: &["waits for its volume disk-1 to be attached to node-", "(ReadWriteOnce)", "(Multi-Attach error)"],
            first: CREATED,
            command: Some("kubectl scale deployment/web --replicas=1"),
            then: Some(("Deployment/web", 60)),
        },
        Case {
            name: "a rolling update that waits for the disk of the old pod",
            yaml: disk(1, ""),
            steps: &["wait 30", "set image deployment/web app=nginx:1.30", "wait 30"],
            ask: "Pod/web-*",
            says: &["waits for its volume disk-1", "(Multi-Attach error)"],
            first: "updated Deployment web",
            command: Some("kubectl delete pod web-*"),
            then: Some(("Deployment/web", 120)),
        },
        Case {
            name: "a node that does not answer",
            yaml: disk(1, ""),
            steps: &["wait 30", "fail node-a", "wait 400"],
            ask: "Pod/web-*",
            says: &["waits for its volume disk-1", "node-a still has it, and does not answer", "six minutes after"],
            first: "updated Node node-a",
            command: Some("kubectl taint node node-a node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"),
            then: Some(("Deployment/web", 30)),
        },
    ]);
}

#[test]
fn claims_that_grow() {
    check(&[
        Case {
            name: "the driver makes the disk larger",
            yaml: grows(true),
            steps: &["wait 30", GROW, "wait 0.5"],
            ask: "PersistentVolumeClaim/d",
            says: &["d asks for 2Gi now: the driver makes its disk larger"],
            first: "updated PersistentVolumeClaim d",
            ..Case::default()
        },
        Case {
            name: "no pod mounts it",
            yaml: grows(false),
            steps: &["wait 30", GROW, "wait 30"],
            ask: "PersistentVolumeClaim/d",
            says: &["d has 1Gi of the 2Gi of its disk", "when a pod that mounts it runs, and none does"],
            first: "updated PersistentVolumeClaim d",
            ..Case::default()
        },
    ]);
}
