//! Bytes on their way to the codec, frame by frame.

use super::violation::Begun;
use tokio::io::ReadBuf;
use websocket_rs_protocol::frame::FrameHeader;

/// Says that all that comes is for the codec.
const ALL: u64 = u64::MAX;

/// Bytes of frames that are the codec's.
#[derive(Debug, Default)]
pub(super) struct CodecInput {
    /// Bytes of its frame that are still to come.
    missing: u64,
    /// Those that are here, and how many of them it has taken.
    bytes: Vec<u8>,
    taken: usize,
    /// The message that it is putting together.
    begun: Begun,
}

impl CodecInput {
    /// Whether it has not been given all of the frame that is its.
    pub(super) fn is_within_frame(&self) -> bool {
        self.missing > 0
    }

    /// Whether there is nothing for it to take.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the next frame continues a message, or may only stand between its fragments.
    pub(super) fn is_within_message(&self) -> bool {
        self.begun.fragments > 0
    }

    /// What there is of that message.
    pub(super) fn begun(&self) -> Begun {
        self.begun
    }

    /// Gives it a frame.
    pub(super) fn begin(&mut self, header: FrameHeader) {
        self.missing = header.length.saturating_add(header.size as u64);
        self.begun = self.begun.with(header);
    }

    /// Gives it everything, as the stream has ended: it is to say what that means.
    pub(super) fn begin_all(&mut self) {
        self.missing = ALL;
    }

    /// Takes what is its of these bytes: how many.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> usize {
        let missing = usize::try_from(self.missing).unwrap_or(usize::MAX);
        let part = bytes.get(..missing).unwrap_or(bytes);
        self.bytes.extend_from_slice(part);
        if self.missing != ALL {
            self.missing -= part.len() as u64;
        }
        part.len()
    }

    /// Hands bytes over.
    pub(super) fn read(&mut self, buf: &mut ReadBuf<'_>) {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let count = buf.remaining().min(rest.len());
        buf.put_slice(rest.get(..count).unwrap_or_default());
        self.taken += count;
        if self.taken == self.bytes.len() {
            // Control frames are rare, and idle connections many.
            self.bytes = Vec::new();
            self.taken = 0;
        }
    }
}
