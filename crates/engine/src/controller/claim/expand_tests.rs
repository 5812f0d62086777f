use crate::object::{Claim, Key, Kind, Resize};
use crate::{Cluster, Config};
use podscope_schema::Value;
use std::time::Duration;

const MANIFEST: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: CLASS, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: app, image: nginx}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: grows}
provisioner: podscope.dev/disk
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
";

fn run(cluster: &mut Cluster, seconds: u64) {
    let until = cluster.now() + Duration::from_secs(seconds);
    while !cluster.advance_to(until, 10_000) {}
}

fn bound(class: &str) -> (Cluster, Key) {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(&MANIFEST.replace("CLASS", class)).expect("the manifest is valid");
    run(&mut cluster, 20);
    let key = cluster.cx.store.find(Kind::PersistentVolumeClaim, "default", "data").expect("the claim");
    (cluster, key)
}

fn ask(cluster: &mut Cluster, key: Key, size: &str) -> Result<bool, String> {
    let mut value = crate::convert::to_value(&cluster.cx, key).expect("the claim");
    let spec = value.make_map().get_mut("spec").expect("a spec");
    let requests = spec.make_map().get_mut("resources").expect("resources").make_map().get_mut("requests");
    requests.expect("requests").make_map().insert("storage", size);
    crate::api::rest::replace(&mut cluster.cx, key, &value).map_err(|e| e.message)
}

fn capacity(cluster: &Cluster, key: Key) -> Option<String> {
    let value = crate::convert::shown(&cluster.cx, key)?;
    value.str_at(&["status", "capacity", "storage"]).map(str::to_owned)
}

#[test]
fn what_may_be_asked_for() {
    let class = "persistentvolumeclaims \"data\" is forbidden: only dynamically provisioned pvc can be resized and the \
                 storageclass that provisions the pvc must support resize";
    let shrunk = "PersistentVolumeClaim \"data\" is invalid: spec.resources.requests.storage: Forbidden: field can not be \
                  less than status.capacity";
    let table = [
        ("grows", "2Gi", Ok(true)),
        ("grows", "1Gi", Ok(false)),
        ("grows", "512Mi", Err(shrunk.to_owned())),
        ("standard", "2Gi", Err(class.to_owned())),
        ("standard", "512Mi", Err(shrunk.to_owned())),
    ];
    for (class, size, said) in table {
        let (mut cluster, key) = bound(class);
        assert_eq!(ask(&mut cluster, key, size), said, "{class} {size}");
    }
}

#[test]
fn the_disk_grows_and_then_its_file_system() {
    let (mut cluster, key) = bound("grows");
    ask(&mut cluster, key, "2Gi").expect("it is allowed");
    let resize = |c: &Cluster| c.cx.get::<Claim>(key).expect("the claim").resize;
    cluster.advance_to(cluster.now() + Duration::from_millis(500), 10_000);
    assert!(matches!(resize(&cluster), Resize::Disk(_)));
    assert_eq!(capacity(&cluster, key).as_deref(), Some("1Gi"));
    run(&mut cluster, 5);
    assert_eq!((resize(&cluster), capacity(&cluster, key).as_deref()), (Resize::None, Some("2Gi")));
    let told: Vec<&str> = cluster.cx.events_about(key).map(|e| e.reason).collect();
    let end = ["ExternalExpanding", "Resizing", "FileSystemResizeRequired", "FileSystemResizeSuccessful"];
    assert_eq!(told[told.len() - 4..], end);
}

#[test]
fn without_a_pod_the_file_system_waits_and_the_claim_says_so() {
    let (mut cluster, key) = bound("grows");
    let pod = cluster.cx.store.find(Kind::Pod, "default", "web").expect("the pod");
    cluster.cx.delete(pod, crate::api::DeleteOptions::default()).expect("it is there");
    run(&mut cluster, 60);
    ask(&mut cluster, key, "2Gi").expect("it is allowed");
    run(&mut cluster, 60);
    let value = crate::convert::shown(&cluster.cx, key).expect("the claim");
    let conditions = value.at(&["status", "conditions"]).map_or(&[][..], Value::items);
    let types: Vec<&str> = conditions.iter().filter_map(|c| c.str_at(&["type"])).collect();
    assert_eq!(types, ["FileSystemResizePending"]);
    assert_eq!(capacity(&cluster, key).as_deref(), Some("1Gi"));
    cluster.apply(MANIFEST.split("---").nth(1).expect("the pod")).expect("the manifest is valid");
    run(&mut cluster, 30);
    assert_eq!(capacity(&cluster, key).as_deref(), Some("2Gi"));
}

#[test]
fn a_claim_that_is_not_bound_cannot_grow() {
    let mut cluster = Cluster::new(Config::default());
    cluster
        .apply(MANIFEST.replace("CLASS", "standard").split("---").next().expect("the claim"))
        .expect("the manifest is valid");
    let key = cluster.cx.store.find(Kind::PersistentVolumeClaim, "default", "data").expect("the claim");
    let said = ask(&mut cluster, key, "2Gi").expect_err("it is refused");
    assert!(said.contains("spec is immutable after creation"), "{said}");
}
