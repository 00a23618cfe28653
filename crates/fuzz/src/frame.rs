//! Frame headers and masks.

use crate::rng_seed::split_rng_seed;
use websocket_rs_protocol::frame::{FrameHeader, Kind, MAX_HEADER, Opcode, mask, put_header, put_masked};

/// Parses the input as a header, then encodes it as a payload.
pub fn check(data: &[u8]) {
    check_header(data);
    let (seed, payload) = split_rng_seed(data);
    let [a, b, c, d, kind, size, ..] = seed.to_le_bytes();
    let kind = if kind % 2 == 0 { Kind::Text } else { Kind::Binary };
    // Rarely a payload larger than a masking block and than a 16-bit length: these inputs are slow.
    let size = if size < 250 {
        payload.len()
    } else {
        payload.len() * 400
    };
    let payload: Vec<u8> = payload.iter().copied().cycle().take(size.min(100_000)).collect();
    check_round_trip(kind, &payload, [a, b, c, d]);
}

/// Compares each field of the header with RFC 6455 section 5.2.
fn check_header(data: &[u8]) {
    let header = FrameHeader::parse(data);
    assert_eq!(
        header,
        FrameHeader::parse(&data[..data.len().min(MAX_HEADER)]),
        "the parser reads past the longest header"
    );
    let Some(header) = header else {
        assert!(data.len() < MAX_HEADER);
        return;
    };
    assert_eq!(
        FrameHeader::parse(&data[..header.size - 1]),
        None,
        "an incomplete header is accepted"
    );
    assert_eq!(header.fin, data[0] >> 7 == 1);
    assert_eq!(header.reserved, data[0] & 0b0111_0000);
    assert_eq!(bits(header.opcode), data[0] & 0b1111);
    assert_eq!(header.masked, data[1] >> 7 == 1);
    let extended = match data[1] & 0b0111_1111 {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let length = match extended {
        0 => u64::from(data[1] & 0b0111_1111),
        count => data[2..2 + count]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    assert_eq!(header.length, length);
    assert_eq!(header.size, 2 + extended + 4 * usize::from(header.masked));
}

/// Returns the opcode as the four bits of the header.
fn bits(opcode: Opcode) -> u8 {
    match opcode {
        Opcode::Continuation => 0,
        Opcode::Text => 1,
        Opcode::Binary => 2,
        Opcode::Close => 8,
        Opcode::Control(bits) | Opcode::Reserved(bits) => bits,
    }
}

/// Encodes a frame and decodes it again.
fn check_round_trip(kind: Kind, payload: &[u8], key: [u8; 4]) {
    let mut frame = Vec::new();
    put_header(&mut frame, kind, payload.len(), key);
    put_masked(&mut frame, payload, key);
    let header = FrameHeader::parse(&frame).expect("a whole header");
    let opcode = if kind == Kind::Text {
        Opcode::Text
    } else {
        Opcode::Binary
    };
    assert_eq!((header.fin, header.reserved, header.masked), (true, 0, true));
    assert_eq!((header.opcode, header.length), (opcode, payload.len() as u64));
    let least = match payload.len() {
        0..=125 => 6,
        126..=65_535 => 8,
        _ => 14,
    };
    assert_eq!(header.size, least, "the length is encoded in the fewest bytes");
    let body = &mut frame[header.size..];
    let masked = |(index, byte): (usize, &u8)| byte ^ key[index % 4];
    assert!(body.iter().copied().eq(payload.iter().enumerate().map(masked)));
    mask(body, key);
    assert_eq!(body, payload);
}
