//! `create KIND NAME …` and `run`: objects made of flags.

use crate::flag::Args;
use crate::manifest::Manifest;
use crate::resource::refused;
use crate::verbs::{DryRun, apply, create, result};
use crate::{Failure, Next, Session};
use podscope_engine::api::ApiError;
use podscope_schema::{Map, Value, base64, lookup_kind};

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

/// A port pair: `80` or `80:8080` or `80:http`.
// upstream: create_service.go parsePorts
fn port(pair: &str) -> Result<(i64, Value), Failure> {
    let (port, target) = pair.split_once(':').unwrap_or((pair, pair));
    let number = |text: &str| {
        text.parse::<i64>().map_err(|_| format!("error: strconv.ParseInt: parsing {text:?}: invalid syntax"))
    };
    let port = number(port)?;
    if !(0..=65535).contains(&port) {
        return Err("error: must be between 0 and 65535, inclusive".into());
    }
    Ok((port, target.parse::<i64>().map_or_else(|_| Value::from(target), Value::from)))
}

fn service(s: &mut Session, args: &Args, verb: &str, kind: &str) -> Result<Next, Failure> {
    let (name, _) = name(args, verb)?;
    let cluster_ip = args.value("clusterip");
    let pairs = args.list("tcp");
    if kind == "ExternalName" {
        required(args, &["external-name"])?;
    } else if pairs.is_empty() && cluster_ip != "None" {
        return Err("error: at least one tcp port specifier must be provided".into());
    }
    let mut ports = Vec::new();
    for pair in pairs {
        let (number, target) = port(pair)?;
        let mut p = Map::new();
        p.insert("name", pair.replace(':', "-"));
        if let Some(node_port) = args.int("node-port").filter(|n| *n > 0) {
            p.insert("nodePort", node_port);
        }
        p.insert("port", number);
        p.insert("protocol", "TCP");
        p.insert("targetPort", target);
        ports.push(p.into());
    }
    let mut spec = Map::new();
    if !cluster_ip.is_empty() {
        spec.insert("clusterIP", cluster_ip);
    }
    if kind == "ExternalName" {
        spec.insert("externalName", args.value("external-name"));
    }
    if !ports.is_empty() {
        spec.insert("ports", list(ports));
    }
    spec.insert("selector", object([("app", name.into())]));
    spec.insert("type", kind);
    let value = object([
        ("apiVersion", "v1".into()),
        ("kind", "Service".into()),
        ("metadata", meta(args, name, Some(("app", name)))),
        ("spec", spec.into()),
        ("status", object([("loadBalancer", empty())])),
    ]);
    finish(s, args, value, "created", Some(&format!("failed to create {kind} service: ")))
}

/// `create service clusterip NAME --tcp=PORT[:TARGET] [--clusterip=None]`
pub fn clusterip(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service clusterip", "ClusterIP")
}

/// `create service nodeport NAME --tcp=PORT[:TARGET]`
pub fn nodeport(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service nodeport", "NodePort")
}

/// `create service loadbalancer NAME --tcp=PORT[:TARGET]`
pub fn loadbalancer(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service loadbalancer", "LoadBalancer")
}

/// `create service externalname NAME --external-name=HOST`
pub fn externalname(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    service(s, args, "create service externalname", "ExternalName")
}

/// `--from-literal` and `--from-file`, as keys and texts.
fn data(s: &Session, args: &Args) -> Result<Vec<(String, String)>, Failure> {
    let mut out: Vec<(String, String)> = Vec::new();
    for pair in args.each("from-literal") {
        let (key, value) = pair
            .split_once('=')
            .filter(|(k, _)| !k.is_empty())
            .ok_or_else(|| format!("error: invalid literal source {pair}, expected key=value"))?;
        // Quotes around the whole value are taken off.
        let bare = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
        out.push((key.into(), bare.unwrap_or(value).into()));
    }
    for source in args.each("from-file") {
        let base = source.rsplit('/').next().unwrap_or(source);
        let (key, path) = source.split_once('=').unwrap_or((base, source));
        let text = s.files.read(path).map_err(|e| format!("error: error reading {path}: {e}"))?;
        out.push((key.into(), text));
    }
    out.sort();
    if let Some(pair) = out.windows(2).find(|w| w[0].0 == w[1].0) {
        return Err(format!("error: cannot add key {:?}, another key by that name already exists in Data", pair[0].0));
    }
    Ok(out)
}

