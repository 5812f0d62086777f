//! Whatever is pasted in: an answer in bounded time, with a line, and nothing changed when it is refused.

use podscope_engine::api::apply::Change;
use podscope_engine::{Cluster, Config};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Generous: unoptimised builds on busy machines run this too.
const BOUND: Duration = Duration::from_mins(1);

const GOOD: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: fine}
data: {a: b}
";

/// Applies what must be refused; gives the line of the first error.
fn refused(what: &str, yaml: &str) -> u32 {
    let mut cluster = Cluster::new(Config::default());
    let (version, digest) = (cluster.version(), cluster.cx.trace.digest());
    let began = Instant::now();
    let errors = cluster.apply(yaml).err().unwrap_or_else(|| panic!("{what}: was accepted"));
    assert!(began.elapsed() < BOUND, "{what}: took {:?}", began.elapsed());
    assert_eq!((cluster.version(), cluster.cx.trace.digest()), (version, digest), "{what}: something changed");
    let first = errors.first().unwrap_or_else(|| panic!("{what}: no error"));
    assert!(!first.message.is_empty() && first.line >= 1 && first.column >= 1, "{what}: {first:?}");
    first.line
}

#[test]
fn nothing_to_apply() {
    for yaml in ["", "\n\n", "# only a comment\n", "---\n---\n"] {
        assert_eq!(refused("nothing", yaml), 1);
    }
}

#[test]
fn ten_megabytes() {
    let mut yaml = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\nnonsense: true\ndata:\n");
    for i in 0..100_000 {
        _ = writeln!(yaml, "  key-{i}: \"{}\"", "x".repeat(85));
    }
    assert!(yaml.len() > 9_000_000);
    refused("10 MB", &yaml);
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let yaml = format!("{GOOD}x: {}{}", open.repeat(100_000), close.repeat(100_000));
        refused("deep", &yaml);
        refused("deep and open", &format!("{GOOD}x: {}", open.repeat(100_000)));
    }
    let steps: String = (0..2000).fold(String::new(), |mut all, i| {
        _ = writeln!(all, "{}a:", " ".repeat(i));
        all
    });
    refused("deep blocks", &steps);
}

#[test]
fn an_alias_bomb() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..40 {
        let before = format!("*a{}, ", i - 1).repeat(9);
        _ = writeln!(yaml, "a{i}: &a{i} [{}]", before.trim_end_matches(", "));
    }
    refused("aliases", &yaml);
    refused("an alias of nothing", "apiVersion: *nothing\n");
}

#[test]
fn not_text() {
    let noise: String = (0..5000_u32).map(|i| char::from((i.wrapping_mul(2_654_435_761) >> 24) as u8)).collect();
    refused("noise", &noise);
    refused("a NUL", "apiVersion: v1\0\nkind: Pod\n");
    refused("a tab", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n");
}

#[test]
fn lines_are_told() {
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\n";
    assert_eq!(refused("twice the same key", twice), 5);
    let unknown = "apiVersion: v1\nkind: Frobnicator\nmetadata: {name: a}\n";
    assert_eq!(refused("an unknown kind", unknown), 2);
    let second =
        format!("{GOOD}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: many\n");
    assert_eq!(refused("a wrong type, in the second document", &second), 10);
    assert_eq!(refused("a list of nothing known", "- a\n- b\n"), 1);
    refused("a scalar", "hello\n");
}

#[test]
fn everything_or_nothing() {
    // The second document is refused by validation, the first must not stay.
    let yaml = format!(
        "{GOOD}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: other}}}}\n    spec: {{containers: [{{name: a, image: a}}]}}\n"
    );
    refused("a selector that matches nothing", &yaml);
}

#[test]
fn half_typed() {
    let whole = include_str!("../../../static/example.yaml");
    let mut cluster = Cluster::new(Config::default());
    let version = cluster.version();
    // Every 7th prefix, as an editor would offer it: an answer or an error, never a panic; errors change nothing.
    for end in (0..whole.len()).filter(|&i| whole.is_char_boundary(i)).step_by(7) {
        match cluster.apply(&whole[..end]) {
            Ok(applied) => {
                assert!(!applied.is_empty());
                cluster = Cluster::new(Config::default());
            }
            Err(errors) => {
                assert!(errors.iter().all(|e| e.line >= 1 && !e.message.is_empty()));
                assert_eq!(cluster.version(), version);
            }
        }
    }
}

const TUTORIAL: &str = "apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {COLOUR: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
stringData: {password: hunter2}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, namespace: shop}
spec:
  rules:
  - http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.29
        envFrom: [{configMapRef: {name: settings}}]
";

