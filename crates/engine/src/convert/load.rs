//! Reading what only the cluster writes: identity, and status.

use super::read::{field, flag, list, maybe_text, number, text};
use crate::api::{ApiError, Context};
use crate::object::{Deletion, Endpoint, EndpointSlice, Object, OwnerRef};
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;

/// The instant that a timestamp names; the beginning for one before it.
pub fn instant(cx: &Context, text: &str) -> SimTime {
    let micros = epoch_micros(text).unwrap_or_default() - cx.config.epoch * 1_000_000;
    SimTime(micros.max(0) as u64)
}

/// Microseconds since 1970 of an RFC 3339 timestamp in UTC.
pub fn epoch_micros(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // A civil date to days (Howard Hinnant's algorithm).
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let days = era * 146_097 + doe - 719_468;
    let digits: String = text.get(19..)?.trim_start_matches('.').chars().take_while(char::is_ascii_digit).collect();
    let fraction: i64 = format!("{digits:0<6}").get(..6)?.parse().ok()?;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + fraction)
}

/// Reads an object with its identity and status.
///
/// # Errors
/// `BadRequest` when it has no kind.
pub fn load(cx: &mut Context, value: &Value) -> Result<Object, ApiError> {
    let mut object = if value.str_at(&["kind"]) == Some("EndpointSlice") {
        endpoint_slice(value).into()
    } else {
        super::from_value(cx, "", value)?
    };
    identity(cx, value, &mut object);
    super::status::read(cx, value, &mut object);
    Ok(object)
}

/// An EndpointSlice.
fn endpoint_slice(value: &Value) -> EndpointSlice {
    let endpoint = |e: &Value| {
        let states = field(e, "conditions");
        let address = list(e, "addresses").first().and_then(Value::as_str).unwrap_or_default();
        let ip = address.split('.').fold(0, |ip: u32, part| ip << 8 | part.parse::<u32>().unwrap_or_default());
        Rc::new(Endpoint {
            pod: text(field(e, "targetRef"), "name"),
            ip,
            node: maybe_text(e, "nodeName"),
            hostname: maybe_text(e, "hostname"),
            ready: flag(states, "ready"),
            serving: flag(states, "serving"),
            terminating: flag(states, "terminating"),
        })
    };
    let port = |p: &Value| (text(p, "name"), number(p, "port", 0), text(p, "protocol"));
    EndpointSlice {
        meta: super::read::meta(value, "", true),
        endpoints: list(value, "endpoints").iter().map(endpoint).collect(),
        ports: list(value, "ports").iter().map(port).collect(),
    }
}

/// Fills in who an object is.
fn identity(cx: &mut Context, value: &Value, object: &mut Object) {
    let m = field(value, "metadata");
    let uid = cx.loaded_uid(&text(m, "uid"));
    let owners = list(m, "ownerReferences")
        .iter()
        .map(|o| OwnerRef {
            api_version: text(o, "apiVersion"),
            kind: text(o, "kind"),
            name: text(o, "name"),
            uid: cx.loaded_uid(&text(o, "uid")),
            controller: flag(o, "controller"),
            block_owner_deletion: flag(o, "blockOwnerDeletion"),
        })
        .collect::<Vec<_>>();
    let deletion = maybe_text(m, "deletionTimestamp").map(|at| {
        let (at, grace_seconds) = (instant(cx, &at), number(m, "deletionGracePeriodSeconds", 0));
        let requested = SimTime(at.0.saturating_sub(grace_seconds.unsigned_abs() * 1_000_000));
        Deletion { at, requested, grace_seconds }
    });
    let created = instant(cx, &text(m, "creationTimestamp"));
    let meta = object.meta_mut();
    meta.uid = uid;
    meta.owners = owners.into();
    meta.deletion = deletion;
    meta.created = created;
    meta.generation = number(m, "generation", 0);
    meta.resource_version = text(m, "resourceVersion").parse().unwrap_or_default();
}
