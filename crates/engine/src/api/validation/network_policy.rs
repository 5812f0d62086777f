//! Network policies, which nothing here enforces.

use super::container::{one_of, there};
use super::{Errors, address, child, meta};
use crate::convert::read::list;
use podscope_schema::{Value, names};

// upstream: pkg/apis/networking/validation ValidateNetworkPolicySpec
pub(super) fn policy(errors: &mut Errors, spec: &Value) {
    meta::selector(errors, spec.get("podSelector").unwrap_or(&Value::Null), "spec.podSelector");
    for (way, side) in [("ingress", "from"), ("egress", "to")] {
        for (i, rule) in list(spec, way).iter().enumerate() {
            let at = format!("spec.{way}[{i}]");
            for (n, port) in list(rule, "ports").iter().enumerate() {
                self::port(errors, port, &format!("{at}.ports[{n}]"));
            }
            for (n, peer) in list(rule, side).iter().enumerate() {
                self::peer(errors, peer, &format!("{at}.{side}[{n}]"));
            }
        }
    }
    let (types, known) = (list(spec, "policyTypes"), ["Ingress", "Egress"]);
    if types.len() > 2 {
        let shown = spec.get("policyTypes").unwrap_or(&Value::Null);
        return errors.invalid("spec.policyTypes", shown, "may not specify more than two policyTypes");
    }
    for (i, kind) in types.iter().enumerate().filter(|(_, k)| !k.as_str().is_some_and(|k| known.contains(&k))) {
        errors.unsupported(&format!("spec.policyTypes[{i}]"), &kind.to_json(), &known);
    }
}

// upstream: ValidateNetworkPolicyPort
fn port(errors: &mut Errors, value: &Value, at: &str) {
    one_of(errors, value, at, "protocol", &["TCP", "UDP", "SCTP"]);
    let (end, last) = (value.get("endPort").and_then(Value::as_i64), child(at, "endPort"));
    let port = match (there(value, "port"), end) {
        (Some(Value::Str(name)), end) => {
            if let Some(end) = end {
                errors.invalid(&last, &end.into(), "may not be specified when `port` is non-numeric");
            }
            return errors.names(&child(at, "port"), name, names::port_name(name));
        }
        (Some(number), _) => number.as_i64().unwrap_or(0),
        (None, Some(end)) => {
            return errors.invalid(&last, &end.into(), "may not be specified when `port` is not specified");
        }
        (None, None) => return,
    };
    errors.numbers(&child(at, "port"), port);
    if let Some(end) = end {
        if end < port {
            // Upstream shows the first port here.
            errors.invalid(&last, &port.into(), "must be greater than or equal to `port`");
        }
        errors.numbers(&last, end);
    }
}

// upstream: ValidateNetworkPolicyPeer, ValidateIPBlock
fn peer(errors: &mut Errors, value: &Value, at: &str) {
    let mut peers = 0;
    for key in ["podSelector", "namespaceSelector"] {
        if let Some(selector) = there(value, key) {
            peers += 1;
            meta::selector(errors, selector, &child(at, key));
        }
    }
    let Some(block) = there(value, "ipBlock") else {
        if peers == 0 {
            errors.required(at, "must specify a peer");
        }
        return;
    };
    let field = child(at, "ipBlock.cidr");
    let text = block.str_at(&["cidr"]).unwrap_or_default();
    if text.is_empty() {
        errors.required(&field, "");
    } else if let Some(outer) = address::range(errors, &field, text) {
        for (i, inner) in list(block, "except").iter().enumerate() {
            let (field, text) = (format!("{at}.ipBlock.except[{i}]"), inner.as_str().unwrap_or_default());
            if address::range(errors, &field, text).is_some_and(|inner| !address::within(outer, inner)) {
                errors.invalid(&field, &text.into(), "must be a strict subset of `cidr`");
            }
        }
    }
    if peers > 0 {
        errors.forbidden(at, "may not specify both ipBlock and another peer");
    }
}
