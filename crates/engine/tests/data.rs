//! A replicated database: roles, clones, streams, faults, and what its clients see of them.

use podscope_engine::fault::Fault;
use podscope_engine::time::SimTime;
use podscope_engine::view::{DataView, LinkKind, MemberView, Role};
use podscope_engine::{Cluster, Config};

/// A StatefulSet `db` with a headless Service, a Service for reads, and clients of both.
fn manifest(notes: &str, pod: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: db}}
spec: {{clusterIP: None, selector: {{app: db}}, ports: [{{port: 3306}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: db-read}}
spec: {{selector: {{app: db}}, ports: [{{port: 3306}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db, annotations: {{podscope.dev/writes: 20/s, podscope.dev/reads: 50/s{notes}}}}}
spec:
  serviceName: db
  replicas: 3
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec:
{pod}
      containers:
      - name: mysql
        image: mysql:8.4
        readinessProbe: {{exec: {{command: [mysql, -e, SELECT 1]}}, periodSeconds: 2}}
        volumeMounts: [{{name: data, mountPath: /var/lib/mysql}}]
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

fn run_until(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 10_000) {}
}

fn started(notes: &str, pod: &str, seconds: u64) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(&manifest(notes, pod)).expect("the manifest is valid");
    run_until(&mut cluster, seconds);
    cluster
}

fn fault(cluster: &mut Cluster, text: &str) {
    let fault = Fault::parse(text).expect("it can be read");
    cluster.fault("default", &fault).unwrap_or_else(|e| panic!("{text}: {e}"));
}

fn member<'a>(view: &'a DataView, pod: &str) -> &'a MemberView {
    view.members.iter().find(|m| &*m.pod == pod).unwrap_or_else(|| panic!("{pod} is a member: {view:#?}"))
}

#[test]
fn the_first_is_primary_and_the_others_follow() {
    let cluster = started("", "", 120);
    let view = cluster.data();
    let roles: Vec<(&str, Role)> = view.members.iter().map(|m| (&*m.pod, m.role)).collect();
    assert_eq!(roles, [("db-0", Role::Primary), ("db-1", Role::Replica), ("db-2", Role::Replica)]);
    let database = &view.databases[0];
    assert!(database.writes.done > 500 && database.reads.done > 1000, "{database:?}");
    assert_eq!((database.lost_writes, database.diverged, database.corrupted), (0, 0, 0));
    for m in &view.members {
        assert!(m.position > 500 && m.lag < 10, "{m:?}");
    }
    let links: Vec<(&str, &str, LinkKind)> = view.links.iter().map(|l| (&*l.names.0, &*l.names.1, l.kind)).collect();
    assert_eq!(links, [("db-0", "db-1", LinkKind::Stream), ("db-0", "db-2", LinkKind::Stream)]);
    assert_eq!(view.volumes.len(), 3);
    assert!(
        view.volumes.iter().all(|v| v.used > 200 << 20 && v.rows > 500 && v.nodes.len() == 1),
        "{:?}",
        view.volumes
    );
}

#[test]
fn a_new_replica_copies_the_volume_of_the_pod_before_it_and_only_once() {
    for init in
        ["", "      initContainers: [{name: init-mysql, image: mysql:8.4}, {name: clone-mysql, image: xtrabackup:1}]"]
    {
        let mut cluster = started("", init, 0);
        let mut sources = Vec::new();
        let mut before = Default::default();
        for half in 1..240 {
            while !cluster.advance_to(SimTime::from_millis(half * 500), 10_000) {}
            let view = cluster.data();
            for m in view.members.iter().filter(|m| m.clone.is_some()) {
                let clone = m.clone.clone().unwrap();
                let pair = (m.pod.to_string(), clone.from.to_string());
                if before != pair {
                    sources.push(pair.clone());
                    before = pair;
                }
                let (pods, _) = (cluster.view().workloads[0].clone(), 0);
                let podscope_engine::view::Body::Bays(bays) = &pods.body else { panic!("a StatefulSet has bays") };
                let pod = bays.iter().filter_map(|b| b.pod.as_ref()).find(|p| p.name == m.pod).unwrap();
                assert_ne!(
                    pod.state,
                    podscope_engine::view::PodState::Ready,
                    "nobody is ready before its data is there"
                );
            }
        }
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(sources, [pair("db-1", "db-0"), pair("db-2", "db-1")], "{init}");
        cluster.delete_pod("default", "db-1").unwrap();
        for half in 240..400 {
            while !cluster.advance_to(SimTime::from_millis(half * 500), 10_000) {}
            assert!(cluster.data().members.iter().all(|m| m.clone.is_none()), "its volume has data");
        }
        assert_eq!(member(&cluster.data(), "db-1").role, Role::Replica);
        assert!(member(&cluster.data(), "db-1").lag < 10);
    }
}

#[test]
fn a_volume_outlives_its_pod_and_a_scale_down() {
    let mut cluster = started("", "", 100);
    let rows = member(&cluster.data(), "db-2").position;
    cluster.scale("StatefulSet", "default", "db", 1).unwrap();
    run_until(&mut cluster, 160);
    let view = cluster.data();
    assert_eq!(view.members.len(), 1);
    let kept = view.volume_of("default", "data-db-2").expect("the claim stays");
    assert!(kept.rows >= rows && kept.nodes.is_empty(), "{kept:?}");
    cluster.scale("StatefulSet", "default", "db", 3).unwrap();
    run_until(&mut cluster, 240);
    let view = cluster.data();
    assert!(member(&view, "db-2").position > kept.rows && member(&view, "db-2").lag < 10, "{view:#?}");
}

