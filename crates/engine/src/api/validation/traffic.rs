//! How a Service's traffic goes: affinity, policies, addresses from outside.

use super::container::{one_of, there};
use super::{Errors, address};
use crate::convert::read::{field, list, number};
use podscope_schema::Value;

// upstream: validateClientIPAffinityConfig, and what stands beside it in validateService
pub(super) fn affinity(errors: &mut Errors, spec: &Value) {
    let at = "spec.sessionAffinityConfig";
    let config = there(spec, "sessionAffinityConfig");
    match spec.str_at(&["sessionAffinity"]).unwrap_or_default() {
        "None" if config.is_some() => errors.forbidden(at, "must not be set when session affinity is None"),
        "ClientIP" => {
            if let Some(seconds) =
                spec.at(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"]).and_then(Value::as_i64)
                && !(1..=86_400).contains(&seconds)
            {
                let at = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
                errors.invalid(at, &seconds.into(), "must be greater than 0 and less than 86400");
            }
        }
        _ => {}
    }
}

/// What an external name has no use for, and addresses that others answer at.
pub(super) fn addresses(errors: &mut Errors, spec: &Value) {
    for family in ["ipFamilies", "ipFamilyPolicy"] {
        let known: &[&str] = match family {
            "ipFamilies" => &["IPv4", "IPv6"],
            _ => &["PreferDualStack", "RequireDualStack", "SingleStack"],
        };
        let value = field(spec, family);
        if value.items().is_empty() {
            one_of(errors, spec, "spec", family, known);
        }
        for (i, item) in value.items().iter().enumerate() {
            if !item.as_str().is_some_and(|f| known.contains(&f)) {
                errors.unsupported(&format!("spec.{family}[{i}]"), &item.to_json(), known);
            }
        }
    }
    for (i, ip) in list(spec, "externalIPs").iter().enumerate() {
        address::endpoint(errors, &format!("spec.externalIPs[{i}]"), ip.as_str().unwrap_or_default());
    }
}

/// What comes after the ports.
// upstream: validateService, from the duplicate node ports on
pub(super) fn policies(errors: &mut Errors, spec: &Value) {
    let kind = spec.str_at(&["type"]).unwrap_or_default();
    let balanced = kind == "LoadBalancer";
    let only = "may only be used when `type` is 'LoadBalancer'";
    let ranges = list(spec, "loadBalancerSourceRanges");
    if !ranges.is_empty() && !balanced {
        errors.forbidden("spec.LoadBalancerSourceRanges", only);
    }
    for (i, range) in ranges.iter().enumerate() {
        let text = range.as_str().unwrap_or_default().trim();
        address::range(errors, &format!("spec.LoadBalancerSourceRanges[{i}]"), text);
    }
    if there(spec, "allocateLoadBalancerNodePorts").is_some() && !balanced {
        errors.forbidden("spec.allocateLoadBalancerNodePorts", only);
    }
    if there(spec, "loadBalancerClass").is_some() && !balanced {
        errors.forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
    }
    // upstream: validateServiceExternalTrafficPolicy
    let policy = field(spec, "externalTrafficPolicy");
    let outside = balanced || kind == "NodePort" || (kind == "ClusterIP" && !list(spec, "externalIPs").is_empty());
    if outside {
        one_of(errors, spec, "spec", "externalTrafficPolicy", &["Cluster", "Local"]);
    } else if !policy.is_null() {
        errors.invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services");
    }
    let check = number(spec, "healthCheckNodePort", 0);
    if check != 0 && !(balanced && policy.as_str() == Some("Local")) {
        let why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.invalid("spec.healthCheckNodePort", &check.into(), why);
    }
    one_of(errors, spec, "spec", "internalTrafficPolicy", &["Cluster", "Local"]);
    let near = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    one_of(errors, spec, "spec", "trafficDistribution", &near);
}

/// Node ports that are asked for twice.
pub(super) fn node_ports(errors: &mut Errors, ports: &[Value]) {
    for (i, port) in ports.iter().enumerate() {
        let wanted = number(port, "nodePort", 0);
        let same = |p: &Value| number(p, "nodePort", 0) == wanted && p.get("protocol") == port.get("protocol");
        if wanted != 0 && ports[..i].iter().any(same) {
            errors.duplicate(&format!("spec.ports[{i}].nodePort"), &wanted.to_string());
        }
    }
}
