//! Close codes of RFC 6455 section 7.4 and which of them an endpoint may send.

use crate::limits::MAX_CLOSE_REASON;

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

/// Why a close frame cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseFrameError {
    /// The code is reserved or outside the ranges of RFC 6455 section 7.4.
    #[error("close code {0} may not be sent: 1000-1003, 1007-1014 and 3000-4999 may (RFC 6455 section 7.4)")]
    Code(u16),
    /// The reason does not fit into a control frame.
    #[error("close reason is {0} bytes, {MAX_CLOSE_REASON} fit into a close frame (RFC 6455 section 5.5)")]
    Reason(usize),
}

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
pub fn is_sendable(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Checks a close frame before it is sent.
pub fn check(code: u16, reason: &str) -> Result<(), CloseFrameError> {
    if !is_sendable(code) {
        return Err(CloseFrameError::Code(code));
    }
    if reason.len() > MAX_CLOSE_REASON {
        return Err(CloseFrameError::Reason(reason.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_codes_are_refused() {
        for code in [
            0,
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
            assert_eq!(check(code, ""), Err(CloseFrameError::Code(code)));
        }
    }

    #[test]
    fn registered_and_private_codes_are_taken() {
        for code in [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
            assert_eq!(check(code, "done"), Ok(()));
        }
    }

    #[test]
    fn every_code_is_judged_alike_in_both_directions() {
        for code in 0..=u16::MAX {
            let expected = check(code, "")
                .map(|()| (code, ""))
                .map_err(|_| InvalidClose::Code(code));
            assert_eq!(parse(&code.to_be_bytes()), expected);
        }
    }

    #[test]
    fn a_close_frame_has_a_code_before_its_reason() {
        assert_eq!(parse(&[]), Ok((NO_STATUS, "")));
        assert_eq!(parse(&[3]), Err(InvalidClose::HalfCode));
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82\xac"), Ok((1000, "bye \u{20ac}")));
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82"), Err(InvalidClose::Reason));
    }

    #[test]
    fn a_reason_fills_the_control_frame_and_no_more() {
        assert_eq!(check(1000, &"r".repeat(MAX_CLOSE_REASON)), Ok(()));
        let over = MAX_CLOSE_REASON + 1;
        assert_eq!(check(1000, &"r".repeat(over)), Err(CloseFrameError::Reason(over)));
    }
}
