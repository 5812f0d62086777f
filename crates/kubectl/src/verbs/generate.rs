//! `create KIND NAME …` and `run`: objects made of flags.

mod config;
mod job;
mod pod;
mod service;
mod table;

pub use config::{configmap, secret};
pub use job::{cronjob, job};
pub use pod::run;
pub use service::{clusterip, externalname, loadbalancer, nodeport};
pub use table::VERBS;

use crate::flag::Args;
use crate::manifest::Manifest;
use crate::resource::refused;
use crate::verbs::{DryRun, apply, create, result};
use crate::{Failure, Next, Session};
use podscope_engine::api::ApiError;
use podscope_schema::{Map, Value, lookup_kind};

/// An object of these members.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::object(members)
}

fn empty() -> Value {
    Map::new().into()
}

fn list(items: Vec<Value>) -> Value {
    items.into()
}

/// The one NAME of `create KIND NAME [-- COMMAND…]`, and the command behind it.
// upstream: kubectl/pkg/cmd/create NameFromCommandArgs
fn name<'a>(args: &'a Args, verb: &str) -> Result<(&'a str, &'a [String]), Failure> {
    let named = args.dash.unwrap_or(args.words.len());
    if named != 1 {
        return Err(format!(
            "error: exactly one NAME is required, got {named}\nSee 'kubectl {verb} -h' for help and examples"
        ));
    }
    Ok((&args.words[0], &args.words[1..]))
}

fn required(args: &Args, flags: &[&str]) -> Result<(), Failure> {
    let missing: Vec<String> = flags.iter().filter(|f| args.given(f).is_none()).map(|f| format!("\"{f}\"")).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("error: required flag(s) {} not set", missing.join(", "))) }
}

/// Metadata with a name, labels when there are any, and the namespace when it was asked for.
fn meta(args: &Args, name: &str, labels: Option<(&str, &str)>) -> Value {
    let mut map = Map::new();
    if let Some((key, value)) = labels {
        map.insert("labels", object([(key, value.into())]));
    }
    map.insert("name", name);
    if let Some(namespace) = args.given("namespace") {
        map.insert("namespace", namespace);
    }
    map.into()
}

/// Creates what was made, and says so. `failed` is put in front of a refusal, or the refusal stands alone.
fn finish(s: &mut Session, args: &Args, value: Value, word: &str, failed: Option<&str>) -> Result<Next, Failure> {
    let dry = DryRun::of(args)?;
    let text = |path: &[&str]| value.str_at(path).unwrap_or_default().to_owned();
    let info = lookup_kind(&text(&["apiVersion"]), &text(&["kind"])).ok_or("error: no such kind")?;
    let namespace = if info.namespaced { s.namespace.to_string() } else { String::new() };
    let m = Manifest { source: String::new(), info, namespace, name: text(&["metadata", "name"]), value };
    let body = if args.on("save-config") { apply::annotated(&m) } else { m.value.clone() };
    let refuse = |e: ApiError| match failed {
        Some(failed) => format!("error: {failed}{}", e.message),
        None => refused(&e),
    };
    let made = create::post(s, &m, &body, dry).map_err(refuse)?;
    let word = if dry == DryRun::Client { "created" } else { word };
    result(s, args, info, &made, word, dry);
    Ok(None)
}

/// The name of the container of an image: its last part without tag and digest.
// upstream: create_deployment.go buildPodSpec, sanitizeAndUniquify
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let bare = last.split([':', '@']).next().unwrap_or(last);
    let name: String = bare.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    name.trim_matches('-').to_owned()
}

