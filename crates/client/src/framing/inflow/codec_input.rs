//! The queue of bytes to the codec, which gets one frame at a time.

use tokio::io::ReadBuf;
use websocket_rs_protocol::frame::FrameHeader;

/// Bytes of the codec's frames.
#[derive(Debug, Default)]
pub(super) struct CodecInput {
    /// Bytes of its current frame that have not arrived.
    missing: u64,
    /// Bytes that have arrived, and how many of them it has read.
    bytes: Vec<u8>,
    taken: usize,
    /// The stream has ended, which the codec is to read.
    is_at_end: bool,
}

impl CodecInput {
    /// Whether its current frame is incomplete.
    pub(super) fn is_within_frame(&self) -> bool {
        self.missing > 0
    }

    /// Whether the codec has to be polled: it has a frame to read, or the end of the stream.
    pub(super) fn is_due(&self) -> bool {
        self.is_within_frame() || !self.is_empty() || self.is_at_end
    }

    /// Whether there are no bytes for it to read.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the codec is to read the end of the stream once it has read its bytes.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Begins a frame of the codec.
    pub(super) fn begin(&mut self, header: FrameHeader) {
        self.missing = header.length.saturating_add(header.size as u64);
    }

    /// Passes the end of the stream to the codec, which reports what that means.
    pub(super) fn end(&mut self) {
        self.missing = 0;
        self.is_at_end = true;
    }

    /// Takes the codec's part of these bytes. Returns its length.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> usize {
        let missing = usize::try_from(self.missing).unwrap_or(usize::MAX);
        let part = bytes.get(..missing).unwrap_or(bytes);
        self.bytes.extend_from_slice(part);
        self.missing -= part.len() as u64;
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
