//! `--sort-by`.
// upstream: kubectl/pkg/cmd/get sorter

use super::jsonpath::{Template, shown};
use crate::Failure;
use crate::resource::Found;
use podscope_schema::{Quantity, Value};
use std::cmp::Ordering;

/// Sorts objects by a field; those without it come first.
///
/// # Errors
/// A path that cannot be read, or that nothing has.
pub fn by(found: &mut [Found], path: &str) -> Result<(), Failure> {
    let template = Template::relaxed(path).map_err(|e| format!("error: {e}"))?;
    let keys: Vec<Option<Value>> = found.iter().map(|f| template.values(&f.value).into_iter().next()).collect();
    if keys.iter().all(Option::is_none) && !found.is_empty() {
        return Err(format!("error: couldn't find any field with path \"{{{}}}\" in the list of objects", path.trim()));
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|a, b| less(keys[*a].as_ref(), keys[*b].as_ref()));
    let old: Vec<Found> = found.to_vec();
    for (slot, from) in found.iter_mut().zip(order) {
        *slot = old[from].clone();
    }
    Ok(())
}

/// Sorts by a key.
pub fn by_key<T: Clone, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    items.sort_by_key(key);
}

fn less(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => texts(&shown(a), &shown(b)),
        },
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Quantities by their amount, other text in natural order: `web-9` before `web-10`.
fn texts(a: &str, b: &str) -> Ordering {
    if let (Ok(a), Ok(b)) = (Quantity::parse(a), Quantity::parse(b)) {
        return a.nano().cmp(&b.nano());
    }
    natural(a, b)
}

/// Runs of digits count as numbers.
// upstream: fvbommel/sortorder NaturalLess
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (None, _) | (_, None) => return a.len().cmp(&b.len()),
            (Some(first), Some(second)) if first.is_ascii_digit() && second.is_ascii_digit() => {
                let run = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
                let ends = (run(a), run(b));
                let bare = |text: &[u8]| text.iter().position(|c| *c != b'0').unwrap_or(text.len());
                let numbers = (&a[bare(&a[..ends.0])..ends.0], &b[bare(&b[..ends.1])..ends.1]);
                let longer = numbers.0.len().cmp(&numbers.1.len());
                let order = longer.then_with(|| numbers.0.cmp(numbers.1)).then(ends.0.cmp(&ends.1));
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (&a[ends.0..], &b[ends.1..]);
            }
            (Some(first), Some(second)) if first == second => (a, b) = (&a[1..], &b[1..]),
            (Some(first), Some(second)) => return first.cmp(second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_count_as_numbers() {
        let rows = [("web-9", "web-10"), ("a", "b"), ("web", "web-0"), ("a1b2", "a1b10"), ("2026-01-02", "2026-01-10")];
        for (a, b) in rows {
            assert_eq!(natural(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(natural(b, a), Ordering::Greater, "{b} {a}");
        }
    }
}
