//! What a caller may choose about a connection. Defaults and friendly checks live in TypeScript.

use super::lookup::{Family, Lookup};
use super::tls::TlsOptions;
use crate::connection::KeepaliveOptions;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::proxy::{Proxy, ProxyVariables};
use websocket_rs_protocol::target::Target;

/// Everything `connect` needs. `None` for a duration means no limit.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Where to connect.
    pub target: Target,
    /// One deadline over all phases of connecting.
    pub connect_timeout: Option<Duration>,
    /// Request headers of the caller.
    pub headers: Vec<Header>,
    /// Subprotocols, the preferred one first.
    pub protocols: Vec<String>,
    /// `Origin` header.
    pub origin: Option<String>,
    /// Redirects to follow, one after the other; 0 follows none.
    pub max_redirects: u32,
    /// TLS settings, used for `wss:` only.
    pub tls: TlsOptions,
    /// What to connect through.
    pub proxy: ProxyOption,
    /// Headers of the request for a tunnel, for an HTTP proxy.
    pub proxy_headers: Vec<Header>,
    /// TLS settings for an `https:` proxy.
    pub proxy_tls: TlsOptions,
    /// Which address family to use.
    pub family: Family,
    /// What resolves names, instead of the system.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// Local address to bind the socket to.
    pub local_address: Option<IpAddr>,
    /// Most bytes of one incoming message.
    pub max_message_size: Option<usize>,
    /// Pings and what their silence means.
    pub keepalive: KeepaliveOptions,
    /// Whether to wait for replies awake.
    pub busy_poll: Mode,
}

/// What to connect through.
#[derive(Debug, Clone, Default)]
pub enum ProxyOption {
    /// Nothing.
    #[default]
    None,
    /// This proxy.
    Given(Proxy),
    /// What the environment says.
    Environment(ProxyVariables),
}
