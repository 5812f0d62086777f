//! Faults and statements from the command line, on a simulated database.

use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_kubectl::run;

fn manifest(image: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: db}}
spec: {{clusterIP: None, selector: {{app: db}}, ports: [{{port: 3306}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:
  serviceName: db
  replicas: 2
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}, annotations: {{podscope.dev/row-size: 40Mi}}}}
    spec: {{containers: [{{name: db, image: '{image}', volumeMounts: [{{name: data, mountPath: /data}}]}}]}}
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 400Mi}}}}}}
"
    )
}

fn cluster(image: &str) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(&manifest(image)).expect("the manifest is valid");
    run_until(&mut cluster, 60);
    cluster
}

fn run_until(cluster: &mut Cluster, seconds: u64) {
    while !cluster.advance_to(SimTime::from_millis(seconds * 1000), 10_000) {}
}

/// Each line with what it prints, standard error after standard output, and its exit code.
fn table(cluster: &mut Cluster, rows: &[(&str, &str, i32)]) {
    for (line, expected, exit) in rows {
        let out = run(cluster, "default", line, "");
        assert_eq!((format!("{}{}", out.stdout, out.stderr).as_str(), out.exit), (*expected, *exit), "{line}");
        let later = cluster.now() + std::time::Duration::from_millis(200);
        while !cluster.advance_to(later, 1000) {}
    }
}

#[test]
fn mysql_answers_from_the_simulated_state() {
    let mut cluster = cluster("mysql:8.4");
    let read_only = "ERROR 1290 (HY000) at line 1: The MySQL server is running with the --super-read-only option so it cannot execute \
                     this statement\ncommand terminated with exit code 1\n";
    table(
        &mut cluster,
        &[
            (
                "kubectl exec db-0 -- mysql -e 'CREATE TABLE test.m (id INT, text VARCHAR(9)); INSERT INTO test.m VALUES (1, \"a, b\"), (2, \"c\")'",
                "",
                0,
            ),
            ("kubectl exec db-1 -- mysql -e 'SELECT * FROM test.m'", "id\ttext\n1\ta, b\n2\tc\n", 0),
            ("kubectl exec db-1 -- mysql -h db-0.db -u root -e 'SELECT COUNT(*) FROM m'", "COUNT(*)\n2\n", 0),
            ("kubectl exec db-1 -- mysql -e 'INSERT INTO test.m VALUES (3)'", read_only, 1),
            ("kubectl exec db-1 -- mysql -h db-0.db -e 'INSERT INTO test.m VALUES (3)'", "", 0),
            ("kubectl exec db-1 -- mysql -N -e 'SELECT @@hostname, @@server_id, @@read_only'", "db-1\t101\t1\n", 0),
            (
                "kubectl exec db-1 -- mysql -e 'SHOW REPLICA STATUS'",
                "Source_Host\tReplica_IO_Running\tReplica_SQL_Running\tSeconds_Behind_Source\tLast_SQL_Error\ndb-0\tYes\tYes\t0\t\n",
                0,
            ),
            (
                "kubectl exec db-0 -- mysql -h db-7.db -e 'SELECT 1'",
                "ERROR 2005 (HY000): Unknown MySQL server host 'db-7.db' (-2)\ncommand terminated with exit code 1\n",
                1,
            ),
            (
                "kubectl exec db-0 -- mysql -e 'SELECT * FROM nothing'",
                "ERROR 1146 (42S02) at line 1: Table 'nothing' doesn't exist\ncommand terminated with exit code 1\n",
                1,
            ),
            ("kubectl exec db-0 -- mysql -e 'INSERT INTO m VALUES (4), (5)'", "", 0),
            (
                "kubectl exec db-0 -- mysql -e 'INSERT INTO m VALUES (6)'",
                "ERROR 1114 (HY000) at line 1: The table 'm' is full (No space left on device)\ncommand terminated with exit code 1\n",
                1,
            ),
        ],
    );
}

#[test]
fn psql_answers_as_it_prints() {
    let mut cluster = cluster("postgres:17");
    table(
        &mut cluster,
        &[
            ("kubectl exec db-0 -- psql -U postgres -c 'INSERT INTO t VALUES (7)'", "INSERT 0 1\n", 0),
            ("kubectl exec db-1 -- psql -c 'SELECT count(*) FROM t'", " count \n-------\n     1\n(1 row)\n\n", 0),
            ("kubectl exec db-1 -- psql -c 'select 1'", " ?column? \n----------\n        1\n(1 row)\n\n", 0),
            ("kubectl exec db-1 -- psql -tAc 'SELECT * FROM t'", "7\n", 0),
            (
                "kubectl exec db-1 -- psql -c 'INSERT INTO t VALUES (8)'",
                "ERROR:  cannot execute INSERT in a read-only transaction\ncommand terminated with exit code 1\n",
                1,
            ),
        ],
    );
}

