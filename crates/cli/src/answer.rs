//! `podscope answer`: bad requests, and what the API server and `kubectl apply` say to them.

use crate::say;
use podscope_engine::api::rest::{request, request_text};
use podscope_engine::{Cluster, Config};
use podscope_schema::{Value, kinds};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

const NAMESPACE: &str = "s-errors";

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.str_at(&[key]).unwrap_or_default()
}

/// An empty cluster with the two namespaces.
fn cluster() -> Cluster {
    // The API server of the recordings is of a distribution that mounts one more.
    let token_maps = &[("openshift-service-ca.crt", "service-ca.crt")];
    let mut cluster = Cluster::empty(Config { token_maps, ..Config::default() });
    for name in ["default", NAMESPACE] {
        let meta = Value::object([("name", Value::from(name))]);
        let space =
            Value::object([("apiVersion", Value::from("v1")), ("kind", "Namespace".into()), ("metadata", meta)]);
        request(&mut cluster.cx, "POST", "/api/v1/namespaces", "application/json", &space);
    }
    cluster
}

/// Where objects of a case are posted to. The recording gives no path, so it is taken from the kind that the answer
/// or the manifest names, and otherwise from what the case begins with.
fn collection(case: &Value, namespace: &str) -> Option<String> {
    let manifest = case.get("manifest").cloned().unwrap_or_default();
    let named = text(&manifest, "kind");
    let known = kinds().iter().any(|k| k.kind == named);
    let kind = match text(case, "name").split('-').next() {
        Some("deploy" | "delete") => "Deployment",
        _ if known => named,
        Some("sts") => "StatefulSet",
        Some("rs") => "ReplicaSet",
        Some("ds") => "DaemonSet",
        Some("job") => "Job",
        Some("pod" | "evict") => "Pod",
        Some("svc") => "Service",
        Some("pvc") => "PersistentVolumeClaim",
        Some("pdb") => "PodDisruptionBudget",
        Some("hpa") => "HorizontalPodAutoscaler",
        _ => "Deployment",
    };
    let version = text(&manifest, "apiVersion");
    let mut fitting = kinds().iter().filter(|k| k.kind == kind);
    let info = fitting.clone().find(|k| k.api_version() == version).or_else(|| fitting.next())?;
    let root = if info.group.is_empty() { "api" } else { "apis" };
    let place = if info.namespaced { format!("namespaces/{namespace}/") } else { String::new() };
    Some(format!("/{root}/{}/{place}{}", info.api_version(), info.plural))
}

/// What cases that name a situation in words begin with.
const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":1,
    "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
    "spec":{"containers":[{"name":"app","image":"app:v1"}]}}}}"#;

/// Does what a case says, on an empty cluster.
fn answer(case: &Value) -> Result<(u16, Value), String> {
    let mut cluster = cluster();
    let cx = &mut cluster.cx;
    let json = "application/json";
    let (name, op) = (text(case, "name"), text(case, "op"));
    let space = if name == "deploy-missing-namespace" { "no-such-ns" } else { NAMESPACE };
    let path = collection(case, space).ok_or("a case of an unknown kind")?;
    let manifest = case.get("manifest").cloned().unwrap_or_default();
    let deployment = Value::from_json(DEPLOYMENT).map_err(|e| e.to_string())?;
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
        if status != 201 {
            return Err(format!("{name}: its base is refused: {}", said.to_json()));
        }
    }
    let one = |object: &Value| format!("{path}/{}", object.str_at(&["metadata", "name"]).unwrap_or_default());
    let changed = |at: &[&str], to: &str| {
        let mut value = deployment.clone();
        value.set_at(at, to);
        value
    };
    Ok(match op {
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
            let sent = case.get("request").ok_or_else(|| format!("{name}: no request"))?;
            let body = match sent.get("body") {
                None => String::new(),
                Some(Value::Str(s)) => s.to_string(),
                Some(other) => other.to_json(),
            };
            request_text(cx, text(sent, "method"), text(sent, "path"), text(sent, "contentType"), &body)
        }
    })
}

