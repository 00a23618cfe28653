//! The options of a connection. The TypeScript layer has checked them and filled in defaults.

use super::lookup::{Family, Lookup};
use super::opener::Opener;
use super::tls::TlsOptions;
use crate::compression::CompressionOptions;
use crate::connection::KeepaliveOptions;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::proxy::{Proxy, ProxyVariables};
use websocket_rs_protocol::target::Target;

/// The options of `connect()`. A duration of `None` means no limit.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The target.
    pub target: Target,
    /// One deadline over all phases of connecting.
    pub connect_timeout: Option<Duration>,
    /// Request headers of the caller.
    pub headers: Vec<Header>,
    /// Subprotocols, the preferred one first.
    pub protocols: Vec<String>,
    /// `Origin` header.
    pub origin: Option<String>,
    /// Most redirects to follow.
    pub max_redirects: u32,
    /// Options of TLS, used for `wss:` only.
    pub tls: TlsOptions,
    /// The proxy to connect through.
    pub proxy: ProxyOption,
    /// Headers of the CONNECT request to an HTTP proxy.
    pub proxy_headers: Vec<Header>,
    /// Options of TLS to an `https:` proxy.
    pub proxy_tls: TlsOptions,
    /// The address family to use.
    pub family: Family,
    /// Resolves names instead of the system.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// Opens streams instead of Tokio and rustls.
    pub opener: Option<Arc<dyn Opener>>,
    /// Local address to bind the socket to.
    pub local_address: Option<IpAddr>,
    /// Most bytes of a received message.
    pub max_message_size: Option<usize>,
    /// Options of the keepalive.
    pub keepalive: KeepaliveOptions,
    /// Whether and how to offer permessage-deflate.
    pub compression: Option<CompressionOptions>,
    /// When to busy-poll.
    pub busy_poll: Mode,
}

impl ConnectOptions {
    /// Returns options without limits, headers, proxy, redirects, extensions and keepalive.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            connect_timeout: None,
            headers: Vec::new(),
            protocols: Vec::new(),
            origin: None,
            max_redirects: 0,
            tls: TlsOptions::default(),
            proxy: ProxyOption::default(),
            proxy_headers: Vec::new(),
            proxy_tls: TlsOptions::default(),
            family: Family::Any,
            lookup: None,
            opener: None,
            local_address: None,
            max_message_size: None,
            keepalive: KeepaliveOptions::default(),
            compression: None,
            busy_poll: Mode::Auto,
        }
    }
}

/// The proxy to connect through.
#[derive(Debug, Clone, Default)]
pub enum ProxyOption {
    /// No proxy.
    #[default]
    None,
    /// This proxy.
    Given(Proxy),
    /// The proxy that environment variables name for the target.
    Environment(ProxyVariables),
}
