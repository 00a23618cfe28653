//! The objects that cross on cold calls. Same names and same order as in `src/native.ts`.
//!
//! `None` stands for "left out".

use crate::slots::Key;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use std::time::Duration;
use websocket_rs_client::{Connection, Header};

/// What an open connection is.
#[napi(object, object_from_js = false)]
pub(crate) struct Opened {
    /// Its number in all further calls.
    pub id: f64,
    /// The subprotocol the server chose.
    pub protocol: String,
    /// Local address and port.
    pub local_address: String,
    /// Port of the local address.
    pub local_port: u32,
    /// Remote address.
    pub remote_address: String,
    /// Port of the remote address.
    pub remote_port: u32,
    /// Headers of the response, names and values in turn, each ended by a line feed, which none of them holds: one
    /// string is much cheaper to make and to keep than an array of them.
    pub headers: String,
}

/// What went wrong; `errors.ts` makes an error of it.
#[derive(Default)]
#[napi(object, object_from_js = false)]
pub(crate) struct Failure {
    /// One of the codes of the error table.
    pub code: String,
    /// Where it happened.
    pub phase: String,
    /// What happened.
    pub message: String,
    /// Code of the cause, as Node names it.
    pub cause_code: Option<String>,
    /// Text of the cause.
    pub cause_message: Option<String>,
    /// HTTP status of a refused handshake.
    pub status: Option<u32>,
    /// Its headers, names and values in turn.
    pub headers: Option<Vec<String>>,
    /// Its body.
    pub body: Option<Buffer>,
    /// Close code that was sent for it, or 1006.
    pub close_code: Option<u32>,
}

/// Counters of a connection.
#[napi(object, object_from_js = false)]
pub(crate) struct Counters {
    /// Text and binary messages sent.
    pub messages_sent: f64,
    /// Text and binary messages received.
    pub messages_received: f64,
    /// Bytes given to the socket.
    pub bytes_sent: f64,
    /// Bytes taken from the socket.
    pub bytes_received: f64,
    /// Reads that brought bytes.
    pub reads: f64,
    /// Writes that took bytes.
    pub writes: f64,
    /// Replies that came while they were waited for awake.
    pub busy_poll_hits: f64,
    /// Waits awake that were in vain.
    pub busy_poll_misses: f64,
}

impl Opened {
    /// Describes a connection that has no number yet.
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
            local_address,
            local_port,
            remote_address,
            remote_port,
            headers: flatten(&connection.take_response_headers()),
        }
    }

    /// Gives it its number.
    pub(crate) fn with_id(self, key: Key) -> Self {
        Self {
            id: key.to_number(),
            ..self
        }
    }
}

#[allow(clippy::cast_precision_loss)]
impl From<websocket_rs_client::Stats> for Counters {
    fn from(stats: websocket_rs_client::Stats) -> Self {
        Self {
            messages_sent: stats.messages_sent as f64,
            messages_received: stats.messages_received as f64,
            bytes_sent: stats.bytes_sent as f64,
            bytes_received: stats.bytes_received as f64,
            reads: stats.reads as f64,
            writes: stats.writes as f64,
            busy_poll_hits: stats.busy_poll_hits as f64,
            busy_poll_misses: stats.busy_poll_misses as f64,
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

/// Milliseconds as a duration; too many are no limit.
pub(crate) fn duration(milliseconds: Option<f64>) -> Option<Duration> {
    milliseconds.and_then(|value| Duration::try_from_secs_f64(value / 1000.0).ok())
}

/// A byte count; more than an address space is as much as one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn bytes(value: f64) -> usize {
    value as usize
}

/// Bytes as a Buffer of their own.
pub(crate) fn buffer(bytes: Vec<u8>) -> Buffer {
    Buffer::from(bytes)
}
