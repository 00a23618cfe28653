//! Violations (RFC 6455) that are found here and not by the codec.

use websocket_rs_protocol::close;
use websocket_rs_protocol::frame::{FrameHeader, Opcode, RSV1};
use websocket_rs_protocol::limits::{MAX_CONTROL_PAYLOAD, MAX_FRAGMENTS};

/// A violation. Has no fields, because they would enlarge every `Step`: with a string, a frame took a
/// tenth more instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameViolation {
    #[error("text message is not UTF-8 (RFC 6455 section 8.1)")]
    NotUtf8,
    #[error("message is not valid deflate data (RFC 7692 section 7.2.2)")]
    NotDeflate,
    #[error("control frame of more than 125 bytes (RFC 6455 section 5.5)")]
    LongControlFrame,
    #[error("message in more than {MAX_FRAGMENTS} fragments")]
    TooManyFragments,
    #[error("frame with a reserved opcode (RFC 6455 section 5.2)")]
    ReservedOpcode,
    #[error("frame with reserved bits set (RFC 6455 section 5.2)")]
    ReservedBits,
    #[error("masked frame from a server (RFC 6455 section 5.1)")]
    Masked,
    #[error("fragmented control frame (RFC 6455 section 5.5)")]
    FragmentedControlFrame,
    #[error("continuation frame without a message to continue (RFC 6455 section 5.4)")]
    NothingToContinue,
    #[error("new message before the last fragment of the one before it (RFC 6455 section 5.4)")]
    UnfinishedMessage,
    #[error("frame of 2^63 bytes or more (RFC 6455 section 5.2)")]
    LongFrame,
}

impl FrameViolation {
    /// Returns a name for programs, which does not change.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotUtf8 => "invalid-utf8",
            Self::NotDeflate => "invalid-deflate",
            Self::LongControlFrame => "long-control-frame",
            Self::TooManyFragments => "too-many-fragments",
            Self::ReservedOpcode => "reserved-opcode",
            Self::ReservedBits => "reserved-bits",
            Self::Masked => "masked",
            Self::FragmentedControlFrame => "fragmented-control-frame",
            Self::NothingToContinue => "nothing-to-continue",
            Self::UnfinishedMessage => "unfinished-message",
            Self::LongFrame => "long-frame",
        }
    }

    /// Returns the code to close the connection with.
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::NotUtf8 | Self::NotDeflate => close::INVALID_PAYLOAD,
            Self::TooManyFragments => close::POLICY_VIOLATION,
            _ => close::PROTOCOL_ERROR,
        }
    }
}

/// The largest length of a frame.
const MAX_LENGTH: u64 = i64::MAX as u64;

/// Checks the header of a frame, so that no payload of a rejected frame is read. `begun` is the number of fragments of an
/// unfinished message before it that count toward the limit; `None` if there is no such message. `is_deflate` is whether
/// permessage-deflate is negotiated. Of several violations, the one that the npm package `ws` reports is returned.
pub(super) fn check_header(
    header: FrameHeader,
    begun: Option<u32>,
    is_deflate: bool,
) -> Result<(), FrameViolation> {
    if header.reserved & !(if is_deflate { RSV1 } else { 0 }) != 0 {
        return Err(FrameViolation::ReservedBits);
    }
    check_opcode(header, begun)?;
    if header.masked {
        return Err(FrameViolation::Masked);
    }
    if header.length > MAX_LENGTH {
        return Err(FrameViolation::LongFrame);
    }
    match (header.opcode, begun) {
        (Opcode::Continuation, Some(MAX_FRAGMENTS..)) if !header.fin => Err(FrameViolation::TooManyFragments),
        _ => Ok(()),
    }
}

/// Checks what depends on the opcode. Only the first frame of a message says that it is compressed (RFC 7692 section 6).
fn check_opcode(header: FrameHeader, begun: Option<u32>) -> Result<(), FrameViolation> {
    let is_control = matches!(header.opcode, Opcode::Close | Opcode::Control(_));
    match (header.opcode, begun) {
        (Opcode::Reserved(_) | Opcode::Control(11..), _) => Err(FrameViolation::ReservedOpcode),
        (Opcode::Text | Opcode::Binary, Some(_)) => Err(FrameViolation::UnfinishedMessage),
        (Opcode::Text | Opcode::Binary, None) => Ok(()),
        _ if is_control && !header.fin => Err(FrameViolation::FragmentedControlFrame),
        _ if header.reserved != 0 => Err(FrameViolation::ReservedBits),
        (Opcode::Continuation, None) => Err(FrameViolation::NothingToContinue),
        _ if is_control && !has_short_length(header) => Err(FrameViolation::LongControlFrame),
        _ => Ok(()),
    }
}