#[test]
fn a_whole_tutorial() {
    let mut cluster = Cluster::new(Config::default());
    let applied = cluster.apply(TUTORIAL).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(applied.len(), 9);
    assert!(applied.iter().all(|a| a.what == Change::Created));
    let simulated: Vec<&str> = applied.iter().filter(|a| a.simulated).map(|a| a.kind.as_str()).collect();
    assert_eq!(simulated, ["Service", "Deployment"]);
    let again = cluster.apply(TUTORIAL).unwrap_or_else(|e| panic!("{e:?}"));
    let changed: Vec<_> = again.iter().filter(|a| a.what != Change::Unchanged).map(|a| &a.kind).collect();
    assert!(changed.is_empty(), "applied again, these changed: {changed:?}");
}

#[test]
fn export_gives_back_what_was_applied() {
    for text in [TUTORIAL, include_str!("../../../static/example.yaml")] {
        let mut cluster = Cluster::new(Config::default());
        cluster.apply(text).unwrap_or_else(|e| panic!("{e:?}"));
        while !cluster.advance_to(podscope_engine::time::SimTime::from_millis(30_000), 1000) {}
        let values = |text: &str| -> Vec<_> {
            let documents = podscope_schema::parse(text).unwrap_or_else(|e| panic!("{e:?}"));
            documents.iter().map(|d| d.root.to_value()).collect()
        };
        assert_eq!(values(&cluster.export()), values(text));
    }
}

/// Manifests that are refused: where, and in which words.
#[test]
fn refusals_stand_where_they_belong() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: fine}\n";
    let rows = [
        (
            "an unknown field in a List",
            format!("{list}- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{name: web}}\n  spec:\n    replica: 2\n"),
            11,
            "error when creating \"STDIN\": Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\"",
        ),
        ("an unknown kind in a List", format!("{list}- apiVersion: v1\n  kind: Frob\n  metadata: {{name: x}}\n"), 8, "no matches for kind \"Frob\" in version \"v1\""),
        ("an item without a kind", format!("{list}- metadata: {{name: x}}\n"), 7, "[apiVersion not set, kind not set]"),
        (
            "a namespace that is not there",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: nowhere\n".to_owned(),
            5,
            "Error from server (NotFound): error when creating \"STDIN\": namespaces \"nowhere\" not found",
        ),
        (
            "an account that is not there",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  serviceAccountName: nobody\n  containers: [{name: a, image: a}]\n".to_owned(),
            3,
            "serviceaccount \"nobody\" not found",
        ),
        (
            "a duplicate key in the second item of a List",
            format!("{list}- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: twice}}\n  data:\n    a: b\n    a: c\n"),
            12,
            "key \"a\" already set in map",
        ),
    ];
    for (what, yaml, line, words) in rows {
        let mut cluster = Cluster::new(Config::default());
        let version = cluster.version();
        let errors = cluster.apply(&yaml).err().unwrap_or_else(|| panic!("{what}: was accepted"));
        assert!(errors[0].message.contains(words), "{what}: {errors:?}");
        assert_eq!(errors[0].line, line, "{what}: {errors:?}");
        assert_eq!((errors.len(), cluster.version()), (1, version), "{what}: {errors:?}");
    }
}

#[test]
fn a_namespace_takes_its_contents_along() {
    let mut cluster = Cluster::new(Config::default());
    cluster.apply(TUTORIAL).unwrap_or_else(|e| panic!("{e:?}"));
    let pass = |cluster: &mut Cluster, millis: u64| {
        let until = podscope_engine::time::SimTime(cluster.now().0 + millis * 1000);
        while !cluster.advance_to(until, 1000) {}
    };
    pass(&mut cluster, 20_000);
    let key =
        cluster.cx.store.find(podscope_engine::object::Kind::Other, "", "v1/Namespace/shop").expect("it is there");
    cluster.cx.delete(key, podscope_engine::api::DeleteOptions::default()).expect("it is there");
    pass(&mut cluster, 100);
    let shown = podscope_engine::convert::to_value(&cluster.cx, key).expect("its pods still end");
    assert_eq!(shown.str_at(&["status", "phase"]), Some("Terminating"));
    let late = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late, namespace: shop}\n";
    let errors = cluster.apply(late).expect_err("it is on its way out");
    let words = "unable to create new content in namespace shop because it is being terminated";
    assert!(errors[0].message.contains(words), "{errors:?}");
    pass(&mut cluster, 60_000);
    assert!(cluster.cx.store.object(key).is_none());
    assert_eq!(cluster.export(), "");
    assert!(cluster.apply(TUTORIAL).is_ok(), "it can come back");
}
