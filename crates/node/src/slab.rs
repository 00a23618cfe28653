//! Where the rows and the payloads of a batch lie: bounds, offsets and copies, without Node.

use std::{ptr, slice};

/// Words before the first row.
pub(crate) const HEADER: usize = 4;
/// Words of a row.
pub(crate) const ROW: usize = 3;

/// The header word that JavaScript sets while it walks the rows of a batch.
pub(crate) const WALKED: usize = 1;

/// The `Uint32Array` both sides see: `[delivering, walked, -, -, kind, offset, length, kind, ...]`.
#[derive(Debug)]
pub(crate) struct Rows {
    words: *mut u32,
    capacity: usize,
    count: usize,
}

impl Rows {
    /// `None` where there is not room for one row.
    ///
    /// # Safety
    /// As long as this lives, `length` words at `words` are there, and only this thread uses them.
    pub(crate) unsafe fn new(words: *mut u32, length: usize) -> Option<Self> {
        let capacity = length.checked_sub(HEADER)? / ROW;
        (capacity > 0).then_some(Self {
            words,
            capacity,
            count: 0,
        })
    }

    /// Whether another message fits. Two rows are kept free: for a new slab, and for an ending.
    pub(crate) fn has_room(&self) -> bool {
        self.count + 2 < self.capacity
    }

    /// Rows so far.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Begins again.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a row; nothing where there is no room left.
    pub(crate) fn add(&mut self, kind: u32, offset: u32, length: u32) {
        if self.count >= self.capacity {
            return;
        }
        let at = HEADER + self.count * ROW;
        self.set(at, kind);
        self.set(at + 1, offset);
        self.set(at + 2, length);
        self.count += 1;
    }

    /// Messages JavaScript is being given at the moment: 0 outside of a batch.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn set_delivering(&mut self, count: usize) {
        self.set(0, count as u32);
    }

    /// Whether JavaScript is still making messages of an earlier batch's rows.
    pub(crate) fn is_walked(&self) -> bool {
        // SAFETY: a header word, which `new` was promised is there; JavaScript writes it on this thread only.
        unsafe { self.words.add(WALKED).read() != 0 }
    }

    fn set(&mut self, index: usize, value: u32) {
        debug_assert!(index < HEADER + self.capacity * ROW, "row out of bounds");
        // SAFETY: `index` is within the array: a header word, or a word of a row below `capacity`.
        // `new` was promised that the memory is there and ours.
        unsafe { self.words.add(index).write(value) };
    }
}

/// The Buffer that connections read into, and in which messages stay as they came.
#[derive(Debug)]
pub(crate) struct Slab {
    data: *mut u8,
    length: usize,
    used: usize,
}

impl Slab {
    /// # Safety
    /// As long as this lives, `length` bytes at `data` are there, and nobody else reads or writes those
    /// that have not been given away by [`Slab::give`].
    pub(crate) unsafe fn new(data: *mut u8, length: usize) -> Self {
        Self {
            data,
            length,
            used: 0,
        }
    }

    /// Whether this is the memory it was made of.
    pub(crate) fn is(&self, data: *const u8, length: usize) -> bool {
        ptr::eq(self.data, data) && self.length == length
    }

    /// Bytes given away.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Takes back what has been given away behind `used`.
    ///
    /// # Safety
    /// Nobody reads those bytes any more.
    pub(crate) unsafe fn take_back(&mut self, used: usize) {
        self.used = self.used.min(used);
    }

    /// What has not been given away.
    ///
    /// # Safety
    /// The slice is gone before the next is had, and before anybody else may read or write the memory.
    pub(crate) unsafe fn room<'a>(&mut self) -> &'a mut [u8] {
        // SAFETY: `used <= length`, and `new` was promised that the memory is there and ours so far. It
        // came from JavaScript's allocator, so whatever it holds are bytes.
        unsafe { slice::from_raw_parts_mut(self.data.add(self.used), self.length - self.used) }
    }

    /// Gives away so many bytes of the room.
    pub(crate) fn give(&mut self, count: usize) {
        self.used = self.length.min(self.used + count);
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, ROW, Rows, Slab};

    #[test]
    fn room_ends_with_the_memory_and_is_given_away_once() {
        let mut memory = [0; 8];
        // SAFETY: as below.
        let mut slab = unsafe { Slab::new(memory.as_mut_ptr(), memory.len()) };
        let fill = |slab: &mut Slab, byte, count| {
            // SAFETY: here and below, `memory` outlives the slab and is not looked at before its end, and
            // no room is used once the next is had.
            unsafe { slab.room() }.fill(byte);
            slab.give(count);
        };
        fill(&mut slab, 1, 3);
        fill(&mut slab, 2, 4);
        assert_eq!(slab.used(), 7);
        // SAFETY: as above.
        unsafe { slab.take_back(5) };
        fill(&mut slab, 3, 100);
        // SAFETY: as above.
        assert!(unsafe { slab.room() }.is_empty());
        assert_eq!(memory, [1, 1, 1, 2, 2, 3, 3, 3]);
    }

    #[test]
    fn rows_stop_at_the_end_of_the_array() {
        let mut words = [0; HEADER + 3 * ROW + 2];
        // SAFETY: `words` outlives the rows and is not looked at before their end.
        let mut rows = unsafe { Rows::new(words.as_mut_ptr(), words.len()) }.unwrap();
        assert!(rows.has_room());
        rows.add(1, 10, 100);
        assert!(!rows.has_room());
        for number in 2..=4 {
            rows.add(number, 10 * number, 100 * number);
        }
        rows.set_delivering(7);
        assert_eq!(rows.count(), 3);
        rows.clear();
        assert_eq!(rows.count(), 0);
        assert_eq!(words, [7, 0, 0, 0, 1, 10, 100, 2, 20, 200, 3, 30, 300, 0, 0]);
    }

    #[test]
    fn an_array_without_room_for_a_row_is_none() {
        let mut words = [0; HEADER + ROW - 1];
        // SAFETY: as above.
        assert!(unsafe { Rows::new(words.as_mut_ptr(), words.len()) }.is_none());
    }
}
