//! The verbs that act, each on a cluster that runs: what they print, and what becomes of it.

use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_kubectl::{Command, Files, complete, run, run_with};
use std::rc::Rc;
use std::time::Duration;

const MANIFEST: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: 'nginx:1.27', ports: [{containerPort: 80}], env: [{name: COLOR, value: blue}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: 'postgres:17', volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

fn advance(cluster: &mut Cluster, seconds: u64) {
    let end = cluster.now() + Duration::from_secs(seconds);
    while !cluster.advance_to(end, 10_000) {}
}

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    let said = run(&mut cluster, "default", "apply -f -", MANIFEST);
    assert_eq!(said.stdout, "deployment.apps/web created\nservice/db created\nstatefulset.apps/db created\n");
    advance(&mut cluster, 120);
    cluster
}

/// Runs lines in turn on one cluster, each with what it must print: standard output and standard error, and whether it fails.
fn check(cluster: &mut Cluster, lines: &[(&str, &str)]) {
    for (line, want) in lines {
        let said = run(cluster, "default", line, "");
        let have = format!("{}{}", said.stdout, said.stderr);
        assert_eq!(have.trim_end(), *want, "{line}");
        let failed = ["error:", "Error from server", "timed out"].iter().any(|e| have.contains(e));
        assert_eq!(said.exit != 0, failed, "{line}: exit code {}", said.exit);
    }
}

