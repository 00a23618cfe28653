//! Connections by number. A number that was given back is not taken for its successor.

/// Names a value in [`Slots`]. It crosses to JavaScript as one safe integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// Generations run to this, so that index and generation fit the 53 bits of a safe integer.
const GENERATIONS: u32 = 1 << 21;

const INDEX_SPAN: f64 = 4_294_967_296.0;

impl Key {
    /// The key as JavaScript holds it.
    pub(crate) fn to_number(self) -> f64 {
        f64::from(self.generation) * INDEX_SPAN + f64::from(self.index)
    }

    /// The key of a number; any number is a key, though perhaps of nothing.
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

/// A table whose entries keep their number.
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
    /// Puts a value in; `None` when the table is full.
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

    /// The value, unless the key is of an earlier one.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation == key.generation {
            slot.value.as_mut()
        } else {
            None
        }
    }

    /// Takes the value out and gives its number back.
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

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.len() == self.free.len()
    }

    /// Takes everything out.
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
    fn a_number_given_back_names_nothing() {
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
    fn keys_survive_the_way_through_javascript() {
        let key = Key {
            index: u32::MAX,
            generation: GENERATIONS - 1,
        };
        assert_eq!(Key::from_number(key.to_number()), key);
        assert!(key.to_number() <= 9_007_199_254_740_991.0);
        for odd in [f64::NAN, -1.0, f64::INFINITY, 0.5] {
            let mut slots = Slots::<u8>::default();
            assert_eq!(slots.get_mut(Key::from_number(odd)), None);
        }
    }
}
