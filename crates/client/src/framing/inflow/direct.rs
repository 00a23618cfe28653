//! The payload of a message in one frame, in memory of its size: what arrives is read into it directly.

use super::step::Payload;
use crate::destination::Destination;
use crate::payload_memory::PayloadMemory;
use websocket_rs_protocol::frame::{FrameHeader, Kind};

/// What a payload is read into.
#[derive(Debug)]
enum Memory {
    /// Memory that is kept for further messages.
    Kept(Vec<u8>),
    /// Memory of the driver, in which the message is delivered.
    Destination(Box<dyn Destination>),
}

impl Memory {
    fn bytes(&mut self) -> &mut [u8] {
        match self {
            Self::Kept(memory) => memory,
            Self::Destination(destination) => destination.bytes(),
        }
    }
}

/// A payload that is filled from its start.
#[derive(Debug)]
pub(super) struct DirectPayload {
    /// Has the size of the payload; `None` once it is taken.
    memory: Option<Memory>,
    /// How many bytes the memory counts for.
    capacity: usize,
    filled: usize,
    pool: PayloadMemory,
}

impl DirectPayload {
    /// Returns memory for the payload of the frame, or `None` if the message does not end with it or there is none.
    pub(super) fn new(header: FrameHeader, kind: Kind, pool: Option<&PayloadMemory>) -> Option<Self> {
        let length = usize::try_from(header.length).ok()?;
        let pool = pool.filter(|_| header.fin)?;
        let destination = (kind == Kind::Binary).then(|| pool.destination(length)).flatten();
        let (memory, capacity) = if let Some(destination) = destination {
            (Memory::Destination(destination), length)
        } else {
            let memory = pool.take(length)?;
            let capacity = memory.capacity();
            (Memory::Kept(memory), capacity)
        };
        Some(Self {
            memory: Some(memory),
            capacity,
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
        let bytes = self.memory.as_mut().map(Memory::bytes);
        bytes
            .and_then(|bytes| bytes.get_mut(self.filled..))
            .unwrap_or_default()
    }

    /// Notes that the first `count` bytes of the rest have arrived.
    pub(super) fn advance(&mut self, count: usize) {
        self.filled += count;
    }

    /// Returns the payload, all of which has arrived.
    pub(super) fn into_payload(mut self) -> Payload {
        match self.memory.take() {
            Some(Memory::Destination(destination)) => Payload::Destination(destination),
            Some(Memory::Kept(memory)) => Payload::Owned(memory),
            None => Payload::Owned(Vec::new()),
        }
    }

    /// Returns what has arrived, in memory that can grow.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        match self.memory.take() {
            Some(Memory::Destination(mut destination)) => {
                let arrived = destination.bytes().get(..self.filled);
                arrived.unwrap_or_default().to_vec()
            }
            Some(Memory::Kept(mut memory)) => {
                memory.truncate(self.filled);
                memory
            }
            None => Vec::new(),
        }
    }
}

impl Drop for DirectPayload {
    /// Ends the count of the memory, and gives back that of a message that stays incomplete.
    fn drop(&mut self) {
        self.pool.note_filled(self.capacity);
        if let Some(Memory::Kept(memory)) = self.memory.take() {
            self.pool.give_back(memory);
        }
    }
}
