//! Going back to revisions, and looking at them.

use podscope_engine::{Cluster, Config};
use podscope_kubectl::run;
use std::time::Duration;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: 'nginx:1.27'}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: 'nginx:1.27'}]}
";

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    assert!(cluster.apply(WEB).is_ok());
    for line in [
        "rollout status deploy/web",
        "annotate deploy/web kubernetes.io/change-cause=first",
        "set image deploy/web app=nginx:1.28",
        "annotate deploy/web kubernetes.io/change-cause=second --overwrite",
        "rollout status deploy/web",
        "set image sts/db db=nginx:1.28",
        "rollout status sts/db",
    ] {
        let said = run(&mut cluster, "default", line, "");
        assert!(said.ok(), "{line}: {}", said.stderr);
        // Controllers need a moment to see it.
        let end = cluster.now() + Duration::from_secs(1);
        while !cluster.advance_to(end, 10_000) {}
    }
    cluster
}

#[test]
fn the_cause_of_a_revision_comes_back_with_it() {
    let mut cluster = cluster();
    let history = "rollout history deploy/web";
    let said = run(&mut cluster, "default", history, "");
    assert_eq!(said.stdout, "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         first\n2         second\n\n");
    assert!(run(&mut cluster, "default", "rollout undo deploy/web", "").ok());
    assert!(run(&mut cluster, "default", "rollout status deploy/web", "").ok());
    let said = run(&mut cluster, "default", history, "");
    assert_eq!(said.stdout, "deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         second\n3         first\n\n");
    let cause = "get deploy/web -o 'jsonpath={.metadata.annotations.kubernetes\\.io/change-cause}'";
    assert_eq!(run(&mut cluster, "default", cause, "").stdout, "first");
}

#[test]
fn a_dry_run_on_the_client_shows_the_template() {
    let mut cluster = cluster();
    for (target, first) in [
        ("deploy/web", "deployment.apps/web Pod Template:"),
        ("sts/db", "statefulset.apps/db will roll back to Pod Template:"),
    ] {
        let said = run(&mut cluster, "default", &format!("rollout undo {target} --dry-run=client"), "");
        assert_eq!(said.stdout.lines().next(), Some(first));
        assert!(said.stdout.contains("    Image:\tnginx:1.27\n"), "{}", said.stdout);
        assert!(said.stdout.ends_with("\n (dry run)\n"), "{}", said.stdout);
    }
    let image = "get deploy/web -o jsonpath={.spec.template.spec.containers[0].image}";
    assert_eq!(run(&mut cluster, "default", image, "").stdout, "nginx:1.28");
}

#[test]
fn what_cannot_be_gone_back_to_is_told_before_a_pause() {
    let mut cluster = cluster();
    assert!(run(&mut cluster, "default", "rollout pause deploy/web", "").ok());
    for (revision, want) in [
        ("9", "error: unable to find specified revision 9 in history\n"),
        ("-1", "error: unable to find specified revision -1 in history\n"),
        (
            "1",
            "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again\n",
        ),
    ] {
        let said = run(&mut cluster, "default", &format!("rollout undo deploy/web --to-revision={revision}"), "");
        let last = said.stderr.lines().last().map(|l| format!("{l}\n"));
        assert_eq!((said.exit, last.as_deref()), (1, Some(want)));
    }
}

#[test]
fn revisions_are_printed_as_objects() {
    let mut cluster = cluster();
    for (line, want) in [
        ("rollout history sts/db -o name", "statefulset.apps/db\nstatefulset.apps/db\n"),
        ("rollout history sts/db -o jsonpath={.spec.template.spec.containers[0].image},", "nginx:1.27,nginx:1.28,"),
        (
            "rollout history deploy/web --revision=1 -o jsonpath={.kind}:{.spec.template.spec.containers[0].image}",
            "ReplicaSet:nginx:1.27",
        ),
    ] {
        assert_eq!(run(&mut cluster, "default", line, "").stdout, want, "{line}");
    }
    let yaml = run(&mut cluster, "default", "rollout history deploy/web -o yaml", "").stdout;
    assert_eq!(yaml.split("---\n").count(), 2, "{yaml}");
}

#[test]
fn kinds_are_listed_by_category() {
    let mut cluster = cluster();
    let said = run(&mut cluster, "default", "api-resources --categories=api-extensions -o name", "");
    assert!(said.stdout.contains("customresourcedefinitions.apiextensions.k8s.io\n"), "{}", said.stdout);
    assert!(!said.stdout.contains("pods\n"), "{}", said.stdout);
    let said = run(&mut cluster, "default", "api-resources --sort-by=age", "");
    assert_eq!(said.stderr, "error: --sort-by accepts only name or kind\n");
}