/// `create configmap NAME --from-literal=KEY=VALUE… --from-file=[KEY=]FILE…`
pub fn configmap(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create configmap")?;
    let data = data(s, args)?;
    let mut value = object([("apiVersion", "v1".into())]);
    let map = value.make_map();
    if !data.is_empty() {
        map.insert("data", Value::object(data.into_iter().map(|(k, v)| (k, Value::from(v)))));
    }
    map.insert("kind", "ConfigMap");
    map.insert("metadata", meta(args, name, None));
    finish(s, args, value, "created", Some("failed to create configmap: "))
}

/// `create secret generic NAME --from-literal=KEY=VALUE…`
pub fn secret(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create secret generic")?;
    let data = data(s, args)?;
    let mut value = object([("apiVersion", "v1".into())]);
    let map = value.make_map();
    if !data.is_empty() {
        let coded = data.into_iter().map(|(k, v)| (k, Value::from(base64::encode(v.as_bytes()))));
        map.insert("data", Value::object(coded));
    }
    map.insert("kind", "Secret");
    map.insert("metadata", meta(args, name, None));
    if let Some(kind) = args.given("type") {
        map.insert("type", kind);
    }
    finish(s, args, value, "created", Some("failed to create secret "))
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

fn one_container(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut c = Map::new();
    if !command.is_empty() {
        c.insert("command", Value::array(command.iter().map(|w| Value::from(w.as_str()))));
    }
    c.insert("image", image);
    c.insert("name", name);
    c.insert("resources", empty());
    let spec = object([("containers", list(vec![c.into()])), ("restartPolicy", restart.into())]);
    object([("metadata", empty()), ("spec", spec)])
}

/// `create job NAME --image=IMAGE [-- COMMAND…]` or `--from=cronjob/NAME`
pub fn job(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, command) = name(args, "create job")?;
    let (image, from) = (args.value("image"), args.value("from"));
    if image.is_empty() == from.is_empty() {
        return Err("error: either --image or --from must be specified".into());
    }
    let mut metadata = meta(args, name, None);
    let spec = if from.is_empty() {
        object([("template", one_container(name, image, command, "Never"))])
    } else {
        if !command.is_empty() {
            return Err("error: cannot specify --from and command".into());
        }
        let selection = s.select(&[from.to_owned()], args, crate::resource::Bare::Flag)?;
        let Some(cron) = selection.found.first() else {
            return Err(selection.failure().unwrap_or_else(|| "error: from must be an existing cronjob".into()));
        };
        if cron.info.kind != "CronJob" {
            return Err(format!("error: unknown object type *v1.{}", cron.info.kind));
        }
        metadata.set_at(&["annotations", "cronjob.kubernetes.io/instantiate"], "manual");
        let owner = object([
            ("apiVersion", "batch/v1".into()),
            ("controller", true.into()),
            ("kind", "CronJob".into()),
            ("name", Value::from(&cron.name)),
            ("uid", cron.value.at(&["metadata", "uid"]).cloned().unwrap_or_default()),
        ]);
        metadata.make_map().insert("ownerReferences", list(vec![owner]));
        cron.value.at(&["spec", "jobTemplate", "spec"]).cloned().unwrap_or_default()
    };
    let value = object([
        ("apiVersion", "batch/v1".into()),
        ("kind", "Job".into()),
        ("metadata", metadata),
        ("spec", spec),
        ("status", empty()),
    ]);
    finish(s, args, value, "created", Some("failed to create job: "))
}

/// `create cronjob NAME --image=IMAGE --schedule=CRON [-- COMMAND…]`
pub fn cronjob(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    required(args, &["image", "schedule"])?;
    let (name, command) = name(args, "create cronjob")?;
    let restart = if args.value("restart").is_empty() { "OnFailure" } else { args.value("restart") };
    let template = one_container(name, args.value("image"), command, restart);
    let job = object([("metadata", object([("name", name.into())])), ("spec", object([("template", template)]))]);
    let value = object([
        ("apiVersion", "batch/v1".into()),
        ("kind", "CronJob".into()),
        ("metadata", meta(args, name, None)),
        ("spec", object([("jobTemplate", job), ("schedule", args.value("schedule").into())])),
        ("status", empty()),
    ]);
    finish(s, args, value, "created", Some("failed to create cronjob: "))
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
    finish(s, args, value, "created", None)
}
