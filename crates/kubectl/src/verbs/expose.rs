//! `expose` and `autoscale`.

use crate::flag::Args;
use crate::manifest;
use crate::resource::{Bare, Found, refused};
use crate::verbs::{DryRun, result};
use crate::{Failure, Next, Session};
use podscope_engine::api::rest;
use podscope_schema::{Map, Value, lookup_kind};

/// The labels by which an object's pods are found, as `key=value` pairs.
// upstream: kubectl/pkg/polymorphichelpers/mapbasedselectorforobject.go
fn selector(found: &Found) -> Result<Vec<(String, String)>, Failure> {
    let pairs = |v: Option<&Value>| -> Vec<(String, String)> {
        let map = v.and_then(Value::as_map);
        map.into_iter()
            .flat_map(Map::iter)
            .map(|(k, v)| (k.to_string(), v.as_str().unwrap_or_default().into()))
            .collect()
    };
    let wrap =
        |why: String| Err(format!("error: couldn't retrieve selectors via --selector flag or introspection: {why}"));
    match found.info.kind {
        "Pod" => {
            let labels = pairs(found.value.at(&["metadata", "labels"]));
            if labels.is_empty() {
                return wrap("the pod has no labels and cannot be exposed".into());
            }
            Ok(labels)
        }
        "Service" | "ReplicationController" => {
            let labels = pairs(found.value.at(&["spec", "selector"]));
            if labels.is_empty() && found.info.kind == "Service" {
                return wrap("the service has no pod selector set".into());
            }
            Ok(labels)
        }
        _ => {
            let expressions = found.value.at(&["spec", "selector", "matchExpressions"]).map_or(&[][..], Value::items);
            if !expressions.is_empty() {
                return wrap("couldn't convert expressions - \"[]\" to map-based selector format".into());
            }
            Ok(pairs(found.value.at(&["spec", "selector", "matchLabels"])))
        }
    }
}

/// The ports that an object's containers, or a Service, declare: number and protocol.
// upstream: kubectl/pkg/polymorphichelpers/portsforobject.go, protocolsforobject.go
fn ports(found: &Found) -> Vec<(i64, String)> {
    let protocol = |p: &Value| p.str_at(&["protocol"]).unwrap_or("TCP").to_owned();
    if found.info.kind == "Service" {
        let list = found.value.at(&["spec", "ports"]).map_or(&[][..], Value::items);
        return list.iter().filter_map(|p| Some((p.get("port")?.as_i64()?, protocol(p)))).collect();
    }
    let spec = found.value.at(&["spec", "template", "spec"]).or_else(|| found.value.get("spec"));
    let containers = spec.and_then(|s| s.get("containers")).map_or(&[][..], Value::items);
    let all = containers.iter().flat_map(|c| c.get("ports").map_or(&[][..], Value::items));
    all.filter_map(|p| Some((p.get("containerPort")?.as_i64()?, protocol(p)))).collect()
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let pair = |p: &str| {
        p.split_once('=')
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .ok_or_else(|| format!("error: unexpected label spec: {p}"))
    };
    text.split(',').filter(|p| !p.is_empty()).map(pair).collect()
}

/// `expose KIND/NAME [--port=P] [--target-port=T] [--name=N] [--type=…]`
// upstream: kubectl/pkg/cmd/expose
pub fn expose(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let dry = DryRun::of(args)?;
    // `--selector` is the Service's here, not what chooses objects.
    let selection = if args.files().is_empty() {
        s.select(&args.words, &Args::default(), Bare::Flag)?
    } else {
        manifest::find(s, args, "")?
    };
    for found in &selection.found {
        if !matches!(found.info.kind, "Deployment" | "ReplicaSet" | "ReplicationController" | "Service" | "Pod") {
            let group = if found.info.group.is_empty() { String::new() } else { format!(".{}", found.info.group) };
            return Err(format!("error: cannot expose a {}{group}", found.info.kind));
        }
        let value = service(args, found)?;
        let info = lookup_kind("v1", "Service").ok_or("error: no such kind")?;
        let made = if dry == DryRun::Client {
            value
        } else {
            let path = manifest::collection(info, &s.namespace);
            rest::call(&mut s.cluster.cx, "POST", &path, "application/json", &value).map_err(|e| refused(&e))?
        };
        result(s, args, info, &made, "exposed", dry);
    }
    selection.failure().map_or(Ok(None), Err)
}

