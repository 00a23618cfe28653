//! A WebSocket frame (RFC 6455 section 5.2), encoded and decoded without checking whether it is valid.
//!
//! Independent of tungstenite on purpose: the client under test uses tungstenite, so other code has to decode what
//! the client sends.

use bytes::{Buf as _, BytesMut};

/// The largest payload read: more than any client under test sends.
const MAX_PAYLOAD: u64 = 1 << 30;
/// The opcodes (RFC 6455 section 11.8).
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;
/// Bits of the first byte of a header.
pub(crate) const FIN: u8 = 0x80;
pub(crate) const RSV1: u8 = 0x40;
pub(crate) const RSV: u8 = 0x70;

/// A frame with its payload unmasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    /// The three reserved bits as one number; RSV1 is 4.
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Encodes the frame with the shortest form of the length.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(14 + self.payload.len());
        let first = u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode & 15;
        push_header(&mut bytes, first, self.payload.len() as u64, self.mask);
        let start = bytes.len();
        bytes.extend_from_slice(&self.payload);
        if let (Some(mask), Some(payload)) = (self.mask, bytes.get_mut(start..)) {
            apply_mask(mask, payload);
        }
        bytes
    }

    /// Removes one frame from the front of the buffer, or returns `None` if it is incomplete.
    ///
    /// # Errors
    /// If the payload is larger than [`MAX_PAYLOAD`].
    pub(crate) fn take(buffer: &mut BytesMut) -> Result<Option<Self>, String> {
        let Some((first, second, length, header)) = header(buffer) else {
            return Ok(None);
        };
        if length > MAX_PAYLOAD {
            return Err(format!(
                "a frame of {length} bytes is over the limit of {MAX_PAYLOAD}"
            ));
        }
        let masked = second & 0x80 != 0;
        let header = header + if masked { 4 } else { 0 };
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        if buffer.len() < header + length {
            buffer.reserve(header + length - buffer.len());
            return Ok(None);
        }
        let head = buffer.split_to(header);
        let mask = head.last_chunk::<4>().copied().filter(|_| masked);
        let mut payload = buffer.split_to(length).to_vec();
        if let Some(mask) = mask {
            apply_mask(mask, &mut payload);
        }
        Ok(Some(Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 7,
            opcode: first & 15,
            mask,
            payload,
        }))
    }
}

/// Appends a header with the shortest form of the length.
pub(crate) fn push_header(bytes: &mut Vec<u8>, first: u8, length: u64, mask: Option<[u8; 4]>) {
    bytes.push(first);
    let masked = u8::from(mask.is_some()) << 7;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => bytes.push(masked | short),
        (_, Ok(medium)) => {
            bytes.push(masked | 0x7e);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(masked | 0x7f);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(mask.iter().flatten());
}

/// Parses a header. Returns its first two bytes, the length of the payload, and the size of the header without the
/// mask, or `None` if the header is incomplete.
pub(crate) fn header(buffer: &[u8]) -> Option<(u8, u8, u64, usize)> {
    let mut rest = buffer;
    let (first, second) = (rest.try_get_u8().ok()?, rest.try_get_u8().ok()?);
    let length = match second & 0x7f {
        0x7e => u64::from(rest.try_get_u16().ok()?),
        0x7f => rest.try_get_u64().ok()?,
        short => u64::from(short),
    };
    Some((first, second, length, buffer.len() - rest.len()))
}

/// Masks or unmasks the payload (RFC 6455 section 5.3).
pub(crate) fn apply_mask(mask: [u8; 4], payload: &mut [u8]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = payload.as_chunks_mut();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(mask: Option<[u8; 4]>, length: usize) -> Frame {
        Frame {
            fin: true,
            rsv: 4,
            opcode: 2,
            mask,
            payload: vec![b'a'; length],
        }
    }

    #[test]
    fn encodes_the_masked_hello_of_the_rfc() {
        let payload = b"Hello".to_vec();
        let frame = Frame {
            fin: true,
            rsv: 0,
            opcode: 1,
            mask: Some([0x37, 0xfa, 0x21, 0x3d]),
            payload,
        };
        let expected = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(frame.encode(), expected);
    }

    #[test]
    fn decodes_each_form_of_the_length() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let frame = frame(mask, length);
                let mut buffer = BytesMut::from(frame.encode().as_slice());
                buffer.extend_from_slice(b"next");
                assert_eq!(Frame::take(&mut buffer).unwrap(), Some(frame));
                assert_eq!(&buffer[..], b"next");
            }
        }
    }

    #[test]
    fn waits_for_the_last_byte() {
        let bytes = frame(Some([9, 9, 9, 9]), 300).encode();
        for end in 0..bytes.len() {
            let mut buffer = BytesMut::from(&bytes[..end]);
            assert_eq!(Frame::take(&mut buffer).unwrap(), None);
            assert_eq!(buffer.len(), end);
        }
    }

    #[test]
    fn rejects_a_length_over_the_limit() {
        let mut buffer = BytesMut::from(&[0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0][..]);
        assert!(Frame::take(&mut buffer).is_err());
    }
}
