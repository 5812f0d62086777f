//! `--sort-by`.
// upstream: kubectl/pkg/cmd/get sorter

use super::gosort;
use super::jsonpath::{Template, shown};
use crate::Failure;
use crate::resource::Found;
use podscope_schema::{Quantity, Value};

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
    arrange(found, &|a, b| less(keys[a].as_ref(), keys[b].as_ref()));
    Ok(())
}

/// Sorts by a key.
pub fn by_key<T: Clone, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    arrange(items, &|a, b| keys[a] < keys[b]);
}

/// Brings elements into the order that Go's sort gives them.
fn arrange<T: Clone>(items: &mut [T], less: &dyn Fn(usize, usize) -> bool) {
    let old = items.to_vec();
    for (slot, from) in items.iter_mut().zip(gosort::order(old.len(), less)) {
        *slot = old[from].clone();
    }
}

/// Whether one value goes before another. What is missing goes before everything, even before what is missing too.
// upstream: kubectl/pkg/cmd/get RuntimeSort.Less, isLess
fn less(a: Option<&Value>, b: Option<&Value>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a.is_none() };
    match (a, b) {
        (_, Value::Null) => false,
        (Value::Null, _) => true,
        (Value::Int(a), Value::Int(b)) => a < b,
        _ => before(&shown(a), &shown(b)),
    }
}

/// Quantities by their amount, other text byte by byte.
fn before(a: &str, b: &str) -> bool {
    match (Quantity::parse(a), Quantity::parse(b)) {
        (Ok(a), Ok(b)) => a < b,
        _ => a < b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_an_order() {
        let text = |t: &str| Some(Value::from(t));
        for (a, b) in [
            (text("web-10"), text("web-9")),
            (text("500m"), text("1")),
            (text("1Gi"), text("2G")),
            (Some(Value::Int(9)), Some(Value::Int(10))),
            (Some(Value::Null), text("a")),
            (None, Some(Value::Null)),
        ] {
            assert!(less(a.as_ref(), b.as_ref()), "{a:?} {b:?}");
            assert!(!less(b.as_ref(), a.as_ref()), "{b:?} {a:?}");
        }
        assert!(!less(Some(&Value::Null), Some(&Value::Null)));
        assert!(less(None, None));
    }
}
