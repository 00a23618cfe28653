//! A table whose entries have numbers. A number is not valid for a later entry of the same slot, until the slot has been
//! used 2^21 times.
//!
//! The `slab` crate has no generations, and the keys of `slotmap` use 64 bits, which do not fit a JavaScript number.

/// The number of an entry of [`Slots`]. It crosses to JavaScript as one safe integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// Generations wrap at this number, so that index and generation fit the 53 bits of a safe integer.
const GENERATIONS: u32 = 1 << 21;

const INDEX_SPAN: f64 = 4_294_967_296.0;

impl Key {
    /// Converts the key for JavaScript.
    pub(crate) fn to_number(self) -> f64 {
        f64::from(self.generation) * INDEX_SPAN + f64::from(self.index)
    }

    /// Returns index and generation: the low and the high word of the number.
    pub(crate) fn parts(self) -> (u32, u32) {
        (self.index, self.generation)
    }

    /// Converts a number from JavaScript. Every number is a key, though perhaps of no entry.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn from_number(number: f64) -> Self {
        let whole = number as u64;
        Self {
            index: whole as u32,
            generation: (whole >> 32) as u32,
        }
    }
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// A table whose entries keep their numbers.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slots<T> {
    /// Inserts a value. Returns `None` if the table is full.
    pub(crate) fn insert(&mut self, value: T) -> Option<Key> {
        if let Some(index) = self.free.pop() {
            let slot = self.slots.get_mut(index as usize)?;
            slot.value = Some(value);
            return Some(Key {
                index,
                generation: slot.generation,
            });
        }
        let index = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(Slot {
            generation: 0,
            value: Some(value),
        });
        Some(Key { index, generation: 0 })
    }

    /// Returns the value, or `None` if the key is that of an earlier one.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation == key.generation {
            slot.value.as_mut()
        } else {
            None
        }
    }

    /// Removes and returns the value. Its slot is free for another.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = (slot.generation + 1) % GENERATIONS;
        self.free.push(key.index);
        Some(value)
    }

    /// Returns the number of values.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Returns whether the table is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all values with their keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(&self.slots).filter_map(|(index, slot)| {
            let key = Key {
                index,
                generation: slot.generation,
            };
            Some((key, slot.value.as_ref()?))
        })
    }

    /// Removes all values. Keys made before must not be used afterwards.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.free.clear();
        std::mem::take(&mut self.slots)
            .into_iter()
            .filter_map(|slot| slot.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_with_their_keys() {
        let mut slots = Slots::default();
        let keys = ["a", "b", "c"].map(|value| slots.insert(value).unwrap());
        slots.remove(keys[0]);
        let again = slots.insert("d").unwrap();
        slots.remove(keys[1]);
        let listed: Vec<_> = slots.iter().map(|(key, value)| (key, *value)).collect();
        assert_eq!(listed, [(again, "d"), (keys[2], "c")]);
    }

    #[test]
    fn a_removed_key_does_not_find_the_next_value() {
        let mut slots = Slots::default();
        assert!(slots.is_empty());
        let first = slots.insert('a').unwrap();
        assert!(!slots.is_empty());
        assert_eq!(slots.remove(first), Some('a'));
        assert!(slots.is_empty());
        let second = slots.insert('b').unwrap();
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get_mut(second), Some(&mut 'b'));
    }

    #[test]
    fn keys_are_unchanged_by_conversion_to_numbers() {
        let key = Key {
            index: u32::MAX,
            generation: GENERATIONS - 1,
        };
        assert_eq!(Key::from_number(key.to_number()), key);
        assert!(key.to_number() <= 9_007_199_254_740_991.0);
        assert_eq!(key.parts(), (u32::MAX, GENERATIONS - 1));
        for odd in [f64::NAN, -1.0, f64::INFINITY, 0.5] {
            let mut slots = Slots::<u8>::default();
            assert_eq!(slots.get_mut(Key::from_number(odd)), None);
        }
    }
}
