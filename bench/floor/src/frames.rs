//! Frames to send, built beforehand, and the counting of those that come (RFC 6455 §5.2).

use crate::{
    Outcome,
    job::{Cell, Kind},
};

/// Any key does: the peer has to unmask whatever it is.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;
const OPCODE: u8 = 0x0f;
const CONTROL: u8 = 0x08;

fn opcode(kind: Kind) -> u8 {
    match kind {
        Kind::Text => 1,
        Kind::Binary => 2,
    }
}

/// A masked frame with this payload.
pub(crate) fn frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![FIN | opcode(kind)];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < LENGTH_16 => frame.push(MASKED | length),
        (_, Ok(length)) => {
            frame.push(MASKED | LENGTH_16);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(MASKED | LENGTH_64);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    frame
}

/// The same frame over and over, as one stream that may be read from any place in any portion up to `chunk`.
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

    /// What comes after `sent` bytes, up to `length` of it.
    pub(crate) fn portion(&self, sent: usize, length: usize) -> &[u8] {
        let start = sent % self.frame;
        let end = (start + length).min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }
}

/// Counts whole messages in what comes, whatever the portions. Looks at the headers only.
#[derive(Default)]
pub(crate) struct Counter {
    /// Bytes of the payload that are still to come.
    payload: usize,
    /// A header of which only a part has come.
    partial: Vec<u8>,
    under_way: bool,
    /// The size every message has to have.
    size: usize,
}

impl Counter {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            ..Self::default()
        }
    }

    /// Messages that ended in these bytes.
    pub(crate) fn count(&mut self, bytes: &[u8]) -> Outcome<usize> {
        let (mut at, mut messages) = (0, 0);
        loop {
            let here = self.payload.min(bytes.len() - at);
            self.payload -= here;
            at += here;
            if self.payload > 0 {
                return Ok(messages);
            }
            messages += usize::from(std::mem::take(&mut self.under_way));
            match self.header(bytes.get(at..).unwrap_or_default())? {
                Some(length) => at += length,
                None => return Ok(messages),
            }
        }
    }

    /// Takes a header: how many of the bytes were its, or none if it is not all there yet.
    fn header(&mut self, bytes: &[u8]) -> Outcome<Option<usize>> {
        let before = self.partial.len();
        let head: Vec<u8>;
        let joined = if before == 0 {
            bytes
        } else {
            head = [
                self.partial.as_slice(),
                bytes.get(..bytes.len().min(10)).unwrap_or_default(),
            ]
            .concat();
            &head
        };
        let Some((length, payload)) = parse(joined)? else {
            self.partial = joined.to_vec();
            return Ok(None);
        };
        if payload != self.size {
            return Err(format!("a message of {payload} bytes came, not {}", self.size).into());
        }
        self.partial.clear();
        self.payload = payload;
        self.under_way = true;
        Ok(Some(length - before))
    }
}

/// Length of the header and of the payload, if the whole header is there.
fn parse(bytes: &[u8]) -> Outcome<Option<(usize, usize)>> {
    let &[first, second, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & FIN == 0 || first & OPCODE & CONTROL != 0 || second & MASKED != 0 {
        return Err(format!("a frame came that is no echo: {first:#04x} {second:#04x}").into());
    }
    Ok(match second & LENGTH {
        LENGTH_16 => rest
            .first_chunk()
            .map(|length| (4, usize::from(u16::from_be_bytes(*length)))),
        LENGTH_64 => match rest.first_chunk() {
            Some(length) => Some((10, usize::try_from(u64::from_be_bytes(*length))?)),
            None => None,
        },
        length => Some((2, usize::from(length))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the server sends it: without a mask.
    fn echo(size: usize) -> Vec<u8> {
        let mut bytes = frame(Kind::Binary, &vec![b'x'; size]);
        let header = bytes.len() - size - MASK.len();
        bytes[1] &= !MASKED;
        bytes.drain(header..header + MASK.len());
        bytes
    }

    #[test]
    fn counts_messages_in_any_portions() {
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
    fn refuses_what_is_no_echo() {
        assert!(Counter::new(5).count(&echo(4)).is_err());
        assert!(Counter::new(2).count(&[0x88, 2, 3, 0xe8]).is_err());
    }

    #[test]
    fn a_stream_goes_on_from_any_place() {
        let cell = Cell {
            work: crate::job::Work::Burst,
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
