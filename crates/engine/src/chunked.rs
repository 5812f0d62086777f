//! A list that grows at its end, in chunks that copies share: the trace, Events, logs, histories of operations.

use std::rc::Rc;

/// How many entries a chunk holds.
const CHUNK: usize = 256;

/// A list that is cheap to copy and to append to. What is oldest can be forgotten; indexes stay what they were.
#[derive(Clone, Debug)]
pub struct Chunked<T> {
    chunks: Vec<Rc<Vec<T>>>,
    /// How many chunks were forgotten.
    forgotten: usize,
    len: usize,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), forgotten: 0, len: 0 }
    }
}

impl<T: Clone> Chunked<T> {
    /// How many entries there are and were.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there never was an entry.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The index of the oldest entry that is still known.
    pub const fn start(&self) -> usize {
        self.forgotten * CHUNK
    }

    /// The entry at `at`.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.chunks.get((at / CHUNK).checked_sub(self.forgotten)?)?.get(at % CHUNK)
    }

    /// The entry at `at`, to change.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        Rc::make_mut(self.chunks.get_mut((at / CHUNK).checked_sub(self.forgotten)?)?).get_mut(at % CHUNK)
    }

    /// The last entry.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: T) {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Rc::new(Vec::with_capacity(CHUNK)));
        }
        if let Some(last) = self.chunks.last_mut() {
            Rc::make_mut(last).push(entry);
        }
        self.len += 1;
    }

    /// Forgets all entries from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.chunks.truncate(len.div_ceil(CHUNK).saturating_sub(self.forgotten));
        if let Some(last) = self.chunks.last_mut().filter(|_| !len.is_multiple_of(CHUNK)) {
            Rc::make_mut(last).truncate(len % CHUNK);
        }
        self.len = len;
    }

    /// Forgets what is oldest, so that not many more than `most` entries are kept.
    pub fn forget(&mut self, most: usize) {
        while self.chunks.len() > most / CHUNK + 1 {
            self.chunks.remove(0);
            self.forgotten += 1;
        }
    }

    /// The entries from `at` on, with their indexes.
    pub fn iter_from(&self, at: usize) -> impl Iterator<Item = (usize, &T)> {
        (at.max(self.start())..self.len).filter_map(|i| Some((i, self.get(i)?)))
    }

    /// All that are still known, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }
}

impl<T: Clone + PartialEq> Chunked<T> {
    /// Appends at most `most` of the entries that `from` has beyond this list's end. A chunk that has become equal to that of `from`
    /// is shared with it.
    pub fn follow(&mut self, from: &Self, most: usize) {
        let end = from.len.min(self.len + most);
        while self.len < end {
            let at = self.len / CHUNK;
            let Some(theirs) = at.checked_sub(from.forgotten).and_then(|i| from.chunks.get(i)) else { return };
            let (begin, stop) = (self.len % CHUNK, (end - at * CHUNK).min(CHUNK));
            if begin == 0 {
                self.chunks.push(Rc::new(Vec::with_capacity(CHUNK)));
            }
            let Some(mine) = self.chunks.last_mut() else { return };
            Rc::make_mut(mine).extend_from_slice(&theirs[begin..stop]);
            if stop == CHUNK && mine == theirs {
                *mine = Rc::clone(theirs);
            }
            self.len = at * CHUNK + stop;
        }
    }

    /// The first index at which the two differ; none when one is the beginning of the other.
    pub fn parts_from(&self, other: &Self) -> Option<usize> {
        for (i, (a, b)) in self.chunks.iter().zip(&other.chunks).enumerate() {
            if !Rc::ptr_eq(a, b)
                && let Some(at) = a.iter().zip(b.iter()).position(|(x, y)| x != y)
            {
                return Some(i * CHUNK + at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_as_a_list(steps in proptest::collection::vec((0_u8..5, 0_usize..700), 1..40)) {
            let (mut chunked, mut list) = (Chunked::default(), Vec::new());
            let (mut other, mut other_list) = (Chunked::default(), Vec::new());
            for (what, n) in steps {
                match what {
                    0 => (0..n).for_each(|i| {
                        chunked.push(i);
                        list.push(i);
                    }),
                    1 => {
                        let n = n.min(list.len());
                        chunked.truncate(n);
                        list.truncate(n);
                    }
                    2 => {
                        other.follow(&chunked, n);
                        if list.len() > other_list.len() {
                            let end = list.len().min(other_list.len() + n);
                            other_list.extend_from_slice(&list[other_list.len()..end]);
                        }
                    }
                    3 if n < list.len() => {
                        list[n] += 1;
                        *chunked.get_mut(n).unwrap() += 1;
                    }
                    _ => (other, other_list) = (chunked.clone(), list.clone()),
                }
                prop_assert_eq!(chunked.iter_from(0).map(|(_, x)| *x).collect::<Vec<_>>(), list.clone());
                prop_assert_eq!(other.iter_from(0).map(|(_, x)| *x).collect::<Vec<_>>(), other_list.clone());
                let differ = list.iter().zip(&other_list).position(|(a, b)| a != b);
                prop_assert_eq!(chunked.parts_from(&other), differ);
            }
        }

        #[test]
        fn forgets_the_oldest(len in 0_usize..3000, most in 0_usize..2000) {
            let mut list = Chunked::default();
            (0..len).for_each(|i| list.push(i));
            list.forget(most);
            prop_assert!(len - list.start() <= (most / CHUNK + 1) * CHUNK);
            prop_assert_eq!(list.get(list.start()).copied(), (list.start() < len).then_some(list.start()));
            prop_assert_eq!(list.last().copied(), len.checked_sub(1));
        }
    }
}
