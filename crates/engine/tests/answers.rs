//! Bad requests, and what the API server answered to them: `tests/conformance/errors.json`.

use podscope_engine::api::rest::{request, request_text};
use podscope_engine::{Cluster, Config};
use podscope_schema::{Value, kinds};

const RECORDED: &str = include_str!("../../../tests/conformance/errors.json");

/// Recorded answers that are not given word for word, each with why.
const KNOWN: [(&str, &str); 2] = [
    ("pod-change-command", "the message ends with a diff of a Go type that has 150 fields"),
    ("pod-change-node", "the recording was a race: the pod was already bound to that node"),
];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.str_at(&[key]).unwrap_or_default()
}

/// Where objects of a case are posted to. The recording gives no path, so it is taken from the kind that the answer
/// or the manifest names, and otherwise from what the case begins with.
fn collection(case: &Value, namespace: &str) -> String {
    let manifest = case.get("manifest").cloned().unwrap_or_default();
    let named = text(&manifest, "kind");
    let kind = match text(case, "name").split('-').next() {
        Some("deploy" | "delete") => "Deployment",
        _ if named.is_empty() => "Deployment",
        _ => named,
    };
    let version = text(&manifest, "apiVersion");
    let info = kinds()
        .iter()
        .find(|k| k.kind == kind && k.api_version() == version)
        .or_else(|| kinds().iter().find(|k| k.kind == kind))
        .expect("a known kind");
    let root = if info.group.is_empty() { "api" } else { "apis" };
    format!("/{root}/{}/namespaces/{namespace}/{}", info.api_version(), info.plural)
}

/// Does what a case says, on an empty cluster.
fn answer(case: &Value) -> (u16, Value) {
    let mut cluster = Cluster::empty(Config::default());
    let cx = &mut cluster.cx;
    for name in ["default", "s-errors"] {
        let meta = Value::object([("name", Value::from(name))]);
        let space =
            Value::object([("apiVersion", Value::from("v1")), ("kind", "Namespace".into()), ("metadata", meta)]);
        request(cx, "POST", "/api/v1/namespaces", "application/json", &space);
    }
    let json = "application/json";
    let (name, op) = (text(case, "name"), text(case, "op"));
    let space = if name == "deploy-missing-namespace" { "no-such-ns" } else { "s-errors" };
    let path = collection(case, space);
    let manifest = case.get("manifest").cloned().unwrap_or_default();
    let deployment = Value::from_json(
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":1,
        "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
        "spec":{"containers":[{"name":"app","image":"app:v1"}]}}}}"#,
    )
    .unwrap();
    let wrong_uid = "00000000-0000-0000-0000-000000000000";
    let base = match op {
        "update" => case.get("base").cloned(),
        "create-twice" => Some(manifest.clone()),
        "patch" | "rawpatch" if name != "deploy-patch-not-found" => Some(deployment.clone()),
        "conflict" | "putname" | "putuid" | "delprecond" | "delbad" => Some(deployment.clone()),
        _ => None,
    };
    if let Some(base) = &base {
        let (status, said) = request(cx, "POST", &path, json, base);
        assert_eq!(status, 201, "{name}: base: {said:?}");
    }
    let one = |object: &Value| format!("{path}/{}", object.str_at(&["metadata", "name"]).unwrap_or_default());
    let changed = |at: &[&str], to: &str| {
        let mut value = deployment.clone();
        value.set_at(at, to);
        value
    };
    match op {
        "create" | "create-twice" => request_text(cx, "POST", &path, json, &manifest.to_json()),
        "update" | "put" => request_text(cx, "PUT", &one(&manifest), json, &manifest.to_json()),
        "conflict" => request(cx, "PUT", &one(&deployment), json, &changed(&["metadata", "resourceVersion"], "1")),
        "putname" => request(cx, "PUT", &one(&deployment), json, &changed(&["metadata", "name"], "other")),
        "putuid" => request(cx, "PUT", &one(&deployment), json, &changed(&["metadata", "uid"], wrong_uid)),
        "delprecond" => {
            let body = Value::object([("preconditions", Value::object([("uid", Value::from(wrong_uid))]))]);
            request(cx, "DELETE", &one(&deployment), json, &body)
        }
        "delbad" => {
            let body = Value::object([("propagationPolicy", Value::from("Sideways"))]);
            request(cx, "DELETE", &one(&deployment), json, &body)
        }
        _ => {
            let sent = case.get("request").expect("a request");
            let body = match sent.get("body") {
                None => String::new(),
                Some(Value::Str(s)) => s.to_string(),
                Some(other) => other.to_json(),
            };
            request_text(cx, text(sent, "method"), text(sent, "path"), text(sent, "contentType"), &body)
        }
    }
}

/// Uids differ from run to run.
fn without_uids(message: &str) -> String {
    let is_uid = |w: &str| w.len() == 36 && w.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let split = |c: char| !(c.is_ascii_hexdigit() || c == '-');
    let uids: Vec<&str> = message.split(split).filter(|w| is_uid(w)).collect();
    uids.iter().fold(message.to_owned(), |m, uid| m.replace(uid, "UID"))
}

fn causes(list: Option<&Value>) -> Vec<(String, String, String)> {
    let cause = |c: &Value| (text(c, "reason").into(), text(c, "message").into(), text(c, "field").into());
    list.map_or_else(Vec::new, |l| l.items().iter().map(cause).collect())
}

#[test]
fn answers_are_the_recorded_ones() {
    let recorded = Value::from_json(RECORDED).unwrap();
    let cases = recorded.get("cases").unwrap().items();
    let mut different = Vec::new();
    for case in cases {
        let (name, want) = (text(case, "name"), case.get("httpStatus").and_then(Value::as_i64).unwrap_or_default());
        let (status, said) = answer(case);
        let refused = want >= 400;
        let same = i64::from(status) == want
            && (!refused
                || (without_uids(text(&said, "message")) == without_uids(text(case, "message"))
                    && text(&said, "reason") == text(case, "reason")
                    && causes(said.at(&["details", "causes"])) == causes(case.get("causes"))));
        if !same {
            let said = if status < 400 { "accepted".into() } else { said.to_json() };
            different.push((name, format!("{name}:\n  want {want} {}\n  have {status} {said}", text(case, "message"))));
        }
    }
    println!("{} of {} answers equal", cases.len() - different.len(), cases.len());
    let unexpected: Vec<&str> =
        different.iter().filter(|(n, _)| KNOWN.iter().all(|(k, _)| k != n)).map(|(_, d)| d.as_str()).collect();
    assert!(unexpected.is_empty(), "{} differ:\n{}", unexpected.len(), unexpected.join("\n"));
}
