//! Builds the frames to send and counts the received ones (RFC 6455, section 5.2).

use websocket_rs_protocol::frame::{self, FrameHeader, MAX_HEADER, Opcode};

use crate::{
    job::{Cell, Kind},
    result::Result,
};

/// A constant masking key: the peer has the same effort for every key.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Returns a masked frame with this payload.
pub(crate) fn frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let kind = match kind {
        Kind::Text => frame::Kind::Text,
        Kind::Binary => frame::Kind::Binary,
    };
    let mut bytes = Vec::new();
    frame::put_header(&mut bytes, kind, payload.len(), MASK);
    frame::put_masked(&mut bytes, payload, MASK);
    bytes
}

/// A stream that repeats one frame, readable from any offset in portions of up to `chunk` bytes.
pub(crate) struct Stream {
    bytes: Vec<u8>,
    pub(crate) frame: usize,
}

impl Stream {
    pub(crate) fn new(cell: &Cell, chunk: usize) -> Self {
        let frame = frame(cell.kind, &vec![b'x'; cell.size]);
        let length = frame.len();
        let mut bytes = Vec::with_capacity(chunk + 2 * length);
        while bytes.len() < chunk + length {
            bytes.extend(&frame);
        }
        Self { bytes, frame: length }
    }

    /// Returns up to `length` bytes that follow the first `sent` bytes.
    pub(crate) fn portion(&self, sent: usize, length: usize) -> &[u8] {
        let start = sent % self.frame;
        let end = (start + length).min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }
}

/// Counts complete messages in received bytes, which may be split anywhere. Parses the headers only.
#[derive(Default)]
pub(crate) struct Counter {
    /// Bytes of the payload that have not arrived.
    payload: usize,
    /// A header that has arrived in part.
    partial: Vec<u8>,
    in_message: bool,
    /// The size that every message must have.
    size: usize,
}

impl Counter {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            ..Self::default()
        }
    }

    /// Returns the number of messages that end in these bytes.
    pub(crate) fn count(&mut self, bytes: &[u8]) -> Result<usize> {
        let (mut at, mut messages) = (0, 0);
        loop {
            let here = self.payload.min(bytes.len() - at);
            self.payload -= here;
            at += here;
            if self.payload > 0 {
                return Ok(messages);
            }
            messages += usize::from(std::mem::take(&mut self.in_message));
            match self.header(bytes.get(at..).unwrap_or_default())? {
                Some(length) => at += length,
                None => return Ok(messages),
            }
        }
    }

    /// Parses a header. Returns how many of the bytes belong to it, or `None` if it is incomplete.
    fn header(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let before = self.partial.len();
        let head: Vec<u8>;
        let joined = if before == 0 {
            bytes
        } else {
            head = [
                self.partial.as_slice(),
                bytes.get(..bytes.len().min(MAX_HEADER)).unwrap_or_default(),
            ]
            .concat();
            &head
        };
        let Some((length, payload)) = parse(joined)? else {
            self.partial = joined.to_vec();
            return Ok(None);
        };
        if payload != self.size {
            return Err(format!("received a message of {payload} bytes, expected {}", self.size).into());
        }
        self.partial.clear();
        self.payload = payload;
        self.in_message = true;
        Ok(Some(length - before))
    }
}

/// Returns the lengths of header and payload, or `None` if the header is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(header) = FrameHeader::parse(bytes) else {
        return Ok(None);
    };
    let is_data = matches!(header.opcode, Opcode::Text | Opcode::Binary);
    if !is_data || !header.fin || header.masked {
        return Err(format!("received a frame that is not an echo: {header:?}").into());
    }
    Ok(Some((header.size, usize::try_from(header.length)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns an unmasked frame, as the server sends it.
    fn echo(size: usize) -> Vec<u8> {
        let mut bytes = frame(Kind::Binary, &vec![b'x'; size]);
        let header = bytes.len() - size - MASK.len();
        bytes[1] &= 0x7f;
        bytes.drain(header..header + MASK.len());
        bytes
    }

    #[test]
    fn counts_messages_in_portions_of_any_size() {
        for size in [0, 1, 125, 126, 1000, 65_535, 65_536] {
            let stream = echo(size).repeat(3);
            for portion in [1, 2, 3, 7, 11, 4096, stream.len()] {
                let mut counter = Counter::new(size);
                let counts = stream.chunks(portion).map(|part| counter.count(part).unwrap());
                assert_eq!(counts.sum::<usize>(), 3, "{size} bytes in portions of {portion}");
            }
        }
    }

    #[test]
    fn rejects_a_frame_that_is_not_an_echo() {
        assert!(Counter::new(5).count(&echo(4)).is_err());
        assert!(Counter::new(2).count(&[0x88, 2, 3, 0xe8]).is_err());
    }

    #[test]
    fn a_stream_is_readable_from_any_offset() {
        let cell = Cell {
            workload: crate::job::Workload::Burst,
            size: 10,
            kind: Kind::Binary,
            connections: 1,
        };
        let stream = Stream::new(&cell, 100);
        let whole = frame(Kind::Binary, &[b'x'; 10]).repeat(20);
        for sent in [0, 1, 15, 16, 33] {
            assert_eq!(stream.portion(sent, 100), &whole[sent..sent + 100]);
        }
    }
}
