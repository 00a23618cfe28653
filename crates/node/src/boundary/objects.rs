//! The objects that native code returns from cold calls. `None` means that the property is left out.

use crate::slots::Key;
use napi::bindgen_prelude::Buffer;
use napi::{Result, check_status, sys};
use napi_derive::napi;
use std::ptr;
use std::time::Duration;
use websocket_rs_client::{Connection, Header};

/// An open connection, as JavaScript gets it.
#[napi(object, object_from_js = false)]
pub(crate) struct Opened {
    /// The connection's number in all further calls.
    pub id: f64,
    /// The subprotocol that the server chose; empty if none.
    pub protocol: String,
    /// The extensions in use, as in `Sec-WebSocket-Extensions`; empty if none.
    pub extensions: String,
    /// Local address, without the port.
    pub local_address: String,
    /// Port of the local address.
    pub local_port: u32,
    /// Remote address, without the port.
    pub remote_address: String,
    /// Port of the remote address.
    pub remote_port: u32,
    /// Headers of the upgrade response: names and values alternate, each followed by a line feed, which neither can
    /// contain. One string is much cheaper to make and to keep than an array of strings.
    pub headers: String,
}

/// A failure. TypeScript makes an error object of it.
#[derive(Default)]
#[napi(object, object_from_js = false)]
pub(crate) struct Failure {
    /// One of the codes of the error table.
    pub code: String,
    /// The phase in which it occurred.
    pub phase: String,
    /// The message of the error.
    pub message: String,
    /// Code of the cause, as Node spells it.
    pub cause_code: Option<String>,
    /// Message of the cause.
    pub cause_message: Option<String>,
    /// The addresses that refused the TCP connection, or the host that has none.
    pub address: Option<String>,
    /// HTTP status of the response that rejected the handshake.
    pub status: Option<u32>,
    /// Headers of that response: names and values alternate.
    pub headers: Option<Vec<String>>,
    /// Body of that response.
    pub body: Option<Buffer>,
    /// Close code that was sent because of the failure, or 1006.
    pub close_code: Option<u32>,
}

/// Counters of a connection.
#[napi(object, object_from_js = false)]
pub(crate) struct Counters {
    /// Text and binary messages that were written to the socket or are queued for it.
    pub messages_sent: f64,
    /// Complete text and binary messages received.
    pub messages_received: f64,
    /// Bytes written to the socket, without the handshake.
    pub bytes_sent: f64,
    /// Bytes read from the socket, without the handshake.
    pub bytes_received: f64,
    /// Reads that returned bytes.
    pub reads: f64,
    /// Writes that accepted bytes.
    pub writes: f64,
    /// Replies that were found by a speculative read or by busy-polling.
    pub busy_poll_hits: f64,
    /// Times that busy-polling found nothing.
    pub busy_poll_misses: f64,
    /// Milliseconds since a message was last sent; missing before the first.
    pub since_sent: Option<f64>,
    /// Milliseconds since bytes were last received; missing before the first.
    pub since_received: Option<f64>,
}

impl Opened {
    /// Describes a connection that has no number yet, and takes the response headers out of it.
    pub(crate) fn new(connection: &mut Connection) -> Self {
        let (local, remote) = connection.addresses().unzip();
        let split = |address: Option<std::net::SocketAddr>| {
            address.map_or_else(<(String, u32)>::default, |at| {
                (at.ip().to_string(), at.port().into())
            })
        };
        let (local_address, local_port) = split(local);
        let (remote_address, remote_port) = split(remote);
        let protocol = connection.protocol().to_owned();
        Self {
            id: -1.0,
            protocol,
            extensions: connection.extensions(),
            local_address,
            local_port,
            remote_address,
            remote_port,
            headers: flatten(&connection.take_response_headers()),
        }
    }

    /// Sets the number.
    pub(crate) fn with_id(self, key: Key) -> Self {
        Self {
            id: key.to_number(),
            ..self
        }
    }
}

impl Counters {
    /// Describes a connection that has been idle in either direction for the given times.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn new(
        stats: websocket_rs_client::Stats,
        since_sent: Option<Duration>,
        since_received: Option<Duration>,
    ) -> Self {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        Self {
            messages_sent: stats.messages_sent as f64,
            messages_received: stats.messages_received as f64,
            bytes_sent: stats.bytes_sent as f64,
            bytes_received: stats.bytes_received as f64,
            reads: stats.reads as f64,
            writes: stats.writes as f64,
            busy_poll_hits: stats.busy_poll_hits as f64,
            busy_poll_misses: stats.busy_poll_misses as f64,
            since_sent: since_sent.map(milliseconds),
            since_received: since_received.map(milliseconds),
        }
    }
}

fn flatten(headers: &[Header]) -> String {
    let mut flat = String::new();
    for (name, value) in headers {
        for text in [name, value] {
            flat.push_str(text);
            flat.push('\n');
        }
    }
    flat
}

/// Converts milliseconds. A value that is too large means no limit.
pub(crate) fn duration(milliseconds: Option<f64>) -> Option<Duration> {
    milliseconds.and_then(|value| Duration::try_from_secs_f64(value / 1000.0).ok())
}

/// Converts a byte count. Saturates at `usize::MAX`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn bytes(value: f64) -> usize {
    value as usize
}

/// Copies bytes to a Buffer. Callers are on the environment's thread with a handle scope open.
pub(crate) fn copied_buffer(raw: sys::napi_env, bytes: &[u8]) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: promised by callers. Node copies the bytes before this returns.
    check_status!(unsafe {
        sys::napi_create_buffer_copy(
            raw,
            bytes.len(),
            bytes.as_ptr().cast(),
            ptr::null_mut(),
            &raw mut value,
        )
    })?;
    Ok(value)
}

/// Converts bytes to a Buffer.
pub(crate) fn buffer(bytes: Vec<u8>) -> Buffer {
    Buffer::from(bytes)
}
