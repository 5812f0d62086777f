//! Resource quotas: admission and status.

use super::Controller;
use crate::api::{ApiError, Context};
use crate::object::{Claim, Container, Key, Kind, Object, Pod, Resource, ResourceQuota, Str};
use podscope_schema::sort::sort;
use podscope_schema::sorted::SortedMap;
use podscope_schema::{Quantity, Value};

/// Amounts by resource name: thousandths for CPU, whole units for all else.
type Usage = SortedMap<Str, i64>;

/// Enqueues what the change of the object at `key` concerns.
// upstream: controller/resourcequota updateQuota, QuotaMonitor.processResourceChanges
pub fn observe(cx: &mut Context, key: Key, old: Option<&Object>, new: Option<&Object>) {
    if cx.store.of_kind(Kind::ResourceQuota).is_empty() {
        return;
    }
    let namespace = match (old, new) {
        (_, Some(Object::ResourceQuota(quota))) => {
            let before = old.and_then(ResourceQuota::of);
            if before.is_none_or(|b| b.hard != quota.hard || b.raw != quota.raw) {
                cx.enqueue(Controller::Quota, key);
            }
            return;
        }
        // What is gone gives back what it used.
        (Some(object), None) => object.meta().namespace.clone(),
        (Some(Object::Pod(a)), Some(Object::Pod(b))) if !a.is_terminal() && b.is_terminal() => b.meta.namespace.clone(),
        _ => return,
    };
    let quotas: Vec<Key> = cx.store.in_namespace(Kind::ResourceQuota, &namespace).iter().copied().collect();
    for quota in quotas {
        cx.enqueue(Controller::Quota, quota);
    }
}

/// Counts again what the quota at `key` limits.
// upstream: controller/resourcequota syncResourceQuota
pub fn reconcile(cx: &mut Context, key: Key) {
    let Some(quota) = cx.get::<ResourceQuota>(key) else { return };
    let mut used: Usage = quota.hard.iter().map(|(name, _)| (name.clone(), 0)).collect();
    let scopes = Scopes::of(&quota);
    for kind in Kind::ALL.iter().copied().chain([Kind::Other]) {
        for &at in cx.store.in_namespace(kind, &quota.meta.namespace) {
            let Some(object) = cx.store.object(at) else { continue };
            if Pod::of(object).is_some_and(|p| !scopes.cover(p)) {
                continue;
            }
            for (name, amount) in usage(cx, object) {
                if let Some(sum) = used.get_mut(&name) {
                    *sum += amount;
                }
            }
        }
    }
    cx.update::<ResourceQuota>(key, |q| q.used = used.into_iter().collect());
}

/// Refuses an object that a quota has no room for, and counts one that it has.
///
/// # Errors
/// `Forbidden`, in the quota plugin's words.
// upstream: apiserver admission/plugin/resourcequota CheckRequest
pub fn admit(cx: &mut Context, object: &Object) -> Result<(), ApiError> {
    if cx.store.of_kind(Kind::ResourceQuota).is_empty() {
        return Ok(());
    }
    let meta = object.meta();
    let quotas: Vec<Key> = cx.store.in_namespace(Kind::ResourceQuota, &meta.namespace).iter().copied().collect();
    if quotas.is_empty() {
        return Ok(());
    }
    let wanted = usage(cx, object);
    let refuse = |why: String| {
        let text = format!("{} \"{}\" is forbidden: {why}", super::resource_name(object), meta.name);
        Err(ApiError::new(403, "Forbidden", text))
    };
    let mut charged: Vec<(Key, Usage)> = Vec::new();
    for key in quotas {
        let Some(quota) = cx.store.get::<ResourceQuota>(key) else { continue };
        let name = &quota.meta.name;
        if let Some(pod) = Pod::of(object) {
            if !Scopes::of(quota).cover(pod) {
                continue;
            }
            if let Some(missing) = missing_resources(quota, pod) {
                return refuse(format!("failed quota: {name}: must specify {missing}"));
            }
        }
        let hard: SortedMap<&Str, i64> = quota.hard.iter().map(|(k, v)| (k, *v)).collect();
        let mut used: Usage = quota.used.iter().cloned().collect();
        let unknown: Vec<&str> =
            wanted.keys().filter(|k| hard.contains_key(k) && !used.contains_key(*k)).map(|k| &**k).collect();
        if !unknown.is_empty() {
            return refuse(format!("status unknown for quota: {name}, resources: {}", unknown.join(",")));
        }
        let limited: Vec<(&Str, i64, i64, i64)> = wanted
            .iter()
            .filter(|(_, amount)| **amount > 0)
            .filter_map(|(k, amount)| Some((k, *amount, *used.get(k)?, *hard.get(k)?)))
            .collect();
        let exceeded: Vec<_> = limited.iter().filter(|(_, amount, used, hard)| used + amount > *hard).collect();
        if !exceeded.is_empty() {
            let print = |pick: fn(&(&Str, i64, i64, i64)) -> i64| {
                let pairs: Vec<String> =
                    exceeded.iter().map(|e| format!("{}={}", e.0, amount_text(e.0, pick(e)))).collect();
                pairs.join(",")
            };
            let (requested, used, limit) = (print(|e| e.1), print(|e| e.2), print(|e| e.3));
            return refuse(format!("exceeded quota: {name}, requested: {requested}, used: {used}, limited: {limit}"));
        }
        for (resource, amount, ..) in limited {
            if let Some(sum) = used.get_mut(resource) {
                *sum += amount;
            }
        }
        charged.push((key, used));
    }
    for (key, used) in charged {
        cx.update::<ResourceQuota>(key, |q| q.used = used.into_iter().collect());
    }
    Ok(())
}

