//! What a connection reports to its driver.

use crate::framing::Payload;
use bytes::Bytes;
use std::time::Duration;
use websocket_rs_protocol::frame::Kind;

/// An event, which the driver delivers.
#[derive(Debug)]
pub enum Event {
    /// A complete message.
    Message(Kind, Payload),
    /// A pong, solicited or not (RFC 6455 section 5.5.3), with the round-trip time if it replies to a ping of the
    /// keepalive.
    Pong(Bytes, Option<Duration>),
    /// A ping, of a connection that [reports](super::Connection::report_pings) them.
    Ping(Bytes),
    /// The peer's close frame: its code, 1005 if it has none, and its reason. No message follows.
    Close(u16, Bytes),
    /// The end of the connection after its closing handshake.
    End,
}
