//! A message that is put together in memory of its own: one too large for a window, or one whose rest
//! has not arrived when a turn ends.

use crate::transport::Stream;
use bytes::Bytes;
use std::io;
use std::task::Poll;
use websocket_rs_protocol::frame::Kind;

/// Memory set aside for a payload before its bytes are there. A header may announce any length.
const RESERVE: usize = 1024 * 1024;

/// Missing bytes from which a payload is read to where it stays, rather than through the window.
const READ_DIRECTLY: usize = 4 * 1024;

/// A message that has begun to arrive.
#[derive(Debug)]
pub(super) struct Partial {
    kind: Kind,
    length: usize,
    payload: Vec<u8>,
}

impl Partial {
    pub(super) fn new(kind: Kind, length: usize) -> Self {
        Self {
            kind,
            length,
            payload: Vec::with_capacity(length.min(RESERVE)),
        }
    }

    /// Bytes that are still to come.
    pub(super) fn missing(&self) -> usize {
        self.length - self.payload.len()
    }

    /// Takes what is missing from the front of `bytes`: how many there were.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let part = bytes.get(..self.missing()).unwrap_or(bytes);
        self.payload.extend_from_slice(part);
        part.len()
    }

    /// Reads once to where the payload stays, never past its end: what follows belongs in the window.
    /// None where the window is the way for what is missing.
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
