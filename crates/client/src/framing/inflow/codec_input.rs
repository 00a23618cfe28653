//! The queue of bytes to the codec, which gets one frame at a time.

use super::violation::FragmentedMessage;
use tokio::io::ReadBuf;
use websocket_rs_protocol::frame::FrameHeader;

/// A length that means that everything that arrives is for the codec.
const ALL: u64 = u64::MAX;

/// Bytes of the codec's frames.
#[derive(Debug, Default)]
pub(super) struct CodecInput {
    /// Bytes of its current frame that have not arrived.
    missing: u64,
    /// Bytes that have arrived, and how many of them it has read.
    bytes: Vec<u8>,
    taken: usize,
    /// The fragmented message that it is joining.
    begun: FragmentedMessage,
}

impl CodecInput {
    /// Whether its current frame is incomplete.
    pub(super) fn is_within_frame(&self) -> bool {
        self.missing > 0
    }

    /// Whether there is nothing for it to read.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether a fragmented message is incomplete.
    pub(super) fn is_within_message(&self) -> bool {
        self.begun.fragments > 0
    }

    /// Returns what has arrived of that message.
    pub(super) fn begun(&self) -> FragmentedMessage {
        self.begun
    }

    /// Begins a frame of the codec.
    pub(super) fn begin(&mut self, header: FrameHeader) {
        self.missing = header.length.saturating_add(header.size as u64);
        self.begun = self.begun.with(header);
    }

    /// Passes everything to the codec, because the stream has ended and the codec reports what that means.
    pub(super) fn begin_all(&mut self) {
        self.missing = ALL;
    }

    /// Takes the codec's part of these bytes. Returns its length.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> usize {
        let missing = usize::try_from(self.missing).unwrap_or(usize::MAX);
        let part = bytes.get(..missing).unwrap_or(bytes);
        self.bytes.extend_from_slice(part);
        if self.missing != ALL {
            self.missing -= part.len() as u64;
        }
        part.len()
    }

    /// Reads queued bytes into `buf`.
    pub(super) fn read(&mut self, buf: &mut ReadBuf<'_>) {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let count = buf.remaining().min(rest.len());
        buf.put_slice(rest.get(..count).unwrap_or_default());
        self.taken += count;
        if self.taken == self.bytes.len() {
            // Control frames are rare and idle connections many, so the memory is freed.
            self.bytes = Vec::new();
            self.taken = 0;
        }
    }
}
