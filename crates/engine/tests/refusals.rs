//! Rules that few manifests break, a manifest and the API server's words a row; what an update may not change, too.

use podscope_engine::api::rest::request_text;
use podscope_engine::{Cluster, Config};
use podscope_schema::{Value, kinds};

/// Asks for an object, or for its change. Gives the message.
fn ask(cluster: &mut Cluster, text: &str, change: bool) -> (u16, String) {
    let value = Value::from_json(text).expect("a row is JSON");
    let of = |key: &str| value.str_at(&[key]).unwrap_or_default();
    let kind =
        kinds().iter().find(|k| k.kind == of("kind") && k.api_version() == of("apiVersion")).expect("a known kind");
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    let space = if kind.namespaced { "namespaces/default/" } else { "" };
    let name = value.str_at(&["metadata", "name"]).unwrap_or_default();
    let (verb, own) = if change { ("PUT", format!("/{name}")) } else { ("POST", String::new()) };
    let path = format!("/{root}/{}/{space}{}{own}", kind.api_version(), kind.plural);
    let (status, said) = request_text(&mut cluster.cx, verb, &path, "application/json", text);
    (status, said.str_at(&["message"]).unwrap_or_default().to_owned())
}

#[test]
fn manifests_that_are_refused() {
    let mut cluster = Cluster::empty(Config::default());
    let mut asked = (String::new(), false);
    let mut rows = 0;
    for line in include_str!("refusals.txt").lines().filter(|l| !l.starts_with('#')) {
        if let Some(base) = line.strip_prefix("  ") {
            cluster = Cluster::empty(Config::default());
            assert_eq!(ask(&mut cluster, base, false), (201, String::new()), "{base}");
        } else if let Some(said) = line.strip_prefix("! ") {
            let (status, message) = ask(&mut cluster, &asked.0, asked.1);
            assert!(status >= 400, "{}: {status}", asked.0);
            assert_eq!(message, said, "{}", asked.0);
            rows += 1;
        } else if let Some(changed) = line.strip_prefix("then ") {
            asked = (changed.into(), true);
        } else {
            cluster = Cluster::empty(Config::default());
            asked = (line.into(), false);
        }
    }
    assert_eq!(rows, 45);
}
