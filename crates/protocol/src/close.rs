//! Close codes of RFC 6455 section 7.4 and which of them an endpoint may send.

/// The peer broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// Reserved: the peer's close frame carried no code. Never on the wire.
pub const NO_STATUS: u16 = 1005;
/// Reserved: the connection ended without a close frame. Never on the wire.
pub const ABNORMAL: u16 = 1006;
/// A text message was not UTF-8.
pub const INVALID_PAYLOAD: u16 = 1007;
/// The peer behaved badly in a way no other code says.
pub const POLICY_VIOLATION: u16 = 1008;
/// A message was larger than the receiver takes.
pub const TOO_BIG: u16 = 1009;

/// Why a close frame breaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClose {
    /// A payload of one byte.
    #[error("close frame with half a close code (RFC 6455 section 5.5.1)")]
    HalfCode,
    /// The code is one that no endpoint may send.
    #[error("close frame with code {0}, which may not be sent (RFC 6455 section 7.4)")]
    Code(u16),
    /// The reason is not UTF-8.
    #[error("close frame with a reason that is not UTF-8 (RFC 6455 section 5.5.1)")]
    Reason,
}

impl InvalidClose {
    /// The code to fail the connection with.
    pub fn close_code(self) -> u16 {
        match self {
            Self::HalfCode | Self::Code(_) => PROTOCOL_ERROR,
            Self::Reason => INVALID_PAYLOAD,
        }
    }
}

/// Code and reason of a close frame that was received; [`NO_STATUS`] where it has no code.
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

/// Says whether an endpoint may put `code` into a close frame.
fn is_sendable(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_codes_are_refused() {
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
    fn registered_and_private_codes_are_taken() {
        for code in [1000_u16, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
            assert_eq!(parse(&code.to_be_bytes()), Ok((code, "")));
        }
    }

    #[test]
    fn a_close_frame_has_a_code_before_its_reason() {
        assert_eq!(parse(&[]), Ok((NO_STATUS, "")));
        assert_eq!(parse(&[3]), Err(InvalidClose::HalfCode));
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82\xac"), Ok((1000, "bye \u{20ac}")));
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82"), Err(InvalidClose::Reason));
    }
}
