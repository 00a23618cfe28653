//! Close codes (RFC 6455 section 7.4), and the check of a received close frame.
//!
//! What a caller may send is checked by the TypeScript layer, before a message reaches native code.

/// The peer violated the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// Reserved: the peer's close frame had no code. Never sent.
pub const NO_STATUS: u16 = 1005;
/// Reserved: the connection ended without a close frame. Never sent.
pub const ABNORMAL: u16 = 1006;
/// A text message was not UTF-8.
pub const INVALID_PAYLOAD: u16 = 1007;
/// The peer violated a policy that no other code describes.
pub const POLICY_VIOLATION: u16 = 1008;
/// A message was larger than the receiver accepts.
pub const TOO_BIG: u16 = 1009;

/// Why a received close frame is a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClose {
    /// A payload of one byte.
    #[error("close frame with half a close code (RFC 6455 section 5.5.1)")]
    HalfCode,
    /// The code is reserved or outside of the ranges of RFC 6455 section 7.4.
    #[error("close frame with code {0}, which may not be sent (RFC 6455 section 7.4)")]
    Code(u16),
    /// The reason is not UTF-8.
    #[error("close frame with a reason that is not UTF-8 (RFC 6455 section 5.5.1)")]
    Reason,
}

impl InvalidClose {
    /// Returns the code to fail the connection with.
    pub fn close_code(self) -> u16 {
        match self {
            Self::HalfCode | Self::Code(_) => PROTOCOL_ERROR,
            Self::Reason => INVALID_PAYLOAD,
        }
    }
}

/// Parses the payload of a received close frame. Returns its code, [`NO_STATUS`] if it has none, and its reason.
pub fn parse(payload: &[u8]) -> Result<(u16, &str), InvalidClose> {
    match payload {
        [] => Ok((NO_STATUS, "")),
        [_] => Err(InvalidClose::HalfCode),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !is_sendable(code) {
                return Err(InvalidClose::Code(code));
            }
            let reason = std::str::from_utf8(reason).map_err(|_| InvalidClose::Reason)?;
            Ok((code, reason))
        }
    }
}

/// Whether an endpoint may put `code` into a close frame.
fn is_sendable(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_reserved_codes() {
        for code in [
            0_u16,
            999,
            1004,
            NO_STATUS,
            ABNORMAL,
            1015,
            1016,
            2999,
            5000,
            u16::MAX,
        ] {
            assert_eq!(parse(&code.to_be_bytes()), Err(InvalidClose::Code(code)));
        }
    }

    #[test]
    fn accepts_registered_and_private_codes() {
        for code in [1000_u16, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
            assert_eq!(parse(&code.to_be_bytes()), Ok((code, "")));
        }
    }

    #[test]
    fn parses_code_and_reason() {
        assert_eq!(parse(&[]), Ok((NO_STATUS, "")));
        assert_eq!(parse(&[3]), Err(InvalidClose::HalfCode));
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82\xac"), Ok((1000, "bye \u{20ac}")));
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82"), Err(InvalidClose::Reason));
    }
}
