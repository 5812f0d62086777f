//! Addresses and ranges of them.

use super::Errors;
use std::net::IpAddr;

/// An address; says so when it is none.
// upstream: IsValidIPForLegacyField
pub(super) fn ip(errors: &mut Errors, field: &str, text: &str) -> Option<IpAddr> {
    let address = text.parse().ok();
    if address.is_none() {
        errors.invalid(field, &text.into(), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
    address
}

/// An address at which something can answer.
// upstream: ValidateEndpointIP
pub(super) fn endpoint(errors: &mut Errors, field: &str, text: &str) {
    let Some(address) = ip(errors, field, text) else { return };
    let (local, group) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => (v6.segments()[0] & 0xffc0 == 0xfe80, v6.segments()[0] & 0xff0f == 0xff02),
    };
    let why = if address.is_unspecified() {
        format!("may not be unspecified ({text})")
    } else if address.is_loopback() {
        "may not be in the loopback range (127.0.0.0/8, ::1/128)".into()
    } else if local {
        "may not be in the link-local range (169.254.0.0/16, fe80::/10)".into()
    } else if group {
        "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".into()
    } else {
        return;
    };
    errors.invalid(field, &text.into(), &why);
}

/// A range: its bits from the left, and how many of them count; says so when it is none.
// upstream: IsValidCIDRForLegacyField
pub(super) fn range(errors: &mut Errors, field: &str, text: &str) -> Option<(u128, u32)> {
    let read = || {
        let (address, length) = text.split_once('/')?;
        let (bits, most) = match address.parse().ok()? {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, 32),
            IpAddr::V6(v6) => (u128::from(v6), 128),
        };
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        length.parse().ok().filter(|n: &u32| digits && *n <= most).map(|n| (bits, n))
    };
    let found = read();
    if found.is_none() {
        errors.invalid(field, &text.into(), "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
    found
}

/// Whether a range lies within another, and is smaller.
pub(super) fn within(outer: (u128, u32), inner: (u128, u32)) -> bool {
    let mask = u128::MAX.checked_shl(128 - outer.1).unwrap_or(0);
    outer.1 < inner.1 && (outer.0 ^ inner.0) & mask == 0
}
