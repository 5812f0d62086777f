//! `set` and `taint`: what they accept, and what they say of the rest.

use podscope_engine::{Cluster, Config};
use podscope_kubectl::run;

const MANIFEST: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: 'nginx:1.27'}]
      initContainers: [{name: first, image: 'busybox'}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web, tier: a}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
";

fn check(lines: &[(&str, i32, &str)]) {
    let mut cluster = Cluster::with_nodes(Config::default(), podscope_engine::topology::lab_nodes());
    assert!(cluster.apply(MANIFEST).is_ok());
    for (line, exit, want) in lines {
        let said = run(&mut cluster, "default", line, "");
        assert_eq!((said.exit, &*format!("{}{}", said.stdout, said.stderr)), (*exit, *want), "{line}");
    }
}

#[test]
fn templates_and_services_are_set() {
    check(&[
        ("set selector service web app=api", 0, "service/web selector updated\n"),
        ("get svc web -o jsonpath={.spec.selector}", 0, "{\"app\":\"api\"}"),
        ("set selector deploy/web app=api", 1, "error: setting a selector is only supported for Services\n"),
        ("set selector", 1, "error: one selector is required\n"),
        ("set serviceaccount deploy web robot", 0, "deployment.apps/web serviceaccount updated\n"),
        ("get deploy web -o jsonpath={.spec.template.spec.serviceAccountName}", 0, "robot"),
        ("set sa deploy/web robot --dry-run=client", 0, "deployment.apps/web serviceaccount updated (dry run)\n"),
        ("set serviceaccount", 1, "error: serviceaccount is required\n"),
        (
            "set env deploy/web A=1 -c nope",
            0,
            "warning: Deployment/web does not have any containers matching \"nope\"\n",
        ),
        ("set resources deploy/web -c nope --limits=cpu=1", 1, "error: unable to find container named nope\n"),
        (
            "set resources deploy/web --limits=cpu=one",
            1,
            "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n",
        ),
        (
            "set resources deploy/web --requests=cpu=100m,memory=0",
            0,
            "deployment.apps/web resource requirements updated\n",
        ),
        ("get deploy web -o jsonpath={.spec.template.spec.containers[0].resources.requests.memory}", 0, "0"),
        ("get deploy web -o jsonpath={.spec.template.spec.initContainers[0].resources.requests.cpu}", 0, "100m"),
    ]);
}

#[test]
fn taints_are_read_as_kubectl_reads_them() {
    let qualified = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                     alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    let help = "\nSee 'kubectl taint -h' for help and examples\n";
    let wrong = |text: &str| format!("error: {text}{help}");
    check(&[
        ("taint nodes node-1 k=v:NoSchedule", 0, "node/node-1 tainted\n"),
        (
            "taint nodes node-1 k=w:NoSchedule",
            1,
            "error: node node-1 already has k taint(s) with same effect(s) and --overwrite is false\n",
        ),
        ("taint nodes node-1 k=w:NoSchedule --overwrite", 0, "node/node-1 modified\n"),
        ("taint nodes node-1 k-", 0, "node/node-1 untainted\n"),
        ("taint nodes node-1 k- j-", 1, "error: [taint \"k\" not found, taint \"j\" not found]\n"),
        ("taint nodes node-1 k=v", 1, &wrong(&format!("invalid taint spec: k=v, {qualified}"))),
        ("taint nodes node-1 k:", 1, &wrong("invalid taint effect: , unsupported taint effect")),
        ("taint nodes node-1 k=a=b:NoSchedule", 1, &wrong("invalid taint spec: k=a=b:NoSchedule")),
        ("taint nodes node-1 k:NoSchedule:x", 1, &wrong("invalid taint spec: k:NoSchedule:x")),
        (
            "taint nodes node-1 k=1:NoSchedule k=2:NoSchedule",
            1,
            &wrong("duplicated taints with the same key and effect: {k 2 NoSchedule <nil>}"),
        ),
        (
            "taint nodes node-1 k=1:NoSchedule k-",
            1,
            "error: can not both modify and remove the following taint(s) in the same command: k=\n",
        ),
        ("taint nodes node-1", 1, "error: at least one taint update is required\n"),
        ("taint", 1, "error: one or more resources must be specified as <resource> <name>\n"),
        (
            "taint nodes k=v:NoSchedule node-1",
            1,
            "error: all resources must be specified before taint changes: node-1\n",
        ),
        (
            "taint nodes k=v:NoSchedule",
            1,
            "error: at least one resource name must be specified since 'all' parameter is not set\n",
        ),
        ("taint pods x k=v:NoSchedule", 1, "error: invalid resource type pods, only node types are supported\n"),
        (
            "taint nodes k=v:NoSchedule --all -l a=b",
            1,
            "error: setting 'all' parameter with a non empty selector is prohibited\n",
        ),
    ]);
}