/// `create deployment NAME --image=IMAGE [--replicas=N] [--port=P] [-- COMMAND…]`
pub fn deployment(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    required(args, &["image"])?;
    let (name, command) = name(args, "create deployment")?;
    let images = args.list("image");
    if images.len() > 1 && !command.is_empty() {
        return Err("error: cannot specify multiple --image options and command".into());
    }
    let mut containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let mut c = Map::new();
            if !command.is_empty() {
                c.insert("command", Value::array(command.iter().map(|w| Value::from(w.as_str()))));
            }
            c.insert("image", *image);
            c.insert("name", container_name(image));
            c.insert("resources", empty());
            c.into()
        })
        .collect();
    if let (Some(port), Some(first)) = (args.int("port").filter(|p| *p >= 0), containers.first_mut()) {
        first.make_map().insert("ports", list(vec![object([("containerPort", port.into())])]));
    }
    let labels = object([("app", name.into())]);
    let template = object([
        ("metadata", object([("labels", labels.clone())])),
        ("spec", object([("containers", list(containers))])),
    ]);
    let spec = object([
        ("replicas", args.int("replicas").unwrap_or(1).into()),
        ("selector", object([("matchLabels", labels)])),
        ("strategy", empty()),
        ("template", template),
    ]);
    let value = object([
        ("apiVersion", "apps/v1".into()),
        ("kind", "Deployment".into()),
        ("metadata", meta(args, name, Some(("app", name)))),
        ("spec", spec),
        ("status", empty()),
    ]);
    finish(s, args, value, "created", Some("failed to create deployment: "))
}

/// `create namespace NAME`
pub fn namespace(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create namespace")?;
    let value = object([
        ("apiVersion", "v1".into()),
        ("kind", "Namespace".into()),
        ("metadata", object([("name", name.into())])),
        ("spec", empty()),
        ("status", empty()),
    ]);
    finish(s, args, value, "created", None)
}

/// `create serviceaccount NAME`
pub fn service_account(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create serviceaccount")?;
    let value =
        object([("apiVersion", "v1".into()), ("kind", "ServiceAccount".into()), ("metadata", meta(args, name, None))]);
    finish(s, args, value, "created", Some("failed to create serviceaccount: "))
}

/// `create priorityclass NAME --value=N`
// upstream: create_priorityclass.go createPriorityClass
pub fn priority_class(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create priorityclass")?;
    let mut value = object([("apiVersion", "scheduling.k8s.io/v1".into())]);
    let map = value.make_map();
    if !args.value("description").is_empty() {
        map.insert("description", args.value("description"));
    }
    if args.on("global-default") {
        map.insert("globalDefault", true);
    }
    map.insert("kind", "PriorityClass");
    map.insert("metadata", object([("name", name.into())]));
    map.insert("preemptionPolicy", args.value("preemption-policy"));
    map.insert("value", args.int("value").unwrap_or_default());
    finish(s, args, value, "created", Some("failed to create priorityclass: "))
}

/// `create poddisruptionbudget NAME --selector=… --min-available=N | --max-unavailable=N`
pub fn budget(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create poddisruptionbudget")?;
    let (min, max) = (args.value("min-available"), args.value("max-unavailable"));
    if args.value("selector").is_empty() {
        return Err("error: a selector must be specified".into());
    }
    if min.is_empty() && max.is_empty() {
        return Err("error: one of min-available or max-unavailable must be specified".into());
    }
    if !min.is_empty() && !max.is_empty() {
        return Err("error: min-available and max-unavailable cannot be both specified".into());
    }
    let amount = |text: &str| text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from);
    let mut spec = Map::new();
    for (key, text) in [("maxUnavailable", max), ("minAvailable", min)] {
        if !text.is_empty() {
            spec.insert(key, amount(text));
        }
    }
    let labels = args.value("selector").split(',').filter_map(|p| p.split_once('='));
    let labels = Value::object(labels.map(|(k, v)| (k.trim(), Value::from(v.trim_start_matches('=').trim()))));
    spec.insert("selector", object([("matchLabels", labels)]));
    let value = object([
        ("apiVersion", "policy/v1".into()),
        ("kind", "PodDisruptionBudget".into()),
        ("metadata", meta(args, name, None)),
        ("spec", spec.into()),
    ]);
    finish(s, args, value, "created", Some("failed to create poddisruptionbudgets: "))
}

/// `create quota NAME --hard=pods=10,…`
pub fn quota(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create quota")?;
    let mut hard = Map::new();
    for pair in args.list("hard") {
        let (resource, amount) = pair
            .split_once('=')
            .ok_or_else(|| format!("error: invalid argument syntax {pair}, expected <resource>=<value>"))?;
        hard.insert(resource, amount);
    }
    let value = object([
        ("apiVersion", "v1".into()),
        ("kind", "ResourceQuota".into()),
        ("metadata", meta(args, name, None)),
        ("spec", object([("hard", hard.into())])),
    ]);
    finish(s, args, value, "created", Some("failed to create quota: "))
}
