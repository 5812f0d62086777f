//! The kinds and fields of the table.

use podscope_schema::table::{field, fields_of, type_at};
use podscope_schema::yaml::PathSeg;
use podscope_schema::{Shape, fields, kinds, lookup_kind, lookup_resource, merge_key};

fn path(text: &str) -> Vec<PathSeg> {
    let seg = |s: &str| s.parse().map_or_else(|_| PathSeg::Key(s.into()), PathSeg::Index);
    text.split('.').filter(|s| !s.is_empty()).map(seg).collect()
}

#[test]
fn resources_are_found_by_every_name_kubectl_takes() {
    for (name, kind) in [
        ("deploy", "Deployment"),
        ("deployments.apps", "Deployment"),
        ("deployments.v1.apps", "Deployment"),
        ("Deployment", "Deployment"),
        ("sts", "StatefulSet"),
        ("po", "Pod"),
        ("endpoints", "Endpoints"),
        ("ing", "Ingress"),
        ("pc", "PriorityClass"),
        ("hpa", "HorizontalPodAutoscaler"),
    ] {
        assert_eq!(lookup_resource(name).map(|k| k.kind), Some(kind), "{name}");
    }
    assert_eq!(lookup_resource("ev").map(|k| k.group), Some(""));
    assert_eq!(lookup_resource("events.events.k8s.io").map(|k| k.group), Some("events.k8s.io"));
    assert_eq!(lookup_resource("deployments.batch"), None);
    assert_eq!(lookup_kind("apps/v1beta1", "Deployment"), None);
    let kind = lookup_kind("apps/v1", "Deployment").expect("known");
    assert_eq!(
        (kind.api_version(), kind.group_resource(), kind.singular()),
        ("apps/v1".into(), "deployments.apps".into(), "deployment".into())
    );
    assert!(kind.namespaced && kind.in_all);
    assert_eq!(kind.short_names().collect::<Vec<_>>(), ["deploy"]);
    assert!(!lookup_kind("v1", "Node").expect("known").namespaced);
}

#[test]
fn fields_are_offered_at_a_path() {
    let kind = lookup_kind("apps/v1", "StatefulSet").expect("known");
    let names = |p: &str| fields(kind, &path(p)).iter().map(|f| f.name).collect::<Vec<_>>();
    assert_eq!(names(""), ["apiVersion", "kind", "metadata", "spec", "status"]);
    assert!(names("spec.template.spec.containers.0").contains(&"livenessProbe"));
    assert!(names("spec.template.spec.containers").contains(&"image"));
    assert!(names("metadata.labels").is_empty());
    assert_eq!(
        type_at(kind, &path("spec.volumeClaimTemplates.0.spec.resources.requests.storage"))
            .map(podscope_schema::Type::shape),
        Some(Shape::Quantity)
    );
    let ports = field("Container", "ports").expect("known");
    assert_eq!(ports.list_keys().collect::<Vec<_>>(), ["containerPort", "protocol"]);
    assert_eq!(merge_key("Container", "env"), Some("name"));
    assert_eq!(merge_key("PodSpec", "containers"), Some("name"));
    assert_eq!(merge_key("Container", "args"), None);
    let policy = field("Container", "imagePullPolicy").expect("known");
    assert_eq!(policy.choices().collect::<Vec<_>>(), ["Always", "IfNotPresent", "Never"]);
    assert_eq!(policy.ty.go_name(), "v1.PullPolicy");
    assert!(field("Container", "name").expect("known").required);
}

#[test]
fn every_type_that_a_field_names_is_there() {
    let mut queue: Vec<&str> = kinds().iter().filter_map(|k| k.root).collect();
    let mut seen = podscope_schema::sorted::SortedSet::new();
    while let Some(name) = queue.pop() {
        if !seen.insert(name) {
            continue;
        }
        assert!(fields_of(name).next().is_some() || EMPTY.contains(&name), "{name} has no fields");
        for field in fields_of(name) {
            let mut ty = field.ty;
            while let Shape::List(inner) | Shape::Map(inner) = ty.shape() {
                ty = inner;
            }
            if let Shape::Struct(next) = ty.shape() {
                queue.push(next);
            }
        }
    }
    assert!(seen.len() > 250, "{}", seen.len());
}

/// Types that are objects without fields.
const EMPTY: [&str; 0] = [];
