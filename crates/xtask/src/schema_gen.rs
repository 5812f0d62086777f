//! `cargo xtask schema OPENAPI_FOLDER`: writes the field table of `crates/schema` from the API's own data.
//!
//! The folder holds one file per API group, `{schemas: {name: OpenAPI schema}}`; beside it lies
//! `resources.json`, the discovery data. `podscope_schema::table` describes what is written.

use podscope_schema::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Kinds that are known by name alone, so that their metadata is still checked:
/// `group/version Kind plural short-names scope`.
const BY_NAME: &[&str] = &[
    "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations - c",
    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies - c",
    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings - c",
    "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations - c",
    "apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions crd,crds c",
    "apiregistration.k8s.io/v1 APIService apiservices - c",
    "certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests csr c",
    "coordination.k8s.io/v1 Lease leases - n",
    "events.k8s.io/v1 Event events ev n",
    "networking.k8s.io/v1 Ingress ingresses ing n",
    "networking.k8s.io/v1 IngressClass ingressclasses - c",
    "networking.k8s.io/v1 IPAddress ipaddresses ip c",
    "networking.k8s.io/v1 NetworkPolicy networkpolicies netpol n",
    "networking.k8s.io/v1 ServiceCIDR servicecidrs - c",
    "node.k8s.io/v1 RuntimeClass runtimeclasses - c",
    "rbac.authorization.k8s.io/v1 ClusterRole clusterroles - c",
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings - c",
    "rbac.authorization.k8s.io/v1 Role roles - n",
    "rbac.authorization.k8s.io/v1 RoleBinding rolebindings - n",
    "resource.k8s.io/v1 DeviceClass deviceclasses - c",
    "resource.k8s.io/v1 ResourceClaim resourceclaims - n",
    "resource.k8s.io/v1 ResourceClaimTemplate resourceclaimtemplates - n",
    "resource.k8s.io/v1 ResourceSlice resourceslices - c",
];

/// Go's names for string types that OpenAPI calls `string`; the API server's messages use them.
const NAMED: &[(&str, &str)] = &[
    ("*.imagePullPolicy", "PullPolicy"),
    ("*.pullPolicy", "PullPolicy"),
    ("*.terminationMessagePolicy", "TerminationMessagePolicy"),
    ("*.stopSignal", "Signal"),
    ("*.protocol", "Protocol"),
    ("HTTPGetAction.scheme", "URIScheme"),
    ("HostPathVolumeSource.type", "HostPathType"),
    ("AppArmorProfile.type", "AppArmorProfileType"),
    ("SeccompProfile.type", "SeccompProfileType"),
    ("NodeSelectorRequirement.operator", "NodeSelectorOperator"),
    ("LabelSelectorRequirement.operator", "LabelSelectorOperator"),
    ("ScopedResourceSelectorRequirement.operator", "ScopeSelectorOperator"),
    ("ScopedResourceSelectorRequirement.scopeName", "ResourceQuotaScope"),
    ("ResourceQuotaSpec.scopes", "ResourceQuotaScope"),
    ("Toleration.operator", "TolerationOperator"),
    ("Toleration.effect", "TaintEffect"),
    ("Taint.effect", "TaintEffect"),
    ("*.accessModes", "PersistentVolumeAccessMode"),
    ("*.volumeMode", "PersistentVolumeMode"),
    ("PersistentVolumeSpec.persistentVolumeReclaimPolicy", "PersistentVolumeReclaimPolicy"),
    ("StorageClass.reclaimPolicy", "PersistentVolumeReclaimPolicy"),
    ("StorageClass.volumeBindingMode", "VolumeBindingMode"),
    ("PersistentVolumeClaimStatus.phase", "PersistentVolumeClaimPhase"),
    ("PersistentVolumeStatus.phase", "PersistentVolumePhase"),
    ("PodStatus.phase", "PodPhase"),
    ("NamespaceStatus.phase", "NamespacePhase"),
    ("NodeStatus.phase", "NodePhase"),
    ("PodStatus.qosClass", "PodQOSClass"),
    ("PodSpec.dnsPolicy", "DNSPolicy"),
    ("PodSpec.restartPolicy", "RestartPolicy"),
    ("Container.restartPolicy", "ContainerRestartPolicy"),
    ("EphemeralContainer.restartPolicy", "ContainerRestartPolicy"),
    ("*.preemptionPolicy", "PreemptionPolicy"),
    ("PodSecurityContext.fsGroupChangePolicy", "PodFSGroupChangePolicy"),
    ("PodSecurityContext.supplementalGroupsPolicy", "SupplementalGroupsPolicy"),
    ("SecurityContext.procMount", "ProcMountType"),
    ("Capabilities.add", "Capability"),
    ("Capabilities.drop", "Capability"),
    ("ServiceSpec.type", "ServiceType"),
    ("ServiceSpec.sessionAffinity", "ServiceAffinity"),
    ("ServiceSpec.externalTrafficPolicy", "ServiceExternalTrafficPolicy"),
    ("ServiceSpec.internalTrafficPolicy", "ServiceInternalTrafficPolicy"),
    ("ServiceSpec.ipFamilies", "IPFamily"),
    ("ServiceSpec.ipFamilyPolicy", "IPFamilyPolicy"),
    ("TopologySpreadConstraint.whenUnsatisfiable", "UnsatisfiableConstraintAction"),
    ("TopologySpreadConstraint.nodeAffinityPolicy", "NodeInclusionPolicy"),
    ("TopologySpreadConstraint.nodeTaintsPolicy", "NodeInclusionPolicy"),
    ("VolumeMount.mountPropagation", "MountPropagationMode"),
    ("EmptyDirVolumeSource.medium", "StorageMedium"),
    ("DeploymentStrategy.type", "DeploymentStrategyType"),
    ("StatefulSetUpdateStrategy.type", "StatefulSetUpdateStrategyType"),
    ("StatefulSetSpec.podManagementPolicy", "PodManagementPolicyType"),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy.*", "PersistentVolumeClaimRetentionPolicyType"),
    ("DaemonSetUpdateStrategy.type", "DaemonSetUpdateStrategyType"),
    ("CronJobSpec.concurrencyPolicy", "ConcurrencyPolicy"),
    ("JobSpec.completionMode", "CompletionMode"),
    ("JobSpec.podReplacementPolicy", "PodReplacementPolicy"),
    ("PodFailurePolicyRule.action", "PodFailurePolicyAction"),
    ("PodFailurePolicyOnExitCodesRequirement.operator", "PodFailurePolicyOnExitCodesOperator"),
    ("EndpointSlice.addressType", "AddressType"),
    ("PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy", "UnhealthyPodEvictionPolicyType"),
    ("MetricSpec.type", "MetricSourceType"),
    ("MetricTarget.type", "MetricTargetType"),
    ("HPAScalingPolicy.type", "HPAScalingPolicyType"),
    ("HPAScalingRules.selectPolicy", "ScalingPolicySelect"),
    ("Secret.type", "SecretType"),
    ("ObjectMeta.uid", "types.UID"),
    ("OwnerReference.uid", "types.UID"),
    ("ObjectReference.uid", "types.UID"),
    ("ContainerResizePolicy.resourceName", "ResourceName"),
    ("ContainerResizePolicy.restartPolicy", "ResourceResizeRestartPolicy"),
    ("ContainerRestartRule.action", "ContainerRestartRuleAction"),
    ("ContainerRestartRuleOnExitCodes.operator", "ContainerRestartRuleOnExitCodesOperator"),
    ("PodReadinessGate.conditionType", "PodConditionType"),
    ("PodOS.name", "OSName"),
];

