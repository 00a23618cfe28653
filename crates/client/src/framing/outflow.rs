//! Encoded frames that have not been written.
//!
//! Data frames are encoded directly into this buffer, with payloads masked as they are copied, and the codec's control
//! frames are appended. Both are complete frames, so they never mix.

use crate::payload_memory::PayloadMemory;
use std::collections::VecDeque;
use websocket_rs_protocol::frame::{FirstByte, put_header, put_masked};

/// Largest buffer that is kept for the next connection; a larger one is freed. Holds what is written at once of a message
/// that is alone, 1 MiB, with its header.
const MAX_KEPT_CAPACITY: usize = 2 * 1024 * 1024;

/// Length from which a buffer is not appended to. One buffer that grows would be moved, and its pages would be new.
const CHUNK: usize = 1024 * 1024;

/// Capacity of the buffers behind the first: what is appended last reaches beyond [`CHUNK`].
const CHUNK_CAPACITY: usize = CHUNK + 64 * 1024;

/// Length from which what is unsent of a message is in one buffer: the system takes back the memory of a buffer this large
/// at once, and that of chunks later, or in part.
const WHOLE: usize = 16 * 1024 * 1024;

/// Encoded bytes that have not been written.
#[derive(Debug, Default)]
pub(crate) struct Outflow {
    /// What is written first.
    bytes: Vec<u8>,
    /// The start of the unwritten bytes in it.
    start: usize,
    /// What follows it.
    chunks: VecDeque<Vec<u8>>,
    /// The length of all of `chunks`.
    queued: usize,
    /// Bytes of a long message that are still to be encoded, into `bytes`.
    whole: usize,
    /// Where the memory of chunks comes from and goes to; `None` if the driver has none.
    memory: Option<PayloadMemory>,
    /// Bytes written so far.
    written: u64,
}

