//! Frame headers (RFC 6455 section 5.2) and masking (section 5.3).

/// FIN: the last, or only, frame of its message.
const FIN: u8 = 0x80;
/// RSV1, RSV2 and RSV3.
const RESERVED: u8 = 0x70;
/// RSV1: in the first frame of a message, that the message is compressed (RFC 7692 section 6).
pub const RSV1: u8 = 0x40;
/// MASK, in the second byte.
const MASK: u8 = 0x80;
/// Values of the 7-bit length that mean that a 16-bit, or a 64-bit, length follows.
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// Size of the largest frame header: two bytes, a 64-bit length and a masking key.
pub const MAX_HEADER: usize = 14;

/// What a frame holds (RFC 6455 section 11.8). Reserved opcodes are represented, not rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// A further fragment of a message.
    Continuation,
    /// A text message, or its first fragment.
    Text,
    /// A binary message, or its first fragment.
    Binary,
    /// A close frame.
    Close,
    /// A ping, a pong or a reserved control frame. It may come between the fragments of a message.
    Control(u8),
    /// A reserved data frame.
    Reserved(u8),
}

impl Opcode {
    /// A ping (section 5.5.2).
    pub const PING: Self = Self::Control(9);

    fn from_bits(bits: u8) -> Self {
        match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            control if control > 8 => Self::Control(control),
            reserved => Self::Reserved(reserved),
        }
    }
}

/// The header of an incoming frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether the message ends with this frame.
    pub fin: bool,
    /// The three reserved bits, in their place in the first byte; 0 if none is set.
    pub reserved: u8,
    /// What the frame holds.
    pub opcode: Opcode,
    /// Whether the payload is masked, which a server must not do.
    pub masked: bool,
    /// Length of the payload in bytes.
    pub length: u64,
    /// Size of the header in bytes, with the masking key.
    pub size: usize,
}

impl FrameHeader {
    /// Parses the header at the front of `bytes`. Returns `None` if it is incomplete.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let masked = second & MASK != 0;
        let (length, extra) = match second & !MASK {
            LENGTH_16 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 2),
            LENGTH_64 => (u64::from_be_bytes(*rest.first_chunk()?), 8),
            short => (u64::from(short), 0),
        };
        let size = 2 + extra + if masked { 4 } else { 0 };
        (bytes.len() >= size).then_some(Self {
            fin: first & FIN != 0,
            reserved: first & RESERVED,
            opcode: Opcode::from_bits(first & 0x0f),
            masked,
            length,
            size,
        })
    }
}

/// The type of a data message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

/// The first byte of a data frame: FIN, RSV1 and the opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstByte(u8);

impl FirstByte {
    /// The last frame of a message, but not the first.
    pub const LAST: Self = Self(FIN);

    /// Returns the byte of a frame that more fragments of the same message follow.
    #[must_use]
    pub const fn with_more(self) -> Self {
        Self(self.0 & !FIN)
    }

    /// Returns the byte of the first frame of a compressed message.
    #[must_use]
    pub const fn compressed(self) -> Self {
        Self(self.0 | RSV1)
    }
}

/// The only frame of a message.
impl From<Kind> for FirstByte {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self(FIN | 1),
            Kind::Binary => Self(FIN | 2),
        }
    }
}

