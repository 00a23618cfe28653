//! The memory of a batch, without Node: rows, and the slab that received bytes are read into.

use std::{ptr, slice};

/// Words before the first row.
pub(crate) const HEADER: usize = 4;
/// Words of a row.
pub(crate) const ROW: usize = 3;

/// The header word that JavaScript sets to 1 while it walks the rows of a batch.
pub(crate) const WALKED: usize = 1;

/// The header word that is 1 once the process is exiting: no tick follows, at whose end messages would leave.
pub(crate) const EXITING: usize = 2;

/// The `Uint32Array` that native code and JavaScript share: `[delivering, walked, exiting, -, kind, offset, length, ...]`.
#[derive(Debug)]
pub(crate) struct Rows {
    words: *mut u32,
    capacity: usize,
    count: usize,
}

impl Rows {
    /// Returns `None` if the array is too short for one row.
    ///
    /// # Safety
    /// While the value lives, `words` points to `length` words that only this thread uses.
    pub(crate) unsafe fn new(words: *mut u32, length: usize) -> Option<Self> {
        let capacity = length.checked_sub(HEADER)? / ROW;
        (capacity > 0).then_some(Self {
            words,
            capacity,
            count: 0,
        })
    }

    /// Returns whether another message fits. Three rows stay free, for the name of its connection, for a new slab and
    /// for the end of the connection.
    pub(crate) fn has_room(&self) -> bool {
        self.count + 3 < self.capacity
    }

    /// Returns the number of rows.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Removes all rows but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
    }

    /// Adds a row. Does nothing if the array is full.
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

    /// Sets how many rows JavaScript is being delivered; 0 outside of a delivery.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn set_delivering(&mut self, count: usize) {
        self.set(0, count as u32);
    }

    /// Tells JavaScript that the process is exiting.
    pub(crate) fn set_exiting(&mut self) {
        self.set(EXITING, 1);
    }

    /// Returns whether JavaScript is walking the rows of an earlier batch.
    pub(crate) fn is_being_walked(&self) -> bool {
        // SAFETY: the index is below `HEADER`, and `new` found at least that many words. JavaScript writes the word on
        // this thread only.
        unsafe { self.words.add(WALKED).read() != 0 }
    }

    fn set(&mut self, index: usize, value: u32) {
        debug_assert!(index < HEADER + self.capacity * ROW, "row out of bounds");
        // SAFETY: `index` is a header word or a word of a row below `capacity`, so it is within the memory that `new` was
        // promised.
        unsafe { self.words.add(index).write(value) };
    }
}

/// The memory of a Buffer that connections read into. Messages stay where they were read.
#[derive(Debug)]
pub(crate) struct Slab {
    data: *mut u8,
    length: usize,
    used: usize,
}

impl Slab {
    /// # Safety
    /// While the value is in use, `data` points to `length` bytes, and no other code accesses those that
    /// [`Slab::advance`] has not passed.
    pub(crate) unsafe fn new(data: *mut u8, length: usize) -> Self {
        Self {
            data,
            length,
            used: 0,
        }
    }

    /// Returns whether the slab was made of this memory.
    pub(crate) fn is(&self, data: *const u8, length: usize) -> bool {
        ptr::eq(self.data, data) && self.length == length
    }

    /// Returns the number of filled bytes.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Frees the filled bytes from `used` on, to be filled again.
    ///
    /// # Safety
    /// No code reads those bytes any more.
    pub(crate) unsafe fn rewind(&mut self, used: usize) {
        self.used = self.used.min(used);
    }

    /// Returns the window: the unfilled rest.
    ///
    /// # Safety
    /// The window is not used after the next one is taken, nor after other code may access its memory.
    pub(crate) unsafe fn window<'a>(&mut self) -> &'a mut [u8] {
        // SAFETY: `used <= length`, and `new` was promised that no other code accesses these bytes. JavaScript's allocator
        // returned the memory, so the bytes are initialised.
        unsafe { slice::from_raw_parts_mut(self.data.add(self.used), self.length - self.used) }
    }

    /// Marks the first `count` bytes of the window as filled.
    pub(crate) fn advance(&mut self, count: usize) {
        self.used = self.length.min(self.used + count);
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, ROW, Rows, Slab};

    #[test]
    fn a_window_ends_with_the_memory_and_starts_behind_filled_bytes() {
        let mut memory = [0; 8];
        // SAFETY: as below.
        let mut slab = unsafe { Slab::new(memory.as_mut_ptr(), memory.len()) };
        let fill = |slab: &mut Slab, byte, count| {
            // SAFETY: here and below, `memory` outlives the slab and is read only after the slab's last use, and no window
            // is used after the next is taken.
            unsafe { slab.window() }.fill(byte);
            slab.advance(count);
        };
        fill(&mut slab, 1, 3);
        fill(&mut slab, 2, 4);
        assert_eq!(slab.used(), 7);
        // SAFETY: as above.
        unsafe { slab.rewind(5) };
        fill(&mut slab, 3, 100);
        // SAFETY: as above.
        assert!(unsafe { slab.window() }.is_empty());
        assert_eq!(memory, [1, 1, 1, 2, 2, 3, 3, 3]);
    }

    #[test]
    fn rows_stop_at_the_end_of_the_array() {
        let mut words = [0; HEADER + 4 * ROW + 2];
        // SAFETY: `words` outlives the rows and is read only after their last use.
        let mut rows = unsafe { Rows::new(words.as_mut_ptr(), words.len()) }.unwrap();
        assert!(rows.has_room());
        rows.add(1, 10, 100);
        assert!(!rows.has_room());
        for number in 2..=5 {
            rows.add(number, 10 * number, 100 * number);
        }
        rows.set_delivering(7);
        assert_eq!(rows.count(), 4);
        rows.truncate(5);
        assert_eq!(rows.count(), 4);
        rows.truncate(1);
        assert_eq!(rows.count(), 1);
        rows.add(6, 60, 600);
        rows.truncate(0);
        assert_eq!(rows.count(), 0);
        let expected = [7, 0, 0, 0, 1, 10, 100, 6, 60, 600, 3, 30, 300, 4, 40, 400, 0, 0];
        assert_eq!(words, expected);
    }

    #[test]
    fn an_array_too_short_for_a_row_is_refused() {
        let mut words = [0; HEADER + ROW - 1];
        // SAFETY: as above.
        assert!(unsafe { Rows::new(words.as_mut_ptr(), words.len()) }.is_none());
    }
}
