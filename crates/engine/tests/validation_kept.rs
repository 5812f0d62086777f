//! What the API server says to wrong objects of kinds of which little or nothing is simulated.

use podscope_engine::Cluster;
use podscope_engine::api::rest::request_text;

/// What is said of a whole object.
fn said(plural: &str, api_version: &str, kind: &str, name: &str, rest: &str) -> String {
    let group = if api_version == "v1" { "api/v1".to_owned() } else { format!("apis/{api_version}") };
    let space =
        if matches!(plural, "namespaces" | "storageclasses" | "priorityclasses") { "" } else { "namespaces/default/" };
    let body = format!(r#"{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"name":"{name}"}}{rest}}}"#);
    let mut cluster = Cluster::new(podscope_engine::Config::default());
    let path = format!("/{group}/{space}{plural}");
    let (_, said) = request_text(&mut cluster.cx, "POST", &path, "application/json", &body);
    let message = said.str_at(&["message"]).unwrap_or_default();
    message.split_once(" is invalid: ").map_or("", |(_, m)| m).to_owned()
}

/// The plural, version, kind and name; the other members; what is said.
type Row = ((&'static str, &'static str, &'static str, &'static str), String, String);

#[test]
fn kinds_that_are_only_kept() {
    const INGRESS: (&str, &str, &str, &str) = ("ingresses", "networking.k8s.io/v1", "Ingress", "i");
    const CLASS: (&str, &str, &str, &str) = ("storageclasses", "storage.k8s.io/v1", "StorageClass", "c");
    const QUOTA: (&str, &str, &str, &str) = ("resourcequotas", "v1", "ResourceQuota", "q");
    const PRIORITY: (&str, &str, &str, &str) = ("priorityclasses", "scheduling.k8s.io/v1", "PriorityClass", "p");
    let label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
                 with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    let bad_name = format!("metadata.name: Invalid value: \"A_b\": {label}");
    let http = |path: &str| format!(r#","spec":{{"rules":[{{"http":{{"paths":[{path}]}}}}]}}"#);
    let service = r#""backend":{"service":{"name":"s","port":{"number":80}}}"#;
    let with = |path: &str| http(&format!("{{{path},{service}}}"));
    let rows: Vec<Row> = vec![
        (("namespaces", "v1", "Namespace", "A_b"), String::new(), bad_name),
        (
            INGRESS,
            r#","spec":{}"#.into(),
            "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified".into(),
        ),
        (INGRESS, with(r#""path":"/","pathType":"Prefix""#), String::new()),
        (
            INGRESS,
            with(r#""path":"/""#),
            "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified".into(),
        ),
        (
            INGRESS,
            with(r#""path":"a//b","pathType":"Exact""#),
            "[spec.rules[0].http.paths[0].path: Invalid value: \"a//b\": must be an absolute path, \
             spec.rules[0].http.paths[0].path: Invalid value: \"a//b\": must not contain '//']"
                .into(),
        ),
        (
            INGRESS,
            http(r#"{"path":"/","pathType":"Prefix","backend":{"service":{"name":"s"}}}"#),
            "spec.rules[0].http.paths[0].backend: Required value: port name or number is required".into(),
        ),
        (
            INGRESS,
            r#","spec":{"rules":[{"host":"1.2.3.4"}]}"#.into(),
            "spec.rules[0].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address".into(),
        ),
        (CLASS, r#","provisioner":"a/b""#.into(), String::new()),
        (CLASS, r#","provisioner":"""#.into(), "provisioner: Required value".into()),
        (
            CLASS,
            r#","provisioner":"a/b","reclaimPolicy":"Recycle""#.into(),
            "reclaimPolicy: Unsupported value: \"Recycle\": supported values: \"Delete\", \"Retain\"".into(),
        ),
        (
            CLASS,
            r#","provisioner":"a/b","volumeBindingMode":"Later""#.into(),
            "volumeBindingMode: Unsupported value: \"Later\": supported values: \"Immediate\", \"WaitForFirstConsumer\"".into(),
        ),
        (QUOTA, r#","spec":{"hard":{"pods":"5","requests.cpu":"1","count/jobs.batch":"2"}}"#.into(), String::new()),
        (
            QUOTA,
            r#","spec":{"hard":{"pods":"-1"}}"#.into(),
            "spec.hard[pods]: Invalid value: \"-1\": must be greater than or equal to 0".into(),
        ),
        (
            QUOTA,
            r#","spec":{"hard":{"pods":"1500m"}}"#.into(),
            "spec.hard[pods]: Invalid value: \"1500m\": must be an integer".into(),
        ),
        (
            QUOTA,
            r#","spec":{"hard":{"foo":"1"}}"#.into(),
            "[spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified, \
             spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota]"
                .into(),
        ),
        (
            PRIORITY,
            r#","value":2000000000"#.into(),
            "value: Forbidden: maximum allowed value of a user defined priority is 1000000000".into(),
        ),
        (
            PRIORITY,
            r#","value":1,"preemptionPolicy":"Always""#.into(),
            "preemptionPolicy: Unsupported value: \"Always\": supported values: \"Never\", \"PreemptLowerPriority\"".into(),
        ),
    ];
    for ((plural, version, kind, name), rest, want) in rows {
        assert_eq!(said(plural, version, kind, name, &rest), want, "{kind} {rest}");
    }
}
