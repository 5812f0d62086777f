//! `run`.

use super::{empty, finish, list, meta, object};
use crate::flag::Args;
use crate::{Failure, Next, Session};
use podscope_schema::{Map, Value};

/// `run NAME --image=IMAGE [--port=P] [--env=K=V] [--labels=…] [--restart=…] [-- ARGS…]`
// upstream: kubectl/pkg/cmd/run
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let Some(name) = args.words.first().filter(|_| args.dash != Some(0)) else {
        return Err("error: NAME is required for run\nSee 'kubectl run -h' for help and examples".into());
    };
    let image = args.value("image");
    if image.is_empty() {
        return Err("error: required flag(s) \"image\" not set".into());
    }
    let restart = args.value("restart");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(format!("error: invalid restart policy: {restart}\nSee 'kubectl run -h' for help and examples"));
    }
    if let Some(flag) = ["rm", "stdin", "tty", "attach"].into_iter().find(|f| args.on(f)) {
        return Err(format!("error: --{flag} is not simulated: create the pod, then use exec and logs"));
    }
    if args.on("expose") && args.value("port").is_empty() {
        return Err(
            "error: --port must be set when exposing a service\nSee 'kubectl run -h' for help and examples".into()
        );
    }
    let words = &args.words[1..];
    let mut c = Map::new();
    if !words.is_empty() {
        let list = Value::array(words.iter().map(|w| Value::from(w.as_str())));
        c.insert(if args.on("command") { "command" } else { "args" }, list);
    }
    let variables: Vec<Value> = args
        .each("env")
        .map(|pair| match pair.split_once('=') {
            Some((k, v)) if !k.is_empty() => Ok(object([("name", k.into()), ("value", v.into())])),
            _ => Err(format!("error: invalid env: {pair}")),
        })
        .collect::<Result<_, _>>()?;
    if !variables.is_empty() {
        c.insert("env", list(variables));
    }
    c.insert("image", image);
    if let Some(policy) = args.given("image-pull-policy") {
        c.insert("imagePullPolicy", policy);
    }
    c.insert("name", name.as_str());
    if let Some(port) = args.given("port").and_then(|p| p.parse::<i64>().ok()) {
        c.insert("ports", list(vec![object([("containerPort", port.into())])]));
    }
    c.insert("resources", empty());
    let mut metadata = meta(args, name, Some(("run", name)));
    let labels: Vec<(&str, &str)> = args.list("labels").iter().filter_map(|p| p.split_once('=')).collect();
    if !labels.is_empty() {
        metadata.make_map().insert("labels", Value::object(labels.into_iter().map(|(k, v)| (k, Value::from(v)))));
    }
    for pair in args.each("annotations") {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        metadata.set_at(&["annotations", key], value);
    }
    let labels = metadata.get("labels").cloned().unwrap_or_default();
    let spec = object([
        ("containers", list(vec![c.into()])),
        ("dnsPolicy", "ClusterFirst".into()),
        ("restartPolicy", restart.into()),
    ]);
    let value = object([
        ("apiVersion", "v1".into()),
        ("kind", "Pod".into()),
        ("metadata", metadata),
        ("spec", spec),
        ("status", empty()),
    ]);
    if !args.on("expose") {
        return finish(s, args, value, "created", None);
    }
    // The Service is made after the pod, but said before it.
    let before = std::mem::take(&mut s.out.stdout);
    finish(s, args, value, "created", None)?;
    let pod = std::mem::replace(&mut s.out.stdout, before);
    finish(s, args, service(args, name, labels)?, "created", None)?;
    if args.value("output") == "yaml" {
        s.say("---");
    }
    s.out.stdout.push_str(&pod);
    Ok(None)
}

/// The Service in front of a pod.
// upstream: kubectl/pkg/cmd/run generateService
fn service(args: &Args, name: &str, labels: Value) -> Result<Value, Failure> {
    let text = args.value("port");
    let port = text.parse::<i64>().map_err(|_| format!("error: strconv.Atoi: parsing {text:?}: invalid syntax"))?;
    let served = object([("port", port.into()), ("protocol", "TCP".into()), ("targetPort", port.into())]);
    let mut metadata = meta(args, name, None);
    if !args.list("labels").is_empty() {
        metadata.make_map().insert("labels", labels.clone());
        metadata = crate::print::sorted(&metadata);
    }
    Ok(object([
        ("apiVersion", "v1".into()),
        ("kind", "Service".into()),
        ("metadata", metadata),
        ("spec", object([("ports", list(vec![served])), ("selector", labels)])),
        ("status", object([("loadBalancer", empty())])),
    ]))
}
