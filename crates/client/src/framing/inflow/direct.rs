//! The payload of a message in one frame, in memory of its size: what arrives is read into it directly.

use crate::payload_memory::PayloadMemory;
use std::mem;
use websocket_rs_protocol::frame::FrameHeader;

/// A payload that is filled from its start.
#[derive(Debug)]
pub(super) struct DirectPayload {
    /// Has the size of the payload.
    memory: Vec<u8>,
    filled: usize,
    pool: PayloadMemory,
}

impl DirectPayload {
    /// Returns memory for the payload of the frame, or `None` if the message does not end with it or
    /// none is kept.
    pub(super) fn new(header: FrameHeader, pool: Option<&PayloadMemory>) -> Option<Self> {
        let length = usize::try_from(header.length).ok()?;
        let pool = pool.filter(|_| header.fin)?;
        let memory = pool.take(length)?;
        Some(Self {
            memory,
            filled: 0,
            pool: pool.clone(),
        })
    }

    /// Copies a part of the payload.
    pub(super) fn fill(&mut self, part: &[u8]) {
        if let Some(place) = self.rest().get_mut(..part.len()) {
            place.copy_from_slice(part);
            self.filled += part.len();
        }
    }

    /// Returns the memory of what has not arrived.
    pub(super) fn rest(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.filled..).unwrap_or_default()
    }

    /// Notes that the first `count` bytes of the rest have arrived.
    pub(super) fn advance(&mut self, count: usize) {
        self.filled += count;
    }

    /// Returns what has arrived.
    pub(super) fn into_payload(mut self) -> Vec<u8> {
        self.memory.truncate(self.filled);
        self.pool.note_filled(self.memory.capacity());
        mem::take(&mut self.memory)
    }
}

impl Drop for DirectPayload {
    /// Gives back the memory of a message that stays incomplete.
    fn drop(&mut self) {
        self.pool.note_filled(self.memory.capacity());
        self.pool.give_back(mem::take(&mut self.memory));
    }
}