/// Appends the header of a masked data frame, with the length in the shortest form.
#[allow(clippy::cast_possible_truncation)] // Each length is in the range of its type.
pub fn put_header(out: &mut Vec<u8>, first: impl Into<FirstByte>, length: usize, key: [u8; 4]) {
    out.push(first.into().0);
    match length {
        0..=125 => out.push(MASK | length as u8),
        126..=0xffff => {
            out.push(MASK | LENGTH_16);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(MASK | LENGTH_64);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&key);
}

/// Appends `payload`, masked with `key`, in one pass: the iterator knows its length, so the compiler writes whole vectors.
pub fn put_masked(out: &mut Vec<u8>, payload: &[u8], key: [u8; 4]) {
    let wide = widen(key);
    let (words, rest) = payload.as_chunks::<8>();
    out.reserve(payload.len());
    out.extend(
        words
            .iter()
            .flat_map(|word| (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes()),
    );
    // A word is a multiple of the key's length, so the rest begins with the key's first byte.
    out.extend(rest.iter().zip(wide.to_ne_bytes()).map(|(byte, key)| byte ^ key));
}

/// Masks, or unmasks, in place (RFC 6455 section 5.3).
pub fn mask(bytes: &mut [u8], key: [u8; 4]) {
    let wide = widen(key);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        if let Ok(whole) = <[u8; 8]>::try_from(&*word) {
            word.copy_from_slice(&(u64::from_ne_bytes(whole) ^ wide).to_ne_bytes());
        }
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= key;
    }
}

/// Repeats the key in a word.
fn widen(key: [u8; 4]) -> u64 {
    let [a, b, c, d] = key;
    u64::from_ne_bytes([a, b, c, d, a, b, c, d])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test may panic.
    use super::*;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[test]
    fn parses_the_examples_of_section_5_7() {
        let hello = FrameHeader::parse(&[0x81, 0x05, b'H', b'e']).unwrap();
        assert_eq!(
            (hello.fin, hello.opcode, hello.length, hello.size),
            (true, Opcode::Text, 5, 2)
        );
        let masked = FrameHeader::parse(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d]).unwrap();
        assert!(masked.masked);
        assert_eq!(masked.size, 6);
        let part = FrameHeader::parse(&[0x01, 0x03]).unwrap();
        assert!(!part.fin);
        let medium = FrameHeader::parse(&[0x82, 0x7e, 0x01, 0x00]).unwrap();
        assert_eq!((medium.length, medium.size), (256, 4));
        let long = FrameHeader::parse(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap();
        assert_eq!((long.length, long.size), (65_536, 10));
    }

    #[test]
    fn does_not_parse_an_incomplete_header() {
        let whole = [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4];
        assert_eq!(whole.len(), MAX_HEADER);
        for cut in 0..whole.len() {
            assert_eq!(FrameHeader::parse(whole.get(..cut).unwrap()), None, "{cut} bytes");
        }
        assert!(FrameHeader::parse(&whole).is_some());
    }

    #[test]
    fn reports_reserved_bits_and_opcodes() {
        for bit in [0x40, 0x20, 0x10] {
            assert_eq!(FrameHeader::parse(&[FIN | bit | 1, 0]).unwrap().reserved, bit);
        }
        let opcodes: Vec<_> = (0..16)
            .map(|bits| FrameHeader::parse(&[FIN | bits, 0]).unwrap().opcode)
            .collect();
        assert_eq!(opcodes.first(), Some(&Opcode::Continuation));
        assert_eq!(opcodes.get(3), Some(&Opcode::Reserved(3)));
        assert_eq!(opcodes.get(8), Some(&Opcode::Close));
        assert_eq!(opcodes.get(15), Some(&Opcode::Control(15)));
    }

    #[test]
    fn encodes_the_masked_example_of_section_5_7() {
        let mut out = Vec::new();
        put_header(&mut out, Kind::Text, 5, KEY);
        put_masked(&mut out, b"Hello", KEY);
        assert_eq!(
            out,
            [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
        );
    }

    #[test]
    fn encodes_the_first_byte_of_fragments_and_of_compressed_messages() {
        let first = |first: FirstByte| {
            let mut out = Vec::new();
            put_header(&mut out, first, 0, KEY);
            out.first().copied().unwrap()
        };
        assert_eq!(first(Kind::Text.into()), 0x81);
        assert_eq!(first(FirstByte::from(Kind::Text).with_more()), 0x01);
        assert_eq!(first(FirstByte::from(Kind::Binary).compressed()), 0xc2);
        assert_eq!(
            first(FirstByte::from(Kind::Binary).compressed().with_more()),
            0x42
        );
        assert_eq!(first(FirstByte::LAST.with_more()), 0x00);
        assert_eq!(first(FirstByte::LAST), 0x80);
    }

    #[test]
    fn parses_what_it_encodes() {
        for length in [0, 1, 7, 8, 125, 126, 65_535, 65_536, 100_005] {
            let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
            let mut out = Vec::new();
            put_header(&mut out, Kind::Binary, length, KEY);
            put_masked(&mut out, &payload, KEY);
            let header = FrameHeader::parse(&out).unwrap();
            assert_eq!((header.length, header.masked), (length as u64, true));
            let mut body = out.split_off(header.size);
            mask(&mut body, KEY);
            assert_eq!(body, payload);
        }
    }
}
