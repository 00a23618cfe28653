//! The request of a connect, and its conversion to the client's options.
//!
//! `None` means that the property was left out. TypeScript has applied the defaults and checked the types.

use super::objects::{bytes, duration};
use napi::Either;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_client::busy_poll::Mode;
use websocket_rs_client::compression::{CompressionOptions, DeflateSettings};
use websocket_rs_client::connect::{Trust, UpgradeResponse};
use websocket_rs_client::extensions::deflate::{ClientWindow, DeflateOffer};
use websocket_rs_client::proxy::{Proxy, ProxyUrlError, ProxyVariables};
use websocket_rs_client::target::Target;
use websocket_rs_client::{
    ConnectOptions, Error, ErrorKind, Family, Identity, KeepaliveOptions, Phase, ProxyOption, TlsOptions,
    TlsParameters,
};

/// The request of a connect. Times are in milliseconds; `None` is no limit.
#[napi(object, object_to_js = false)]
pub(crate) struct ConnectRequest {
    /// The URL, as the caller gave it.
    pub url: String,
    /// Time limit of all phases together.
    pub connect_timeout: Option<f64>,
    /// Headers of the upgrade request: names and values alternate.
    pub headers: Vec<String>,
    /// Subprotocols to offer.
    pub protocols: Vec<String>,
    /// Value of the `Origin` header.
    pub origin: Option<String>,
    /// How many redirects to follow.
    pub max_redirects: u32,
    /// TLS with the server.
    pub tls: TlsRequest,
    /// URL of the proxy, if the caller gave one.
    pub proxy: Option<String>,
    /// The process' proxy variables, names and values alternate, if they select the proxy.
    pub proxy_variables: Option<Vec<String>>,
    /// Headers of the request to an HTTP proxy: names and values alternate.
    pub proxy_headers: Option<Vec<String>>,
    /// TLS with the proxy.
    pub proxy_tls: Option<TlsRequest>,
    /// Address family: 4, 6, or 0 for both.
    pub family: u32,
    /// Local address to bind to.
    pub local_address: Option<String>,
    /// Largest incoming message, in bytes.
    pub max_message_size: Option<f64>,
    /// Unsent bytes at which sending is paused.
    pub high_water_mark: f64,
    /// Time between keepalive pings.
    pub ping_interval: Option<f64>,
    /// Time to wait for the pong before the connection fails.
    pub ping_timeout: Option<f64>,
    /// How long to busy-poll, in microseconds. 0 is never; `None` adapts to the peer.
    pub busy_poll: Option<f64>,
    /// How to offer permessage-deflate, and how to compress.
    pub compression: Option<CompressionRequest>,
}

/// What to offer of permessage-deflate (RFC 7692 section 7.1), and how to compress.
#[napi(object, object_to_js = false)]
pub(crate) struct CompressionRequest {
    /// Whether to request that the server resets its compressor after each message.
    pub server_no_context_takeover: bool,
    /// Whether to reset the client's compressor after each message.
    pub client_no_context_takeover: bool,
    /// The server's window to request, 8 to 15 bits.
    pub server_max_window_bits: Option<u8>,
    /// Whether the server may limit the client's window, or the client's own limit, 8 to 15 bits.
    pub client_max_window_bits: Either<bool, u8>,
    /// The effort of compressing, 0 to 9.
    pub level: u8,
    /// The memory of the compressor, 1 to 9.
    pub mem_level: u8,
    /// Bytes from which messages are compressed.
    pub threshold: f64,
}

/// TLS settings of one endpoint.
#[napi(object, object_to_js = false)]
pub(crate) struct TlsRequest {
    /// Root certificates to trust instead of Node's, as PEM.
    pub ca: Option<Vec<String>>,
    /// Whether to fail if the certificate is not trusted.
    pub reject_unauthorized: bool,
    /// Client certificate as PEM; always together with `key`.
    pub cert: Option<String>,
    /// Private key as PEM, not encrypted.
    pub key: Option<String>,
    /// Name for SNI and verification; empty for none.
    pub servername: Option<String>,
    /// Whether to offer TLS 1.2.
    pub tls12: bool,
    /// Whether to offer TLS 1.3.
    pub tls13: bool,
    /// ALPN protocols to offer.
    pub alpn: Vec<String>,
    /// File to append the session secrets to (`SSLKEYLOGFILE`).
    pub key_log: Option<String>,
}

