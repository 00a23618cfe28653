//! The errors of what is refused of a peer that has violated the protocol.

use super::inflow::FrameViolation;
use crate::error::{Error, ErrorKind, Phase, Refused};
use websocket_rs_protocol::close::InvalidClose;

/// Returns the error of a refused frame. `header` is its first two bytes, if they are still there.
#[cold]
pub(super) fn frame_refused(violation: FrameViolation, header: Option<[u8; 2]>) -> Error {
    if violation == FrameViolation::NotDeflate {
        return Error::new(Phase::Open, ErrorKind::NotDeflate);
    }
    // The payload of a text is read before it is refused.
    let header = header.filter(|_| violation != FrameViolation::NotUtf8);
    let message = match header {
        None => violation.to_string(),
        Some([first, second]) => format!("{violation}, beginning {first:02x} {second:02x}"),
    };
    let refused = Refused {
        name: violation.name(),
        value: header.map(u16::from_be_bytes),
    };
    to_error(violation.close_code(), message, refused)
}

/// Returns the error of a refused close frame.
pub(super) fn close_refused(invalid: InvalidClose) -> Error {
    let (name, value) = match invalid {
        InvalidClose::HalfCode => ("half-close-code", None),
        InvalidClose::Code(code) => ("close-code", Some(code)),
        InvalidClose::Reason => ("invalid-utf8", None),
    };
    to_error(invalid.close_code(), invalid.to_string(), Refused { name, value })
}

fn to_error(close_code: u16, message: String, refused: Refused) -> Error {
    let refused = Some(refused);
    Error::new(
        Phase::Open,
        ErrorKind::Violation {
            close_code,
            message,
            refused,
        },
    )
}
