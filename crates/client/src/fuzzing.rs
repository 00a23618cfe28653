//! A connection over one end of a pair of sockets, without a handshake before it: for `crates/fuzz` only.

use crate::connection::Connection;
use crate::framing::Framing;
use crate::io::Stream;
use crate::options::KeepaliveOptions;
use crate::socket::Socket;
use std::os::unix::net::UnixStream;
use websocket_rs_protocol::busy_poll::Mode;

/// A connection as it is right after its handshake. `stream` has to be non-blocking; `prefix` is what
/// came with the handshake's answer.
pub fn connection(stream: UnixStream, prefix: Vec<u8>, max_message_size: usize) -> Option<Connection> {
    let stream = Stream::Plain(Socket::open(stream.into()));
    let framing = Framing::new(stream, prefix, Some(max_message_size))?;
    let keepalive = KeepaliveOptions::default();
    Some(Connection::new(framing, String::new(), keepalive, Mode::Off))
}