fn service(args: &Args, found: &Found) -> Result<Value, Failure> {
    let chosen = match args.value("selector") {
        "" => selector(found)?,
        text => pairs(text)?,
    };
    if chosen.is_empty() {
        return Err("error: selector must be specified".into());
    }
    let declared = ports(found);
    let headless = args.value("cluster-ip") == "None";
    let wanted: Vec<i64> = match args.value("port") {
        "" => declared.iter().map(|p| p.0).collect(),
        text => vec![text.parse().map_err(|_| format!("error: strconv.Atoi: parsing {text:?}: invalid syntax"))?],
    };
    if wanted.is_empty() && !headless {
        return Err("error: couldn't find port via --port flag or introspection".into());
    }
    let many = wanted.len() > 1;
    let target = args.value("target-port");
    let list = wanted.iter().enumerate().map(|(i, number)| {
        let mut p = Map::new();
        if many {
            p.insert("name", format!("port-{}", i + 1));
        }
        p.insert("port", *number);
        let own = declared.iter().find(|d| d.0 == *number).map_or("TCP", |d| &*d.1);
        p.insert("protocol", args.given("protocol").filter(|p| !p.is_empty()).unwrap_or(own));
        let to = if target.is_empty() {
            Value::from(*number)
        } else {
            target.parse::<i64>().map_or_else(|_| target.into(), Value::from)
        };
        p.insert("targetPort", to);
        Value::from(p)
    });
    let list = Value::array(list);
    let map = |list: Vec<(String, String)>| Value::object(list.into_iter().map(|(k, v)| (k, Value::from(v))));
    let mut spec = Map::new();
    for (key, flag) in [("clusterIP", "cluster-ip"), ("loadBalancerIP", "load-balancer-ip")] {
        if !args.value(flag).is_empty() {
            spec.insert(key, args.value(flag));
        }
    }
    if !args.value("external-ip").is_empty() {
        spec.insert("externalIPs", Value::array([args.value("external-ip").into()]));
    }
    if !wanted.is_empty() {
        spec.insert("ports", list);
    }
    spec.insert("selector", map(chosen));
    if !args.value("session-affinity").is_empty() {
        spec.insert("sessionAffinity", args.value("session-affinity"));
    }
    if !args.value("type").is_empty() {
        spec.insert("type", args.value("type"));
    }
    let mut meta = Map::new();
    let labels = match args.value("labels") {
        "" => found.value.at(&["metadata", "labels"]).cloned(),
        text => Some(map(pairs(text)?)),
    };
    if let Some(labels) = labels.filter(|l| l.as_map().is_some_and(|m| !m.is_empty())) {
        meta.insert("labels", labels);
    }
    let name =
        if args.value("name").is_empty() { found.name.get(..63).unwrap_or(&found.name) } else { args.value("name") };
    meta.insert("name", name);
    Ok(Value::object([
        ("apiVersion", Value::from("v1")),
        ("kind", "Service".into()),
        ("metadata", meta.into()),
        ("spec", spec.into()),
        ("status", Value::object([("loadBalancer", Map::new().into())])),
    ]))
}