/// Whether the length is one that a control frame may have, and in the seven bits that are enough for it (RFC 6455
/// sections 5.2 and 5.5).
fn has_short_length(header: FrameHeader) -> bool {
    let size = 2 + if header.masked { 4 } else { 0 };
    header.length <= MAX_CONTROL_PAYLOAD as u64 && header.size == size
}

/// Whether a frame is unfragmented, unmasked and without reserved bits.
pub(super) fn is_plain(header: FrameHeader) -> bool {
    header.fin && header.reserved == 0 && !header.masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(
        first: u8,
        second: u8,
        length: u64,
        begun: Option<u32>,
        is_deflate: bool,
    ) -> Result<(), FrameViolation> {
        let mut bytes = match length {
            0..126 => vec![first, second | u8::try_from(length).unwrap()],
            _ => [&[first, second | 0x7f], length.to_be_bytes().as_slice()].concat(),
        };
        bytes.extend([0; 4]);
        check_header(FrameHeader::parse(&bytes).unwrap(), begun, is_deflate)
    }

    #[test]
    fn rejects_frames_by_their_header() {
        for (first, second, length, begun, expected) in [
            (0x83, 0, 1, None, FrameViolation::ReservedOpcode),
            (0x8f, 0, 1, None, FrameViolation::ReservedOpcode),
            (0x89, 0, 126, None, FrameViolation::LongControlFrame),
            (0x82, 0, 1 << 63, None, FrameViolation::LongFrame),
            (0x80, 0, u64::MAX, Some(1), FrameViolation::LongFrame),
            (0xc2, 0, 1000, None, FrameViolation::ReservedBits),
            (0x82, 0x80, 1000, None, FrameViolation::Masked),
            (0x8a, 0x80, 5, None, FrameViolation::Masked),
            (0x09, 0, 5, Some(1), FrameViolation::FragmentedControlFrame),
            (0x80, 0, 5, None, FrameViolation::NothingToContinue),
            (0x00, 0, 5, None, FrameViolation::NothingToContinue),
            (0x81, 0, 5, Some(1), FrameViolation::UnfinishedMessage),
            (0x02, 0, 5, Some(0), FrameViolation::UnfinishedMessage),
            (0x00, 0, 5, Some(MAX_FRAGMENTS), FrameViolation::TooManyFragments),
        ] {
            let verdict = verdict(first, second, length, begun, false);
            assert_eq!(verdict, Err(expected), "{first:#x} {second:#x} {length}");
        }
    }

    #[test]
    fn rejects_control_frames_whose_length_is_not_minimal() {
        for first in [0x88, 0x89, 0x8a] {
            let header = FrameHeader::parse(&[first, 0x7e, 0, 5]).unwrap();
            let verdict = check_header(header, None, false);
            assert_eq!(verdict, Err(FrameViolation::LongControlFrame), "{first:#x}");
        }
    }

    #[test]
    fn reports_the_violation_that_comes_first_in_ws() {
        for (first, second, length, begun, expected) in [
            (0xff, 0, 0, None, FrameViolation::ReservedBits),
            (0x09, 0x80, 126, None, FrameViolation::FragmentedControlFrame),
            (0x89, 0x80, 126, None, FrameViolation::LongControlFrame),
            (0x80, 0x80, 5, None, FrameViolation::NothingToContinue),
            (0x81, 0x80, 1 << 63, None, FrameViolation::Masked),
        ] {
            let verdict = verdict(first, second, length, begun, false);
            assert_eq!(verdict, Err(expected), "{first:#x} {second:#x} {length}");
        }
    }

    #[test]
    fn accepts_valid_headers() {
        for (first, length, begun) in [
            (0x01, 1000, None),
            (0x02, 0, None),
            (0x82, MAX_LENGTH, None),
            (0x80, 400, Some(1)),
            (0x00, 400, Some(0)),
            (0x00, 400, Some(MAX_FRAGMENTS - 1)),
            (0x80, 400, Some(MAX_FRAGMENTS)),
            (0x89, 125, Some(1)),
            (0x8a, 0, None),
            (0x88, 2, Some(MAX_FRAGMENTS)),
        ] {
            assert_eq!(
                verdict(first, 0, length, begun, false),
                Ok(()),
                "{first:#x} {length}"
            );
        }
    }

    #[test]
    fn accepts_rsv1_on_the_first_frame_of_a_message_if_deflate_is_negotiated() {
        for first in [0xc1, 0xc2, 0x41] {
            assert_eq!(verdict(first, 0, 5, None, true), Ok(()));
        }
        for (first, begun) in [
            (0xc0, Some(1)),
            (0xc9, None),
            (0xc8, None),
            (0xe1, None),
            (0xd1, None),
            (0xa1, None),
        ] {
            let verdict = verdict(first, 0, 5, begun, true);
            assert_eq!(verdict, Err(FrameViolation::ReservedBits), "{first:#x}");
        }
    }
}
