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
    /// A message begins that is delivered as it arrives.
    StreamStart(Kind),
    /// A part of that message. A text ends with a whole character.
    Chunk(Kind, Payload),
    /// That message is complete.
    StreamEnd,
    /// A message is larger than `maxMessageSize`. Nothing follows until
    /// [`stream_message`](crate::Connection::stream_message), [`skip_message`](crate::Connection::skip_message) or
    /// [`refuse_message`](crate::Connection::refuse_message) decides what becomes of it.
    Held,
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