/// An amount of a resource as the API prints it.
pub fn amount_text(resource: &str, amount: i64) -> String {
    if resource.ends_with("cpu") {
        Quantity::from_milli(amount).to_string()
    } else if resource.ends_with("memory") || resource.ends_with("storage") {
        Quantity::from_bytes(amount).to_string()
    } else {
        Quantity::from_count(amount).to_string()
    }
}

/// What one object uses of each resource that a quota can limit.
fn usage(cx: &Context, object: &Object) -> Usage {
    let mut usage = Usage::new();
    let resource = super::resource_name(object);
    usage.insert(format!("count/{resource}").into(), 1);
    match object {
        Object::Pod(pod) => pod_usage(cx, pod, &mut usage),
        Object::Claim(claim) => claim_usage(claim, &mut usage),
        Object::Service(service) => {
            usage.insert("services".into(), 1);
            if matches!(&*service.kind, "NodePort" | "LoadBalancer") {
                usage.insert("services.nodeports".into(), service.ports.len() as i64);
            }
            if &*service.kind == "LoadBalancer" {
                usage.insert("services.loadbalancers".into(), 1);
            }
        }
        _ if matches!(&*resource, "configmaps" | "secrets" | "replicationcontrollers" | "resourcequotas") => {
            usage.insert(resource.into(), 1);
        }
        _ => {}
    }
    usage
}

// upstream: quota/v1/evaluator/core PodUsageFunc
fn pod_usage(cx: &Context, pod: &Pod, usage: &mut Usage) {
    if pod.is_terminal() || pod.meta.deletion.is_some_and(|d| d.at < cx.now()) {
        return;
    }
    usage.insert("pods".into(), 1);
    for (name, of) in [("cpu", cpu as fn(&Container) -> i64), ("memory", |c| c.memory)] {
        let amount = requests(pod, of);
        if amount > 0 {
            usage.insert(format!("requests.{name}").into(), amount);
            usage.insert(name.into(), amount);
        }
        let limit = pod_limit(pod, name);
        if limit > 0 {
            usage.insert(format!("limits.{name}").into(), limit);
        }
    }
    for container in &pod.spec.containers {
        for (name, amount) in &container.extended {
            *usage.entry(format!("requests.{name}").into()).or_default() += amount;
        }
    }
}

const fn cpu(container: &Container) -> i64 {
    container.cpu_milli
}

/// What a pod asks for: its containers and sidecars together, or its greediest init container if that is more.
// upstream: component-helpers/resource PodRequests
fn requests(pod: &Pod, of: fn(&Container) -> i64) -> i64 {
    let (mut sidecars, mut most) = (0, 0);
    for init in &pod.spec.init_containers {
        if init.restart_always {
            sidecars += of(init);
            most = most.max(sidecars);
        } else {
            most = most.max(sidecars + of(init));
        }
    }
    most.max(sidecars + pod.spec.containers.iter().map(of).sum::<i64>())
}

/// The sum of the containers' limits of `cpu` or `memory`.
fn pod_limit(pod: &Pod, name: &str) -> i64 {
    let containers = pod.spec.raw.get("containers").into_iter().flat_map(Value::items);
    containers.filter_map(|c| amount_of(name, c.at(&["resources", "limits", name])?)).sum()
}

fn amount_of(name: &str, value: &Value) -> Option<i64> {
    let quantity = match value {
        Value::Str(text) => Quantity::parse(text).ok()?,
        other => Quantity::from_count(other.as_i64()?),
    };
    Some(if name == "cpu" { quantity.milli_value() } else { quantity.value() })
}

// upstream: quota/v1/evaluator/core pvcEvaluator.Usage
fn claim_usage(claim: &Claim, usage: &mut Usage) {
    usage.insert("persistentvolumeclaims".into(), 1);
    usage.insert("requests.storage".into(), claim.bytes);
    if let Some(class) = &claim.class {
        let of_class = format!("{class}.storageclass.storage.k8s.io");
        usage.insert(format!("{of_class}/persistentvolumeclaims").into(), 1);
        usage.insert(format!("{of_class}/requests.storage").into(), claim.bytes);
    }
}

