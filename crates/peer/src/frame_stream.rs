//! Frames of any size, cut out of a byte stream piece by piece.
//!
//! A piece is what has arrived of a payload, so a frame of 4 GiB needs no more memory than one read.

use crate::frame::{FIN, apply_mask, header};

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// FIN, the reserved bits and the opcode.
    pub(crate) first: u8,
    pub(crate) length: u64,
    pub(crate) mask: Option<[u8; 4]>,
}

impl FrameHeader {
    pub(crate) fn opcode(self) -> u8 {
        self.first & 15
    }

    pub(crate) fn fin(self) -> bool {
        self.first & FIN != 0
    }

    /// Returns whether the frame is a control frame (RFC 6455 section 5.5).
    pub(crate) fn is_control(self) -> bool {
        self.opcode() >= 8
    }
}

/// A part of a frame. Each frame has at least one, which may be empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) header: FrameHeader,
    /// Whether this is the first piece of its frame.
    pub(crate) is_first: bool,
    /// Whether this is the last piece of its frame.
    pub(crate) is_last: bool,
    /// The unmasked bytes.
    pub(crate) payload: &'a mut [u8],
}

/// The state between two reads.
#[derive(Debug, Default)]
pub(crate) struct FrameStream {
    /// The bytes of an incomplete header.
    head: Vec<u8>,
    /// The frame whose payload is incomplete, and how much of it has arrived.
    current: Option<(FrameHeader, u64)>,
}

impl FrameStream {
    /// Returns the next piece from `at` on, and moves `at` to its end. Returns `None` when no bytes are left.
    pub(crate) fn next<'a>(&mut self, bytes: &'a mut [u8], at: &mut usize) -> Option<Piece<'a>> {
        let is_first = self.current.is_none();
        let (header, arrived) = match self.current {
            Some(_) if *at >= bytes.len() => return None,
            Some(current) => current,
            None => (self.header(bytes, at)?, 0),
        };
        let rest = bytes.get_mut(*at..).unwrap_or_default();
        let size = usize::try_from(header.length - arrived)
            .unwrap_or(usize::MAX)
            .min(rest.len());
        let payload = rest.get_mut(..size).unwrap_or_default();
        if let Some(mut mask) = header.mask {
            // The remainder is less than 4.
            mask.rotate_left((arrived % 4) as usize);
            apply_mask(mask, payload);
        }
        *at += size;
        let arrived = arrived + size as u64;
        let is_last = arrived == header.length;
        self.current = (!is_last).then_some((header, arrived));
        Some(Piece {
            header,
            is_first,
            is_last,
            payload,
        })
    }

    /// Takes the bytes of a header. Returns `None` if it is incomplete.
    fn header(&mut self, bytes: &[u8], at: &mut usize) -> Option<FrameHeader> {
        loop {
            if let Some(parsed) = parse(&self.head) {
                self.head.clear();
                return Some(parsed);
            }
            self.head.push(*bytes.get(*at)?);
            *at += 1;
        }
    }
}

fn parse(bytes: &[u8]) -> Option<FrameHeader> {
    let (first, second, length, size) = header(bytes)?;
    let mask = if second & 0x80 == 0 {
        None
    } else {
        Some(*bytes.get(size..)?.first_chunk()?)
    };
    Some(FrameHeader { first, length, mask })
}

#[cfg(test)]
mod tests {
    use std::mem;

    use super::*;
    use crate::frame::{BINARY, Frame, PING, RSV1, push_header};

    fn frame(opcode: u8, rsv: u8, length: usize) -> Frame {
        Frame {
            fin: true,
            rsv,
            opcode,
            mask: Some([1, 20, 133, 254]),
            payload: (0..=250).cycle().take(length).collect(),
        }
    }

    /// Returns first byte and payload of each frame, whose bytes arrive `step` at a time.
    fn cut(bytes: &[u8], step: usize) -> Vec<(u8, Vec<u8>)> {
        let (mut stream, mut frames, mut begun) = (FrameStream::default(), vec![], vec![]);
        for read in bytes.chunks(step) {
            let (mut read, mut at) = (read.to_vec(), 0);
            while let Some(piece) = stream.next(&mut read, &mut at) {
                begun.extend_from_slice(piece.payload);
                if piece.is_last {
                    frames.push((piece.header.first, mem::take(&mut begun)));
                }
            }
        }
        frames
    }

    #[test]
    fn cuts_the_same_frames_wherever_reads_end() {
        let frames = [frame(BINARY, 4, 300), frame(PING, 0, 0), frame(BINARY, 0, 70_000)];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let expected: Vec<_> = frames
            .iter()
            .map(|frame| (FIN | frame.rsv << 4 | frame.opcode, frame.payload.clone()))
            .collect();
        for step in [1, 2, 3, 5, 4096, bytes.len()] {
            assert!(cut(&bytes, step) == expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn delivers_a_frame_of_more_than_4_gib_as_it_arrives() {
        let mut bytes = vec![];
        let length = 5 << 30;
        push_header(&mut bytes, RSV1 | BINARY, length, None);
        bytes.extend(b"abc");
        let mut stream = FrameStream::default();
        let piece = stream.next(&mut bytes, &mut 0).unwrap();
        assert_eq!(
            (piece.header.length, piece.is_first, piece.is_last),
            (length, true, false)
        );
        assert_eq!(piece.payload, b"abc");
    }
}
