//! What clients of a database see when it is replicated in one way or another, and when it is run in a way that it was not made for.

use podscope_engine::fault::Fault;
use podscope_engine::time::SimTime;
use podscope_engine::view::{DatabaseView, Role};
use podscope_engine::{Cluster, Config};

/// A StatefulSet `db` with a headless Service, whose clients write to it, and a Service for reads that keeps each client on one pod.
fn set(notes: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: db}}
spec: {{clusterIP: None, selector: {{app: db}}, ports: [{{port: 3306}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: db-read, annotations: {{podscope.dev/reads: 40/s}}}}
spec: {{sessionAffinity: ClientIP, selector: {{app: db}}, ports: [{{port: 3306}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db, annotations: {{podscope.dev/writes: 20/s{notes}}}}}
spec:
  serviceName: db
  replicas: 3
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec:
      containers: [{{name: mysql, image: 'mysql:8.4', volumeMounts: [{{name: data, mountPath: /var/lib/mysql}}]}}]
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

/// The same database as a Deployment, on this volume.
fn deployment(volume: &str, claim: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: db, annotations: {{podscope.dev/writes: 20/s, podscope.dev/reads: 40/s}}}}
spec: {{selector: {{app: db}}, ports: [{{port: 3306}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: db}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec:
      containers: [{{name: mysql, image: 'mysql:8.4', volumeMounts: [{{name: data, mountPath: /var/lib/mysql}}]}}]
      volumes: [{{name: data, {volume}}}]
{claim}"
    )
}

fn claim(mode: &str, class: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data}}
spec: {{accessModes: [{mode}], storageClassName: {class}, resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

fn run_until(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 10_000) {}
}

fn started(manifest: &str, seconds: u64) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(manifest).unwrap_or_else(|e| panic!("{e:?}"));
    run_until(&mut cluster, seconds);
    cluster
}

fn fault(cluster: &mut Cluster, text: &str) {
    let fault = Fault::parse(text).expect("it can be read");
    cluster.fault("default", &fault).unwrap_or_else(|e| panic!("{text}: {e}"));
}

fn database(cluster: &Cluster) -> DatabaseView {
    cluster.data().databases.first().cloned().expect("there is a database")
}

/// The node and the zone of a pod of the database.
fn place(cluster: &Cluster, pod: &str) -> (String, String) {
    let (data, view) = (cluster.data(), cluster.view());
    let member = data.members.iter().find(|m| &*m.pod == pod).expect("it is a member");
    let node = view.nodes.iter().find(|n| n.pods.iter().any(|(uid, _)| *uid == member.uid));
    node.map(|n| (n.name.to_string(), n.zone.to_string())).expect("it runs somewhere")
}

fn primaries(cluster: &Cluster) -> Vec<String> {
    let data = cluster.data();
    data.members.iter().filter(|m| m.role == Role::Primary && m.up).map(|m| m.pod.to_string()).collect()
}

#[test]
fn reads_from_asynchronous_replicas_are_not_linearizable_and_keep_each_clients_order() {
    // Clients stay where they were first: they come when all pods are Ready.
    let manifest = set(", podscope.dev/replica-delay: 500ms");
    let mut cluster = started(&manifest.replace(", annotations: {podscope.dev/reads: 40/s}", ""), 60);
    cluster.apply(&manifest).expect("it was valid before");
    run_until(&mut cluster, 120);
    let verdict = cluster.verdict("StatefulSet", "default", "db").expect("it has clients");
    let proof = &verdict.not_linearizable;
    assert!(proof.iter().any(|op| !op.write && &*op.pod != "db-0"), "a replica was read: {proof:?}");
    assert_eq!(verdict.not_sequential, [], "a client that stays on one pod sees one order");
    assert_eq!((verdict.backward_reads, verdict.lost_writes, verdict.diverged.len()), (0, 0, 0));
    assert!(verdict.stale_reads > 0);
}

#[test]
fn clients_that_are_balanced_over_replicas_see_time_go_back() {
    let manifest = set(", podscope.dev/replica-delay: 500ms").replace("sessionAffinity: ClientIP, ", "");
    let verdict = started(&manifest, 120).verdict("StatefulSet", "default", "db").expect("it has clients");
    assert!(verdict.backward_reads > 0);
    assert_ne!(verdict.not_sequential, []);
}

#[test]
fn what_was_answered_is_lost_with_an_asynchronous_primary_and_not_with_a_synchronous_one() {
    let lost = |notes: &str| {
        let mut cluster = started(&set(notes), 90);
        // Nothing gets to the replicas for a moment, and the primary's machine stops.
        fault(&mut cluster, "hold db-0 db-1");
        fault(&mut cluster, "hold db-0 db-2");
        run_until(&mut cluster, 92);
        let (node, _) = place(&cluster, "db-0");
        fault(&mut cluster, &format!("fail node/{node}"));
        fault(&mut cluster, "promote pod/db-1");
        run_until(&mut cluster, 110);
        assert_eq!(primaries(&cluster), ["db-1"], "{notes}");
        database(&cluster).lost_writes
    };
    assert!(lost("") > 10);
    assert_eq!(lost(", podscope.dev/replication: sync"), 0);
}

#[test]
fn an_operator_promotes_the_replica_that_has_most() {
    let mut cluster = started(&set(", podscope.dev/failover: operator"), 90);
    fault(&mut cluster, "hold db-0 db-1");
    run_until(&mut cluster, 95);
    let before = database(&cluster).writes.done;
    let (node, _) = place(&cluster, "db-0");
    fault(&mut cluster, &format!("fail node/{node}"));
    run_until(&mut cluster, 240);
    assert_eq!(primaries(&cluster), ["db-2"], "db-1 was held behind");
    assert!(database(&cluster).writes.done > before + 500, "writes go on: {:?}", database(&cluster));
}

#[test]
fn without_failover_nobody_takes_writes_while_the_primary_is_away() {
    let mut cluster = started(&set(""), 90);
    fault(&mut cluster, "crash pod/db-0");
    while !cluster.advance_to(SimTime::from_millis(90_500), 10_000) {}
    assert_eq!(primaries(&cluster), Vec::<String>::new());
    run_until(&mut cluster, 120);
    assert_eq!(primaries(&cluster), ["db-0"], "its container starts again, on its volume");
    assert_eq!(database(&cluster).lost_writes, 0);
}

#[test]
fn a_cut_off_primary_and_a_promoted_replica_both_take_writes() {
    let mut cluster = started(&set(""), 90);
    let (_, zone) = place(&cluster, "db-0");
    fault(&mut cluster, &format!("partition zone/{zone}"));
    fault(&mut cluster, "promote pod/db-1");
    run_until(&mut cluster, 150);
    assert_eq!(primaries(&cluster), ["db-0", "db-1"], "two at once");
    fault(&mut cluster, &format!("heal zone/{zone}"));
    run_until(&mut cluster, 200);
    let verdict = cluster.verdict("StatefulSet", "default", "db").expect("it has clients");
    assert_eq!(primaries(&cluster), ["db-1"], "the other steps down when it is reached again");
    assert!(verdict.diverged.iter().any(|d| (&*d.pods.0, &*d.pods.1) == ("db-0", "db-1")), "{:?}", verdict.diverged);
    assert!(verdict.lost_writes > 0);
}

#[test]
fn under_a_deployment_every_pod_believes_itself_primary_and_their_copies_differ() {
    let cluster = started(&deployment("emptyDir: {}", ""), 90);
    assert_eq!(primaries(&cluster).len(), 3);
    let verdict = cluster.verdict("Deployment", "default", "db").expect("it has clients");
    assert_eq!(verdict.diverged.len(), 3, "each pair");
    assert!(verdict.stale_reads > 0 && verdict.backward_reads > 0, "{verdict:?}");
    assert_ne!(verdict.not_sequential, []);
    assert!(database(&cluster).primary.is_empty());
}

#[test]
fn what_is_in_an_empty_dir_goes_with_its_pod() {
    let mut cluster = started(&deployment("emptyDir: {}", ""), 60);
    let pod = cluster.data().members[0].pod.clone();
    cluster.delete_pod("default", &pod).expect("it is there");
    run_until(&mut cluster, 150);
    let data = cluster.data();
    assert!(data.lost.iter().any(|l| l.of == pod && l.rows > 0), "{:?}", data.lost);
    assert!(database(&cluster).lost_writes > 0);
}

#[test]
fn several_processes_on_one_read_write_many_volume_destroy_each_others_writes() {
    let cluster =
        started(&deployment("persistentVolumeClaim: {claimName: data}", &claim("ReadWriteMany", "standard")), 90);
    assert_eq!(primaries(&cluster).len(), 3);
    assert!(database(&cluster).corrupted > 10, "{:?}", database(&cluster));
}

#[test]
fn of_several_processes_on_one_node_with_one_disk_one_has_the_lock() {
    let mut cluster =
        started(&deployment("persistentVolumeClaim: {claimName: data}", &claim("ReadWriteOnce", "standard")), 90);
    let locked = |cluster: &Cluster| cluster.data().members.iter().filter(|m| m.role == Role::Locked).count();
    let first = primaries(&cluster);
    assert_eq!((first.len(), locked(&cluster), database(&cluster).corrupted), (1, 2, 0));
    cluster.delete_pod("default", &first[0]).expect("it is there");
    run_until(&mut cluster, 150);
    let next = primaries(&cluster);
    assert_eq!((next.len(), locked(&cluster)), (1, 2), "another one has it");
    assert_ne!(next, first);
}

#[test]
fn how_many_replicas_a_write_waits_for() {
    // Writes that are answered in ten seconds, at 20 a second, while one link is held, and while both are.
    let table = [
        ("async", 150..=250, 150..=250, "it waits for none"),
        ("semi-sync", 150..=250, 0..=10, "for one"),
        ("sync", 0..=10, 0..=10, "for all"),
    ];
    for (mode, one, both, why) in table {
        let mut cluster = started(&set(&format!(", podscope.dev/replication: {mode}")), 90);
        let done = |cluster: &mut Cluster, link: &str, until| {
            fault(cluster, link);
            let before = database(cluster).writes.done;
            run_until(cluster, until);
            database(cluster).writes.done - before
        };
        let with_one = done(&mut cluster, "hold db-0 db-1", 100);
        assert!(one.contains(&with_one), "{mode}: {why}: {with_one} with one link held");
        let with_none = done(&mut cluster, "hold db-0 db-2", 109);
        assert!(both.contains(&with_none), "{mode}: {why}: {with_none} with both links held");
        let lost = |cluster: &mut Cluster| {
            fault(cluster, "promote pod/db-2");
            run_until(cluster, 130);
            database(cluster).lost_writes
        };
        // What nobody else had when another was promoted is lost, if it was answered.
        let mut now = cluster.clone();
        assert_eq!(lost(&mut now) > 10, mode == "async", "{mode}");
    }
}

#[test]
fn a_semi_synchronous_primary_waits_ten_seconds_and_then_answers_alone() {
    let mut cluster = started(&set(", podscope.dev/replication: semi-sync"), 90);
    fault(&mut cluster, "hold db-0 db-1");
    fault(&mut cluster, "hold db-0 db-2");
    let before = database(&cluster).writes.done;
    run_until(&mut cluster, 99);
    let waiting = database(&cluster).writes.done - before;
    run_until(&mut cluster, 115);
    let alone = database(&cluster).writes.done - before - waiting;
    assert!(waiting < 10 && alone > 200, "{waiting} in nine seconds, then {alone}");
    fault(&mut cluster, "promote pod/db-1");
    run_until(&mut cluster, 130);
    assert!(database(&cluster).lost_writes > 200, "what it answered alone is lost with it");
}

#[test]
fn a_name_that_had_no_address_is_not_asked_again_for_half_a_minute() {
    let mut cluster = started(&set(""), 90);
    fault(&mut cluster, "unready pod/db-0");
    run_until(&mut cluster, 100);
    fault(&mut cluster, "ready pod/db-0");
    let before = database(&cluster).writes.done;
    run_until(&mut cluster, 118);
    assert_eq!(database(&cluster).writes.done, before, "it is Ready, and clients remember that it was not");
    run_until(&mut cluster, 140);
    assert!(database(&cluster).writes.done > before + 100);
}