/// The limited resources that containers of this pod do not state although they have to: `cpu for: app`.
// upstream: quota/v1/evaluator/core podEvaluator.Constraints
fn missing_resources(quota: &ResourceQuota, pod: &Pod) -> Option<String> {
    const REQUIRED: [&str; 6] = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];
    let containers = || {
        let list = |field: &str| pod.spec.raw.get(field).into_iter().flat_map(Value::items).collect::<Vec<_>>();
        list("containers").into_iter().chain(list("initContainers"))
    };
    let mut missing = Vec::new();
    for resource in REQUIRED.iter().filter(|r| quota.hard.iter().any(|(k, _)| &**k == **r)) {
        let (side, name) = match resource.split_once('.') {
            Some(("limits", name)) => ("limits", name),
            Some((_, name)) => ("requests", name),
            None => ("requests", *resource),
        };
        let without = containers().filter(|c| c.at(&["resources", side, name]).is_none());
        let mut names: Vec<&str> = without.filter_map(|c| c.str_at(&["name"])).collect();
        sort(&mut names);
        if !names.is_empty() {
            missing.push(format!("{resource} for: {}", names.join(",")));
        }
    }
    (!missing.is_empty()).then(|| missing.join("; "))
}

/// The scopes of a quota, as far as they are simulated.
struct Scopes(Vec<Str>);

impl Scopes {
    fn of(quota: &ResourceQuota) -> Self {
        let list = quota.raw.get("scopes").into_iter().flat_map(Value::items);
        Self(list.filter_map(|s| s.as_rc_str().cloned()).collect())
    }

    /// Whether the quota counts this pod.
    fn cover(&self, pod: &Pod) -> bool {
        let states = |c: &Value| c.get("resources").and_then(Value::as_map).is_some_and(|r| !r.is_empty());
        self.0.iter().all(|scope| {
            let deadline = || pod.spec.raw.get("activeDeadlineSeconds").is_some_and(|d| !d.is_null());
            let best_effort = || !pod.spec.raw.get("containers").into_iter().flat_map(Value::items).any(states);
            match &**scope {
                "Terminating" => deadline(),
                "NotTerminating" => !deadline(),
                "BestEffort" => best_effort(),
                "NotBestEffort" => !best_effort(),
                _ => true,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{Meta, PodSpec};
    use crate::{Cluster, Config};
    use std::rc::Rc;
    use std::time::Duration;

    fn quota(cluster: &mut Cluster, hard: &[(&str, i64)]) -> Key {
        let hard = hard.iter().map(|(k, v)| ((*k).into(), *v)).collect();
        let quota = ResourceQuota { meta: Meta::named("default", "q"), hard, used: Vec::new(), raw: Value::Null };
        let key = cluster.cx.create(quota).unwrap();
        run(cluster);
        key
    }

    fn run(cluster: &mut Cluster) {
        let until = cluster.now() + Duration::from_millis(50);
        assert!(cluster.advance_to(until, 10_000));
    }

    fn pod(name: &str, cpu: i64) -> Pod {
        let mut raw = Value::Null;
        let text = Value::from(format!("{cpu}m"));
        let mut container = Value::object([("name", Value::from("app"))]);
        if cpu > 0 {
            container.set_at(&["resources", "requests", "cpu"], text);
        }
        raw.set_at(&["containers"], Value::array([container]));
        let containers = vec![Container { name: "app".into(), cpu_milli: cpu, ..Container::default() }];
        Pod::new(Meta::named("default", name), Rc::new(PodSpec { containers, raw, ..PodSpec::default() }))
    }

    #[test]
    fn the_third_pod_of_two_is_refused() {
        let mut cluster = Cluster::empty(Config::default());
        let key = quota(&mut cluster, &[("pods", 2)]);
        let first = cluster.cx.create(pod("a", 0)).unwrap();
        cluster.cx.create(pod("b", 0)).unwrap();
        let error = cluster.cx.create(pod("c", 0)).unwrap_err();
        assert_eq!(
            error.message,
            "pods \"c\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2"
        );
        cluster.cx.remove(first);
        run(&mut cluster);
        assert_eq!(cluster.cx.get::<ResourceQuota>(key).unwrap().used, [("pods".into(), 1)]);
        cluster.cx.create(pod("c", 0)).unwrap();
    }

    #[test]
    fn cpu_has_to_be_stated_and_is_summed() {
        let mut cluster = Cluster::empty(Config::default());
        quota(&mut cluster, &[("requests.cpu", 1000)]);
        let error = cluster.cx.create(pod("a", 0)).unwrap_err();
        assert_eq!(error.message, "pods \"a\" is forbidden: failed quota: q: must specify requests.cpu for: app");
        cluster.cx.create(pod("a", 800)).unwrap();
        let error = cluster.cx.create(pod("b", 300)).unwrap_err();
        let said = "exceeded quota: q, requested: requests.cpu=300m, used: requests.cpu=800m, limited: requests.cpu=1";
        assert_eq!(error.message, format!("pods \"b\" is forbidden: {said}"));
    }
}
