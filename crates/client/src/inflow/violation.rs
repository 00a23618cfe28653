//! What breaks the protocol and is not left to the codec to find.

use websocket_rs_protocol::close;
use websocket_rs_protocol::limits::MAX_FRAGMENTS;

/// Without a payload, as it makes every step larger: with a string in it, a frame took a tenth more instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("text message is not UTF-8 (RFC 6455 section 8.1)")]
    NotUtf8,
    #[error("control frame of more than 125 bytes (RFC 6455 section 5.5)")]
    LongControlFrame,
    #[error("message in more than {MAX_FRAGMENTS} fragments")]
    TooManyFragments,
}

impl Violation {
    /// The code to close the connection with.
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::NotUtf8 => close::INVALID_PAYLOAD,
            Self::LongControlFrame => close::PROTOCOL_ERROR,
            Self::TooManyFragments => close::POLICY_VIOLATION,
        }
    }
}