/// Writes the table to `target`, from the `openapi` folder and the `resources.json` beside it.
///
/// # Errors
/// What could not be read or written, in words.
pub fn run(openapi: &Path, target: &Path) -> Result<(), String> {
    let mut schemas = BTreeMap::new();
    let entries = fs::read_dir(openapi).map_err(|e| format!("{}: {e}", openapi.display()))?;
    for entry in entries.flatten() {
        let file = read(&entry.path())?;
        for (name, schema) in file.get("schemas").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
            schemas.insert(name.to_string(), schema.clone());
        }
    }
    let resources = read(&openapi.with_file_name("resources.json"))?;
    let table = table(&schemas, &resources);
    fs::write(target, &table).map_err(|e| format!("{}: {e}", target.display()))?;
    println!("{}: {} bytes, {} lines", target.display(), table.len(), table.lines().count());
    Ok(())
}

fn read(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Value::from_json(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn table(schemas: &BTreeMap<String, Value>, resources: &Value) -> String {
    let mut roots: BTreeMap<(String, String), String> = BTreeMap::new();
    for (name, schema) in schemas {
        for gvk in schema.get("x-kubernetes-group-version-kind").map_or(&[][..], Value::items) {
            let part = |key| gvk.str_at(&[key]).unwrap_or_default();
            let api = if part("group").is_empty() {
                part("version").into()
            } else {
                format!("{}/{}", part("group"), part("version"))
            };
            roots.insert((api, part("kind").into()), name.clone());
        }
    }
    let mut lines = BTreeMap::new();
    let mut reached = BTreeSet::from(["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta".to_string()]);
    for (api, list) in resources.as_map().into_iter().flat_map(Map::iter) {
        let api = api.split_once('/').map_or(&**api, |p| p.1);
        for resource in list.items() {
            let part = |key| resource.str_at(&[key]).unwrap_or_default();
            if part("name").contains('/') {
                continue;
            }
            let scope = if resource.get("namespaced").and_then(Value::as_bool) == Some(true) { "n" } else { "c" };
            let short: Vec<&str> =
                resource.get("shortNames").map_or(&[][..], Value::items).iter().filter_map(Value::as_str).collect();
            let all = resource.get("categories").is_some_and(|c| c.items().iter().any(|c| c.as_str() == Some("all")));
            insert(&mut lines, &mut reached, &roots, (api, part("kind"), part("name"), &short.join(","), scope, all));
        }
    }
    insert(
        &mut lines,
        &mut reached,
        &roots,
        ("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", "pc", "c", false),
    );
    for line in BY_NAME {
        let part: Vec<&str> = line.split(' ').collect();
        insert(
            &mut lines,
            &mut reached,
            &roots,
            (part[0], part[1], part[2], part[3].trim_matches('-'), part[4], false),
        );
    }
    let mut queue: Vec<String> = reached.iter().cloned().collect();
    while let Some(name) = queue.pop() {
        let Some(schema) = schemas.get(&name) else { continue };
        references(schema, &mut |found| {
            if reached.insert(found.into()) {
                queue.push(found.into());
            }
        });
    }
    let mut out = String::new();
    for line in lines.values() {
        out.push_str(line);
        out.push('\n');
    }
    for name in &reached {
        let Some(properties) = schemas.get(name).and_then(|s| s.get("properties")).and_then(Value::as_map) else {
            continue;
        };
        let required: Vec<&str> =
            schemas[name].get("required").map_or(&[][..], Value::items).iter().filter_map(Value::as_str).collect();
        _ = write!(out, "\n{}\n", type_name(name));
        for (field, schema) in properties.iter() {
            let owner = name.rsplit('.').next().unwrap_or_default();
            _ = writeln!(out, "{field}{}", field_line(owner, field, schema, required.contains(&&**field)));
        }
    }
    out
}

type Kind<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, bool);

fn insert(
    lines: &mut BTreeMap<String, String>,
    reached: &mut BTreeSet<String>,
    roots: &BTreeMap<(String, String), String>,
    (api, kind, plural, short, scope, all): Kind<'_>,
) {
    let root = roots.get(&(api.into(), kind.into()));
    reached.extend(root.cloned());
    let short = if short.is_empty() { "-" } else { short };
    let (all, root) = (if all { "a" } else { "" }, root.map_or("-".into(), |r| type_name(r)));
    let root = if root == kind { String::new() } else { format!(" {root}") };
    lines.insert(format!("{api} {kind}"), format!("{api} {kind} {plural} {short} {scope}{all}{root}"));
}

/// The name of a type in the table: Go's, without the `v1.` that nearly all have.
fn type_name(name: &str) -> String {
    let mut parts = name.rsplit('.');
    let (last, version, group) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let last = if last == "EndpointPort" && group == "discovery" || last == "TokenRequest" && group == "storage" {
        format!("{last}~{group}")
    } else {
        last.into()
    };
    if version == "v1" { last } else { format!("{version}.{last}") }
}

fn references(schema: &Value, found: &mut impl FnMut(&str)) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map.iter() {
                match value.as_str() {
                    Some(text) if &**key == "$ref" => found(text.rsplit('/').next().unwrap_or_default()),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn field_line(owner: &str, field: &str, schema: &Value, required: bool) -> String {
    let named = NAMED.iter().find(|(place, _)| {
        place.split_once('.').is_some_and(|(o, f)| (o == "*" || o == owner) && (f == "*" || f == field))
    });
    let mut line = format!(" {}", type_code(schema, named.map_or("", |n| n.1)));
    if required {
        line.push('!');
    }
    if let Some(key) = schema.str_at(&["x-kubernetes-patch-merge-key"]) {
        _ = write!(line, " *{key}");
    } else if schema.str_at(&["x-kubernetes-patch-strategy"]).is_some_and(|s| s.contains("merge")) {
        line.push_str(" *");
    }
    let keys: Vec<&str> = schema
        .get("x-kubernetes-list-map-keys")
        .map_or(&[][..], Value::items)
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if !keys.is_empty() && Some(keys.join(",").as_str()) != schema.str_at(&["x-kubernetes-patch-merge-key"]) {
        _ = write!(line, " @{}", keys.join(","));
    }
    let choices = schema.get("enum").or_else(|| schema.at(&["items", "enum"])).map_or(&[][..], Value::items);
    if !choices.is_empty() {
        let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
        _ = write!(line, " ={}", choices.join(","));
    }
    line
}

fn type_code(schema: &Value, named: &str) -> String {
    let reference =
        schema.get("$ref").or_else(|| schema.get("allOf").and_then(|a| a.items().first()).and_then(|f| f.get("$ref")));
    if let Some(reference) = reference.and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return match name.rsplit('.').next().unwrap_or_default() {
            "Quantity" => "q".into(),
            "IntOrString" => "o".into(),
            "Time" => "t".into(),
            "MicroTime" => "u".into(),
            "RawExtension" => "r".into(),
            "FieldsV1" => "f".into(),
            _ => type_name(name),
        };
    }
    match (schema.str_at(&["type"]), schema.str_at(&["format"])) {
        (Some("array"), _) => format!("[{}", schema.get("items").map_or("s".into(), |i| type_code(i, named))),
        (Some("object"), _) => match schema.get("additionalProperties") {
            Some(values) => format!("{{{}", type_code(values, named)),
            None => "r".into(),
        },
        (Some("integer"), Some("int64")) => "l".into(),
        (Some("integer"), _) => "i".into(),
        (Some("boolean"), _) => "b".into(),
        (Some("number"), _) => "n".into(),
        (_, Some("byte")) => "y".into(),
        _ if named.is_empty() => "s".into(),
        _ => format!("s:{named}"),
    }
}