#[test]
fn patches_say_what_the_kind_does_not_have() {
    check(&[
        (
            r#"patch deploy web -p '{"spec":{"foo":1}}'"#,
            0,
            "deployment.apps/web patched (no change)\nWarning: unknown field \"spec.foo\"\n",
        ),
        ("get deploy web -o jsonpath={.spec.foo}", 0, ""),
        (
            r#"patch deploy web -p '{"spec":{"foo":1,"replicas":2}}'"#,
            0,
            "deployment.apps/web patched\nWarning: unknown field \"spec.foo\"\n",
        ),
        ("get deploy web -o jsonpath={.spec.foo}{.spec.replicas}", 0, "2"),
        (
            r#"patch deploy web -p '{"spec":{"replicas":"x"}}'"#,
            1,
            "The request is invalid: patch: Invalid value: \"map[spec:map[replicas:x]]\": unrecognized type: int32\n",
        ),
        (
            r#"patch deploy web --type=json -p '[{"op":"remove","path":"/spec/foo"}]'"#,
            1,
            "The request is invalid: the server rejected our request due to an error in our request\n",
        ),
        (
            r#"patch deploy web --type=json -p '{"a":1}'"#,
            1,
            "Error from server (BadRequest): error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp\n",
        ),
    ]);
}

#[test]
fn what_has_no_pods_or_does_not_change() {
    check(&[
        (
            "set image svc/web a=b",
            1,
            "error: services/web the object is not a pod or does not have a pod template: *v1.Service\n",
        ),
        ("set env deploy/web NOPE-", 0, ""),
        ("get deploy web -o jsonpath={.spec.template.spec.containers[*].env}", 0, ""),
        ("delete deploy web --all", 1, "error: name cannot be provided when a selector is specified\n"),
        (
            "delete deploy/web -l app=web",
            1,
            "error: selectors and the all flag cannot be used when passing resource/name arguments\n",
        ),
        ("delete deploy web -o yaml", 1, "error: unexpected -o output mode: yaml. We only support '-o name'\n"),
        ("label", 1, "error: one or more resources must be specified as <resource> <name> or <resource>/<name>\n"),
        ("label deploy --all -l app=web a=b", 1, "error: cannot set --all and --selector at the same time\n"),
        (
            "api-versions x",
            1,
            "error: unexpected arguments: [x]\nSee 'kubectl api-versions -h' for help and examples\n",
        ),
    ]);
}

#[test]
fn manifests_are_gone_on_with() {
    let mut cluster = Cluster::with_nodes(Config::default(), podscope_engine::topology::lab_nodes());
    let text = "apiVersion: x.io/v1\nkind: Foo\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\nfoo: 1\n";
    let missing = "resource mapping not found for name: \"a\" namespace: \"\" from \"STDIN\": no matches for kind \"Foo\" in version \"x.io/v1\"\nensure CRDs are installed first\n";
    let rows = [
        (
            "apply -f - --validate=maybe",
            "",
            "error: invalid - validate option \"maybe\"; must be one of: strict (or true), warn, ignore (or false)\n"
                .to_owned(),
        ),
        (
            "apply -f -",
            "",
            format!(
                "{missing}Error from server (BadRequest): error when creating \"STDIN\": ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\"\n"
            ),
        ),
        (
            "apply -f - --server-side",
            "",
            format!(
                "{missing}Error from server: failed to create typed patch object (default/b; /v1, Kind=ConfigMap): .foo: field not declared in schema\n"
            ),
        ),
        (
            "apply -f - --validate=warn",
            "configmap/b created\n",
            format!("Warning: unknown field \"foo\"\nerror: {missing}"),
        ),
        ("delete -f -", "configmap \"b\" deleted from default namespace\n", format!("error: {missing}")),
        ("get cm b -o jsonpath={.foo}", "", "Error from server (NotFound): configmaps \"b\" not found\n".to_owned()),
    ];
    for (line, out, err) in rows {
        let said = run(&mut cluster, "default", line, text);
        assert_eq!((&*said.stdout, &*said.stderr), (out, &*err), "{line}");
    }
}
