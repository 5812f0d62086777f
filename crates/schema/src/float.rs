//! Numbers with a fraction, read and printed exactly, in little code.
//!
//! The standard library's way is quick and takes some 20 kB of tables and code. Manifests have next to no such numbers, so
//! this one counts in whole numbers of any length instead.

use std::cmp::Ordering;

/// So many digits decide which number is nearest; of those behind them only whether all are zero.
const DIGITS: usize = 800;

/// A whole number of any length, its least 32 bits first, without leading zeros.
#[derive(Clone, Default)]
struct Big(Vec<u32>);

impl Big {
    fn of(n: u64) -> Self {
        let mut big = Self(vec![n as u32, (n >> 32) as u32]);
        big.trim();
        big
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// `self * factor + more`
    fn multiply(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn power(&mut self, base: u32, exponent: u32) {
        for _ in 0..exponent {
            self.multiply(base, 0);
        }
    }

    fn double(&mut self, times: u32) {
        if !self.0.is_empty() {
            self.power(2, times % 32);
            self.0.splice(0..0, (0..times / 32).map(|_| 0));
        }
    }

    /// Divides by `divisor`; gives the remainder.
    fn divide(&mut self, divisor: u32) -> u32 {
        let mut rest = 0;
        for word in self.0.iter_mut().rev() {
            rest = rest << 32 | u64::from(*word);
            *word = (rest / u64::from(divisor)) as u32;
            rest %= u64::from(divisor);
        }
        self.trim();
        rest as u32
    }

    /// Takes `other`, which is not greater, away.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (at, word) in self.0.iter_mut().enumerate() {
            let less = i64::from(*word) - i64::from(other.0.get(at).copied().unwrap_or(0)) - borrow;
            *word = less as u32;
            borrow = i64::from(less < 0);
        }
        self.trim();
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn bits(&self) -> i32 {
        self.0.last().map_or(0, |top| self.0.len() as i32 * 32 - top.leading_zeros() as i32)
    }
}

/// Reads `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$` as the nearest number, which may be infinite.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let size = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || size.is_empty() || !(digits(whole) && digits(fraction) && digits(size)) {
        return None;
    }
    let size = size.parse().unwrap_or(100_000).min(100_000);
    let mut power = if exponent.starts_with('-') { -size } else { size } - fraction.len() as i32;
    let (mut value, mut taken, mut more) = (Big::default(), 0, false);
    for digit in whole.bytes().chain(fraction.bytes()).map(|b| u32::from(b - b'0')) {
        if taken < DIGITS {
            value.multiply(10, digit);
            taken += usize::from(!value.0.is_empty());
        } else {
            more |= digit > 0;
            power += 1;
        }
    }
    if more {
        value.multiply(10, 1);
        power -= 1;
    }
    let magnitude = power.saturating_add(taken as i32);
    let nearest = match () {
        () if value.0.is_empty() || magnitude < -400 => 0.0,
        () if magnitude > 400 => f64::INFINITY,
        () => nearest(value, power),
    };
    Some(if text.starts_with('-') { -nearest } else { nearest })
}

/// The number nearest to `value` by a power of ten; of two that are as near, the even one.
fn nearest(mut value: Big, power: i32) -> f64 {
    let mut unit = Big::of(1);
    if power < 0 { &mut unit } else { &mut value }.power(10, power.unsigned_abs());
    // The power of two for which `value` is at least one `unit`, and less than two.
    let mut exponent = value.bits() - unit.bits();
    let scaled = if exponent < 0 { &mut value } else { &mut unit };
    scaled.double(exponent.unsigned_abs());
    if value.compare(&unit).is_lt() {
        value.double(1);
        exponent -= 1;
    }
    let bits = (exponent + 1075).min(53);
    if bits < 0 {
        return 0.0;
    }
    let mut mantissa = 0_u64;
    for _ in 0..bits {
        mantissa *= 2;
        if value.compare(&unit).is_ge() {
            value.subtract(&unit);
            mantissa += 1;
        }
        value.double(1);
    }
    mantissa += match value.compare(&unit) {
        Ordering::Less => 0,
        Ordering::Equal => mantissa & 1,
        Ordering::Greater => 1,
    };
    let above = (exponent + 1022).max(0) as u64;
    // A mantissa that rounding made too long carries into the exponent, as it should.
    f64::from_bits(((above << 52) + mantissa).min(f64::INFINITY.to_bits()))
}

