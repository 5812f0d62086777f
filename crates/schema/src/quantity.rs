//! Amounts of resources: `500m`, `1.5`, `1Gi`.

use std::fmt::{self, Write};

/// An amount, exact to a billionth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nano: i128,
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    DecimalExponent,
    BinarySi,
    #[default]
    DecimalSi,
}

/// Why a text is no amount, in the API server's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not of the form of an amount.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// There is no such unit.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

const NANO: i128 = 1_000_000_000;
/// What the API server caps binary amounts at.
const MAX: i128 = i64::MAX as i128 * NANO;
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Quantity {
    /// Reads an amount.
    // upstream: resource.ParseQuantity
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (negative, body) = match text.as_bytes().first() {
            None => return Err(QuantityError::Format),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            Some(_) => (false, text),
        };
        let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = body.split_at(digits(body));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits(rest)),
            None => ("", rest),
        };
        let unit = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let exponent = unit.strip_prefix(['-', '+']).unwrap_or(unit);
        if !exponent.bytes().all(|b| b.is_ascii_digit()) {
            return Err(QuantityError::Format);
        }
        let (scale, binary, format) = interpret(suffix).ok_or(QuantityError::Suffix)?;
        let places = fraction.len().min(30);
        let number = format!("{whole}{}", &fraction[..places]);
        let number = number.trim_start_matches('0');
        // More digits than any amount has: capped.
        let value =
            if number.len() > 36 { i128::MAX } else { number.bytes().fold(0, |v, d| v * 10 + i128::from(d - b'0')) };
        let mut nano = shift(value.saturating_mul(1 << binary), scale - places as i32 + 9);
        let mut format = format;
        if format == Format::BinarySi {
            nano = nano.min(MAX);
            if nano < NANO && nano > 0 {
                format = Format::DecimalSi;
            }
        }
        Ok(Self { nano: if negative { -nano } else { nano }, format })
    }

    /// What the API server stores for an amount as it was written: mostly the canonical form, but a text
    /// that is already short enough, such as `+1` or `5.`, stays.
    // upstream: resource.ParseQuantity, "if the number is in canonical form, reuse the string"
    pub fn stored(text: &str) -> Result<String, QuantityError> {
        let quantity = Self::parse(text)?;
        let body = text.strip_prefix(['-', '+']).unwrap_or(text).trim_start_matches('0');
        let suffix = body.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = &body[..body.len() - suffix.len()];
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole = if whole.is_empty() { "0" } else { whole };
        let Some((scale, binary, format)) = interpret(suffix) else { return Ok(quantity.to_string()) };
        let keeps = if format == Format::BinarySi {
            let digits = whole.len() as u32 + binary * 3 / 10 + 1;
            fraction.is_empty() && digits <= 15 && whole.parse().is_ok_and(|v: u64| v & 7 != 0)
        } else {
            let digits = format!("{whole}{fraction}");
            let scale = scale - fraction.len() as i32;
            let short = digits.len() <= 18 && scale >= -9;
            short && scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
        };
        Ok(if keeps { text.into() } else { quantity.to_string() })
    }

    /// A whole number of things, such as pods.
    pub fn from_count(count: i64) -> Self {
        Self { nano: i128::from(count) * NANO, format: Format::DecimalSi }
    }

    /// Thousandths, such as of a CPU.
    pub fn from_milli(milli: i64) -> Self {
        Self { nano: i128::from(milli) * (NANO / 1000), format: Format::DecimalSi }
    }

    /// Bytes.
    pub fn from_bytes(bytes: i64) -> Self {
        Self { nano: i128::from(bytes) * NANO, format: Format::BinarySi }
    }

    /// The amount in whole units, rounded away from zero.
    pub fn value(self) -> i64 {
        clamp(round_up(self.nano, NANO))
    }

    /// The amount in thousandths, rounded away from zero.
    pub fn milli_value(self) -> i64 {
        clamp(round_up(self.nano, NANO / 1000))
    }

    /// The amount in billionths.
    pub fn nano(self) -> i128 {
        self.nano
    }

    /// The sum, in the form of `self` (or of `other`, when `self` is nothing).
    pub fn plus(self, other: Self) -> Self {
        let format = if self.nano == 0 { other.format } else { self.format };
        Self { nano: self.nano.saturating_add(other.nano), format }
    }

    /// The difference, in the form of `self`.
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { nano: -other.nano, format: other.format })
    }
}

/// `(power of ten, power of two, form)` of a unit.
fn interpret(suffix: &str) -> Option<(i32, u32, Format)> {
    if let Some((_, scale)) = DECIMAL.iter().find(|d| d.0 == suffix) {
        return Some((*scale, 0, Format::DecimalSi));
    }
    if let Some((_, power)) = BINARY.iter().find(|b| b.0 == suffix) {
        return Some((0, *power, Format::BinarySi));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((exponent, 0, Format::DecimalExponent))
}

/// `value` by a power of ten, rounded up, capped.
fn shift(value: i128, power: i32) -> i128 {
    if value == 0 {
        return 0;
    }
    let factor = 10_i128.checked_pow(power.unsigned_abs());
    match (power >= 0, factor) {
        (true, Some(factor)) => value.saturating_mul(factor),
        (true, None) => i128::MAX,
        (false, Some(factor)) => round_up(value, factor),
        (false, None) => 1,
    }
}

fn round_up(value: i128, unit: i128) -> i128 {
    let whole = value / unit;
    if value % unit == 0 { whole } else { whole + value.signum() }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}
impl Eq for Quantity {}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, the largest unit that fits. Beyond `E` there is none, and
    /// Kubernetes leaves it out.
    // upstream: Quantity.CanonicalizeBytes
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nano == 0 {
            return f.write_str("0");
        }
        let small = self.nano.abs() < 1024 * NANO;
        if self.format == Format::BinarySi && !small && self.nano % NANO == 0 {
            let mut value = self.nano / NANO;
            let mut unit = "";
            for (name, _) in BINARY {
                if value % 1024 != 0 {
                    break;
                }
                (value, unit) = (value / 1024, name);
            }
            return print(f, value, unit);
        }
        let (mut value, mut power) = (self.nano, -9);
        while value % 1000 == 0 {
            (value, power) = (value / 1000, power + 3);
        }
        if self.format == Format::DecimalExponent {
            print(f, value, "")?;
            return if power == 0 { Ok(()) } else { write!(f, "e{power}") };
        }
        let unit = DECIMAL.iter().find(|d| d.1 == power).map_or("", |d| d.0);
        print(f, value, unit)
    }
}

/// A number and its unit. The library's way of printing numbers as long as this is used for nothing else, and is large.
fn print(f: &mut fmt::Formatter<'_>, value: i128, unit: &str) -> fmt::Result {
    if value < 0 {
        f.write_str("-")?;
    }
    let mut power = 1;
    while value.unsigned_abs() / power >= 10 {
        power *= 10;
    }
    while power > 0 {
        f.write_char(char::from(b'0' + (value.unsigned_abs() / power % 10) as u8))?;
        power /= 10;
    }
    f.write_str(unit)
}
