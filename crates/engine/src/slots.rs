//! Things under way, each found by a number that is used again once it is over.

/// Numbered places.
#[derive(Clone, Debug)]
pub struct Slots<T> {
    places: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Puts something into a free place, and gives its number.
    pub fn put(&mut self, thing: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.places[index as usize] = thing;
            return index;
        }
        self.places.push(thing);
        self.places.len() as u32 - 1
    }

    /// What is in a place, or was until it was freed.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.places.get_mut(index as usize)
    }

    /// Has the place used again. Once for each time that something was put there.
    pub fn free(&mut self, index: u32) {
        self.free.push(index);
    }

    /// All places with their numbers, the freed ones too.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.places)
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[test]
    fn a_place_is_used_again_only_when_it_was_freed() {
        let mut slots = Slots::default();
        assert_eq!([slots.put('a'), slots.put('b')], [0, 1]);
        slots.free(0);
        assert_eq!([slots.put('c'), slots.put('d')], [0, 2]);
        assert_eq!(slots.get_mut(0), Some(&mut 'c'));
        assert_eq!(slots.iter().map(|(_, c)| *c).collect::<String>(), "cbd");
    }
}
