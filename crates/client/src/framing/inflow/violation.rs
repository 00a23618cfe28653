//! Violations (RFC 6455) that are found here and not by the codec.

use websocket_rs_protocol::close;
use websocket_rs_protocol::frame::{FrameHeader, Opcode};
use websocket_rs_protocol::limits::{MAX_CONTROL_PAYLOAD, MAX_FRAGMENTS};

/// A violation. Has no fields, because they would enlarge every `Step`: with a string, a frame took a
/// tenth more instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameViolation {
    #[error("text message is not UTF-8 (RFC 6455 section 8.1)")]
    NotUtf8,
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
    #[error("message is larger than maxMessageSize")]
    TooBig,
}

impl FrameViolation {
    /// Returns the code to close the connection with.
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::NotUtf8 => close::INVALID_PAYLOAD,
            Self::TooManyFragments => close::POLICY_VIOLATION,
            Self::TooBig => close::TOO_BIG,
            _ => close::PROTOCOL_ERROR,
        }
    }
}

/// What has arrived of a fragmented message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FragmentedMessage {
    /// Number of fragments; 0 if no fragmented message has begun.
    pub(super) fragments: u32,
    /// Bytes of their payloads.
    pub(super) bytes: u64,
}

impl FragmentedMessage {
    /// Returns the state after this frame. Control frames may come between fragments.
    pub(super) fn with(self, header: FrameHeader) -> Self {
        match header.opcode {
            Opcode::Close | Opcode::Control(_) => self,
            _ if header.fin => Self::default(),
            _ => Self {
                fragments: self.fragments + 1,
                bytes: self.bytes.saturating_add(header.length),
            },
        }
    }
}

/// Checks the header of a frame, so that no payload of a rejected frame is read. `begun` is the fragmented message
/// before it.
pub(super) fn check_header(
    header: FrameHeader,
    begun: FragmentedMessage,
    max_message_size: u64,
) -> Result<(), FrameViolation> {
    let is_control = matches!(header.opcode, Opcode::Close | Opcode::Control(_));
    if matches!(header.opcode, Opcode::Reserved(_) | Opcode::Control(11..)) {
        return Err(FrameViolation::ReservedOpcode);
    }
    if is_control && header.length > MAX_CONTROL_PAYLOAD as u64 {
        return Err(FrameViolation::LongControlFrame);
    }
    // A valid close frame is no message.
    if header.length > max_message_size && !(header.opcode == Opcode::Close && is_plain(header)) {
        return Err(FrameViolation::TooBig);
    }
    if begun.with(header).fragments > MAX_FRAGMENTS {
        return Err(FrameViolation::TooManyFragments);
    }
    check_bits(header, is_control)?;
    if is_control {
        return Ok(());
    }
    match (header.opcode, begun.fragments) {
        (Opcode::Continuation, 0) => Err(FrameViolation::NothingToContinue),
        (Opcode::Continuation, _) if begun.bytes.saturating_add(header.length) > max_message_size => {
            Err(FrameViolation::TooBig)
        }
        (Opcode::Text | Opcode::Binary, 1..) => Err(FrameViolation::UnfinishedMessage),
        _ => Ok(()),
    }
}

fn check_bits(header: FrameHeader, is_control: bool) -> Result<(), FrameViolation> {
    if header.reserved {
        return Err(FrameViolation::ReservedBits);
    }
    if header.masked {
        return Err(FrameViolation::Masked);
    }
    if is_control && !header.fin {
        return Err(FrameViolation::FragmentedControlFrame);
    }
    Ok(())
}

/// Whether a frame is unfragmented, unmasked and without reserved bits.
pub(super) fn is_plain(header: FrameHeader) -> bool {
    header.fin && !header.reserved && !header.masked
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = 1000;
    const BEGUN: FragmentedMessage = FragmentedMessage {
        fragments: 1,
        bytes: 600,
    };

    fn verdict(first: u8, second: u8, length: u64, begun: FragmentedMessage) -> Result<(), FrameViolation> {
        let [.., high, low] = length.to_be_bytes();
        let bytes = [first, second | 0x7e, high, low, 0, 0, 0, 0];
        check_header(FrameHeader::parse(&bytes).unwrap(), begun, MAX)
    }

    #[test]
    fn rejects_frames_by_their_header() {
        let none = FragmentedMessage::default();
        for (first, second, length, begun, expected) in [
            (0x83, 0, 1, none, FrameViolation::ReservedOpcode),
            (0x8f, 0, 1, none, FrameViolation::ReservedOpcode),
            (0x89, 0, 126, none, FrameViolation::LongControlFrame),
            (0x82, 0, 1001, none, FrameViolation::TooBig),
            (0xc2, 0x80, 1001, none, FrameViolation::TooBig),
            (0xc2, 0, 1000, none, FrameViolation::ReservedBits),
            (0x82, 0x80, 1000, none, FrameViolation::Masked),
            (0x8a, 0x80, 5, none, FrameViolation::Masked),
            (0x09, 0, 5, BEGUN, FrameViolation::FragmentedControlFrame),
            (0x80, 0, 5, none, FrameViolation::NothingToContinue),
            (0x00, 0, 5, none, FrameViolation::NothingToContinue),
            (0x81, 0, 5, BEGUN, FrameViolation::UnfinishedMessage),
            (0x02, 0, 5, BEGUN, FrameViolation::UnfinishedMessage),
            (0x80, 0, 401, BEGUN, FrameViolation::TooBig),
            (0x00, 0, 401, BEGUN, FrameViolation::TooBig),
        ] {
            let verdict = verdict(first, second, length, begun);
            assert_eq!(verdict, Err(expected), "{first:#x} {second:#x} {length}");
        }
    }

    #[test]
    fn accepts_valid_headers() {
        let none = FragmentedMessage::default();
        for (first, length, begun) in [
            (0x01, 1000, none),
            (0x02, 0, none),
            (0x80, 400, BEGUN),
            (0x00, 400, BEGUN),
            (0x89, 125, BEGUN),
            (0x8a, 0, none),
            (0x88, 2, BEGUN),
        ] {
            assert_eq!(verdict(first, 0, length, begun), Ok(()), "{first:#x} {length}");
        }
    }

    #[test]
    fn counts_fragments_and_their_bytes() {
        let header = |first, length| FrameHeader::parse(&[first, length]).unwrap();
        let first = FragmentedMessage::default().with(header(0x01, 5));
        let second = first.with(header(0x89, 3)).with(header(0x00, 7));
        assert_eq!(
            (second.fragments, second.bytes),
            (2, 12),
            "a ping between fragments does not count"
        );
        assert_eq!(second.with(header(0x80, 1)), FragmentedMessage::default());
    }
}