/// A stream on which JavaScript has performed the opening handshake.
#[napi(object, object_to_js = false)]
pub(crate) struct UpgradedRequest {
    /// The value of the request's `Sec-WebSocket-Key`.
    pub key: String,
    /// Headers of the response: names and values alternate.
    pub headers: Vec<String>,
    /// Bytes that followed the response.
    pub head: Buffer,
    /// The number of the stream.
    pub relay: f64,
}

impl UpgradedRequest {
    pub(crate) fn into_response(self) -> UpgradeResponse {
        UpgradeResponse {
            key: self.key,
            headers: pairs(self.headers),
            head: self.head.to_vec(),
        }
    }
}

impl ConnectRequest {
    /// Converts the request to the client's options. `find_trust` returns the trust for each `ca`.
    pub(crate) fn into_options(
        self,
        find_trust: impl Fn(Option<&Vec<String>>) -> Arc<Trust>,
    ) -> Result<ConnectOptions, Error> {
        let wrong = |kind: ErrorKind| Error::new(Phase::Options, kind);
        let local_address = self
            .local_address
            .map(|text| text.parse().map_err(|_| wrong(ErrorKind::LocalAddress(text))));
        Ok(ConnectOptions {
            target: Target::parse(&self.url).map_err(|error| wrong(error.into()))?,
            connect_timeout: duration(self.connect_timeout),
            headers: pairs(self.headers),
            protocols: self.protocols,
            origin: self.origin,
            max_redirects: self.max_redirects,
            tls: self.tls.into_options(&find_trust),
            proxy: proxy(self.proxy.as_deref(), self.proxy_variables).map_err(|error| wrong(error.into()))?,
            proxy_headers: self.proxy_headers.map_or_else(Vec::new, pairs),
            proxy_tls: self
                .proxy_tls
                .map_or_else(TlsOptions::default, |tls| tls.into_options(&find_trust)),
            family: match self.family {
                4 => Family::V4,
                6 => Family::V6,
                _ => Family::Any,
            },
            lookup: None,
            opener: None,
            local_address: local_address.transpose()?,
            max_message_size: self.max_message_size.map(bytes),
            compression: self.compression.map(CompressionRequest::into_options),
            keepalive: KeepaliveOptions {
                interval: duration(self.ping_interval),
                timeout: duration(self.ping_timeout),
            },
            busy_poll: busy_poll(self.busy_poll),
        })
    }
}

impl CompressionRequest {
    fn into_options(self) -> CompressionOptions {
        CompressionOptions {
            offer: DeflateOffer {
                server_no_context_takeover: self.server_no_context_takeover,
                client_no_context_takeover: self.client_no_context_takeover,
                server_max_window_bits: self.server_max_window_bits,
                client_max_window_bits: match self.client_max_window_bits {
                    Either::A(false) => ClientWindow::Fixed,
                    Either::A(true) => ClientWindow::Limitable,
                    Either::B(bits) => ClientWindow::AtMost(bits),
                },
            },
            deflate: DeflateSettings {
                level: self.level,
                mem_level: self.mem_level,
                threshold: bytes(self.threshold),
            },
        }
    }
}

impl TlsRequest {
    fn into_options(self, find_trust: impl Fn(Option<&Vec<String>>) -> Arc<Trust>) -> TlsOptions {
        TlsOptions {
            trust: find_trust(self.ca.as_ref()),
            parameters: TlsParameters {
                reject_unauthorized: self.reject_unauthorized,
                identity: self.cert.zip(self.key).map(|(cert, key)| Identity { cert, key }),
                server_name: self.servername,
                tls12: self.tls12,
                tls13: self.tls13,
                alpn: self.alpn,
                key_log: self.key_log,
            },
        }
    }
}

fn proxy(url: Option<&str>, variables: Option<Vec<String>>) -> Result<ProxyOption, ProxyUrlError> {
    Ok(match (url, variables) {
        (Some(url), _) => ProxyOption::Given(Proxy::parse(url)?),
        (None, Some(variables)) => ProxyOption::Environment(ProxyVariables::new(&pairs(variables))),
        (None, None) => ProxyOption::None,
    })
}

fn busy_poll(microseconds: Option<f64>) -> Mode {
    match microseconds.map(|count| Duration::try_from_secs_f64(count / 1e6)) {
        None => Mode::Auto,
        Some(Ok(window)) if !window.is_zero() => Mode::Fixed(window),
        Some(_) => Mode::Off,
    }
}

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut items = flat.into_iter();
    std::iter::from_fn(|| items.next().zip(items.next())).collect()
}
