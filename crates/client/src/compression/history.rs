//! The history of a decompressor: the last bytes it has produced, to which what follows may refer (RFC 1951 section 2).

use std::collections::VecDeque;

/// The last bytes that were decompressed, at most as many as the window of the peer's compressor has.
#[derive(Debug)]
pub(super) struct History {
    bytes: VecDeque<u8>,
    window: usize,
}

impl History {
    pub(super) fn new(window: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            window,
        }
    }

    /// Appends what was decompressed, and forgets what the window has no room for.
    pub(super) fn push(&mut self, output: &[u8]) {
        let from = output.len().saturating_sub(self.window);
        let kept = output.get(from..).unwrap_or_default();
        let surplus = (self.bytes.len() + kept.len()).saturating_sub(self.window);
        self.bytes.drain(..surplus);
        let capacity = self.bytes.capacity();
        if self.bytes.len() + kept.len() > capacity {
            let wanted = (2 * capacity).max(self.bytes.len() + kept.len());
            self.bytes
                .reserve_exact(wanted.min(self.window) - self.bytes.len());
        }
        self.bytes.extend(kept);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Forgets everything. Keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Returns the bytes, oldest first, in two parts.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        let (older, newer) = self.bytes.as_slices();
        [older, newer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_bytes_of_the_window() {
        let mut history = History::new(1000);
        let mut all = Vec::new();
        for length in [0, 1, 999, 1, 300, 1000, 2500, 7, 999] {
            let output: Vec<u8> = (0..=255).cycle().skip(all.len()).take(length).collect();
            history.push(&output);
            all.extend(output);
            let from = all.len().saturating_sub(1000);
            assert_eq!(
                Some(history.parts().concat().as_slice()),
                all.get(from..),
                "{length}"
            );
        }
        history.clear();
        assert_eq!(history.parts().concat(), b"");
    }
}
