//! What the received bytes call for next.

use super::violation::FrameViolation;
use bytes::Bytes;
use std::ops::Range;
use websocket_rs_protocol::frame::Kind;

/// Where a payload is.
#[derive(Debug)]
pub enum Payload {
    /// In the window, where it may stay: nothing is written there again.
    Window(Range<usize>),
    /// In memory of its own.
    Owned(Bytes),
}

/// What there is to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// A whole message.
    Message(Kind, Payload),
    /// The codec is to be asked: bytes are here for it, or an end it has to judge.
    Codec,
    /// The payload of a whole close frame. Whatever follows it is dropped.
    Close(Bytes),
    /// The stream ended after the close frame.
    End,
    Violation(FrameViolation),
}

pub(super) fn check(kind: Kind, payload: &[u8], place: impl FnOnce() -> Payload) -> Step {
    if kind == Kind::Text && simdutf8::basic::from_utf8(payload).is_err() {
        return Step::Violation(FrameViolation::NotUtf8);
    }
    Step::Message(kind, place())
}
