//! Between API values and typed objects: defaulting on the way in, the whole object on the way out.

pub(crate) mod batch;
mod daemon;
mod event;
mod load;
mod out;
pub mod pod;
mod pod_out;
mod policy;
pub(crate) mod read;
mod shown;
mod shown_pod;
mod status;
mod storage;
mod workload;

pub(crate) use batch::job as read_job;
pub use event::events;
pub use load::{epoch_micros, instant, load};
pub(crate) use out::civil;
pub use out::{calendar, timestamp, to_manifest, to_value, value_of};
pub(crate) use pod_out::pod_spec;
pub use shown::shown;
pub(crate) use shown_pod::token as mount_token;

use crate::MORE;
use crate::api::{ApiError, Context};
use crate::object::{Kind, Object, Other, Pod};
use podscope_schema::Value;
use std::rc::Rc;

/// Where `kubectl apply` keeps what was applied.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Kinds outside any namespace that are kept but not simulated.
const CLUSTER_SCOPED: [&str; 14] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "PriorityClass",
    "IngressClass",
    "RuntimeClass",
    "CSIDriver",
    "CSINode",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "VolumeAttributesClass",
    "FlowSchema",
];

/// Reads a manifest that passed strict decoding, with defaults filled in. Objects without a namespace get `namespace`.
///
/// # Errors
/// `BadRequest` when it has no kind.
pub fn from_value(cx: &Context, namespace: &str, value: &Value) -> Result<Object, ApiError> {
    let kind = value.str_at(&["kind"]).unwrap_or_default();
    let version = value.str_at(&["apiVersion"]).unwrap_or_default();
    if kind.is_empty() || version.is_empty() {
        return Err(ApiError::new(400, "BadRequest", "Object 'Kind' is missing"));
    }
    let known = Kind::from_name(kind).filter(|k| {
        k.api_version().split('/').next() == version.split('/').next() || *k == Kind::HorizontalPodAutoscaler
    });
    // What nothing acts on is kept as it is.
    let known = known.filter(|k| MORE || !k.is_more());
    Ok(match known {
        Some(Kind::Pod) => pod(value, namespace).into(),
        Some(Kind::Deployment) => workload::deployment(value, namespace).into(),
        Some(Kind::ReplicaSet) => workload::replica_set(value, namespace, false).into(),
        Some(Kind::ReplicationController) => workload::replica_set(value, namespace, true).into(),
        Some(Kind::StatefulSet) => {
            workload::stateful_set(value, namespace, cx.config.max_unavailable_stateful_set).into()
        }
        Some(Kind::ControllerRevision) => workload::controller_revision(value, namespace).into(),
        Some(Kind::DaemonSet) if MORE => daemon::daemon_set(value, namespace).into(),
        Some(Kind::Job) if MORE => batch::job(value, namespace).into(),
        Some(Kind::CronJob) if MORE => batch::cron_job(value, namespace).into(),
        Some(Kind::Service) => policy::service(value, namespace).into(),
        Some(Kind::HorizontalPodAutoscaler) if MORE => policy::autoscaler(value, namespace).into(),
        Some(Kind::PodDisruptionBudget) => policy::budget(value, namespace).into(),
        Some(Kind::ResourceQuota) if MORE => policy::quota(value, namespace).into(),
        Some(Kind::PersistentVolumeClaim) => storage::claim(value, namespace).into(),
        Some(Kind::PersistentVolume) => storage::volume(value).into(),
        Some(Kind::StorageClass) => storage::storage_class(value).into(),
        Some(Kind::Node) => storage::node(value).into(),
        _ => {
            let mut meta = read::meta(value, namespace, !CLUSTER_SCOPED.contains(&kind));
            if kind == "Namespace" {
                meta.labels.set("kubernetes.io/metadata.name", Rc::clone(&meta.name));
            }
            let mut raw = value.clone();
            if (version, kind) == ("v1", "Secret") {
                secret(&mut raw);
            }
            Other { meta, api_version: version.into(), kind: kind.into(), raw }.into()
        }
    })
}

fn pod(value: &Value, namespace: &str) -> Pod {
    let meta = read::meta(value, namespace, true);
    let spec = pod::spec(read::field(value, "spec"), &meta.annotations);
    let mut pod = Pod::new(meta, Rc::new(spec));
    pod.node = pod.spec.node_name.clone();
    pod.hostname = read::maybe_text(&pod.spec.raw, "hostname");
    pod.subdomain = read::maybe_text(&pod.spec.raw, "subdomain");
    pod
}

/// A Secret's texts become data, in place of what a key that is in both has there.
// upstream: pkg/apis/core/v1 Convert_v1_Secret_To_core_Secret, SetDefaults_Secret
fn secret(raw: &mut Value) {
    read::default(raw.make_map(), "type", "Opaque");
    let Some(text) = raw.make_map().remove("stringData") else { return };
    for (key, value) in text.as_map().into_iter().flat_map(podscope_schema::Map::iter) {
        let coded = podscope_schema::base64::encode(value.as_str().unwrap_or_default().as_bytes());
        raw.set_at(&["data", key], coded);
    }
}
