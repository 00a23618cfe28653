//! What is inside, over one end of a pair of sockets: for `crates/fuzz` only.

use crate::connect::proxy::open_over;
use crate::connection::{Connection, KeepaliveOptions};
use crate::error::ProxyFailure;
use crate::framing::Framing;
use crate::transport::{Socket, Stream};
use std::os::unix::net::UnixStream;
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::proxy::Proxy;
use websocket_rs_protocol::target::Target;

/// A connection as it is right after its handshake. `stream` has to be non-blocking; `prefix` is what
/// came with the handshake's answer.
pub fn connection(stream: UnixStream, prefix: Vec<u8>, max_message_size: usize) -> Option<Connection> {
    let stream = Stream::Plain(Socket::open(stream.into()));
    let framing = Framing::new(stream, prefix, Some(max_message_size))?;
    let keepalive = KeepaliveOptions::default();
    Some(Connection::new(framing, String::new(), keepalive, Mode::Off))
}

/// Asks a proxy for a tunnel. `stream` has to be non-blocking, and all that the proxy says has to be in it, with the end
/// behind it. None where there is no runtime to be had.
pub fn tunnel(stream: UnixStream, proxy: &Proxy, target: &Target) -> Option<Result<(), ProxyFailure>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let stream = Stream::Plain(Socket::unix(tokio::net::UnixStream::from_std(stream).ok()?));
        Some(open_over(stream, proxy, target).await)
    })
}
