//! Access for `crates/fuzz` to a connection and a tunnel over one end of a socket pair.

use crate::compression::Compression;
use crate::connect::proxy::open_over;
use crate::connection::{Connection, KeepaliveOptions};
use crate::error::ProxyFailure;
use crate::framing::Framing;
use crate::transport::{Socket, Stream};
use std::os::unix::net::UnixStream;
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::proxy::Proxy;
use websocket_rs_protocol::target::Target;

/// Returns a connection in the state after its handshake. `stream` must be non-blocking; `prefix` are the bytes that
/// followed the upgrade response.
pub fn connection(
    stream: UnixStream,
    prefix: Vec<u8>,
    max_message_size: usize,
    compression: Option<Compression>,
) -> Option<Connection> {
    let stream = Stream::Plain(Socket::open(stream.into()));
    let framing = Framing::new(stream, prefix, Some(max_message_size), compression)?;
    let keepalive = KeepaliveOptions::default();
    Some(Connection::new(framing, None, keepalive, Mode::Off))
}

/// Requests a tunnel from a proxy. `stream` must be non-blocking and hold everything that the proxy sends, followed by
/// the end of the stream. Returns `None` if no runtime can be created.
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
