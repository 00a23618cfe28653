//! Frames on their way to the kernel.
//!
//! Data frames are encoded straight into this buffer, payloads masked while they are copied, and the
//! codec's control frames are appended as it hands them down. Both come whole, so they never mix.

use websocket_rs_protocol::frame::{Kind, put_header, put_masked};

/// Largest buffer that is kept for the next connection; a larger one is given back.
const KEEP_CAPACITY: usize = 256 * 1024;

/// Encoded bytes that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Outflow {
    bytes: Vec<u8>,
    /// Where what is left begins.
    start: usize,
    /// Bytes that have left so far.
    left: u64,
}

impl Outflow {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn unsent(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Appends the header of an unfragmented data frame, whose key is the answer to `put_payload`.
    pub(crate) fn put_header(&mut self, kind: Kind, length: usize, key: [u8; 4]) {
        self.make_room();
        put_header(&mut self.bytes, kind, length, key);
    }

    /// Appends a part of a payload that begins at a multiple of the key's length.
    pub(crate) fn put_payload(&mut self, part: &[u8], key: [u8; 4]) {
        self.make_room();
        put_masked(&mut self.bytes, part, key);
    }

    /// Appends bytes the codec has encoded.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.make_room();
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that have left so far.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Bytes that will have left when everything encoded so far has.
    pub(crate) fn end(&self) -> u64 {
        self.left + self.len() as u64
    }

    /// So many bytes have left.
    pub(crate) fn advance(&mut self, count: usize) {
        self.left += count as u64;
        self.start += count;
        if self.start >= self.bytes.len() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }

    /// Uses a spare buffer where there is none yet.
    pub(crate) fn lend(&mut self, spare: &mut Vec<u8>) {
        if self.bytes.capacity() == 0 {
            std::mem::swap(&mut self.bytes, spare);
        }
    }

    /// Gives the buffer back once it is empty, so that idle connections share one.
    pub(crate) fn reclaim(&mut self, spare: &mut Vec<u8>) {
        if !self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.capacity() > spare.capacity() && bytes.capacity() <= KEEP_CAPACITY {
            *spare = bytes;
        }
    }

    /// Moves what is left to the front once that is less than what has left, so that each byte moves at
    /// most once for each byte that left.
    fn make_room(&mut self) {
        if self.start > self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_in_pieces_leaves_in_order() {
        let mut outflow = Outflow::default();
        let mut left = Vec::new();
        for round in 0..100_u8 {
            outflow.put(&[round; 10]);
            let part = outflow.unsent().iter().take(7).copied().collect::<Vec<_>>();
            outflow.advance(part.len());
            left.extend(part);
        }
        assert_eq!(outflow.len(), 300);
        left.extend_from_slice(outflow.unsent());
        assert!(left.iter().copied().eq((0..100).flat_map(|round| [round; 10])));
    }

    #[test]
    fn a_buffer_goes_round_and_a_huge_one_does_not() {
        let mut spare = Vec::new();
        let mut outflow = Outflow::default();
        outflow.put(&[1; 1000]);
        outflow.reclaim(&mut spare);
        assert_eq!(spare.capacity(), 0, "it is in use");
        outflow.advance(1000);
        outflow.reclaim(&mut spare);
        assert!(spare.capacity() >= 1000);
        outflow.lend(&mut spare);
        assert_eq!(spare.capacity(), 0);
        outflow.put(&vec![1; KEEP_CAPACITY + 1]);
        outflow.clear();
        outflow.reclaim(&mut spare);
        assert_eq!(spare.capacity(), 0);
    }
}