/// One metric of `--cpu` or `--memory`: `80%`, `500m`, `500`.
// upstream: kubectl/pkg/cmd/autoscale parseResourceInput
fn metric(resource: &str, text: &str) -> Result<Value, Failure> {
    let mut target = Map::new();
    if let Some(percent) = text.strip_suffix('%') {
        let percent: i64 =
            percent.parse().map_err(|_| format!("error: failed to parse {resource} percentage: {text}"))?;
        target.insert("averageUtilization", percent);
        target.insert("type", "Utilization");
    } else {
        let unit = if resource == "cpu" { "m" } else { "Mi" };
        let amount = if text.bytes().all(|b| b.is_ascii_digit()) { format!("{text}{unit}") } else { text.to_owned() };
        podscope_schema::Quantity::parse(&amount)
            .map_err(|_| format!("error: failed to parse {resource} quantity: {text}"))?;
        target.insert("averageValue", amount);
        target.insert("type", "AverageValue");
    }
    Ok(Value::object([
        ("resource", Value::object([("name", Value::from(resource)), ("target", target.into())])),
        ("type", "Resource".into()),
    ]))
}

/// `autoscale KIND/NAME --max=N [--min=N] [--cpu=80%] [--memory=…]`
// upstream: kubectl/pkg/cmd/autoscale
pub fn autoscale(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (min, max) = (args.int("min").unwrap_or(-1), args.int("max").unwrap_or(-1));
    if args.given("max").is_none() {
        return Err("error: required flag(s) \"max\" not set".into());
    }
    if max < 1 {
        return Err(format!("error: --max=MAXPODS is required and must be at least 1, max: {max}"));
    }
    if max < min {
        return Err(format!("error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"));
    }
    let percent = args.int("cpu-percent").unwrap_or(-1);
    if args.given("cpu-percent").is_some() {
        s.warn("Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).");
    }
    if percent > 0 && !args.value("cpu").is_empty() {
        return Err("error: --cpu-percent and --cpu are mutually exclusive".into());
    }
    let mut metrics = Vec::new();
    if percent > 0 {
        metrics.push(metric("cpu", &format!("{percent}%"))?);
    }
    for resource in ["cpu", "memory"] {
        if !args.value(resource).is_empty() {
            metrics.push(metric(resource, args.value(resource))?);
        }
    }
    let dry = DryRun::of(args)?;
    let selection = s.targets(args, &args.words, Bare::Flag)?;
    let info = lookup_kind("autoscaling/v2", "HorizontalPodAutoscaler").ok_or("error: no such kind")?;
    for found in &selection.found {
        if !matches!(found.info.kind, "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet") {
            return Err(format!(
                "error: cannot autoscale a {}: could not find scale subresource for {} in discovery information",
                found.info.kind, found.info.plural
            ));
        }
        let mut spec = Map::new();
        spec.insert("maxReplicas", max);
        if !metrics.is_empty() {
            spec.insert("metrics", metrics.clone());
        }
        if min > 0 {
            spec.insert("minReplicas", min);
        }
        let target = Value::object([
            ("apiVersion", Value::from(found.info.api_version())),
            ("kind", found.info.kind.into()),
            ("name", Value::from(&found.name)),
        ]);
        spec.insert("scaleTargetRef", target);
        let name = if args.value("name").is_empty() { &*found.name } else { args.value("name") };
        let value = Value::object([
            ("apiVersion", Value::from("autoscaling/v2")),
            ("kind", "HorizontalPodAutoscaler".into()),
            ("metadata", Value::object([("name", Value::from(name))])),
            ("spec", spec.into()),
        ]);
        if dry == DryRun::Client {
            result(s, args, info, &value, "created", dry);
            continue;
        }
        let path = manifest::collection(info, &s.namespace);
        let made = rest::call(&mut s.cluster.cx, "POST", &path, "application/json", &value).map_err(|e| refused(&e))?;
        result(s, args, info, &made, "autoscaled", dry);
    }
    if selection.found.is_empty() && selection.errors.is_empty() {
        return Err("error: no objects passed to autoscale".into());
    }
    selection.failure().map_or(Ok(None), Err)
}
