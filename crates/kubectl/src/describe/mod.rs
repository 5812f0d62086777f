//! `describe`: an object in words, with what belongs to it and its Events.
// upstream: kubectl/pkg/describe

mod container;
mod events;
mod network;
mod node;
mod other;
mod pod;
mod policy;
mod storage;
mod text;
mod volume;
mod workload;

pub use events::interval;
pub use pod::template;

use crate::flag::Args;
use crate::resource::{Bare, Found, kind};
use crate::{Failure, Next, Session};
use podscope_schema::Value;
use text::Text;

/// What describers may look at beside the object itself.
struct World<'a> {
    s: &'a Session<'a>,
    /// Microseconds since 1970.
    now: i64,
    /// `--show-events`
    events: bool,
}

impl World<'_> {
    /// All objects of a kind in a namespace, or in all.
    fn list(&self, resource: &str, namespace: Option<&str>) -> Vec<Value> {
        let found = kind(resource).map_or_else(|_| Vec::new(), |info| self.s.list(info, namespace));
        found.into_iter().map(|f| f.value).collect()
    }
}

/// `describe KIND [NAME…]`: a name that is not there stands for all names that begin with it.
// upstream: kubectl/pkg/cmd/describe DescribeOptions.Run, DescribeMatchingResources
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.words.is_empty() && args.files().is_empty() {
        return Err(NO_KIND.to_owned());
    }
    let selection = s.targets(args, &args.words, Bare::All)?;
    if selection.kinds.iter().any(|k| k.kind == "Endpoints") {
        s.warn("Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    let (mut found, failure) = (selection.found.clone(), selection.failure());
    let mut near = false;
    if let (true, [word, prefix]) = (failure.is_some() && found.is_empty(), &args.words[..])
        && !word.contains(['/', ','])
    {
        found = s.list(kind(word)?, Some(&s.namespace));
        found.retain(|f| f.name.starts_with(&**prefix));
        near = !found.is_empty();
    }
    // Several objects come without their Events, unless these are asked for.
    let alone = found.len() <= 1 && failure.is_none();
    let events = args.on("show-events") && (alone || args.given("show-events").is_some());
    let world = World { s, now: crate::print::get::present(s), events };
    let pages: Vec<String> = found.iter().map(|f| describe(&world, f)).collect();
    if near {
        for page in pages {
            s.say(page);
        }
        return Ok(None);
    }
    if found.is_empty() && failure.is_none() {
        let text = if args.on("all-namespaces") {
            "No resources found".to_owned()
        } else {
            format!("No resources found in {} namespace.", s.namespace)
        };
        s.warn(text);
    }
    s.out.stdout.push_str(&pages.join("\n\n"));
    failure.map_or(Ok(None), Err)
}

const NO_KIND: &str = "error: You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.";

/// One object.
fn describe(world: &World, found: &Found) -> String {
    let mut w = Text::default();
    let o = &found.value;
    match (found.info.group, found.info.kind) {
        ("", "Pod") => pod::pod(&mut w, o, world.now),
        ("apps", "Deployment") => workload::deployment(&mut w, o, world),
        ("apps", "ReplicaSet") => workload::replica_set(&mut w, o, world),
        ("", "ReplicationController") => workload::replication_controller(&mut w, o, world),
        ("apps", "StatefulSet") => workload::stateful_set(&mut w, o, world),
        ("apps", "DaemonSet") => workload::daemon_set(&mut w, o, world),
        ("batch", "Job") => workload::job(&mut w, o),
        ("batch", "CronJob") => workload::cron_job(&mut w, o),
        ("autoscaling", "HorizontalPodAutoscaler") => policy::autoscaler(&mut w, o),
        ("policy", "PodDisruptionBudget") => policy::budget(&mut w, o),
        ("", "ResourceQuota") => {
            policy::quota(&mut w, o);
            return w.finish();
        }
        ("", "Service") => network::service(&mut w, o, world),
        ("", "Endpoints") => network::endpoints(&mut w, o),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(&mut w, o),
        ("networking.k8s.io", "Ingress") => network::ingress(&mut w, o),
        ("", "PersistentVolumeClaim") => storage::claim(&mut w, o, world),
        ("", "PersistentVolume") => storage::volume(&mut w, o, world.now),
        ("storage.k8s.io", "StorageClass") => storage::class(&mut w, o),
        ("", "Node") => node::node(&mut w, o, world),
        ("", "Namespace") => {
            other::namespace(&mut w, o, world);
            return w.finish();
        }
        ("", "ConfigMap") => other::config_map(&mut w, o),
        ("", "Secret") => {
            other::secret(&mut w, o);
            return w.finish();
        }
        ("", "ServiceAccount") => other::service_account(&mut w, o),
        ("scheduling.k8s.io", "PriorityClass") => other::priority_class(&mut w, o),
        _ => other::generic(&mut w, o),
    }
    if world.events {
        events::about(&mut w, o, world);
    }
    w.finish()
}
