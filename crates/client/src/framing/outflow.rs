//! Encoded frames that have not been written.
//!
//! Data frames are encoded directly into this buffer, with payloads masked as they are copied, and the codec's control
//! frames are appended. Both are complete frames, so they never mix.

use websocket_rs_protocol::frame::{FirstByte, put_header, put_masked};

/// Largest buffer that is kept for the next connection; a larger one is freed. Holds what is written at once of a message
/// that is alone, 1 MiB, with its header.
const MAX_KEPT_CAPACITY: usize = 2 * 1024 * 1024;

/// Encoded bytes that have not been written.
#[derive(Debug, Default)]
pub(crate) struct Outflow {
    bytes: Vec<u8>,
    /// The start of the unwritten bytes.
    start: usize,
    /// Bytes written so far.
    written: u64,
}

impl Outflow {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn unsent(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Appends the header of a data frame. Its payload is appended with the same key.
    pub(crate) fn put_header(&mut self, first: FirstByte, length: usize, key: [u8; 4]) {
        self.compact();
        put_header(&mut self.bytes, first, length, key);
    }

    /// Appends a part of a payload, which begins at a multiple of the key's length.
    pub(crate) fn put_payload(&mut self, part: &[u8], key: [u8; 4]) {
        self.compact();
        put_masked(&mut self.bytes, part, key);
    }

    /// Appends bytes that the codec has encoded.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.compact();
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that will have been written once everything encoded so far is.
    pub(crate) fn end(&self) -> u64 {
        self.written + self.len() as u64
    }

    /// Notes that `count` bytes have been written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written += count as u64;
        self.start += count;
        if self.start >= self.bytes.len() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }

    /// Takes a spare buffer, unless there is a buffer already.
    pub(crate) fn lend(&mut self, spare: &mut Vec<u8>) {
        if self.bytes.capacity() == 0 {
            std::mem::swap(&mut self.bytes, spare);
        }
    }

    /// Returns the buffer once it is empty, so that idle connections share one.
    pub(crate) fn reclaim(&mut self, spare: &mut Vec<u8>) {
        if !self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.capacity() > spare.capacity() && bytes.capacity() <= MAX_KEPT_CAPACITY {
            *spare = bytes;
        }
    }

    /// Moves the unwritten bytes to the front once they are fewer than the written ones, so that at most one byte is
    /// moved for each byte that was written.
    fn compact(&mut self) {
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
    fn partial_writes_keep_the_order() {
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
    fn shares_buffers_but_no_huge_ones() {
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
        outflow.put(&vec![1; MAX_KEPT_CAPACITY + 1]);
        outflow.clear();
        outflow.reclaim(&mut spare);
        assert_eq!(spare.capacity(), 0);
    }
}
