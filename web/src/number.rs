//! Lengths as text. The standard library prints any number exactly, in some 10 kB of code; a drawing needs tenths.

use std::fmt;
use yew::AttrValue;

/// A length, printed to a tenth: `12.5`, `-3`.
#[derive(Clone, Copy)]
pub struct Tenths(pub f64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = whole(self.0 * 10.0);
        if tenths < 0 {
            f.write_str("-")?;
        }
        let size = tenths.unsigned_abs();
        write!(f, "{}", size / 10)?;
        if size.is_multiple_of(10) { Ok(()) } else { write!(f, ".{}", size % 10) }
    }
}

/// A length, as an attribute.
pub fn px(length: f64) -> AttrValue {
    AttrValue::from(Tenths(length).to_string())
}

/// `translate(x y)`, as an attribute.
pub fn translate((x, y): (f64, f64)) -> AttrValue {
    AttrValue::from(format!("translate({} {})", Tenths(x), Tenths(y)))
}

/// A number, or the end of the range that it is beyond. Unlike the standard library's `clamp` it has no complaint to
/// print, and so no code to print numbers.
pub const fn within(n: f64, least: f64, most: f64) -> f64 {
    n.max(least).min(most)
}

/// The nearest whole number.
pub fn whole(n: f64) -> i64 {
    n.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_printed_to_a_tenth() {
        let rows = [
            (0.0, "0"),
            (12.34, "12.3"),
            (12.96, "13"),
            (-0.04, "0"),
            (-0.5, "-0.5"),
            (-3.0, "-3"),
            (1e9, "1000000000"),
        ];
        for (n, text) in rows {
            assert_eq!(Tenths(n).to_string(), text);
        }
        assert_eq!((whole(2.5), whole(-1.4)), (3, -1));
    }
}
