//! Sorted maps and sorts against the standard library's.

#![allow(clippy::disallowed_types)]

use podscope_schema::sort::{sort_by, sort_by_key};
use podscope_schema::sorted::{SortedMap, SortedSet};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #[test]
    fn a_map_is_what_a_tree_is(steps in prop::collection::vec((0..6_u8, 0..400_u16), 0..1500)) {
        let (mut map, mut tree) = (SortedMap::new(), BTreeMap::new());
        for (n, (what, key)) in steps.into_iter().enumerate() {
            match what {
                0..=2 => prop_assert_eq!(map.insert(key, n), tree.insert(key, n)),
                3 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                4 => *map.entry(key).or_default() += *tree.entry(key).and_modify(|v| *v += n).or_insert(n),
                _ => {
                    map.retain(|k, _| k % 97 != key % 97);
                    tree.retain(|k, _| k % 97 != key % 97);
                }
            }
            if what == 4 {
                map.insert(key, tree[&key]);
            }
            prop_assert_eq!((map.get(&key), map.len(), map.is_empty()), (tree.get(&key), tree.len(), tree.is_empty()));
        }
        prop_assert!(map.iter().eq(tree.iter()));
        prop_assert!(map.iter().rev().eq(tree.iter().rev()));
        prop_assert!(map.iter_from(&200).eq(tree.range(200..)));
        prop_assert_eq!(map.first_key_value(), tree.first_key_value());
        prop_assert_eq!(map.last_key_value(), tree.last_key_value());
        prop_assert!(map.into_iter().eq(tree));
    }

    #[test]
    fn iterators_meet_in_the_middle(members in prop::collection::vec(0..1000_u16, 0..300), turns in prop::collection::vec(any::<bool>(), 300)) {
        let (set, tree): (SortedSet<u16>, BTreeSet<u16>) = (members.iter().copied().collect(), members.into_iter().collect());
        let (mut a, mut b) = (set.iter(), tree.iter());
        for front in turns {
            prop_assert_eq!(if front { a.next() } else { a.next_back() }, if front { b.next() } else { b.next_back() });
        }
    }

    #[test]
    fn sorting_keeps_equals_in_order(keys in prop::collection::vec(0..40_u8, 0..300)) {
        let mut ours: Vec<_> = keys.iter().copied().zip(0..).map(|(k, n): (u8, u32)| (k, n.to_string())).collect();
        let mut theirs = ours.clone();
        theirs.sort_by_key(|(k, _)| *k);
        let mut again = ours.clone();
        sort_by_key(&mut ours, |(k, _)| *k);
        prop_assert_eq!(&ours, &theirs);
        sort_by(&mut again, |a, b| b.0.cmp(&a.0));
        theirs.sort_by_key(|(k, _)| std::cmp::Reverse(*k));
        prop_assert_eq!(again, theirs);
    }
}
