//! A partial message, which is gathered in memory of its own because it is larger than a window or incomplete at the
//! end of a turn.

use crate::transport::Stream;
use bytes::Bytes;
use std::io;
use std::task::Poll;
use websocket_rs_protocol::frame::Kind;

/// Memory that is reserved for a payload in advance. A header can announce any length.
const RESERVE: usize = 1024 * 1024;

/// Missing bytes from which a payload is read directly into its memory, rather than through the window.
const READ_DIRECTLY: usize = 4 * 1024;

/// A message that has arrived in part.
#[derive(Debug)]
pub(super) struct PartialMessage {
    kind: Kind,
    length: usize,
    payload: Vec<u8>,
}

impl PartialMessage {
    pub(super) fn new(kind: Kind, length: usize) -> Self {
        Self {
            kind,
            length,
            payload: Vec::with_capacity(length.min(RESERVE)),
        }
    }

    /// Bytes that have not arrived.
    pub(super) fn missing(&self) -> usize {
        self.length - self.payload.len()
    }

    /// Takes missing bytes from the front of `bytes`. Returns how many.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let part = bytes.get(..self.missing()).unwrap_or(bytes);
        self.payload.extend_from_slice(part);
        part.len()
    }

    /// Reads once into the memory of the payload, never past its end, because what follows belongs in the window.
    /// Returns `None` if the missing bytes should be read through the window.
    pub(super) fn poll_read(&mut self, stream: &mut Stream) -> Option<Poll<io::Result<usize>>> {
        let missing = self.missing();
        if missing < READ_DIRECTLY || !stream.can_append() {
            return None;
        }
        self.payload
            .reserve_exact(missing.min(RESERVE.max(self.payload.len())));
        (self.payload.capacity() <= self.length).then(|| stream.poll_append(&mut self.payload))
    }

    pub(super) fn into_message(self) -> (Kind, Bytes) {
        (self.kind, self.payload.into())
    }
}
