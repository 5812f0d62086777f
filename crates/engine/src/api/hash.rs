//! Hash maps for look-ups: quick, the same in every run, and never iterated.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map that is only ever asked for single keys.
pub type Lookup<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A hasher for short keys that nobody chooses to collide: a multiplication per word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quick(u64);

impl Quick {
    const fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.word(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.word(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.word(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.word(n as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes its index from the low bits, and multiplication mixes upwards.
        self.0 ^ (self.0 >> 32)
    }
}
