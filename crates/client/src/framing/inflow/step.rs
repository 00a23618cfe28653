//! The next step after received bytes: a message, an event, or work for the codec.

use super::violation::FrameViolation;
use crate::destination::Destination;
use bytes::Bytes;
use std::ops::Range;
use websocket_rs_protocol::frame::Kind;

/// The place of a message's payload.
#[derive(Debug)]
pub enum Payload {
    /// In the window, where it may stay: those bytes are never overwritten.
    Window(Range<usize>),
    /// In memory of its own.
    Owned(Vec<u8>),
    /// In memory that the driver has made for it, of its size.
    Destination(Box<dyn Destination>),
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Return a complete message.
    Message(Kind, Payload),
    /// Report that a message begins which is delivered as it arrives.
    StreamStart(Kind),
    /// Return a part of that message. A text ends with a whole character.
    Chunk(Kind, Payload),
    /// Report that the message is complete.
    StreamEnd,
    /// Count a message that was dropped.
    Skipped,
    /// Report that a message is larger than `maxMessageSize`. The next steps wait for a decision.
    Held,
    /// Poll the codec: there are bytes for it, or the stream has ended and it reports how.
    Codec,
    /// Handle the payload of a complete close frame. What follows it is dropped.
    Close(Bytes),
    /// Report a complete ping, and perhaps reply to it.
    Ping(Bytes),
    /// Nothing: the stream has ended after the close frame.
    End,
    /// Fail the connection.
    Violation(FrameViolation),
}

/// Whether a payload may be that of a text message.
pub(super) fn is_utf8(payload: &[u8]) -> bool {
    simdutf8::basic::from_utf8(payload).is_ok()
}

/// Returns a message, or a violation if it is text that is not UTF-8. `place` is called for a valid message only.
pub(super) fn check(kind: Kind, payload: &[u8], place: impl FnOnce() -> Payload) -> Step {
    if kind == Kind::Text && !is_utf8(payload) {
        return Step::Violation(FrameViolation::NotUtf8);
    }
    Step::Message(kind, place())
}
