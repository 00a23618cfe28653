//! The objects that cross on cold calls. Same names and same order as in `src/native.ts`.
//!
//! `None` stands for "left out". Defaults and friendly checks are TypeScript's.

use crate::slots::Key;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_client::busy_poll::Mode;
use websocket_rs_client::connect::Trust;
use websocket_rs_client::target::Target;
use websocket_rs_client::{
    ConnectOptions, Connection, Error, ErrorKind, Family, Identity, KeepaliveOptions, Phase, TlsOptions,
    TlsParameters,
};

/// What to connect to and how. Times are milliseconds, none for no limit.
#[napi(object, object_to_js = false)]
pub(crate) struct ConnectRequest {
    /// The URL as the caller gave it.
    pub url: String,
    /// One deadline over all phases.
    pub connect_timeout: Option<f64>,
    /// Request headers, names and values in turn.
    pub headers: Vec<String>,
    /// Subprotocols.
    pub protocols: Vec<String>,
    /// `Origin` header.
    pub origin: Option<String>,
    /// Redirects to follow.
    pub max_redirects: u32,
    /// The caller's `tls.ca`, PEM.
    pub ca: Option<Vec<String>>,
    /// `tls.rejectUnauthorized`.
    pub reject_unauthorized: bool,
    /// `tls.cert`, PEM; never without the key.
    pub cert: Option<String>,
    /// `tls.key`, PEM, not encrypted.
    pub key: Option<String>,
    /// `tls.servername`; empty for none.
    pub servername: Option<String>,
    /// Whether `tls.minVersion` lets TLS 1.2 in.
    pub tls12: bool,
    /// Whether `tls.maxVersion` lets TLS 1.3 in.
    pub tls13: bool,
    /// `tls.ALPNProtocols`.
    pub alpn: Vec<String>,
    /// File for secrets.
    pub key_log: Option<String>,
    /// 0, 4 or 6.
    pub family: u32,
    /// Address to bind to.
    pub local_address: Option<String>,
    /// Bytes of one incoming message.
    pub max_message_size: Option<f64>,
    /// Bytes of unsent data at which `send` waits.
    pub high_water_mark: f64,
    /// Time between pings.
    pub ping_interval: Option<f64>,
    /// Silence after a ping that means the peer is gone.
    pub ping_timeout: Option<f64>,
    /// Microseconds, 0 for never, none for as long as it pays.
    pub busy_poll: Option<f64>,
}

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

impl ConnectRequest {
    /// The request in the client's terms, with the trust that was found for `ca`.
    pub(crate) fn into_options(self, trust: Arc<Trust>) -> Result<ConnectOptions, Error> {
        let target = Target::parse(&self.url).map_err(|error| Error::new(Phase::Options, error))?;
        let local_address = self.local_address.as_deref().map(|text| {
            text.parse()
                .map_err(|_| Error::new(Phase::Options, ErrorKind::LocalAddress(text.to_owned())))
        });
        Ok(ConnectOptions {
            target,
            connect_timeout: duration(self.connect_timeout),
            headers: pairs(self.headers),
            protocols: self.protocols,
            origin: self.origin,
            max_redirects: self.max_redirects,
            tls: TlsOptions {
                trust,
                parameters: TlsParameters {
                    reject_unauthorized: self.reject_unauthorized,
                    identity: self.cert.zip(self.key).map(|(cert, key)| Identity { cert, key }),
                    server_name: self.servername,
                    tls12: self.tls12,
                    tls13: self.tls13,
                    alpn: self.alpn,
                    key_log: self.key_log,
                },
            },
            family: match self.family {
                4 => Family::V4,
                6 => Family::V6,
                _ => Family::Any,
            },
            local_address: local_address.transpose()?,
            max_message_size: self.max_message_size.map(bytes),
            keepalive: KeepaliveOptions {
                interval: duration(self.ping_interval),
                timeout: duration(self.ping_timeout),
            },
            busy_poll: busy_poll(self.busy_poll),
        })
    }
}

impl Opened {
    /// Describes a connection that has no number yet.
    pub(crate) fn new(connection: &Connection) -> Self {
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

fn busy_poll(microseconds: Option<f64>) -> Mode {
    match microseconds.map(|count| Duration::try_from_secs_f64(count / 1e6)) {
        None => Mode::Auto,
        Some(Ok(window)) if !window.is_zero() => Mode::Fixed(window),
        Some(_) => Mode::Off,
    }
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

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut items = flat.into_iter();
    std::iter::from_fn(|| items.next().zip(items.next())).collect()
}

/// Bytes as a Buffer of their own.
pub(crate) fn buffer(bytes: Vec<u8>) -> Buffer {
    Buffer::from(bytes)
}
