//! What a connection reports to its driver.

use crate::framing::Payload;
use bytes::Bytes;
use std::time::Duration;
use websocket_rs_protocol::frame::Kind;

/// Something the driver hands on.
#[derive(Debug)]
pub enum Event {
    /// A whole message.
    Message(Kind, Payload),
    /// A pong, ours or unasked (RFC 6455 section 5.5.3), and the round trip where it answers the keepalive.
    Pong(Bytes, Option<Duration>),
    /// The peer's close frame: code, 1005 where it had none, and reason. No message follows.
    Close(u16, Bytes),
    /// The connection ended after its closing handshake.
    End,
}