#[test]
fn faults_are_read_and_done() {
    let mut cluster = cluster("mysql:8.4");
    table(
        &mut cluster,
        &[
            ("podscope hold db-0 db-1", "link between db-0 and db-1 held\n", 0),
            ("kubectl exec db-0 -- mysql -e 'INSERT INTO t VALUES (1)'", "", 0),
            ("kubectl exec db-1 -- mysql -N -e 'SELECT COUNT(*) FROM t'", "0\n", 0),
            ("podscope release pod/db-0 pod/db-1", "link between db-0 and db-1 released\n", 0),
            ("kubectl exec db-1 -- mysql -N -e 'SELECT COUNT(*) FROM t'", "1\n", 0),
            ("podscope promote pod/db-1", "pod/db-1 promoted\n", 0),
            ("kubectl exec db-1 -- mysql -e 'INSERT INTO t VALUES (2)'", "", 0),
            ("podscope promote pod/db-1", "error: \"db-1\" is primary already\n", 1),
            ("podscope slow pvc/data-db-0", "persistentvolumeclaim/data-db-0 slowed\n", 0),
            ("podscope crash pod/db-9", "error: pods \"db-9\" not found\n", 1),
            ("podscope crash db-0", "error: crash needs pod/NAME, not \"db-0\"\n", 1),
            ("podscope partition zone/zone-q", "error: zones \"zone-q\" not found\n", 1),
            ("podscope recover node/node-a", "error: \"node-a\" did not fail\n", 1),
            ("podscope crash pod/db-0", "pod/db-0 crashed\n", 0),
        ],
    );
    let out = run(&mut cluster, "default", "podscope explode pod/db-0", "");
    assert!(out.stderr.starts_with("error: unknown fault \"explode\": podscope crash|unready"), "{out:?}");
    run_until(&mut cluster, 120);
    let out = run(
        &mut cluster,
        "default",
        "kubectl get pod db-0 -o jsonpath={.status.containerStatuses[0].restartCount}",
        "",
    );
    assert_eq!(out.stdout, "1");
}

#[test]
fn faults_and_statements_are_part_of_the_run() {
    let mut cluster = cluster("mysql:8.4");
    for line in [
        "podscope hold db-0 db-1",
        "kubectl exec db-0 -- mysql -e 'INSERT INTO t VALUES (1)'",
        "podscope fail node/node-a",
    ] {
        assert_eq!(run(&mut cluster, "default", line, "").exit, 0, "{line}");
        let later = cluster.now() + std::time::Duration::from_secs(5);
        while !cluster.advance_to(later, 1000) {}
    }
    let mut again = Cluster::new(Config::default());
    for input in cluster.cx.inputs.iter() {
        while !again.repeat(input, 1000) {}
    }
    while !again.advance_to(cluster.now(), 1000) {}
    assert_eq!(again.data(), cluster.data());
    assert_eq!(again.cx.trace.digest(), cluster.cx.trace.digest());
}

/// The shape of the replicated MySQL of Kubernetes' documentation: the first init container writes the server's id, the
/// second clones the pod before it, and beside the server runs what streams a clone to the next pod.
#[test]
fn pods_of_the_documentations_replicated_mysql_come_in_its_steps() {
    let manifest = "
apiVersion: v1
kind: Service
metadata: {name: mysql}
spec: {clusterIP: None, selector: {app: mysql}, ports: [{name: mysql, port: 3306}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: mysql}
spec:
  serviceName: mysql
  replicas: 3
  selector: {matchLabels: {app: mysql}}
  template:
    metadata: {labels: {app: mysql}}
    spec:
      initContainers:
      - {name: init-mysql, image: 'mysql:5.7', command: [bash, -c, 'echo [mysqld] > /mnt/conf.d/server-id.cnf']}
      - {name: clone-mysql, image: 'xtrabackup:1.0', volumeMounts: [{name: data, mountPath: /var/lib/mysql}]}
      containers:
      - name: mysql
        image: mysql:5.7
        ports: [{containerPort: 3306}]
        volumeMounts: [{name: data, mountPath: /var/lib/mysql}]
        readinessProbe: {exec: {command: [mysql, -h, 127.0.0.1, -e, SELECT 1]}, initialDelaySeconds: 5, periodSeconds: 2}
      - name: xtrabackup
        image: xtrabackup:1.0
        ports: [{containerPort: 3307}]
        volumeMounts: [{name: data, mountPath: /var/lib/mysql}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
";
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(manifest).expect("it is valid");
    let mut steps = [const { Vec::<String>::new() }; 3];
    for tenth in 1..1800 {
        while !cluster.advance_to(SimTime::from_millis(tenth * 100), 10_000) {}
        let out = run(&mut cluster.clone(), "default", "kubectl get pods -l app=mysql --no-headers", "");
        for line in out.stdout.lines().filter(|line| line.starts_with("mysql-")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let of: usize = words[0]["mysql-".len()..].parse().expect("an ordinal");
            let step = [words[1], words[2]].join(" ");
            if steps[of].last() != Some(&step) {
                // Each comes when the one before is Ready.
                assert!(of == 0 || steps[of - 1].last().is_some_and(|last| last == "2/2 Running"), "{line}");
                steps[of].push(step);
            }
        }
    }
    let expected = ["0/2 Pending", "0/2 Init:0/2", "0/2 Init:1/2", "0/2 PodInitializing", "1/2 Running", "2/2 Running"];
    for (of, steps) in steps.iter().enumerate() {
        assert_eq!(steps, &expected, "mysql-{of}");
    }
    let data = cluster.data();
    let sources: Vec<_> = data.members.iter().map(|m| (m.pod.to_string(), m.role)).collect();
    use podscope_engine::view::Role::{Primary, Replica};
    assert_eq!(
        sources,
        [("mysql-0".to_owned(), Primary), ("mysql-1".to_owned(), Replica), ("mysql-2".to_owned(), Replica)]
    );
}