impl Outflow {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start + self.queued
    }

    /// Takes memory for much that is unsent from this pool from now on.
    pub(crate) fn use_memory(&mut self, memory: PayloadMemory) {
        self.memory = Some(memory);
    }

    /// Returns what is to be written first: empty only if nothing is unsent.
    pub(crate) fn unsent(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Appends the header of a data frame. Its payload is appended with the same key.
    pub(crate) fn put_header(&mut self, first: FirstByte, length: usize, key: [u8; 4]) {
        if length >= WHOLE && self.chunks.is_empty() {
            self.whole = length;
        }
        self.append(|bytes| put_header(bytes, first, length, key));
    }

    /// Appends a part of a payload, which begins at a multiple of the key's length.
    pub(crate) fn put_payload(&mut self, part: &[u8], key: [u8; 4]) {
        self.append(|bytes| put_masked(bytes, part, key));
        self.whole = self.whole.saturating_sub(part.len());
    }

    /// Appends bytes that the codec has encoded.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.append(|last| last.extend_from_slice(bytes));
    }

    /// Calls `put` with the last buffer, which has room.
    fn append(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        if self.whole > 0 || (self.bytes.len() < CHUNK && self.chunks.is_empty()) {
            self.compact();
            return put(&mut self.bytes);
        }
        self.append_chunk(put);
    }

    #[cold]
    fn append_chunk(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        let mut last = match self.chunks.pop_back() {
            Some(last) if last.len() < CHUNK => last,
            full => {
                self.chunks.extend(full);
                let spare = self.memory.as_ref().map(|memory| memory.spare(CHUNK_CAPACITY));
                spare.unwrap_or_else(|| Vec::with_capacity(CHUNK_CAPACITY))
            }
        };
        let before = last.len();
        put(&mut last);
        self.queued += last.len() - before;
        if !last.is_empty() {
            self.chunks.push_back(last);
        }
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that will have been written once everything encoded so far is.
    pub(crate) fn end(&self) -> u64 {
        self.written + self.len() as u64
    }

    /// Notes that `count` bytes have been written, of those that [`Outflow::unsent`] returns.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written += count as u64;
        self.start += count;
        if self.start >= self.bytes.len() {
            self.begin_next();
        }
    }

    /// Continues with the next buffer, if there is one.
    fn begin_next(&mut self) {
        self.start = 0;
        let Some(next) = self.chunks.pop_front() else {
            return self.bytes.clear();
        };
        self.queued -= next.len();
        let written = std::mem::replace(&mut self.bytes, next);
        if let Some(memory) = self
            .memory
            .as_ref()
            .filter(|_| written.capacity() <= MAX_KEPT_CAPACITY)
        {
            memory.give_back(written);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.chunks.clear();
        self.queued = 0;
        self.whole = 0;
    }

    /// Removes everything, and returns it.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut taken = self.unsent().to_vec();
        for chunk in &self.chunks {
            taken.extend_from_slice(chunk);
        }
        self.clear();
        taken
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

    /// Moves the unwritten bytes of the first buffer to its front once they are fewer than the written ones, so that at most one byte is
    /// moved for each byte that was written.
    fn compact(&mut self) {
        if self.start > self.bytes.len() - self.start {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use websocket_rs_protocol::frame::Kind;

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

    /// Takes up to `count` bytes as a kernel would.
    fn write(outflow: &mut Outflow, count: usize) -> Vec<u8> {
        let part: Vec<u8> = outflow.unsent().iter().take(count).copied().collect();
        outflow.advance(part.len());
        part
    }

    #[test]
    fn much_that_is_unsent_keeps_its_order_and_its_memory() {
        let memory = PayloadMemory::default();
        let mut outflow = Outflow::default();
        outflow.use_memory(memory.clone());
        let (mut put, mut left) = (Vec::new(), Vec::new());
        let mut fill = 0_u8;
        for _ in 0..3 {
            while outflow.len() < 5 * CHUNK {
                fill = fill.wrapping_add(1);
                outflow.put(&vec![fill; 100_000]);
                put.extend(vec![fill; 100_000]);
                left.extend(write(&mut outflow, 40_000));
                assert_eq!(outflow.len(), put.len() - left.len());
                assert_eq!(outflow.written(), left.len() as u64);
                assert_eq!(outflow.end(), put.len() as u64);
            }
            while outflow.len() > 0 {
                assert!(!outflow.unsent().is_empty());
                left.extend(write(&mut outflow, 700_000));
            }
            assert!(left == put);
        }
        let mut kept = 0;
        while memory.take(CHUNK_CAPACITY).is_some() {
            kept += 1;
        }
        assert!((4..=6).contains(&kept), "{kept}");
        assert!(outflow.bytes.capacity() <= MAX_KEPT_CAPACITY);
    }

    #[test]
    fn a_long_message_takes_no_chunks() {
        let memory = PayloadMemory::default();
        let mut outflow = Outflow::default();
        outflow.use_memory(memory.clone());
        let part = vec![1; 1_000_000];
        let length = 20 * part.len();
        outflow.put_header(Kind::Binary.into(), length, [0; 4]);
        let mut written = 0;
        for _ in 0..20 {
            outflow.put_payload(&part, [0; 4]);
            written += write(&mut outflow, 100_000).len();
        }
        assert!(outflow.chunks.is_empty());
        assert_eq!(outflow.len(), length + 14 - written);
        // The next message has chunks again.
        outflow.put(&part);
        assert_eq!(outflow.chunks.len(), 1);
        while outflow.len() > 0 {
            written += write(&mut outflow, 3_000_000).len();
        }
        assert_eq!(written, length + 14 + part.len());
        assert!(memory.take(length / 2).is_none(), "it is kept");
    }

    #[test]
    fn what_is_taken_or_dropped_is_complete() {
        let mut outflow = Outflow::default();
        for fill in 0..50 {
            outflow.put(&vec![fill; 100_000]);
            outflow.put(&[]);
        }
        outflow.advance(1);
        let taken = outflow.take();
        assert_eq!(taken.len(), 5_000_000 - 1);
        assert!(
            taken
                .iter()
                .zip((0..50).flat_map(|fill| vec![fill; 100_000]).skip(1))
                .all(|(is, was)| *is == was)
        );
        assert_eq!((outflow.len(), outflow.unsent()), (0, &[][..]));
        for _ in 0..50 {
            outflow.put(&vec![0; 100_000]);
        }
        outflow.clear();
        assert_eq!((outflow.len(), outflow.unsent()), (0, &[][..]));
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