/// What `kubectl apply` prints for the case's manifest, behind its base.
fn applied(case: &Value) -> Option<podscope_kubectl::Output> {
    let stdin = case.str_at(&["kubectlApply", "stdin"])?;
    let mut cluster = cluster();
    let space = if text(case, "name") == "deploy-missing-namespace" { "no-such-ns" } else { NAMESPACE };
    let run = |cluster: &mut Cluster, text: &str| podscope_kubectl::run(cluster, space, "apply -f -", text);
    if let Some(base) = case.get("base").filter(|_| case.get("kubectlBase").is_some()) {
        run(&mut cluster, &base.to_json());
    }
    Some(run(&mut cluster, stdin))
}

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let path = args.first().ok_or("answer needs a file")?;
    let file = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let file = Value::from_json(&file).map_err(|e| format!("{path}: {e}"))?;
    let mut out = Vec::new();
    for case in file.get("cases").map_or(&[][..], Value::items) {
        // A case that cannot be asked is told as such, and the others are answered.
        let (status, said) = answer(case).unwrap_or_else(|why| {
            eprintln!("{}: {why}", text(case, "name"));
            (0, Value::Null)
        });
        let causes: Vec<Json> = said
            .at(&["details", "causes"])
            .map_or(&[][..], Value::items)
            .iter()
            .map(|c| json!({"reason": text(c, "reason"), "message": text(c, "message"), "field": text(c, "field")}))
            .collect();
        let refused = status >= 400;
        let mut entry = json!({
            "name": text(case, "name"), "httpStatus": status,
            "reason": if refused { text(&said, "reason") } else { "" },
            "message": if refused { text(&said, "message") } else { "" },
            "causes": causes,
        });
        if let Some(done) = applied(case) {
            entry["kubectlApply"] = json!({"exit": done.exit, "stdout": done.stdout, "stderr": done.stderr});
        }
        out.push(entry);
    }
    say::line!("{}", serde_json::to_string_pretty(&out).map_err(|e| e.to_string())?);
    Ok(ExitCode::SUCCESS)
}

/// Recorded answers that are not given word for word, each with why.
pub const KNOWN_ANSWERS: [(&str, &str); 1] =
    [("pod-change-node", "a race, as the recordings' own notes say: the pod was bound to that node already")];

/// What `kubectl apply` is known to print otherwise, each with why.
pub const KNOWN: [(&str, &str); 2] = [
    ("pod-change-node", "a race, as the recordings' own notes say: the pod was bound to that node already"),
    (
        "deploy-selector-and-labels-immutable",
        "nothing was there to be changed when this was recorded, although its base is noted as applied first",
    ),
];

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

/// Whether a case is answered as it was recorded, and what the answer is.
pub fn equal(case: &Value) -> Result<(bool, u16, Value), String> {
    let want = case.get("httpStatus").and_then(Value::as_i64).unwrap_or_default();
    let (status, said) = answer(case)?;
    let same = i64::from(status) == want
        && (want < 400
            || (without_uids(text(&said, "message")) == without_uids(text(case, "message"))
                && text(&said, "reason") == text(case, "reason")
                && causes(said.at(&["details", "causes"])) == causes(case.get("causes"))));
    Ok((same, status, said))
}

/// Whether `kubectl apply` prints what was recorded of it, and what it prints: none where nothing was recorded.
pub fn applies_equal(case: &Value) -> Option<(bool, podscope_kubectl::Output)> {
    let (said, want) = (applied(case)?, case.get("kubectlApply")?);
    let same = want.get("exit").and_then(Value::as_i64) == Some(i64::from(said.exit))
        && text(want, "stdout").trim_end() == said.stdout.trim_end()
        && text(want, "stderr").trim_end() == said.stderr.trim_end();
    Some((same, said))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../../tests/conformance/errors.json");

    #[test]
    fn apply_prints_what_kubectl_printed() {
        let recorded = Value::from_json(RECORDED).expect("JSON");
        let (mut wrong, mut met) = (Vec::new(), 0);
        for case in recorded.get("cases").expect("cases").items() {
            let Some((same, said)) = applies_equal(case) else { continue };
            let want = case.get("kubectlApply").expect("recorded");
            met += usize::from(same);
            let name = text(case, "name");
            if same == KNOWN.iter().any(|(k, _)| *k == name) {
                wrong.push(format!(
                    "{name}: {}\n--- want {}{}\n--- have {}{}",
                    if same { "is listed, but met" } else { "" },
                    text(want, "stdout"),
                    text(want, "stderr"),
                    said.stdout,
                    said.stderr
                ));
            }
        }
        println!("{met} manifests applied as recorded");
        assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn answers_are_the_recorded_ones() {
        let recorded = Value::from_json(RECORDED).expect("JSON");
        let cases = recorded.get("cases").expect("cases").items();
        let mut different = Vec::new();
        for case in cases {
            let (name, want) = (text(case, "name"), case.get("httpStatus").and_then(Value::as_i64).unwrap_or_default());
            let (same, status, said) = equal(case).expect("a case that can be asked");
            if !same {
                let said = if status < 400 { "accepted".into() } else { said.to_json() };
                different
                    .push((name, format!("{name}:\n  want {want} {}\n  have {status} {said}", text(case, "message"))));
            }
        }
        println!("{} of {} answers equal", cases.len() - different.len(), cases.len());
        let met = KNOWN_ANSWERS.iter().find(|(k, _)| different.iter().all(|(n, _)| n != k));
        assert!(met.is_none(), "listed, but met: {met:?}");
        let unexpected: Vec<&str> = different
            .iter()
            .filter(|(n, _)| KNOWN_ANSWERS.iter().all(|(k, _)| k != n))
            .map(|(_, d)| d.as_str())
            .collect();
        assert!(unexpected.is_empty(), "{} differ:\n{}", unexpected.len(), unexpected.join("\n"));
    }
}