/// The fewest digits that are read as the absolute value of `f`, and the power of ten of the first one.
fn shortest(f: f64) -> (Vec<u8>, i32) {
    let raw = f.abs().to_bits();
    let (fraction, exponent) = (raw & ((1 << 52) - 1), (raw >> 52) as i32);
    let (mantissa, exponent) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    if mantissa == 0 {
        return (vec![b'0'], 0);
    }
    // Exactly: halves are fives by a power of ten.
    let mut value = Big::of(mantissa);
    if exponent < 0 {
        value.power(5, exponent.unsigned_abs());
    } else {
        value.double(exponent.unsigned_abs());
    }
    let mut exact = Vec::new();
    while !value.0.is_empty() {
        exact.push(b'0' + value.divide(10) as u8);
    }
    exact.reverse();
    let first = exact.len() as i32 - 1 + exponent.min(0);
    for count in 1..17.min(exact.len()) {
        let (kept, dropped) = exact.split_at(count);
        let near = dropped.iter().copied().cmp([b'5'].into_iter().chain(dropped.iter().skip(1).map(|_| b'0')));
        // The nearer one first.
        for up in [near.is_ge(), near.is_lt()] {
            let mut digits = kept.to_vec();
            let mut power = first;
            if up {
                increment(&mut digits, &mut power);
            }
            let mut big = Big::default();
            for digit in &digits {
                big.multiply(10, u32::from(digit - b'0'));
            }
            if nearest(big, power + 1 - digits.len() as i32).to_bits() == raw {
                return trimmed(digits, power);
            }
        }
    }
    let (mut digits, mut power) = (exact, first);
    if digits.len() > 17 {
        let up = digits[17] >= b'5';
        digits.truncate(17);
        if up {
            increment(&mut digits, &mut power);
        }
    }
    trimmed(digits, power)
}

fn increment(digits: &mut Vec<u8>, power: &mut i32) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
    *power += 1;
}

fn trimmed(mut digits: Vec<u8>, power: i32) -> (Vec<u8>, i32) {
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, power)
}

/// In full, such as `0.25`.
pub(crate) fn plain(f: f64) -> String {
    print(f, false)
}

/// As Go's `%g` prints it: `2.5e+20` when it is long.
pub(crate) fn go(f: f64) -> String {
    print(f, true)
}

fn print(f: f64, may_be_scientific: bool) -> String {
    let sign = if f.is_sign_negative() { "-" } else { "" };
    if !f.is_finite() {
        return if f.is_nan() { "NaN".into() } else { format!("{sign}inf") };
    }
    let (digits, power) = shortest(f);
    let mut digits: String = digits.into_iter().map(char::from).collect();
    if may_be_scientific && !(-4..6).contains(&power) {
        if digits.len() > 1 {
            digits.insert(1, '.');
        }
        let (minus, size) = (if power < 0 { '-' } else { '+' }, power.unsigned_abs());
        let zero = if size < 10 { "0" } else { "" };
        return format!("{sign}{digits}e{minus}{zero}{size}");
    }
    if power < 0 {
        digits = format!("0.{}{digits}", "0".repeat(power.unsigned_abs() as usize - 1));
    } else if let Some(missing) = (power as usize + 1).checked_sub(digits.len()) {
        digits.push_str(&"0".repeat(missing));
    } else {
        digits.insert(power as usize + 1, '.');
    }
    format!("{sign}{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(text: &str) {
        let theirs: f64 = text.parse().expect("a number");
        assert_eq!(parse(text).map(f64::to_bits), Some(theirs.to_bits()), "{text}");
    }

    #[test]
    fn edges() {
        let long = format!("1.{}1", "0".repeat(900));
        let halfway = "9007199254740993";
        let tiny = "2.4703282292062327208e-324";
        let least = "4.9406564584124654417656879286822137236505980e-324";
        for text in [
            "0",
            "-0",
            "+1.",
            ".5",
            "1e23",
            "1e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "1e-400",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "1e99999999999",
            "1e-99999999999",
            "0e99999999999",
            &long,
            halfway,
            tiny,
            least,
        ] {
            same(text);
        }
        for text in ["", ".", "e5", "1e", "1e+", "1x", "--1", "1.2.3", "inf", "NaN"] {
            assert_eq!(parse(text), None, "{text}");
        }
        for f in
            [0.0, -0.0, 5.0e-324, f64::MAX, f64::MIN_POSITIVE, 5.684_341_886_080_802e-14, 9.5, 0.1, 123_456_789.0, 1e22]
        {
            assert_eq!(plain(f), f.to_string());
        }
        for (f, text) in
            [(1e6, "1e+06"), (123_456.5, "123456.5"), (0.0001, "0.0001"), (-2.5e-5, "-2.5e-05"), (1e100, "1e+100")]
        {
            assert_eq!(go(f), text);
        }
    }

    proptest! {
        #[test]
        fn reads_what_the_standard_library_reads(text in "[-+]?[0-9]{1,25}(\\.[0-9]{0,25})?(e[-+]?[0-9]{1,3})?") {
            same(&text);
        }

        #[test]
        fn prints_what_the_standard_library_prints(bits in any::<u64>()) {
            let f = f64::from_bits(bits);
            prop_assert_eq!(plain(f), f.to_string());
        }

        #[test]
        fn prints_powers_of_two(power in 0..2046_u64) {
            let f = f64::from_bits(power << 52);
            prop_assert_eq!(plain(f), f.to_string());
        }
    }
}