#[test]
fn the_same_run_twice_and_from_a_copy() {
    let mut one = started("", "", 60);
    let mut two = one.clone();
    run_until(&mut one, 90);
    run_until(&mut two, 75);
    run_until(&mut two, 90);
    assert_eq!(one.data(), two.data());
    assert_eq!(one.verdict("StatefulSet", "default", "db"), two.verdict("StatefulSet", "default", "db"));
    assert_eq!(one.data(), started("", "", 90).data());
}

#[test]
fn a_held_link_lags_and_catches_up() {
    let mut cluster = started("", "", 90);
    fault(&mut cluster, "hold db-0 db-1");
    run_until(&mut cluster, 120);
    let view = cluster.data();
    assert!(member(&view, "db-1").lag > 400 && member(&view, "db-2").lag < 10, "{view:#?}");
    assert!(member(&view, "db-1").lag_time.as_secs() > 25);
    assert!(view.databases[0].stale_reads > 100);
    fault(&mut cluster, "release db-0 db-1");
    run_until(&mut cluster, 125);
    assert!(member(&cluster.data(), "db-1").lag < 10);
}

#[test]
fn a_full_volume_refuses_writes_until_it_has_grown() {
    // The database alone has 200Mi and a row 64Ki: 160 rows, which clients write in eight seconds.
    let claim = |size: &str| {
        format!("accessModes: [ReadWriteOnce], storageClassName: grows, resources: {{requests: {{storage: {size}}}}}")
    };
    let class = "
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: grows}
provisioner: podscope.dev/disk
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
";
    let manifest = manifest("", "").replace("replicas: 3", "replicas: 1");
    let small =
        manifest.replace("accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}", &claim("210Mi"));
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(&(small + class)).expect("the manifest is valid");
    run_until(&mut cluster, 60);
    let full = cluster.data();
    let (db, volume) = (&full.databases[0], full.volume_of("default", "data-db-0").expect("its volume"));
    assert_eq!((volume.full, volume.rows, volume.capacity), (true, 160, 210 << 20));
    assert_eq!(
        (db.writes.done, db.writes.no_space),
        (160, member(&full, "db-0").no_space),
        "a full disk loses nothing"
    );
    assert!(db.writes.no_space > 100 && db.reads.done > 1_000, "reads go on: {db:?}");
    let said = cluster.explain("PersistentVolumeClaim", "default", "data-db-0");
    assert!(said.sentence.contains("is full: 210Mi are used"), "{said:?}");
    let larger = format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data-db-0}}\nspec: {{{}}}\n",
        claim("1Gi")
    );
    cluster.apply(&larger).expect("its class allows it");
    run_until(&mut cluster, 120);
    let grown = cluster.data();
    let volume = grown.volume_of("default", "data-db-0").expect("its volume");
    assert_eq!((volume.full, volume.capacity), (false, 1 << 30));
    let more = grown.databases[0].writes.done - db.writes.done;
    assert!((1_000..=1_200).contains(&more), "writes go on: {more}");
}

#[test]
fn what_can_be_broken_can_be_mended() {
    let mut cluster = started("", "", 120);
    let texts = |cluster: &Cluster, kind: &str, name: &str| -> Vec<String> {
        cluster.faults(kind, "default", name).iter().map(Fault::text).collect()
    };
    let node = cluster.view().nodes[0].name.to_string();
    let zone = cluster.view().nodes[0].zone.to_string();
    let at_first = |cluster: &Cluster| {
        let pod = ["crash pod/db-1", "unready pod/db-1", "hold db-1 db-0", "hold db-1 db-2", "promote pod/db-1"];
        assert_eq!(texts(cluster, "Pod", "db-1"), pod);
        assert_eq!(texts(cluster, "Node", &node), [format!("fail node/{node}"), format!("partition zone/{zone}")]);
        assert_eq!(texts(cluster, "PersistentVolumeClaim", "data-db-1"), ["slow pvc/data-db-1"]);
    };
    at_first(&cluster);
    assert_eq!(texts(&cluster, "Pod", "db-0").last().map(String::as_str), Some("hold db-0 db-2"), "it is the primary");
    // Each is broken as it is said, then mended as it is said then.
    for (kind, name, broken, mended) in [
        ("Pod", "db-1", "unready pod/db-1".to_owned(), "ready pod/db-1".to_owned()),
        ("Pod", "db-1", "hold db-1 db-2".to_owned(), "release db-1 db-2".to_owned()),
        ("Node", &node, format!("fail node/{node}"), format!("recover node/{node}")),
        ("Node", &node, format!("partition zone/{zone}"), format!("heal zone/{zone}")),
        ("PersistentVolumeClaim", "data-db-1", "slow pvc/data-db-1".to_owned(), "fast pvc/data-db-1".to_owned()),
    ] {
        assert!(texts(&cluster, kind, name).contains(&broken), "{broken}");
        fault(&mut cluster, &broken);
        let now = texts(&cluster, kind, name);
        assert!(now.contains(&mended) && !now.contains(&broken), "{mended}: {now:?}");
        fault(&mut cluster, &mended);
    }
    run_until(&mut cluster, 200);
    at_first(&cluster);
    for (kind, name) in [("Pod", "none"), ("Node", "none"), ("PersistentVolumeClaim", "none"), ("Deployment", "db")] {
        assert_eq!(texts(&cluster, kind, name), Vec::<String>::new(), "{kind} {name}");
    }
}