#[test]
fn changes_are_made_and_said() {
    check(
        &mut cluster(),
        &[
            ("scale deploy web --replicas=3", "deployment.apps/web scaled"),
            ("get deploy web -o jsonpath={.spec.replicas}", "3"),
            ("scale deploy/web sts/db --replicas=1", "deployment.apps/web scaled\nstatefulset.apps/db scaled"),
            (
                "scale svc/db --replicas=1",
                "Error from server (NotFound): the server could not find the requested resource",
            ),
            ("set image deploy/web *=nginx:1.28", "deployment.apps/web image updated"),
            ("get deploy web -o jsonpath={..image}", "nginx:1.28"),
            ("set env deploy/web COLOR- SIZE=big", "deployment.apps/web env updated"),
            ("set env deploy/web --list", "# Deployment web, container app\nSIZE=big"),
            ("create configmap conf --from-literal=a.b=1 --from-literal=C=2", "configmap/conf created"),
            (
                "set env deploy/web --from=configmap/conf --prefix=X_",
                "deployment.apps/web env updated\nWarning: key a.b transferred to A_B",
            ),
            (
                "set env deploy/web --list",
                "# Deployment web, container app\nSIZE=big\n# X_C from configmap conf, key C\n# X_A_B from configmap conf, key a.b",
            ),
            ("set env deploy/web --list --resolve", "# Deployment web, container app\nSIZE=big\nX_C=2\nX_A_B=1"),
            ("set env deploy/web --from=configmap/conf --keys=C X_C-", "deployment.apps/web env updated"),
            (
                "set env deploy/web SIZE=small --overwrite=false",
                "error: deployments/web 'SIZE' already has a value (big), and --overwrite is false",
            ),
            ("set env deploy/web --from=svc/db", "error: unsupported resource specified in --from"),
            (
                "set env deploy/web A=b --keys=C",
                "error: when specifying --keys, a configmap or secret must be provided with --from",
            ),
            ("set env deploy/web C- X_A_B-", "deployment.apps/web env updated"),
            (
                "set resources deploy/web --limits=cpu=200m,memory=64Mi",
                "deployment.apps/web resource requirements updated",
            ),
            ("get deploy web -o jsonpath={..limits.cpu}", "200m"),
            ("label deploy web tier=a", "deployment.apps/web labeled"),
            ("label deploy web tier=a", "deployment.apps/web not labeled"),
            ("label deploy web tier- app2=y", "deployment.apps/web modified"),
            ("label deploy web tier- app2-", "label \"tier\" not found.\ndeployment.apps/web unlabeled"),
            (
                "label deploy web 'tier=a b'",
                "error: invalid label value: \"tier=a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            ),
            ("annotate deploy web note=x", "deployment.apps/web annotated"),
            (
                "annotate deploy web note=y",
                "error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (x)",
            ),
            ("patch deploy web --type=merge -p '{\"spec\":{\"paused\":true}}'", "deployment.apps/web patched"),
            (
                "patch deploy web --type=merge -p '{\"spec\":{\"paused\":true}}'",
                "deployment.apps/web patched (no change)",
            ),
            ("rollout resume deploy/web", "deployment.apps/web resumed"),
            (
                "patch deploy web --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/annotations/note\"}]'",
                "deployment.apps/web patched",
            ),
            ("scale deploy web --replicas=7 --dry-run=server", "deployment.apps/web scaled (server dry run)"),
            ("scale deploy web --replicas=7 --dry-run=client", "deployment.apps/web scaled (dry run)"),
            ("set image deploy/web app=nginx:1.29 --dry-run=client -o jsonpath={..image}", "nginx:1.29"),
            ("scale deploy web --replicas=1 -o name", "deployment.apps/web"),
            ("get deploy web -o jsonpath={.spec.replicas}{..image}", "1nginx:1.28"),
        ],
    );
}

#[test]
fn objects_are_made_of_flags() {
    check(
        &mut cluster(),
        &[
            ("create deployment api --image=nginx -r 2", "deployment.apps/api created"),
            ("create deployment api", "error: required flag(s) \"image\" not set"),
            (
                "create deployment --image=nginx",
                "error: exactly one NAME is required, got 0\nSee 'kubectl create deployment -h' for help and examples",
            ),
            ("expose deploy/api --port=80 --target-port=8080", "service/api exposed"),
            ("get svc api -o jsonpath={.spec.ports[0].targetPort}", "8080"),
            ("expose sts/db --port=80", "error: cannot expose a StatefulSet.apps"),
            ("expose deploy/api", "error: couldn't find port via --port flag or introspection"),
            ("autoscale deploy/api --max=4 --cpu=70%", "horizontalpodautoscaler.autoscaling/api autoscaled"),
            ("get hpa api -o jsonpath={.spec.maxReplicas}", "4"),
            ("autoscale deploy/api --max=0", "error: --max=MAXPODS is required and must be at least 1, max: 0"),
            ("create configmap c --from-literal=a=1 --from-literal=b=2", "configmap/c created"),
            ("get cm c -o jsonpath={.data.b}", "2"),
            ("create cm c", "error: failed to create configmap: configmaps \"c\" already exists"),
            ("create secret generic s --from-literal=p=x", "secret/s created"),
            ("get secret s -o jsonpath={.data.p}", "eA=="),
            ("create ns other", "namespace/other created"),
            ("create service clusterip one --tcp=80:8080", "service/one created"),
            ("create service clusterip two", "error: at least one tcp port specifier must be provided"),
            ("create pdb b --selector=app=web --min-available=1", "poddisruptionbudget.policy/b created"),
            ("run one --image=busybox --restart=Never", "pod/one created"),
            ("run one --image=busybox", "Error from server (AlreadyExists): pods \"one\" already exists"),
            ("run two", "error: required flag(s) \"image\" not set"),
            (
                "run two --image=busybox --dry-run=client -o yaml -- sleep 5",
                "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    run: two\n  name: two\nspec:\n  containers:\n  - args:\n    - sleep\n    - \"5\"\n    image: busybox\n    name: two\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}",
            ),
        ],
    );
}

#[test]
fn rollouts_are_steered() {
    let mut cluster = cluster();
    check(
        &mut cluster,
        &[
            (
                "rollout undo deploy/web",
                "Warning: resource deployments/web was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\nerror: no rollout history found for deployment \"web\"",
            ),
            ("rollout restart sts/db", "statefulset.apps/db restarted"),
            ("rollout pause sts/db", "error: statefulsets.apps \"db\" pausing is not supported"),
            ("rollout status svc/db", "error: no status viewer has been implemented for Service"),
            ("rollout history svc/db", "error: no history viewer has been implemented for \"Service\""),
            (
                "rollout frobnicate",
                "error: unknown command \"frobnicate\"\nSee 'kubectl rollout -h' for help and examples",
            ),
        ],
    );
    let said = run(&mut cluster, "default", "set image deploy/web app=nginx:1.28", "");
    assert_eq!(said.stdout, "deployment.apps/web image updated\n");
    let before = cluster.now();
    let said = run(&mut cluster, "default", "rollout status deploy/web", "");
    assert_eq!(said.stdout.lines().last(), Some("deployment \"web\" successfully rolled out"), "{said:?}");
    assert!(cluster.now() > before, "waiting takes simulated time");
    let said = run(&mut cluster, "default", "rollout history deploy/web", "");
    assert_eq!(said.stdout, "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n");
    let said = run(&mut cluster, "default", "set image deploy/web app=nginx:missing", "");
    assert!(said.ok());
    let said = run(&mut cluster, "default", "rollout status deploy/web --timeout=5s", "");
    assert_eq!((said.exit, &*said.stderr), (1, "error: timed out waiting for the condition\n"));
    let said = run(&mut cluster, "default", "rollout undo deploy/web --to-revision=1", "");
    assert_eq!(said.stdout, "deployment.apps/web rolled back\n");
}

#[test]
fn deletion_waits_and_says_what_goes() {
    let mut cluster = cluster();
    let before = cluster.now();
    check(
        &mut cluster,
        &[
            ("delete pod db-1", "pod \"db-1\" deleted from default namespace"),
            ("delete pod nope --ignore-not-found", ""),
            ("delete pods -l app=nope", "No resources found"),
            ("delete pods", "error: resource(s) were provided, but no name was specified"),
            (
                "delete deploy web --cascade=sideways",
                "error: invalid cascade value (sideways). Must be \"background\", \"foreground\", or \"orphan\"",
            ),
            (
                "delete pod db-0 --force --grace-period=3",
                "error: --force and --grace-period greater than 0 cannot be specified together",
            ),
            ("delete deploy/web --cascade=foreground", "deployment.apps \"web\" deleted from default namespace"),
            ("get rs -o name", ""),
        ],
    );
    assert!(cluster.now() > before);
}

#[test]
fn waiting_ends_with_its_goal_or_its_timeout() {
    let mut cluster = cluster();
    check(
        &mut cluster,
        &[
            ("wait deploy/web --for=condition=Available", "deployment.apps/web condition met"),
            ("wait pod/db-0 pod/db-1 --for=condition=ready", "pod/db-0 condition met\npod/db-1 condition met"),
            ("wait pod/db-0 --for=jsonpath={.status.phase}=Running", "pod/db-0 condition met"),
            ("wait pod/db-0 --for=condition=Ready=false --timeout=0", "error: condition not met for pods/db-0"),
            ("wait pod/nope --for=delete", ""),
            ("wait pod/nope --for=condition=Ready", "Error from server (NotFound): pods \"nope\" not found"),
            ("wait pod -l app=nope --for=condition=Ready", "error: no matching resources found"),
            (
                "wait pod/db-0 pod/db-1 --for=delete --timeout=1s",
                "timed out waiting for the condition on pods/db-0\ntimed out waiting for the condition on pods/db-1",
            ),
            ("wait pod/later --for=create --timeout=2s", "error: timed out waiting for the condition"),
            ("wait pod/db-0 --for=frobnication", "error: unrecognized condition: \"frobnication\""),
        ],
    );
}

#[test]
fn nodes_are_cordoned_tainted_and_drained() {
    let mut cluster = cluster();
    check(
        &mut cluster,
        &[
            ("cordon node-a", "node/node-a cordoned"),
            ("cordon node-a", "node/node-a already cordoned"),
            ("uncordon node/node-a", "node/node-a uncordoned"),
            ("taint node node-a lost=true:NoSchedule", "node/node-a tainted"),
            (
                "taint node node-a lost=x:NoSchedule",
                "error: node node-a already has lost taint(s) with same effect(s) and --overwrite is false",
            ),
            ("taint node node-a lost-", "node/node-a untainted"),
            ("taint node node-a lost-", "error: taint \"lost\" not found"),
            (
                "taint node node-a x:Never",
                "error: invalid taint effect: Never, unsupported taint effect\nSee 'kubectl taint -h' for help and examples",
            ),
        ],
    );
    for node in ["node-a", "node-b", "node-c"] {
        let said = run(&mut cluster, "default", &format!("drain {node} --timeout=60s"), "");
        let lines: Vec<&str> = said.stdout.lines().collect();
        assert_eq!(lines.first(), Some(&&*format!("node/{node} cordoned")));
        assert_eq!(lines.last(), Some(&&*format!("node/{node} drained")), "{said:?}");
        run(&mut cluster, "default", &format!("uncordon {node}"), "");
        advance(&mut cluster, 60);
    }
}

#[test]
fn a_container_has_a_name_files_and_dns() {
    let mut cluster = cluster();
    check(
        &mut cluster,
        &[
            ("exec db-0 -- hostname", "db-0"),
            ("exec db-0 -- hostname -f", "db-0.db.default.svc.cluster.local"),
            ("exec deploy/web -- printenv COLOR", "blue"),
            ("exec db-0 -- sh -c 'echo \"hello $HOSTNAME\" > /data/note && cat /data/note'", "hello db-0"),
            ("exec db-0 -- sh -c 'echo here > /tmp/gone; ls /data | cat; cat /tmp/gone'", "note\nhere"),
            (
                "exec db-0 hostname",
                "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
            ),
            ("exec nope -- hostname", "Error from server (NotFound): pods \"nope\" not found"),
        ],
    );
    let said = run(&mut cluster, "default", "exec db-1 -- cat /data/note", "");
    assert_eq!((said.exit, said.stderr.lines().last()), (1, Some("command terminated with exit code 1")));
    let said = run(&mut cluster, "default", "exec db-0 -- redis-cli ping", "");
    assert!(said.exit == 127 && said.stderr.contains("\"redis-cli\" is not simulated"), "{said:?}");
    // The volume outlives the pod, the container's own files do not.
    assert!(run(&mut cluster, "default", "delete pod db-0", "").ok());
    advance(&mut cluster, 60);
    assert_eq!(run(&mut cluster, "default", "exec db-0 -- cat /data/note", "").stdout, "hello db-0\n");
    assert_eq!(run(&mut cluster, "default", "exec db-0 -- cat /tmp/gone", "").exit, 1);
    let said = run(&mut cluster, "default", "exec db-0 -- nslookup db", "");
    assert_eq!(said.stdout.matches("Name:\tdb.default.svc.cluster.local").count(), 2, "{said:?}");
    let said = run(&mut cluster, "default", "exec db-0 -- nslookup nothing", "");
    assert!(said.exit == 1 && said.stdout.contains("server can't find nothing: NXDOMAIN"), "{said:?}");
    let said = run(&mut cluster, "default", "logs db-0", "");
    assert!(said.stdout.contains("postgres:17 started"), "{said:?}");
}

struct OneFile(&'static str);

impl Files for OneFile {
    fn read(&self, path: &str) -> Result<String, String> {
        if path == "web.yaml" { Ok(self.0.into()) } else { Err("no such file or directory".into()) }
    }
}

#[test]
fn files_are_applied_compared_and_replaced() {
    const NEW: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: '2'\n";
    let mut cluster = cluster();
    let mut with = |line: &str| {
        let said = run_with(&mut cluster, "default", line, "", Rc::new(OneFile(NEW)));
        (said.exit, said.stdout, said.stderr)
    };
    let ok = |text: &str| (0, text.to_owned(), String::new());
    let failed = |text: &str| (1, String::new(), text.to_owned());
    assert_eq!(with("create cm c --from-literal=a=1"), ok("configmap/c created\n"));
    let (exit, diff, _) = with("diff -f web.yaml");
    assert_eq!(exit, 1);
    assert!(diff.contains("\n-  a: \"1\"\n+  a: \"2\"\n"), "{diff}");
    let (exit, stdout, warning) = with("apply -f web.yaml");
    assert_eq!((exit, &*stdout), (0, "configmap/c configured\n"));
    assert!(warning.starts_with(
        "Warning: resource configmaps/c is missing the kubectl.kubernetes.io/last-applied-configuration annotation"
    ));
    assert_eq!(with("apply -f web.yaml"), ok("configmap/c unchanged\n"));
    assert_eq!(with("diff -f web.yaml"), ok(""));
    assert_eq!(with("replace -f web.yaml"), ok("configmap/c replaced\n"));
    assert_eq!(with("apply -f web.yaml --server-side"), ok("configmap/c serverside-applied\n"));
    assert_eq!(with("apply -f other.yaml"), failed("error: the path \"other.yaml\" does not exist\n"));
    assert_eq!(with("delete -f web.yaml"), ok("configmap \"c\" deleted from default namespace\n"));
    assert_eq!(
        with("apply -f web.yaml -n other"),
        failed("Error from server (NotFound): error when creating \"web.yaml\": namespaces \"other\" not found\n")
    );
}

#[test]
fn an_editor_is_asked_for_and_its_text_written() {
    let mut cluster = cluster();
    let (mut command, poll) = Command::start(&mut cluster, "default", "edit deploy/web", "", Rc::new(OneFile("")));
    let text = poll.edit.expect("a text to edit");
    assert!(text.contains("\n  replicas: 2\n") && poll.exit.is_none());
    let poll = command.edited(&mut cluster, text.replace("\n  replicas: 2\n", "\n  replicas: 5\n"));
    assert_eq!((poll.exit, &*poll.stdout), (Some(0), "deployment.apps/web edited\n"));
    let (mut command, poll) = Command::start(&mut cluster, "default", "edit deploy/web", "", Rc::new(OneFile("")));
    let poll = command.edited(&mut cluster, poll.edit.expect("a text"));
    assert_eq!((poll.exit, &*poll.stderr), (Some(0), "Edit cancelled, no changes made.\n"));
}

#[test]
fn commands_that_wait_can_be_followed_step_by_step() {
    let mut cluster = cluster();
    assert!(run(&mut cluster, "default", "set image deploy/web app=nginx:1.28", "").ok());
    let (mut command, mut poll) =
        Command::start(&mut cluster, "default", "rollout status deploy/web", "", Rc::new(OneFile("")));
    assert_eq!(poll.stdout, "Waiting for deployment spec update to be observed...\n");
    let mut steps = 0;
    while poll.exit.is_none() {
        assert!(steps < 10_000, "the rollout ends");
        steps += 1;
        let next = cluster.cx.next_time().unwrap_or(SimTime::MAX);
        cluster.advance_to(next, 1);
        poll = command.poll(&mut cluster);
    }
    assert_eq!(poll.stdout, "deployment \"web\" successfully rolled out\n");
}

#[test]
fn lines_that_are_not_understood_are_answered_as_kubectl_answers() {
    check(
        &mut cluster(),
        &[
            ("frobnicate", "error: unknown command \"frobnicate\" for \"kubectl\""),
            ("gett pods", "error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tget\n\tset"),
            ("scale deploy web --replica=3", "error: unknown flag: --replica\nSee 'kubectl scale --help' for usage."),
            ("scale deploy web -z", "error: unknown shorthand flag: 'z' in -z\nSee 'kubectl scale --help' for usage."),
            (
                "scale deploy web --replicas",
                "error: flag needs an argument: --replicas\nSee 'kubectl scale --help' for usage.",
            ),
            ("get pods -o", "error: flag needs an argument: 'o' in -o\nSee 'kubectl get --help' for usage."),
            (
                "scale deploy web --replicas=x",
                "error: invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax\nSee 'kubectl scale --help' for usage.",
            ),
            (
                "wait pod/x --for=delete --timeout=5",
                "error: invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\"\nSee 'kubectl wait --help' for usage.",
            ),
            ("scale deploy web --dry-run", "error: required flag(s) \"replicas\" not set"),
            ("-n other get cm nope", "Error from server (NotFound): configmaps \"nope\" not found"),
        ],
    );
}

#[test]
fn every_verb_explains_itself() {
    let mut cluster = cluster();
    let overview = run(&mut cluster, "default", "--help", "").stdout;
    for verb in ["annotate", "apply", "create", "drain", "exec", "get", "rollout", "set", "wait"] {
        assert!(overview.contains(&format!("\n  {verb} ")), "{verb}");
        let help = run(&mut cluster, "default", &format!("{verb} --help"), "");
        assert!(help.ok() && help.stdout.contains(&format!("kubectl {verb}")), "{help:?}");
    }
    let help = run(&mut cluster, "default", "scale -h", "").stdout;
    assert!(help.contains("--replicas=0:\n\t") && help.contains("-l, --selector='':\n\t"), "{help}");
}

#[test]
fn completion_offers_what_may_stand_there() {
    let mut cluster = cluster();
    let mut offered = |line: &str| -> Vec<String> {
        complete(&mut cluster, "default", line, line.len()).into_iter().map(|c| c.text).collect()
    };
    assert_eq!(offered("kubectl roll"), ["rollout"]);
    assert_eq!(offered("rollout "), ["history", "pause", "restart", "resume", "status", "undo"]);
    assert_eq!(offered("scale st"), ["statefulsets"]);
    assert_eq!(offered("scale statefulsets "), ["db"]);
    assert_eq!(offered("scale sts/"), ["sts/db"]);
    assert_eq!(offered("scale sts/db --repl"), ["--replicas="]);
    assert_eq!(offered("exec db-0 -c "), ["db"]);
    assert_eq!(offered("delete pod db-0 d"), ["db-1"]);
    assert_eq!(offered("get pods -n kube-s"), ["kube-system"]);
    assert_eq!(offered("delete pod x --cascade=f"), ["--cascade=foreground"]);
    assert_eq!(offered("frobnicate "), [""; 0]);
}
